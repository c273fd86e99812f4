//! The JSON form of a packet, for codecs in other languages: stable, flat, the standard's names.
//!
//! Binary fields are hex, texts are strings. Every field is always written; what is absent is
//! `null`. When a decoder's answer is read, a field that is not told is not compared.

use etalon::packet::Kind;
use etalon::testing::{ConnectRequest, PublishRequest, Request};
use serde_json::{Map, Value, json};

/// The packet as a JSON object.
pub fn object(request: &Request) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("packet".into(), request.kind().name().into());
    let fields = match request {
        Request::Connect(connect) => connect_fields(connect),
        Request::Connack { session_present, return_code } => {
            json!({ "session_present": session_present, "return_code": return_code })
        }
        Request::Publish(publish) => json!({
            "dup": publish.dup,
            "qos": publish.qos,
            "retain": publish.retain,
            "topic_name": publish.topic_name,
            "packet_id": publish.packet_id,
            "payload": hex(&publish.payload),
        }),
        Request::Puback { packet_id }
        | Request::Pubrec { packet_id }
        | Request::Pubrel { packet_id }
        | Request::Pubcomp { packet_id }
        | Request::Unsuback { packet_id } => json!({ "packet_id": packet_id }),
        Request::Subscribe { packet_id, requests } => {
            let requests: Vec<Value> = requests
                .iter()
                .map(|(filter, qos)| json!({ "topic_filter": filter, "qos": qos }))
                .collect();
            json!({ "packet_id": packet_id, "requests": requests })
        }
        Request::Suback { packet_id, return_codes } => {
            json!({ "packet_id": packet_id, "return_codes": return_codes })
        }
        Request::Unsubscribe { packet_id, topic_filters } => {
            json!({ "packet_id": packet_id, "topic_filters": topic_filters })
        }
        Request::Pingreq | Request::Pingresp | Request::Disconnect => json!({}),
    };
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    object
}

fn connect_fields(connect: &ConnectRequest) -> Value {
    let will = connect.will.as_ref();
    json!({
        "client_id": connect.client_id,
        "clean_session": connect.clean_session,
        "keep_alive": connect.keep_alive,
        "will_topic": will.map(|(topic, _)| topic),
        "will_message": will.map(|(_, message)| hex(message)),
        "will_qos": connect.will_qos,
        "will_retain": connect.will_retain,
        "user_name": connect.user_name,
        "password": connect.password.as_deref().map(hex),
    })
}

/// Reads a packet from JSON. Fields that are not there are taken from `like`, if that is of the
/// same type, and are empty otherwise.
pub fn request(object: &Map<String, Value>, like: Option<&Request>) -> Result<Request, String> {
    let name = object.get("packet").and_then(Value::as_str).ok_or("\"packet\" is missing")?;
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| format!("\"packet\" is {name:?}, and there is no such packet"))?;
    let mut fields = self::object(like.filter(|like| like.kind() == kind).unwrap_or(&empty(kind)));
    for (name, value) in object {
        match fields.get_mut(name) {
            Some(field) => *field = value.clone(),
            None => return Err(format!("{kind} has no field {name:?}")),
        }
    }
    Fields(&fields).request(kind)
}

