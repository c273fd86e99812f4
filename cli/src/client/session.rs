//! The session state of a client (§3.1.2.4, §4.3, §4.4): identifiers, both QoS directions.
//!
//! Plain states with plain answers, so that the machines of the library can take their place.
//! What is sent stays here until its last acknowledgement has come; what a message says and how a
//! packet looks is left to the caller.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use etalon::packet::{PacketId, Qos};
use etalon::spec;

/// Names a message that was handed over for publishing; counts up from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its name.
    pub ticket: Ticket,
    /// Where to publish it; a valid Topic Name.
    pub topic: Rc<str>,
    /// What to publish.
    pub payload: Rc<[u8]>,
    /// How to publish it.
    pub qos: Qos,
    /// Whether the server is asked to retain it.
    pub retain: bool,
}

/// What the delivery of a message waits for (figures 4.2 and 4.3, sending side).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// PUBLISH at QoS 1 was sent.
    Puback,
    /// PUBLISH at QoS 2 was sent.
    Pubrec,
    /// PUBREL was sent.
    Pubcomp,
}

/// What an acknowledgement means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acked {
    /// The delivery is complete.
    Done(Ticket),
    /// PUBREL is due.
    Release,
    /// It belongs to nothing that is open, which can be innocent.
    Unknown,
    /// The delivery under this identifier asks for another acknowledgement.
    Wrong,
}

/// A request that awaits its SUBACK or UNSUBACK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// SUBSCRIBE, with the QoS asked for by each filter.
    Subscribe(Vec<Qos>),
    /// UNSUBSCRIBE.
    Unsubscribe,
}

#[derive(Debug)]
struct Sent {
    packet_id: PacketId,
    message: Outgoing,
    awaits: Awaits,
}

/// The state of one session.
#[derive(Debug, Default)]
pub struct Session {
    /// In the order of the first PUBLISH.
    sent: VecDeque<Sent>,
    /// Identifiers of QoS 2 messages that were taken and not yet released by the server.
    received: BTreeSet<PacketId>,
    requests: BTreeMap<PacketId, Request>,
    used: BTreeSet<PacketId>,
    last: u16,
}

impl Session {
    /// How many messages have been sent and not yet completely acknowledged.
    pub fn in_flight(&self) -> usize {
        self.sent.len()
    }

    /// How many QoS 2 messages were taken and not yet released by the server.
    pub fn unreleased(&self) -> usize {
        self.received.len()
    }

    /// Takes a free identifier for `message`, at QoS 1 or 2; none is free: the message comes back.
    ///
    /// # Errors
    /// All 65,535 identifiers are in use.
    pub fn publish(&mut self, message: Outgoing) -> Result<PacketId, Outgoing> {
        let Some(packet_id) = self.free_id() else { return Err(message) };
        let awaits = match message.qos {
            Qos::AtMostOnce | Qos::AtLeastOnce => Awaits::Puback,
            Qos::ExactlyOnce => Awaits::Pubrec,
        };
        self.sent.push_back(Sent { packet_id, message, awaits });
        Ok(packet_id)
    }

    /// Takes a free identifier for `request`; none if all are in use.
    pub fn request(&mut self, request: Request) -> Option<PacketId> {
        let packet_id = self.free_id()?;
        self.requests.insert(packet_id, request);
        Some(packet_id)
    }

    /// The request that a SUBACK or UNSUBACK answers; its identifier is free again.
    pub fn answered(&mut self, packet_id: PacketId) -> Option<Request> {
        let request = self.requests.remove(&packet_id)?;
        self.used.remove(&packet_id);
        Some(request)
    }

    /// PUBACK has come.
    pub fn puback(&mut self, packet_id: PacketId) -> Acked {
        match self.awaits(packet_id) {
            Some(Awaits::Puback) => self.done(packet_id),
            Some(Awaits::Pubrec | Awaits::Pubcomp) => Acked::Wrong,
            None => Acked::Unknown,
        }
    }

