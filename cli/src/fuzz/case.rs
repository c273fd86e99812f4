//! One question to a codec, and what its answer says.

use etalon::packet::Kind;
use etalon::testing::{
    Finding, Read, Reply, Request, Wanted, bytes, expected, judge_decoder, judge_encoder, request,
};
use serde_json::{Map, Value};

use super::child::{Failure, shown};
use super::json;

/// Which half of a codec is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Packets in, bytes out.
    Encoder,
    /// Bytes in, packets out.
    Decoder,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Case {
    /// Encode this.
    Encode(Request),
    /// Decode this.
    Decode(Vec<u8>),
}

/// What an answer says.
#[derive(Debug)]
pub enum Said {
    /// All well, as far as this goes.
    Well,
    /// There is something to say about it.
    Found(Box<Finding>),
    /// The codec does not do such packets, for this reason.
    Unsupported(String),
}

impl Case {
    /// The case with this number.
    pub fn draw(half: Half, seed: u64, number: u64, wanted: &Wanted) -> Case {
        match half {
            Half::Encoder => Case::Encode(request(seed, number, wanted)),
            Half::Decoder => Case::Decode(bytes(seed, number, wanted)),
        }
    }

    /// The case that somebody gives: JSON for an encoder, hex for a decoder.
    pub fn parse(half: Half, text: &str) -> Result<Case, String> {
        match half {
            Half::Encoder => match serde_json::from_str(text) {
                Ok(Value::Object(object)) => json::request(&object, None).map(Case::Encode),
                Ok(_) => Err("that is no JSON object".into()),
                Err(error) => Err(format!("that is no JSON: {error}")),
            },
            Half::Decoder => {
                let digits: String = text.split_whitespace().collect();
                json::bytes(&digits).map(Case::Decode).ok_or_else(|| "that is not hex".into())
            }
        }
    }

    /// The line to ask with, without its end.
    pub fn line(&self) -> String {
        match self {
            Case::Encode(request) => Value::Object(json::object(request)).to_string(),
            Case::Decode(bytes) => json::hex(bytes),
        }
    }

    /// The type of packet, if it has one.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Case::Encode(request) => Some(request.kind()),
            Case::Decode(bytes) => bytes.first().and_then(|first| Kind::from_bits(first >> 4)),
        }
    }

    /// What the answer says.
    ///
    /// # Errors
    /// It cannot be understood.
    pub fn judge(&self, answer: &[u8]) -> Result<Said, Failure> {
        let nonsense = |why: String| Failure::Nonsense { line: shown(answer), why };
        let text = str::from_utf8(answer).map_err(|_| nonsense("not UTF-8".into()))?.trim();
        let object = match text.starts_with('{') {
            false => None,
            true => match serde_json::from_str::<Map<String, Value>>(text) {
                Ok(object) => Some(object),
                Err(error) => return Err(nonsense(format!("no JSON ({error})"))),
            },
        };
        let said = |name: &str| {
            let value = object.as_ref().and_then(|object| object.get(name));
            value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        if let Some(why) = said("unsupported") {
            return Ok(Said::Unsupported(why));
        }
        let found = match self {
            Case::Encode(request) => {
                let reply = match (said("error"), json::bytes(text)) {
                    (Some(why), _) => Reply::Refused(why),
                    (None, Some(bytes)) => Reply::Bytes(bytes),
                    (None, None) => return Err(nonsense("neither hex nor an error".into())),
                };
                judge_encoder(request, &reply)
            }
            Case::Decode(bytes) => {
                let read = match (said("error"), said("incomplete"), &object) {
                    (Some(why), ..) => Read::Refused(why),
                    (None, Some(_), _) => Read::Incomplete,
                    (None, None, Some(object)) => {
                        let like = match expected(bytes) {
                            Read::Packet(packet) => Some(packet),
                            Read::Incomplete | Read::Refused(_) | Read::Unsupported(_) => None,
                        };
                        Read::Packet(match (json::request(object, like.as_ref()), &like) {
                            (Ok(packet), _) => packet,
                            // What it made of malformed bytes need not make sense.
                            (Err(_), None) if json::kind(object).is_some() => Request::Pingreq,
                            (Err(why), _) => return Err(nonsense(why)),
                        })
                    }
                    (None, None, None) => return Err(nonsense("no JSON object".into())),
                };
                judge_decoder(bytes, &read)
            }
        };
        Ok(found.map_or(Said::Well, |finding| Said::Found(Box::new(finding))))
    }
}
