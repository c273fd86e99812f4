//! What the arguments of `etalon explain` mean: citations, sections, or bytes in hex.
//!
//! The form alone decides. A dot or a hyphen behind a letter makes a citation or a section, one
//! digit alone is a chapter, a packet's name is its section, and everything else is hex; so `10`
//! is a byte and `3.8.4` a section.

use etalon::packet::Kind;
use etalon::spec::{Cite, Discrepancy, Section};

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A statement, an unnumbered sentence or a reading.
    Cite(Cite),
    /// A place where the standard is at odds with itself.
    Discrepancy(Discrepancy),
    /// A section with all below it.
    Section(&'static Section),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Reads the arguments.
///
/// # Errors
/// They are none of these; the text says what to do.
pub fn read(arguments: &[String]) -> Result<Vec<What>, String> {
    if arguments.iter().any(|argument| is_citation(argument)) {
        return arguments.iter().map(|argument| citation(argument)).collect();
    }
    Ok(vec![What::Bytes(hex(&arguments.join(" "))?)])
}

/// Whether it has the form of something that stands in the standard.
fn is_citation(text: &str) -> bool {
    let text = text.trim();
    let one_digit = text.len() == 1 && text.starts_with(|c: char| c.is_ascii_digit());
    let letter = text.starts_with(|c: char| c.is_ascii_alphabetic());
    one_digit
        || text.starts_with(['§', '['])
        || text.contains('.')
        || (letter && text.contains(['-', '_']))
        || kind(text).is_some()
}

fn kind(text: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text.trim()))
}

fn citation(text: &str) -> Result<What, String> {
    let text = text.trim();
    if let Some(kind) = kind(text) {
        let section = Section::find(&format!("3.{}", kind.bits()));
        return section.map(What::Section).ok_or_else(|| format!("{text}: no such section"));
    }
    let number = text.strip_prefix('§').unwrap_or(text).trim();
    if number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return section(number).map(What::Section);
    }
    match (text.starts_with(['D', 'd']), text.parse::<Cite>()) {
        (true, _) => {
            text.parse().map(What::Discrepancy).map_err(|error| format!("{text}: {error}"))
        }
        (false, Ok(cite)) => Ok(What::Cite(cite)),
        (false, Err(error)) => Err(format!("{text}: {error}")),
    }
}

fn section(number: &str) -> Result<&'static Section, String> {
    if let Some(section) = Section::find(number) {
        return Ok(section);
    }
    let mut above = number;
    while let Some((shorter, _)) = above.rsplit_once('.') {
        above = shorter;
        let Some(section) = Section::find(above) else { continue };
        let parts: Vec<&str> = section.parts().map(|part| part.number).collect();
        return Err(match (parts.first(), parts.last()) {
            (Some(first), Some(last)) => {
                format!("{number} is no section; {section} has {first} to {last}")
            }
            (None, _) | (_, None) => format!("{number} is no section; {section} has no parts"),
        });
    }
    Err(format!("{number} is no section; the chapters are 1 to 7"))
}