    /// PUBREC has come. From here on the PUBLISH is never sent again.
    pub fn pubrec(&mut self, packet_id: PacketId) -> Acked {
        match self.find(packet_id) {
            Some(Sent { awaits: Awaits::Puback, .. }) => Acked::Wrong,
            Some(Sent { awaits: Awaits::Pubcomp, .. }) => Acked::Release,
            Some(sent) => {
                spec::upholds!(MQTT_4_3_3_1);
                sent.awaits = Awaits::Pubcomp;
                Acked::Release
            }
            None => Acked::Unknown,
        }
    }

    /// PUBCOMP has come.
    pub fn pubcomp(&mut self, packet_id: PacketId) -> Acked {
        match self.awaits(packet_id) {
            Some(Awaits::Pubcomp) => self.done(packet_id),
            Some(Awaits::Puback | Awaits::Pubrec) => Acked::Wrong,
            None => Acked::Unknown,
        }
    }

    /// PUBLISH at QoS 2 has come: whether it is a new message, which the caller then owns.
    pub fn take(&mut self, packet_id: PacketId) -> bool {
        spec::upholds!(MQTT_4_3_3_2);
        self.received.insert(packet_id)
    }

    /// Whether a QoS 2 message under this identifier was taken and not yet released.
    pub fn holds(&self, packet_id: PacketId) -> bool {
        self.received.contains(&packet_id)
    }

    /// PUBREL has come: the identifier names a new message next time.
    pub fn released(&mut self, packet_id: PacketId) {
        self.received.remove(&packet_id);
    }

    /// Everything to send again on a new connection of the same session, in order (§4.4, §4.6).
    pub fn resend(&self) -> impl Iterator<Item = (PacketId, Awaits, &Outgoing)> {
        spec::upholds!(MQTT_4_4_0_1, MQTT_4_6_0_1);
        self.sent.iter().map(|sent| (sent.packet_id, sent.awaits, &sent.message))
    }

    /// The connection has ended; requests without answer are forgotten and may be made anew.
    pub fn cut(&mut self) {
        for packet_id in std::mem::take(&mut self.requests).into_keys() {
            self.used.remove(&packet_id);
        }
    }

    /// The server knows nothing of this session: it numbers its messages afresh.
    pub fn forget_received(&mut self) {
        self.received.clear();
    }

    /// Ends the session (CleanSession 1). Gives back what the server does not own yet, in order,
    /// and the names of the messages that it does own.
    pub fn end(&mut self) -> (Vec<Outgoing>, Vec<Ticket>) {
        spec::upholds!(MQTT_3_1_2_6);
        let sent = std::mem::take(self).sent;
        let (open, owned): (Vec<Sent>, Vec<Sent>) =
            sent.into_iter().partition(|sent| match sent.awaits {
                Awaits::Puback | Awaits::Pubrec => true,
                Awaits::Pubcomp => false,
            });
        (
            open.into_iter().map(|sent| sent.message).collect(),
            owned.into_iter().map(|sent| sent.message.ticket).collect(),
        )
    }

    fn find(&mut self, packet_id: PacketId) -> Option<&mut Sent> {
        self.sent.iter_mut().find(|sent| sent.packet_id == packet_id)
    }

    fn awaits(&mut self, packet_id: PacketId) -> Option<Awaits> {
        self.find(packet_id).map(|sent| sent.awaits)
    }

    fn done(&mut self, packet_id: PacketId) -> Acked {
        let at = self.sent.iter().position(|sent| sent.packet_id == packet_id);
        let Some(sent) = at.and_then(|at| self.sent.remove(at)) else { return Acked::Unknown };
        spec::upholds!(MQTT_2_3_1_3);
        self.used.remove(&packet_id);
        Acked::Done(sent.message.ticket)
    }

