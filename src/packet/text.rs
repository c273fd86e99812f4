//! §1.5.3: text with a two-byte length. What the length announces is checked by the decoder; a
//! value of [`Text`] is valid whoever made it.

use crate::spec;
use crate::topic::{self, Flaw};

/// A UTF-8 encoded string: well-formed, without U+0000, at most 65,535 bytes (§1.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a str);

spec::by_construction!(MQTT_1_5_3_1, MQTT_1_5_3_2);

impl<'a> Text<'a> {
    /// The string as text, if it is one.
    ///
    /// # Errors
    /// U+0000 ([`spec::Id::MQTT_1_5_3_2`]), or more than 65,535 bytes.
    pub fn new(text: &'a str) -> Result<Self, Flaw> {
        topic::has_text_form(text).map(|()| Text(text))
    }

    /// The string as text, which it has been found to be before.
    pub(crate) fn trusted(text: &'a str) -> Self {
        debug_assert!(Text::new(text).is_ok());
        Text(text)
    }

    /// The characters, unaltered.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Offset of the first control character or non-character, which a sender should avoid.
    pub fn dubious(self) -> Option<usize> {
        topic::dubious(self.0)
    }
}
