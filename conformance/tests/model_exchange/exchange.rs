//! The system that is searched: two halves of sessions, a link, and what may happen to them.

use std::collections::VecDeque;

use etalon::message::Message;
use etalon::outgoing::Outgoing;
use etalon::packet::{Decoded, Limits, Packet, PacketId, Qos, decode};
use etalon::session::{Inbound, Limits as Window, Outbound, Waiting, receiver, sender};
use etalon::topic::TopicName;
use stateright::{Model, Property};

use crate::mistakes::Mistake;

/// The bounds of one search.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The QoS of each message, in the order of publication.
    pub messages: Vec<u8>,
    /// Messages in flight at a time.
    pub window: usize,
    /// How often the link may be cut.
    pub cuts: u8,
    /// How often an end may lose its state.
    pub crashes: u8,
    /// Which end it is.
    pub forgets: Forgets,
    /// What the ends do wrong.
    pub mistake: Option<Mistake>,
}

/// The end that may lose its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forgets {
    Sender,
    Receiver,
}

impl Exchange {
    /// Messages and window, without any misfortune.
    pub fn of(messages: &[u8], window: usize) -> Exchange {
        Exchange {
            messages: messages.to_vec(),
            window,
            cuts: 0,
            crashes: 0,
            forgets: Forgets::Sender,
            mistake: None,
        }
    }

    fn window(&self) -> Window {
        Window {
            in_flight_max: self.window,
            waiting_messages_max: usize::MAX,
            waiting_bytes_max: usize::MAX,
            unsent_bytes_max: usize::MAX,
        }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

/// A packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    Publish { message: u8, qos: u8, dup: bool, id: PacketId },
    Puback(PacketId),
    Pubrec(PacketId),
    Pubrel(PacketId),
    Pubcomp(PacketId),
}

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    sending: Outbound,
    receiving: Inbound,
    to_receiver: VecDeque<Said>,
    to_sender: VecDeque<Said>,
    /// Which ends take the connection for open.
    sender_on: bool,
    receiver_on: bool,
    /// How many messages have been given to the sender.
    published: u8,
    /// The numbers of the messages that the receiver has passed on.
    delivered: Vec<u8>,
    cuts: u8,
    crashes: u8,
    /// The sender has lost its state since the last connection.
    starts_anew: bool,
    /// How often the receiver has lost its state.
    receiver_forgot: u8,
    /// Messages that the sender lost before they were delivered.
    may_be_lost: Vec<u8>,
    /// An end has broken a rule, says the other.
    accused: bool,
}

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The sender is given the next message.
    Publish,
    /// The first packet on its way arrives.
    ToReceiver,
    /// The first packet on its way arrives.
    ToSender,
    /// The link is cut, and the sender notices; or it crashes and has its state stored.
    CutAtSender,
    /// The link is cut, and the receiver notices; or it crashes and has its state stored.
    CutAtReceiver,
    /// An end crashes and loses its state.
    Crash,
    /// The other end notices as well.
    Notice,
    /// There is a new connection.
    Connect,
}

impl Model for Exchange {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            sending: Outbound::default(),
            receiving: Inbound::default(),
            to_receiver: VecDeque::new(),
            to_sender: VecDeque::new(),
            sender_on: true,
            receiver_on: true,
            published: 0,
            delivered: Vec::new(),
            cuts: self.cuts,
            crashes: self.crashes,
            starts_anew: false,
            receiver_forgot: 0,
            may_be_lost: Vec::new(),
            accused: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(self.progress(state));
        let whole = state.sender_on && state.receiver_on;
        if whole && state.cuts > 0 {
            actions.extend([Action::CutAtSender, Action::CutAtReceiver]);
        }
        if whole && state.crashes > 0 {
            actions.push(Action::Crash);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut next = last.clone();
        match action {
            Action::Publish => self.publish(&mut next),
            Action::ToReceiver => self.to_receiver(&mut next)?,
            Action::ToSender => self.to_sender(&mut next)?,
            Action::CutAtSender => {
                next.cuts -= 1;
                next.sender_off();
            }
            Action::CutAtReceiver => {
                next.cuts -= 1;
                next.receiver_off();
            }
            Action::Crash => self.crash(&mut next),
            Action::Notice => {
                next.sender_off();
                next.receiver_off();
            }
            Action::Connect => self.connect(&mut next),
        }
        assert!(self.measure(&next) < self.measure(last), "{action:?} may go on for ever");
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Exchange>> {
        vec![
            Property::always("QoS 2 exactly once", Exchange::exactly_once),
            Property::always("in order", Exchange::in_order),
            Property::always("nobody is accused", |_, state: &State| !state.accused),
            Property::always("all is well in the end", Exchange::well_in_the_end),
            Property::sometimes("all can arrive", |this: &Exchange, state: &State| {
                state.published() == this.messages.len()
                    && state.delivered.len() >= state.published()
            }),
        ]
    }
}

/// The properties.
impl Exchange {
    /// For each state that the receiver has lost, what was on its way may come once more.
    fn exactly_once(&self, state: &State) -> bool {
        (0..state.published).filter(|message| self.messages[usize::from(*message)] == 2).all(
            |message| {
                let times = state.delivered.iter().filter(|one| **one == message).count();
                times <= 1 + usize::from(state.receiver_forgot)
            },
        )
    }

