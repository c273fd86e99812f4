//! What somebody asks an encoder to encode: any of the fourteen packets, with every field free.
//!
//! A [`Packet`] cannot say what the standard forbids; a [`Request`] can, and [`Request::packet`]
//! tells which statement stands against it. Only the fields that an encoder cannot choose (protocol
//! name and level, reserved bits) are not asked for.

use core::fmt;

use crate::packet::{
    ClientId, Connack, Connect, Delivery, Disconnect, Filters, Kind, Login, Packet, PacketId,
    Pingreq, Pingresp, Puback, Pubcomp, Publish, Pubrec, Pubrel, Qos, Refusal, Requests,
    ReturnCode, ReturnCodes, Suback, Subscribe, Text, Unsuback, Unsubscribe, Will,
};
use crate::spec::Id;
use crate::topic::{Flaw, TEXT_BYTES_MAX, TopicFilter, TopicName};
use crate::violation::Rule;

/// A packet that an encoder is asked for, forbidden ones included.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// §3.1
    Connect(ConnectRequest),
    /// §3.2
    Connack {
        /// Bit 0 of the Connect Acknowledge Flags.
        session_present: bool,
        /// The Connect Return code.
        return_code: u8,
    },
    /// §3.3
    Publish(PublishRequest),
    /// §3.4
    Puback {
        /// The Packet Identifier.
        packet_id: u16,
    },
    /// §3.5
    Pubrec {
        /// The Packet Identifier.
        packet_id: u16,
    },
    /// §3.6
    Pubrel {
        /// The Packet Identifier.
        packet_id: u16,
    },
    /// §3.7
    Pubcomp {
        /// The Packet Identifier.
        packet_id: u16,
    },
    /// §3.8
    Subscribe {
        /// The Packet Identifier.
        packet_id: u16,
        /// Topic Filters with the QoS asked for.
        requests: Vec<(String, u8)>,
    },
    /// §3.9
    Suback {
        /// The Packet Identifier.
        packet_id: u16,
        /// Their bytes.
        return_codes: Vec<u8>,
    },
    /// §3.10
    Unsubscribe {
        /// The Packet Identifier.
        packet_id: u16,
        /// The Topic Filters.
        topic_filters: Vec<String>,
    },
    /// §3.11
    Unsuback {
        /// The Packet Identifier.
        packet_id: u16,
    },
    /// §3.12
    Pingreq,
    /// §3.13
    Pingresp,
    /// §3.14
    Disconnect,
}

/// The fields of a CONNECT (§3.1), free of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnectRequest {
    /// The Client Identifier.
    pub client_id: String,
    /// CleanSession.
    pub clean_session: bool,
    /// Keep Alive.
    ///
    /// # Units
    /// Seconds.
    pub keep_alive: u16,
    /// Will Topic and Will Message; the Will Flag is 1 if they are there.
    pub will: Option<(String, Vec<u8>)>,
    /// Will QoS, whether there is a Will or not.
    pub will_qos: u8,
    /// Will Retain, whether there is a Will or not.
    pub will_retain: bool,
    /// The user name; the User Name Flag is 1 if it is there.
    pub user_name: Option<String>,
    /// The password; the Password Flag is 1 if it is there.
    pub password: Option<Vec<u8>>,
}

/// The fields of a PUBLISH (§3.3), free of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PublishRequest {
    /// DUP.
    pub dup: bool,
    /// QoS.
    pub qos: u8,
    /// RETAIN.
    pub retain: bool,
    /// The Topic Name.
    pub topic_name: String,
    /// The Packet Identifier.
    pub packet_id: Option<u16>,
    /// The Application Message.
    pub payload: Vec<u8>,
}

/// Why no such packet may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Forbidden {
    /// The statement that such a packet would break.
    pub id: Id,
    /// What exactly is wrong.
    pub rule: Rule,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.rule == Rule::Statement;
        let text = if own { self.id.statement().text } else { self.rule.text() };
        write!(out, "{} {text}", self.id)
    }
}

impl core::error::Error for Forbidden {}

impl From<Flaw> for Forbidden {
    fn from(flaw: Flaw) -> Self {
        Forbidden { id: flaw.id, rule: flaw.rule }
    }
}

const fn forbidden(id: Id, rule: Rule) -> Forbidden {
    Forbidden { id, rule }
}

