//! The only door to `std::sync` for the files that are explored by a model checker.
//!
//! Those files name `crate::sync` and nothing else that blocks or shares. `loom-tests` includes
//! them over a module of this name that leads to loom's types, so the code explored is the code
//! that runs. Whatever is exported here has to exist there too.

pub use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
pub use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Shared data that never changes once it is shared: the text of a filter, the bytes of a message,
/// a list of targets. Counting its owners decides nothing, so no model explores it.
pub use std::sync::Arc as FrozenArc;

/// How many parts the [`Router`](crate::router::Router) has beside the one for filters that begin
/// with a wildcard. A model makes do with fewer.
pub const SHARDS: usize = 64;
