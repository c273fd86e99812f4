//! Discrepancies: where the standard contradicts itself, repeats itself or is misprinted.
//!
//! Each entry says what is at odds and how Etalon treats it. Where the standard is not at odds with
//! itself but leaves a choice, there is a [`Reading`](crate::Reading) instead.

use core::fmt;
use core::str::FromStr;

use crate::Id;

/// A place where the standard is at odds with itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its number.
    pub discrepancy: Discrepancy,
    /// The sections that it concerns.
    pub sections: &'static [&'static str],
    /// The statements that it concerns.
    pub statements: &'static [Id],
    /// What is at odds.
    pub what: &'static str,
    /// How Etalon treats it.
    pub treat: &'static str,
}

impl Discrepancy {
    /// The discrepancies that concern a statement.
    pub fn of_statement(id: Id) -> impl Iterator<Item = Discrepancy> {
        Discrepancy::ALL.into_iter().filter(move |item| item.finding().statements.contains(&id))
    }
}

/// Prints `D-04`.
impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.width() {
            None => write!(f, "D-{:02}", self.number()),
            Some(_) => f.pad(&format!("D-{:02}", self.number())),
        }
    }
}

/// Reads `D-04`, `D-4` and the Rust name `D_04`, in any case.
impl FromStr for Discrepancy {
    type Err = UnknownDiscrepancy;

    fn from_str(text: &str) -> Result<Discrepancy, UnknownDiscrepancy> {
        let text = text.trim();
        let rest = text.strip_prefix(['D', 'd']).ok_or(UnknownDiscrepancy)?;
        let rest = rest.strip_prefix(['-', '_']).unwrap_or(rest);
        let rest = if rest.len() == 2 { rest.strip_prefix('0').unwrap_or(rest) } else { rest };
        let number = crate::id::digits(rest).ok_or(UnknownDiscrepancy)?;
        let mut all = Discrepancy::ALL.into_iter();
        all.find(|item| u32::from(item.number()) == number).ok_or(UnknownDiscrepancy)
    }
}

/// The text names no discrepancy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDiscrepancy;

impl fmt::Display for UnknownDiscrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a discrepancy: they are D-01 to D-22")
    }
}

impl core::error::Error for UnknownDiscrepancy {}

macro_rules! discrepancies {
    ($($item:ident $number:literal [$($section:literal)*] [$($id:ident)*]
       $what:literal => $treat:literal;)*) => {
        /// A place where the standard is at odds with itself, named after its number.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Discrepancy {
            $(
                #[doc = concat!($what, "\n\nEtalon: ", $treat)]
                $item,
            )*
        }

        impl Discrepancy {
            /// Every discrepancy, in order.
            pub const ALL: [Discrepancy; 22] = [$(Discrepancy::$item,)*];

            /// Its number.
            pub const fn number(self) -> u8 {
                match self {
                    $(Discrepancy::$item => $number,)*
                }
            }

            /// The discrepancy itself.
            pub const fn finding(self) -> &'static Finding {
                &FINDINGS[self as usize]
            }
        }

        static FINDINGS: [Finding; 22] = [$(
            Finding {
                discrepancy: Discrepancy::$item,
                sections: &[$($section),*],
                statements: &[$(Id::$id),*],
                what: $what,
                treat: $treat,
            },
        )*];
    };
}

