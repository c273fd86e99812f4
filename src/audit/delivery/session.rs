//! §4.1 as it looks from outside: what one Client has subscribed to, and what it is owed.
//!
//! Between a request and its answer both the old state and the new one are permitted.

use std::collections::{BTreeMap, BTreeSet};

use super::dues::{Due, Dues};
use crate::packet::Qos;
use crate::spec::Id;
use crate::time::Instant;
use crate::topic::{TopicFilter, TopicName};

/// Entries of each list of one session.
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
    /// Filters of the session that CleanSession 1 has ended.
    pub(super) former: BTreeSet<String>,
    pub(super) dues: Dues,
    /// Too much to be followed.
    pub(super) overrun: bool,
    /// What the Server has sent and the Client has not acknowledged.
    pub(super) out: BTreeMap<u16, Out>,
    /// What the Client has sent and the Server has not acknowledged.
    pub(super) inbound: BTreeMap<u16, Inbound>,
    /// SUBSCRIBE entries: each is worth one retained message of each topic.
    pub(super) asked: Vec<Entry>,
    /// How many retained messages of a topic have come, and when the last.
    pub(super) retained_got: BTreeMap<String, (u32, u64)>,
    /// Topics whose retained message has to come, and under which statement.
    pub(super) retained_owed: Vec<(String, Id)>,
    pub(super) order: BTreeMap<Stream, u64>,
    /// What each side has sent again on this connection.
    pub(super) server_resent: Resent,
    pub(super) client_resent: Resent,
    /// Bytes of text that are stored for it.
    pub(super) text: usize,
}

/// Messages that have an order: their source, their topic, their levels, as published and as sent.
pub(super) type Stream = (u64, u64, Qos, Qos);

/// How far one side has come in sending again on one connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resent {
    /// The latest PUBLISH, by the place of its first sending.
    publish: u64,
    /// Of the PUBREL whose PUBREC came last: when the PUBLISH was sent and when the PUBREC came.
    release: (u64, u64),
    /// Whether it has been told that something is missing.
    pub(super) missed: bool,
}

impl Resent {
    /// A PUBLISH is sent again; whether it is in its place.
    pub(super) fn publish(&mut self, place: u64) -> bool {
        let in_order = place >= self.publish;
        self.publish = self.publish.max(place);
        in_order
    }

    /// A PUBREL is sent again; whether it is in its place, be it that of its PUBREC or that of its
    /// PUBLISH.
    pub(super) fn release(&mut self, place: u64, received: u64) -> bool {
        let (last_place, last_received) = self.release;
        if received >= last_received {
            self.release = (place, received);
        }
        received >= last_received || place >= last_place
    }
}

/// One entry of a SUBSCRIBE, with the grants that it may have got.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) filter: String,
    pub(super) place: u64,
    pub(super) grants: u8,
    /// When it was answered.
    pub(super) answered: Option<u64>,
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

/// A PUBLISH of the Server that is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    pub(super) content: u64,
    pub(super) qos: Qos,
    pub(super) place: u64,
    /// When its PUBREC came.
    pub(super) received: u64,
    pub(super) released: bool,
    /// The connection on which it was sent last.
    pub(super) link: u64,
    /// What it has to stay in order with.
    pub(super) stream: Option<Stream>,
}

/// A PUBLISH of the Client that is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inbound {
    /// The message; none if there were two under this identifier.
    pub(super) message: Option<u64>,
    pub(super) content: u64,
    pub(super) qos: Qos,
    pub(super) place: u64,
    /// When its PUBREC came.
    pub(super) received: u64,
    pub(super) released: bool,
    /// The connection on which it was sent last.
    pub(super) link: u64,
}

impl Inbound {
    pub(super) const fn new(
        message: Option<u64>,
        content: u64,
        qos: Qos,
        place: u64,
        link: u64,
    ) -> Inbound {
        Inbound { message, content, qos, place, received: 0, released: false, link }
    }
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
    /// Nothing of it is left but what it had subscribed to.
    pub(super) fn forgotten(self) -> Session {
        let mut former = self.former;
        former.extend(self.subscriptions.into_keys());
        former.extend(self.ended);
        while former.len() > ENTRIES_MAX {
            former.pop_last();
        }
        let (clean, link, text) = (self.clean, self.link, self.text);
        Session { clean, link, former, text, ..Session::default() }
    }

    pub(super) fn owes(&mut self, due: Due) {
        self.overrun |= !self.dues.push(due);
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
            perhaps: 0,
            wanted: highest.filter(|_| all_held).map(|level| level.min(qos)),
            away: self.link.is_none(),
            judged: false,
        })
    }

    pub(super) fn has_matching(&self, topic: &str) -> bool {
        self.subscriptions.keys().any(|filter| matches(filter, topic))
    }
}
