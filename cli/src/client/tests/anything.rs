//! Long random conversations: whatever a server sends and whenever it is cut, what the client
//! sends stays well-formed and in keeping with the rules for identifiers and for sending again.
//! The observer knows only what passes on the wire.

use std::collections::BTreeMap;

use etalon::packet::Party;

use super::*;

/// A server's packets, valid and not, most of them under identifiers that are in use.
const SCRIPT: [&str; 20] = [
    "300400017461",
    "3206000174000161",
    "3206000174000262",
    "3406000174000163",
    "3c06000174000163",
    "3406000174000264",
    "62020001",
    "62020002",
    "40020001",
    "40020002",
    "40020003",
    "50020001",
    "50020002",
    "50020003",
    "70020001",
    "70020002",
    "70020003",
    "d000",
    "9003000100",
    "30040001",
];

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What an outsider knows of the client's messages.
#[derive(Default)]
struct Observer {
    /// Identifiers of QoS 1 and 2 messages that are not done, and whether PUBREL was sent.
    open: BTreeMap<u16, bool>,
    fresh: bool,
}

impl Observer {
    fn saw(&mut self, packet: &Packet<'_>, kept: bool) {
        if let Packet::Connect(connect) = packet {
            assert!(self.fresh, "a second CONNECT");
            self.fresh = false;
            if connect.clean_session {
                self.open.clear();
            }
        }
        assert!(!self.fresh, "CONNECT is first");
        if let Packet::Publish(publish) = packet
            && let Some(id) = publish.delivery.packet_id()
        {
            let known = self.open.insert(id.get(), false);
            assert_eq!(known.is_some(), publish.delivery.dup(), "{publish:?}");
            assert_ne!(known, Some(true), "published again after its PUBREL");
            assert!(kept || known.is_none(), "sent again in a clean session");
        }
        if let Packet::Pubrel(pubrel) = packet
            && let Some(released) = self.open.get_mut(&pubrel.packet_id.get())
        {
            *released = true;
        }
    }
}

fn conversation(seed: u64, kept: bool) -> usize {
    let mut random = Random(seed | 1);
    let mut bench = Bench::new(|config| {
        config.keep_session = kept;
        config.in_flight_max = 3;
    });
    let mut observer = Observer::default();
    let mut seen = 0;
    for _ in 0..200 {
        if bench.client.phase == Phase::Closed {
            bench.client.closed();
            bench.client.opened(bench.now);
            observer.fresh = true;
            bench.client.received(if kept { b"\x20\x02\x01\x00" } else { b"\x20\x02\x00\x00" });
        }
        match random.below(12) {
            0 | 1 => drop(bench.publish("x", Qos::from_bits(random.below(3) as u8).unwrap())),
            2 => drop(bench.pass(Duration::from_secs(random.below(50)))),
            3 if random.below(8) == 0 => bench.client.phase = Phase::Closed,
            _ => {
                let packet = hex(SCRIPT[random.below(SCRIPT.len() as u64) as usize]);
                let cut = random.below(packet.len() as u64 * 4 + 1) as usize;
                bench.client.received(packet.get(..cut).unwrap_or(&packet));
            }
        }
        for event in bench.events() {
            if let Event::Published(_) = event {
                seen += 1;
            }
        }
        let output = bench.client.take_output();
        let mut rest = output.as_slice();
        while !rest.is_empty() {
            let limits = etalon::packet::Limits::SERVER;
            let Ok(Decoded::Packet { packet, used, .. }) = decode(rest, limits) else {
                panic!("{rest:02x?} is no packet for a {}", Party::Server);
            };
            observer.saw(&packet, kept);
            rest = &rest[used..];
        }
        // What the server has acknowledged is known to the session first.
        let open: Vec<u16> = bench.client.session.resend().iter().map(|(id, _)| id.get()).collect();
        observer.open.retain(|id, _| open.contains(id));
        assert!(open.len() <= 3, "only so many in flight");
    }
    seen
}

#[test]
fn whatever_a_server_does_the_client_keeps_the_rules() {
    spec::covers!(MQTT_2_3_1_2, MQTT_2_3_1_3, MQTT_3_3_1_1, MQTT_4_3_3_1);
    let mut seen = 0;
    for seed in 1..=400 {
        seen += conversation(seed * 0x9e37_79b9, true);
        seen += conversation(seed * 0x9e37_79b9, false);
    }
    assert!(seen > 1_000, "only {seen} messages were done: the conversations say too little");
}
