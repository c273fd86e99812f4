//! Any bytes: the decoder allocates nothing for them, and one connection no more than is stated.
#![no_main]

use etalon::spec;
use etalon_conformance::laws::memory::{Meter, connection_memory, decoder_memory};
use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const METER: Meter = Meter {
    now: || ALLOCATOR.current_usage(),
    most: || ALLOCATOR.peak_usage(),
    reset: || ALLOCATOR.reset_peak_usage(),
};

fuzz_target!(|bytes: &[u8]| {
    spec::covers!(MQTT_4_8_0_2);
    decoder_memory(bytes, METER);
    connection_memory(bytes, METER);
});
