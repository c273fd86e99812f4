//! §2.3.1, §3.3.1.1, §4.3, §4.6: the exchanges that one side begins with PUBLISH, and the other
//! side's acknowledgements.
//!
//! The flows are symmetric, so one type serves both directions. An exchange that is over stays
//! remembered until its identifier is used again: what crossed on the way is no breach. Order is
//! judged only between packets that were sent once.

use std::collections::{BTreeMap, BTreeSet};

use super::owed::Say;
use super::{Report, digest, finding, other};
use crate::packet::{Kind, Packet, PacketId, Party, Publish, Qos};
use crate::spec::Id;
use crate::violation::Rule;

/// Everything that `sender` publishes on one connection.
#[derive(Debug)]
pub(super) struct Flow {
    sender: Party,
    /// Whether no exchange can be older than this connection.
    pub(super) known: bool,
    /// Whether the sender also sent what could not be read, which may have been answered.
    pub(super) blurred: bool,
    /// Whether the receiver sent what could not be read, which may have been an acknowledgement.
    pub(super) deaf: bool,
    exchanges: BTreeMap<u16, Exchange>,
    releases: BTreeMap<u16, Asked>,
    /// PUBRECs that belonged to nothing: a PUBREL in answer is permitted.
    strays: BTreeSet<u16>,
    place: u64,
    last_puback: u64,
    last_pubrec: u64,
    last_pubrel: u64,
}

#[derive(Debug)]
struct Exchange {
    qos: Qos,
    content: u64,
    stage: Stage,
    /// When the PUBLISH came, counted.
    place: u64,
    /// When the PUBREC came, counted.
    received: u64,
    sent: u32,
    /// Acknowledgements of the first kind: PUBACK or PUBREC.
    answered: u32,
    /// Acknowledgements still to come for what was sent before under this identifier.
    late_pubacks: u32,
    late_pubrecs: u32,
    /// Whether it cannot be told which of two messages under this identifier was answered.
    unclear: bool,
    /// Whether a wrong acknowledgement came, which completes nothing.
    misled: bool,
    /// Whether a PUBREC came after the PUBREL and there was no PUBREL since.
    asked_again: bool,
    /// How many of those sent have been reported as not answered, by PUBACK or PUBREC.
    told: u32,
    /// Whether it has been reported that there is no PUBREL.
    told_release: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    AwaitAck,
    AwaitReceived,
    Received,
    Released,
    Done,
}

/// How often something was asked and answered.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    times: u32,
    answers: u32,
    /// How many have been reported as not answered.
    told: u32,
}

impl Flow {
    pub(super) const fn of(sender: Party) -> Flow {
        Flow {
            sender,
            known: false,
            blurred: false,
            deaf: false,
            exchanges: BTreeMap::new(),
            releases: BTreeMap::new(),
            strays: BTreeSet::new(),
            place: 0,
            last_puback: 0,
            last_pubrec: 0,
            last_pubrel: 0,
        }
    }

    /// Whether a PUBLISH under this identifier is certainly not complete.
    pub(super) fn is_open(&self, packet_id: PacketId) -> bool {
        self.exchanges.get(&packet_id.get()).is_some_and(|open| open.stage != Stage::Done)
    }

    /// The sender publishes.
    pub(super) fn publish(&mut self, publish: &Publish<'_>, report: Report<'_>) {
        let Some(packet_id) = publish.delivery.packet_id() else { return };
        let content = digest((publish.topic.as_str(), publish.payload));
        let (qos, dup) = (publish.delivery.qos(), publish.delivery.dup());
        self.place += 1;
        let new = Exchange::new(qos, content, self.place);
        let breach = match self.exchanges.get_mut(&packet_id.get()) {
            None => {
                let first = dup && self.known && self.sender == Party::Server;
                self.exchanges.insert(packet_id.get(), new);
                first.then_some((Id::MQTT_3_3_1_3, Rule::DupWithoutCause))
            }
            Some(before) => {
                let same = before.qos == qos && before.content == content;
                // What could not be read may have ended the exchange before.
                let breach = before
                    .again(self.sender, same, dup)
                    .filter(|(_, rule)| !self.deaf || *rule != Rule::PacketIdInUse);
                if same && (dup || before.stage != Stage::Done) {
                    before.sent = before.sent.saturating_add(1);
                    if before.stage == Stage::Done && qos == Qos::AtLeastOnce {
                        before.stage = Stage::AwaitAck;
                    }
                } else {
                    let (pubacks, pubrecs) = before.unanswered();
                    *before = Exchange {
                        late_pubacks: pubacks,
                        late_pubrecs: pubrecs,
                        unclear: pubacks > 0 || pubrecs > 0,
                        ..new
                    };
                }
                breach
            }
        };
        if let Some((id, rule)) = breach {
            report(finding(self.sender, id, rule, &Packet::Publish(*publish)));
        }
    }

