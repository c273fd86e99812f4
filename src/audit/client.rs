//! What one connection shows about the Client: §2.3.1, §3.1, §3.1.2.10, §3.14.4, Table 2.1.
//!
//! Exchanges are judged in `flow.rs`. A Client that answers late or never is not judged: the
//! standard gives no time for it, except the Keep Alive.

use super::{Asked, Audit, BadConnect, CLOSE_WAIT_MAX, Doom, Finding, Request, Stage};
use super::{Report, digest, finding};
use crate::packet::{Connect, Kind, Packet, PacketId, Party};
use crate::spec::Id;
use crate::time::{Duration, Instant};
use crate::violation::{Rule, Violation, Weight};

/// How much of the requested QoS is remembered in all.
const CODES_MAX: usize = 1 << 20;

/// After this a Client has waited long enough for an answer.
const PATIENCE: Duration = Duration::from_secs(120);

impl Audit {
    pub(super) fn client_sent(&mut self, now: Instant, packet: &Packet<'_>, report: Report<'_>) {
        let mut say = |id, rule| report(finding(Party::Client, id, rule, packet));
        if self.disconnected.is_some() {
            self.late = true;
            say(Id::MQTT_3_14_4_2, Rule::Statement);
            return;
        }
        self.client_spoke(now, packet.kind(), &mut |found| report(found));
        let mut say = |id, rule| report(finding(Party::Client, id, rule, packet));
        if !packet.kind().goes_to(Party::Server) {
            say(Id::MQTT_4_8_0_1, Rule::WrongDirection);
            self.server_closes(now, Id::MQTT_4_8_0_1);
            return;
        }
        if self.stage == Stage::AwaitConnect && packet.kind() != Kind::Connect {
            say(Id::MQTT_3_1_0_1, Rule::ConnectNotFirst);
            self.server_closes(now, Id::MQTT_4_8_0_1);
            return;
        }
        if is_dubious(packet) {
            say(Id::MQTT_1_5_3_2, Rule::DubiousCharacter);
        }
        match packet {
            Packet::Connect(connect) => self.client_connects(now, connect, packet, report),
            Packet::Publish(publish) => {
                if let Some(id) = publish.delivery.packet_id()
                    && self.is_requested(id, None)
                {
                    report(finding(Party::Client, Id::MQTT_2_3_1_2, Rule::PacketIdInUse, packet));
                }
                self.from_client.publish(publish, report);
            }
            Packet::Puback(ack) => self.from_server.puback(ack.packet_id, packet, report),
            Packet::Pubrec(ack) => self.from_server.pubrec(ack.packet_id, packet, report),
            Packet::Pubrel(ack) => self.from_client.pubrel(ack.packet_id, packet, report),
            Packet::Pubcomp(ack) => self.from_server.pubcomp(ack.packet_id, packet, report),
            Packet::Subscribe(subscribe) => {
                let requested = subscribe.requests.iter().map(|(_, qos)| qos.bits());
                let room = CODES_MAX.saturating_sub(self.codes_kept);
                let codes: Vec<u8> = requested.take(room.saturating_add(1)).collect();
                let requested = (codes.len() <= room).then_some(codes);
                let content = digest(subscribe.requests);
                let asked = (Asked::Subscribe, subscribe.packet_id);
                self.client_asks(asked, content, requested, packet, report);
            }
            Packet::Unsubscribe(unsubscribe) => {
                let asked = (Asked::Unsubscribe, unsubscribe.packet_id);
                let content = digest(unsubscribe.filters);
                self.client_asks(asked, content, None, packet, report);
            }
            Packet::Pingreq(_) => {
                self.pings = self.pings.saturating_add(1);
                self.waits_since.get_or_insert(now);
            }
            Packet::Disconnect(_) => self.disconnected = Some(now),
            // Refused above: they do not flow in this direction.
            Packet::Connack(_) | Packet::Suback(_) | Packet::Unsuback(_) | Packet::Pingresp(_) => {}
        }
    }

    fn client_connects(
        &mut self,
        now: Instant,
        connect: &Connect<'_>,
        packet: &Packet<'_>,
        report: Report<'_>,
    ) {
        self.connects = self.connects.saturating_add(1);
        if self.connects > 1 {
            report(finding(Party::Client, Id::MQTT_3_1_0_2, Rule::ConnectTwice, packet));
            self.server_closes(now, Id::MQTT_3_1_0_2);
            return;
        }
        self.stage = Stage::AwaitConnack;
        self.clean_session = connect.clean_session;
        self.keep_alive = Duration::from_secs(u64::from(connect.keep_alive));
        self.waits_since = Some(now);
    }

