//! Bytes for decoders: valid packets, packets written as they were asked for although they are
//! forbidden, and both with something broken in one place.
//!
//! What is right and wrong about the result is not decided here; our decoder says so.

use arbitrary::Unstructured;

use super::generate::{Source, Wanted, draw, entropy};
use super::write::{as_asked, framed};
use crate::packet::Kind;

/// Sequences that are not UTF-8: every kind of fault that there is.
const NOT_UTF8: [&[u8]; 20] = [
    b"\x80",
    b"\xBF",
    b"\xC0\x80",
    b"\xC1\xBF",
    b"\xE0\x80\x80",
    b"\xE0\x9F\xBF",
    b"\xF0\x80\x80\x80",
    b"\xF0\x8F\xBF\xBF",
    b"\xED\xA0\x80",
    b"\xED\xBF\xBF",
    b"\xED\xA0\xB4\xED\xB4\x9E",
    b"\xF4\x90\x80\x80",
    b"\xF5\x80\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    b"\xFF",
    b"\xC3",
    b"\xE2\x82",
    b"\xF0\x9F\x98",
    b"\xC3(",
    b"\xF0(\x8C\xBC",
];

/// The bytes with this number; a seed and a number always give the same.
pub fn bytes(seed: u64, number: u64, wanted: &Wanted) -> Vec<u8> {
    let entropy = entropy(seed, number);
    let mut source = Source(Unstructured::new(&entropy));
    // The choice comes first, since long requests use all the entropy up.
    let (how, near, byte) = (source.below(20), source.below(64), source.byte());
    let bytes = as_asked(&draw(&mut source, wanted));
    if !wanted.forbidden {
        return bytes;
    }
    Broken { bytes, how, near, byte }.apply()
}

/// What to break, and where.
struct Broken {
    bytes: Vec<u8>,
    how: usize,
    near: usize,
    byte: u8,
}

impl Broken {
    fn apply(self) -> Vec<u8> {
        let header = 1 + self.bytes.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 1;
        let first = self.bytes.first().copied().unwrap_or(0);
        let mut body = self.bytes.get(header..).unwrap_or_default().to_vec();
        let at = self.near.checked_rem(body.len()).unwrap_or(0);
        match self.how {
            // One byte of the body is another.
            10 | 11 => {
                if let Some(byte) = body.get_mut(at) {
                    *byte = self.byte;
                }
            }
            // The body ends early.
            12 => body.truncate(at),
            13 => body.truncate(body.len().saturating_sub(self.near & 3)),
            // There is more behind it.
            14 => body.extend([self.byte].repeat(1 + (self.near & 1))),
            // Flags that the type does not have, or a type that does not exist.
            15 => return framed(first & 0xF0 | self.byte & 0x0F, &body),
            16 => {
                let kind = if self.near & 1 == 0 { 0x00 } else { 0xF0 };
                return framed(kind | self.byte & 0x0F, &body);
            }
            // Text that is not UTF-8.
            17 => self.spoil_text(first, &mut body),
            // A length that is wrong by a little.
            18 => self.shift_length(first, &mut body),
            // Remaining Length in more bytes than needed, or in five.
            19 => return self.longer_length(first, header, &body),
            _ => {}
        }
        framed(first, &body)
    }

    fn spoil_text(&self, first: u8, body: &mut Vec<u8>) {
        let Some(prefix) = first_text(first) else { return };
        let text = prefix.saturating_add(2);
        let wrong = NOT_UTF8.get(self.near % NOT_UTF8.len()).copied().unwrap_or(b"\xFF");
        let Some([high, low]) = body.get(prefix..text).and_then(|it| it.first_chunk::<2>()) else {
            return;
        };
        let length = u16::from_be_bytes([*high, *low]);
        let longer = length.saturating_add(u16::try_from(wrong.len()).unwrap_or(0));
        // In front or behind: at the end a sequence is cut off by the end of the text.
        let at = if self.byte & 1 == 0 { text } else { text.saturating_add(length.into()) };
        if at <= body.len() && longer > length {
            body.splice(at..at, wrong.iter().copied());
            body.splice(prefix..text, longer.to_be_bytes());
        }
    }

    fn shift_length(&self, first: u8, body: &mut [u8]) {
        let Some(prefix) = first_text(first) else { return };
        if let Some([high, low]) = body.get_mut(prefix..).and_then(|it| it.first_chunk_mut::<2>()) {
            let length = u16::from_be_bytes([*high, *low]);
            let other = match self.byte & 3 {
                0 => length.wrapping_add(1),
                1 => length.wrapping_sub(1),
                2 => length.wrapping_add(0x0100),
                _ => u16::MAX,
            };
            [*high, *low] = other.to_be_bytes();
        }
    }

    fn longer_length(&self, first: u8, header: usize, body: &[u8]) -> Vec<u8> {
        let mut out = self.bytes.get(..header).unwrap_or_default().to_vec();
        let bytes = match self.near & 3 {
            0 => 4,
            1 => 5,
            _ => header,
        };
        while out.len() <= bytes {
            if let Some(last) = out.last_mut() {
                *last |= 0x80;
            }
            out.push(0);
        }
        if let Some(byte) = out.first_mut() {
            *byte = first;
        }
        out.extend_from_slice(body);
        out
    }
}

/// Where the length of the first text stands in the body.
pub(super) fn first_text(first: u8) -> Option<usize> {
    match Kind::from_bits(first >> 4)? {
        Kind::Connect => Some(10),
        Kind::Publish => Some(0),
        Kind::Subscribe | Kind::Unsubscribe => Some(2),
        Kind::Connack
        | Kind::Puback
        | Kind::Pubrec
        | Kind::Pubrel
        | Kind::Pubcomp
        | Kind::Suback
        | Kind::Unsuback
        | Kind::Pingreq
        | Kind::Pingresp
        | Kind::Disconnect => None,
    }
}
