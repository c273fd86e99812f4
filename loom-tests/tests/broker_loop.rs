//! The loop of two workers, explored in every order: no call is missed, no message lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

#[macro_use]
mod scenarios;

mod sound {
    broker_scenarios!(
        etalon_loom_tests,
        loom::thread,
        loom::model,
        loom::sync::atomic::AtomicUsize
    );
}

use etalon::spec;

#[test]
fn workers_that_mail_each_other_wake_up() {
    sound::workers_that_mail_each_other_wake_up();
}

#[test]
fn messages_of_one_publisher_stay_in_order() {
    spec::covers!(MQTT_4_6_0_6);
    sound::messages_of_one_publisher_stay_in_order();
}

#[test]
fn take_over_misses_no_message() {
    spec::covers!(MQTT_3_1_4_2, MQTT_4_4_0_1);
    sound::take_over_misses_no_message();
}

#[test]
fn a_clean_take_over_inherits_nothing() {
    spec::covers!(MQTT_3_1_2_6);
    sound::a_clean_take_over_inherits_nothing();
}

#[test]
fn stopping_loses_nothing() {
    spec::covers!(MQTT_3_1_2_8);
    sound::stopping_loses_nothing(true);
}