    /// The next identifier after the last one that is in use for nothing.
    fn free_id(&mut self) -> Option<PacketId> {
        if self.used.len() >= usize::from(u16::MAX) {
            return None;
        }
        spec::upholds!(MQTT_2_3_1_2);
        loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            let packet_id = PacketId::new(self.last)?;
            if self.used.insert(packet_id) {
                return Some(packet_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(ticket: u64, qos: Qos) -> Outgoing {
        let (topic, payload) = ("t".into(), b"x"[..].into());
        Outgoing { ticket: Ticket(ticket), topic, payload, qos, retain: false }
    }

    fn id(number: u16) -> PacketId {
        PacketId::new(number).unwrap()
    }

    #[test]
    fn identifiers_count_up_and_skip_those_in_use() {
        spec::covers!(MQTT_2_3_1_2, MQTT_2_3_1_3);
        let mut session = Session { last: 65_533, ..Session::default() };
        assert_eq!(session.publish(message(0, Qos::AtLeastOnce)), Ok(id(65_534)));
        assert_eq!(session.request(Request::Unsubscribe), Some(id(65_535)));
        assert_eq!(session.publish(message(1, Qos::ExactlyOnce)), Ok(id(1)));
        session.last = 65_533;
        assert_eq!(session.publish(message(2, Qos::AtLeastOnce)), Ok(id(2)));
        assert_eq!(session.puback(id(65_534)), Acked::Done(Ticket(0)));
        assert_eq!(session.answered(id(65_535)), Some(Request::Unsubscribe));
        session.last = 65_533;
        assert_eq!(session.publish(message(3, Qos::AtLeastOnce)), Ok(id(65_534)));
        assert_eq!(session.request(Request::Unsubscribe), Some(id(65_535)));
    }

    #[test]
    fn without_a_free_identifier_the_message_comes_back() {
        spec::covers!(MQTT_2_3_1_2);
        let used = (1..=u16::MAX).map(id).collect();
        let mut session = Session { used, ..Session::default() };
        let refused = session.publish(message(7, Qos::AtLeastOnce)).unwrap_err();
        assert_eq!(refused.ticket, Ticket(7));
        assert_eq!(session.request(Request::Unsubscribe), None);
        session.used.remove(&id(40_000));
        assert_eq!(session.publish(message(7, Qos::AtLeastOnce)), Ok(id(40_000)));
    }

    #[test]
    fn acknowledgements_of_the_wrong_kind_complete_nothing() {
        spec::covers!(MQTT_4_3_2_1, MQTT_4_3_3_1);
        let mut session = Session::default();
        let once = session.publish(message(0, Qos::AtLeastOnce)).unwrap();
        let twice = session.publish(message(1, Qos::ExactlyOnce)).unwrap();
        assert_eq!(session.pubrec(once), Acked::Wrong);
        assert_eq!(session.pubcomp(once), Acked::Wrong);
        assert_eq!(session.puback(twice), Acked::Wrong);
        assert_eq!(session.pubcomp(twice), Acked::Wrong);
        assert_eq!(session.pubrec(twice), Acked::Release);
        assert_eq!(session.puback(twice), Acked::Wrong);
        assert_eq!(session.pubrec(twice), Acked::Release);
        assert_eq!(session.in_flight(), 2);
        assert_eq!(session.pubcomp(twice), Acked::Done(Ticket(1)));
        assert_eq!(session.puback(once), Acked::Done(Ticket(0)));
        assert_eq!(session.puback(once), Acked::Unknown);
    }

    #[test]
    fn an_ended_session_gives_back_what_the_server_does_not_own() {
        spec::covers!(MQTT_3_1_2_6);
        let mut session = Session::default();
        for ticket in 0..4 {
            session.publish(message(ticket, Qos::ExactlyOnce)).unwrap();
        }
        session.pubrec(id(2));
        session.take(id(9));
        let (open, owned) = session.end();
        assert_eq!(open.iter().map(|m| m.ticket.0).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(owned, [Ticket(1)]);
        assert_eq!((session.in_flight(), session.unreleased()), (0, 0));
    }

    #[test]
    fn a_cut_frees_the_identifiers_of_requests_only() {
        let mut session = Session::default();
        session.publish(message(0, Qos::AtLeastOnce)).unwrap();
        let request = session.request(Request::Unsubscribe).unwrap();
        session.cut();
        assert_eq!(session.answered(request), None);
        assert_eq!(session.used, BTreeSet::from([id(1)]));
    }
}
