//! §3.3.1.3: which message a topic may hold, as far as it can be known from outside.
//!
//! A publication counts from its acknowledgement; before it, the old message and the new one are
//! both possible. What a QoS 0 publication left behind may be nothing, but never the old message.

use std::collections::BTreeMap;

use super::Message;
use crate::packet::Qos;
use crate::topic::{TopicFilter, TopicName};

/// So many publications to one topic are remembered; an older one is possible for ever.
const HISTORY_MAX: usize = 16;
/// Topics beyond these are not judged.
const TOPICS_MAX: usize = 16_384;

/// The retained messages of one Server.
#[derive(Debug)]
pub(super) struct Retained {
    topics: BTreeMap<String, History>,
    /// Whether a topic had to be left out.
    full: bool,
}

/// The publications to one topic.
#[derive(Debug, Default)]
struct History {
    kept: Vec<Kept>,
    /// Whether one had to be forgotten.
    full: bool,
}

/// One publication with RETAIN 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) content: u64,
    pub(super) qos: Qos,
    pub(super) empty: bool,
    pub(super) source: u64,
    /// Whether it was a Will.
    pub(super) will: bool,
    /// When it was published, counted.
    pub(super) place: u64,
    settled: Option<u64>,
    gone: Option<u64>,
}

/// What is known of a message that came with RETAIN 1.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// It may be the retained message, by one of these publications; of equal ones it cannot be
    /// told by which.
    Possible(Vec<Kept>),
    /// It was, but another one replaced it, or an empty one removed it.
    Replaced,
    Removed,
    /// It never was.
    Never,
    /// This topic is not followed any more.
    Unjudged,
}

impl Kept {
    pub(super) const fn new(message: &Message, place: u64) -> Kept {
        Kept {
            content: message.content,
            qos: message.qos,
            empty: message.empty,
            source: message.source,
            will: message.will.is_some(),
            place,
            settled: None,
            gone: None,
        }
    }
}

impl Retained {
    pub(super) const fn new() -> Retained {
        Retained { topics: BTreeMap::new(), full: false }
    }

    /// A message is published with RETAIN 1; how many bytes of text are stored for it.
    pub(super) fn publish(&mut self, topic: &str, kept: Kept) -> usize {
        let new = !self.topics.contains_key(topic);
        if new && self.topics.len() >= TOPICS_MAX {
            self.full = true;
            return 0;
        }
        let history = self.topics.entry(topic.to_owned()).or_default();
        history.kept.push(kept);
        if history.kept.len() > HISTORY_MAX {
            history.kept.remove(0);
            history.full = true;
        }
        if new { topic.len() } else { 0 }
    }

    /// The Server has certainly taken this publication by now.
    pub(super) fn settle(&mut self, topic: &str, place: u64, now: u64) {
        let Some(History { kept: history, .. }) = self.topics.get_mut(topic) else { return };
        let Some(this) = history.iter_mut().find(|kept| kept.place == place) else { return };
        if this.settled.is_some() {
            return;
        }
        this.settled = Some(now);
        let this = *this;
        for kept in history.iter_mut().filter(|kept| kept.place < place && kept.gone.is_none()) {
            let before = kept.settled.is_some_and(|at| at < place);
            if before || kept.source == this.source {
                kept.gone = Some(now);
            }
        }
    }

    /// Whether this may be the retained message of its topic for somebody who asked at `since`.
    pub(super) fn known(&self, topic: &str, content: u64, since: u64) -> Known {
        let history = match self.topics.get(topic) {
            None if self.full => return Known::Unjudged,
            None => &[][..],
            Some(history) if history.full => return Known::Unjudged,
            Some(history) => &history.kept,
        };
        let same = |kept: &&Kept| kept.content == content;
        let held = |kept: &&Kept| kept.gone.is_none_or(|at| at > since);
        let possible: Vec<Kept> = history.iter().filter(same).filter(held).copied().collect();
        if !possible.is_empty() {
            return Known::Possible(possible);
        }
        match history.iter().rev().find(same) {
            None => Known::Never,
            Some(old) => {
                let next = history.iter().find(|kept| kept.place > old.place);
                if next.is_some_and(|kept| kept.empty) { Known::Removed } else { Known::Replaced }
            }
        }
    }

    /// Whether a later one of the same source and level was published no later than `until`.
    pub(super) fn was_followed(&self, topic: &str, kept: Kept, until: u64) -> bool {
        self.topics.get(topic).is_some_and(|history| {
            let later = history.kept.iter().filter(|other| other.place > kept.place);
            let mut alike =
                later.filter(|other| other.source == kept.source && other.qos == kept.qos);
            alike.any(|other| other.place <= until)
        })
    }

    /// The topics below `filter` that certainly hold a message at QoS 1 or 2.
    pub(super) fn certain(&self, filter: TopicFilter<'_>) -> Vec<(String, Kept)> {
        let mut found = Vec::new();
        // Nothing has to be kept for a topic that begins with $.
        for (topic, history) in self.topics.iter().filter(|(topic, _)| !topic.starts_with('$')) {
            let mut held = history.kept.iter().filter(|kept| kept.gone.is_none());
            let (Some(kept), None) = (held.next(), held.next()) else { continue };
            let sure = kept.settled.is_some() && !kept.empty && kept.qos != Qos::AtMostOnce;
            if sure && TopicName::new(topic).is_ok_and(|name| filter.matches(name)) {
                found.push((topic.clone(), *kept));
            }
        }
        found
    }
}
