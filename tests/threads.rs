//! The scenarios that loom explores, on real threads.
//!
//! They meet fewer orders, but the real locks and counters. They cannot replace the models: most of
//! the mistakes that loom finds at once pass here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

#[macro_use]
#[path = "../loom-tests/tests/scenarios/mod.rs"]
mod scenarios;

/// Loom takes every order once; here luck takes some of them.
const RUNS: usize = 300;

mod world {
    use super::RUNS;

    fn repeat(scenario: impl Fn()) {
        (0..RUNS).for_each(|_| scenario());
    }

    scenarios!(etalon, std::thread, self::repeat);
}

mod broker {
    use super::RUNS;

    fn repeat(scenario: impl Fn()) {
        (0..RUNS).for_each(|_| scenario());
    }

    broker_scenarios!(etalon, std::thread, self::repeat, std::sync::atomic::AtomicUsize);
}

use etalon::spec;

#[test]
fn subscriptions_are_seen_and_ended() {
    spec::covers!(MQTT_3_8_4_5, MQTT_3_10_4_2);
    world::subscribed_then_published_is_seen();
    world::unsubscribed_then_published_is_not_seen();
}

#[test]
fn replacing_leaves_no_gap() {
    spec::covers!(MQTT_3_8_4_3);
    world::replacing_leaves_no_gap();
    world::going_over_leaves_no_gap();
    world::replacing_misses_no_retained_publish();
}

#[test]
fn retained_messages_arrive_once_and_last() {
    spec::covers!(MQTT_3_3_1_6, MQTT_3_3_1_10);
    world::retained_publish_arrives_once_and_last();
    world::cleared_message_is_not_left_behind();
    world::two_publishers_leave_the_newest();
    world::each_first_level_arrives_once();
}

#[test]
fn last_place_is_given_once() {
    world::last_place_is_given_once();
}

#[test]
fn mailbox_loses_and_swaps_nothing() {
    spec::covers!(MQTT_4_6_0_6);
    world::every_push_is_drained_after_a_wake();
    world::what_is_left_behind_was_announced();
    world::items_of_each_producer_stay_in_order();
}

#[test]
fn workers_wake_each_other_and_keep_order() {
    spec::covers!(MQTT_4_6_0_6);
    broker::workers_that_mail_each_other_wake_up();
    broker::messages_of_one_publisher_stay_in_order();
}

#[test]
fn take_over_loses_nothing_and_hands_on_nothing() {
    spec::covers!(MQTT_3_1_4_2, MQTT_3_1_2_6);
    broker::take_over_misses_no_message();
    broker::a_clean_take_over_inherits_nothing();
}

#[test]
fn stopping_loses_nothing() {
    spec::covers!(MQTT_3_1_2_8);
    broker::stopping_loses_nothing(true);
}