/// The type of packet that an object names.
pub fn kind(object: &Map<String, Value>) -> Option<Kind> {
    let name = object.get("packet")?.as_str()?;
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// A packet of this type without content.
fn empty(kind: Kind) -> Request {
    let packet_id = 0;
    match kind {
        Kind::Connect => Request::Connect(ConnectRequest::default()),
        Kind::Connack => Request::Connack { session_present: false, return_code: 0 },
        Kind::Publish => Request::Publish(PublishRequest::default()),
        Kind::Puback => Request::Puback { packet_id },
        Kind::Pubrec => Request::Pubrec { packet_id },
        Kind::Pubrel => Request::Pubrel { packet_id },
        Kind::Pubcomp => Request::Pubcomp { packet_id },
        Kind::Subscribe => Request::Subscribe { packet_id, requests: Vec::new() },
        Kind::Suback => Request::Suback { packet_id, return_codes: Vec::new() },
        Kind::Unsubscribe => Request::Unsubscribe { packet_id, topic_filters: Vec::new() },
        Kind::Unsuback => Request::Unsuback { packet_id },
        Kind::Pingreq => Request::Pingreq,
        Kind::Pingresp => Request::Pingresp,
        Kind::Disconnect => Request::Disconnect,
    }
}

struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn request(&self, kind: Kind) -> Result<Request, String> {
        Ok(match kind {
            Kind::Connect => Request::Connect(self.connect()?),
            Kind::Connack => Request::Connack {
                session_present: self.bool("session_present")?,
                return_code: byte("return_code", self.value("return_code"))?,
            },
            Kind::Publish => Request::Publish(PublishRequest {
                dup: self.bool("dup")?,
                qos: byte("qos", self.value("qos"))?,
                retain: self.bool("retain")?,
                topic_name: text("topic_name", self.value("topic_name"))?,
                packet_id: self.optional("packet_id", number)?,
                payload: binary("payload", self.value("payload"))?,
            }),
            Kind::Puback => Request::Puback { packet_id: self.packet_id()? },
            Kind::Pubrec => Request::Pubrec { packet_id: self.packet_id()? },
            Kind::Pubrel => Request::Pubrel { packet_id: self.packet_id()? },
            Kind::Pubcomp => Request::Pubcomp { packet_id: self.packet_id()? },
            Kind::Subscribe => Request::Subscribe {
                packet_id: self.packet_id()?,
                requests: self.list("requests", |name, entry| {
                    let filter = text(name, entry.get("topic_filter").unwrap_or(&Value::Null))?;
                    Ok((filter, byte(name, entry.get("qos").unwrap_or(&Value::Null))?))
                })?,
            },
            Kind::Suback => Request::Suback {
                packet_id: self.packet_id()?,
                return_codes: self.list("return_codes", byte)?,
            },
            Kind::Unsubscribe => Request::Unsubscribe {
                packet_id: self.packet_id()?,
                topic_filters: self.list("topic_filters", text)?,
            },
            Kind::Unsuback => Request::Unsuback { packet_id: self.packet_id()? },
            Kind::Pingreq => Request::Pingreq,
            Kind::Pingresp => Request::Pingresp,
            Kind::Disconnect => Request::Disconnect,
        })
    }

    fn connect(&self) -> Result<ConnectRequest, String> {
        let topic = self.optional("will_topic", text)?;
        let message = self.optional("will_message", binary)?;
        let will = match (topic, message) {
            (Some(topic), message) => Some((topic, message.unwrap_or_default())),
            (None, None) => None,
            (None, Some(_)) => return Err("\"will_message\" without \"will_topic\"".into()),
        };
        Ok(ConnectRequest {
            client_id: text("client_id", self.value("client_id"))?,
            clean_session: self.bool("clean_session")?,
            keep_alive: number("keep_alive", self.value("keep_alive"))?,
            will,
            will_qos: byte("will_qos", self.value("will_qos"))?,
            will_retain: self.bool("will_retain")?,
            user_name: self.optional("user_name", text)?,
            password: self.optional("password", binary)?,
        })
    }

    fn value(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    fn packet_id(&self) -> Result<u16, String> {
        number("packet_id", self.value("packet_id"))
    }

    fn bool(&self, name: &str) -> Result<bool, String> {
        self.value(name).as_bool().ok_or_else(|| format!("{name:?} is neither true nor false"))
    }

    fn optional<T>(
        &self,
        name: &str,
        read: impl Fn(&str, &Value) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let value = self.value(name);
        if value.is_null() { Ok(None) } else { read(name, value).map(Some) }
    }

    fn list<T>(
        &self,
        name: &str,
        read: impl Fn(&str, &Value) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let list = self.value(name).as_array().ok_or_else(|| format!("{name:?} is no list"))?;
        list.iter().map(|entry| read(name, entry)).collect()
    }
}

fn number(name: &str, value: &Value) -> Result<u16, String> {
    let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
    number.ok_or_else(|| format!("{name:?} is not a number from 0 to 65535"))
}

fn byte(name: &str, value: &Value) -> Result<u8, String> {
    let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
    number.ok_or_else(|| format!("{name:?} is not a number from 0 to 255"))
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{name:?} is no text"))
}

fn binary(name: &str, value: &Value) -> Result<Vec<u8>, String> {
    value.as_str().and_then(bytes).ok_or_else(|| format!("{name:?} is not hex"))
}

/// Bytes as hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        for nibble in [byte >> 4, byte & 0x0F] {
            hex.push(char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble }));
        }
    }
    hex
}