    /// The receiver acknowledges QoS 1.
    pub(super) fn puback(&mut self, packet_id: PacketId, packet: &Packet<'_>, report: Report<'_>) {
        let receiver = other(self.sender);
        let mut say = |id, rule| report(finding(receiver, id, rule, packet));
        let Some(exchange) = self.exchanges.get_mut(&packet_id.get()) else {
            if self.nothing_older(receiver) {
                say(Id::MQTT_2_3_1_6, Rule::Unsolicited);
            }
            return;
        };
        if exchange.late_pubacks > 0 {
            exchange.late_pubacks -= 1;
        } else if exchange.qos == Qos::ExactlyOnce {
            exchange.misled = true;
            say(Id::MQTT_4_3_3_2, Rule::WrongAcknowledgement);
        } else if exchange.answered >= exchange.sent {
            say(Id::MQTT_4_3_2_2, Rule::AnsweredTwice);
        } else {
            exchange.answered += 1;
            exchange.stage = Stage::Done;
            if exchange.sent == 1 {
                if exchange.place < self.last_puback {
                    match receiver {
                        Party::Client => say(Id::MQTT_4_6_0_2, Rule::Statement),
                        Party::Server => say(Id::MQTT_4_6_0_2, Rule::AnswerOrder),
                    }
                }
                self.last_puback = self.last_puback.max(exchange.place);
            }
        }
    }

    /// The receiver acknowledges QoS 2 for the first time.
    pub(super) fn pubrec(&mut self, packet_id: PacketId, packet: &Packet<'_>, report: Report<'_>) {
        let receiver = other(self.sender);
        let mut say = |id, rule| report(finding(receiver, id, rule, packet));
        let Some(exchange) = self.exchanges.get_mut(&packet_id.get()) else {
            self.strays.insert(packet_id.get());
            if self.nothing_older(receiver) {
                say(Id::MQTT_2_3_1_6, Rule::Unsolicited);
            }
            return;
        };
        if exchange.late_pubrecs > 0 {
            exchange.late_pubrecs -= 1;
            self.strays.insert(packet_id.get());
        } else if exchange.qos != Qos::ExactlyOnce {
            exchange.misled = true;
            self.strays.insert(packet_id.get());
            say(Id::MQTT_4_3_2_2, Rule::WrongAcknowledgement);
        } else if exchange.answered >= exchange.sent {
            exchange.asked_again |= exchange.stage == Stage::Released;
            say(Id::MQTT_4_3_3_2, Rule::AnsweredTwice);
        } else {
            exchange.answered += 1;
            exchange.asked_again |= exchange.stage == Stage::Released;
            if exchange.stage == Stage::AwaitReceived {
                exchange.stage = Stage::Received;
                self.place += 1;
                exchange.received = self.place;
            }
            if exchange.sent == 1 {
                if exchange.place < self.last_pubrec {
                    match receiver {
                        Party::Client => say(Id::MQTT_4_6_0_3, Rule::Statement),
                        Party::Server => say(Id::MQTT_4_6_0_3, Rule::AnswerOrder),
                    }
                }
                self.last_pubrec = self.last_pubrec.max(exchange.place);
            }
        }
    }

    /// The sender releases.
    pub(super) fn pubrel(&mut self, packet_id: PacketId, packet: &Packet<'_>, report: Report<'_>) {
        let sender = self.sender;
        let mut say = |id, rule| report(finding(sender, id, rule, packet));
        let asked = self.releases.entry(packet_id.get()).or_default();
        asked.times = asked.times.saturating_add(1);
        // It may answer what could not be read; that this was not right is told elsewhere.
        let stray = self.deaf || self.strays.contains(&packet_id.get());
        let Some(exchange) = self.exchanges.get_mut(&packet_id.get()) else {
            if !stray && self.known && !self.blurred && asked.times == 1 {
                say(Id::MQTT_4_3_3_1, Rule::Unsolicited);
            }
            return;
        };
        exchange.asked_again = false;
        match exchange.stage {
            Stage::AwaitAck | Stage::AwaitReceived => {
                if !stray {
                    say(Id::MQTT_4_3_3_1, Rule::Unsolicited);
                }
            }
            Stage::Received => {
                exchange.stage = Stage::Released;
                if exchange.answered == 1 {
                    if exchange.received < self.last_pubrel {
                        match sender {
                            Party::Client => say(Id::MQTT_4_6_0_4, Rule::Statement),
                            Party::Server => say(Id::MQTT_4_6_0_6, Rule::Statement),
                        }
                    }
                    self.last_pubrel = self.last_pubrel.max(exchange.received);
                }
            }
            Stage::Released | Stage::Done => {}
        }
    }

    /// The receiver acknowledges QoS 2 for the last time.
    pub(super) fn pubcomp(&mut self, packet_id: PacketId, packet: &Packet<'_>, report: Report<'_>) {
        let receiver = other(self.sender);
        let nothing_older = self.nothing_older(receiver);
        let mut say = |id, rule| report(finding(receiver, id, rule, packet));
        let Some(asked) = self.releases.get_mut(&packet_id.get()) else {
            match self.exchanges.get_mut(&packet_id.get()) {
                Some(exchange) if exchange.stage != Stage::Done => {
                    exchange.misled = true;
                    say(Id::MQTT_4_3_3_2, Rule::WrongAcknowledgement);
                }
                Some(_) | None if nothing_older => {
                    say(Id::MQTT_4_3_3_2, Rule::Unsolicited);
                }
                Some(_) | None => {}
            }
            return;
        };
        if asked.answers >= asked.times {
            say(Id::MQTT_4_3_3_2, Rule::AnsweredTwice);
            return;
        }
        asked.answers += 1;
        if let Some(exchange) = self.exchanges.get_mut(&packet_id.get())
            && exchange.stage == Stage::Released
        {
            exchange.stage = Stage::Done;
        }
    }

