//! Sentences of the standard that carry no number of their own and yet have to be obeyed.
//!
//! They are cited by the line of the OASIS Standard on which they begin, `l.264`, so that nobody
//! takes them for one of the 141 statements. Two kinds are here: every upper-case key word of
//! RFC 2119 that no numbered statement contains, and the definitions, tables and plain sentences
//! that fix behaviour. What a breach of one of them is worth is for the caller to say; most are
//! reported under the statement that reaches them, often [`Id::MQTT_4_8_0_1`](crate::Id).

mod table;

use core::fmt;
use core::str::FromStr;

use crate::Binds;
use crate::section::is_under;
pub use table::Line;
use table::NUMBER;

/// One unnumbered sentence of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The line on which it begins.
    pub line: Line,
    /// The section in which it stands, such as `2.2.3`.
    pub section: &'static str,
    /// Who has to obey it.
    pub binds: Binds,
    /// How strongly it binds.
    pub level: Level,
    /// What it says, in our own words.
    pub text: &'static str,
    /// What Etalon does, where the sentence leaves a choice.
    pub etalon: Option<&'static str>,
}

/// How strongly an unnumbered sentence binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// An absolute duty: MUST, MUST NOT.
    Must,
    /// A duty with possible exceptions: SHOULD, SHOULD NOT.
    Should,
    /// A permission: MAY, and what is said not to be required.
    May,
    /// A definition, a table or a plain sentence, without a key word.
    Fact,
}

impl Level {
    /// The word for it in running text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Must => "must",
            Level::Should => "should",
            Level::May => "may",
            Level::Fact => "fact",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Line {
    /// The number of the line in the OASIS Standard of 29 October 2014.
    pub const fn number(self) -> u16 {
        NUMBER[self as usize]
    }

    /// The sentence that begins on the line of that number.
    pub fn find(number: u16) -> Option<Line> {
        Line::ALL.into_iter().find(|line| line.number() == number)
    }

    /// The sentences that stand in the section of that number itself.
    pub fn in_section(number: &str) -> impl Iterator<Item = Line> {
        Line::ALL.into_iter().filter(move |line| line.sentence().section == number)
    }

    /// The sentences that stand in the section of that number or anywhere below it.
    pub fn under(number: &str) -> impl Iterator<Item = Line> {
        Line::ALL.into_iter().filter(move |line| is_under(line.sentence().section, number))
    }
}

/// Prints `l.264`.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.width() {
            None => write!(f, "l.{}", self.number()),
            Some(_) => f.pad(&format!("l.{}", self.number())),
        }
    }
}

/// Reads `l.264`, `U-264`, `264` and the Rust name `L_264`, in any case.
impl FromStr for Line {
    type Err = UnknownLine;

    fn from_str(text: &str) -> Result<Line, UnknownLine> {
        let text = text.trim();
        let number = match text.split_at_checked(2) {
            Some(("l." | "L." | "u-" | "U-" | "l_" | "L_", number)) => number,
            Some(_) | None => text,
        };
        let number = crate::id::digits(number).ok_or(UnknownLine::Shape)?;
        let exact = u16::try_from(number).ok().and_then(Line::find);
        exact.ok_or_else(|| UnknownLine::Number {
            number,
            before: Line::ALL.into_iter().rfind(|line| u32::from(line.number()) < number),
            after: Line::ALL.into_iter().find(|line| u32::from(line.number()) > number),
        })
    }
}

/// Why a text names no unnumbered sentence, and what comes nearest to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownLine {
    /// It does not have the form of a line.
    Shape,
    /// No sentence that is listed here begins on that line; these two are the neighbours.
    Number {
        /// The number asked for.
        number: u32,
        /// The last listed line before it, if any.
        before: Option<Line>,
        /// The first listed line after it, if any.
        after: Option<Line>,
    },
}

impl fmt::Display for UnknownLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            UnknownLine::Shape => f.write_str("not a line of the standard: one looks like l.264"),
            UnknownLine::Number { number, before, after } => {
                write!(f, "no unnumbered sentence is listed for line {number}")?;
                match (before, after) {
                    (Some(before), Some(after)) => write!(f, "; nearest: {before} and {after}"),
                    (Some(only), None) | (None, Some(only)) => write!(f, "; nearest: {only}"),
                    (None, None) => Ok(()),
                }
            }
        }
    }
}

