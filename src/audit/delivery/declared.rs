//! What is known of a Server before anything is seen of it.
//!
//! The audit accuses only where it knows enough. Of a Server that was there before, or that others
//! use as well, it knows nothing but what this run alone can have done: what happens on topics that
//! carry the mark of the run, and in sessions that it has seen begin.

use super::matches;

/// A queue may be limited, but not to fewer messages.
pub(super) const QUEUE_MIN: usize = 100;

/// What a Server may hold when the first packet is seen, and who else may use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// No sessions and no retained messages, and every connection is seen.
    #[default]
    Empty,
    /// Anything, and others may publish as well.
    ///
    /// Topics that contain this text, and the Client Identifiers that are seen, are used by nobody
    /// else, before or during the run. Elsewhere a message may be somebody's that is not seen: it
    /// is judged only by the subscriptions of its receiver. A session that turns out to be older
    /// than the run is not judged at all.
    Shared(String),
}

/// What a Server is known or declared to do where the standard leaves it the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// What it may hold from before, and who else may use it.
    pub start: Start,
    /// With more messages waiting, it may end a session.
    pub queue: usize,
    /// Whether it gives Clients subscriptions that they have not asked for (S-66).
    pub assigns_subscriptions: bool,
    /// Filters for the topics on which a message may be taken and dropped, because its Client may
    /// not publish there (S-67), also as a Will (S-31).
    pub denied: Vec<String>,
}

impl Declared {
    pub(super) const fn nothing() -> Declared {
        Declared {
            start: Start::Empty,
            queue: QUEUE_MIN,
            assigns_subscriptions: false,
            denied: Vec::new(),
        }
    }

    /// Whether all messages on this topic are seen being published.
    pub(super) fn is_mine(&self, topic: &str) -> bool {
        match &self.start {
            Start::Empty => true,
            Start::Shared(mark) => topic.contains(mark.as_str()),
        }
    }

    /// Whether it can be told how often a message on this topic may come, and at which level.
    pub(super) fn is_followed(&self, topic: &str) -> bool {
        self.is_mine(topic) && !self.assigns_subscriptions
    }

    /// Whether messages on this topic may have no effect.
    pub(super) fn is_denied(&self, topic: &str) -> bool {
        self.denied.iter().any(|filter| matches(filter, topic))
    }
}

impl Default for Declared {
    fn default() -> Self {
        Declared::nothing()
    }
}