    /// [MQTT-4.6.0-6] orders messages of one topic and QoS; l.1365 all, if one is on its way at a
    /// time.
    fn in_order(&self, state: &State) -> bool {
        let firsts = |qos: u8| {
            let mut firsts: Vec<u8> = Vec::new();
            for message in &state.delivered {
                if self.messages[usize::from(*message)] == qos && !firsts.contains(message) {
                    firsts.push(*message);
                }
            }
            firsts.is_sorted()
        };
        let strictly = self.window > 1 || state.delivered.is_sorted();
        firsts(1) && firsts(2) && strictly
    }

    /// Whenever nothing can happen but misfortune, everything has been seen through.
    fn well_in_the_end(&self, state: &State) -> bool {
        let arrived =
            |message| state.delivered.contains(&message) || state.may_be_lost.contains(&message);
        !self.progress(state).is_empty()
            || (state.published() == self.messages.len()
                && (0..state.published).all(arrived)
                && state.sending.is_settled()
                && state.sending.packet_ids().in_use() == 0
                && state.receiving.awaiting_release() == 0)
    }

    /// Misfortune left, then how far a broken connection is from the next, then work.
    fn measure(&self, state: &State) -> (u8, u8, usize) {
        let link = match (state.sender_on, state.receiver_on) {
            (true, true) => 0,
            (false, false) => 1,
            (true, false) | (false, true) => 2,
        };
        let misfortune = state.cuts + state.crashes;
        let work = |said: &Said| match said {
            Said::Publish { qos: 1, .. } => 2,
            Said::Publish { .. } => 4,
            Said::Pubrec(_) => 3,
            Said::Pubrel(_) => 2,
            Said::Puback(_) | Said::Pubcomp(_) => 1,
        };
        let unpublished = self.messages.len() - state.published();
        let sent: usize = state.to_receiver.iter().chain(&state.to_sender).map(work).sum();
        (misfortune, link, 7 * unpublished + 6 * state.sending.waiting().len() + sent)
    }
}

/// What happens.
impl Exchange {
    /// What may happen without misfortune.
    fn progress(&self, state: &State) -> Vec<Action> {
        let possible = [
            (state.published() < self.messages.len(), Action::Publish),
            (state.receiver_on && !state.to_receiver.is_empty(), Action::ToReceiver),
            (state.sender_on && !state.to_sender.is_empty(), Action::ToSender),
            (state.sender_on != state.receiver_on, Action::Notice),
            (!state.sender_on && !state.receiver_on, Action::Connect),
        ];
        possible.into_iter().filter(|(can, _)| *can).map(|(_, action)| action).collect()
    }

    fn publish(&self, state: &mut State) {
        let mut out = Outgoing::default();
        let waiting = self.waiting(state.published);
        let present = state.sender_on.then_some(&mut out);
        state.sending.deliver(waiting, present, &self.window());
        state.published += 1;
        state.send(&mut out);
    }

    fn waiting(&self, message: u8) -> Waiting {
        let qos = match self.messages[usize::from(message)] {
            1 => Qos::AtLeastOnce,
            _ => Qos::ExactlyOnce,
        };
        let topic = TopicName::new("t").unwrap();
        Waiting { message: Message::new(topic, &[message], qos, false), qos, retain: false }
    }

