//! §3.1.2.4, §3.1.2.5, §3.1.4, §3.2.2: how connections begin, take sessions over, and end.

use std::collections::BTreeSet;

use super::digest;
use super::session::{Resent, Session, Standing};
use super::{
    ABSENCE_MAX, Certainty, Delivery, Found, Line, MESSAGES_MAX, SESSIONS_MAX, Start, Will,
};
use crate::packet::{Connack, Connect};
use crate::spec::Id;
use crate::time::{Duration, Instant};
use crate::violation::Rule;

impl Delivery {
    pub(super) fn connects(&mut self, link: u64, connect: &Connect<'_>) {
        if self.lines.contains_key(&link) {
            return;
        }
        let name = if connect.client_id.is_empty() {
            // No Client can have this name.
            format!("\0{link}")
        } else {
            connect.client_id.as_str().to_owned()
        };
        let will = connect.will.map(|will| Will {
            topic: will.topic.as_str().to_owned(),
            content: digest((will.topic.as_str(), will.message)),
            qos: will.qos,
            retain: will.retain,
            empty: will.message.is_empty(),
            fired: false,
        });
        if self.lines.len() >= SESSIONS_MAX || self.session(&name).is_none() {
            return self.look_away();
        }
        self.stores(&name, name.len() + will.as_ref().map_or(0, |will| will.topic.len()));
        let clean = connect.clean_session;
        self.lines.insert(link, Line { name, clean, will, ..Line::default() });
    }

    pub(super) fn disconnects(&mut self, link: u64, name: &str) {
        let open = self.sessions.get(name).is_some_and(|session| !session.inbound.is_empty());
        let Some(line) = self.lines.get_mut(&link) else { return };
        line.disconnected = true;
        if open || !line.subscribes.is_empty() || !line.unsubscribes.is_empty() {
            // The Server may have closed before it came to the DISCONNECT.
            self.fire(link, Certainty::Perhaps);
        } else if let Some(will) = line.will.take()
            && !will.fired
            && self.dropped_wills.len() < MESSAGES_MAX
        {
            self.dropped_wills.insert(will.content);
        }
    }

    /// The connection has been closed, by whomever, or has failed.
    pub fn closed(&mut self, now: Instant, link: u64) {
        self.place += 1;
        let Some(line) = self.lines.get(&link) else { return };
        if !line.disconnected {
            self.fire(link, Certainty::Due);
        }
        for place in &self.untaken {
            if let Some(message) = self.messages.get_mut(place).filter(|one| one.link == link) {
                message.ordered = false;
            }
        }
        let Some(line) = self.lines.remove(&link) else { return };
        if !line.accepted {
            // The Server may have accepted what was never answered.
            if let Some(session) = self.sessions.get_mut(&line.name) {
                session.uncertain |= !line.refused;
            }
            self.leave(&line);
        } else if !line.superseded
            && let Some(session) = self.sessions.get_mut(&line.name)
        {
            session.link = None;
            session.away_since = Some(now).filter(|_| !session.clean);
            // What the next connection has sent ahead of its CONNACK is not to be forgotten.
            let next = self.lines.values().any(|other| other.name == line.name);
            if session.clean && !next {
                self.end(&line.name);
            }
        }
    }

    /// A session is over.
    fn end(&mut self, name: &str) {
        let Some(session) = self.sessions.remove(name) else { return };
        self.text = self.text.saturating_sub(session.text);
        let nameless = name.starts_with('\0');
        // That there is none is worth knowing if there might have been one.
        if self.declared.start != Start::Empty
            && !nameless
            && let Some(session) = self.session(name)
        {
            session.uncertain = false;
        }
    }

    /// A connection that was not accepted leaves nothing behind, or perhaps a session.
    fn leave(&mut self, line: &Line) {
        let others = self.lines.values().any(|other| other.name == line.name);
        let was = |session: &Session| session.link.is_some() || session.away_since.is_some();
        let known = self.sessions.get(&line.name).is_none_or(was);
        let nameless = line.name.starts_with('\0');
        let nothing = line.refused && self.declared.start == Start::Empty;
        if !others
            && !known
            && (nameless || nothing)
            && let Some(session) = self.sessions.remove(&line.name)
        {
            self.text = self.text.saturating_sub(session.text);
        }
    }

