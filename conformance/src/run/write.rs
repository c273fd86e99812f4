//! What a trace says, as bytes.

use etalon::packet::{
    self, ClientId, Connack, Delivery, Disconnect, Filters, Kind, Login, Packet, PacketId, Pingreq,
    Pingresp, Puback, Pubcomp, Pubrec, Pubrel, Qos, Refusal, Requests, ReturnCode, ReturnCodes,
    Suback, Subscribe, Text, Unsuback, Unsubscribe,
};
use etalon::topic::{TopicFilter, TopicName};

use super::Credentials;
use super::names::Names;
use crate::trace::{
    Answer, Client, Code, Connect, Flag, Number, Pattern, Payload, Piece, Publish, Said,
};

/// The bytes of a packet or of raw pieces; why not, where a name that is filled in makes a packet
/// that cannot be.
pub(super) fn said(
    names: &Names,
    credentials: Option<&Credentials>,
    who: &str,
    said: &Said,
) -> Result<Vec<u8>, String> {
    match said {
        Said::Packet(pattern) => packet(names, credentials, who, pattern),
        Said::Raw(pieces) => Ok(raw(names, pieces)),
    }
}

pub(super) fn raw(names: &Names, pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        one(names, piece, &mut out);
    }
    out
}

fn one(names: &Names, piece: &Piece, out: &mut Vec<u8>) {
    match piece {
        Piece::Bytes(bytes) => out.extend(bytes),
        Piece::Text(text) => out.extend(names.fill(text).as_bytes()),
        Piece::Field(text) => {
            let text = names.fill(text);
            out.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend(text.as_bytes());
        }
        Piece::Counted(pieces) => {
            let body = raw(names, pieces);
            let mut length = body.len();
            loop {
                let low = (length & 0x7F) as u8;
                length >>= 7;
                out.push(if length > 0 { low | 0x80 } else { low });
                if length == 0 {
                    break;
                }
            }
            out.extend(body);
        }
        Piece::Repeat(times, piece) => (0..*times).for_each(|_| one(names, piece, out)),
    }
}

fn packet(
    names: &Names,
    credentials: Option<&Credentials>,
    who: &str,
    pattern: &Pattern,
) -> Result<Vec<u8>, String> {
    match pattern {
        Pattern::Connect(connect) => self::connect(names, credentials, who, connect),
        Pattern::Connack(answer, present) => {
            let answer = match answer {
                Answer::Accepted => Connack::Accepted { session_present: set(*present) },
                Answer::Refused(code) => {
                    Connack::Refused(Refusal::from_code(*code).ok_or("no such return code")?)
                }
                Answer::RefusedAny => Connack::Refused(Refusal::ServerUnavailable),
            };
            encoded(&Packet::Connack(answer))
        }
        Pattern::Publish(publish) => self::publish(names, publish),
        Pattern::Ack(kind, number) => {
            let packet_id = id(names, number)?;
            encoded(&match kind {
                Kind::Puback => Packet::Puback(Puback { packet_id }),
                Kind::Pubrec => Packet::Pubrec(Pubrec { packet_id }),
                Kind::Pubrel => Packet::Pubrel(Pubrel { packet_id }),
                Kind::Pubcomp => Packet::Pubcomp(Pubcomp { packet_id }),
                Kind::Unsuback => Packet::Unsuback(Unsuback { packet_id }),
                Kind::Connect
                | Kind::Connack
                | Kind::Publish
                | Kind::Subscribe
                | Kind::Suback
                | Kind::Unsubscribe
                | Kind::Pingreq
                | Kind::Pingresp
                | Kind::Disconnect => return Err(format!("{kind} has more than an identifier")),
            })
        }
        Pattern::Subscribe(number, requests) => {
            let requests: Vec<(String, u8)> =
                requests.iter().map(|(filter, qos)| (names.fill(filter), *qos)).collect();
            let mut list = Vec::new();
            let mut pairs = Vec::new();
            for (filter, qos) in &requests {
                let filter = TopicFilter::new(filter).map_err(|flaw| flaw.to_string())?;
                pairs.push((filter, self::qos(*qos)));
            }
            let requests = Requests::write(pairs, &mut list).map_err(|_| "no Topic Filter")?;
            encoded(&Packet::Subscribe(Subscribe { packet_id: id(names, number)?, requests }))
        }
        Pattern::Suback(number, codes) => {
            let mut list = Vec::new();
            let codes = codes.iter().map(|code| match code {
                Code::Granted(qos) => ReturnCode::Granted(self::qos(*qos)),
                Code::Failure | Code::Any => ReturnCode::Failure,
            });
            let return_codes = ReturnCodes::write(codes, &mut list).map_err(|_| "no code")?;
            encoded(&Packet::Suback(Suback { packet_id: id(names, number)?, return_codes }))
        }
        Pattern::Unsubscribe(number, filters) => {
            let filters: Vec<String> = filters.iter().map(|filter| names.fill(filter)).collect();
            let mut list = Vec::new();
            let mut all = Vec::new();
            for filter in &filters {
                all.push(TopicFilter::new(filter).map_err(|flaw| flaw.to_string())?);
            }
            let filters = Filters::write(all, &mut list).map_err(|_| "no Topic Filter")?;
            encoded(&Packet::Unsubscribe(Unsubscribe { packet_id: id(names, number)?, filters }))
        }
        Pattern::Bare(kind) => encoded(&match kind {
            Kind::Pingreq => Packet::Pingreq(Pingreq),
            Kind::Pingresp => Packet::Pingresp(Pingresp),
            Kind::Disconnect => Packet::Disconnect(Disconnect),
            Kind::Connect
            | Kind::Connack
            | Kind::Publish
            | Kind::Puback
            | Kind::Pubrec
            | Kind::Pubrel
            | Kind::Pubcomp
            | Kind::Subscribe
            | Kind::Suback
            | Kind::Unsubscribe
            | Kind::Unsuback => return Err(format!("{kind} has fields")),
        }),
    }
}

