//! A valid packet, made of bytes: written, read, cut and followed by others.
#![no_main]

use etalon::spec;
use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    spec::covers!(MQTT_2_2_2_1, MQTT_1_5_3_3, MQTT_3_1_3_1);
    laws::feed("inverse", bytes);
});