    /// What the receiver has not acknowledged although it has had its time.
    pub(super) fn receiver_owes(&mut self, say: Say<'_>) {
        for exchange in self.exchanges.values_mut() {
            let id = match exchange.stage {
                Stage::AwaitAck => Id::MQTT_4_3_2_2,
                Stage::Done if exchange.qos == Qos::AtLeastOnce => Id::MQTT_4_3_2_2,
                Stage::AwaitReceived | Stage::Received => Id::MQTT_4_3_3_2,
                // A PUBLISH behind its PUBREL is a fault of the sender.
                Stage::Released | Stage::Done => continue,
            };
            if !exchange.unclear && exchange.answered.max(exchange.told) < exchange.sent {
                exchange.told = exchange.sent;
                say(id, Rule::Unanswered, Kind::Publish);
            }
        }
        for asked in self.releases.values_mut() {
            if asked.answers.max(asked.told) < asked.times {
                asked.told = asked.times;
                say(Id::MQTT_4_3_3_2, Rule::Unanswered, Kind::Pubrel);
            }
        }
    }

    /// What the sender has not released although it has had its time.
    pub(super) fn sender_owes(&mut self, say: Say<'_>) {
        for exchange in self.exchanges.values_mut() {
            let waits = exchange.stage == Stage::Received;
            if waits && !core::mem::replace(&mut exchange.told_release, true) {
                say(Id::MQTT_4_3_3_1, Rule::Unanswered, Kind::Pubrec);
            }
            if core::mem::take(&mut exchange.asked_again) {
                say(Id::MQTT_4_3_3_1, Rule::RepeatUnanswered, Kind::Pubrec);
            }
        }
    }

    /// Whether what `receiver` acknowledges can only have been sent on this connection. A Server
    /// answers on the connection on which it was asked; a Client may remember more.
    fn nothing_older(&self, receiver: Party) -> bool {
        !self.blurred && (receiver == Party::Server || self.known)
    }
}

impl Exchange {
    fn new(qos: Qos, content: u64, place: u64) -> Exchange {
        let stage = match qos {
            Qos::AtMostOnce | Qos::AtLeastOnce => Stage::AwaitAck,
            Qos::ExactlyOnce => Stage::AwaitReceived,
        };
        Exchange {
            qos,
            content,
            stage,
            place,
            received: 0,
            sent: 1,
            answered: 0,
            late_pubacks: 0,
            late_pubrecs: 0,
            unclear: false,
            misled: false,
            asked_again: false,
            told: 0,
            told_release: false,
        }
    }

    /// What a PUBLISH under the identifier of this exchange breaks.
    fn again(&self, sender: Party, same: bool, dup: bool) -> Option<(Id, Rule)> {
        match self.stage {
            Stage::Done => match (sender, dup, same && self.qos == Qos::ExactlyOnce) {
                (Party::Server, true, true) => Some((Id::MQTT_4_3_3_1, Rule::Statement)),
                (Party::Server, true, false) if !same => {
                    Some((Id::MQTT_3_3_1_3, Rule::DupWithoutCause))
                }
                (Party::Server | Party::Client, true | false, true | false) => None,
            },
            Stage::Released if same => Some((Id::MQTT_4_3_3_1, Rule::Statement)),
            Stage::AwaitAck | Stage::AwaitReceived | Stage::Received if same => {
                (!dup).then_some((Id::MQTT_3_3_1_1, Rule::DupMissing))
            }
            Stage::AwaitAck | Stage::AwaitReceived | Stage::Received | Stage::Released => {
                let id = match (self.misled, self.qos, sender) {
                    (true, Qos::AtMostOnce | Qos::AtLeastOnce, _) => Id::MQTT_4_3_2_1,
                    (true, Qos::ExactlyOnce, _) => Id::MQTT_4_3_3_1,
                    (false, _, Party::Client) => Id::MQTT_2_3_1_2,
                    (false, _, Party::Server) => Id::MQTT_2_3_1_4,
                };
                Some((id, Rule::PacketIdInUse))
            }
        }
    }

    /// PUBACKs and PUBRECs that may still come for this exchange.
    fn unanswered(&self) -> (u32, u32) {
        let open = self.sent.saturating_sub(self.answered);
        match self.qos {
            Qos::AtMostOnce | Qos::AtLeastOnce => {
                (self.late_pubacks.saturating_add(open), self.late_pubrecs)
            }
            Qos::ExactlyOnce => (self.late_pubacks, self.late_pubrecs.saturating_add(open)),
        }
    }
}
