//! What has come on one connection and has not been asked for yet.

use std::collections::BTreeSet;

use etalon::packet::{Decoded, Kind, Limits, Packet, Stance, decode};
use etalon::violation::{Rule, Violation};

use super::{fits, is_of_server};

/// As a Client takes it that leaves control characters alone (S-09).
const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::CLIENT };

pub(super) struct Inbox {
    pub(super) who: String,
    /// Bytes of a packet that is not whole.
    half: Vec<u8>,
    /// Whole packets.
    pub(super) packets: Vec<Vec<u8>>,
    /// What is no packet, and why.
    pub(super) broken: Option<(Violation, Vec<u8>)>,
    pub(super) closed: bool,
    /// PUBLISH packets that we have seen and not answered.
    unanswered: BTreeSet<u16>,
    /// PUBRELs that we have seen and not answered.
    unreleased: BTreeSet<u16>,
}

impl Inbox {
    pub(super) fn new(who: &str) -> Inbox {
        Inbox {
            who: who.to_owned(),
            half: Vec::new(),
            packets: Vec::new(),
            broken: None,
            closed: false,
            unanswered: BTreeSet::new(),
            unreleased: BTreeSet::new(),
        }
    }

    pub(super) fn came(&mut self, bytes: &[u8]) {
        self.half.extend_from_slice(bytes);
        while self.broken.is_none() && !self.half.is_empty() {
            match decode(&self.half, LIMITS) {
                Ok(Decoded::Packet { used, .. }) => {
                    let rest = self.half.split_off(used);
                    self.packets.push(std::mem::replace(&mut self.half, rest));
                }
                Ok(Decoded::Incomplete { .. }) => return,
                // Identifier 0 is answered with identifier 0 by some, and nothing forbids it (S-08).
                Err(violation)
                    if violation.rule == Rule::PacketIdZero
                        && matches!(violation.packet, Some(Kind::Pubrel | Kind::Pubcomp))
                        && self.half.len() >= 4 =>
                {
                    let rest = self.half.split_off(4);
                    self.packets.push(std::mem::replace(&mut self.half, rest));
                }
                Err(violation) => self.broken = Some((violation, std::mem::take(&mut self.half))),
            }
        }
    }

    pub(super) fn has_half(&self) -> bool {
        !self.half.is_empty()
    }

    /// The packet has been asked for.
    pub(super) fn take(&mut self, number: usize) {
        let bytes = self.packets.remove(number);
        match fits::decoded(&bytes) {
            Some(Packet::Publish(publish)) => {
                self.unanswered.extend(publish.delivery.packet_id().map(|id| id.get()));
            }
            Some(Packet::Pubrel(pubrel)) => {
                self.unreleased.insert(pubrel.packet_id.get());
            }
            Some(_) | None => {}
        }
    }

    /// What we send answers what has come.
    pub(super) fn said(&mut self, mut bytes: &[u8]) {
        while let Ok(Decoded::Packet { packet, used, .. }) = decode(bytes, Limits::EITHER) {
            if let Packet::Puback(etalon::packet::Puback { packet_id })
            | Packet::Pubrec(etalon::packet::Pubrec { packet_id }) = packet
            {
                self.unanswered.remove(&packet_id.get());
            } else if let Packet::Pubcomp(pubcomp) = packet {
                self.unreleased.remove(&pubcomp.packet_id.get());
            }
            bytes = &bytes[used..];
        }
    }

    /// Whether it is a re-sent packet, which nobody forbids as long as it is open (S-52), or one of
    /// the Server's own messages.
    pub(super) fn may_repeat(&self, bytes: &[u8]) -> bool {
        let Some(packet) = fits::decoded(bytes) else { return false };
        let open = |set: &BTreeSet<u16>, id: u16| set.contains(&id);
        let repeated = match &packet {
            Packet::Publish(publish) => {
                publish.delivery.dup()
                    && publish
                        .delivery
                        .packet_id()
                        .is_some_and(|id| open(&self.unanswered, id.get()))
            }
            Packet::Pubrel(pubrel) => open(&self.unreleased, pubrel.packet_id.get()),
            Packet::Connect(_)
            | Packet::Connack(_)
            | Packet::Puback(_)
            | Packet::Pubrec(_)
            | Packet::Pubcomp(_)
            | Packet::Subscribe(_)
            | Packet::Suback(_)
            | Packet::Unsubscribe(_)
            | Packet::Unsuback(_)
            | Packet::Pingreq(_)
            | Packet::Pingresp(_)
            | Packet::Disconnect(_) => false,
        };
        repeated || is_of_server(&packet)
    }

    /// What a silent peer would not have sent.
    pub(super) fn unasked(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.packets.iter().filter(|bytes| !self.may_repeat(bytes))
    }

    /// The connection has ended; what came on it concerns nobody any more.
    pub(super) fn forget(&mut self) {
        self.half.clear();
        self.packets.clear();
        self.broken = None;
        self.closed = true;
    }
}
