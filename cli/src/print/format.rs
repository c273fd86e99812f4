//! The formats of `-F`: read once, then written for every message.
//!
//! The sequences are those of mosquitto_sub. Sequences for properties of MQTT 5 are refused,
//! because an empty field would pass for an answer.

use std::fmt::Write;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::Message;
use super::json::{self, Layout};

/// A format, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Field(Field, Shape),
    Strftime(char),
    Nanoseconds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Topic,
    Payload,
    HexLower,
    HexUpper,
    Length,
    Qos,
    Retain,
    PacketId,
    Iso8601,
    Unix,
    JsonText,
    JsonValue,
}

/// Width, alignment and precision between `%` and its letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shape {
    left: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
}

/// The letters of strftime(3) that are known after `@`.
const STRFTIME: &str = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ";

/// Widths beyond this are a slip of the keyboard.
const WIDTH_MAX: usize = 10_000;

impl Format {
    /// Reads a format.
    ///
    /// # Errors
    ///
    /// A sequence that does not exist, is cut off, or belongs to MQTT 5; the text says which.
    pub fn parse(text: &str) -> Result<Format, String> {
        let mut pieces = Vec::new();
        let mut plain = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let piece = match character {
                '%' => percent(&mut characters)?,
                '@' => at(characters.next())?,
                '\\' => Piece::Text(vec![escape(characters.next())?]),
                other => {
                    plain.extend(other.encode_utf8(&mut [0; 4]).bytes());
                    continue;
                }
            };
            match piece {
                Piece::Text(text) => plain.extend(text),
                piece @ (Piece::Field(..) | Piece::Strftime(_) | Piece::Nanoseconds) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(piece);
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Format(pieces))
    }

