//! What was found out about somebody's encoder or decoder, and how it reads.
//!
//! A finding has one of four classes, because not all that is worth telling is a breach: what the
//! standard permits is at most a note, and a codec that writes a forbidden packet when it is asked
//! for one has left a check to its caller.

use core::fmt::{self, Write};

use super::request::{Forbidden, Request};
use crate::packet::{Kind, Limits, Stance, annotate};
use crate::spec::{Cite, Id};
use crate::violation::Violation;

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What the standard allows, and what came of it breaks a statement.
    Breach,
    /// What the standard allows, and what came of it is well-formed, but something else.
    Differs,
    /// What the standard forbids was written as it was asked for: the check is left to the caller.
    PassedOn,
    /// Nothing wrong, and yet worth knowing.
    Note,
}

impl Class {
    /// In one or two words, for a report.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Breach => "BREACH",
            Class::Differs => "DIFFERS",
            Class::PassedOn => "PASSED ON",
            Class::Note => "NOTE",
        }
    }

    /// Whether the codec did something that it should not have done.
    pub const fn is_wrong(self) -> bool {
        match self {
            Class::Breach | Class::Differs | Class::PassedOn => true,
            Class::Note => false,
        }
    }
}

/// Something that a codec does, with the example that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is.
    pub class: Class,
    /// The statement that is broken, or the sentence that is not followed. `None`: the section
    /// describes the field, and nothing numbered fixes its content.
    pub cite: Option<Cite>,
    /// The section of the standard.
    pub section: &'static str,
    /// The type of packet, if it has one.
    pub kind: Option<Kind>,
    /// The field that differs, or the cause in a few words.
    pub field: &'static str,
    /// What happened, as a sentence.
    pub what: String,
    /// What was asked for, or what the bytes mean if they mean something.
    pub asked: Option<Request>,
    /// Why that is forbidden, if it is.
    pub forbidden: Option<Forbidden>,
    /// The bytes that were written, or that were to be read.
    pub bytes: Vec<u8>,
    /// What is wrong with the bytes, if something is.
    pub violation: Option<Violation>,
}

/// Findings with the same signature are one finding with several examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// See [`Finding::class`].
    pub class: Class,
    /// See [`Finding::cite`].
    pub cite: Option<Cite>,
    /// See [`Finding::kind`].
    pub kind: Option<Kind>,
    /// See [`Finding::field`].
    pub field: &'static str,
}

impl Finding {
    /// What makes it one finding, whatever the example.
    pub const fn signature(&self) -> Signature {
        Signature { class: self.class, cite: self.cite, kind: self.kind, field: self.field }
    }

    /// Whether the other shows the same, so that it can stand for it; one example should not have
    /// two faults.
    pub fn is_shown_by(&self, other: &Finding) -> bool {
        self.signature() == other.signature() && self.forbidden == other.forbidden
    }

    /// The statement, if it is one that is broken.
    pub const fn id(&self) -> Option<Id> {
        match self.cite {
            Some(Cite::Statement(id)) => Some(id),
            Some(Cite::Line(_) | Cite::Reading(_)) | None => None,
        }
    }

    /// The bytes, field by field, one on a line.
    pub fn table(&self) -> String {
        table(&self.bytes)
    }
}

impl fmt::Display for Signature {
    /// `BREACH [MQTT-3.3.1-2] PUBLISH, DUP`
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.class.name())?;
        if let Some(cite) = self.cite {
            write!(out, " {cite}")?;
        }
        if let Some(kind) = self.kind {
            write!(out, " {kind}")?;
        }
        write!(out, ", {}", self.field)
    }
}

impl fmt::Display for Finding {
    /// The whole report of one finding.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.signature())?;
        writeln!(out, "  {}", self.what)?;
        match self.cite {
            Some(cite) => writeln!(out, "  {cite} (section {}): {}", self.section, cite.text())?,
            None => writeln!(out, "  Section {} describes the field.", self.section)?,
        }
        if let Some(asked) = &self.asked {
            writeln!(out, "  packet: {}", short(&format!("{asked:?}")))?;
        }
        if let Some(forbidden) = self.forbidden {
            writeln!(out, "  It is forbidden: {forbidden}.")?;
        }
        if self.bytes.is_empty() {
            return Ok(());
        }
        writeln!(out, "  bytes, {} in all:", self.bytes.len())?;
        out.write_str(&self.table())
    }
}

/// So many bytes of a field stand on its line.
const SHOWN_BYTES: usize = 8;

/// So many characters of a packet in words.
const SHOWN_CHARACTERS: usize = 400;

fn table(bytes: &[u8]) -> String {
    let limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };
    let mut text = String::new();
    for field in annotate(bytes, limits).iter().take(40) {
        let own = bytes.get(field.at.clone()).unwrap_or_default();
        let mut shown: Vec<String> =
            own.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect();
        if own.len() > SHOWN_BYTES {
            shown.push("..".into());
        }
        let (at, name, meaning) = (field.at.start, field.name, &field.meaning);
        // Writing into a string does not fail.
        let _ = writeln!(text, "    {at:>6}  {:<26}  {name}: {meaning}", shown.join(" "));
    }
    text
}

fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
    if shown.len() < text.len() {
        shown.push_str(" ..");
    }
    shown
}
