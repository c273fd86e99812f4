//! §4.7 Topic Names and Topic Filters: what they may look like, and which matches which.
//!
//! A value of these types is valid; nothing that takes one checks it again. Matching uses the
//! characters as they are, without recursion and without allocation, in time linear in the length
//! of both. Who may publish or subscribe where is not decided here.

use memchr::{memchr3, memchr3_iter};

use crate::spec::{self, Id};
use crate::violation::Rule;

/// The longest text that a two-byte length can announce.
///
/// # Units
/// Bytes.
pub const TEXT_BYTES_MAX: usize = 65_535;

/// A Topic Name: where a message is published. Never empty, no wildcard, no U+0000, at most
/// 65,535 bytes.
///
/// # Source
/// §4.7: [`Id::MQTT_4_7_1_1`], [`Id::MQTT_4_7_3_1`], [`Id::MQTT_4_7_3_2`], [`Id::MQTT_4_7_3_3`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

/// A Topic Filter: what a subscription asks for. Never empty, `#` only as whole last level, `+`
/// only as a whole level, no U+0000, at most 65,535 bytes.
///
/// # Source
/// §4.7: [`Id::MQTT_4_7_1_2`], [`Id::MQTT_4_7_1_3`], [`Id::MQTT_4_7_3_1`], [`Id::MQTT_4_7_3_2`],
/// [`Id::MQTT_4_7_3_3`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(&'a str);

spec::by_construction!(MQTT_4_7_1_1, MQTT_4_7_1_2, MQTT_4_7_1_3);
spec::by_construction!(MQTT_4_7_3_1, MQTT_4_7_3_2, MQTT_4_7_3_3);

/// Why a string is no text, no Topic Name or no Topic Filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flaw {
    /// The statement that it breaks.
    pub id: Id,
    /// What exactly is wrong.
    pub rule: Rule,
    /// Offset of the offending byte in the string.
    pub at: usize,
}

impl Flaw {
    const fn new(id: Id, rule: Rule, at: usize) -> Flaw {
        Flaw { id, rule, at }
    }
}

impl core::fmt::Display for Flaw {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "byte {}: {}", self.at, self.rule.text())
    }
}

impl core::error::Error for Flaw {}

impl<'a> TopicName<'a> {
    /// The string as a Topic Name, if it is one.
    ///
    /// # Errors
    /// The first flaw: [`Id::MQTT_4_7_3_1`] (empty), [`Id::MQTT_4_7_3_3`] (too long),
    /// [`Id::MQTT_1_5_3_2`] (U+0000), [`Id::MQTT_4_7_1_1`] (a wildcard character).
    pub fn new(text: &'a str) -> Result<Self, Flaw> {
        has_topic_length(text)?;
        match memchr3(0, b'+', b'#', text.as_bytes()) {
            None => Ok(TopicName(text)),
            Some(at) if text.as_bytes().get(at) == Some(&0) => {
                Err(Flaw::new(Id::MQTT_1_5_3_2, Rule::TextWithNul, at))
            }
            Some(at) => Err(Flaw::new(Id::MQTT_4_7_1_1, Rule::WildcardInTopicName, at)),
        }
    }

    /// The string as a Topic Name, which it has been found to be before.
    #[allow(dead_code, reason = "for whoever keeps an owned copy of a checked name")]
    pub(crate) fn trusted(text: &'a str) -> Self {
        debug_assert!(TopicName::new(text).is_ok());
        TopicName(text)
    }

    /// The characters, unaltered.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether it begins with `$` (§4.7.2).
    pub fn is_reserved(self) -> bool {
        self.0.starts_with('$')
    }

    /// The topic levels, the empty ones included.
    pub fn levels(self) -> impl DoubleEndedIterator<Item = &'a str> + Clone + use<'a> {
        self.0.split('/')
    }

    /// Offset of the first control character or non-character, which a sender should avoid.
    pub fn dubious(self) -> Option<usize> {
        dubious(self.0)
    }
}

