//! The crate `mqttrs`, 0.4.1.

use ::mqttrs::{
    Connack, Connect, ConnectReturnCode, Error, LastWill, Packet, Pid, Protocol, Publish, QoS,
    QosPid, Suback, Subscribe, SubscribeReturnCodes, SubscribeTopic, Unsubscribe, decode_slice,
    encode_slice,
};
use etalon::testing::{ConnectRequest, PublishRequest, Read, Reply, Request};

#[test]
fn the_encoder_of_mqttrs_is_as_known() {
    crate::encoder("mqttrs", include_str!("known/mqttrs.encoder.txt"), encode);
}

#[test]
fn the_decoder_of_mqttrs_is_as_known() {
    crate::decoder("mqttrs", include_str!("known/mqttrs.decoder.txt"), decode);
}

fn encode(request: &Request) -> Reply {
    // The largest packet that is asked for has 2,097,157 bytes, a forbidden one hardly more.
    let mut buffer = vec![0; 3_000_000];
    let told = match asked(request) {
        Some(packet) => encode_slice(&packet, &mut buffer),
        None => return Reply::Unsupported("its types cannot say that".into()),
    };
    match told {
        Ok(bytes) => Reply::Bytes(buffer[..bytes].to_vec()),
        Err(error) => Reply::Refused(format!("{error:?}")),
    }
}

fn asked(request: &Request) -> Option<Packet<'_>> {
    Some(match request {
        Request::Connect(asked) => Packet::Connect(connect(asked)?),
        Request::Connack { session_present, return_code } => {
            let code = match return_code {
                0 => ConnectReturnCode::Accepted,
                1 => ConnectReturnCode::RefusedProtocolVersion,
                2 => ConnectReturnCode::RefusedIdentifierRejected,
                3 => ConnectReturnCode::ServerUnavailable,
                4 => ConnectReturnCode::BadUsernamePassword,
                5 => ConnectReturnCode::NotAuthorized,
                _ => return None,
            };
            Packet::Connack(Connack { session_present: *session_present, code })
        }
        Request::Publish(asked) => Packet::Publish(publish(asked)?),
        Request::Puback { packet_id } => Packet::Puback(pid(*packet_id)?),
        Request::Pubrec { packet_id } => Packet::Pubrec(pid(*packet_id)?),
        Request::Pubrel { packet_id } => Packet::Pubrel(pid(*packet_id)?),
        Request::Pubcomp { packet_id } => Packet::Pubcomp(pid(*packet_id)?),
        Request::Subscribe { packet_id, requests } => {
            let topics = requests.iter().map(|(filter, level)| {
                Some(SubscribeTopic { topic_path: filter.clone(), qos: qos(*level)? })
            });
            let topics = topics.collect::<Option<_>>()?;
            Packet::Subscribe(Subscribe { pid: pid(*packet_id)?, topics })
        }
        Request::Suback { packet_id, return_codes } => {
            let codes = return_codes.iter().map(|code| match code {
                0x80 => Some(SubscribeReturnCodes::Failure),
                level => qos(*level).map(SubscribeReturnCodes::Success),
            });
            let return_codes = codes.collect::<Option<_>>()?;
            Packet::Suback(Suback { pid: pid(*packet_id)?, return_codes })
        }
        Request::Unsubscribe { packet_id, topic_filters } => {
            let topics = topic_filters.clone();
            Packet::Unsubscribe(Unsubscribe { pid: pid(*packet_id)?, topics })
        }
        Request::Unsuback { packet_id } => Packet::Unsuback(pid(*packet_id)?),
        Request::Pingreq => Packet::Pingreq,
        Request::Pingresp => Packet::Pingresp,
        Request::Disconnect => Packet::Disconnect,
    })
}

fn pid(number: u16) -> Option<Pid> {
    Pid::try_from(number).ok()
}

fn qos(level: u8) -> Option<QoS> {
    match level {
        0 => Some(QoS::AtMostOnce),
        1 => Some(QoS::AtLeastOnce),
        2 => Some(QoS::ExactlyOnce),
        _ => None,
    }
}

fn level(qos: QoS) -> u8 {
    match qos {
        QoS::AtMostOnce => 0,
        QoS::AtLeastOnce => 1,
        QoS::ExactlyOnce => 2,
    }
}