impl Request {
    /// The type of packet that is asked for.
    pub const fn kind(&self) -> Kind {
        match self {
            Request::Connect(_) => Kind::Connect,
            Request::Connack { .. } => Kind::Connack,
            Request::Publish(_) => Kind::Publish,
            Request::Puback { .. } => Kind::Puback,
            Request::Pubrec { .. } => Kind::Pubrec,
            Request::Pubrel { .. } => Kind::Pubrel,
            Request::Pubcomp { .. } => Kind::Pubcomp,
            Request::Subscribe { .. } => Kind::Subscribe,
            Request::Suback { .. } => Kind::Suback,
            Request::Unsubscribe { .. } => Kind::Unsubscribe,
            Request::Unsuback { .. } => Kind::Unsuback,
            Request::Pingreq => Kind::Pingreq,
            Request::Pingresp => Kind::Pingresp,
            Request::Disconnect => Kind::Disconnect,
        }
    }

    /// The packet that is asked for; a list is written to `list`, which is emptied before.
    ///
    /// # Errors
    /// The standard forbids such a packet.
    pub fn packet<'a>(&'a self, list: &'a mut Vec<u8>) -> Result<Packet<'a>, Forbidden> {
        list.clear();
        Ok(match self {
            Request::Connect(connect) => Packet::Connect(connect.packet()?),
            Request::Connack { session_present, return_code } => {
                Packet::Connack(connack(*session_present, *return_code)?)
            }
            Request::Publish(publish) => Packet::Publish(publish.packet()?),
            Request::Puback { packet_id } => Packet::Puback(Puback { packet_id: ack(*packet_id)? }),
            Request::Pubrec { packet_id } => Packet::Pubrec(Pubrec { packet_id: ack(*packet_id)? }),
            Request::Pubrel { packet_id } => Packet::Pubrel(Pubrel { packet_id: ack(*packet_id)? }),
            Request::Pubcomp { packet_id } => {
                Packet::Pubcomp(Pubcomp { packet_id: id(*packet_id, Id::MQTT_4_3_3_2)? })
            }
            Request::Subscribe { packet_id, requests } => {
                let packet_id = id(*packet_id, Id::MQTT_2_3_1_1)?;
                Packet::Subscribe(Subscribe { packet_id, requests: asked(requests, list)? })
            }
            Request::Suback { packet_id, return_codes } => {
                let packet_id = id(*packet_id, Id::MQTT_2_3_1_7)?;
                Packet::Suback(Suback { packet_id, return_codes: codes(return_codes, list)? })
            }
            Request::Unsubscribe { packet_id, topic_filters } => {
                let packet_id = id(*packet_id, Id::MQTT_2_3_1_1)?;
                Packet::Unsubscribe(Unsubscribe { packet_id, filters: ended(topic_filters, list)? })
            }
            Request::Unsuback { packet_id } => {
                Packet::Unsuback(Unsuback { packet_id: id(*packet_id, Id::MQTT_2_3_1_7)? })
            }
            Request::Pingreq => Packet::Pingreq(Pingreq),
            Request::Pingresp => Packet::Pingresp(Pingresp),
            Request::Disconnect => Packet::Disconnect(Disconnect),
        })
    }

    /// Whether a text field contains what a receiver may close on although it is well-formed
    /// (§1.5.3), so that an encoder may decline it.
    pub fn is_dubious(&self) -> bool {
        let dubious = |text: &String| crate::topic::dubious(text).is_some();
        match self {
            Request::Connect(connect) => {
                dubious(&connect.client_id)
                    || connect.will.as_ref().is_some_and(|(topic, _)| dubious(topic))
                    || connect.user_name.as_ref().is_some_and(dubious)
            }
            Request::Publish(publish) => dubious(&publish.topic_name),
            Request::Subscribe { requests, .. } => {
                requests.iter().any(|(filter, _)| dubious(filter))
            }
            Request::Unsubscribe { topic_filters, .. } => topic_filters.iter().any(dubious),
            Request::Connack { .. }
            | Request::Puback { .. }
            | Request::Pubrec { .. }
            | Request::Pubrel { .. }
            | Request::Pubcomp { .. }
            | Request::Suback { .. }
            | Request::Unsuback { .. }
            | Request::Pingreq
            | Request::Pingresp
            | Request::Disconnect => false,
        }
    }
}

