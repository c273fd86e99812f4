//! §3.3.1.3: which message a topic may hold, as far as it can be known from outside.
//!
//! A publication counts from its acknowledgement; before it, the old message and the new one are
//! both possible. What a QoS 0 publication left behind may be nothing, but never the old message.

use std::collections::BTreeMap;

use crate::packet::Qos;
use crate::topic::{TopicFilter, TopicName};

/// So many publications to one topic are remembered; an older one is possible for ever.
const HISTORY_MAX: usize = 16;
/// Topics beyond these are not judged.
const TOPICS_MAX: usize = 16_384;

/// The retained messages of one Server.
#[derive(Debug)]
pub(super) struct Retained {
    topics: BTreeMap<String, Vec<Kept>>,
    /// Whether something had to be forgotten.
    full: bool,
}

/// One publication with RETAIN 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) content: u64,
    pub(super) qos: Qos,
    pub(super) empty: bool,
    pub(super) source: u64,
    /// When it was published, counted.
    pub(super) place: u64,
    settled: Option<u64>,
    gone: Option<u64>,
}

/// What is known of a message that came with RETAIN 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It may be the retained message, published at this level.
    Possible(Qos),
    /// It was, but another one replaced it, or an empty one removed it.
    Replaced,
    Removed,
    /// It never was.
    Never,
    /// This topic is not followed any more.
    Unjudged,
}

impl Kept {
    pub(super) const fn new(content: u64, qos: Qos, empty: bool, source: u64, place: u64) -> Kept {
        Kept { content, qos, empty, source, place, settled: None, gone: None }
    }
}

impl Retained {
    pub(super) const fn new() -> Retained {
        Retained { topics: BTreeMap::new(), full: false }
    }

    pub(super) fn publish(&mut self, topic: &str, kept: Kept) {
        if !self.topics.contains_key(topic) && self.topics.len() >= TOPICS_MAX {
            self.full = true;
            return;
        }
        let history = self.topics.entry(topic.to_owned()).or_default();
        history.push(kept);
        if history.len() > HISTORY_MAX {
            history.remove(0);
            self.full = true;
        }
    }

    /// The Server has certainly taken this publication by now.
    pub(super) fn settle(&mut self, topic: &str, place: u64, now: u64) {
        let Some(history) = self.topics.get_mut(topic) else { return };
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
        if self.full {
            return Known::Unjudged;
        }
        let history = self.topics.get(topic).map_or(&[][..], Vec::as_slice);
        let same = |kept: &&Kept| kept.content == content;
        let held = |kept: &&Kept| kept.gone.is_none_or(|at| at > since);
        if let Some(kept) = history.iter().filter(same).find(held) {
            return Known::Possible(kept.qos);
        }
        match history.iter().rev().find(same) {
            None => Known::Never,
            Some(old) => {
                let next = history.iter().find(|kept| kept.place > old.place);
                if next.is_some_and(|kept| kept.empty) { Known::Removed } else { Known::Replaced }
            }
        }
    }

    /// The topics below `filter` that certainly hold a message at QoS 1 or 2.
    pub(super) fn certain(&self, filter: TopicFilter<'_>) -> Vec<(String, u64, Qos)> {
        let mut found = Vec::new();
        // Nothing has to be kept for a topic that begins with $.
        for (topic, history) in self.topics.iter().filter(|(topic, _)| !topic.starts_with('$')) {
            let mut held = history.iter().filter(|kept| kept.gone.is_none());
            let (Some(kept), None) = (held.next(), held.next()) else { continue };
            let sure = kept.settled.is_some() && !kept.empty && kept.qos != Qos::AtMostOnce;
            if sure && TopicName::new(topic).is_ok_and(|name| filter.matches(name)) {
                found.push((topic.clone(), kept.content, kept.qos));
            }
        }
        found
    }
}