/// Reads hex: two digits make a byte, whatever stands between bytes.
///
/// # Errors
/// There is no byte, half a byte, or something else; the text says where.
pub fn hex(text: &str) -> Result<Vec<u8>, String> {
    let separator = |c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '-' | '\\');
    let mut bytes = Vec::new();
    for token in text.split(separator) {
        let digits = match token.strip_prefix("0x").or_else(|| token.strip_prefix("0X")) {
            Some(digits) => digits,
            None => token.strip_prefix('x').unwrap_or(token),
        };
        if let Some(wrong) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!(
                "{token:?} is not hex: {wrong:?} is no hex digit. Give bytes such as 60 02 00 05, \
                 a statement such as MQTT-3.8.4-3, or a section such as 3.8.4"
            ));
        }
        if digits.len() % 2 != 0 {
            return Err(format!(
                "{token:?} has an odd number of hex digits: write every byte with two, such as 0a"
            ));
        }
        let values: Vec<u8> =
            digits.chars().filter_map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
        bytes.extend(values.chunks_exact(2).filter_map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        }));
    }
    match bytes.is_empty() {
        true => Err("there are no bytes: give some in hex, such as 60 02 00 05".into()),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use etalon::spec::{Id, Line, Reading};

    use super::*;

    fn read_one(text: &str) -> Result<What, String> {
        let arguments: Vec<String> = text.split('|').map(str::to_owned).collect();
        read(&arguments).map(|mut all| all.remove(0))
    }

    #[test]
    fn the_form_decides() {
        let section = |number| What::Section(Section::find(number).unwrap());
        for (text, what) in [
            ("MQTT-3.8.4-3", What::Cite(Cite::Statement(Id::MQTT_3_8_4_3))),
            ("[mqtt-3.8.4-3]", What::Cite(Cite::Statement(Id::MQTT_3_8_4_3))),
            ("MQTT_3_8_4_3", What::Cite(Cite::Statement(Id::MQTT_3_8_4_3))),
            ("3.8.4-3", What::Cite(Cite::Statement(Id::MQTT_3_8_4_3))),
            ("l.264", What::Cite(Cite::Line(Line::L_264))),
            ("U-264", What::Cite(Cite::Line(Line::L_264))),
            ("S-40", What::Cite(Cite::Reading(Reading::S_40))),
            ("D-04", What::Discrepancy(Discrepancy::D_04)),
            ("3.8.4", section("3.8.4")),
            ("§3.8.4", section("3.8.4")),
            ("§ 3", section("3")),
            ("3", section("3")),
            ("subscribe", section("3.8")),
            ("DISCONNECT", section("3.14")),
            ("10", What::Bytes(vec![0x10])),
            ("d4", What::Bytes(vec![0xd4])),
            ("e0 00", What::Bytes(vec![0xe0, 0])),
            ("e0|00", What::Bytes(vec![0xe0, 0])),
            ("60-02-00-05", What::Bytes(vec![0x60, 2, 0, 5])),
        ] {
            assert_eq!(read_one(text), Ok(what), "{text}");
        }
    }

    #[test]
    fn several_citations_are_all_read() {
        let all = read(&["3.8.4-3".into(), "S-40".into(), "4.7".into()]).unwrap();
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn hex_is_read_in_every_usual_dress() {
        for text in [
            "60020005",
            "60 02 00 05",
            "60:02:00:05",
            "0x60, 0x02, 0x00, 0x05",
            "0x60020005",
            "60\n02\t0005\n",
            r"\x60\x02\x00\x05",
            "60020005 ",
            "6002-0005",
        ] {
            assert_eq!(hex(text), Ok(vec![0x60, 2, 0, 5]), "{text:?}");
        }
        assert_eq!(hex("aF"), Ok(vec![0xaf]));
    }

    #[test]
    fn a_wrong_argument_is_told_what_to_do() {
        for (text, why) in [
            (
                "60020",
                "\"60020\" has an odd number of hex digits: write every byte with two, such as 0a",
            ),
            (
                "60 2",
                "\"2\" has an odd number of hex digits: write every byte with two, such as 0a",
            ),
            (
                "PUBREI",
                "\"PUBREI\" is not hex: 'P' is no hex digit. Give bytes such as 60 02 00 05, a \
                 statement such as MQTT-3.8.4-3, or a section such as 3.8.4",
            ),
            ("", "there are no bytes: give some in hex, such as 60 02 00 05"),
            ("0x", "there are no bytes: give some in hex, such as 60 02 00 05"),
            (
                "3.8.9",
                "3.8.9 is no section; 3.8 SUBSCRIBE - Subscribe to topics has 3.8.1 to 3.8.4",
            ),
            ("3.8.1.7", "3.8.1.7 is no section; 3.8.1 Fixed header has no parts"),
            ("9.1", "9.1 is no section; the chapters are 1 to 7"),
            ("8", "8 is no section; the chapters are 1 to 7"),
        ] {
            assert_eq!(read_one(text), Err(why.to_owned()), "{text}");
        }
        let why = read_one("MQTT-3.14.4-9").unwrap_err();
        assert!(why.starts_with("MQTT-3.14.4-9: no statement 9: section 3.14.4 has"), "{why}");
        assert!(
            read_one("S-9999").is_err() && read_one("D-99").is_err() && read_one("l.1").is_err()
        );
        assert!(read(&["3.8.4".into(), "60".into()]).is_err());
    }
}
