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

/// From this size on a piece takes no more packets, in bytes. A piece is freed when all of it has
/// been sent: a receiver that is always a little behind must not keep all that it was ever sent.
const PIECE_BYTES: usize = 64 * 1024;

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
        let open = |chunk: &Chunk| match chunk {
            Chunk::Packets(bytes) => bytes.len() < PIECE_BYTES,
            Chunk::Payload(_) => false,
        };
        if !self.chunks.back().is_some_and(open) {
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
    use crate::packet::{PacketId, Pingresp, Puback, Qos};
    use crate::topic::TopicName;

    fn message(payload: &[u8]) -> Message {
        Message::new(TopicName::new("t").unwrap(), payload, Qos::AtMostOnce, false)
    }

    fn held_bytes(outgoing: &Outgoing) -> usize {
        let held = |chunk: &Chunk| match chunk {
            Chunk::Packets(bytes) => bytes.capacity(),
            Chunk::Payload(_) => 0,
        };
        outgoing.chunks.iter().map(held).sum()
    }

    fn gathered(outgoing: &Outgoing) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 64];
        let filled = outgoing.slices(&mut slices);
        slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn a_receiver_that_is_always_a_little_behind_frees_what_it_was_sent() {
        let message = message(&[7; 1000]);
        let mut outgoing = Outgoing::default();
        outgoing.message(&message, Delivery::AtMostOnce, false);
        let each = outgoing.len();
        for _ in 0..10_000 {
            outgoing.message(&message, Delivery::AtMostOnce, false);
            outgoing.advance(each);
            assert_eq!(outgoing.len(), each);
            assert!(held_bytes(&outgoing) < 8 * PIECE_BYTES);
        }
    }

    #[test]
    fn a_large_payload_is_shared_by_all_who_wait_for_it() {
        let message = message(&vec![7; SHARED_FROM_BYTES]);
        let mut many: Vec<Outgoing> = (0..100).map(|_| Outgoing::default()).collect();
        for outgoing in &mut many {
            outgoing.message(&message, Delivery::AtMostOnce, false);
            let mut slices = [IoSlice::new(&[]); 4];
            assert_eq!(outgoing.slices(&mut slices), 2);
            assert_eq!(slices[1].as_ptr(), message.payload().as_ptr());
            assert!(held_bytes(outgoing) < 100);
        }
    }

    #[test]
    fn what_is_sent_is_what_was_put_in_wherever_it_is_split() {
        let mut whole = Vec::new();
        let mut outgoing = Outgoing::default();
        let payloads = [0, 10, SHARED_FROM_BYTES - 1, SHARED_FROM_BYTES, 2 * PIECE_BYTES];
        for len in payloads {
            let message = message(&vec![len as u8; len]);
            outgoing.packet(&Packet::Pingresp(Pingresp));
            outgoing.message(&message, Delivery::AtMostOnce, true);
            let puback = Packet::Puback(Puback { packet_id: PacketId::new(7).unwrap() });
            outgoing.packet(&puback);
            Packet::Pingresp(Pingresp).encode(&mut whole).unwrap();
            message.encode(Delivery::AtMostOnce, true, &mut whole);
            puback.encode(&mut whole).unwrap();
        }
        assert_eq!(outgoing.len(), whole.len());
        for step in (1..50).cycle() {
            assert_eq!(gathered(&outgoing), whole);
            if whole.is_empty() {
                break;
            }
            let count = (step * 37).min(whole.len());
            whole.drain(..count);
            outgoing.advance(count);
            assert_eq!(outgoing.len(), whole.len());
        }
        assert!(outgoing.is_empty());
        assert_eq!(outgoing.chunks.capacity(), 0, "an idle connection keeps no buffer");
    }

    #[test]
    fn taking_all_leaves_out_what_was_sent() {
        let mut outgoing = Outgoing::default();
        let message = message(&vec![1; SHARED_FROM_BYTES]);
        outgoing.message(&message, Delivery::AtMostOnce, false);
        let whole = gathered(&outgoing);
        outgoing.advance(3);
        assert_eq!(outgoing.take(), whole[3..]);
        assert_eq!((outgoing.len(), outgoing.take()), (0, Vec::new()));
    }

    #[test]
    fn more_than_there_is_cannot_be_sent() {
        let mut outgoing = Outgoing::default();
        outgoing.packet(&Packet::Pingresp(Pingresp));
        outgoing.advance(usize::MAX);
        assert!(outgoing.is_empty());
        outgoing.packet(&Packet::Pingresp(Pingresp));
        assert_eq!(gathered(&outgoing), [0xD0, 0]);
    }
}