    fn client_asks(
        &mut self,
        (asked, packet_id): (Asked, PacketId),
        content: u64,
        requested: Option<Vec<u8>>,
        packet: &Packet<'_>,
        report: Report<'_>,
    ) {
        let mut in_use = self.from_client.is_open(packet_id);
        in_use |= self.is_requested(packet_id, Some(asked));
        if let Some(before) = self.requests.get_mut(&(asked, packet_id.get())) {
            before.copies = before.copies.saturating_add(1);
            if before.content != content {
                // Which of the two is answered first cannot be told.
                before.requested = None;
                in_use = true;
            }
        } else {
            self.codes_kept += requested.as_ref().map_or(0, Vec::len);
            let request = Request { content, requested, copies: 1, told: false };
            self.requests.insert((asked, packet_id.get()), request);
        }
        if in_use {
            report(finding(Party::Client, Id::MQTT_2_3_1_2, Rule::PacketIdInUse, packet));
        }
    }

    /// Whether a request under this identifier is open, other than one of the same kind.
    fn is_requested(&self, packet_id: PacketId, but: Option<Asked>) -> bool {
        let open = |asked| self.requests.contains_key(&(asked, packet_id.get()));
        [Asked::Subscribe, Asked::Unsubscribe]
            .into_iter()
            .any(|kind| Some(kind) != but && open(kind))
    }

    /// A packet, or what should have been one, ends the silence.
    fn client_spoke(&mut self, now: Instant, kind: Kind, report: Report<'_>) {
        let silence = now.since(self.heard);
        self.heard = now;
        let late = self.stage == Stage::Active
            && !self.keep_alive.is_zero()
            && silence > self.keep_alive * 3 / 2
            && !self.silence_reported;
        self.silence_reported = false;
        if late {
            let violation = Violation::new(Id::MQTT_3_1_2_23, Rule::Statement, 0).seen_in(kind);
            report(Finding { by: Party::Client, violation });
        }
    }

    pub(super) fn client_broke(
        &mut self,
        now: Instant,
        violation: Violation,
        bytes: &[u8],
        report: Report<'_>,
    ) {
        self.heard = now;
        if self.disconnected.is_some() {
            let violation = Violation::new(Id::MQTT_3_14_4_2, Rule::Statement, 0);
            report(Finding { by: Party::Client, violation });
            return;
        }
        report(Finding { by: Party::Client, violation });
        if self.stage == Stage::AwaitConnect && violation.packet == Some(Kind::Connect) {
            self.stage = Stage::AwaitConnack;
            self.bad_connect = Some(bad_connect(violation, bytes));
            self.connects = 1;
        }
        // Whatever it is, the audit cannot read it, and the Server may have.
        self.from_client.blurred = true;
        self.from_server.deaf = true;
        let zero = violation.rule == Rule::PacketIdZero;
        match violation.packet {
            Some(Kind::Subscribe) => {
                self.malformed.subscribe = packet_id(bytes);
                self.malformed.subscribe_zero |= zero;
            }
            Some(Kind::Unsubscribe) => self.malformed.unsubscribe_zero |= zero,
            Some(Kind::Publish) => self.malformed.publish_zero |= zero,
            Some(Kind::Pubrec) => self.malformed.pubrec_zero |= zero,
            Some(Kind::Pubrel) => self.malformed.pubrel_zero |= zero,
            Some(_) | None => {}
        }
        if violation.rule.weight() != Weight::Breach && violation.rule != Rule::ProtocolLevel {
            return;
        }
        if has_to_close(violation) && self.bad_connect != Some(BadConnect::OtherSpecification) {
            self.server_closes(now, closing_statement(violation));
        }
    }

    fn server_closes(&mut self, now: Instant, id: Id) {
        let rule = Rule::StillOpen;
        self.server_has_to_close.get_or_insert(Doom { since: now, id, rule });
    }

    /// What time alone shows about the Client.
    pub(super) fn client_waits(&mut self, now: Instant, report: Report<'_>) {
        let mut say = |violation| report(Finding { by: Party::Client, violation });
        let silence = now.since(self.heard);
        let silent = self.stage == Stage::Active
            && self.disconnected.is_none()
            && !self.keep_alive.is_zero()
            && silence > self.keep_alive * 3 / 2;
        if silent && !self.silence_reported {
            self.silence_reported = true;
            say(Violation::new(Id::MQTT_3_1_2_23, Rule::Statement, 0));
        }
        let patience = match self.stage {
            Stage::Active if !self.keep_alive.is_zero() => self.keep_alive * 2,
            Stage::Active | Stage::AwaitConnect | Stage::AwaitConnack | Stage::Refused => PATIENCE,
        };
        if self.waits_since.is_some_and(|since| now.since(since) > patience) {
            self.waits_since = None;
            let (id, answer) = match self.stage {
                Stage::Active => (Id::MQTT_3_12_4_1, Kind::Pingresp),
                Stage::AwaitConnect | Stage::AwaitConnack | Stage::Refused => {
                    (Id::MQTT_3_2_0_1, Kind::Connack)
                }
            };
            say(Violation::new(id, Rule::StillWaiting, 0).seen_in(answer));
        }
        if let Some(doom) = self.client_has_to_close
            && now.since(doom.since) > CLOSE_WAIT_MAX
        {
            self.client_has_to_close = None;
            say(Violation::new(doom.id, doom.rule, 0));
        }
    }
}

