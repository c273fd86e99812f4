//! The broker, the router and the mailbox as they are, over locks and counters that loom explores.
//!
//! The files are included, not copied: `crate::sync` leads them to loom here and to the standard
//! library in `etalon`. Nothing else in them blocks or shares. [`mistakes`] holds the same files
//! with one deliberate mistake each; the models have to find it.

// The unit tests of the included files run where those files are at home.
#![cfg(not(test))]
// Not every part of an included file is reached from here.
#![allow(dead_code)]

pub use etalon::{message, outgoing, packet, spec, time, topic, violation};

#[path = "../../src/broker/mod.rs"]
pub mod broker;
#[path = "../../src/connection/mod.rs"]
pub mod connection;
#[path = "../../src/mailbox.rs"]
pub mod mailbox;
#[path = "../../src/router/mod.rs"]
pub mod router;
#[path = "../../src/session/mod.rs"]
pub mod session;

mod sync {
    pub use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    pub use loom::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub use std::sync::{Arc as FrozenArc, PoisonError};

    /// Two parts by first level, and the one for wildcards: as few locks as show everything.
    pub const SHARDS: usize = 2;
}

/// The same files, with one mistake each.
pub mod mistakes {
    include!(concat!(env!("OUT_DIR"), "/mistakes.rs"));
}
