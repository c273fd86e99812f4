//! The router and the mailbox as they are, over locks and counters that loom explores.
//!
//! The files are included, not copied: `crate::sync` leads them to loom here and to the standard
//! library in `etalon`. Everything else they name is plain data and comes from `etalon`.
//! [`mistakes`] holds the same files with one deliberate mistake each; the models have to find it.

// Not every part of an included file is reached from here.
#![allow(dead_code)]

pub use etalon::{message, spec, topic};

#[path = "../../src/mailbox.rs"]
pub mod mailbox;
#[path = "../../src/router/mod.rs"]
pub mod router;

/// As in `etalon`, as far as the included files name it.
pub mod packet {
    pub use etalon::packet::Qos;
}

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
