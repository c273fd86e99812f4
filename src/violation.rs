//! §4.8 as a value: which statement was broken, how exactly, in which packet and at which byte.
//!
//! A [`Violation`] is eight bytes and `Copy`; its words are made only when somebody reads them.
//! Three sources make one: the decoder (syntax), the machines (a breach that has to be acted on)
//! and the audit (a breach that may be overlooked). What is done about it is theirs to decide;
//! only the two answers that a CONNECT gets before the connection closes are told here.

mod rule;

use core::fmt;

pub use rule::{Rule, Weight};

use crate::packet::{Kind, Refusal};
use crate::spec::{Id, Line};

/// What a peer did that the standard does not allow, or that this side does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    /// The numbered statement that is broken. A rule without a number of its own is reported as
    /// [`Id::MQTT_4_8_0_1`], in a CONNECT as [`Id::MQTT_3_1_4_1`]; [`Violation::rule`] names the
    /// cause and [`Violation::line`] the sentence.
    pub id: Id,
    /// What exactly is wrong.
    pub rule: Rule,
    /// The packet in which it was seen, once its type is known.
    pub packet: Option<Kind>,
    /// Offset of the offending byte, counted from the first byte of the packet. For a field that
    /// is missing or cut off: where that field begins. For left-overs: the first of them.
    pub at: u32,
}

const _: () = assert!(size_of::<Violation>() <= 12);

impl Violation {
    /// A breach whose packet is not known, or does not matter.
    pub const fn new(id: Id, rule: Rule, at: u32) -> Violation {
        Violation { id, rule, packet: None, at }
    }

    /// The same breach, seen in a packet of this type.
    pub const fn seen_in(self, packet: Kind) -> Violation {
        Violation { packet: Some(packet), ..self }
    }

    /// What the Server answers before it closes the connection; `None` is a silent close.
    ///
    /// # Source
    /// §3.1.2.2 and §3.1.3.1, the two exceptions to the silence of [`Id::MQTT_3_1_4_1`].
    pub fn answer(self) -> Option<Refusal> {
        if self.rule == Rule::ProtocolLevel {
            Some(Refusal::UnacceptableProtocolVersion)
        } else if self.rule == Rule::ClientIdEmpty {
            Some(Refusal::IdentifierRejected)
        } else {
            None
        }
    }

    /// The other statements that the same bytes break, since the standard says many things twice.
    pub fn also(self) -> &'static [Id] {
        ALSO.iter()
            .find(|also| {
                also.rule == self.rule
                    && also.id.is_none_or(|id| id == self.id)
                    && also.packet.is_none_or(|packet| Some(packet) == self.packet)
            })
            .map_or(&[], |also| also.others)
    }

    /// The sentence without a number on which this rests.
    pub const fn line(self) -> Option<Line> {
        match (self.rule, self.packet) {
            (Rule::LeftOver | Rule::CutOff, Some(packet)) => packet.length_line(),
            (Rule::StillWaiting, Some(Kind::Connack)) => Some(Line::L_661),
            (rule, _) => rule.line(),
        }
    }

    /// The sentence for a reader: the rule's own, or the statement's where the rule adds nothing.
    pub const fn text(self) -> &'static str {
        if matches!(self.rule, Rule::Statement) {
            self.id.statement().text
        } else {
            self.rule.text()
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", self.id)?;
        match self.packet {
            Some(kind) => write!(out, "{kind}, byte {}: {}", self.at, self.text()),
            None => write!(out, "byte {}: {}", self.at, self.text()),
        }
    }
}

impl core::error::Error for Violation {}

/// A row: a breach of this rule, under this statement, in this packet, breaks the others too.
struct Also {
    rule: Rule,
    id: Option<Id>,
    packet: Option<Kind>,
    others: &'static [Id],
}

const fn under(rule: Rule, id: Id, others: &'static [Id]) -> Also {
    Also { rule, id: Some(id), packet: None, others }
}

const fn within(rule: Rule, packet: Kind, others: &'static [Id]) -> Also {
    Also { rule, id: None, packet: Some(packet), others }
}

const fn always(rule: Rule, others: &'static [Id]) -> Also {
    Also { rule, id: None, packet: None, others }
}

/// The first row that fits counts.
const ALSO: &[Also] = &[
    under(Rule::FlagsNotZero, Id::MQTT_3_14_1_1, &[Id::MQTT_2_2_2_1, Id::MQTT_2_2_2_2]),
    within(Rule::FlagsNotZero, Kind::Connect, &[Id::MQTT_2_2_2_1, Id::MQTT_3_1_4_1]),
    always(Rule::FlagsNotZero, &[Id::MQTT_2_2_2_1]),
    under(Rule::FlagsNotTwo, Id::MQTT_2_2_2_2, &[Id::MQTT_2_2_2_1]),
    always(Rule::FlagsNotTwo, &[Id::MQTT_2_2_2_1, Id::MQTT_2_2_2_2]),
    always(Rule::DupAtQosZero, &[Id::MQTT_4_3_1_1]),
    always(Rule::WillQosWithoutWill, &[Id::MQTT_3_1_2_13]),
    always(Rule::WillRetainWithoutWill, &[Id::MQTT_3_1_2_15]),
    always(Rule::ClientIdEmpty, &[Id::MQTT_3_1_3_7]),
    under(Rule::TextNotUtf8, Id::MQTT_1_5_3_1, &[]),
    always(Rule::TextNotUtf8, &[Id::MQTT_1_5_3_1]),
    under(Rule::TextWithNul, Id::MQTT_3_1_3_10, &[Id::MQTT_1_5_3_2, Id::MQTT_4_7_3_2]),
    within(Rule::TextWithNul, Kind::Connect, &[Id::MQTT_1_5_3_2]),
    within(Rule::TextWithNul, Kind::Publish, &[Id::MQTT_4_7_3_2]),
    within(Rule::TextWithNul, Kind::Subscribe, &[Id::MQTT_4_7_3_2]),
    within(Rule::TextWithNul, Kind::Unsubscribe, &[Id::MQTT_4_7_3_2]),
    under(Rule::WildcardInTopicName, Id::MQTT_3_3_2_2, &[Id::MQTT_4_7_1_1]),
    within(Rule::PacketIdMissing, Kind::Pubcomp, &[Id::MQTT_4_3_3_2]),
    within(Rule::PacketIdMissing, Kind::Suback, &[Id::MQTT_3_8_4_2]),
    within(Rule::PacketIdMissing, Kind::Unsuback, &[Id::MQTT_3_10_4_4]),
    within(Rule::PacketIdZero, Kind::Pubcomp, &[Id::MQTT_4_3_3_2]),
    within(Rule::PacketIdZero, Kind::Suback, &[Id::MQTT_3_8_4_2]),
    within(Rule::PacketIdZero, Kind::Unsuback, &[Id::MQTT_3_10_4_4]),
];
