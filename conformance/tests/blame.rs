//! A careless broker is reported under the statement that it breaks, not under the one that the
//! trace is about: what the broker in a world sends is spoilt on its way to the runner.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use std::collections::BTreeMap;

use etalon::time::{Duration, Instant};
use etalon_conformance::report::Status;
use etalon_conformance::run::{Options, Run, run};
use etalon_conformance::target::{Link, Seen, Target, Virtual};
use etalon_conformance::trace::{Change, Trace};
use etalon_conformance::verdict::{Cause, Verdict};
use etalon_conformance::world::World;
use etalon_spec::Id;

/// What becomes of a packet.
type Spoil = fn(&mut Vec<u8>);

struct Careless {
    broker: Virtual,
    spoil: Spoil,
    half: BTreeMap<Link, Vec<u8>>,
}

impl Target for Careless {
    fn open(&mut self) -> Result<Link, String> {
        self.broker.open()
    }

    fn send(&mut self, link: Link, bytes: &[u8]) {
        self.broker.send(link, bytes);
    }

    fn end(&mut self, link: Link, how: Change) {
        self.broker.end(link, how);
    }

    fn next(&mut self, until: Instant) -> Option<(Link, Seen)> {
        let (link, seen) = self.broker.next(until)?;
        let Seen::Bytes(bytes) = seen else { return Some((link, seen)) };
        let half = self.half.entry(link).or_default();
        half.extend(bytes);
        let mut spoilt = Vec::new();
        // Every packet here is shorter than 128 bytes.
        while half.len() >= 2 && half.len() >= 2 + usize::from(half[1]) {
            let rest = half.split_off(2 + usize::from(half[1]));
            let mut packet = std::mem::replace(half, rest);
            (self.spoil)(&mut packet);
            spoilt.extend(packet);
        }
        Some((link, Seen::Bytes(spoilt)))
    }

    fn now(&self) -> Instant {
        self.broker.now()
    }

    fn named(&self, link: Link) -> Option<Vec<Id>> {
        self.broker.named(link)
    }

    fn quiet(&self) -> Duration {
        self.broker.quiet()
    }
}

/// Every flow once; it is about something else.
const ALL: &str = "covers MQTT-7.1.1-1
a > CONNECT client=auto
a < CONNACK accepted
a > SUBSCRIBE id=3 {t}/x qos=2 {t}/y qos=1
a < SUBACK id=3 2 1
a > PUBLISH {t}/x qos=1 id=7 retain \"one\"
any {
    a < PUBACK id=7
    a < PUBLISH {t}/x qos=1 id=$p \"one\"
}
a > PUBACK id=$p
a > PUBLISH {t}/x qos=2 id=9 \"two\"
a < PUBREC id=9
a > PUBREL id=9
any {
    a < PUBCOMP id=9
    a < PUBLISH {t}/x qos=2 id=$q \"two\"
}
a > PUBREC id=$q
a < PUBREL id=$q
a > PUBCOMP id=$q
a > SUBSCRIBE id=4 {t}/x qos=0
a < SUBACK id=4 0
a < PUBLISH {t}/x retain \"one\"
a > UNSUBSCRIBE id=5 {t}/x
a < UNSUBACK id=5
a > PINGREQ
a < PINGRESP
a > DISCONNECT
a < closed
a > CONNECT client=auto
a < CONNACK accepted present
a > DISCONNECT
a < closed
a > CONNECT client=auto clean
a < CONNACK accepted
";

fn played(spoil: Spoil) -> Run {
    let trace: Trace = ALL.parse().unwrap();
    let broker = Virtual::new(World::new(1));
    let mut target = Careless { broker, spoil, half: BTreeMap::new() };
    run(&mut target, &trace, &Options { prefix: "blame".into(), ..Options::default() })
}

#[track_caller]
fn blamed(spoil: Spoil, id: Id, cause: Cause) {
    let run = played(spoil);
    assert_eq!(run.status(), Status::Fail, "{run}");
    let Verdict::Fail(failure) = &run.verdict else { panic!("{run}") };
    assert_eq!((failure.id, failure.cause), (id, cause), "{run}");
    assert_eq!(run.broken()[0], id);
}

