//! §2, §3: writing and reading a packet undo each other.

use etalon::packet::{Decoded, Limits, Packet, Stance, decode};

use super::generator::{Source, Store, packet};

/// As somebody reads who leaves control characters alone (S-09).
pub const LENIENT: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

/// Calls `law` with the valid packet that this entropy stands for, and its bytes.
pub fn with_packet<T>(entropy: &[u8], law: impl FnOnce(&Packet<'_>, &[u8]) -> T) -> T {
    let mut store = Store::default();
    let packet = packet(&mut Source::new(entropy), &mut store);
    let mut bytes = Vec::new();
    assert_eq!(packet.encode(&mut bytes), Ok(()));
    law(&packet, &bytes)
}

/// `decode(encode(p)) = p`, and `encoded_len` tells the truth.
pub fn what_is_written_is_read(packet: &Packet<'_>, bytes: &[u8]) {
    assert_eq!(packet.encoded_len(), bytes.len());
    let found = decode(bytes, LENIENT);
    let expected = Decoded::Packet { packet: *packet, used: bytes.len(), overlong_length: false };
    assert_eq!(found, Ok(expected));
}

/// A proper prefix is incomplete, and asks for no more than is missing; once Remaining Length is
/// known, for exactly that.
pub fn a_prefix_is_incomplete(bytes: &[u8]) {
    let header = 1 + bytes.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 1;
    for cut in (0..bytes.len()).filter(|cut| *cut < 64 || bytes.len() - cut < 64) {
        let missing = bytes.len() - cut;
        let need = match decode(&bytes[..cut], LENIENT) {
            Ok(Decoded::Incomplete { need }) => Some(need),
            Ok(Decoded::Packet { .. }) | Err(_) => None,
        };
        let fits =
            |need| if cut >= header { need == missing } else { (1..=missing).contains(&need) };
        assert!(need.is_some_and(fits), "cut at {cut}: {need:?}");
    }
}

/// What stands behind a packet is not looked at.
pub fn what_follows_is_not_read(bytes: &[u8], garbage: &[u8]) {
    let mut longer = bytes.to_vec();
    longer.extend_from_slice(garbage);
    assert_eq!(decode(&longer, LENIENT), decode(bytes, LENIENT));
}
