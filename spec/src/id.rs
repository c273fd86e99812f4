//! Names of statements: printing, reading, and finding them by group and by section.
//!
//! The standard counts its statements in groups: `MQTT-3.1.2-5` is the fifth of group `3.1.2`,
//! which spans section 3.1.2 with everything below it. Reading forgives case, brackets and a
//! missing prefix, and knows the three labels that the standard misprints; it forgives nothing
//! else, because a wrong citation is worse than none.

use core::fmt;
use core::str::FromStr;

use crate::Id;
use crate::section::{Section, is_under};

/// Labels as the standard prints them wrongly, lower case and without their prefix.
const MISPRINTS: [(&str, Id); 3] =
    [("3.1.2.7", Id::MQTT_3_1_2_7), ("3-8.3-4", Id::MQTT_3_8_3_4), ("3.3.1.-1", Id::MQTT_3_3_1_1)];

impl Id {
    /// The group that it is counted in, such as `3.1.2`; a whole section such as 4.8 is `4.8.0`.
    pub fn group(self) -> &'static str {
        self.split().0
    }

    /// Its number within the group, counted from 1.
    pub fn number(self) -> u8 {
        self.split().1
    }

    /// The statements of one group, in order.
    pub fn in_group(group: &str) -> impl Iterator<Item = Id> {
        Id::ALL.into_iter().filter(move |id| id.group() == group)
    }

    /// The statements that stand in the section of that number itself.
    pub fn in_section(number: &str) -> impl Iterator<Item = Id> {
        Id::ALL.into_iter().filter(move |id| id.statement().section == number)
    }

    /// The statements that stand in the section of that number or anywhere below it.
    pub fn under(number: &str) -> impl Iterator<Item = Id> {
        Id::ALL.into_iter().filter(move |id| is_under(id.statement().section, number))
    }

    /// `MQTT-4.3.3-2` as `4.3.3` and 2.
    fn split(self) -> (&'static str, u8) {
        let rest = self.name().strip_prefix("MQTT-").unwrap_or_default();
        let (group, number) = rest.split_once('-').unwrap_or_default();
        (group, number.parse().unwrap_or_default())
    }
}

/// Prints `[MQTT-4.3.3-2]`, as the standard does.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A width is asked for in tables only, and then the brackets count.
        match f.width() {
            None => write!(f, "[{}]", self.name()),
            Some(_) => f.pad(&format!("[{}]", self.name())),
        }
    }
}

/// Reads `[MQTT-4.3.3-2]`, `MQTT-4.3.3-2`, `4.3.3-2` and the Rust name `MQTT_4_3_3_2`, in any
/// case, and the labels `[MQTT-3.1.2.7]`, `[MQTT-3-8.3-4]` and `[MQTT-3.3.1.-1]`, which the
/// standard misprints.
impl FromStr for Id {
    type Err = UnknownId;

    fn from_str(text: &str) -> Result<Id, UnknownId> {
        let text = text.trim();
        let bare = match (text.strip_prefix('['), text.strip_suffix(']')) {
            (Some(inner), Some(_)) => inner.strip_suffix(']').unwrap_or(inner),
            (None, None) => text,
            (Some(_), None) | (None, Some(_)) => return Err(UnknownId::Shape),
        };
        let rest = strip_prefix(bare);
        if rest.len() < bare.len() {
            if let Some((_, id)) = MISPRINTS.iter().find(|(label, _)| *label == rest) {
                return Ok(*id);
            }
        } else if let Some(section) = Section::find(rest) {
            return Err(UnknownId::Section(section));
        }
        let (group, number) = read(rest).ok_or(UnknownId::Shape)?;
        Id::ALL
            .into_iter()
            .find(|id| levels(id.group()) == Some(group) && u32::from(id.number()) == number)
            .ok_or_else(|| UnknownId::nearest(group, number))
    }
}

/// What follows `MQTT-` or `MQTT_`, or everything if neither is there.
fn strip_prefix(text: &str) -> &str {
    match text.split_at_checked(4) {
        Some((head, tail)) if head.eq_ignore_ascii_case("mqtt") => {
            tail.strip_prefix(['-', '_']).unwrap_or(text)
        }
        Some(_) | None => text,
    }
}

/// Reads `4.3.3-2` or `4_3_3_2`.
fn read(text: &str) -> Option<([u8; 3], u32)> {
    let (group, number) = match text.rsplit_once('-') {
        Some((group, number)) => (levels(group)?, number),
        None => {
            let (group, number) = text.rsplit_once('_')?;
            let mut parts = group.split('_');
            let group = [parts.next()?, parts.next()?, parts.next()?].map(digits);
            if parts.next().is_some() {
                return None;
            }
            (all(group)?, number)
        }
    };
    Some((group, digits(number)?))
}

