//! A filter and a Topic Name: they match exactly if the oracle says so.
#![no_main]

use etalon::spec;
use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_2_1, MQTT_4_7_3_4);
    laws::feed("matching", bytes);
});
