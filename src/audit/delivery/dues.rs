//! What one session is owed, found by message and by content.
//!
//! Dues that have come in full are forgotten first; when one that is still open has to go, the
//! session cannot be followed any more.

use std::collections::{BTreeMap, BTreeSet};

use super::session::{bit, levels};
use crate::packet::{Publish, Qos};

/// So many are remembered.
pub(super) const DUES_MAX: usize = 4096;

/// A message that may come, or has to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) message: u64,
    pub(super) content: u64,
    pub(super) published: Qos,
    /// Whether a subscription was certainly in force.
    pub(super) sure: bool,
    /// Whether the Server has certainly taken it.
    pub(super) taken: bool,
    pub(super) copies_max: u32,
    pub(super) copies: u32,
    /// The levels at which it may come, and those at which it came, one bit each.
    pub(super) levels: u8,
    pub(super) came: u8,
    /// The level of the one copy that may not be missing.
    pub(super) wanted: Option<Qos>,
    /// Whether the Client was away.
    pub(super) away: bool,
}

/// The dues of one session.
#[derive(Debug, Default)]
pub(super) struct Dues {
    by_message: BTreeMap<u64, Due>,
    by_content: BTreeMap<u64, BTreeSet<u64>>,
    /// Whether one that had come has been forgotten.
    pub(super) worn: bool,
}

impl Due {
    /// One more copy has come.
    pub(super) fn came(&mut self, qos: Qos) {
        self.copies = self.copies.saturating_add(1);
        self.came |= bit(qos);
    }

    const fn is_open(&self) -> bool {
        self.copies < self.copies_max
    }
}

impl Dues {
    /// Adds one; whether every open one is still there.
    pub(super) fn push(&mut self, due: Due) -> bool {
        self.by_content.entry(due.content).or_default().insert(due.message);
        self.by_message.insert(due.message, due);
        if self.by_message.len() <= DUES_MAX {
            return true;
        }
        let complete = self.by_message.values().find(|due| !due.is_open());
        let first = complete.or_else(|| self.by_message.values().next());
        first.map(|due| due.message).is_none_or(|message| self.remove(message))
    }

    /// Forgets a message; whether nothing can come of it any more.
    pub(super) fn remove(&mut self, message: u64) -> bool {
        let Some(due) = self.by_message.remove(&message) else { return true };
        if let Some(same) = self.by_content.get_mut(&due.content) {
            same.remove(&message);
            if same.is_empty() {
                self.by_content.remove(&due.content);
            }
        }
        self.worn = true;
        !due.is_open()
    }

    pub(super) fn of(&mut self, message: u64) -> Option<&mut Due> {
        self.by_message.get_mut(&message)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Due> {
        self.by_message.values_mut()
    }

    /// The first with this content, whether it has come or not.
    pub(super) fn with(&self, content: u64) -> Option<&Due> {
        self.by_message.get(self.by_content.get(&content)?.first()?)
    }

    /// Whether there is exactly one with this content.
    pub(super) fn is_unique(&self, content: u64) -> bool {
        self.by_content.get(&content).is_some_and(|same| same.len() == 1)
    }

    /// Finds the due that this PUBLISH fulfils: one that has not come first.
    pub(super) fn fulfils(&mut self, content: u64, publish: &Publish<'_>) -> Option<&mut Due> {
        let level = bit(publish.delivery.qos());
        let open = self.by_content.get(&content)?.iter().filter_map(|at| self.by_message.get(at));
        let open = open.filter(|due| due.is_open());
        let fits = open.clone().filter(|due| due.levels & level != 0);
        let found = fits.clone().find(|due| due.copies == 0);
        let found = found.or_else(|| fits.clone().next()).or_else(|| open.clone().next())?;
        let message = found.message;
        self.by_message.get_mut(&message)
    }

    /// How many have not come.
    pub(super) fn waiting(&self) -> usize {
        self.by_message.values().filter(|due| due.copies == 0).count()
    }

    /// A filter is about to change: what has been published may come by the old state, by the new
    /// one, or, if `leaves`, not at all.
    pub(super) fn unsettle(&mut self, concerned: impl Fn(u64) -> bool, grants: u8, leaves: bool) {
        for due in self.by_message.values_mut().filter(|due| concerned(due.message)) {
            due.levels |= levels(due.published, grants);
            due.wanted = None;
            if leaves || !due.taken {
                due.sure = false;
            }
        }
    }
}