/// Reads `4.3.3`.
fn levels(text: &str) -> Option<[u8; 3]> {
    let mut parts = text.split('.');
    let group = [parts.next()?, parts.next()?, parts.next()?].map(digits);
    if parts.next().is_some() { None } else { all(group) }
}

fn all<T: TryFrom<u32>>(numbers: [Option<u32>; 3]) -> Option<[T; 3]> {
    let [a, b, c] = numbers.map(|number| number.and_then(|number| T::try_from(number).ok()));
    Some([a?, b?, c?])
}

/// A number without sign and without leading zeros.
pub(crate) fn digits(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    if plain && !leading { text.parse().ok() } else { None }
}

/// Why a text names no statement, and what comes nearest to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownId {
    /// It does not have the form of a statement's number.
    Shape,
    /// It is a section, not a statement.
    Section(&'static Section),
    /// No statement is counted in that group; these two are the neighbours.
    Group {
        /// The group asked for.
        group: [u8; 3],
        /// The last statement before it, if any.
        before: Option<Id>,
        /// The first statement after it, if any.
        after: Option<Id>,
    },
    /// The group exists, but not that number.
    Number {
        /// The number asked for.
        number: u32,
        /// The last statement of the group; its number is the count.
        last: Id,
    },
}

impl UnknownId {
    fn nearest(group: [u8; 3], number: u32) -> UnknownId {
        let of = |id: &Id| levels(id.group());
        let mut same = Id::ALL.into_iter().filter(|id| of(id) == Some(group));
        if let Some(last) = same.next_back() {
            return UnknownId::Number { number, last };
        }
        UnknownId::Group {
            group,
            before: Id::ALL.into_iter().rfind(|id| of(id) < Some(group)),
            after: Id::ALL.into_iter().find(|id| of(id) > Some(group)),
        }
    }
}

impl fmt::Display for UnknownId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            UnknownId::Shape => f.write_str(
                "not a statement: one looks like [MQTT-4.3.3-2], or [MQTT-4.8.0-1] in a section of \
                 two levels",
            ),
            UnknownId::Section(section) => {
                let number = section.number;
                write!(f, "{number} is a section, not a statement")?;
                let mut ids = Id::under(number);
                match (ids.next(), ids.last()) {
                    (Some(first), Some(last)) => write!(f, "; its statements: {first} to {last}"),
                    (Some(only), None) => write!(f, "; its statement: {only}"),
                    (None, _) => f.write_str("; it has no statements"),
                }
            }
            UnknownId::Group { group: [a, b, c], before, after } => {
                write!(f, "no statements are counted under {a}.{b}.{c}")?;
                match (before, after) {
                    (Some(before), Some(after)) => write!(f, "; nearest: {before} and {after}"),
                    (Some(only), None) | (None, Some(only)) => write!(f, "; nearest: {only}"),
                    (None, None) => Ok(()),
                }
            }
            UnknownId::Number { number, last } => {
                let (group, count) = (last.group(), last.number());
                let section = group.strip_suffix(".0").unwrap_or(group);
                write!(f, "no statement {number}: section {section} has ")?;
                match count {
                    1 => write!(f, "one statement, {last}"),
                    _ => write!(f, "statements 1 to {count}, up to {last}"),
                }
            }
        }
    }
}

