//! §3.8.4, §3.10.4: when a subscription is certainly in force, and when it perhaps is.

use super::dues::Due;
use super::session::{ENTRIES_MAX, Entry, Standing, Subscription, bit, matches};
use super::{Asked, Delivery};
use crate::packet::{Qos, ReturnCode, Suback, Subscribe};
use crate::spec::Id;
use crate::topic::TopicFilter;

impl Delivery {
    pub(super) fn client_subscribes(&mut self, link: u64, name: &str, subscribe: &Subscribe<'_>) {
        let place = self.place;
        let requests = subscribe.requests.iter();
        let requests: Vec<(String, Qos)> =
            requests.map(|(filter, qos)| (filter.as_str().to_owned(), qos)).collect();
        let mut certain = Vec::new();
        for (entry, (filter, asked)) in requests.iter().enumerate() {
            let grants = Qos::ALL.into_iter().filter(|qos| qos <= asked);
            let grants = grants.fold(0, |all, qos| all | bit(qos));
            self.may_change(name, filter, grants, false);
            self.stores(name, filter.len() * 3);
            let Some(session) = self.sessions.get_mut(name) else { return };
            if session.asked.len() < ENTRIES_MAX {
                session.asked.push(Entry { filter: filter.clone(), place, grants, answered: None });
            } else {
                session.overrun = true;
            }
            if let Ok(filter) = TopicFilter::new(filter) {
                let held = self.retained.certain(filter).into_iter();
                let room = ENTRIES_MAX.saturating_sub(certain.len());
                certain.extend(held.take(room).map(|(topic, kept)| (entry, topic, kept)));
            }
        }
        if let Some(line) = self.lines.get_mut(&link) {
            let filters = requests.into_iter().map(|(filter, _)| filter).collect();
            let asked = Asked { place, filters, certain };
            line.subscribes.insert(subscribe.packet_id.get(), asked);
        }
    }

    /// From now until the answer a filter is in force or not, by these grants or the former ones.
    fn may_change(&mut self, name: &str, filter: &str, grants: u8, leaves: bool) {
        let messages = &self.messages;
        let concerned = |place: &u64| {
            messages.get(place).is_some_and(|message| matches(filter, &message.topic))
        };
        let Some(session) = self.sessions.get_mut(name) else { return };
        let perhaps = Subscription { standing: Standing::Perhaps, grants };
        let full = session.subscriptions.len() >= ENTRIES_MAX;
        match session.subscriptions.get_mut(filter) {
            Some(before) if leaves => before.standing = Standing::Perhaps,
            // Replaced, never interrupted: only the grant is in doubt.
            Some(before) => before.grants |= grants,
            None if leaves || full => {
                session.overrun |= !leaves;
            }
            None => {
                session.subscriptions.insert(filter.to_owned(), perhaps);
                // What the Server has not taken yet may find the subscription in force.
                for place in self.untaken.iter().filter(|place| concerned(place)) {
                    let Some(message) = messages.get(place) else { continue };
                    if session.dues.widen(*place) {
                        continue;
                    }
                    let due = session.due(*place, message.content, &message.topic, message.qos);
                    if let Some(due) = due {
                        session.owes(Due { sure: false, ..due });
                    }
                }
            }
        }
        session.dues.unsettle(|place| concerned(&place), grants, leaves);
    }

    pub(super) fn server_grants(&mut self, link: u64, name: &str, suback: &Suback<'_>) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        let Some(asked) = line.subscribes.remove(&suback.packet_id.get()) else { return };
        let last = line.subscribes.is_empty();
        let Some(session) = self.sessions.get_mut(name) else { return };
        let messages = &self.messages;
        let concerned = |filter: &str, place: u64| {
            messages.get(&place).is_some_and(|message| matches(filter, &message.topic))
        };
        let entries = session.asked.iter_mut().filter(|entry| entry.place == asked.place);
        for (entry, code) in entries.zip(suback.return_codes.iter()) {
            entry.answered = Some(self.place);
            if let ReturnCode::Granted(granted) = code {
                entry.grants = bit(granted);
            }
        }
        for (entry, (filter, code)) in
            asked.filters.iter().zip(suback.return_codes.iter()).enumerate()
        {
            let granted = match code {
                ReturnCode::Granted(granted) => granted,
                ReturnCode::Failure => {
                    if let Some(before) = session.subscriptions.get_mut(filter) {
                        before.standing = Standing::Perhaps;
                    }
                    session.dues.unsettle(|place| concerned(filter, place), 0, true);
                    continue;
                }
            };
            let held = Subscription { standing: Standing::Held, grants: bit(granted) };
            let before = session.subscriptions.insert(filter.clone(), held);
            session.ended.remove(filter);
            session.dues.grant(|place| concerned(filter, place), granted);
            let again = before.is_some_and(|before| before.standing == Standing::Held);
            for (_, topic, kept) in asked.certain.iter().filter(|(of, _, _)| *of == entry) {
                let wanted = granted.min(kept.qos) != Qos::AtMostOnce;
                let got = session.retained_got.get(topic);
                let came = got.is_some_and(|(_, last)| *last > asked.place);
                if wanted && !came && session.retained_owed.len() < ENTRIES_MAX {
                    let id = match (again, kept.will) {
                        (true, true | false) => Id::MQTT_3_8_4_3,
                        (false, true) => Id::MQTT_3_1_2_17,
                        (false, false) => Id::MQTT_3_3_1_6,
                    };
                    session.retained_owed.push((topic.clone(), id));
                }
            }
        }
        if last {
            session.dues.all_granted();
        }
    }

    pub(super) fn client_unsubscribes(
        &mut self,
        link: u64,
        name: &str,
        id: u16,
        filters: Vec<String>,
    ) {
        for filter in &filters {
            self.stores(name, filter.len() * 2);
            self.may_change(name, filter, 0, true);
            if let Some(session) = self.sessions.get_mut(name) {
                // It may end before its retained messages are sent.
                session.retained_owed.retain(|(topic, _)| !matches(filter, topic));
            }
        }
        if let Some(line) = self.lines.get_mut(&link) {
            line.unsubscribes.insert(id, filters);
        }
    }

    pub(super) fn server_unsubscribes(&mut self, link: u64, name: &str, id: u16) {
        let line = self.lines.get_mut(&link);
        let Some(filters) = line.and_then(|line| line.unsubscribes.remove(&id)) else { return };
        let Some(session) = self.sessions.get_mut(name) else { return };
        for filter in filters {
            session.subscriptions.remove(&filter);
            if session.ended.len() < ENTRIES_MAX {
                session.ended.insert(filter);
            }
        }
    }
}
