//! How much memory bytes can buy: nothing from the decoder, and from one connection no more than is
//! stated. One test, so that no other allocates meanwhile.

#![allow(clippy::unwrap_used, reason = "a failure here is the failure of a test")]

use etalon_conformance::laws::memory::{Meter, connection_memory, decoder_memory};
use etalon_conformance::laws::packets::with_packet;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const METER: Meter = Meter {
    now: || ALLOCATOR.current_usage(),
    most: || ALLOCATOR.peak_usage(),
    reset: || ALLOCATOR.reset_peak_usage(),
};

/// Whatever costs most: many subscriptions, many retained messages, both, and long promises.
fn greedy() -> Vec<Vec<u8>> {
    let filters = |count: u16| {
        let mut body = vec![0, 1];
        for number in 0..count {
            let [high, low] = number.to_be_bytes();
            body.extend([0, 3, b'a', b'0' + high % 64, b'0' + low % 64, 0]);
        }
        packet(0x82, &body)
    };
    let retained = |count: u16| {
        let message = |number: u16| {
            let [high, low] = number.to_be_bytes();
            packet(0x31, &[0, 3, b'a', b'0' + high % 64, b'0' + low % 64, 1])
        };
        (0..count).flat_map(message).collect::<Vec<u8>>()
    };
    let mut all_of_it = vec![0, 1];
    for _ in 0..500 {
        all_of_it.extend([0, 1, b'#', 2]);
    }
    let publishing = |first: u8, count: u16| {
        let message = |number: u16| {
            let [high, low] = number.to_be_bytes();
            packet(first, &[0, 1, b'b', high, low | 1])
        };
        (0..count).flat_map(message).collect::<Vec<u8>>()
    };
    let deep = |levels: usize, count: u8| {
        let mut body = vec![0, 1];
        for last in 0..count {
            let filter =
                ["+/", "a/"].concat().repeat(levels / 2) + &char::from(b'0' + last).to_string();
            body.extend(u16::try_from(filter.len()).unwrap().to_be_bytes());
            body.extend(filter.bytes());
            body.push(1);
        }
        packet(0x82, &body)
    };
    vec![
        deep(30_000, 1),
        deep(1_000, 50),
        deep(20, 70),
        filters(8_000),
        retained(8_000),
        [retained(1_000), packet(0x82, &all_of_it)].concat(),
        publishing(0x34, 8_000),
        [packet(0x82, &[0, 1, 0, 1, b'#', 2]), publishing(0x32, 8_000)].concat(),
        vec![0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1],
        vec![0x10, 0xFF, 0xFF, 0x7F],
    ]
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = body.len();
    while length > 127 {
        bytes.push((length % 128) as u8 | 0x80);
        length /= 128;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn bytes_buy_no_more_memory_than_is_stated() {
    etalon_spec::covers!(MQTT_4_8_0_2);
    for bytes in greedy() {
        decoder_memory(&bytes, METER);
        connection_memory(&bytes, METER);
    }
    let mut state = 7_u64;
    for round in 0..3_000 {
        let mut stream = Vec::new();
        for _ in 0..round % 40 {
            let mut entropy = [0; 48];
            for byte in &mut entropy {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = (state >> 56) as u8;
            }
            with_packet(&entropy, |_, bytes| stream.extend_from_slice(bytes));
        }
        decoder_memory(&stream, METER);
        connection_memory(&stream, METER);
    }
}
