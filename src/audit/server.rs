//! What one connection shows about the Server: §3.1.2.10, §3.1.4, §3.2, §3.8.4, §3.10.4, §3.12.4.
//!
//! Exchanges are judged in `flow.rs`, what other connections have to do with it in `delivery`. A
//! close proves nothing against a Server; that a connection stays open may.

use super::{Asked, Audit, BadConnect, CLOSE_WAIT_MAX, Doom, Finding, Report, Stage, finding};
use crate::packet::{Connack, Kind, Packet, Party, Refusal, ReturnCode, Suback};
use crate::spec::Id;
use crate::time::{Duration, Instant};
use crate::violation::{Rule, Violation, Weight};

impl Audit {
    pub(super) fn server_sent(&mut self, now: Instant, packet: &Packet<'_>, report: Report<'_>) {
        let mut say = |id, rule| report(finding(Party::Server, id, rule, packet));
        if !packet.kind().goes_to(Party::Client) {
            say(Id::MQTT_4_8_0_1, Rule::WrongDirection);
            self.client_closes(now);
            return;
        }
        if let Packet::Connack(connack) = packet {
            self.server_answers(*connack, packet, report);
            if self.stage == Stage::Refused {
                let doom = Doom { since: now, id: Id::MQTT_3_2_2_5, rule: Rule::StillOpen };
                self.server_has_to_close.get_or_insert(doom);
            }
            return;
        }
        match self.stage {
            Stage::AwaitConnect | Stage::AwaitConnack => {
                say(Id::MQTT_3_2_0_1, Rule::ConnackNotFirst);
                return;
            }
            Stage::Refused => {
                say(Id::MQTT_3_1_4_5, Rule::Statement);
                return;
            }
            Stage::Active => {}
        }
        match packet {
            Packet::Publish(publish) => self.from_server.publish(publish, report),
            Packet::Puback(ack) => self.from_client.puback(ack.packet_id, packet, report),
            Packet::Pubrec(ack) => self.from_client.pubrec(ack.packet_id, packet, report),
            Packet::Pubrel(ack) => self.from_server.pubrel(ack.packet_id, packet, report),
            Packet::Pubcomp(ack) => self.from_client.pubcomp(ack.packet_id, packet, report),
            Packet::Suback(suback) => self.server_grants(suback, packet, report),
            Packet::Unsuback(unsuback) => {
                let asked = (Asked::Unsubscribe, unsuback.packet_id.get());
                if self.answer(asked).is_none() && !self.from_client.blurred {
                    say(Id::MQTT_3_10_4_4, Rule::Unsolicited);
                }
            }
            Packet::Pingresp(_) => {
                if self.pings == 0 && !self.from_client.blurred {
                    say(Id::MQTT_3_12_4_1, Rule::AnsweredTwice);
                }
                self.pings = self.pings.saturating_sub(1);
                if self.pings == 0 {
                    self.waits_since = None;
                }
            }
            // Judged above.
            Packet::Connack(_)
            | Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::Pingreq(_)
            | Packet::Disconnect(_) => {}
        }
    }

    /// CONNACK.
    fn server_answers(&mut self, connack: Connack, packet: &Packet<'_>, report: Report<'_>) {
        let mut say = |id, rule| report(finding(Party::Server, id, rule, packet));
        match self.stage {
            Stage::AwaitConnack => {}
            Stage::AwaitConnect => return say(Id::MQTT_4_8_0_1, Rule::Unsolicited),
            Stage::Active | Stage::Refused if self.connects > 1 => {
                return say(Id::MQTT_3_1_0_2, Rule::Unsolicited);
            }
            Stage::Active | Stage::Refused => return say(Id::MQTT_4_8_0_1, Rule::Unsolicited),
        }
        let accepted = matches!(connack, Connack::Accepted { .. });
        match self.bad_connect {
            None => {
                if self.clean_session && connack == (Connack::Accepted { session_present: true }) {
                    say(Id::MQTT_3_2_2_1, Rule::Statement);
                }
            }
            Some(BadConnect::Malformed(id)) => say(id, Rule::Statement),
            Some(BadConnect::Refusable(id)) if accepted => say(id, Rule::Statement),
            Some(BadConnect::Level)
                if connack != Connack::Refused(Refusal::UnacceptableProtocolVersion) =>
            {
                say(Id::MQTT_3_1_2_2, Rule::Statement);
            }
            Some(BadConnect::Nameless)
                if connack != Connack::Refused(Refusal::IdentifierRejected) =>
            {
                say(Id::MQTT_3_1_3_8, Rule::Statement);
            }
            Some(
                BadConnect::Refusable(_)
                | BadConnect::Level
                | BadConnect::Nameless
                | BadConnect::OtherSpecification,
            ) => {}
        }
        self.opened_with(connack);
        self.waits_since = None;
    }

