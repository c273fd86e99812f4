//! The models of the broker's loop find a mistake in it.
//!
//! As in `mistakes.rs`; but a worker that is never woken is a deadlock, which loom reports by a
//! panic while it unwinds, and that ends the process. Those run in a process of their own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

#[macro_use]
mod scenarios;

macro_rules! with_mistake {
    ($mistake:ident) => {
        mod $mistake {
            broker_scenarios!(
                etalon_loom_tests::mistakes::$mistake,
                loom::thread,
                loom::model,
                loom::sync::atomic::AtomicUsize
            );
        }
    };
}

with_mistake!(not_called_again);
with_mistake!(nobody_called);
with_mistake!(newest_first);
with_mistake!(names_given_twice);
with_mistake!(not_resumed);

mod sound {
    broker_scenarios!(
        etalon_loom_tests,
        loom::thread,
        loom::model,
        loom::sync::atomic::AtomicUsize
    );
}

#[test]
#[should_panic(expected = "out of order or lost")]
fn newest_first_is_found() {
    newest_first::messages_of_one_publisher_stay_in_order();
}

#[test]
#[should_panic(expected = "inherited")]
fn a_name_given_twice_is_found() {
    names_given_twice::a_clean_take_over_inherits_nothing();
}

#[test]
#[should_panic(expected = "missed")]
fn a_session_that_is_not_resumed_is_found() {
    not_resumed::take_over_misses_no_message();
}

#[test]
#[should_panic(expected = "lost")]
fn a_worker_that_does_not_wait_for_the_others_is_found() {
    sound::stopping_loses_nothing(false);
}

#[test]
#[ignore = "a deadlock ends the process"]
fn sleeping_over_new_mail() {
    not_called_again::workers_that_mail_each_other_wake_up();
}

#[test]
#[ignore = "a deadlock ends the process"]
fn sleeping_because_nobody_calls() {
    nobody_called::workers_that_mail_each_other_wake_up();
}

#[test]
fn a_worker_that_sleeps_over_new_mail_is_found() {
    scenarios::deadlocks("sleeping_over_new_mail");
}

#[test]
fn a_worker_that_nobody_calls_is_found() {
    scenarios::deadlocks("sleeping_because_nobody_calls");
}
