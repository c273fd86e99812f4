//! §4.3.3: the messages that one side receives from the other, in one session.

use super::packet_ids::IdSet;
use super::receiver::{Action, Event, Receiver};
use crate::packet::PacketId;
use crate::spec::Id;

/// The receiving half of a session: the QoS 2 identifiers that await their PUBREL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Inbound {
    awaiting_release: IdSet,
}

impl Inbound {
    /// Something arrived under `packet_id`.
    ///
    /// # Errors
    /// What [`Receiver::step`] says.
    pub fn arrived(&mut self, event: Event, packet_id: PacketId) -> Result<Action, Id> {
        let state = match self.awaiting_release.contains(packet_id) {
            true => Receiver::AwaitRelease,
            false => Receiver::Ready,
        };
        let (next, action) = state.step(event)?;
        match next {
            Receiver::AwaitRelease => self.awaiting_release.insert(packet_id),
            Receiver::Ready => self.awaiting_release.remove(packet_id),
        };
        Ok(action)
    }

    /// The message that has just arrived under `packet_id` could not be taken over. It is not
    /// acknowledged, and when it comes again it is new.
    pub fn not_taken(&mut self, packet_id: PacketId) {
        self.awaiting_release.remove(packet_id);
    }

    /// The number of identifiers that await their PUBREL.
    pub fn awaiting_release(&self) -> usize {
        self.awaiting_release.len()
    }
}
