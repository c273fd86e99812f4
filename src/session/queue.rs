//! §4.6 The messages that wait for their turn, in the order in which the Server took them over.
//!
//! One queue for each session, whatever the QoS (S-110). It has limits, because a Server is finite;
//! what happens at the limit is decided by the caller.

use std::collections::VecDeque;

use crate::message::Message;
use crate::packet::Qos;

/// One message on its way to one subscriber.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The message.
    pub message: Message,
    /// The QoS at which it goes out: the lower of the published and the granted one.
    pub qos: Qos,
    /// The RETAIN flag with which it goes out.
    pub retain: bool,
}

/// Waiting messages, first in, first out.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

impl Queue {
    /// Puts a message at the end.
    pub fn push(&mut self, waiting: Waiting) {
        self.bytes += waiting.message.len_bytes();
        self.waiting.push_back(waiting);
    }

    /// The message whose turn it is.
    pub fn front(&self) -> Option<&Waiting> {
        self.waiting.front()
    }

    /// Takes out the message whose turn it is.
    pub fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        self.bytes -= waiting.message.len_bytes();
        if self.waiting.is_empty() {
            // An idle session keeps no buffer.
            self.waiting = VecDeque::new();
        }
        Some(waiting)
    }

    /// Takes out what was published at QoS 0: a Server need not keep it for an absent Client
    /// (l.423). A message published at a higher QoS stays, even if it goes out at QoS 0 (S-57).
    pub fn forget_at_most_once(&mut self) {
        self.waiting.retain(|waiting| waiting.message.qos() != Qos::AtMostOnce);
        self.waiting.shrink_to_fit();
        self.bytes = self.waiting.iter().map(|waiting| waiting.message.len_bytes()).sum();
    }

    /// The number of messages.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The size of their topics and payloads, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
