//! A run of operations: the broker does what the oracle says.
#![no_main]

use etalon::spec;
use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    spec::covers!(
        MQTT_3_3_5_1,
        MQTT_4_3_3_2,
        MQTT_4_4_0_1,
        MQTT_4_6_0_6,
        MQTT_3_1_2_8,
        MQTT_3_2_2_2
    );
    laws::feed("broker_ops", bytes);
});
