//! What this client sends and takes, in the types of the codec (§3.1, §3.3).
//!
//! The texts of the configuration are checked here, once; a configuration that makes a CONNECT
//! makes the same one on every connection.

use etalon::packet::{
    ClientId, Connect, Delivery, Limits, Login, Packet, PacketId, Publish, Qos, Refusal, Stance,
    Text, Will,
};
use etalon::topic::TopicName;

use super::{Config, Outgoing};

/// Control characters in a topic are no breach, and a peer of the server must not be able to knock
/// this client off with one (S-09).
pub const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::CLIENT };

/// The CONNECT that the configuration asks for.
///
/// # Errors
/// A text cannot be what it is; which one.
pub fn connect_packet(config: &Config) -> Result<Packet<'_>, String> {
    let client_id = ClientId::new(&config.client_id)
        .map_err(|flaw| format!("the client identifier cannot be used: {}", flaw.rule.text()))?;
    let will = match &config.will {
        None => None,
        Some(will) => Some(Will {
            topic: TopicName::new(&will.topic)
                .map_err(|flaw| format!("the Will topic cannot be used: {}", flaw.rule.text()))?,
            message: &will.message,
            qos: will.qos,
            retain: will.retain,
        }),
    };
    let login = match &config.login {
        None => None,
        Some((user_name, password)) => Some(Login {
            user_name: Text::new(user_name)
                .map_err(|flaw| format!("the user name cannot be used: {}", flaw.rule.text()))?,
            password: password.as_deref(),
        }),
    };
    let (clean_session, keep_alive) = (!config.keep_session, config.keep_alive);
    Ok(Packet::Connect(Connect { client_id, clean_session, keep_alive, will, login }))
}

/// The PUBLISH for a message. `None`: the topic is no Topic Name, or QoS 1 or 2 have no identifier.
pub fn message_packet(
    message: &Outgoing,
    packet_id: Option<PacketId>,
    dup: bool,
) -> Option<Packet<'_>> {
    let delivery = match (message.qos, packet_id) {
        (Qos::AtMostOnce, _) => Delivery::AtMostOnce,
        (Qos::AtLeastOnce, Some(packet_id)) => Delivery::AtLeastOnce { packet_id, dup },
        (Qos::ExactlyOnce, Some(packet_id)) => Delivery::ExactlyOnce { packet_id, dup },
        (Qos::AtLeastOnce | Qos::ExactlyOnce, None) => return None,
    };
    let topic = TopicName::new(&message.topic).ok()?;
    let (retain, payload) = (message.retain, &*message.payload);
    Some(Packet::Publish(Publish { topic, delivery, retain, payload }))
}

/// What a refusal means, in a few words.
pub fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnacceptableProtocolVersion => "it does not speak MQTT 3.1.1",
        Refusal::IdentifierRejected => "client identifier rejected",
        Refusal::ServerUnavailable => "server unavailable",
        Refusal::BadUserNameOrPassword => "bad user name or password",
        Refusal::NotAuthorized => "not authorised",
    }
}
