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
    /// Levels that a SUBSCRIBE may have added which has not been answered.
    pub(super) perhaps: u8,
    /// The level of the one copy that may not be missing.
    pub(super) wanted: Option<Qos>,
    /// Whether the Client was away.
    pub(super) away: bool,
    /// Whether it has been judged whether it is missing.
    pub(super) judged: bool,
}

/// The dues of one session.
#[derive(Debug, Default)]
pub(super) struct Dues {
    by_message: BTreeMap<u64, Due>,
    by_content: BTreeMap<u64, Same>,
    /// Whether one that had come has been forgotten.
    pub(super) worn: bool,
}

/// The messages of one content: those of which more may come, and the others.
#[derive(Debug, Default)]
struct Same {
    open: BTreeSet<u64>,
    complete: BTreeSet<u64>,
}

impl Due {
    /// Whether it may come at this level.
    pub(super) const fn fits(&self, qos: Qos) -> bool {
        (self.levels | self.perhaps) & bit(qos) != 0
    }

    /// Whether it has to come.
    pub(super) const fn is_certain(&self) -> bool {
        self.sure && self.taken
    }

    const fn is_open(&self) -> bool {
        self.copies < self.copies_max
    }
}

impl Dues {
    /// Adds one; whether every open one is still there.
    pub(super) fn push(&mut self, due: Due) -> bool {
        self.by_content.entry(due.content).or_default().open.insert(due.message);
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
            same.open.remove(&message);
            same.complete.remove(&message);
            if same.open.is_empty() && same.complete.is_empty() {
                self.by_content.remove(&due.content);
            }
        }
        self.worn = true;
        !due.is_open()
    }

    pub(super) fn of(&mut self, message: u64) -> Option<&mut Due> {
        self.by_message.get_mut(&message)
    }

    /// One more copy has come.
    pub(super) fn came(&mut self, message: u64, qos: Qos) {
        let Some(due) = self.by_message.get_mut(&message) else { return };
        due.copies = due.copies.saturating_add(1);
        due.came |= bit(qos);
        if !due.is_open()
            && let Some(same) = self.by_content.get_mut(&due.content)
        {
            same.open.remove(&message);
            same.complete.insert(message);
        }
    }

    /// One more subscription may match; whether the message is due at all.
    pub(super) fn widen(&mut self, message: u64) -> bool {
        let Some(due) = self.by_message.get_mut(&message) else { return false };
        due.copies_max = due.copies_max.saturating_add(1);
        if let Some(same) = self.by_content.get_mut(&due.content) {
            same.complete.remove(&message);
            same.open.insert(message);
        }
        true
    }

    /// The first of which more may come and for which `is_it` holds.
    pub(super) fn find_open(&self, is_it: impl Fn(u64) -> bool) -> Option<u64> {
        let open = self.by_message.values().filter(|due| due.is_open());
        open.map(|due| due.message).find(|message| is_it(*message))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Due> {
        self.by_message.values_mut()
    }

    /// The first with this content, whether it has come or not.
    pub(super) fn with(&self, content: u64) -> Option<&Due> {
        let same = self.by_content.get(&content)?;
        self.by_message.get(same.open.first().or_else(|| same.complete.first())?)
    }

    /// Whether there is exactly one with this content.
    pub(super) fn is_unique(&self, content: u64) -> bool {
        self.by_content.get(&content).is_some_and(|same| same.open.len() + same.complete.len() == 1)
    }

    /// Finds the due that this PUBLISH fulfils: one that has not come first.
    pub(super) fn fulfils(&self, content: u64, publish: &Publish<'_>) -> Option<Due> {
        let qos = publish.delivery.qos();
        let same = self.by_content.get(&content)?;
        let open = same.open.iter().filter_map(|message| self.by_message.get(message));
        let fits = open.clone().filter(|due| due.fits(qos));
        let found = fits.clone().find(|due| due.copies == 0);
        found.or_else(|| fits.clone().next()).or_else(|| open.clone().next()).copied()
    }

    /// How many have not come.
    pub(super) fn waiting(&self) -> usize {
        self.by_message.values().filter(|due| due.copies == 0).count()
    }

    /// A filter is about to change: what has been published may come by the old state, by the new
    /// one, or, if `leaves`, not at all.
    pub(super) fn unsettle(&mut self, concerned: impl Fn(u64) -> bool, grants: u8, leaves: bool) {
        for due in self.by_message.values_mut().filter(|due| concerned(due.message)) {
            due.perhaps |= levels(due.published, grants);
            due.wanted = None;
            if leaves || !due.taken {
                due.sure = false;
            }
        }
    }

    /// A filter has been granted.
    pub(super) fn grant(&mut self, concerned: impl Fn(u64) -> bool, granted: Qos) {
        for due in self.by_message.values_mut().filter(|due| concerned(due.message)) {
            due.levels |= bit(due.published.min(granted));
        }
    }

    /// Every SUBSCRIBE has been answered.
    pub(super) fn all_granted(&mut self) {
        for due in self.by_message.values_mut() {
            due.perhaps = 0;
        }
    }
}
