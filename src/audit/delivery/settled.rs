//! What is missing once everything has had its time: §3.1.2.5, §3.1.4, §3.3.1.3, §4.4, §4.5.

use std::collections::BTreeSet;

use super::session::bit;
use super::{Certainty, Delivery, Finding, at_rest};
use crate::packet::{Party, Qos};
use crate::spec::Id;
use crate::violation::Rule;

impl Delivery {
    /// Nothing more is on its way: every Client reads, and the Server has had the time to send
    /// what it wants to send. What has not come by now is missing.
    pub fn settled(&mut self, report: &mut impl FnMut(Finding)) {
        self.place += 1;
        self.take_the_unacknowledged();
        for line in self.lines.values_mut() {
            if line.superseded {
                line.superseded = false;
                line.accepted = false;
                report(at_rest(Party::Server, Id::MQTT_3_1_4_2, Rule::StillOpen));
            } else if line.accepted
                && !line.disconnected
                && line.will.take_if(|will| will.fired).is_some()
            {
                report(at_rest(Party::Server, Id::MQTT_3_1_2_8, Rule::Statement));
            }
        }
        for session in self.sessions.values_mut() {
            let Some(link) = session.link else { continue };
            let resumed = self.lines.get(&link).is_some_and(|line| line.resumed);
            let owed = session.out.values().any(|out| out.link != link);
            if resumed && owed {
                report(at_rest(Party::Server, Id::MQTT_4_4_0_1, Rule::MessageLost));
                session.out.retain(|_, out| out.link == link);
            }
            if resumed && !session.client_resent.missed && session.client_owes(link) {
                report(at_rest(Party::Client, Id::MQTT_4_4_0_1, Rule::Statement));
                // It may still send again, and that is no new message then.
                session.client_resent.missed = true;
            }
            let waiting = session.dues.waiting() > self.declared.queue;
            if session.overrun || !session.out.is_empty() || waiting {
                continue;
            }
            for (topic, id) in session.retained_owed.drain(..) {
                if self.declared.is_mine(&topic) {
                    report(at_rest(Party::Server, id, Rule::MessageLost));
                }
            }
            // A copy may have been another message's of the same content that need not have come.
            let spare = session.dues.iter_mut().filter(|due| due.copies > 0 && !due.is_certain());
            let spare: BTreeSet<u64> = spare.map(|due| due.content).collect();
            for due in session.dues.iter_mut().filter(|due| !due.judged) {
                let Some(message) = self.messages.get(&due.message) else { continue };
                let counts = due.is_certain() && !message.topic.starts_with('$');
                // The lowest level at which it may come.
                let lowest = Qos::ALL.into_iter().find(|qos| due.fits(*qos));
                if !counts || lowest.is_none_or(|qos| qos == Qos::AtMostOnce) && due.copies == 0 {
                    continue;
                }
                if due.copies == 0 && !spare.contains(&due.content) {
                    let id = match (message.will, due.away) {
                        (Some(_), true | false) => Id::MQTT_3_1_2_8,
                        (None, true) => Id::MQTT_3_1_2_5,
                        (None, false) => Id::MQTT_4_5_0_1,
                    };
                    report(at_rest(Party::Server, id, Rule::MessageLost));
                } else if due.copies > 0
                    && due.wanted.is_some_and(|wanted| due.came & bit(wanted) == 0)
                    && self.declared.is_followed(&message.topic)
                {
                    report(at_rest(Party::Server, Id::MQTT_3_3_5_1, Rule::Statement));
                }
                due.judged = true;
            }
        }
    }

    /// QoS 0 publications and Wills get no acknowledgement; by now they have been taken.
    fn take_the_unacknowledged(&mut self) {
        let places: Vec<u64> = self
            .untaken
            .iter()
            .copied()
            .filter(|place| {
                self.messages.get(place).is_some_and(|message| match message.will {
                    Some(certainty) => certainty == Certainty::Due,
                    None => {
                        message.qos == Qos::AtMostOnce && self.lines.contains_key(&message.link)
                    }
                })
            })
            .collect();
        for place in places {
            self.taken(place);
        }
    }
}
