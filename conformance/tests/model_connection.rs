//! §3.1, §3.1.2.5, §3.1.2.10, §3.14: every order of what can happen to the connections of one Client.
//!
//! All sequences of events up to a length are played against a broker of their own, with virtual
//! time, and after each event two things are compared with a rule written from the text: which
//! connections are open, and which Wills somebody else has got. A Will comes once when its connection
//! ends without DISCONNECT, and never otherwise.
//!
//! | connections | events | length | workers | sequences |
//! |---|---|---|---|---|
//! | 2 | open, CONNECT with and without Will and with Clean Session 0 and 1, PINGREQ, DISCONNECT, malformed, half a packet, cut, 8 s, stop | 6 | 1 | 26,296 |
//! | 3 | the same | 6 | 2 | 54,478 |
//!
//! Wrong rules: the Will is dropped on take-over, after a breach, on silence, when the broker stops;
//! it is published after DISCONNECT; a packet does not renew Keep Alive. Each is found out.

use etalon_conformance::say;
use etalon_conformance::stage::secs;
use etalon_conformance::world::{Peer, World};
use etalon_spec as spec;

/// What happens, and to which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Open,
    /// With a Will or without, with Clean Session 1 or 0.
    Connect(usize, bool, bool),
    Pingreq(usize),
    Disconnect(usize),
    Malformed(usize),
    /// The first byte of a packet, whose rest never comes.
    Half(usize),
    Cut(usize),
    EightSeconds,
    Stop,
}

/// Keep Alive is 10 s, so the Client is gone after 15.
const KEEP_ALIVE: u16 = 10;
const GRACE: u64 = 15;
/// CONNECT has to come within 10 s, by default.
const PATIENCE: u64 = 10;

/// The standard in so many words, for one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// CONNECT has not come; what is still possible depends on nothing but the time.
    Silent {
        until: u64,
        half: bool,
    },
    Connected {
        will: bool,
        until: u64,
        half: bool,
    },
    Over,
}

/// What somebody may believe by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belief {
    Right,
    NoWillOnTakeOver,
    NoWillAfterBreach,
    NoWillOnSilence,
    NoWillOnStop,
    WillAfterDisconnect,
    PacketsRenewNothing,
}

#[derive(Clone, Debug)]
struct Rule {
    belief: Belief,
    now: u64,
    stopped: bool,
    lines: Vec<Line>,
    /// The connections whose Wills are due because of the last event.
    due: Vec<usize>,
}

impl Rule {
    fn new(belief: Belief) -> Rule {
        Rule { belief, now: 0, stopped: false, lines: Vec::new(), due: Vec::new() }
    }

    fn possible(&self, connections: usize) -> Vec<Event> {
        let mut events = Vec::new();
        if self.stopped {
            return events;
        }
        if self.lines.len() < connections {
            events.push(Event::Open);
        }
        for (at, line) in self.lines.iter().enumerate() {
            let (open, half) = match line {
                Line::Silent { half, .. } | Line::Connected { half, .. } => (true, *half),
                Line::Over => (false, false),
            };
            if open && !half {
                for (will, clean) in [(true, true), (true, false), (false, false)] {
                    events.push(Event::Connect(at, will, clean));
                }
                events.extend([Event::Pingreq(at), Event::Disconnect(at)]);
                events.extend([Event::Malformed(at), Event::Half(at)]);
            }
            if open {
                events.push(Event::Cut(at));
            }
        }
        events.extend([Event::EightSeconds, Event::Stop]);
        events
    }

    fn step(&mut self, event: Event) {
        self.due.clear();
        match event {
            Event::Open => {
                self.lines.push(Line::Silent { until: self.now + PATIENCE, half: false });
            }
            Event::Connect(at, will, _) => match self.lines[at] {
                Line::Silent { .. } => {
                    for other in 0..self.lines.len() {
                        if matches!(self.lines[other], Line::Connected { .. }) {
                            self.end(other, self.belief != Belief::NoWillOnTakeOver);
                        }
                    }
                    self.lines[at] = Line::Connected { will, until: self.now + GRACE, half: false };
                }
                // CONNECT comes once.
                Line::Connected { .. } | Line::Over => self.breach(at),
            },
            Event::Pingreq(at) => match &mut self.lines[at] {
                Line::Connected { until, .. } => {
                    if self.belief != Belief::PacketsRenewNothing {
                        *until = self.now + GRACE;
                    }
                }
                Line::Silent { .. } | Line::Over => self.breach(at),
            },
            Event::Disconnect(at) => self.end(at, self.belief == Belief::WillAfterDisconnect),
            Event::Malformed(at) => self.breach(at),
            Event::Half(at) => {
                if let Line::Silent { half, .. } | Line::Connected { half, .. } =
                    &mut self.lines[at]
                {
                    *half = true;
                }
            }
            Event::Cut(at) => self.end(at, true),
            Event::EightSeconds => self.eight_seconds(),
            Event::Stop => {
                self.stopped = true;
                for at in 0..self.lines.len() {
                    self.end(at, self.belief != Belief::NoWillOnStop);
                }
            }
        }
    }

