//! The session state of a client (§3.1.2.4, §4.3, §4.4): what was sent, what was taken, what was asked.
//!
//! The rules are those of the library's machines, one for each message; identifiers come from one
//! pool, whatever packet they are for. Here are the messages that belong to them, and their order.
//! How a packet looks is left to the caller.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use etalon::packet::{PacketId, Qos};
use etalon::session::sender::{Action, Event, Sender};
use etalon::session::{Inbound, PacketIds};
use etalon::spec::{self, Id};

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

/// What follows from an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acked {
    /// The delivery is complete.
    Done(Ticket),
    /// PUBREL is due.
    Release,
    /// Nothing: it belongs to a delivery that is over.
    Nothing,
}

/// A request that awaits its SUBACK or UNSUBACK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// SUBSCRIBE, with the QoS asked for by each filter.
    Subscribe(Vec<Qos>),
    /// UNSUBSCRIBE.
    Unsubscribe,
}

/// What is sent again under an identifier on a new connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// PUBLISH, with DUP 1.
    Publish(Outgoing),
    /// PUBREL.
    Release,
}

/// A message without PUBACK or PUBREC.
#[derive(Debug)]
struct Published {
    packet_id: PacketId,
    message: Outgoing,
    state: Sender,
}

/// A message with PUBREC and without PUBCOMP.
#[derive(Debug)]
struct Released {
    packet_id: PacketId,
    ticket: Ticket,
    state: Sender,
}

/// Where a message is.
#[derive(Clone, Copy)]
enum Found {
    Published(usize),
    Released(usize),
    Nowhere,
}

/// The state of one session.
#[derive(Debug, Default)]
pub struct Session {
    /// Messages, requests: all that this side begins.
    packet_ids: PacketIds,
    /// In the order of the first PUBLISH, which is that of the tickets.
    published: VecDeque<Published>,
    /// In the order of the first PUBREC.
    released: VecDeque<Released>,
    requests: BTreeMap<PacketId, Request>,
    /// Messages that come from the server.
    pub inbound: Inbound,
}

impl Session {
    /// How many messages have been sent and not yet completely acknowledged.
    pub fn in_flight(&self) -> usize {
        self.published.len() + self.released.len()
    }

    /// Takes a free identifier for `message`, at QoS 1 or 2.
    ///
    /// # Errors
    /// The message comes back: all 65,535 identifiers are in use, or it is of QoS 0 and needs none.
    pub fn publish(&mut self, message: Outgoing) -> Result<PacketId, Outgoing> {
        let event = match message.qos {
            Qos::AtMostOnce => return Err(message),
            Qos::AtLeastOnce => Event::SendAtLeastOnce,
            Qos::ExactlyOnce => Event::SendExactlyOnce,
        };
        let Ok((state, _)) = Sender::Idle.step(event) else { return Err(message) };
        let Some(packet_id) = self.free_id() else { return Err(message) };
        self.published.push_back(Published { packet_id, message, state });
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
        spec::upholds!(MQTT_2_3_1_3);
        self.packet_ids.free(packet_id);
        Some(request)
    }

    /// PUBACK, PUBREC or PUBCOMP has come. After PUBREC the PUBLISH is never sent again.
    ///
    /// # Errors
    /// What [`Sender::step`] says; then nothing has changed.
    pub fn acknowledged(&mut self, event: Event, packet_id: PacketId) -> Result<Acked, Id> {
        let found = self.find(event, packet_id);
        let (state, action) = self.state(found).step(event)?;
        match action {
            Action::Free => match self.take(found) {
                Some(ticket) => {
                    spec::upholds!(MQTT_2_3_1_3);
                    self.packet_ids.free(packet_id);
                    Ok(Acked::Done(ticket))
                }
                None => Ok(Acked::Nothing),
            },
            Action::Release => {
                if let Found::Published(_) = found
                    && let Some(ticket) = self.take(found)
                {
                    self.released.push_back(Released { packet_id, ticket, state });
                }
                Ok(Acked::Release)
            }
            Action::Nothing | Action::Publish | Action::PublishAgain => Ok(Acked::Nothing),
        }
    }