    /// As the broker receives.
    fn to_receiver(&self, state: &mut State) -> Option<()> {
        let said = state.to_receiver.pop_front()?;
        let answer = match said {
            Said::Publish { message, qos: 1, id, .. } => {
                match state.receiving.arrived(receiver::Event::Other, id) {
                    Ok(_) => state.delivered.push(message),
                    Err(_) => state.accused = true,
                }
                Said::Puback(id)
            }
            Said::Publish { message, id, dup, .. } => {
                match state.receiving.arrived(receiver::Event::Publish, id) {
                    _ if self.makes(Mistake::TrustsDup) => {
                        if !dup {
                            state.delivered.push(message);
                        }
                    }
                    Ok(receiver::Action::Deliver) => state.delivered.push(message),
                    Ok(_) if self.makes(Mistake::IgnoresRepeats) => return Some(()),
                    Ok(_) => {}
                    Err(_) => state.accused = true,
                }
                Said::Pubrec(id)
            }
            Said::Pubrel(id) => {
                let before = state.receiving.awaiting_release();
                state.receiving.arrived(receiver::Event::Pubrel, id).ok()?;
                let unknown = before == state.receiving.awaiting_release();
                if unknown && self.makes(Mistake::IgnoresUnknownPubrel) {
                    return Some(());
                }
                Said::Pubcomp(id)
            }
            Said::Puback(_) | Said::Pubrec(_) | Said::Pubcomp(_) => panic!("only receivers say so"),
        };
        if state.sender_on {
            state.to_sender.push_back(answer);
        }
        Some(())
    }

    /// As the broker sends.
    fn to_sender(&self, state: &mut State) -> Option<()> {
        let (event, id) = match state.to_sender.pop_front()? {
            Said::Puback(id) => (sender::Event::Puback, id),
            Said::Pubrec(id) => (sender::Event::Pubrec, id),
            Said::Pubcomp(id) => (sender::Event::Pubcomp, id),
            Said::Publish { .. } | Said::Pubrel(_) => panic!("only senders say so"),
        };
        let mut out = Outgoing::default();
        state.accused |= state.sending.acknowledged(event, id, &mut out).is_err();
        if event == sender::Event::Pubrec && self.makes(Mistake::FreesAtPubrec) {
            let over = state.sending.acknowledged(sender::Event::Pubcomp, id, &mut out);
            state.accused |= over.is_err();
        }
        state.sending.pump(&mut out, &self.window());
        state.send(&mut out);
        Some(())
    }

    fn crash(&self, state: &mut State) {
        state.crashes -= 1;
        match self.forgets {
            Forgets::Sender => {
                state.sending = Outbound::default();
                state.starts_anew = true;
                state.may_be_lost =
                    (0..state.published).filter(|one| !state.delivered.contains(one)).collect();
                state.sender_off();
            }
            Forgets::Receiver => {
                state.receiving = Inbound::default();
                state.receiver_forgot += 1;
                state.receiver_off();
            }
        }
    }

    fn connect(&self, state: &mut State) {
        (state.sender_on, state.receiver_on) = (true, true);
        let anew = std::mem::take(&mut state.starts_anew);
        if anew && !self.makes(Mistake::KeepsReceivedForANewSession)
            || self.makes(Mistake::ForgetsReceived)
        {
            state.receiving = Inbound::default();
        }
        let mut out = Outgoing::default();
        state.sending.resume();
        state.sending.pump(&mut out, &self.window());
        match self.mistake {
            None => state.send(&mut out),
            Some(mistake) => {
                let packets = said(&mut out);
                mistake.resume(&packets, &mut state.sending, self.window(), &mut state.to_receiver);
            }
        }
    }
}

impl State {
    fn published(&self) -> usize {
        usize::from(self.published)
    }

    fn send(&mut self, out: &mut Outgoing) {
        let packets = said(out);
        // What is written while the other end is gone arrives nowhere.
        if self.receiver_on {
            self.to_receiver.extend(packets);
        }
    }

    fn sender_off(&mut self) {
        if self.sender_on {
            self.sender_on = false;
            self.to_sender.clear();
            self.sending.absent();
        }
    }

    fn receiver_off(&mut self) {
        self.receiver_on = false;
        self.to_receiver.clear();
    }
}

/// The packets of a sender.
pub fn said(out: &mut Outgoing) -> Vec<Said> {
    let bytes = out.take();
    let mut rest = &bytes[..];
    let mut packets = Vec::new();
    while let Ok(Decoded::Packet { packet, used, .. }) = decode(rest, Limits::EITHER) {
        packets.push(if let Packet::Publish(publish) = packet {
            Said::Publish {
                message: publish.payload[0],
                qos: publish.delivery.qos().bits(),
                dup: publish.delivery.dup(),
                id: publish.delivery.packet_id().unwrap(),
            }
        } else if let Packet::Pubrel(pubrel) = packet {
            Said::Pubrel(pubrel.packet_id)
        } else {
            panic!("a sender does not send {packet:?}")
        });
        rest = &rest[used..];
    }
    assert!(rest.is_empty(), "a sender sends whole packets");
    packets
}
