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

    /// The string as a Topic Filter, which it has been found to be before. Public only because
    /// `loom-tests` builds the broker's files as a crate of its own.
    #[doc(hidden)]
    pub fn trusted(text: &'a str) -> Self {
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
pub(crate) fn dubious(text: &str) -> Option<usize> {
    if is_plain(text) {
        return None;
    }
    text.char_indices().find(|(_, character)| is_dubious(*character)).map(|(at, _)| at)
}

/// Whether a text is what nearly every text is: not empty, printable ASCII, no wildcard. Then it
/// is a Topic Name and everything less, without a closer look.
///
/// Eight bytes at a time; the last eight may overlap those before.
#[inline(always)]
pub(crate) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (words, _) = bytes.as_chunks::<8>();
    let Some(last) = bytes.last_chunk::<8>() else {
        return !bytes.is_empty() && bytes.iter().all(|byte| is_plain_byte(*byte));
    };
    let mut others = not_plain(*last);
    for word in words {
        others |= not_plain(*word);
    }
    others == 0
}

const fn is_plain_byte(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E) && byte != b'+' && byte != b'#'
}

/// Zero if all eight bytes are plain.
///
/// A borrow or a carry reaches the next byte only from one that is not plain itself, so the sum is
/// exact as an answer to "any?", though not to "which?".
const fn not_plain(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    const BLANKS: u64 = u64::from_ne_bytes([0x20; 8]);
    const PLUSES: u64 = u64::from_ne_bytes([b'+'; 8]);
    const HASHES: u64 = u64::from_ne_bytes([b'#'; 8]);
    let word = u64::from_ne_bytes(word);
    let (plus, hash) = (word ^ PLUSES, word ^ HASHES);
    let wildcard = (plus.wrapping_sub(ONES) & !plus) | (hash.wrapping_sub(ONES) & !hash);
    (word | word.wrapping_sub(BLANKS) | word.wrapping_add(ONES) | wildcard) & HIGHS
}

const fn is_dubious(character: char) -> bool {
    matches!(character, '\u{1}'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{FDD0}'..='\u{FDEF}')
        || (character as u32) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_are_plain_if_each_of_them_is() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                for place in 0..7 {
                    let mut word = *b"abc/ ~}!";
                    word[place] = first;
                    word[place + 1] = second;
                    let expected = is_plain_byte(first) && is_plain_byte(second);
                    assert_eq!(not_plain(word) == 0, expected, "{word:02X?}");
                }
            }
        }
    }

    #[test]
    fn plain_text_of_any_length_is_printable_and_without_wildcard() {
        for length in 0..40 {
            let plain = "a".repeat(length);
            assert_eq!(is_plain(&plain), length > 0);
            for place in 0..length {
                for odd in ["\0", "\u{1F}", "\u{7F}", "+", "#", "ä"] {
                    let mut text = plain.clone();
                    text.replace_range(place..=place, odd);
                    assert!(!is_plain(&text), "{text:?}");
                }
            }
        }
    }
}
