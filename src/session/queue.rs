//! §4.6 The messages that wait for their turn, in the order in which the Server took them over.
//!
//! One queue for each session, whatever the QoS (S-110). It has limits, because a Server is finite;
//! what happens at the limit is decided by the caller.

use std::collections::VecDeque;

use crate::message::Message;
use crate::packet::Qos;

/// One message on its way to one subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// The message.
    pub message: Message,
    /// The QoS at which it goes out: the lower of the published and the granted one.
    pub qos: Qos,
    /// The RETAIN flag with which it goes out.
    pub retain: bool,
}

impl Waiting {
    /// Whether it may be lost on its way: a message published at QoS 0, unless it is the retained
    /// message that a new subscription has to get [`MQTT-3.3.1-6`].
    ///
    /// [`MQTT-3.3.1-6`]: crate::spec::Id::MQTT_3_3_1_6
    pub fn may_be_dropped(&self) -> bool {
        self.message.qos() == Qos::AtMostOnce && !self.retain
    }
}

/// Waiting messages, first in, first out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;
    use crate::topic::TopicName;

    fn waiting(payload: &str, published: Qos, qos: Qos) -> Waiting {
        let topic = TopicName::new("t").unwrap();
        let message = Message::new(topic, payload.as_bytes(), published, false);
        Waiting { message, qos, retain: false }
    }

    fn payloads(queue: &mut Queue) -> Vec<Vec<u8>> {
        let pop = || queue.pop().map(|waiting| waiting.message.payload().to_vec());
        std::iter::from_fn(pop).collect()
    }

    #[test]
    fn first_in_is_first_out_whatever_the_qos() {
        spec::covers!(MQTT_4_6_0_6);
        let mut queue = Queue::default();
        for (at, qos) in [Qos::ExactlyOnce, Qos::AtMostOnce, Qos::AtLeastOnce].iter().enumerate() {
            queue.push(waiting(&at.to_string(), *qos, *qos));
        }
        assert_eq!(queue.front().unwrap().message.payload(), b"0");
        assert_eq!(payloads(&mut queue), [b"0", b"1", b"2"]);
    }

    #[test]
    fn only_what_was_published_at_qos_0_is_forgotten() {
        spec::covers!(MQTT_3_1_2_5);
        let mut queue = Queue::default();
        queue.push(waiting("a", Qos::AtMostOnce, Qos::AtMostOnce));
        queue.push(waiting("downgraded", Qos::AtLeastOnce, Qos::AtMostOnce));
        queue.push(waiting("b", Qos::AtMostOnce, Qos::AtMostOnce));
        queue.push(waiting("kept", Qos::ExactlyOnce, Qos::ExactlyOnce));
        queue.forget_at_most_once();
        assert_eq!(queue.len(), 2);
        // Two bytes of length and one of topic each.
        assert_eq!(queue.bytes(), "downgraded".len() + "kept".len() + 2 * 3);
        assert_eq!(payloads(&mut queue), [&b"downgraded"[..], b"kept"]);
    }

    #[test]
    fn bytes_are_counted_and_given_back() {
        let mut queue = Queue::default();
        for payload in ["", "xx", "yyy"] {
            queue.push(waiting(payload, Qos::AtLeastOnce, Qos::AtLeastOnce));
        }
        assert_eq!(queue.bytes(), 3 * 3 + 5);
        queue.pop();
        queue.pop();
        assert_eq!(queue.bytes(), 6);
        queue.pop();
        assert_eq!((queue.pop().is_none(), queue.bytes(), queue.waiting.capacity()), (true, 0, 0));
    }
}