#[test]
fn nothing_spoilt_passes() {
    let run = played(|_| {});
    assert_eq!((run.status(), run.broken()), (Status::Pass, Vec::new()), "{run}");
}

#[test]
fn session_present_has_its_three_statements() {
    let wrong = Cause::Wrong;
    blamed(
        |packet| {
            if packet[0] == 0x20 {
                packet[2] = 0
            }
        },
        Id::MQTT_3_2_2_2,
        wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0x20 {
                packet[2] = 1
            }
        },
        Id::MQTT_3_2_2_3,
        wrong,
    );
    let trace = "covers MQTT-7.1.1-1\na > CONNECT client=auto clean\na < CONNACK accepted\n";
    let mut target = Careless {
        broker: Virtual::new(World::new(1)),
        spoil: |packet| packet[2] = 1,
        half: BTreeMap::new(),
    };
    let run = run(&mut target, &trace.parse().unwrap(), &Options::default());
    assert_eq!(run.broken()[0], Id::MQTT_3_2_2_1, "{run}");
}

#[test]
fn an_acknowledgement_under_another_identifier_is_named_so() {
    let wrong = Cause::Missing;
    blamed(
        |packet| {
            if packet[0] == 0x40 {
                packet[3] += 1
            }
        },
        Id::MQTT_2_3_1_6,
        wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0x50 {
                packet[3] += 1
            }
        },
        Id::MQTT_2_3_1_6,
        wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0x62 {
                packet[3] += 1
            }
        },
        Id::MQTT_2_3_1_6,
        Cause::Wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0x70 {
                packet[3] += 1
            }
        },
        Id::MQTT_4_3_3_2,
        wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0x90 {
                packet[3] += 1
            }
        },
        Id::MQTT_3_8_4_2,
        wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0xB0 {
                packet[3] += 1
            }
        },
        Id::MQTT_3_10_4_4,
        wrong,
    );
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_is_named_so() {
    blamed(
        |packet| {
            if packet[0] == 0x40 {
                packet[0] = 0x50
            }
        },
        Id::MQTT_4_3_2_2,
        Cause::Missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x50 {
                packet[0] = 0x40
            }
        },
        Id::MQTT_4_3_3_2,
        Cause::Missing,
    );
}

#[test]
fn an_answer_that_does_not_come_is_owed_under_its_own_statement() {
    let missing = Cause::Missing;
    blamed(
        |packet| {
            if packet[0] == 0x20 {
                packet.clear()
            }
        },
        Id::MQTT_3_1_4_4,
        missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x40 {
                packet.clear()
            }
        },
        Id::MQTT_4_3_2_2,
        missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x50 {
                packet.clear()
            }
        },
        Id::MQTT_4_3_3_2,
        missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x62 {
                packet.clear()
            }
        },
        Id::MQTT_4_3_3_1,
        missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x70 {
                packet.clear()
            }
        },
        Id::MQTT_4_3_3_2,
        missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x90 {
                packet.clear()
            }
        },
        Id::MQTT_3_8_4_1,
        missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0xB0 {
                packet.clear()
            }
        },
        Id::MQTT_3_10_4_4,
        missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0xD0 {
                packet.clear()
            }
        },
        Id::MQTT_3_12_4_1,
        missing,
    );
}

#[test]
fn a_flag_of_publish_is_named_by_its_statement() {
    let wrong = Cause::Wrong;
    blamed(
        |packet| {
            if packet[0] == 0x31 {
                packet[0] = 0x30
            }
        },
        Id::MQTT_3_3_1_8,
        wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0x34 {
                packet[0] = 0x35
            }
        },
        Id::MQTT_3_3_1_9,
        Cause::Missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x34 {
                packet[0] = 0x3C
            }
        },
        Id::MQTT_3_3_1_3,
        Cause::Missing,
    );
    blamed(
        |packet| {
            if packet[0] == 0x32 {
                packet[0] = 0x34
            }
        },
        Id::MQTT_3_8_4_6,
        Cause::Missing,
    );
}

