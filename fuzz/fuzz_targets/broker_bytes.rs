//! Several connections say whatever they like: no panic, and the audit accuses the broker of nothing.
#![no_main]

use etalon::spec;
use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    spec::covers!(MQTT_4_8_0_1);
    laws::feed("broker_bytes", bytes);
});
