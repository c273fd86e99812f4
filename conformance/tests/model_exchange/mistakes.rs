//! Methods that look right and are not. The search has to find each of them out.

use std::collections::VecDeque;

use etalon::message::Message;
use etalon::outgoing::Outgoing;
use etalon::packet::Qos;
use etalon::session::{Limits, Outbound, Waiting, sender};
use etalon::topic::TopicName;
use etalon_spec as spec;
use stateright::{Checker, Model};

use crate::exchange::{Exchange, Forgets, Said, said};

/// What an end does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// The sender takes PUBREC for the end.
    FreesAtPubrec,
    /// The sender sends PUBLISH again after PUBREC, instead of PUBREL.
    PublishesAfterPubrec,
    /// The sender sends again under new identifiers.
    TakesNewIds,
    /// The sender does not send PUBREL again.
    LosesPubrel,
    /// The sender sends PUBLISH packets again in another order.
    Reverses,
    /// The sender sends new messages before it sends again.
    SendsNewFirst,
    /// The receiver forgets what it has received when the connection ends.
    ForgetsReceived,
    /// The receiver takes the DUP flag for the sign of a repeat.
    TrustsDup,
    /// The receiver does not acknowledge a repeat.
    IgnoresRepeats,
    /// The receiver does not answer PUBREL under an identifier that it does not know.
    IgnoresUnknownPubrel,
    /// The receiver keeps what it has received although the session is a new one.
    KeepsReceivedForANewSession,
}

impl Mistake {
    /// What is sent on a new connection instead of `right`.
    pub fn resume(
        self,
        right: &[Said],
        sending: &mut Outbound,
        limits: Limits,
        wire: &mut VecDeque<Said>,
    ) {
        let mut wrong = right.to_vec();
        match self {
            Mistake::PublishesAfterPubrec => {
                for said in &mut wrong {
                    if let Said::Pubrel(id) = *said {
                        // Identifiers are given out in order and none comes back so soon.
                        let message = (id.get() - 1) as u8;
                        *said = Said::Publish { message, qos: 2, dup: true, id };
                    }
                }
            }
            Mistake::TakesNewIds => {
                let mut out = Outgoing::default();
                *sending = unused_after(right, limits);
                for said in right {
                    if let Said::Publish { message, .. } = said {
                        sending.deliver(waiting(*message), Some(&mut out), &limits);
                    }
                }
                wrong = said(&mut out);
            }
            Mistake::LosesPubrel => wrong.retain(|said| !matches!(said, Said::Pubrel(_))),
            Mistake::Reverses => wrong.reverse(),
            Mistake::SendsNewFirst => {
                wrong.sort_by_key(|said| !matches!(said, Said::Publish { dup: false, .. }));
            }
            Mistake::FreesAtPubrec
            | Mistake::ForgetsReceived
            | Mistake::TrustsDup
            | Mistake::IgnoresRepeats
            | Mistake::IgnoresUnknownPubrel
            | Mistake::KeepsReceivedForANewSession => {}
        }
        wire.extend(wrong);
    }
}

fn waiting(message: u8) -> Waiting {
    let (topic, qos) = (TopicName::new("t").unwrap(), Qos::ExactlyOnce);
    Waiting { message: Message::new(topic, &[message], qos, false), qos, retain: false }
}

/// A sender with nothing on its way that gives out other identifiers than these.
fn unused_after(said: &[Said], limits: Limits) -> Outbound {
    let last = said.iter().map(|said| match said {
        Said::Publish { id, .. }
        | Said::Puback(id)
        | Said::Pubrec(id)
        | Said::Pubrel(id)
        | Said::Pubcomp(id) => id.get(),
    });
    let mut sending = Outbound::default();
    for id in 1..=last.max().unwrap_or(0) {
        let mut out = Outgoing::default();
        let spent = Waiting { qos: Qos::AtLeastOnce, ..waiting(0) };
        sending.deliver(spent, Some(&mut out), &limits);
        let id = etalon::packet::PacketId::new(id).unwrap();
        sending.acknowledged(sender::Event::Puback, id, &mut out).unwrap();
    }
    sending
}

/// Searches until one of the properties is broken; it has to be this one.
#[track_caller]
fn is_found(exchange: Exchange, property: &str) {
    let checker = exchange.checker().threads(2).spawn_bfs().join();
    let found: Vec<&str> = checker.discoveries().into_keys().collect();
    assert!(found.contains(&property), "found {found:?}");
}

#[track_caller]
fn breaks(mistake: Mistake, property: &str) {
    let exchange = Exchange { cuts: 2, ..Exchange::of(&[2, 2], 2) };
    is_found(Exchange { mistake: Some(mistake), ..exchange }, property);
}

#[test]
fn an_identifier_that_is_freed_at_pubrec_is_kept_by_the_receiver_for_ever() {
    spec::covers!(MQTT_4_3_3_1);
    breaks(Mistake::FreesAtPubrec, "all is well in the end");
}

#[test]
fn publish_after_pubrec_arrives_twice() {
    spec::covers!(MQTT_4_3_3_1);
    breaks(Mistake::PublishesAfterPubrec, "QoS 2 exactly once");
}

#[test]
fn new_identifiers_make_new_messages() {
    spec::covers!(MQTT_4_4_0_1);
    breaks(Mistake::TakesNewIds, "QoS 2 exactly once");
}

#[test]
fn without_pubrel_nothing_ends() {
    spec::covers!(MQTT_4_4_0_1);
    breaks(Mistake::LosesPubrel, "all is well in the end");
}

#[test]
fn another_order_of_sending_again_is_another_order_of_messages() {
    spec::covers!(MQTT_4_6_0_1);
    breaks(Mistake::Reverses, "in order");
}

#[test]
fn what_is_new_overtakes_what_is_sent_again() {
    spec::covers!(MQTT_4_6_0_6);
    breaks(Mistake::SendsNewFirst, "in order");
}

#[test]
fn a_receiver_that_forgets_delivers_twice() {
    spec::covers!(MQTT_4_3_3_2);
    breaks(Mistake::ForgetsReceived, "QoS 2 exactly once");
}

#[test]
fn dup_does_not_say_that_the_first_has_arrived() {
    spec::covers!(MQTT_4_3_3_2);
    breaks(Mistake::TrustsDup, "all is well in the end");
}

#[test]
fn a_repeat_that_is_not_acknowledged_never_ends() {
    spec::covers!(MQTT_4_3_3_2);
    breaks(Mistake::IgnoresRepeats, "all is well in the end");
}

#[test]
fn a_pubrel_that_is_not_answered_never_ends() {
    spec::covers!(MQTT_4_3_3_2);
    breaks(Mistake::IgnoresUnknownPubrel, "all is well in the end");
}

#[test]
fn received_identifiers_of_an_earlier_session_swallow_new_messages() {
    spec::covers!(MQTT_3_1_2_6);
    let mistake = Some(Mistake::KeepsReceivedForANewSession);
    let forgets = Forgets::Sender;
    let exchange = Exchange { crashes: 1, forgets, mistake, ..Exchange::of(&[2, 2], 2) };
    is_found(exchange, "all is well in the end");
}