/// Hex as bytes.
pub fn bytes(hex: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let digit = |character: u8| char::from(character).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// One packet of each type, as an encoder is asked for it.
pub fn examples() -> Vec<Request> {
    let packet_id = 10;
    vec![
        Request::Connect(ConnectRequest {
            client_id: "sensor-7".into(),
            clean_session: true,
            keep_alive: 60,
            will: Some(("sensors/7/state".into(), b"gone".to_vec())),
            will_qos: 1,
            will_retain: true,
            user_name: Some("u".into()),
            password: Some(b"secret".to_vec()),
        }),
        Request::Connack { session_present: true, return_code: 0 },
        Request::Publish(PublishRequest {
            qos: 1,
            topic_name: "a/b".into(),
            packet_id: Some(packet_id),
            payload: b"hi".to_vec(),
            ..PublishRequest::default()
        }),
        Request::Puback { packet_id },
        Request::Pubrec { packet_id },
        Request::Pubrel { packet_id },
        Request::Pubcomp { packet_id },
        Request::Subscribe { packet_id, requests: vec![("a/+".into(), 1), ("#".into(), 2)] },
        Request::Suback { packet_id, return_codes: vec![1, 128] },
        Request::Unsubscribe { packet_id, topic_filters: vec!["a/+".into(), "#".into()] },
        Request::Unsuback { packet_id },
        Request::Pingreq,
        Request::Pingresp,
        Request::Disconnect,
    ]
}

#[cfg(test)]
mod tests {
    use etalon::testing::{Wanted, request as drawn};

    use super::*;

    #[test]
    fn every_request_comes_back_from_its_json() {
        for number in 0..5_000 {
            let asked = drawn(1, number, &Wanted::default());
            let line = Value::Object(object(&asked)).to_string();
            let Value::Object(read) = serde_json::from_str(&line).unwrap() else { panic!() };
            assert_eq!(request(&read, None), Ok(asked));
        }
    }

    #[test]
    fn what_a_decoder_does_not_tell_is_taken_from_what_is_expected() {
        let Value::Object(told) = json!({ "packet": "PUBLISH", "qos": 2 }) else { panic!() };
        let publish = PublishRequest { topic_name: "a".into(), ..PublishRequest::default() };
        let read = request(&told, Some(&Request::Publish(publish.clone())));
        assert_eq!(read, Ok(Request::Publish(PublishRequest { qos: 2, ..publish })));
    }

    #[test]
    fn what_is_wrong_with_an_object_is_said() {
        for (text, why) in [
            (r#"{}"#, "\"packet\" is missing"),
            (r#"{"packet":"AUTH"}"#, "no such packet"),
            (r#"{"packet":"PUBACK","id":1}"#, "PUBACK has no field \"id\""),
            (r#"{"packet":"PUBACK","packet_id":65536}"#, "from 0 to 65535"),
            (r#"{"packet":"PUBLISH","payload":"0"}"#, "\"payload\" is not hex"),
            (r#"{"packet":"CONNECT","will_message":""}"#, "without \"will_topic\""),
        ] {
            let Value::Object(object) = serde_json::from_str(text).unwrap() else { panic!() };
            let said = request(&object, None).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn an_example_of_each_type_is_a_packet() {
        let mut list = Vec::new();
        let kinds: Vec<Kind> = examples()
            .iter()
            .map(|example| {
                example.packet(&mut list).unwrap();
                example.kind()
            })
            .collect();
        assert_eq!(kinds, Kind::ALL);
    }
}