    fn breach(&mut self, at: usize) {
        self.end(at, self.belief != Belief::NoWillAfterBreach);
    }

    fn eight_seconds(&mut self) {
        self.now += 8;
        let silent = |line: &Line| match line {
            Line::Silent { until, .. } | Line::Connected { until, .. } => Some(*until),
            Line::Over => None,
        };
        let mut over: Vec<(u64, usize)> = (0..self.lines.len())
            .filter_map(|at| Some((silent(&self.lines[at])?, at)))
            .filter(|(until, _)| *until <= self.now)
            .collect();
        over.sort_unstable();
        for (_, at) in over {
            self.end(at, self.belief != Belief::NoWillOnSilence);
        }
    }

    fn end(&mut self, at: usize, publishes: bool) {
        if let Line::Connected { will: true, .. } = self.lines[at]
            && publishes
        {
            self.due.push(at);
        }
        self.lines[at] = Line::Over;
    }
}

/// A broker with somebody who gets every Will.
struct Play {
    world: World,
    watcher: Peer,
    peers: Vec<Peer>,
}

impl Play {
    fn new(workers: u16) -> Play {
        let mut world = World::new(workers);
        let watcher = world.open();
        world.send(watcher, say::connect("watcher").bytes());
        world.send(watcher, say::subscribe(1, &[("will/+", 0)]));
        world.received_bytes(watcher);
        Play { world, watcher, peers: Vec::new() }
    }

    fn step(&mut self, event: Event) {
        let world = &mut self.world;
        match event {
            Event::Open => self.peers.push(world.open()),
            Event::Connect(at, will, clean) => {
                let topic = format!("will/{at}");
                let connect = say::connect("a").keep_alive(KEEP_ALIVE);
                let connect = if clean { connect } else { connect.kept() };
                let connect = if will { connect.will(&topic, "", 1) } else { connect };
                world.send(self.peers[at], connect.bytes());
            }
            Event::Pingreq(at) => world.send(self.peers[at], say::pingreq()),
            Event::Disconnect(at) => world.send(self.peers[at], say::disconnect()),
            Event::Malformed(at) => world.send(self.peers[at], [0xC1, 0x00]),
            Event::Half(at) => world.send(self.peers[at], [0xC0]),
            Event::Cut(at) => world.cut(self.peers[at]),
            Event::EightSeconds => world.advance(secs(8)),
            Event::Stop => world.stop(),
        }
    }

    /// The connections whose Wills have come since the last look.
    fn wills(&mut self) -> Vec<usize> {
        let lines = self.world.received(self.watcher);
        let number = |line: String| {
            let topic = line.strip_prefix("PUBLISH will/")?;
            topic.split(' ').next()?.parse().ok()
        };
        lines.into_iter().filter_map(number).collect()
    }

    /// Whether the rule and the broker agree after an event.
    fn agrees(&mut self, rule: &Rule) -> bool {
        let open = |at: usize| self.world.closed(self.peers[at]).is_none();
        let same = (0..self.peers.len()).all(|at| open(at) == (rule.lines[at] != Line::Over));
        same && self.wills() == rule.due
    }
}

/// Plays every sequence of `length` events, and those that end before because the broker stops.
/// The number of sequences, or the first on which rule and broker differ.
fn each_sequence(
    workers: u16,
    connections: usize,
    length: usize,
    belief: Belief,
) -> Result<usize, Vec<Event>> {
    let mut sequences = 0;
    let mut open = vec![Vec::new()];
    while let Some(events) = open.pop() {
        let mut rule = Rule::new(belief);
        events.iter().for_each(|event| rule.step(*event));
        let next = rule.possible(connections);
        if events.len() < length && !next.is_empty() {
            open.extend(next.into_iter().map(|event| [&events[..], &[event]].concat()));
            continue;
        }
        sequences += 1;
        let (mut play, mut rule) = (Play::new(workers), Rule::new(belief));
        for (at, event) in events.iter().enumerate() {
            play.step(*event);
            rule.step(*event);
            if !play.agrees(&rule) {
                return Err(events[..=at].to_vec());
            }
        }
    }
    Ok(sequences)
}

#[test]
fn a_will_comes_once_or_never_with_two_connections() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10, MQTT_3_14_4_3, MQTT_3_1_2_24, MQTT_3_1_4_2);
    assert_eq!(each_sequence(1, 2, 6, Belief::Right), Ok(26_296));
}

#[test]
fn a_will_comes_once_or_never_with_three_connections() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10, MQTT_3_1_0_1, MQTT_3_1_0_2, MQTT_4_8_0_1);
    assert_eq!(each_sequence(2, 3, 6, Belief::Right), Ok(54_478));
}

#[test]
fn every_wrong_belief_is_found_out() {
    for belief in [
        Belief::NoWillOnTakeOver,
        Belief::NoWillAfterBreach,
        Belief::NoWillOnSilence,
        Belief::NoWillOnStop,
        Belief::WillAfterDisconnect,
        Belief::PacketsRenewNothing,
    ] {
        assert!(each_sequence(1, 2, 5, belief).is_err(), "{belief:?}");
    }
}
