//! §4.1 as it looks from outside: what one Client has subscribed to, and what it is owed.
//!
//! Between a request and its answer both the old state and the new one are permitted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::packet::{Publish, Qos};
use crate::time::Instant;
use crate::topic::{TopicFilter, TopicName};

/// Dues beyond these push out the oldest, and nothing is called lost any more.
pub(super) const DUES_MAX: usize = 4096;
/// Entries of the other lists of one session.
pub(super) const ENTRIES_MAX: usize = 16_384;

/// The session of one Client.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) clean: bool,
    /// Whether it is not known if the Server has it.
    pub(super) uncertain: bool,
    pub(super) link: Option<u64>,
    pub(super) away_since: Option<Instant>,
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    /// Filters that were unsubscribed.
    pub(super) ended: BTreeSet<String>,
    pub(super) dues: VecDeque<Due>,
    /// Too much to be followed.
    pub(super) overrun: bool,
    /// What the Server has sent and the Client has not acknowledged.
    pub(super) out: BTreeMap<u16, Out>,
    /// What the Client has sent and the Server has not acknowledged.
    pub(super) inbound: BTreeMap<u16, Inbound>,
    /// SUBSCRIBE entries: each is worth one retained message of each topic.
    pub(super) asked: Vec<Entry>,
    pub(super) retained_got: BTreeMap<String, u32>,
    pub(super) retained_owed: Vec<(String, u64)>,
    pub(super) order: BTreeMap<(u64, u64, Qos, Qos), u64>,
    pub(super) last_resent: u64,
}

/// One entry of a SUBSCRIBE, with the grants that it may have got.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) filter: String,
    pub(super) place: u64,
    pub(super) grants: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// In force, and nothing is about to change it.
    Held,
    /// In force or not.
    Perhaps,
}

/// A subscription with the grants that it may have, one bit for each QoS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subscription {
    pub(super) standing: Standing,
    pub(super) grants: u8,
}

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

/// A PUBLISH of the Server that is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    pub(super) content: u64,
    pub(super) qos: Qos,
    pub(super) place: u64,
    pub(super) released: bool,
    /// The connection on which it was sent last.
    pub(super) link: u64,
}

/// A PUBLISH of the Client that is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inbound {
    pub(super) message: u64,
    pub(super) content: u64,
    pub(super) qos: Qos,
}

pub(super) const fn bit(qos: Qos) -> u8 {
    1 << qos.bits()
}

/// The levels of a message published at `published` under these grants.
pub(super) fn levels(published: Qos, grants: u8) -> u8 {
    let granted = Qos::ALL.into_iter().filter(|qos| grants & bit(*qos) != 0);
    granted.map(|qos| bit(qos.min(published))).fold(0, |all, level| all | level)
}

pub(super) fn matches(filter: &str, topic: &str) -> bool {
    let (Ok(filter), Ok(name)) = (TopicFilter::new(filter), TopicName::new(topic)) else {
        return false;
    };
    filter.matches(name)
}

impl Session {
    /// Nothing of it is left.
    pub(super) fn forget(&mut self) {
        *self = Session { clean: self.clean, link: self.link, ..Session::default() };
    }

    pub(super) fn owes(&mut self, due: Due) {
        self.dues.push_back(due);
        if self.dues.len() > DUES_MAX {
            self.dues.pop_front();
            self.overrun = true;
        }
    }

    /// What a message published now is to this session.
    pub(super) fn due(&self, message: u64, content: u64, topic: &str, qos: Qos) -> Option<Due> {
        let subscriptions = self.subscriptions.iter();
        let found: Vec<Subscription> = subscriptions
            .filter(|(filter, _)| matches(filter, topic))
            .map(|(_, subscription)| *subscription)
            .collect();
        if found.is_empty() {
            return None;
        }
        let grants = found.iter().fold(0, |all, subscription| all | subscription.grants);
        let all_held =
            found.iter().all(|one| one.standing == Standing::Held && one.grants.count_ones() == 1);
        let highest = Qos::ALL.into_iter().rev().find(|level| grants & bit(*level) != 0);
        Some(Due {
            message,
            content,
            published: qos,
            sure: found.iter().any(|one| one.standing == Standing::Held),
            taken: false,
            copies_max: u32::try_from(found.len()).unwrap_or(u32::MAX),
            copies: 0,
            levels: levels(qos, grants),
            came: 0,
            wanted: highest.filter(|_| all_held).map(|level| level.min(qos)),
            away: self.link.is_none(),
        })
    }

    /// A filter is about to change: what has been published may come by the old state, by the new
    /// one, or, if `leaves`, not at all.
    pub(super) fn unsettle(&mut self, concerned: &BTreeSet<u64>, grants: u8, leaves: bool) {
        for due in self.dues.iter_mut().filter(|due| concerned.contains(&due.message)) {
            due.levels |= levels(due.published, grants);
            due.wanted = None;
            if leaves || !due.taken {
                due.sure = false;
            }
        }
    }

    /// Finds the due that this PUBLISH fulfils: one that has not come first.
    pub(super) fn fulfils(&mut self, content: u64, publish: &Publish<'_>) -> Option<&mut Due> {
        let level = bit(publish.delivery.qos());
        let open = |due: &Due| due.content == content && due.copies < due.copies_max;
        let fits = |due: &Due| open(due) && due.levels & level != 0;
        let at = self.dues.iter().position(|due| fits(due) && due.copies == 0);
        let at = at.or_else(|| self.dues.iter().position(fits));
        let at = at.or_else(|| self.dues.iter().position(open))?;
        self.dues.get_mut(at)
    }

    /// How many dues have not come.
    pub(super) fn waiting(&self) -> usize {
        self.dues.iter().filter(|due| due.copies == 0).count()
    }

    pub(super) fn has_matching(&self, topic: &str) -> bool {
        self.subscriptions.keys().any(|filter| matches(filter, topic))
    }
}
