//! Every packet there and back.

use etalon::packet::*;

#[test]
fn every_sample_decodes_and_encodes_to_itself() {
    let samples: &[&[u8]] = &[
        &[0x10, 0x0C, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 0],
        &[
            0x10, 0x1E, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 0xEE, 0, 0x0A, 0, 2, 0x69, 0x64, 0, 3,
            0x77, 0x2F, 0x74, 0, 3, 0x62, 0x79, 0x65, 0, 1, 0x75, 0, 1, 0x70,
        ],
        &[0x20, 2, 1, 0],
        &[0x20, 2, 0, 5],
        &[0x30, 7, 0, 3, 0x61, 0x2F, 0x62, 0x68, 0x69],
        &[0x3D, 9, 0, 3, 0x61, 0x2F, 0x62, 0, 0x0A, 0x68, 0x69],
        &[0x40, 2, 0, 10],
        &[0x50, 2, 0, 10],
        &[0x62, 2, 0, 10],
        &[0x70, 2, 0, 10],
        &[0x82, 0x0E, 0, 0x0A, 0, 3, 0x61, 0x2F, 0x62, 1, 0, 3, 0x63, 0x2F, 0x64, 2],
        &[0x90, 4, 0, 10, 1, 0x80],
        &[0xA2, 0x0C, 0, 0x0A, 0, 3, 0x61, 0x2F, 0x62, 0, 3, 0x63, 0x2F, 0x64],
        &[0xB0, 2, 0, 10],
        &[0xC0, 0],
        &[0xD0, 0],
        &[0xE0, 0],
    ];
    for sample in samples {
        let Decoded::Packet { packet, used, .. } = decode(sample, Limits::EITHER).unwrap() else {
            panic!("{sample:x?} is incomplete")
        };
        assert_eq!(used, sample.len());
        assert_eq!(packet.encoded_len(), sample.len());
        let mut bytes = Vec::new();
        packet.encode(&mut bytes).unwrap();
        assert_eq!(&bytes, sample);
    }
}
