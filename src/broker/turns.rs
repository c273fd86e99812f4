//! §4.8: what one Client asks for is done in turns, so that others need not wait until all is done.
//!
//! A packet is small, and what it asks for may be large: a filter to be compared with all that is
//! retained, a message for everybody. Such work is counted. Once a turn has cost enough, the rest of
//! what came over the connection waits for the next one, in order. Leaves to
//! [`Broker::reading`] that nothing more is read meanwhile.

use super::Broker;
use crate::outgoing::Link;
use crate::time::Duration;

/// How much is looked at and delivered in one turn: some milliseconds of work. One packet, or one
/// filter of a SUBSCRIBE, may go beyond it.
const TURN_WORK_MAX: usize = 1 << 16;

/// What others have between two turns. A driver that waits for it has time for everybody else.
const PAUSE: Duration = Duration::from_millis(1);

impl Broker {
    /// Whether the present turn has cost enough.
    pub(super) fn is_spent(&mut self) -> bool {
        self.spent = self.spent.saturating_add(self.cache.take_looked_at());
        self.spent >= TURN_WORK_MAX
    }

    /// Whether a connection has had its turn while there is more to do for it; then `rest` is kept
    /// for the next one.
    pub(super) fn has_to_wait(&mut self, link: Link, rest: &[u8]) -> bool {
        let spent = self.is_spent();
        let Some(connection) = self.connection(link) else { return false };
        if connection.subscribing.is_none() && (rest.is_empty() || !spent) {
            return false;
        }
        connection.waits = true;
        connection.partial = rest.to_vec();
        self.assembling += rest.len();
        self.waiting.push_back(link);
        self.next_turn.get_or_insert(self.now + PAUSE);
        true
    }

    /// Goes on with those who wait, first come, first served.
    pub(super) fn next_turns(&mut self) {
        if self.next_turn.is_none_or(|at| at > self.now) {
            return;
        }
        self.next_turn = None;
        while !self.is_spent()
            && let Some(link) = self.waiting.pop_front()
        {
            self.go_on(link);
        }
        if !self.waiting.is_empty() {
            self.next_turn = Some(self.now + PAUSE);
        }
    }

    fn go_on(&mut self, link: Link) {
        // The number may be that of another connection by now, which waits for nothing.
        let Some(connection) = self.connection(link).filter(|connection| connection.waits) else {
            return;
        };
        connection.waits = false;
        let kept = std::mem::take(&mut connection.partial);
        self.assembling -= kept.len();
        self.go_on_subscribing(link);
        self.settle();
        // A session that has overflowed takes its connection with it.
        if !self.is_open(link) || self.has_to_wait(link, &kept) {
            return;
        }
        self.packets(link, &kept);
    }
}