#[test]
fn return_codes_of_suback_are_named_by_their_statement() {
    let wrong = Cause::Wrong;
    let shorter: Spoil = |packet| {
        if packet[0] == 0x90 && packet.len() == 6 {
            packet.pop();
            packet[1] = 3;
        }
    };
    blamed(shorter, Id::MQTT_3_8_4_5, wrong);
    let turned: Spoil = |packet| {
        if packet[0] == 0x90 && packet.len() == 6 {
            packet.swap(4, 5);
        }
    };
    blamed(turned, Id::MQTT_3_9_3_1, wrong);
    let above: Spoil = |packet| {
        if packet[0] == 0x90 && packet.len() == 5 {
            packet[4] = 2;
        }
    };
    blamed(above, Id::MQTT_3_8_4_5, wrong);
}

#[test]
fn what_is_malformed_is_named_by_the_decoder() {
    blamed(
        |packet| {
            if packet[0] == 0xD0 {
                packet[0] = 0xD1
            }
        },
        Id::MQTT_2_2_2_2,
        Cause::Wrong,
    );
    blamed(
        |packet| {
            if packet[0] == 0x20 {
                packet[2] = 2
            }
        },
        Id::MQTT_4_8_0_1,
        Cause::Wrong,
    );
}

#[test]
fn the_audit_fails_a_run_whose_trace_passes() {
    let trace: Trace = "covers MQTT-3.12.4-1\na > CONNECT client=auto clean\n\
                        a < CONNACK accepted\nb > CONNECT client=auto clean\nb < CONNACK accepted\n\
                        b > SUBSCRIBE id=1 {t}/x qos=1\nb < SUBACK id=1 1\n\
                        a > PUBLISH {t}/x qos=1 id=1 \"hi\"\na < PUBACK id=1\n\
                        b < PUBLISH {t}/x qos=1 id=$p dup=any \"hi\"\nb > PUBACK id=$p\n"
        .parse()
        .unwrap();
    let broker = Virtual::new(World::new(1));
    let spoil: Spoil = |packet| {
        if packet[0] == 0x32 {
            packet[0] = 0x3A;
        }
    };
    let mut target = Careless { broker, spoil, half: BTreeMap::new() };
    let options = Options { prefix: "audited".into(), ..Options::default() };
    let run = run(&mut target, &trace, &options);
    assert_eq!(run.verdict, Verdict::Pass, "{run}");
    assert_eq!(run.status(), Status::Fail);
    assert_eq!(run.breaches.len(), 1, "{run}");
    let found = &run.breaches[0];
    assert_eq!((found.who.as_str(), found.packet, found.bytes[0]), ("b", 3, 0x3A));
    assert_eq!(run.broken(), [Id::MQTT_3_3_1_3]);
    assert!(run.replay(&trace).unwrap().to_string().contains("[MQTT-3.3.1-3]"));
}

#[test]
fn what_is_lost_is_seen_once_everything_had_its_time() {
    let trace: Trace = "covers MQTT-3.12.4-1\na > CONNECT client=auto clean\n\
                        a < CONNACK accepted\na > SUBSCRIBE id=1 {t}/x qos=1\na < SUBACK id=1 1\n\
                        a > PUBLISH {t}/x qos=1 id=2 \"hi\"\na < PUBACK id=2\n"
        .parse()
        .unwrap();
    let broker = Virtual::new(World::new(1));
    let spoil: Spoil = |packet| {
        if packet[0] == 0x32 {
            packet.clear();
        }
    };
    let mut target = Careless { broker, spoil, half: BTreeMap::new() };
    let options = Options { prefix: "lost".into(), ..Options::default() };
    let run = run(&mut target, &trace, &options);
    assert_eq!(run.broken(), [Id::MQTT_4_5_0_1], "{run}");
}

#[test]
fn the_trace_that_shows_it_again_ends_where_it_failed() {
    let run = played(|packet| {
        if packet[0] == 0x50 {
            packet.clear()
        }
    });
    let trace: Trace = ALL.parse().unwrap();
    let shown = run.replay(&trace).unwrap().to_string();
    assert!(shown.starts_with("# Broken: [MQTT-4.3.3-2] at `a < PUBREC id=9`: it did not come."));
    assert!(shown.ends_with("a < PUBREC id=9\n"), "{shown}");
    assert!(played(|_| {}).replay(&trace).is_none());
}