discrepancies! {
    D_01 1 ["2.2.3"]
    []
    "The decoding algorithm of a comment multiplies before it checks, so it refuses every \
     Remaining Length of four bytes; Errata 01 moves the check."
    => "The corrected order; 2097152 and 268435455 are test values.";
    D_02 2 ["3.1.2.4" "3.3.1.1" "3.8.3"]
    [MQTT_3_1_2_7 MQTT_3_3_1_1 MQTT_3_8_3_4]
    "Three labels are misprinted: with a dot for the hyphen, with a hyphen for the dot, and with \
     a dot too many; others are broken over two lines. A search for well-formed labels finds \
     fewer than 141."
    => "Printed as they ought to be; the misprints are understood when read.";
    D_03 3 ["2.3.1" "3.8.3" "3.10.4" "4.1"]
    [MQTT_2_3_1_3 MQTT_3_10_4_4 MQTT_4_1_0_2]
    "Plain misprints: UNSUBSUBCRIBE, QO2, a missing \"as\", \"Client of Server\", \"topic name\" for \
     topic filter, and no Table 2.3."
    => "No meaning is given to them.";
    D_04 4 ["3.1.3.1" "3.1.4"]
    [MQTT_3_1_3_7 MQTT_3_1_3_8 MQTT_3_1_4_1]
    "An empty ClientId with CleanSession 0 breaks section 3.1, which asks for a silent close, \
     and yet return code 2 is demanded."
    => "The specific rule: return code 2.";
    D_05 5 ["3.1.2.2" "3.1.4"]
    [MQTT_3_1_2_2 MQTT_3_1_4_1]
    "An unsupported protocol level breaks section 3.1 as well, and yet return code 1 is \
     demanded."
    => "The specific rule: return code 1.";
    D_06 6 ["3.1.4" "3.2.2.3"]
    [MQTT_3_2_2_6]
    "The close is silent if no return code fits, and a refusal should be answered if one does; \
     who judges the fit is not said."
    => "Reading S-26.";
    D_07 7 ["3.3.2.1" "4.5"]
    [MQTT_3_3_2_3 MQTT_4_5_0_2]
    "Every message that a server sends matches a filter of the subscriber, but a client may get \
     messages that it has no subscription for."
    => "The server has assigned a subscription then: reading S-66.";
    D_08 8 ["2.3.1"]
    [MQTT_2_3_1_6 MQTT_4_3_3_2]
    "PUBCOMP is missing from the packets that repeat the identifier of the PUBLISH."
    => "The rules of QoS 2 have it.";
    D_09 9 ["2.2.2" "2.3.1" "3.1.2.5" "3.3.2.1" "4.7.1" "4.7.3"]
    [
        MQTT_1_5_3_2 MQTT_2_2_2_2 MQTT_2_3_1_4 MQTT_2_3_1_7 MQTT_3_1_2_11 MQTT_3_1_2_13
        MQTT_3_1_2_15 MQTT_3_3_1_2 MQTT_3_3_2_2 MQTT_3_6_1_1 MQTT_3_8_1_1 MQTT_3_8_4_2
        MQTT_3_10_1_1 MQTT_3_10_4_4 MQTT_3_14_1_1 MQTT_4_3_1_1 MQTT_4_3_2_1 MQTT_4_3_3_1
        MQTT_4_7_1_1 MQTT_4_7_3_2
    ]
    "Several statements repeat others, in whole or in part."
    => "One test may serve several of them, and all are reported.";
    D_10 10 ["3.6.1"]
    [MQTT_3_6_1_1 MQTT_2_2_2_2]
    "Only the server is told to refuse wrong flags of PUBREL, which also goes to clients."
    => "The general rule on flags binds the client.";
    D_11 11 ["3.8.4" "4.3.1"]
    [MQTT_3_8_4_6 MQTT_4_3_1_1]
    "A QoS 1 message may arrive twice on a QoS 0 subscription, although QoS 0 delivers once or \
     not at all."
    => "The duplicate enters upstream, by a repeat of the publisher; each hop sends once.";
    D_12 12 ["3.1.2.4" "3.1.2.5"]
    [MQTT_3_1_2_8 MQTT_3_1_2_10]
    "The Will is tied to the connection, yet it is removed from the stored session state, and \
     the list of session state does not have it."
    => "It belongs to the connection, never survives it and is never carried to the next.";
    D_13 13 ["2.3.1" "3.1.4" "3.10.4" "4.6"]
    [
        MQTT_2_3_1_4 MQTT_2_3_1_7 MQTT_3_1_2_16 MQTT_3_1_2_17 MQTT_3_1_3_6 MQTT_3_1_4_3
        MQTT_3_1_4_4 MQTT_3_3_5_1 MQTT_3_8_3_2 MQTT_3_10_4_2 MQTT_3_10_4_3 MQTT_3_14_4_2
        MQTT_4_6_0_1 MQTT_4_6_0_2 MQTT_4_6_0_3 MQTT_4_6_0_4
    ]
    "Appendix B words several statements differently from the body; only for the identifiers of \
     a server does it change the substance."
    => "The body rules, because the appendix is not normative.";
    D_14 14 ["3.2.2.3" "3.1.4"]
    [MQTT_3_1_4_1]
    "Return code 4 is described as malformed user name or password, but malformed data already \
     means a silent close."
    => "Code 4 means wrong credentials: reading S-26.";
    D_15 15 ["3.1.2.10"]
    [MQTT_3_1_2_24]
    "A silent client is disconnected after one and a half Keep Alives, but an inactive one may \
     be at any time."
    => "Closing early is no breach.";
    D_16 16 ["3.3.1.3"]
    [MQTT_3_3_1_5 MQTT_3_3_1_7 MQTT_3_3_1_11]
    "A retained message is to be stored, yet one at QoS 0 may be dropped and an empty one must \
     not be stored."
    => "Exceptions to the rule.";
    D_17 17 ["3.3.5"]
    [MQTT_3_3_5_1]
    "Overlap is described for filters with wildcards only."
    => "No gap: two equal filters cannot be held at once, so there is no other way to overlap.";
    D_18 18 ["3.8.4" "3.10.4" "4.8"]
    [MQTT_3_8_4_4 MQTT_3_10_4_6 MQTT_4_8_0_1]
    "A packet with several filters counts as a sequence of packets; whether entries ahead of a \
     malformed one take effect is not said."
    => "Reading S-74.";
    D_19 19 ["3.1.2.4" "4.1"]
    [MQTT_3_1_2_4 MQTT_4_1_0_1]
    "The session is to be stored without any limit, while comments allow administrative ones."
    => "Reading S-38.";
    D_20 20 ["4.6"]
    [MQTT_4_6_0_2 MQTT_4_6_0_3 MQTT_4_6_0_6]
    "The rules of order are to be kept \"when delivering\", but two of the four are about \
     receiving."
    => "Reading S-113.";
    D_21 21 ["2.2.2"]
    [MQTT_2_2_2_2 MQTT_3_3_1_2]
    "What invalid flags are is not defined for PUBLISH."
    => "Reading S-07.";
    D_22 22 ["4.3.3"]
    [MQTT_4_3_3_2]
    "Ownership passes with PUBREC, but a receiver of method A hands the message on at PUBREL: a \
     session dropped between the two loses a message that is owned."
    => "Method B: reading S-50.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discrepancies_are_numbered_without_gaps() {
        for (place, item) in Discrepancy::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(item.number()), place + 1);
            assert_eq!(item.to_string(), format!("{item:?}").replace('_', "-"));
            assert_eq!(item.finding().discrepancy, item);
        }
    }

    #[test]
    fn every_spelling_of_a_discrepancy_reads_back() {
        for item in Discrepancy::ALL {
            let number = item.number();
            for text in [item.to_string(), format!("d-{number}"), format!("{item:?}")] {
                assert_eq!(text.parse(), Ok(item), "{text}");
            }
        }
        for text in ["", "D-", "D-0", "D-23", "4", "D-004", "S-04"] {
            assert_eq!(text.parse::<Discrepancy>(), Err(UnknownDiscrepancy), "{text}");
        }
    }

    #[test]
    fn statement_finds_its_discrepancies() {
        let silent: Vec<Discrepancy> = Discrepancy::of_statement(Id::MQTT_3_1_4_1).collect();
        assert_eq!(silent, [Discrepancy::D_04, Discrepancy::D_05, Discrepancy::D_14]);
    }

    #[test]
    fn misprinted_labels_are_listed_where_they_are_read() {
        for text in ["[MQTT-3.1.2.7]", "[MQTT-3-8.3-4]", "[MQTT-3.3.1.-1]"] {
            let id = text.parse::<Id>().unwrap();
            assert!(Discrepancy::D_02.finding().statements.contains(&id), "{text}");
        }
    }

    #[test]
    fn readings_that_are_referred_to_exist() {
        let mut seen = 0;
        for item in Discrepancy::ALL {
            for word in item.finding().treat.split([' ', '.', ',', ':']) {
                if word.starts_with("S-") {
                    seen += 1;
                    assert!(word.parse::<crate::Reading>().is_ok(), "{item}: {word}");
                }
            }
        }
        assert_eq!(seen, 8);
    }
}