    /// Appends `message`, received at `now`, to `out`.
    ///
    /// # Errors
    ///
    /// `%J`, and the payload is not JSON; `out` is left as it was.
    pub fn write(
        &self,
        message: &Message,
        now: &Zoned,
        layout: Layout,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let before = out.len();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.extend(text),
                Piece::Strftime(letter) => {
                    out.extend(now.strftime(&directive(*letter)).to_string().bytes());
                }
                Piece::Nanoseconds => out.extend(nanoseconds(now).bytes()),
                Piece::Field(field, shape) => {
                    if let Err(why) = field.write(*shape, message, now, layout, out) {
                        out.truncate(before);
                        return Err(why);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Field {
    fn write(
        self,
        shape: Shape,
        message: &Message,
        now: &Zoned,
        layout: Layout,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        match self {
            Field::Topic => shape.text(&message.topic, out),
            Field::Payload => shape.bytes(&message.payload, out),
            Field::HexLower => shape.bytes(hex(&message.payload, b"0123456789abcdef"), out),
            Field::HexUpper => shape.bytes(hex(&message.payload, b"0123456789ABCDEF"), out),
            Field::Length => shape.bytes(message.payload.len().to_string(), out),
            Field::Qos => out.extend(message.qos.to_string().bytes()),
            Field::Retain => out.push(if message.retain { b'1' } else { b'0' }),
            Field::PacketId => shape.bytes(message.packet_id.to_string(), out),
            Field::Iso8601 => shape.text(&now.strftime("%FT%T%z").to_string(), out),
            Field::Unix => {
                let text = format!("{}.{}", now.timestamp().as_second(), nanoseconds(now));
                out.extend(text.bytes());
            }
            Field::JsonText => object(message, now, self, layout, out)?,
            Field::JsonValue => object(message, now, self, layout, out)?,
        }
        Ok(())
    }
}

impl Shape {
    fn text(self, text: &str, out: &mut Vec<u8>) {
        let most = self.precision.unwrap_or(usize::MAX);
        let cut: String = text.chars().take(most).collect();
        Shape { zeros: false, ..self }.padded(cut.as_bytes(), cut.chars().count(), out);
    }

    fn bytes(self, bytes: impl AsRef<[u8]>, out: &mut Vec<u8>) {
        self.padded(bytes.as_ref(), bytes.as_ref().len(), out);
    }

    fn padded(self, bytes: &[u8], len: usize, out: &mut Vec<u8>) {
        let missing = self.width.saturating_sub(len);
        if self.left {
            out.extend(bytes);
            out.extend(std::iter::repeat_n(b' ', missing));
        } else {
            out.extend(std::iter::repeat_n(if self.zeros { b'0' } else { b' ' }, missing));
            out.extend(bytes);
        }
    }
}

fn percent(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Piece, String> {
    let mut shape = Shape::default();
    if rest.next_if_eq(&'-').is_some() {
        shape.left = true;
    }
    if rest.next_if_eq(&'0').is_some() {
        shape.zeros = !shape.left;
    }
    shape.width = number(rest)?.unwrap_or(0);
    if rest.next_if_eq(&'.').is_some() {
        shape.precision = Some(number(rest)?.unwrap_or(0));
    }
    let field = match rest.next() {
        Some('%') => return Ok(Piece::Text(b"%".to_vec())),
        Some('t') => Field::Topic,
        Some('p') => Field::Payload,
        Some('x') => Field::HexLower,
        Some('X') => Field::HexUpper,
        Some('l') => Field::Length,
        Some('q') => Field::Qos,
        Some('r') => Field::Retain,
        Some('m') => Field::PacketId,
        Some('I') => Field::Iso8601,
        Some('U') => Field::Unix,
        Some('j') => Field::JsonText,
        Some('J') => Field::JsonValue,
        Some(five @ ('A' | 'C' | 'D' | 'E' | 'F' | 'P' | 'R' | 'S')) => {
            return Err(format!("%{five} belongs to MQTT 5, and etalon speaks MQTT 3.1.1 only"));
        }
        Some(other) => return Err(format!("%{other} is no sequence; a percent sign is %%")),
        None => return Err("it ends inside a % sequence; a percent sign is %%".into()),
    };
    Ok(Piece::Field(field, shape))
}

fn number(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Option<usize>, String> {
    let mut value = None;
    while let Some(digit) = rest.peek().and_then(|character| character.to_digit(10)) {
        rest.next();
        let next = value.unwrap_or(0usize) * 10 + digit as usize;
        if next > WIDTH_MAX {
            return Err(format!("a width is at most {WIDTH_MAX}"));
        }
        value = Some(next);
    }
    Ok(value)
}

fn at(letter: Option<char>) -> Result<Piece, String> {
    match letter {
        Some('@') => Ok(Piece::Text(b"@".to_vec())),
        Some('N') => Ok(Piece::Nanoseconds),
        Some(letter) if STRFTIME.contains(letter) => Ok(Piece::Strftime(letter)),
        Some(other) => Err(format!("@{other} is no sequence; an at sign is @@")),
        None => Err("it ends inside an @ sequence; an at sign is @@".into()),
    }
}

/// The directive of a letter. Two are spelt out, as the locale C has them.
fn directive(letter: char) -> String {
    match letter {
        'c' => "%a %b %e %H:%M:%S %Y".into(),
        'x' => "%m/%d/%y".into(),
        other => format!("%{other}"),
    }
}

fn escape(letter: Option<char>) -> Result<u8, String> {
    match letter {
        Some('\\') => Ok(b'\\'),
        Some('0') => Ok(0),
        Some('a') => Ok(7),
        Some('e') => Ok(0x1b),
        Some('n') => Ok(b'\n'),
        Some('r') => Ok(b'\r'),
        Some('t') => Ok(b'\t'),
        Some('v') => Ok(0x0b),
        Some(other) => Err(format!("\\{other} is no sequence; a backslash is \\\\")),
        None => Err("it ends with a backslash; a backslash is \\\\".into()),
    }
}

fn hex(bytes: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    let digit = |value: u8| digits[usize::from(value & 15)];
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte)]).collect()
}

fn nanoseconds(now: &Zoned) -> String {
    format!("{:09}", now.timestamp().subsec_nanosecond())
}

/// The object of `%j` and `%J`, with the names and the order of mosquitto_sub.
fn object(
    message: &Message,
    now: &Zoned,
    field: Field,
    layout: Layout,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let mut text = format!(
        "{{\"tst\":\"{}.{:06}Z{}\",\"topic\":",
        now.strftime("%FT%T"),
        now.timestamp().subsec_nanosecond() / 1000,
        now.strftime("%z"),
    )
    .into_bytes();
    json::string(message.topic.as_bytes(), &mut text);
    let mut middle = format!(
        ",\"qos\":{},\"retain\":{},\"payloadlen\":{}",
        message.qos,
        u8::from(message.retain),
        message.payload.len()
    );
    if message.qos > 0 {
        // Writing to a String does not fail.
        let _ = write!(middle, ",\"mid\":{}", message.packet_id);
    }
    text.extend(middle.bytes());
    text.extend(b",\"payload\":");
    if message.payload.is_empty() {
        text.extend(b"null");
    } else if field == Field::JsonValue {
        json::value(&message.payload, Layout::Compact, &mut text)
            .map_err(|_| format!("-F %J: the payload on {:?} is not JSON", message.topic))?;
    } else {
        json::string(&message.payload, &mut text);
    }
    text.push(b'}');
    match layout {
        Layout::Compact => out.extend(text),
        Layout::Pretty => json::value(&text, Layout::Pretty, out).map_err(|_| {
            format!("-F: no JSON can be made of the message on {:?}", message.topic)
        })?,
    }
    Ok(())
}

/// The moment of reception in the zone of this machine.
pub fn now() -> Zoned {
    Zoned::new(jiff::Timestamp::now(), TimeZone::system())
}
