//! Bytes that wait for a Network Connection to take them.
//!
//! Small packets are copied one behind the other, so that one write carries many. The payload of a
//! large message is shared, not copied: a thousand slow subscribers of one large message hold it
//! once. Knows no protocol beyond the encoding of packets.

use std::collections::VecDeque;
use std::io::IoSlice;

use crate::message::Message;
use crate::packet::{Delivery, Packet};

/// From this size on a payload is shared instead of copied, in bytes: well above the cost of an
/// extra slice in a vectored write.
const SHARED_FROM_BYTES: usize = 4096;

/// From this size on a chunk takes no more packets, in bytes. A chunk is freed when all of it has
/// been sent, so a connection that is never quite done keeps no more than one chunk too much.
const FULL_FROM_BYTES: usize = 16 * 1024;

/// A Network Connection, by the number that the driver gives it. A small number, because it is an
/// index; the driver may use it again once it has said that the connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link(pub u32);

/// What one connection has still to send, in order.
#[derive(Debug, Default)]
pub struct Outgoing {
    chunks: VecDeque<Chunk>,
    /// How much of the first chunk has been sent.
    sent: usize,
    /// Unsent bytes in all.
    len: usize,
}

#[derive(Debug)]
enum Chunk {
    Packets(Vec<u8>),
    Payload(Message),
}

impl Chunk {
    fn bytes(&self) -> &[u8] {
        match self {
            Chunk::Packets(bytes) => bytes,
            Chunk::Payload(message) => message.payload(),
        }
    }
}

impl Outgoing {
    /// Adds a packet. False if it is longer than a packet can be; then nothing is added.
    pub fn packet(&mut self, packet: &Packet<'_>) -> bool {
        self.append(|bytes| packet.encode(bytes).is_ok())
    }

    /// Adds a PUBLISH of `message`.
    pub fn message(&mut self, message: &Message, delivery: Delivery, retain: bool) {
        if message.payload().len() < SHARED_FROM_BYTES {
            self.append(|bytes| message.encode(delivery, retain, bytes));
        } else {
            let fits = self.append(|bytes| message.encode_head(delivery, retain, bytes));
            debug_assert!(fits, "what came in a packet fits into one");
            if fits {
                self.len += message.payload().len();
                self.chunks.push_back(Chunk::Payload(message.clone()));
            }
        }
    }

    /// The number of unsent bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether everything has been sent.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Fills `slices` with what comes next and returns how many it filled.
    pub fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut skip = self.sent;
        let mut filled = 0;
        for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
            *slice = IoSlice::new(chunk.bytes().get(skip..).unwrap_or_default());
            skip = 0;
            filled += 1;
        }
        filled
    }

    /// Notes that the next `count` bytes have been sent.
    pub fn advance(&mut self, count: usize) {
        let mut count = count.min(self.len);
        self.len -= count;
        while let Some(first) = self.chunks.front() {
            let left = first.bytes().len() - self.sent;
            if count < left {
                self.sent += count;
                return;
            }
            count -= left;
            self.sent = 0;
            self.chunks.pop_front();
        }
        // An idle connection keeps no buffer.
        self.chunks = VecDeque::new();
    }

    /// Takes everything out, as one piece.
    pub fn take(&mut self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.len);
        for chunk in &self.chunks {
            all.extend_from_slice(chunk.bytes());
        }
        all.drain(..self.sent.min(all.len()));
        *self = Outgoing::default();
        all
    }

    fn append<R>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let room = |chunk: &Chunk| match chunk {
            Chunk::Packets(bytes) => bytes.len() < FULL_FROM_BYTES,
            Chunk::Payload(_) => false,
        };
        if !self.chunks.back().is_some_and(room) {
            self.chunks.push_back(Chunk::Packets(Vec::new()));
        }
        let Some(Chunk::Packets(bytes)) = self.chunks.back_mut() else {
            unreachable!("a chunk of packets has just been put there")
        };
        let before = bytes.len();
        let result = write(bytes);
        self.len += bytes.len() - before;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Pingresp;

    #[test]
    fn a_backlog_that_never_ends_keeps_no_more_than_what_is_unsent() {
        let mut outgoing = Outgoing::default();
        for _ in 0..FULL_FROM_BYTES {
            outgoing.packet(&Packet::Pingresp(Pingresp));
        }
        let unsent = outgoing.len();
        for _ in 0..10 * FULL_FROM_BYTES {
            outgoing.advance(2);
            outgoing.packet(&Packet::Pingresp(Pingresp));
        }
        assert_eq!(outgoing.len(), unsent);
        let kept: usize = outgoing.chunks.iter().map(|chunk| chunk.bytes().len()).sum();
        assert!(kept <= unsent + FULL_FROM_BYTES, "{kept} bytes for {unsent}");
        assert_eq!(outgoing.take().len(), unsent);
    }
}
