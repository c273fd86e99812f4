//! The witness: which `upholds!` lines ran.
//!
//! With feature `witness`, [`record`] collects every mark that runs on its own thread, once per
//! statement and line, in order. It sees nothing of other threads; a recording is bounded by the
//! number of marks in the program, not by how often they run.
//!
//! Without the feature, [`upheld`] is empty and is compiled away, and [`record`] runs what it is
//! given and returns an empty list. A caller that has to tell "nothing was upheld" from "nobody
//! watched" asks [`ENABLED`].

use core::fmt;

use crate::Id;

/// Whether marks are recorded in this build.
pub const ENABLED: bool = cfg!(feature = "witness");

/// A mark that ran: the statement, and the line that did what it requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Upheld {
    /// The statement.
    pub id: Id,
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line of the mark, counted from 1.
    pub line: u32,
}

/// Prints `[MQTT-4.3.3-2] src/session/receiver.rs:41`.
impl fmt::Display for Upheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}:{}", self.id, self.file, self.line)
    }
}

/// Notes that the calling line has done what `id` requires; the mark `upholds!` calls it.
#[inline(always)]
#[track_caller]
pub fn upheld(id: Id) {
    #[cfg(feature = "witness")]
    recorder::note(id, core::panic::Location::caller());
    #[cfg(not(feature = "witness"))]
    let _ = id;
}

/// Runs `work` and returns its result with the marks that ran in it, sorted and each once.
///
/// Without feature `witness` the list is empty, see [`ENABLED`].
///
/// Recordings may be nested: the outer one also holds what the inner one saw, even if the inner
/// one ended in a panic.
///
/// ```
/// use etalon_spec::{upholds, witness};
///
/// let (sum, seen) = witness::record(|| {
///     upholds!(MQTT_4_7_1_2);
///     1 + 1
/// });
/// assert_eq!(sum, 2);
/// assert_eq!(seen.len(), if witness::ENABLED { 1 } else { 0 });
/// ```
pub fn record<R>(work: impl FnOnce() -> R) -> (R, Vec<Upheld>) {
    #[cfg(feature = "witness")]
    {
        let recording = recorder::Recording::begin();
        let result = work();
        (result, recording.end())
    }
    #[cfg(not(feature = "witness"))]
    (work(), Vec::new())
}

#[cfg(feature = "witness")]
mod recorder {
    use core::panic::Location;
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::{Id, Upheld};

    thread_local! {
        /// One set for each recording that is under way, the innermost last.
        static OPEN: RefCell<Vec<BTreeSet<Upheld>>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn note(id: Id, at: &'static Location<'static>) {
        let upheld = Upheld { id, file: at.file(), line: at.line() };
        // While the thread is being torn down there is nobody left to tell.
        let _ = OPEN.try_with(|open| {
            if let Some(innermost) = open.borrow_mut().last_mut() {
                innermost.insert(upheld);
            }
        });
    }

    /// A recording under way. Dropping it without `end`, as a panic does, still hands its marks
    /// to the recording around it and leaves the stack as it was.
    pub(super) struct Recording(());

    impl Recording {
        pub(super) fn begin() -> Recording {
            let _ = OPEN.try_with(|open| open.borrow_mut().push(BTreeSet::new()));
            Recording(())
        }

        pub(super) fn end(self) -> Vec<Upheld> {
            let seen = OPEN.try_with(|open| open.borrow().last().map(seen)).ok().flatten();
            seen.unwrap_or_default()
        }
    }

    fn seen(set: &BTreeSet<Upheld>) -> Vec<Upheld> {
        set.iter().copied().collect()
    }

    impl Drop for Recording {
        fn drop(&mut self) {
            let _ = OPEN.try_with(|open| {
                let mut open = open.borrow_mut();
                let innermost = open.pop().unwrap_or_default();
                if let Some(around) = open.last_mut() {
                    around.extend(innermost);
                }
            });
        }
    }
}

#[cfg(all(test, not(feature = "witness")))]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_recorded_without_the_feature() {
        let (result, seen) = record(|| {
            crate::upholds!(MQTT_3_12_4_1);
            7
        });
        assert_eq!((result, seen, ENABLED), (7, Vec::new(), false));
    }
}

#[cfg(all(test, feature = "witness"))]
mod tests {
    use super::*;

    /// The line of the one mark inside.
    fn ping() -> u32 {
        crate::upholds!(MQTT_3_12_4_1);
        line!() - 1
    }

    fn seen(id: Id, line: u32) -> Upheld {
        Upheld { id, file: file!(), line }
    }

    #[test]
    fn mark_is_recorded_with_its_own_file_and_line() {
        let (line, list) = record(ping);
        assert_eq!(list, [seen(Id::MQTT_3_12_4_1, line)]);
        assert_eq!(list[0].to_string(), format!("[MQTT-3.12.4-1] {}:{line}", file!()));
    }

    #[test]
    fn one_line_that_runs_often_is_listed_once() {
        let (_, list) = record(|| (0..1000).map(|_| ping()).max());
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn list_is_sorted_by_statement_and_then_by_line() {
        let (first, list) = record(|| {
            crate::upholds!(MQTT_4_8_0_1);
            crate::upholds!(MQTT_1_5_3_2, MQTT_1_5_3_1);
            crate::upholds!(MQTT_1_5_3_2);
            line!() - 3
        });
        assert_eq!(
            list,
            [
                seen(Id::MQTT_1_5_3_1, first + 1),
                seen(Id::MQTT_1_5_3_2, first + 1),
                seen(Id::MQTT_1_5_3_2, first + 2),
                seen(Id::MQTT_4_8_0_1, first),
            ]
        );
    }

    #[test]
    fn mark_outside_a_recording_leaves_no_trace() {
        ping();
        let ((), list) = record(|| ());
        assert_eq!(list, []);
        ping();
        assert_eq!(record(|| ()).1, []);
    }

    #[test]
    fn outer_recording_holds_what_the_inner_one_saw() {
        let ((inner_line, inner), outer) = record(|| {
            crate::upholds!(MQTT_2_2_2_1);
            record(ping)
        });
        assert_eq!(inner, [seen(Id::MQTT_3_12_4_1, inner_line)]);
        assert_eq!(outer.len(), 2);
        assert_eq!(outer[0].id, Id::MQTT_2_2_2_1);
        assert_eq!(outer[1], inner[0]);
    }

    #[test]
    fn inner_recording_does_not_hold_what_ran_around_it() {
        let (inner, _) = record(|| {
            ping();
            let (_, inner) = record(|| crate::upholds!(MQTT_2_2_2_1));
            inner
        });
        assert_eq!(inner.len(), 1);
        assert_eq!(inner[0].id, Id::MQTT_2_2_2_1);
    }

    #[test]
    fn recording_survives_a_panic_inside() {
        let (caught, outer) = record(|| {
            std::panic::catch_unwind(|| {
                record(|| {
                    ping();
                    std::panic::resume_unwind(Box::new("out"));
                })
            })
            .is_err()
        });
        assert!(caught);
        assert_eq!(outer.len(), 1);
        assert_eq!(record(|| ()).1, []);
    }

    #[test]
    fn other_threads_are_not_watched() {
        let (_, list) = record(|| std::thread::spawn(ping).join().unwrap());
        assert_eq!(list, []);
    }
}
