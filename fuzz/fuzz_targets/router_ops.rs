//! Subscriptions, retained messages and routes: the router does what a plain list does.
#![no_main]

use etalon::spec;
use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    spec::covers!(MQTT_3_3_5_1, MQTT_3_3_1_6, MQTT_3_3_1_10, MQTT_3_3_2_3, MQTT_3_8_4_3);
    laws::feed("router_ops", bytes);
});