/// Where it names no user, it logs in as the target wants it.
fn connect(
    names: &Names,
    credentials: Option<&Credentials>,
    who: &str,
    connect: &Connect,
) -> Result<Vec<u8>, String> {
    let client = match &connect.client {
        Client::Auto | Client::Any => names.client(who),
        Client::Is(id) => names.fill(id),
    };
    let filled = connect.will.as_ref().map(|will| {
        (names.fill(&will.topic), payload(names, &will.message), qos(will.qos), will.retain)
    });
    let mut will = None;
    if let Some((topic, message, qos, retain)) = &filled {
        let topic = TopicName::new(topic).map_err(|flaw| flaw.to_string())?;
        will = Some(packet::Will { topic, message, qos: *qos, retain: *retain });
    }
    let own = connect.user.as_ref().map(|user| Credentials {
        user: names.fill(user),
        password: connect.password.as_ref().map(|password| payload(names, password)),
    });
    let login = own.as_ref().or(credentials).map(self::login).transpose()?;
    encoded(&Packet::Connect(packet::Connect {
        client_id: ClientId::new(&client).map_err(|flaw| flaw.to_string())?,
        clean_session: connect.clean,
        keep_alive: connect.keep_alive,
        will,
        login,
    }))
}

fn login(credentials: &Credentials) -> Result<Login<'_>, String> {
    let user_name = Text::new(&credentials.user).map_err(|flaw| flaw.to_string())?;
    Ok(Login { user_name, password: credentials.password.as_deref() })
}

fn publish(names: &Names, publish: &Publish) -> Result<Vec<u8>, String> {
    let dup = set(publish.dup);
    let number = publish.id.as_ref().unwrap_or(&Number::Any);
    let delivery = match qos(publish.qos) {
        Qos::AtMostOnce => Delivery::AtMostOnce,
        Qos::AtLeastOnce => Delivery::AtLeastOnce { packet_id: id(names, number)?, dup },
        Qos::ExactlyOnce => Delivery::ExactlyOnce { packet_id: id(names, number)?, dup },
    };
    let topic = names.fill(&publish.topic);
    let payload = payload(names, &publish.payload);
    encoded(&Packet::Publish(packet::Publish {
        topic: TopicName::new(&topic).map_err(|flaw| flaw.to_string())?,
        delivery,
        retain: set(publish.retain),
        payload: &payload,
    }))
}

pub(super) fn payload(names: &Names, payload: &Payload) -> Vec<u8> {
    match payload {
        Payload::Text(text) => names.fill(text).into_bytes(),
        Payload::Hex(bytes) => bytes.clone(),
        Payload::Repeat(times, text) => names.fill(text).repeat(*times).into_bytes(),
        Payload::Size(_) | Payload::Any => Vec::new(),
    }
}

fn encoded(packet: &Packet<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn id(names: &Names, number: &Number) -> Result<PacketId, String> {
    names.number(number).and_then(PacketId::new).ok_or_else(|| format!("{number} has no value"))
}

const fn set(flag: Flag) -> bool {
    matches!(flag, Flag::Is(true))
}

fn qos(number: u8) -> Qos {
    Qos::from_bits(number).unwrap_or(Qos::ExactlyOnce)
}

/// A CONNECT that ends a session.
pub(super) fn clean_connect(client_id: &str, credentials: Option<&Credentials>) -> Option<Vec<u8>> {
    let connect = packet::Connect {
        client_id: ClientId::new(client_id).ok()?,
        clean_session: true,
        keep_alive: 0,
        will: None,
        login: credentials.and_then(|credentials| login(credentials).ok()),
    };
    encoded(&Packet::Connect(connect)).ok()
}

/// A PUBLISH that removes what is retained.
pub(super) fn no_longer_retained(topic: &str) -> Vec<u8> {
    let Ok(topic) = TopicName::new(topic) else { return Vec::new() };
    let publish =
        packet::Publish { topic, delivery: Delivery::AtMostOnce, retain: true, payload: &[] };
    encoded(&Packet::Publish(publish)).unwrap_or_default()
}