    /// CONNACK.
    pub(super) fn answers(
        &mut self,
        now: Instant,
        link: u64,
        name: &str,
        connack: Connack,
        found: Found<'_>,
    ) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        if line.accepted || line.refused {
            return;
        }
        match connack {
            Connack::Accepted { session_present } => {
                line.accepted = true;
                line.resumed = session_present;
                self.accepts(now, link, name, session_present, found);
            }
            Connack::Refused(_) => {
                line.refused = true;
                for place in &self.untaken {
                    let sent = self.messages.get_mut(place).filter(|one| one.link == link);
                    if let Some(message) = sent {
                        message.void = true;
                    }
                }
            }
        }
    }

    /// CONNACK 0: a session begins or goes on, and another connection may have to end.
    fn accepts(&mut self, now: Instant, link: u64, name: &str, present: bool, found: Found<'_>) {
        let clean = self.lines.get(&link).is_some_and(|line| line.clean);
        let before = self.sessions.get(name).and_then(|session| session.link);
        if let Some(old) = before.filter(|old| *old != link) {
            self.fire(old, Certainty::Due);
            if let Some(line) = self.lines.get_mut(&old) {
                line.superseded = true;
            }
        }
        let queue = self.declared.queue;
        let Some(session) = self.session(name) else { return };
        let existed = !session.clean && (session.link.is_some() || session.away_since.is_some());
        let mut denied = false;
        if !clean && !session.uncertain {
            let absence = session.away_since.map_or(Duration::ZERO, |since| now.since(since));
            let excused =
                absence > ABSENCE_MAX || session.dues.waiting() > queue || session.overrun;
            if existed && !present && !excused {
                denied = true;
                found(Id::MQTT_3_2_2_2, Rule::Statement);
            }
            if !existed && present {
                found(Id::MQTT_3_2_2_3, Rule::Statement);
            }
        }
        let older = session.uncertain && present;
        if clean || !present || !existed {
            self.begins(link, name);
        }
        let Some(session) = self.sessions.get_mut(name) else { return };
        // What it holds from before has not been seen.
        session.overrun |= older || denied;
        session.clean = clean;
        session.uncertain = false;
        session.link = Some(link);
        session.away_since = None;
        session.server_resent = Resent::default();
        session.client_resent = Resent::default();
    }

    /// A session begins. What was sent ahead of the CONNACK belongs to it.
    fn begins(&mut self, link: u64, name: &str) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        let before = core::mem::take(session);
        let requests = self.lines.get(&link).map(|line| &line.subscribes);
        let requests: BTreeSet<&String> = requests
            .into_iter()
            .flat_map(|requests| requests.values().flat_map(|asked| &asked.filters))
            .collect();
        let inbound = before.inbound.iter().filter(|(_, open)| open.link == link);
        let inbound = inbound.map(|(id, open)| (*id, *open)).collect();
        let asked = before.asked.iter().filter(|entry| requests.contains(&entry.filter));
        let asked = asked.cloned().collect();
        let ahead = before.subscriptions.iter().filter(|(filter, _)| requests.contains(filter));
        let ahead = ahead.map(|(filter, one)| {
            (filter.clone(), super::session::Subscription { standing: Standing::Perhaps, ..*one })
        });
        let subscriptions = ahead.collect();
        *session = Session { inbound, asked, subscriptions, ..before.forgotten() };
        // What has been taken since the first of these requests may find it in force as well.
        let since = session.asked.iter().map(|entry| entry.place).min().unwrap_or(u64::MAX);
        let early = self.untaken.range(..since).copied();
        let late = self.messages.range(since..).map(|(place, _)| *place);
        for place in early.chain(late) {
            let Some(message) = self.messages.get(&place) else { continue };
            let due = session.due(place, message.content, &message.topic, message.qos);
            if let Some(due) = due {
                session.owes(super::dues::Due { sure: false, ..due });
            }
        }
    }
}