impl<'a> TopicFilter<'a> {
    /// The string as a Topic Filter, if it is one.
    ///
    /// # Errors
    /// The first flaw: [`Id::MQTT_4_7_3_1`] (empty), [`Id::MQTT_4_7_3_3`] (too long),
    /// [`Id::MQTT_1_5_3_2`] (U+0000), [`Id::MQTT_4_7_1_2`] (`#` misplaced),
    /// [`Id::MQTT_4_7_1_3`] (`+` misplaced).
    pub fn new(text: &'a str) -> Result<Self, Flaw> {
        has_topic_length(text)?;
        let bytes = text.as_bytes();
        for at in memchr3_iter(0, b'+', b'#', bytes) {
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            let begins_level = before.is_none_or(|byte| *byte == b'/');
            let after = bytes.get(at.saturating_add(1));
            match bytes.get(at) {
                Some(b'#') if !begins_level || after.is_some() => {
                    return Err(Flaw::new(Id::MQTT_4_7_1_2, Rule::MisplacedHash, at));
                }
                Some(b'+') if !begins_level || after.is_some_and(|byte| *byte != b'/') => {
                    return Err(Flaw::new(Id::MQTT_4_7_1_3, Rule::MisplacedPlus, at));
                }
                Some(0) => return Err(Flaw::new(Id::MQTT_1_5_3_2, Rule::TextWithNul, at)),
                Some(_) | None => {}
            }
        }
        Ok(TopicFilter(text))
    }

    /// The string as a Topic Filter, which it has been found to be before.
    pub(crate) fn trusted(text: &'a str) -> Self {
        debug_assert!(TopicFilter::new(text).is_ok());
        TopicFilter(text)
    }

    /// The characters, unaltered.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether `name` matches (§4.7.1, §4.7.2).
    ///
    /// No level can match in two ways, since `+` takes exactly one and `#` is the last; so there
    /// is nothing to go back to, whatever a peer sends.
    pub fn matches(self, name: TopicName<'_>) -> bool {
        spec::upholds!(MQTT_4_7_3_4);
        if name.is_reserved() && self.0.starts_with(['#', '+']) {
            spec::upholds!(MQTT_4_7_2_1);
            return false;
        }
        let mut levels = name.levels();
        for wanted in self.levels() {
            // Before a level is taken: `a/#` matches its parent `a` too.
            if wanted == "#" {
                return true;
            }
            match levels.next() {
                Some(level) if wanted == "+" || wanted == level => {}
                Some(_) | None => return false,
            }
        }
        levels.next().is_none()
    }

    /// Whether it can match more than one Topic Name.
    pub fn has_wildcard(self) -> bool {
        memchr::memchr2(b'+', b'#', self.0.as_bytes()).is_some()
    }

    /// The levels, the empty ones and the wildcards included.
    pub fn levels(self) -> impl DoubleEndedIterator<Item = &'a str> + Clone + use<'a> {
        self.0.split('/')
    }

    /// Offset of the first control character or non-character, which a sender should avoid.
    pub fn dubious(self) -> Option<usize> {
        dubious(self.0)
    }
}

/// What holds for every length-prefixed text: no U+0000, at most 65,535 bytes.
pub(crate) fn has_text_form(text: &str) -> Result<(), Flaw> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Flaw::new(Id::MQTT_4_8_0_1, Rule::TextTooLong, TEXT_BYTES_MAX));
    }
    match memchr::memchr(0, text.as_bytes()) {
        Some(at) => Err(Flaw::new(Id::MQTT_1_5_3_2, Rule::TextWithNul, at)),
        None => Ok(()),
    }
}

fn has_topic_length(text: &str) -> Result<(), Flaw> {
    if text.is_empty() {
        return Err(Flaw::new(Id::MQTT_4_7_3_1, Rule::TopicEmpty, 0));
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(Flaw::new(Id::MQTT_4_7_3_3, Rule::TextTooLong, TEXT_BYTES_MAX));
    }
    Ok(())
}

/// Offset of the first control character (U+0001..1F, U+007F..9F) or non-character (U+FDD0..EF and
/// the last two of each plane).
#[inline(always)]
pub(crate) fn dubious(text: &str) -> Option<usize> {
    // Nearly every text is printable ASCII, and a loop without early exit is one the compiler
    // turns into vector instructions.
    let plain = text.bytes().fold(true, |plain, byte| plain & (byte.wrapping_sub(0x20) < 0x5F));
    if plain { None } else { first_dubious(text) }
}

#[inline(never)]
fn first_dubious(text: &str) -> Option<usize> {
    text.char_indices().find(|(_, character)| is_dubious(*character)).map(|(at, _)| at)
}

const fn is_dubious(character: char) -> bool {
    matches!(character, '\u{1}'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{FDD0}'..='\u{FDEF}')
        || (character as u32) & 0xFFFE == 0xFFFE
}