    /// SUBACK.
    fn server_grants(&mut self, suback: &Suback<'_>, packet: &Packet<'_>, report: Report<'_>) {
        let mut say = |id, rule| report(finding(Party::Server, id, rule, packet));
        let Some(requested) = self.answer((Asked::Subscribe, suback.packet_id.get())) else {
            let refused = suback.return_codes.iter().any(|code| code == ReturnCode::Failure);
            let id = suback.packet_id.get();
            let malformed = self.malformed.subscribe.take_if(|asked| *asked == id).is_some();
            return match (malformed, refused, self.from_client.blurred) {
                (true, true, _) => say(Id::MQTT_4_8_0_1, Rule::MalformedFilterAnswered),
                (true, false, _) => {
                    let asked = self.server_has_to_close.map(|doom| doom.id);
                    say(asked.unwrap_or(Id::MQTT_4_8_0_1), Rule::Unsolicited);
                }
                (false, _, false) => say(Id::MQTT_3_8_4_2, Rule::Unsolicited),
                // It may answer what came behind the malformed packet.
                (false, _, true) => {}
            };
        };
        let Some(requested) = requested else { return };
        if requested.len() != suback.return_codes.len() {
            return say(Id::MQTT_3_8_4_5, Rule::ReturnCodeCount);
        }
        let granted: Vec<u8> = suback.return_codes.iter().map(ReturnCode::byte).collect();
        let above = |(granted, requested): (&u8, &u8)| *granted != 0x80 && granted > requested;
        if granted.iter().zip(&requested).any(above) {
            let sorted = |codes: &[u8]| {
                let mut codes = codes.to_vec();
                codes.sort_unstable();
                codes
            };
            if sorted(&granted) == sorted(&requested) {
                say(Id::MQTT_3_9_3_1, Rule::Statement);
            } else {
                say(Id::MQTT_3_8_4_5, Rule::GrantAboveRequest);
            }
        }
    }

    /// Takes note that a request is answered; what was requested, if there was such a request.
    #[expect(clippy::option_option, reason = "no such request, or one too large to remember")]
    fn answer(&mut self, asked: (Asked, u16)) -> Option<Option<Vec<u8>>> {
        let request = self.requests.get_mut(&asked)?;
        request.copies -= 1;
        if request.copies > 0 {
            return Some(request.requested.clone());
        }
        let requested = self.requests.remove(&asked)?.requested;
        let codes = requested.as_ref().map_or(0, Vec::len);
        self.codes_kept = self.codes_kept.saturating_sub(codes);
        Some(requested)
    }

    pub(super) fn server_broke(&mut self, now: Instant, violation: Violation, report: Report<'_>) {
        let zero = violation.rule == Rule::PacketIdZero;
        let echo = match violation.packet {
            Some(Kind::Pubcomp) => zero && self.malformed.pubrel_zero,
            Some(Kind::Pubrel) => zero && self.malformed.pubrec_zero,
            Some(Kind::Puback | Kind::Pubrec) => zero && self.malformed.publish_zero,
            Some(Kind::Suback) => zero && self.malformed.subscribe_zero,
            Some(Kind::Unsuback) => zero && self.malformed.unsubscribe_zero,
            Some(_) | None => false,
        };
        // It answers an identifier 0 with the same.
        if echo {
            return;
        }
        report(Finding { by: Party::Server, violation });
        if violation.rule.weight() == Weight::Breach {
            self.from_server.blurred = true;
            self.from_client.deaf = true;
            self.client_closes(now);
        }
    }

    fn client_closes(&mut self, now: Instant) {
        let doom = Doom { since: now, id: Id::MQTT_4_8_0_1, rule: Rule::StillOpen };
        self.client_has_to_close.get_or_insert(doom);
    }

    /// What time alone shows about the Server.
    pub(super) fn server_waits(&mut self, now: Instant, report: Report<'_>) {
        let mut say = |id, rule| {
            report(Finding { by: Party::Server, violation: Violation::new(id, rule, 0) });
        };
        if let Some(doom) = self.server_has_to_close
            && now.since(doom.since) > CLOSE_WAIT_MAX
        {
            self.server_has_to_close = None;
            say(doom.id, doom.rule);
        }
        if self.disconnected.is_some_and(|since| now.since(since) > CLOSE_WAIT_MAX) {
            self.disconnected = Some(Instant(u64::MAX));
            say(Id::MQTT_3_14_4_1, Rule::OpenAfterDisconnect);
        }
        let limit = self.keep_alive * 3 / 2 + (self.keep_alive / 4).max(Duration::from_secs(2));
        let silent = self.stage == Stage::Active
            && self.disconnected.is_none()
            && !self.keep_alive.is_zero()
            && now.since(self.heard) > limit;
        if silent {
            self.keep_alive = Duration::ZERO;
            say(Id::MQTT_3_1_2_24, Rule::StillOpen);
        }
    }

    /// The Server closes.
    pub(super) fn server_closed(&mut self, now: Instant, report: Report<'_>) {
        let mut say = |id, rule| {
            report(Finding { by: Party::Server, violation: Violation::new(id, rule, 0) });
        };
        let answerable = match self.bad_connect {
            None => self.server_has_to_close.is_none(),
            Some(BadConnect::Level | BadConnect::Nameless) => true,
            Some(
                BadConnect::Malformed(_)
                | BadConnect::Refusable(_)
                | BadConnect::OtherSpecification,
            ) => false,
        };
        if self.stage == Stage::AwaitConnack && answerable {
            say(Id::MQTT_3_2_2_6, Rule::RefusedSilently);
        }
        let silence = now.since(self.heard);
        let early = silence > self.keep_alive && silence < self.keep_alive * 3 / 2;
        if self.stage == Stage::Active && early && !self.keep_alive.is_zero() {
            say(Id::MQTT_3_1_2_24, Rule::ClosedEarly);
        }
    }
}

/// What the Server answers to a packet behind DISCONNECT: the violation should have made it close.
pub(super) fn after_disconnect(found: Finding) -> Finding {
    let violation = found.violation;
    let answer = violation.rule == Rule::Unsolicited
        || (violation.rule == Rule::AnsweredTwice && violation.packet == Some(Kind::Pingresp));
    if found.by != Party::Server || !answer {
        return found;
    }
    let violation = Violation { id: Id::MQTT_4_8_0_1, rule: Rule::Unsolicited, ..violation };
    Finding { violation, ..found }
}
