//! Between the requests of `etalon::testing` and the packets of `mqttbytes`, which `rumqttc` has
//! taken over with the names unchanged.

use bytes::BytesMut;
use etalon::testing::{ConnectRequest, PublishRequest, Read, Reply, Request};

use super::library::v4::{
    ConnAck, Connect, ConnectReturnCode, Disconnect, LastWill, Login, Packet, PingReq, PingResp,
    PubAck, PubComp, PubRec, PubRel, Publish, SubAck, Subscribe, SubscribeFilter,
    SubscribeReasonCode, UnsubAck, Unsubscribe,
};
use super::library::{Error, Protocol, QoS};

/// What the library makes of a request, or why it cannot be asked.
pub fn encode(request: &Request) -> Reply {
    let mut out = BytesMut::new();
    match write(request, &mut out) {
        Some(Ok(_)) => Reply::Bytes(out.to_vec()),
        Some(Err(error)) => Reply::Refused(format!("{error:?}")),
        None => Reply::Unsupported("its types cannot say that".into()),
    }
}

fn write(request: &Request, out: &mut BytesMut) -> Option<Result<usize, Error>> {
    Some(match request {
        Request::Connect(asked) => connect(asked)?.write(out),
        Request::Connack { session_present, return_code } => {
            let code = match return_code {
                0 => ConnectReturnCode::Success,
                1 => ConnectReturnCode::RefusedProtocolVersion,
                2 => ConnectReturnCode::BadClientId,
                3 => ConnectReturnCode::ServiceUnavailable,
                4 => ConnectReturnCode::BadUserNamePassword,
                5 => ConnectReturnCode::NotAuthorized,
                _ => return None,
            };
            ConnAck::new(code, *session_present).write(out)
        }
        Request::Publish(asked) => publish(asked)?.write(out),
        Request::Puback { packet_id } => PubAck::new(*packet_id).write(out),
        Request::Pubrec { packet_id } => PubRec::new(*packet_id).write(out),
        Request::Pubrel { packet_id } => PubRel::new(*packet_id).write(out),
        Request::Pubcomp { packet_id } => PubComp::new(*packet_id).write(out),
        Request::Subscribe { packet_id, requests } => {
            let filters = requests.iter().map(|(filter, level)| {
                Some(SubscribeFilter { path: filter.clone(), qos: qos(*level)? })
            });
            Subscribe { pkid: *packet_id, filters: filters.collect::<Option<_>>()? }.write(out)
        }
        Request::Suback { packet_id, return_codes } => {
            let codes = return_codes.iter().map(|code| match code {
                0x80 => Some(SubscribeReasonCode::Failure),
                level => qos(*level).map(SubscribeReasonCode::Success),
            });
            SubAck::new(*packet_id, codes.collect::<Option<_>>()?).write(out)
        }
        Request::Unsubscribe { packet_id, topic_filters } => {
            Unsubscribe { pkid: *packet_id, topics: topic_filters.clone() }.write(out)
        }
        Request::Unsuback { packet_id } => UnsubAck::new(*packet_id).write(out),
        Request::Pingreq => PingReq.write(out),
        Request::Pingresp => PingResp.write(out),
        Request::Disconnect => Disconnect.write(out),
    })
}

fn qos(level: u8) -> Option<QoS> {
    match level {
        0 => Some(QoS::AtMostOnce),
        1 => Some(QoS::AtLeastOnce),
        2 => Some(QoS::ExactlyOnce),
        _ => None,
    }
}

/// An empty user name is its way to say that there is none, and a password is text.
fn connect(asked: &ConnectRequest) -> Option<Connect> {
    let last_will = match &asked.will {
        Some((topic, message)) => Some(LastWill {
            topic: topic.clone(),
            message: message.clone().into(),
            qos: qos(asked.will_qos)?,
            retain: asked.will_retain,
        }),
        None if asked.will_qos == 0 && !asked.will_retain => None,
        None => return None,
    };
    let login = match (&asked.user_name, &asked.password) {
        (None, None) => None,
        (Some(name), Some(password)) if !name.is_empty() && !password.is_empty() => {
            Some(Login::new(name.clone(), String::from_utf8(password.clone()).ok()?))
        }
        (Some(name), None) if !name.is_empty() => Some(Login::new(name.clone(), String::new())),
        _ => return None,
    };
    let mut connect = Connect::new(asked.client_id.clone());
    connect.clean_session = asked.clean_session;
    connect.keep_alive = asked.keep_alive;
    connect.last_will = last_will;
    connect.login = login;
    Some(connect)
}