impl core::error::Error for UnknownId {}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<Id>().unwrap_err().to_string()
    }

    #[test]
    fn groups_are_numbered_without_gaps() {
        let mut counts = BTreeMap::new();
        for id in Id::ALL {
            let count = counts.entry(levels(id.group()).unwrap()).or_insert(0);
            *count += 1;
            assert_eq!(id.number(), *count, "{id}");
        }
        assert_eq!(counts.len(), 39);
        assert_eq!(counts.values().map(|count| u32::from(*count)).sum::<u32>(), 141);
    }

    #[test]
    fn groups_ascend() {
        let place = |id: Id| (levels(id.group()).unwrap(), id.number());
        for pair in Id::ALL.windows(2) {
            assert!(place(pair[0]) < place(pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn section_of_a_statement_lies_in_its_group() {
        for id in Id::ALL {
            let top = id.group().trim_end_matches(".0");
            assert!(is_under(id.statement().section, top), "{id}");
        }
    }

    #[test]
    fn statement_knows_its_own_number() {
        for id in Id::ALL {
            assert_eq!(id.statement().id, id);
        }
    }

    #[test]
    fn every_spelling_of_a_name_reads_back() {
        for id in Id::ALL {
            let name = id.name();
            let bare = name.strip_prefix("MQTT-").unwrap();
            let rust = format!("{id:?}");
            for text in [&id.to_string(), name, bare, &name.to_lowercase(), &rust] {
                assert_eq!(text.parse(), Ok(id), "{text}");
            }
            assert_eq!(format!("[{bare}]").parse(), Ok(id));
            assert_eq!(rust.replace('_', ""), name.replace(['-', '.'], ""));
        }
    }

    #[test]
    fn misprinted_labels_are_understood() {
        assert_eq!("[MQTT-3.1.2.7]".parse(), Ok(Id::MQTT_3_1_2_7));
        assert_eq!("[MQTT-3-8.3-4]".parse(), Ok(Id::MQTT_3_8_3_4));
        assert_eq!("mqtt-3.3.1.-1".parse(), Ok(Id::MQTT_3_3_1_1));
    }

    #[test]
    fn no_other_misprint_is_understood() {
        for text in ["[MQTT-3.1.2.8]", "[MQTT-3-8.3-3]", "[MQTT-3.3.1.-2]", "3-8.3-4"] {
            assert!(text.parse::<Id>().is_err(), "{text}");
        }
    }

    #[test]
    fn malformed_names_are_refused() {
        for text in [
            "",
            "[]",
            "MQTT-",
            "[MQTT-4.3.3-2",
            "MQTT-4.3.3-2]",
            "MQTT4.3.3-2",
            "4.3-2",
            "4.3.3.3-2",
            "4.3.3-02",
            "4.3.3-+2",
            "4.3.3-",
            "4.3.3- 2",
            "MQTT_4_3_3",
            "4_3_3_3_2",
            "300.1.1-1",
            "4.3.3-99999999999",
            "é.3.3-2",
            "[[MQTT-4.3.3-2]]",
        ] {
            assert_eq!(text.parse::<Id>(), Err(UnknownId::Shape), "{text}");
        }
    }

    #[test]
    fn number_beyond_the_group_names_what_there_is() {
        assert_eq!(
            refusal("[MQTT-3.14.4-9]"),
            "no statement 9: section 3.14.4 has statements 1 to 3, up to [MQTT-3.14.4-3]"
        );
        assert_eq!(
            refusal("4.4.0-2"),
            "no statement 2: section 4.4 has one statement, [MQTT-4.4.0-1]"
        );
        assert_eq!(
            refusal("4.3.3-0"),
            "no statement 0: section 4.3.3 has statements 1 to 2, up to [MQTT-4.3.3-2]"
        );
    }

    #[test]
    fn unknown_group_names_its_neighbours() {
        assert_eq!(
            refusal("3.14.3-1"),
            "no statements are counted under 3.14.3; nearest: [MQTT-3.14.1-1] and [MQTT-3.14.4-1]"
        );
        assert_eq!(
            refusal("1.1.1-1"),
            "no statements are counted under 1.1.1; nearest: [MQTT-1.5.3-1]"
        );
        assert_eq!(
            refusal("9.0.0-1"),
            "no statements are counted under 9.0.0; nearest: [MQTT-7.1.2-1]"
        );
    }

    #[test]
    fn section_is_not_taken_for_a_statement() {
        assert_eq!(
            refusal("3.1.2.7"),
            "3.1.2.7 is a section, not a statement; its statements: [MQTT-3.1.2-15] to \
             [MQTT-3.1.2-17]"
        );
        assert_eq!(
            refusal("3.12"),
            "3.12 is a section, not a statement; its statement: [MQTT-3.12.4-1]"
        );
        assert_eq!(refusal("5.1"), "5.1 is a section, not a statement; it has no statements");
    }

    #[test]
    fn sections_find_their_statements() {
        use Id::{MQTT_3_8_1_1, MQTT_3_8_3_1, MQTT_3_8_3_2, MQTT_3_8_3_3, MQTT_3_8_3_4};
        let in_section: Vec<Id> = Id::in_section("3.8.3").collect();
        assert_eq!(in_section, [MQTT_3_8_3_1, MQTT_3_8_3_2, MQTT_3_8_3_3, MQTT_3_8_3_4]);
        assert_eq!(Id::in_section("3.8").count(), 0);
        assert_eq!(Id::under("3.8").next(), Some(MQTT_3_8_1_1));
        assert_eq!(Id::under("3.8").count(), 11);
        // 3.10 to 3.14 begin with the same characters as 3.1 and do not belong to it.
        assert!(Id::under("3.1").all(|id| id.name().starts_with("MQTT-3.1.")));
        assert_eq!(Id::in_group("3.1.2").count(), 24);
    }

    #[test]
    fn chapters_hold_every_statement() {
        let all: BTreeSet<Id> =
            (1..=7).flat_map(|n| Id::under(&n.to_string()).collect::<Vec<_>>()).collect();
        assert_eq!(all.len(), 141);
    }

    #[test]
    fn width_counts_the_brackets() {
        assert_eq!(format!("{:16}|", Id::MQTT_4_3_3_2), "[MQTT-4.3.3-2]  |");
    }
}