/// Whether a text of the Client has a character that it should not use.
fn is_dubious(packet: &Packet<'_>) -> bool {
    match packet {
        Packet::Connect(connect) => {
            connect.client_id.dubious().is_some()
                || connect.will.is_some_and(|will| will.topic.dubious().is_some())
                || connect.login.is_some_and(|login| login.user_name.dubious().is_some())
        }
        Packet::Publish(publish) => publish.topic.dubious().is_some(),
        Packet::Subscribe(subscribe) => {
            subscribe.requests.iter().any(|(filter, _)| filter.dubious().is_some())
        }
        Packet::Unsubscribe(unsubscribe) => {
            unsubscribe.filters.iter().any(|filter| filter.dubious().is_some())
        }
        Packet::Connack(_)
        | Packet::Puback(_)
        | Packet::Pubrec(_)
        | Packet::Pubrel(_)
        | Packet::Pubcomp(_)
        | Packet::Suback(_)
        | Packet::Unsuback(_)
        | Packet::Pingreq(_)
        | Packet::Pingresp(_)
        | Packet::Disconnect(_) => false,
    }
}

/// What a Server may do with a CONNECT that is not right.
fn bad_connect(violation: Violation, bytes: &[u8]) -> BadConnect {
    let rule = violation.rule;
    if rule == Rule::ClientIdEmpty {
        return BadConnect::Nameless;
    }
    if rule == Rule::ProtocolName {
        return BadConnect::Refusable(Id::MQTT_3_1_2_1);
    }
    if rule == Rule::TopicEmpty || rule == Rule::WildcardInTopicName {
        return BadConnect::Refusable(Id::MQTT_4_8_0_1);
    }
    if rule != Rule::ProtocolLevel {
        // Of two faults a Server may act on either, and this one is answered.
        return match is_nameless(bytes) {
            true => BadConnect::Refusable(Id::MQTT_3_1_4_1),
            false => BadConnect::Malformed(Id::MQTT_3_1_4_1),
        };
    }
    let level = usize::try_from(violation.at).ok().and_then(|at| bytes.get(at));
    match level {
        Some(0..=2 | 6..=0x7F) => BadConnect::Level,
        Some(_) | None => BadConnect::OtherSpecification,
    }
}

/// Whether a CONNECT has CleanSession 0 and an empty Client Identifier, whatever else it has.
fn is_nameless(bytes: &[u8]) -> bool {
    let body = bytes.iter().skip(1).position(|byte| byte & 0x80 == 0).map(|at| at + 2);
    let body = body.and_then(|at| bytes.get(at..)).unwrap_or_default();
    let flags = body.get(7).copied().unwrap_or(2);
    body.starts_with(b"\0\x04MQTT\x04") && flags & 2 == 0 && body.get(10..12) == Some(&[0, 0])
}

/// The two bytes behind the Remaining Length.
fn packet_id(bytes: &[u8]) -> Option<u16> {
    let body = bytes.iter().skip(1).position(|byte| byte & 0x80 == 0).map(|at| at + 2)?;
    bytes.get(body..)?.first_chunk().map(|id| u16::from_be_bytes(*id))
}

/// Whether nothing but a close is permitted.
fn has_to_close(violation: Violation) -> bool {
    let malformed_filter =
        [Rule::TopicEmpty, Rule::MisplacedHash, Rule::MisplacedPlus].contains(&violation.rule);
    match violation.packet {
        Some(Kind::Subscribe | Kind::Unsubscribe) => !malformed_filter,
        Some(Kind::Puback | Kind::Pubrec | Kind::Pubrel | Kind::Pubcomp) => {
            violation.rule != Rule::PacketIdZero
        }
        // The statement only allows the close.
        Some(Kind::Connect) => violation.rule != Rule::ProtocolName,
        Some(_) | None => true,
    }
}

/// Under which statement a Server has to close for it: the one that was broken where it asks for
/// that itself, as those on flags, text and QoS do.
fn closing_statement(violation: Violation) -> Id {
    let topic = [Rule::TopicEmpty, Rule::WildcardInTopicName].contains(&violation.rule);
    if violation.packet != Some(Kind::Connect) {
        if [Rule::TextNotUtf8, Rule::TextWithNul].contains(&violation.rule) {
            return match violation.rule == Rule::TextNotUtf8 {
                true => Id::MQTT_1_5_3_1,
                false => Id::MQTT_1_5_3_2,
            };
        }
        let asks_itself = [
            Rule::FlagsNotZero,
            Rule::FlagsNotTwo,
            Rule::DupAtQosZero,
            Rule::QosThree,
            Rule::RequestedQosThree,
            Rule::RequestedQosReserved,
        ];
        if asks_itself.contains(&violation.rule) { violation.id } else { Id::MQTT_4_8_0_1 }
    } else if violation.rule == Rule::ProtocolLevel {
        Id::MQTT_3_1_2_2
    } else if violation.rule == Rule::ClientIdEmpty {
        Id::MQTT_3_1_3_8
    } else if topic {
        // Section 3.1 asks a Will Topic for no more than text.
        Id::MQTT_4_8_0_1
    } else {
        Id::MQTT_3_1_4_1
    }
}
