//! §3.3.5, §3.8.4, §3.10.4, §4.7: who gets a message, and what is retained for those who come later.
//!
//! All workers share one router. It guarantees, whatever the threads do:
//!
//! 1. A message published after [`Router::subscribe`] has returned sees the subscription.
//! 2. A message published after [`Router::unsubscribe`] has returned does not see it.
//! 3. Replacing a subscription leaves no moment without it, and neither does going over to another
//!    filter by subscribing to that one first (unless eight walks in a row are overtaken).
//! 4. What was last retained under a name reaches a subscription that is made meanwhile either
//!    among the retained messages or as a live one, never both and never neither, and nothing older
//!    comes after it.
//! 5. (with [`Mailbox`](crate::mailbox::Mailbox)) What is pushed is drained after a wake.
//!
//! Never two locks at once: that is the whole lock order. A change bumps the generation of its
//! part within the lock; an answer may be remembered under generations that were read before it
//! was looked for. Who is allowed to do what, and the QoS that a copy is sent with, is left to others.

mod cache;
mod shard;
mod subscribers;
mod trie;

use std::hash::{DefaultHasher, Hash, Hasher};

pub use self::cache::{CACHE_BYTES_MAX, RouteCache};
use self::shard::Shard;
use crate::message::Message;
use crate::packet::Qos;
use crate::spec;
use crate::sync::{
    AtomicU64, AtomicUsize, FrozenArc, Ordering, PoisonError, RwLock, RwLockReadGuard,
    RwLockWriteGuard, SHARDS,
};
use crate::topic::{TopicFilter, TopicName};

/// The part for filters that begin with a wildcard; the other ones come before it.
const WILD: usize = SHARDS;

/// How often a route is looked for while others change what it is made of. Each time more means that
/// somebody got on; but a publisher must get on as well.
const WALKS_MAX: usize = 8;

/// A worker, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Worker(pub u16);

/// A session, and the worker that it lives on. Ordered by worker first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subscriber {
    /// Where the session lives.
    pub worker: Worker,
    /// Which session of that worker.
    pub session: u64,
}

/// Somebody who gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// Who gets it.
    pub who: Subscriber,
    /// The highest QoS granted to any of the subscriptions that match.
    pub qos: Qos,
}

/// What a new subscription begins with.
#[derive(Clone, Debug)]
pub struct Subscribed {
    /// The filter, shared by all who hold it.
    pub filter: FrozenArc<str>,
    /// The retained messages that match, in the order in which they were published.
    pub retained: Vec<Message>,
    /// How many levels of retained messages were looked at to find them.
    pub looked_at: usize,
}

/// How much may be retained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many messages.
    pub retained_messages_max: usize,
    /// Their Topic Names and payloads together, see [`Message::len_bytes`].
    ///
    /// # Units
    /// bytes
    pub retained_bytes_max: usize,
}

/// There is no room to retain this message. It was neither retained nor routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetainedFull;

/// All subscriptions and all retained messages.
#[derive(Debug)]
pub struct Router {
    /// By the first level of the filter or topic, and one more at [`WILD`].
    parts: Box<[Part]>,
    /// The number of the next retained message.
    seq: AtomicU64,
    retained_count: AtomicUsize,
    retained_bytes: AtomicUsize,
    limits: Limits,
}

/// Alone on its cache lines, so that a change in one part slows down no reader of another.
#[derive(Debug)]
#[repr(align(128))]
struct Part {
    generation: AtomicU64,
    shard: RwLock<Shard>,
}

impl Router {
    /// A router that retains as much as memory holds.
    pub fn new() -> Router {
        Router::with_limits(Limits {
            retained_messages_max: usize::MAX,
            retained_bytes_max: usize::MAX,
        })
    }

    /// A router that retains no more than `limits` say.
    pub fn with_limits(limits: Limits) -> Router {
        Router {
            parts: (0..=WILD).map(|_| Part::new()).collect(),
            seq: AtomicU64::new(0),
            retained_count: AtomicUsize::new(0),
            retained_bytes: AtomicUsize::new(0),
            limits,
        }
    }