fn publish(asked: &PublishRequest) -> Option<Publish> {
    if asked.qos == 0 && asked.packet_id.is_some() {
        return None;
    }
    let mut publish =
        Publish::new(asked.topic_name.clone(), qos(asked.qos)?, asked.payload.clone());
    publish.pkid = asked.packet_id.unwrap_or(0);
    publish.dup = asked.dup;
    publish.retain = asked.retain;
    Some(publish)
}

/// What the library reads.
pub fn decode(bytes: &[u8]) -> Read {
    let mut stream = BytesMut::from(bytes);
    match super::read(&mut stream) {
        Ok(packet) => told(&packet),
        Err(Error::InsufficientBytes(_)) => Read::Incomplete,
        Err(error) => Read::Refused(format!("{error:?}")),
    }
}

fn told(packet: &Packet) -> Read {
    Read::Packet(match packet {
        Packet::Connect(connect) if connect.protocol != Protocol::V4 => {
            return Read::Refused("another protocol".into());
        }
        Packet::Connect(connect) => {
            let will = connect.last_will.as_ref();
            let login = connect.login.as_ref();
            let told = |text: &String| (!text.is_empty()).then(|| text.clone());
            Request::Connect(ConnectRequest {
                client_id: connect.client_id.clone(),
                clean_session: connect.clean_session,
                keep_alive: connect.keep_alive,
                will: will.map(|will| (will.topic.clone(), will.message.to_vec())),
                will_qos: will.map_or(0, |will| will.qos as u8),
                will_retain: will.is_some_and(|will| will.retain),
                user_name: login.and_then(|login| told(&login.username)),
                password: login.and_then(|login| told(&login.password)).map(String::into_bytes),
            })
        }
        Packet::ConnAck(connack) => Request::Connack {
            session_present: connack.session_present,
            return_code: connack.code as u8,
        },
        Packet::Publish(publish) => Request::Publish(PublishRequest {
            dup: publish.dup,
            qos: publish.qos as u8,
            retain: publish.retain,
            topic_name: publish.topic.clone(),
            packet_id: (publish.qos as u8 > 0).then_some(publish.pkid),
            payload: publish.payload.to_vec(),
        }),
        Packet::PubAck(packet) => Request::Puback { packet_id: packet.pkid },
        Packet::PubRec(packet) => Request::Pubrec { packet_id: packet.pkid },
        Packet::PubRel(packet) => Request::Pubrel { packet_id: packet.pkid },
        Packet::PubComp(packet) => Request::Pubcomp { packet_id: packet.pkid },
        Packet::Subscribe(packet) => Request::Subscribe {
            packet_id: packet.pkid,
            requests: packet.filters.iter().map(|it| (it.path.clone(), it.qos as u8)).collect(),
        },
        Packet::SubAck(packet) => {
            let codes = packet.return_codes.iter().map(|code| match code {
                SubscribeReasonCode::Success(level) => *level as u8,
                SubscribeReasonCode::Failure => 0x80,
            });
            Request::Suback { packet_id: packet.pkid, return_codes: codes.collect() }
        }
        Packet::Unsubscribe(packet) => {
            Request::Unsubscribe { packet_id: packet.pkid, topic_filters: packet.topics.clone() }
        }
        Packet::UnsubAck(packet) => Request::Unsuback { packet_id: packet.pkid },
        Packet::PingReq => Request::Pingreq,
        Packet::PingResp => Request::Pingresp,
        Packet::Disconnect => Request::Disconnect,
    })
}
