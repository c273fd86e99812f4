//! One type for everything that can be cited: a statement, an unnumbered sentence, a reading.
//!
//! The three are written differently (`[MQTT-4.3.3-2]`, `l.264`, `S-40`), so what a text means is
//! decided by its form alone, and an error is the error of the form that it has.

use core::fmt;
use core::str::FromStr;

use crate::{Id, Line, Reading, UnknownId, UnknownLine, UnknownReading};

/// Something that can be cited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cite {
    /// A numbered statement.
    Statement(Id),
    /// An unnumbered sentence.
    Line(Line),
    /// A reading.
    Reading(Reading),
}

impl Cite {
    /// The section of the standard where it stands; for a reading the first that it concerns.
    pub fn section(self) -> &'static str {
        match self {
            Cite::Statement(id) => id.statement().section,
            Cite::Line(line) => line.sentence().section,
            Cite::Reading(reading) => reading.zone().sections.first().copied().unwrap_or_default(),
        }
    }

    /// What it says or, for a reading, what it asks.
    pub const fn text(self) -> &'static str {
        match self {
            Cite::Statement(id) => id.statement().text,
            Cite::Line(line) => line.sentence().text,
            Cite::Reading(reading) => reading.zone().question,
        }
    }
}

impl From<Id> for Cite {
    fn from(id: Id) -> Cite {
        Cite::Statement(id)
    }
}

impl From<Line> for Cite {
    fn from(line: Line) -> Cite {
        Cite::Line(line)
    }
}

impl From<Reading> for Cite {
    fn from(reading: Reading) -> Cite {
        Cite::Reading(reading)
    }
}

impl fmt::Display for Cite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cite::Statement(id) => id.fmt(f),
            Cite::Line(line) => line.fmt(f),
            Cite::Reading(reading) => reading.fmt(f),
        }
    }
}

/// Reads what [`Id`], [`Line`] and [`Reading`] read.
///
/// A bare number is a line, `4.3.3-2` a statement; `4.3` is a section and not a citation.
impl FromStr for Cite {
    type Err = UnknownCite;

    fn from_str(text: &str) -> Result<Cite, UnknownCite> {
        let text = text.trim();
        // A chapter such as `4` looks like a line; `Line` says which lines there are.
        match text.as_bytes() {
            [b'S' | b's', ..] => text.parse().map(Cite::Reading).map_err(UnknownCite::Reading),
            [b'L' | b'l' | b'U' | b'u', ..] => {
                text.parse().map(Cite::Line).map_err(UnknownCite::Line)
            }
            [first, rest @ ..] if first.is_ascii_digit() && rest.iter().all(u8::is_ascii_digit) => {
                text.parse().map(Cite::Line).map_err(UnknownCite::Line)
            }
            [b'[' | b'M' | b'm' | b'0'..=b'9', ..] => {
                text.parse().map(Cite::Statement).map_err(UnknownCite::Statement)
            }
            _ => Err(UnknownCite::Shape),
        }
    }
}

/// Why a text cites nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownCite {
    /// It has none of the forms.
    Shape,
    /// It looks like a statement.
    Statement(UnknownId),
    /// It looks like an unnumbered sentence.
    Line(UnknownLine),
    /// It looks like a reading.
    Reading(UnknownReading),
}

impl fmt::Display for UnknownCite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnknownCite::Shape => f.write_str(
                "nothing that can be cited: a statement looks like [MQTT-4.3.3-2], an unnumbered \
                 sentence like l.264, a reading like S-40",
            ),
            UnknownCite::Statement(error) => error.fmt(f),
            UnknownCite::Line(error) => error.fmt(f),
            UnknownCite::Reading(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for UnknownCite {}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Cite> {
        let statements = Id::ALL.into_iter().map(Cite::from);
        let lines = Line::ALL.into_iter().map(Cite::from);
        statements.chain(lines).chain(Reading::ALL.into_iter().map(Cite::from))
    }

    #[test]
    fn every_citation_reads_back() {
        for cite in all() {
            assert_eq!(cite.to_string().parse(), Ok(cite));
            assert_eq!(cite.to_string().to_lowercase().parse(), Ok(cite));
        }
    }

    #[test]
    fn form_decides_what_is_cited() {
        assert_eq!("264".parse(), Ok(Cite::Line(Line::L_264)));
        assert_eq!("U-264".parse(), Ok(Cite::Line(Line::L_264)));
        assert_eq!("4.3.3-2".parse(), Ok(Cite::Statement(Id::MQTT_4_3_3_2)));
        assert_eq!("MQTT_4_3_3_2".parse(), Ok(Cite::Statement(Id::MQTT_4_3_3_2)));
        assert_eq!("s40".parse(), Ok(Cite::Reading(Reading::S_40)));
    }

    #[test]
    fn error_is_that_of_the_form() {
        let refusal = |text: &str| text.parse::<Cite>().unwrap_err();
        assert_eq!(refusal(""), UnknownCite::Shape);
        assert_eq!(refusal("D-04"), UnknownCite::Shape);
        assert_eq!(refusal("§3.1"), UnknownCite::Shape);
        assert_eq!(refusal("4.3.3-"), UnknownCite::Statement(UnknownId::Shape));
        assert_eq!(refusal("l.x"), UnknownCite::Line(UnknownLine::Shape));
        assert!(matches!(refusal("4.3"), UnknownCite::Statement(UnknownId::Section(_))));
        assert!(matches!(refusal("S-12"), UnknownCite::Reading(UnknownReading::Number { .. })));
        assert!(matches!(refusal("4"), UnknownCite::Line(UnknownLine::Number { number: 4, .. })));
    }

    #[test]
    fn width_pads_every_kind_alike() {
        for cite in all() {
            assert_eq!(format!("{cite:>18}").chars().count(), 18, "{cite}");
        }
    }
}
