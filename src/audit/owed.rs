//! §3.1.4, §3.3.4, §3.8.4, §3.10.4, §3.12.4, §4.3: what a Server has not answered although it has
//! had its time.
//!
//! Silence is a breach only on an open connection whose Client has kept the rules: whoever has to
//! close need not answer first, and a Client that has said DISCONNECT waits for nothing. Clients
//! are not judged: the standard gives them no time either, and an observer cannot tell how long one
//! may take. Everything is reported once.

use super::{Asked, Audit, Finding, Stage};
use crate::packet::{Kind, Party};
use crate::spec::Id;
use crate::violation::{Rule, Violation};

impl Audit {
    /// Nothing is on its way: the Server has read what was sent, and what it wanted to send has
    /// arrived. What it has not answered by now is not going to be answered.
    pub fn settled(&mut self, report: &mut impl FnMut(Finding)) {
        let excused = self.closed
            || self.disconnected.is_some()
            || self.bad_connect.is_some()
            || self.server_has_to_close.is_some()
            || self.from_client.blurred;
        if excused {
            return;
        }
        let mut say = |id, rule, unanswered| {
            let violation = Violation::new(id, rule, 0).seen_in(unanswered);
            report(Finding { by: Party::Server, violation });
        };
        match self.stage {
            Stage::AwaitConnect | Stage::Refused => {}
            Stage::AwaitConnack => {
                if !core::mem::replace(&mut self.connack_missed, true) {
                    say(Id::MQTT_3_1_4_4, Rule::Unanswered, Kind::Connect);
                }
            }
            Stage::Active => self.server_owes(&mut say),
        }
    }

    fn server_owes(&mut self, say: Say<'_>) {
        for ((asked, _), request) in &mut self.requests {
            if core::mem::replace(&mut request.told, true) {
                continue;
            }
            match asked {
                Asked::Subscribe => say(Id::MQTT_3_8_4_1, Rule::Unanswered, Kind::Subscribe),
                Asked::Unsubscribe => say(Id::MQTT_3_10_4_4, Rule::Unanswered, Kind::Unsubscribe),
            }
        }
        if core::mem::take(&mut self.pings) > 0 {
            say(Id::MQTT_3_12_4_1, Rule::Unanswered, Kind::Pingreq);
        }
        self.from_client.receiver_owes(say);
        self.from_server.sender_owes(say);
    }
}

/// Collects what is not answered: the statement, the rule and the packet that waits.
pub(super) type Say<'a> = &'a mut dyn FnMut(Id, Rule, Kind);
