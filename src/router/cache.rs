//! What one worker remembers of the routes that it asked for.
//!
//! An answer is used again only while nothing has changed in the two parts of the router that it
//! came from. What is kept has a bound in bytes; beyond it everything is forgotten, which costs a
//! walk for each topic in use and happens rarely.

use std::collections::HashMap;

use super::Target;
use crate::sync::FrozenArc;

/// How much a cache keeps, unless it was made with another bound.
///
/// # Units
/// bytes
pub const CACHE_BYTES_MAX: usize = 16 << 20;

/// What an answer costs beside its topic and its targets, roughly.
const ENTRY_BYTES: usize = 128;

/// Routes that one worker asked one [`Router`](super::Router) for.
///
/// It must not be used with another router.
#[derive(Debug)]
pub struct RouteCache {
    known: HashMap<Box<str>, Known>,
    bytes: usize,
    bytes_max: usize,
    /// Levels of filters that were looked at for answers that were not known.
    pub(super) looked_at: usize,
}

#[derive(Debug)]
struct Known {
    /// Which part of the router the topic belongs to.
    home: usize,
    /// The generations of that part and of the wild one, read before the walk.
    seen: (u64, u64),
    targets: FrozenArc<[Target]>,
}

impl RouteCache {
    /// An empty cache that keeps at most [`CACHE_BYTES_MAX`].
    pub fn new() -> RouteCache {
        RouteCache::with_bytes_max(CACHE_BYTES_MAX)
    }

    /// An empty cache with another bound.
    ///
    /// # Units
    /// bytes, estimated
    pub fn with_bytes_max(bytes_max: usize) -> RouteCache {
        RouteCache { known: HashMap::new(), bytes: 0, bytes_max, looked_at: 0 }
    }

    /// What it keeps, estimated.
    ///
    /// # Units
    /// bytes
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many levels of filters have been looked at since this was last asked.
    pub fn take_looked_at(&mut self) -> usize {
        std::mem::take(&mut self.looked_at)
    }

    /// The answer for `topic`, if `current` still reports the generations that it was given under.
    pub(super) fn find(
        &self,
        topic: &str,
        current: impl FnOnce(usize) -> (u64, u64),
    ) -> Option<&FrozenArc<[Target]>> {
        let known = self.known.get(topic)?;
        (known.seen == current(known.home)).then_some(&known.targets)
    }

    /// Remembers an answer that was found after `seen` was read.
    pub(super) fn keep(
        &mut self,
        topic: &str,
        home: usize,
        seen: (u64, u64),
        targets: &FrozenArc<[Target]>,
    ) {
        let cost = cost(topic, targets);
        let targets = FrozenArc::clone(targets);
        if let Some(known) = self.known.get_mut(topic) {
            self.bytes = self.bytes - self::cost(topic, &known.targets) + cost;
            *known = Known { home, seen, targets };
        } else {
            self.bytes += cost;
            self.known.insert(topic.into(), Known { home, seen, targets });
        }
        if self.bytes > self.bytes_max {
            self.known = HashMap::new();
            self.bytes = 0;
        }
    }
}

impl Default for RouteCache {
    fn default() -> RouteCache {
        RouteCache::new()
    }
}

fn cost(topic: &str, targets: &[Target]) -> usize {
    ENTRY_BYTES + topic.len() + size_of_val(targets)
}
