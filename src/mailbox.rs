//! §4.6: what other workers hand to one worker, in the order in which they handed it.
//!
//! Many producers, one owner. A producer never waits for the owner, so two workers that write to
//! each other cannot block each other; nothing is refused, and nothing is lost. The bound is kept
//! at the entrance instead: while a mailbox is crowded, workers stop reading from publishers.
//! The kind of sleep and the way to end it belong to whoever owns the worker.
//!
//! # How to sleep without missing a call
//!
//! 1. The owner calls [`Mailbox::drain`] until it brings nothing. Only that last, empty call
//!    declares the owner asleep, under the same lock under which it saw that nothing was there.
//! 2. Only then may the owner sleep.
//! 3. The first [`Mailbox::push`] after that returns `true`, once. Its caller must wake the owner
//!    by something that lasts: a wake between steps 1 and 2 has to end the sleep at once. The token
//!    of a parked thread and the permit of a `Notify` are of that kind, a bare condition variable is
//!    not.
//! 4. The owner, once awake for whatever reason, begins at step 1.
//!
//! An owner that was declared asleep and did other things instead gets at most one wake too many.

use crate::spec;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, PoisonError};

/// How many items make a mailbox crowded, unless it was made with another number.
pub const CROWDED_AT: usize = 16_384;

/// An emptied buffer larger than this, in items, is cut back when the last batch did not need it.
const KEPT: usize = 1_024;

/// Items on their way to one owner.
#[derive(Debug)]
pub struct Mailbox<T> {
    inside: Mutex<Inside<T>>,
    /// How many items wait, for those who only ask. Written under the lock; a moment late for
    /// readers, who are many and must not wait for each other.
    waiting: AtomicUsize,
    crowded_at: usize,
}

#[derive(Debug)]
struct Inside<T> {
    items: Vec<T>,
    /// The owner found nothing and has not been called since.
    asleep: bool,
}

impl<T> Mailbox<T> {
    /// An empty mailbox whose owner has yet to look into it for the first time.
    pub fn new() -> Mailbox<T> {
        Mailbox::crowded_at(CROWDED_AT)
    }

    /// Like [`Mailbox::new`], crowded from `items` on.
    pub fn crowded_at(items: usize) -> Mailbox<T> {
        let inside = Inside { items: Vec::new(), asleep: true };
        Mailbox { inside: Mutex::new(inside), waiting: AtomicUsize::new(0), crowded_at: items }
    }

    /// Adds `item` behind all others; `true` if the caller has to wake the owner.
    #[must_use = "the owner sleeps until it is woken"]
    pub fn push(&self, item: T) -> bool {
        let mut inside = self.lock();
        spec::upholds!(MQTT_4_6_0_6);
        inside.items.push(item);
        self.waiting.store(inside.items.len(), Ordering::Relaxed);
        core::mem::take(&mut inside.asleep)
    }

    /// Moves everything to the end of `into`, oldest first; finding nothing declares the owner
    /// asleep.
    ///
    /// If `into` is empty, its buffer stays here for the next batch: two buffers go to and fro, and
    /// nothing is allocated once both have grown.
    pub fn drain(&self, into: &mut Vec<T>) {
        let mut inside = self.lock();
        inside.asleep = inside.items.is_empty();
        self.waiting.store(0, Ordering::Relaxed);
        if into.is_empty() {
            core::mem::swap(&mut inside.items, into);
            inside.give_back(into.len());
        } else {
            into.append(&mut inside.items);
        }
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Whether no item waits.
    pub fn is_empty(&self) -> bool {
        self.lock().items.is_empty()
    }

    /// Whether producers should stop taking in what would end up here.
    pub fn is_crowded(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= self.crowded_at
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        // No code that could panic runs under the lock, except for an allocation that fails.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inside<T> {
    /// A burst must not hold its memory for ever, and the steady state must not allocate: a buffer
    /// is halved after a batch that needed little of it, but not by the empty look before a sleep.
    fn give_back(&mut self, batch: usize) {
        let capacity = self.items.capacity();
        if capacity > KEPT && (1..capacity / 8).contains(&batch) {
            self.items.shrink_to(capacity / 2);
        }
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Mailbox<T> {
        Mailbox::new()
    }
}
