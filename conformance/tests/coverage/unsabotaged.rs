//! Statements that bind the Server and show on the wire, and that no saboteur breaks: why not.
//!
//! A statement that stands here although a saboteur breaks it is an error, so the list only shrinks.

use etalon_spec::Id;

/// The list.
pub const UNSABOTAGED: &[(&[Id], &str)] = &[];