impl ConnectRequest {
    fn packet(&self) -> Result<Connect<'_>, Forbidden> {
        let qos = Qos::from_bits(self.will_qos);
        let will = match (&self.will, qos) {
            (Some((topic, message)), Some(qos)) => {
                let topic = TopicName::new(topic)?;
                let message = binary(message)?;
                Some(Will { topic, message, qos, retain: self.will_retain })
            }
            (Some(_), None) => return Err(forbidden(Id::MQTT_3_1_2_14, Rule::WillQosThree)),
            (None, Some(Qos::AtMostOnce)) if !self.will_retain => None,
            (None, Some(Qos::AtMostOnce)) => {
                return Err(forbidden(Id::MQTT_3_1_2_11, Rule::WillRetainWithoutWill));
            }
            (None, _) => return Err(forbidden(Id::MQTT_3_1_2_11, Rule::WillQosWithoutWill)),
        };
        let password = self.password.as_deref().map(binary).transpose()?;
        let login = match (&self.user_name, password) {
            (Some(name), password) => Some(Login { user_name: Text::new(name)?, password }),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(forbidden(Id::MQTT_3_1_2_22, Rule::PasswordWithoutUserName));
            }
        };
        let client_id = ClientId::new(&self.client_id)?;
        if client_id.is_empty() && !self.clean_session {
            return Err(forbidden(Id::MQTT_3_1_3_7, Rule::ClientIdEmpty));
        }
        let (clean_session, keep_alive) = (self.clean_session, self.keep_alive);
        Ok(Connect { client_id, clean_session, keep_alive, will, login })
    }
}

impl PublishRequest {
    fn packet(&self) -> Result<Publish<'_>, Forbidden> {
        let topic = TopicName::new(&self.topic_name)?;
        let dup = self.dup;
        let packet_id = |number: Option<u16>| match number {
            Some(number) => id(number, Id::MQTT_2_3_1_1),
            None => Err(forbidden(Id::MQTT_2_3_1_1, Rule::PacketIdMissing)),
        };
        let delivery = match Qos::from_bits(self.qos) {
            None => return Err(forbidden(Id::MQTT_3_3_1_4, Rule::QosThree)),
            Some(Qos::AtMostOnce) if dup => {
                return Err(forbidden(Id::MQTT_3_3_1_2, Rule::DupAtQosZero));
            }
            Some(Qos::AtMostOnce) if self.packet_id.is_some() => {
                return Err(forbidden(Id::MQTT_2_3_1_5, Rule::Statement));
            }
            Some(Qos::AtMostOnce) => Delivery::AtMostOnce,
            Some(Qos::AtLeastOnce) => {
                Delivery::AtLeastOnce { packet_id: packet_id(self.packet_id)?, dup }
            }
            Some(Qos::ExactlyOnce) => {
                Delivery::ExactlyOnce { packet_id: packet_id(self.packet_id)?, dup }
            }
        };
        Ok(Publish { topic, delivery, retain: self.retain, payload: &self.payload })
    }
}

fn connack(session_present: bool, return_code: u8) -> Result<Connack, Forbidden> {
    match (return_code, Refusal::from_code(return_code)) {
        (0, _) => Ok(Connack::Accepted { session_present }),
        (_, None) => Err(forbidden(Id::MQTT_3_2_2_6, Rule::ConnackCode)),
        (_, Some(_)) if session_present => {
            Err(forbidden(Id::MQTT_3_2_2_4, Rule::SessionPresentWithRefusal))
        }
        (_, Some(refusal)) => Ok(Connack::Refused(refusal)),
    }
}

fn id(number: u16, broken: Id) -> Result<PacketId, Forbidden> {
    PacketId::new(number).ok_or(forbidden(broken, Rule::PacketIdZero))
}

fn ack(number: u16) -> Result<PacketId, Forbidden> {
    id(number, Id::MQTT_2_3_1_6)
}

fn binary(bytes: &[u8]) -> Result<&[u8], Forbidden> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(forbidden(Id::MQTT_4_8_0_1, Rule::TextTooLong));
    }
    Ok(bytes)
}