    /// Makes a subscription, or replaces the one that `who` has with this filter.
    ///
    /// Either way the retained messages that match are returned. Each of them was stored before
    /// the moment at which the subscription came into being; later ones come by
    /// [`Router::retain`].
    pub fn subscribe(&self, filter: TopicFilter<'_>, who: Subscriber, qos: Qos) -> Subscribed {
        spec::upholds!(MQTT_3_3_1_6);
        let part = self.part(home_of_filter(filter));
        let mut shard = part.write();
        // Read under the lock: whoever takes a lower number has stored its message, or holds the
        // lock of its part, before the retained messages of that part are read below; whoever takes
        // this number or a higher one will look here and find the subscription.
        let born = self.seq.load(Ordering::Relaxed);
        let text = shard.subscribe(filter, who, qos, born);
        part.bump();
        if !filter.has_wildcard() {
            let retained = shard.retained(filter.as_str()).cloned();
            let retained = retained.into_iter().collect();
            return Subscribed { filter: text, retained, looked_at: 1 };
        }
        drop(shard);
        let (retained, looked_at) = self.retained_for(filter, born);
        Subscribed { filter: text, retained, looked_at }
    }

    /// Ends a subscription; whether there was one with exactly this filter.
    pub fn unsubscribe(&self, filter: TopicFilter<'_>, who: Subscriber) -> bool {
        let part = self.part(home_of_filter(filter));
        let mut shard = part.write();
        let found = shard.unsubscribe(filter, who);
        if found {
            spec::upholds!(MQTT_3_10_4_2);
            part.bump();
        }
        found
    }

    /// Everybody who gets a message that is published to `topic` with RETAIN set to 0, in their order
    /// and each once. What is retained there is left alone.
    pub fn route(&self, cache: &mut RouteCache, topic: TopicName<'_>) -> FrozenArc<[Target]> {
        spec::upholds!(MQTT_3_3_1_12);
        let text = topic.as_str();
        if let Some(known) = cache.find(text, |home| self.generations(home, topic)) {
            return FrozenArc::clone(known);
        }
        let home = home_of_topic(topic);
        let (seen, found, looked_at) = self.walk(home, topic);
        cache.looked_at = cache.looked_at.saturating_add(looked_at);
        let targets = once_each(found);
        cache.keep(text, home, seen, &targets);
        targets
    }

    /// Retains a message that was published with RETAIN set to 1, or clears its topic if the
    /// payload is empty; returns everybody who gets it live, in their order and each once.
    ///
    /// The caller hands the message on after this has returned: of two publishers who retain under
    /// one name at the same time, the older message may be handed on last. Somebody who goes over
    /// from a filter with a leading wildcard to another one, just while a name is cleared, may not be
    /// told of that; it finds nothing retained.
    ///
    /// # Errors
    /// [`RetainedFull`] if the message would not fit. One that takes the place of another, and is
    /// no longer than that, always does.
    pub fn retain(&self, message: &Message) -> Result<FrozenArc<[Target]>, RetainedFull> {
        let topic = message.topic();
        let mut found = Vec::new();
        let mut shard = self.part(home_of_topic(topic)).write();
        let old_len = shard.retained(topic.as_str()).map(Message::len_bytes);
        let seq = if message.payload().is_empty() {
            spec::upholds!(MQTT_3_3_1_10, MQTT_3_3_1_11);
            if let Some(len) = old_len {
                shard.clear(topic);
                self.give_back(1, len);
            }
            self.next_seq()
        } else {
            self.make_room(old_len, message.len_bytes())?;
            spec::upholds!(MQTT_3_3_1_5, MQTT_3_3_1_7);
            let seq = self.next_seq();
            shard.retain(seq, message);
            seq
        };
        shard.targets(topic, seq, &mut found);
        drop(shard);
        self.wild_targets(topic, seq, &mut found);
        Ok(once_each(found))
    }

    /// How many messages are retained.
    pub fn retained_count(&self) -> usize {
        self.retained_count.load(Ordering::Relaxed)
    }

    /// The Topic Names and payloads of all retained messages together.
    ///
    /// # Units
    /// bytes
    pub fn retained_bytes(&self) -> usize {
        self.retained_bytes.load(Ordering::Relaxed)
    }

    /// How many subscriptions there are, counted part by part.
    pub fn subscription_count(&self) -> usize {
        self.parts.iter().map(|part| part.read().subscriptions()).sum()
    }

    /// What both parts hold for `topic`, at one moment if it can be had, and the generations that it
    /// may be remembered under.
    ///
    /// The parts are read one after the other. Somebody who goes from a filter in the second to one
    /// in the first could be missed in both, though there was no moment without a subscription; so
    /// the walk is done again if anything has changed meanwhile.
    fn walk(&self, home: usize, topic: TopicName<'_>) -> ((u64, u64), Vec<Target>, usize) {
        let mut found = Vec::new();
        let mut looked_at = 0;
        let mut walks = 1;
        loop {
            // Before the walk: a change in between must make this answer look old, not new.
            let seen = self.generations(home, topic);
            found.clear();
            looked_at += self.part(home).read().targets(topic, u64::MAX, &mut found);
            looked_at += self.wild_targets(topic, u64::MAX, &mut found);
            if walks == WALKS_MAX || self.generations(home, topic) == seen {
                return (seen, found, looked_at);
            }
            walks += 1;
        }
    }

