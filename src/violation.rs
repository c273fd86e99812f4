//! A breach as a value: which statement, what exactly, and at which byte.

use crate::packet::Kind;
use crate::spec::Id;

/// What a peer did that the standard does not allow, or that this side does not take.
///
/// Small and `Copy`; the words for it are made only when somebody reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    /// The numbered statement that is broken. A rule without a number of its own is reported as
    /// [`Id::MQTT_4_8_0_1`], and [`Violation::rule`] names the cause.
    pub id: Id,
    /// What exactly is wrong.
    pub rule: Rule,
    /// The packet in which it was seen, once its type is known.
    pub packet: Option<Kind>,
    /// Offset of the offending byte, counted from the first byte of the packet. For a field that
    /// is missing or cut off: where that field begins.
    pub at: u32,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// A numbered statement is broken.
    Breach,
    /// A SHOULD or an unnumbered sentence is not followed.
    Warning,
    /// A legal choice, or a limit of this side.
    Note,
}

/// What exactly is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Another field, or nothing, where the packet had to end.
    LeftOver,
}
