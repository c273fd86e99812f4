//! What has come on one connection and has not been asked for yet.

use std::collections::BTreeSet;

use etalon::packet::{Decoded, Limits, Packet, Puback, Pubcomp, Pubrec, Stance, decode};
use etalon::violation::{Rule, Violation};

use super::fits;
use super::play::is_of_server;

/// As a Client takes it that leaves control characters alone (S-09).
const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::CLIENT };

/// What a packet takes beside its bytes, so that a flood of small ones is one.
const PACKET_COSTS: usize = 64;

/// How long a short packet is that begins with an identifier, if it is whole and acknowledges.
fn echo(bytes: &[u8]) -> Option<usize> {
    let [first, length @ ..0x80, ..] = bytes else { return None };
    let acknowledges = matches!(first >> 4, 4..=7 | 9 | 11);
    let used = 2 + usize::from(*length);
    (acknowledges && bytes.len() >= used).then_some(used)
}

/// What a CONNECT said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joined {
    pub(super) clean: bool,
    /// Whether every Server takes its Client Identifier (MQTT-3.1.3-5).
    pub(super) plain: bool,
}

pub(super) struct Inbox {
    pub(super) who: String,
    /// Bytes of a packet that is not whole.
    half: Vec<u8>,
    /// Whole packets.
    pub(super) packets: Vec<Vec<u8>>,
    /// The size of all of them.
    held: usize,
    /// The CONNECT that was sent.
    pub(super) joined: Option<Joined>,
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
            held: 0,
            joined: None,
            broken: None,
            closed: false,
            unanswered: BTreeSet::new(),
            unreleased: BTreeSet::new(),
        }
    }

    /// What `is_foreign` is left out.
    pub(super) fn came(&mut self, bytes: &[u8], is_foreign: impl Fn(&Packet<'_>) -> bool) {
        self.half.extend_from_slice(bytes);
        let all = std::mem::take(&mut self.half);
        let mut at = 0;
        while at < all.len() && self.broken.is_none() {
            let rest = all.get(at..).unwrap_or_default();
            let used = match decode(rest, LIMITS) {
                Ok(Decoded::Packet { packet, used, .. }) if is_foreign(&packet) => {
                    at += used;
                    continue;
                }
                Ok(Decoded::Packet { used, .. }) => used,
                Ok(Decoded::Incomplete { .. }) => break,
                // Identifier 0 is answered with identifier 0 by some (S-08).
                Err(violation) if violation.rule == Rule::PacketIdZero => match echo(rest) {
                    Some(used) => used,
                    None => {
                        self.broken = Some((violation, rest.to_vec()));
                        return;
                    }
                },
                Err(violation) => {
                    self.broken = Some((violation, rest.to_vec()));
                    return;
                }
            };
            let packet = rest.get(..used).unwrap_or_default().to_vec();
            self.held += used;
            self.packets.push(packet);
            at += used;
        }
        self.half = all.get(at..).unwrap_or_default().to_vec();
    }

    /// How much memory is held by what has come and nobody has asked for.
    ///
    /// # Units
    /// Bytes.
    pub(super) fn unread(&self) -> usize {
        let broken = self.broken.as_ref().map_or(0, |(_, bytes)| bytes.len());
        self.held + self.packets.len() * PACKET_COSTS + self.half.len() + broken
    }

    pub(super) fn has_half(&self) -> bool {
        !self.half.is_empty()
    }

    /// The packet has been asked for.
    pub(super) fn take(&mut self, number: usize) {
        let bytes = self.packets.remove(number);
        self.held -= bytes.len();
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
    pub(super) fn said(&mut self, bytes: &[u8]) {
        for packet in fits::all(bytes) {
            match packet {
                Packet::Connect(connect) => {
                    let id = connect.client_id.as_str();
                    let plain = (1..=23).contains(&id.len())
                        && id.chars().all(|at| at.is_ascii_alphanumeric());
                    self.joined.get_or_insert(Joined { clean: connect.clean_session, plain });
                }
                Packet::Puback(Puback { packet_id }) | Packet::Pubrec(Pubrec { packet_id }) => {
                    self.unanswered.remove(&packet_id.get());
                }
                Packet::Pubcomp(Pubcomp { packet_id }) => {
                    self.unreleased.remove(&packet_id.get());
                }
                Packet::Connack(_)
                | Packet::Publish(_)
                | Packet::Pubrel(_)
                | Packet::Subscribe(_)
                | Packet::Suback(_)
                | Packet::Unsubscribe(_)
                | Packet::Unsuback(_)
                | Packet::Pingreq(_)
                | Packet::Pingresp(_)
                | Packet::Disconnect(_) => {}
            }
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
        self.held = 0;
        self.broken = None;
        self.closed = true;
    }
}