fn asked<'a>(requests: &[(String, u8)], list: &'a mut Vec<u8>) -> Result<Requests<'a>, Forbidden> {
    let mut pairs = Vec::with_capacity(requests.len());
    for (filter, qos) in requests {
        let rule = match qos {
            3 => Rule::RequestedQosThree,
            _ => Rule::RequestedQosReserved,
        };
        let qos = Qos::from_bits(*qos).ok_or(forbidden(Id::MQTT_3_8_3_4, rule))?;
        pairs.push((TopicFilter::new(filter)?, qos));
    }
    let empty = forbidden(Id::MQTT_3_8_3_3, Rule::RequestsMissing);
    Requests::write(pairs, list).map_err(|_| empty)
}

fn codes<'a>(codes: &[u8], list: &'a mut Vec<u8>) -> Result<ReturnCodes<'a>, Forbidden> {
    let reserved = forbidden(Id::MQTT_3_9_3_2, Rule::ReturnCode);
    let mut known = Vec::with_capacity(codes.len());
    for code in codes {
        known.push(ReturnCode::from_byte(*code).ok_or(reserved)?);
    }
    let empty = forbidden(Id::MQTT_3_8_4_5, Rule::ReturnCodesMissing);
    ReturnCodes::write(known, list).map_err(|_| empty)
}

fn ended<'a>(filters: &[String], list: &'a mut Vec<u8>) -> Result<Filters<'a>, Forbidden> {
    let mut checked = Vec::with_capacity(filters.len());
    for filter in filters {
        checked.push(TopicFilter::new(filter)?);
    }
    let empty = forbidden(Id::MQTT_3_10_3_2, Rule::FiltersMissing);
    Filters::write(checked, list).map_err(|_| empty)
}

impl From<&Packet<'_>> for Request {
    /// The request that asks for exactly this packet.
    fn from(packet: &Packet<'_>) -> Request {
        match packet {
            Packet::Connect(connect) => Request::Connect(ConnectRequest::from(connect)),
            Packet::Connack(connack) => Request::Connack {
                session_present: matches!(connack, Connack::Accepted { session_present: true }),
                return_code: connack.return_code(),
            },
            Packet::Publish(publish) => Request::Publish(PublishRequest {
                dup: publish.delivery.dup(),
                qos: publish.delivery.qos().bits(),
                retain: publish.retain,
                topic_name: publish.topic.as_str().to_owned(),
                packet_id: publish.delivery.packet_id().map(PacketId::get),
                payload: publish.payload.to_vec(),
            }),
            Packet::Puback(packet) => Request::Puback { packet_id: packet.packet_id.get() },
            Packet::Pubrec(packet) => Request::Pubrec { packet_id: packet.packet_id.get() },
            Packet::Pubrel(packet) => Request::Pubrel { packet_id: packet.packet_id.get() },
            Packet::Pubcomp(packet) => Request::Pubcomp { packet_id: packet.packet_id.get() },
            Packet::Subscribe(subscribe) => Request::Subscribe {
                packet_id: subscribe.packet_id.get(),
                requests: subscribe
                    .requests
                    .iter()
                    .map(|(filter, qos)| (filter.as_str().to_owned(), qos.bits()))
                    .collect(),
            },
            Packet::Suback(suback) => Request::Suback {
                packet_id: suback.packet_id.get(),
                return_codes: suback.return_codes.iter().map(ReturnCode::byte).collect(),
            },
            Packet::Unsubscribe(packet) => Request::Unsubscribe {
                packet_id: packet.packet_id.get(),
                topic_filters: packet.filters.iter().map(|it| it.as_str().to_owned()).collect(),
            },
            Packet::Unsuback(packet) => Request::Unsuback { packet_id: packet.packet_id.get() },
            Packet::Pingreq(_) => Request::Pingreq,
            Packet::Pingresp(_) => Request::Pingresp,
            Packet::Disconnect(_) => Request::Disconnect,
        }
    }
}

impl From<&Connect<'_>> for ConnectRequest {
    fn from(connect: &Connect<'_>) -> ConnectRequest {
        let will = connect.will;
        let login = connect.login;
        ConnectRequest {
            client_id: connect.client_id.as_str().to_owned(),
            clean_session: connect.clean_session,
            keep_alive: connect.keep_alive,
            will: will.map(|will| (will.topic.as_str().to_owned(), will.message.to_vec())),
            will_qos: will.map_or(0, |will| will.qos.bits()),
            will_retain: will.is_some_and(|will| will.retain),
            user_name: login.map(|login| login.user_name.as_str().to_owned()),
            password: login.and_then(|login| login.password).map(<[u8]>::to_vec),
        }
    }
}