    /// Everything to send again on a new connection of the same session (§4.4): PUBLISH in the
    /// order of first sending, PUBREL in the order of the PUBRECs, and as far as both can be had, a
    /// PUBREL in the place of its PUBLISH (S-112).
    pub fn resend(&self) -> Vec<(PacketId, Again)> {
        spec::upholds!(MQTT_4_4_0_1, MQTT_4_6_0_1, MQTT_4_6_0_4, MQTT_2_3_1_3);
        let again = |state: Sender, message: Option<&Outgoing>| match state.step(Event::Resume) {
            Ok((_, Action::PublishAgain)) => message.cloned().map(Again::Publish),
            Ok((_, Action::Release)) => Some(Again::Release),
            Ok((_, Action::Nothing | Action::Publish | Action::Free)) | Err(_) => None,
        };
        let mut all = Vec::with_capacity(self.in_flight());
        let mut released = self.released.iter().peekable();
        for published in &self.published {
            while let Some(first) = released.next_if(|it| it.ticket < published.message.ticket) {
                all.push((first.packet_id, again(first.state, None)));
            }
            all.push((published.packet_id, again(published.state, Some(&published.message))));
        }
        all.extend(released.map(|it| (it.packet_id, again(it.state, None))));
        all.into_iter().filter_map(|(packet_id, again)| Some((packet_id, again?))).collect()
    }

    /// The connection has ended; requests without answer are forgotten and may be made anew (S-65).
    pub fn cut(&mut self) {
        for packet_id in std::mem::take(&mut self.requests).into_keys() {
            self.packet_ids.free(packet_id);
        }
    }

    /// The server knows nothing of this session: it numbers its messages afresh.
    pub fn forget_received(&mut self) {
        self.inbound = Inbound::default();
    }

    /// Ends the session (CleanSession 1). Gives back what the server does not own yet, in order,
    /// and the names of the messages that it does own.
    pub fn end(&mut self) -> (Vec<Outgoing>, Vec<Ticket>) {
        spec::upholds!(MQTT_3_1_2_6);
        let ended = std::mem::take(self);
        (
            ended.published.into_iter().map(|published| published.message).collect(),
            ended.released.into_iter().map(|released| released.ticket).collect(),
        )
    }

    fn free_id(&mut self) -> Option<PacketId> {
        spec::upholds!(MQTT_2_3_1_2);
        self.packet_ids.take()
    }

    /// Looks first where the acknowledgement belongs, because there it is mostly the first one.
    fn find(&self, event: Event, packet_id: PacketId) -> Found {
        let published = || {
            let at = self.published.iter().position(|it| it.packet_id == packet_id)?;
            Some(Found::Published(at))
        };
        let released = || {
            let at = self.released.iter().position(|it| it.packet_id == packet_id)?;
            Some(Found::Released(at))
        };
        let found = match event {
            Event::Pubcomp => released().or_else(published),
            Event::SendAtLeastOnce
            | Event::SendExactlyOnce
            | Event::Puback
            | Event::Pubrec
            | Event::Resume => published().or_else(released),
        };
        found.unwrap_or(Found::Nowhere)
    }

    fn state(&self, found: Found) -> Sender {
        let state = match found {
            Found::Published(at) => self.published.get(at).map(|it| it.state),
            Found::Released(at) => self.released.get(at).map(|it| it.state),
            Found::Nowhere => None,
        };
        state.unwrap_or(Sender::Idle)
    }

    fn take(&mut self, found: Found) -> Option<Ticket> {
        match found {
            Found::Published(at) => self.published.remove(at).map(|it| it.message.ticket),
            Found::Released(at) => self.released.remove(at).map(|it| it.ticket),
            Found::Nowhere => None,
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

    /// The identifiers of the next `count` messages, each acknowledged at once.
    fn pass(session: &mut Session, count: u64) -> Vec<u16> {
        let pass = |ticket| {
            let packet_id = session.publish(message(ticket, Qos::AtLeastOnce)).unwrap();
            let acked = session.acknowledged(Event::Puback, packet_id);
            assert_eq!(acked, Ok(Acked::Done(Ticket(ticket))));
            packet_id.get()
        };
        (0..count).map(pass).collect()
    }

    #[test]
    fn identifiers_in_use_for_anything_are_skipped_for_everything() {
        spec::covers!(MQTT_2_3_1_2, MQTT_2_3_1_3);
        let mut session = Session::default();
        assert_eq!(session.publish(message(0, Qos::AtLeastOnce)), Ok(id(1)));
        assert_eq!(session.request(Request::Unsubscribe), Some(id(2)));
        assert_eq!(session.publish(message(1, Qos::ExactlyOnce)), Ok(id(3)));
        assert_eq!(session.request(Request::Subscribe(vec![])), Some(id(4)));
        session.acknowledged(Event::Pubrec, id(3)).unwrap();
        let ids = pass(&mut session, 65_536);
        assert_eq!((ids[0], ids[65_530], ids[65_531]), (5, 65_535, 5));
        assert!(ids.iter().all(|id| *id > 4));
        for (free, rounds) in [
            (session.acknowledged(Event::Pubcomp, id(3)) == Ok(Acked::Done(Ticket(1))), 65_532),
            (session.answered(id(2)) == Some(Request::Unsubscribe), 65_533),
            (session.answered(id(4)) == Some(Request::Subscribe(vec![])), 65_534),
        ] {
            assert!(free);
            let mut ids = pass(&mut session, rounds);
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), rounds as usize, "every free one has its turn");
        }
    }