impl core::error::Error for UnknownLine {}

macro_rules! lines {
    ($($line:ident $number:literal $section:literal $binds:ident $level:ident
       $text:literal $(=> $etalon:literal)?;)*) => {
        /// A sentence of MQTT 3.1.1 without a number, named after the line on which it begins.
        ///
        /// The variants stand in the order of the standard, which is also the order of `Ord`.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Line {
            $(
                #[doc = concat!(
                    $text, "\n\nSection ", $section, "; binds: ", stringify!($binds),
                    "; level: ", stringify!($level), ".", $("\n\nEtalon: ", $etalon,)?
                )]
                $line,
            )*
        }

        impl Line {
            /// Every unnumbered sentence, in the order of the standard.
            pub const ALL: [Line; COUNT] = [$(Line::$line,)*];

            /// The sentence itself.
            pub const fn sentence(self) -> &'static Sentence {
                &SENTENCES[self as usize]
            }
        }

        const COUNT: usize = [$($number,)*].len();

        pub(super) static NUMBER: [u16; COUNT] = [$($number,)*];

        static SENTENCES: [Sentence; COUNT] = [$(
            Sentence {
                line: Line::$line,
                section: $section,
                binds: Binds::$binds,
                level: Level::$level,
                text: $text,
                etalon: lines!(@optional $($etalon)?),
            },
        )*];
    };
    (@optional $etalon:literal) => { Some($etalon) };
    (@optional) => { None };
}
use lines;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_ascend_and_are_named_after_their_numbers() {
        for pair in Line::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "{} before {}", pair[0], pair[1]);
        }
        for line in Line::ALL {
            assert_eq!(format!("{line:?}"), format!("L_{}", line.number()));
            assert_eq!(line.sentence().line, line);
        }
    }

    #[test]
    fn only_two_sentences_without_a_number_say_must() {
        let must = Line::ALL.into_iter().filter(|line| line.sentence().level == Level::Must);
        assert_eq!(must.collect::<Vec<_>>(), [Line::L_629, Line::L_673]);
    }

    #[test]
    fn sections_ascend_with_the_lines() {
        let place = |line: Line| {
            let number = line.sentence().section;
            crate::Section::ALL.iter().position(|section| section.number == number).unwrap()
        };
        for pair in Line::ALL.windows(2) {
            assert!(place(pair[0]) <= place(pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn every_spelling_of_a_line_reads_back() {
        for line in Line::ALL {
            let number = line.number();
            for text in [
                line.to_string(),
                number.to_string(),
                format!("U-{number}"),
                format!("u-{number}"),
                format!("{line:?}"),
            ] {
                assert_eq!(text.parse(), Ok(line), "{text}");
            }
        }
    }

    #[test]
    fn unlisted_line_names_its_neighbours() {
        let refusal = |text: &str| text.parse::<Line>().unwrap_err().to_string();
        assert_eq!(
            refusal("l.265"),
            "no unnumbered sentence is listed for line 265; nearest: l.264 and l.344"
        );
        assert_eq!(
            refusal("99999"),
            "no unnumbered sentence is listed for line 99999; nearest: l.1734"
        );
        for text in ["", "l.", "l-264", "264a", "U264", "l.0264", "S-264", "+264"] {
            assert_eq!(text.parse::<Line>(), Err(UnknownLine::Shape), "{text}");
        }
    }

    #[test]
    fn sections_find_their_sentences() {
        let found: Vec<Line> = Line::in_section("3.2.2.3").collect();
        assert_eq!(found, [Line::L_706, Line::L_709]);
        assert_eq!(Line::in_section("3.2.2").count(), 0);
        assert_eq!(Line::under("3.2.2").count(), 4);
    }

    #[test]
    fn choices_have_an_answer() {
        for line in Line::ALL {
            let Sentence { level, binds, etalon, .. } = *line.sentence();
            let free = level == Level::Should || level == Level::May;
            if free && binds == Binds::Server && line != Line::L_1488 {
                assert!(etalon.is_some(), "{line}");
            }
        }
    }
}