    fn wild_targets(&self, topic: TopicName<'_>, seq: u64, into: &mut Vec<Target>) -> usize {
        if topic.is_reserved() {
            spec::upholds!(MQTT_4_7_2_1);
            return 0;
        }
        self.part(WILD).read().targets(topic, seq, into)
    }

    fn retained_for(&self, filter: TopicFilter<'_>, born: u64) -> (Vec<Message>, usize) {
        let home = home_of_filter(filter);
        let parts = if home == WILD { 0..WILD } else { home..home + 1 };
        let mut found = Vec::new();
        let mut looked_at = 0;
        for part in parts {
            looked_at += self.part(part).read().retained_for(filter, born, &mut found);
        }
        found.sort_unstable_by_key(|(seq, _)| *seq);
        (found.into_iter().map(|(_, message)| message).collect(), looked_at)
    }

    /// Of the part at `home` and of the wild one, if the topic concerns that.
    fn generations(&self, home: usize, topic: TopicName<'_>) -> (u64, u64) {
        let wild = if topic.is_reserved() { 0 } else { self.part(WILD).generation() };
        (self.part(home).generation(), wild)
    }

    fn part(&self, home: usize) -> &Part {
        &self.parts[home]
    }

    /// Only under the lock of the part that the message belongs to, see [`Router::subscribe`]. The
    /// locks bring everybody into order, so the number itself need not.
    fn next_seq(&self) -> u64 {
        self.seq.fetch_add(1, Ordering::Relaxed)
    }

    /// Accounts for a message of `len` bytes in place of one of `old` bytes.
    fn make_room(&self, old: Option<usize>, len: usize) -> Result<(), RetainedFull> {
        let Some(old) = old else {
            reserve(&self.retained_count, 1, self.limits.retained_messages_max)?;
            return reserve(&self.retained_bytes, len, self.limits.retained_bytes_max)
                .inspect_err(|_| self.give_back(1, 0));
        };
        if len > old {
            return reserve(&self.retained_bytes, len - old, self.limits.retained_bytes_max);
        }
        self.give_back(0, old - len);
        Ok(())
    }

    fn give_back(&self, messages: usize, bytes: usize) {
        self.retained_count.fetch_sub(messages, Ordering::Relaxed);
        self.retained_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Default for Router {
    fn default() -> Router {
        Router::new()
    }
}

impl Part {
    fn new() -> Part {
        Part { generation: AtomicU64::new(0), shard: RwLock::new(Shard::new()) }
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Only under the write lock, after the change.
    fn bump(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn read(&self) -> RwLockReadGuard<'_, Shard> {
        self.shard.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shard> {
        self.shard.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes `more` of what `max` allows, or nothing.
fn reserve(used: &AtomicUsize, more: usize, max: usize) -> Result<(), RetainedFull> {
    let grown = |used: usize| used.checked_add(more).filter(|sum| *sum <= max);
    match used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown) {
        Ok(_) => Ok(()),
        Err(_) => Err(RetainedFull),
    }
}

/// Sorts by subscriber, and leaves each of them the highest QoS that was found for it.
fn once_each(mut found: Vec<Target>) -> FrozenArc<[Target]> {
    spec::upholds!(MQTT_3_3_5_1);
    // The lists of single filters are in order already, and this sort makes use of that; within
    // one subscriber the highest QoS comes last.
    found.sort();
    found.dedup_by(|later, kept| {
        let same = later.who == kept.who;
        if same {
            kept.qos = later.qos;
        }
        same
    });
    found.into()
}

fn home_of_filter(filter: TopicFilter<'_>) -> usize {
    match trie::first_level(filter.as_str()).0 {
        "+" | "#" => WILD,
        level => home(level),
    }
}

fn home_of_topic(topic: TopicName<'_>) -> usize {
    home(trie::first_level(topic.as_str()).0)
}

/// The same in every run. Whoever makes all topics of its own collide shares one lock with itself.
fn home(level: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    level.hash(&mut hasher);
    // The remainder is below `SHARDS`, so it fits.
    (hasher.finish() % SHARDS as u64) as usize
}