    #[test]
    fn without_a_free_identifier_the_message_comes_back() {
        spec::covers!(MQTT_2_3_1_2);
        let mut session = Session::default();
        for ticket in 0..65_534 {
            session.publish(message(ticket, Qos::AtLeastOnce)).unwrap();
        }
        assert_eq!(session.request(Request::Unsubscribe), Some(id(65_535)));
        let refused = session.publish(message(70_000, Qos::AtLeastOnce)).unwrap_err();
        assert_eq!(refused.ticket, Ticket(70_000));
        assert_eq!(session.request(Request::Unsubscribe), None);
        assert!(session.acknowledged(Event::Puback, id(40_000)).is_ok());
        assert_eq!(session.publish(refused), Ok(id(40_000)));
    }

    #[test]
    fn acknowledgements_of_the_wrong_kind_change_nothing() {
        spec::covers!(MQTT_4_3_2_1, MQTT_4_3_3_1);
        let mut session = Session::default();
        let once = session.publish(message(0, Qos::AtLeastOnce)).unwrap();
        let twice = session.publish(message(1, Qos::ExactlyOnce)).unwrap();
        let wrong = Err(Id::MQTT_4_8_0_1);
        assert_eq!(session.acknowledged(Event::Pubrec, once), wrong);
        assert_eq!(session.acknowledged(Event::Pubcomp, once), wrong);
        assert_eq!(session.acknowledged(Event::Puback, twice), wrong);
        assert_eq!(session.acknowledged(Event::Pubcomp, twice), wrong);
        assert_eq!(session.acknowledged(Event::Pubrec, twice), Ok(Acked::Release));
        assert_eq!(session.acknowledged(Event::Puback, twice), wrong);
        assert_eq!(session.acknowledged(Event::Pubrec, twice), Ok(Acked::Release));
        assert_eq!(session.in_flight(), 2);
        assert_eq!(session.acknowledged(Event::Pubcomp, twice), Ok(Acked::Done(Ticket(1))));
        assert_eq!(session.acknowledged(Event::Puback, once), Ok(Acked::Done(Ticket(0))));
        assert_eq!(session.acknowledged(Event::Puback, once), Ok(Acked::Nothing));
    }

    #[test]
    fn released_messages_stand_in_the_order_of_their_pubrecs() {
        spec::covers!(MQTT_4_6_0_1, MQTT_4_6_0_4);
        let mut session = Session::default();
        for ticket in 0..5 {
            session.publish(message(ticket, Qos::ExactlyOnce)).unwrap();
        }
        for number in [4, 1, 3, 4] {
            let acked = session.acknowledged(Event::Pubrec, id(number));
            assert_eq!(acked, Ok(Acked::Release));
        }
        let again: Vec<(u16, bool)> = (session.resend().into_iter())
            .map(|(packet_id, again)| (packet_id.get(), again == Again::Release))
            .collect();
        assert_eq!(again, [(2, false), (4, true), (1, true), (3, true), (5, false)]);
    }

    #[test]
    fn an_ended_session_gives_back_what_the_server_does_not_own() {
        spec::covers!(MQTT_3_1_2_6);
        let mut session = Session::default();
        for ticket in 0..4 {
            session.publish(message(ticket, Qos::ExactlyOnce)).unwrap();
        }
        session.acknowledged(Event::Pubrec, id(2)).unwrap();
        session.inbound.arrived(etalon::session::receiver::Event::Publish, id(9)).unwrap();
        let (open, owned) = session.end();
        assert_eq!(open.iter().map(|m| m.ticket.0).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(owned, [Ticket(1)]);
        assert_eq!((session.in_flight(), session.inbound.awaiting_release()), (0, 0));
    }

    #[test]
    fn a_cut_frees_the_identifiers_of_requests_only() {
        let mut session = Session::default();
        session.publish(message(0, Qos::AtLeastOnce)).unwrap();
        let request = session.request(Request::Unsubscribe).unwrap();
        session.cut();
        assert_eq!(session.answered(request), None);
        assert_eq!(session.packet_ids.in_use(), 1);
    }
}
