//! The invariants of the router and the mailbox, explored completely: every order in which the
//! threads of a scenario can take their steps, and every value that a load may see.
//!
//! No bound is set on preemption; all models together take about a second. With a third thread the
//! orders multiply by more than a thousand, so only those have one whose claim needs it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

#[macro_use]
mod scenarios;

mod sound {
    scenarios!(etalon_loom_tests, loom::thread, loom::model);
}

use etalon::spec;

#[test]
fn subscribed_then_published_is_seen() {
    spec::covers!(MQTT_3_8_4_5);
    sound::subscribed_then_published_is_seen();
}

#[test]
fn unsubscribed_then_published_is_not_seen() {
    spec::covers!(MQTT_3_10_4_2);
    sound::unsubscribed_then_published_is_not_seen();
}

#[test]
fn replacing_leaves_no_gap() {
    spec::covers!(MQTT_3_8_4_3);
    sound::replacing_leaves_no_gap();
}

#[test]
fn going_over_leaves_no_gap() {
    spec::covers!(MQTT_3_10_4_1);
    sound::going_over_leaves_no_gap();
}

#[test]
fn replacing_misses_no_retained_publish() {
    spec::covers!(MQTT_3_8_4_3);
    sound::replacing_misses_no_retained_publish();
}

#[test]
fn retained_publish_arrives_once_and_last() {
    spec::covers!(MQTT_3_3_1_6);
    sound::retained_publish_arrives_once_and_last();
}

#[test]
fn cleared_message_is_not_left_behind() {
    spec::covers!(MQTT_3_3_1_10);
    sound::cleared_message_is_not_left_behind();
}

#[test]
fn two_publishers_leave_the_newest() {
    spec::covers!(MQTT_3_3_1_6);
    sound::two_publishers_leave_the_newest();
}

#[test]
fn each_first_level_arrives_once() {
    spec::covers!(MQTT_3_3_1_6);
    sound::each_first_level_arrives_once();
}

#[test]
fn last_place_is_given_once() {
    sound::last_place_is_given_once();
}

#[test]
fn every_push_is_drained_after_a_wake() {
    sound::every_push_is_drained_after_a_wake();
}

#[test]
fn what_is_left_behind_was_announced() {
    sound::what_is_left_behind_was_announced();
}

#[test]
fn items_of_each_producer_stay_in_order() {
    spec::covers!(MQTT_4_6_0_6);
    sound::items_of_each_producer_stay_in_order();
}
