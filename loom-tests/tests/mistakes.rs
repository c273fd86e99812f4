//! The models are worth something only if they find a mistake.
//!
//! Each test here runs one scenario over the sources with one mistake in them, made by `build.rs`,
//! and expects loom to find an order in which the scenario's claim is false.

#[macro_use]
mod scenarios;

macro_rules! found {
    ($mistake:ident, $scenario:ident, $seen:literal) => {
        #[test]
        #[should_panic(expected = $seen)]
        fn $mistake() {
            mod world {
                scenarios!(etalon_loom_tests::mistakes::$mistake, loom::thread, loom::model);
            }
            world::$scenario();
        }
    };
}

found!(bumped_before_the_lock, subscribed_then_published_is_seen, "not seen");
found!(generation_read_after_the_walk, subscribed_then_published_is_seen, "not seen");
found!(walked_once, going_over_leaves_no_gap, "missed");
found!(number_taken_outside_the_lock, retained_publish_arrives_once_and_last, "not once and last");
found!(no_birth, retained_publish_arrives_once_and_last, "not once and last");
found!(reborn, replacing_misses_no_retained_publish, "missed");
found!(asleep_too_late, what_is_left_behind_was_announced, "not announced");
