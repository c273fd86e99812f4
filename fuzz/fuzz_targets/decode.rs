//! Any bytes, as either side would read them: no panic, and what is accepted is written again as it
//! was, unless its Remaining Length was longer than it need be.
#![no_main]

use etalon::packet::{self, Decoded, Limits};
use etalon::spec;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    spec::covers!(MQTT_2_2_2_2, MQTT_1_5_3_1, MQTT_4_8_0_1);
    for limits in [Limits::SERVER, Limits::CLIENT, Limits::EITHER] {
        if let Ok(Decoded::Packet { packet, used, overlong_length }) = packet::decode(bytes, limits)
        {
            let mut again = Vec::new();
            assert_eq!(packet.encode(&mut again), Ok(()));
            assert_eq!(again.len(), packet.encoded_len());
            assert!(overlong_length || again == bytes[..used]);
        }
    }
});
