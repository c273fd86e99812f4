//! §3.8.4, §3.10.4: when a subscription is certainly in force, and when it perhaps is.

use std::collections::BTreeSet;

use super::session::{ENTRIES_MAX, Entry, Standing, Subscription, bit, matches};
use super::{Asked, Delivery, requests};
use crate::packet::{Qos, ReturnCode, Suback, Subscribe};
use crate::topic::TopicFilter;

impl Delivery {
    pub(super) fn client_subscribes(&mut self, link: u64, name: &str, subscribe: &Subscribe<'_>) {
        let place = self.place;
        let requests = requests(subscribe);
        let mut certain = Vec::new();
        for (entry, (filter, asked)) in requests.iter().enumerate() {
            let grants = Qos::ALL.into_iter().filter(|qos| qos <= asked);
            let grants = grants.fold(0, |all, qos| all | bit(qos));
            self.may_change(name, filter, grants, false);
            let session = self.sessions.entry(name.to_owned()).or_default();
            if session.asked.len() < ENTRIES_MAX {
                session.asked.push(Entry { filter: filter.clone(), place, grants });
            } else {
                session.overrun = true;
            }
            if let Ok(filter) = TopicFilter::new(filter) {
                let held = self.retained.certain(filter).into_iter();
                certain.extend(held.map(|(topic, content, qos)| (entry, topic, content, qos)));
            }
            certain.truncate(ENTRIES_MAX);
        }
        if let Some(line) = self.lines.get_mut(&link) {
            let filters = requests.into_iter().map(|(filter, _)| filter).collect();
            let asked = Asked { place, filters, certain };
            line.subscribes.insert(subscribe.packet_id.get(), asked);
        }
    }

    /// From now until the answer a filter is in force or not, by these grants or the former ones.
    fn may_change(&mut self, name: &str, filter: &str, grants: u8, leaves: bool) {
        let concerned: BTreeSet<u64> = self
            .messages
            .iter()
            .filter(|(_, message)| matches(filter, &message.topic))
            .map(|(place, _)| *place)
            .collect();
        let session = self.sessions.entry(name.to_owned()).or_default();
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
                let late = concerned.iter().filter_map(|place| {
                    let message = self.messages.get(place).filter(|message| !message.taken)?;
                    Some((*place, message))
                });
                for (place, message) in late {
                    if let Some(due) = session.dues.iter_mut().find(|due| due.message == place) {
                        due.copies_max = due.copies_max.saturating_add(1);
                    } else if let Some(due) =
                        session.due(place, message.content, &message.topic, message.qos)
                    {
                        session.owes(super::session::Due { sure: false, ..due });
                    }
                }
            }
        }
        session.unsettle(&concerned, grants, leaves);
    }

    pub(super) fn server_grants(&mut self, link: u64, name: &str, suback: &Suback<'_>) {
        let line = self.lines.get_mut(&link);
        let Some(asked) = line.and_then(|line| line.subscribes.remove(&suback.packet_id.get()))
        else {
            return;
        };
        let Some(session) = self.sessions.get_mut(name) else { return };
        let entries = session.asked.iter_mut().filter(|entry| entry.place == asked.place);
        for (entry, code) in entries.zip(suback.return_codes.iter()) {
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
                    continue;
                }
            };
            let held = Subscription { standing: Standing::Held, grants: bit(granted) };
            session.subscriptions.insert(filter.clone(), held);
            session.ended.remove(filter);
            for (of, topic, content, stored) in &asked.certain {
                let wanted = *of == entry && granted.min(*stored) != Qos::AtMostOnce;
                let came = session.retained_got.contains_key(topic);
                if wanted && !came && session.retained_owed.len() < ENTRIES_MAX {
                    session.retained_owed.push((topic.clone(), *content));
                }
            }
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