fn connect(asked: &ConnectRequest) -> Option<Connect<'_>> {
    let last_will = match &asked.will {
        Some((topic, message)) => {
            Some(LastWill { topic, message, qos: qos(asked.will_qos)?, retain: asked.will_retain })
        }
        None if asked.will_qos == 0 && !asked.will_retain => None,
        None => return None,
    };
    Some(Connect {
        protocol: Protocol::MQTT311,
        keep_alive: asked.keep_alive,
        client_id: &asked.client_id,
        clean_session: asked.clean_session,
        last_will,
        username: asked.user_name.as_deref(),
        password: asked.password.as_deref(),
    })
}

fn publish(asked: &PublishRequest) -> Option<Publish<'_>> {
    let qospid = match (asked.qos, asked.packet_id) {
        (0, None) => QosPid::AtMostOnce,
        (1, Some(number)) => QosPid::AtLeastOnce(pid(number)?),
        (2, Some(number)) => QosPid::ExactlyOnce(pid(number)?),
        _ => return None,
    };
    Some(Publish {
        dup: asked.dup,
        qospid,
        retain: asked.retain,
        topic_name: &asked.topic_name,
        payload: &asked.payload,
    })
}

fn decode(bytes: &[u8]) -> Read {
    match decode_slice(bytes) {
        Ok(Some(packet)) => told(&packet),
        Ok(None) => Read::Incomplete,
        Err(Error::InvalidHeader) => Read::Refused("invalid header".into()),
        Err(error) => Read::Refused(format!("{error:?}")),
    }
}

fn told(packet: &Packet<'_>) -> Read {
    Read::Packet(match packet {
        Packet::Connect(connect) => {
            let will = connect.last_will.as_ref();
            Request::Connect(ConnectRequest {
                client_id: connect.client_id.to_owned(),
                clean_session: connect.clean_session,
                keep_alive: connect.keep_alive,
                will: will.map(|will| (will.topic.to_owned(), will.message.to_vec())),
                will_qos: will.map_or(0, |will| level(will.qos)),
                will_retain: will.is_some_and(|will| will.retain),
                user_name: connect.username.map(str::to_owned),
                password: connect.password.map(<[u8]>::to_vec),
            })
        }
        Packet::Connack(connack) => Request::Connack {
            session_present: connack.session_present,
            return_code: match connack.code {
                ConnectReturnCode::Accepted => 0,
                ConnectReturnCode::RefusedProtocolVersion => 1,
                ConnectReturnCode::RefusedIdentifierRejected => 2,
                ConnectReturnCode::ServerUnavailable => 3,
                ConnectReturnCode::BadUsernamePassword => 4,
                ConnectReturnCode::NotAuthorized => 5,
            },
        },
        Packet::Publish(publish) => Request::Publish(PublishRequest {
            dup: publish.dup,
            qos: level(publish.qospid.qos()),
            retain: publish.retain,
            topic_name: publish.topic_name.to_owned(),
            packet_id: publish.qospid.pid().map(Pid::get),
            payload: publish.payload.to_vec(),
        }),
        Packet::Puback(packet_id) => Request::Puback { packet_id: packet_id.get() },
        Packet::Pubrec(packet_id) => Request::Pubrec { packet_id: packet_id.get() },
        Packet::Pubrel(packet_id) => Request::Pubrel { packet_id: packet_id.get() },
        Packet::Pubcomp(packet_id) => Request::Pubcomp { packet_id: packet_id.get() },
        Packet::Subscribe(packet) => Request::Subscribe {
            packet_id: packet.pid.get(),
            requests: packet
                .topics
                .iter()
                .map(|topic| (topic.topic_path.clone(), level(topic.qos)))
                .collect(),
        },
        Packet::Suback(packet) => {
            let codes = packet.return_codes.iter().map(|code| match code {
                SubscribeReturnCodes::Success(granted) => level(*granted),
                SubscribeReturnCodes::Failure => 0x80,
            });
            Request::Suback { packet_id: packet.pid.get(), return_codes: codes.collect() }
        }
        Packet::Unsubscribe(packet) => Request::Unsubscribe {
            packet_id: packet.pid.get(),
            topic_filters: packet.topics.clone(),
        },
        Packet::Unsuback(packet_id) => Request::Unsuback { packet_id: packet_id.get() },
        Packet::Pingreq => Request::Pingreq,
        Packet::Pingresp => Request::Pingresp,
        Packet::Disconnect => Request::Disconnect,
    })
}
