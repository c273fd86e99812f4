//! The models are worth something only if they find a mistake.
//!
//! Each test here runs one scenario over the sources with one mistake in them, made by `build.rs`,
//! and expects loom to find an order in which the scenario's claim is false.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

#[macro_use]
mod scenarios;

macro_rules! found {
    ($mistake:ident: $($scenario:ident $seen:literal),+) => {
        mod $mistake {
            scenarios!(etalon_loom_tests::mistakes::$mistake, loom::thread, loom::model);
            $(
                mod $scenario {
                    #[test]
                    #[should_panic(expected = $seen)]
                    fn is_found() {
                        super::$scenario();
                    }
                }
            )+
        }
    };
}

found!(bumped_before_the_lock:
    subscribed_then_published_is_seen "not seen",
    replacing_leaves_no_gap "assertion"
);
found!(generation_read_after_the_walk:
    subscribed_then_published_is_seen "not seen",
    unsubscribed_then_published_is_not_seen "assertion"
);
found!(walked_once:
    going_over_leaves_no_gap "missed"
);
found!(number_taken_outside_the_lock:
    retained_publish_arrives_once_and_last "not once and last",
    two_publishers_leave_the_newest "assertion"
);
found!(no_birth:
    retained_publish_arrives_once_and_last "not once and last",
    each_first_level_arrives_once "assertion"
);
found!(targets_before_the_lock:
    cleared_message_is_not_left_behind "assertion"
);
found!(looked_then_took:
    last_place_is_given_once "assertion"
);
found!(reborn:
    replacing_misses_no_retained_publish "missed"
);
found!(asleep_too_late:
    what_is_left_behind_was_announced "not announced",
    items_of_each_producer_stay_in_order "assertion"
);

mod overslept {
    scenarios!(etalon_loom_tests::mistakes::asleep_too_late, loom::thread, loom::model);
}

#[test]
#[ignore = "a deadlock ends the process"]
fn sleeping_too_late() {
    overslept::every_push_is_drained_after_a_wake();
}

#[test]
fn an_owner_that_declares_itself_asleep_too_late_is_found() {
    scenarios::deadlocks("sleeping_too_late");
}
