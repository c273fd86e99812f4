//! What a broker offers, found out by asking it.
//!
//! A word is missing only where the broker refused in a way that the standard lets it refuse, or
//! where the target file says so. Whatever else happens - a grant that delivers nothing, a close, a
//! wrong answer - counts as offered, and the cases judge it: a probe must not hide a breach.

#![expect(clippy::disallowed_types, reason = "real sockets have real time")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use etalon::packet::{Decoded, Limits, Packet, ReturnCode, decode};

use super::declared::{Credentials, Declared};
use super::reach::{Answer, Reached, attempt};
use super::wire::{Heard, Wire};
use crate::report::Capability;
use crate::say;

/// The words that a trace may require.
pub const WORDS: [&str; 14] = [
    "anonymous",
    "credentials",
    "denied-filter",
    "denied-topic",
    "dollar-topics",
    "durable",
    "empty-client-id",
    "only-3.1.1",
    "qos1",
    "qos2",
    "restart",
    "retain",
    "websocket",
    "wildcards",
];

/// How long what is owed may take.
const OWED_WITHIN: Duration = Duration::from_secs(5);

/// How long something may take that need not come at all.
const QUIET: Duration = Duration::from_millis(700);

/// A close may have any reason (S-104): so often it is tried.
const TRIES: usize = 3;

/// A payload as long as verdicts may need (S-03).
const PAYLOAD_BYTES: usize = 64 * 1024 - 256;

/// Asks a broker, and adds what its target file declares.
pub fn ask(
    reached: &Reached,
    declared: &Declared,
    can_restart: bool,
    prefix: &str,
) -> Vec<Capability> {
    let credentials = declared.credentials.as_ref();
    let probe = Probe { socket: reached.socket, credentials, prefix };
    let questions: [&(dyn Fn() -> Capability + Sync); 10] = [
        &|| probe.empty_client_id(),
        &|| probe.granted("qos1", 1),
        &|| probe.granted("qos2", 2),
        &|| probe.retain(),
        &|| probe.wildcards(),
        &|| probe.dollar_topics(),
        &|| probe.only_3_1_1(declared),
        &|| probe.qos2_method(),
        &|| probe.session_present(),
        &|| probe.packet_size(),
    ];
    let mut found = vec![anonymous(reached)];
    // A peer that owes many answers is waited for once.
    std::thread::scope(|scope| {
        let asked: Vec<_> = questions.into_iter().map(|question| scope.spawn(question)).collect();
        found.extend(asked.into_iter().filter_map(|one| one.join().ok()));
    });
    found.extend(declares(declared, can_restart));
    for capability in &mut found {
        overrule(capability, declared);
    }
    found
}

/// The words that are offered.
pub fn words(found: &[Capability]) -> Vec<String> {
    let offered = found.iter().filter(|one| one.offered && WORDS.contains(&one.name.as_str()));
    offered.map(|one| one.name.clone()).collect()
}

/// Why a word is not offered.
pub fn why_not<'a>(found: &'a [Capability], word: &str) -> Option<&'a str> {
    found.iter().find(|one| one.name == word && !one.offered).map(|one| one.how.as_str())
}

fn capability(name: &str, offered: bool, how: impl Into<String>) -> Capability {
    Capability { name: name.to_owned(), offered, how: how.into() }
}

/// It was asked, and did not say no.
fn unclear(name: &str, what: &str) -> Capability {
    capability(name, true, format!("probed: {what}; left to the cases"))
}

fn anonymous(reached: &Reached) -> Capability {
    let what = if reached.anonymous { "CONNACK 0" } else { "no CONNACK 0" };
    let how = format!("probed: {what} without a User Name");
    capability("anonymous", reached.anonymous, how)
}

/// What only a target file can tell.
fn declares(declared: &Declared, can_restart: bool) -> Vec<Capability> {
    let file = declared.short();
    let from_file = |name: &str, there: bool, what: &str| match there {
        true => capability(name, true, format!("declared in {file}")),
        false => capability(name, false, format!("no {what} in a target file")),
    };
    let restart = match can_restart {
        true => capability("restart", true, "there is a command for it"),
        false => capability("restart", false, "nobody said how it is restarted"),
    };
    vec![
        from_file("credentials", declared.credentials.is_some(), "[credentials]"),
        from_file("denied-filter", declared.denied.filter.is_some(), "[denied] filter"),
        from_file("denied-topic", declared.denied.topic.is_some(), "[denied] topic"),
        from_file("durable", declared.durable, "durable = true"),
        restart,
        capability("websocket", false, "Etalon does not speak WebSocket yet"),
    ]
}

/// What the target file says that it lacks, it lacks, whatever was seen.
fn overrule(capability: &mut Capability, declared: &Declared) {
    let Some(reason) = declared.lacks.get(&capability.name) else { return };
    let seen = if capability.offered { format!(" ({})", capability.how) } else { String::new() };
    capability.how = format!("declared in {}: {reason}{seen}", declared.short());
    capability.offered = false;
}

struct Probe<'a> {
    socket: SocketAddr,
    credentials: Option<&'a Credentials>,
    prefix: &'a str,
}

/// What became of a SUBSCRIBE with one filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subscribed {
    Granted(u8),
    Failure,
    Closed,
    Unanswered,
}

impl Subscribed {
    fn seen(self) -> String {
        match self {
            Subscribed::Granted(qos) => format!("SUBACK {qos}"),
            Subscribed::Failure => "SUBACK 0x80".into(),
            Subscribed::Closed => "the connection was closed".into(),
            Subscribed::Unanswered => "no SUBACK came".into(),
        }
    }
}

impl Probe<'_> {
    fn connected(&self, who: &str) -> Option<Wire> {
        match attempt(self.socket, &self.id(who), true, self.credentials) {
            Answer::Accepted(wire, _) => Some(wire),
            Answer::Refused(_) | Answer::Closed | Answer::Odd(_) | Answer::None(_) => None,
        }
    }

    fn id(&self, who: &str) -> String {
        format!("{}{who}", self.prefix)
    }

    fn topic(&self, level: &str) -> String {
        format!("{}/{level}", self.prefix)
    }

    fn subscribed(&self, who: &str, filter: &str, qos: u8) -> (Option<Wire>, Subscribed) {
        let Some(mut wire) = self.connected(who) else { return (None, Subscribed::Closed) };
        let outcome = subscribe(&mut wire, filter, qos);
        (Some(wire), outcome)
    }

    /// §3.1.3.1: an empty Client Identifier may be refused with return code 2.
    fn empty_client_id(&self) -> Capability {
        const NAME: &str = "empty-client-id";
        match attempt(self.socket, "", true, self.credentials) {
            Answer::Accepted(..) => capability(NAME, true, "probed: CONNACK 0"),
            Answer::Refused(2) => capability(NAME, false, "probed: CONNACK 2"),
            Answer::Refused(code) => unclear(NAME, &format!("CONNACK {code}")),
            Answer::Closed => unclear(NAME, "closed without CONNACK"),
            Answer::Odd(what) => unclear(NAME, &format!("it {what}")),
            Answer::None(why) => unclear(NAME, &why),
        }
    }

    /// §3.8.4: a QoS below the requested one may be granted.
    fn granted(&self, name: &str, qos: u8) -> Capability {
        let (_, outcome) = self.subscribed(name, &self.topic(name), qos);
        match outcome {
            Subscribed::Granted(granted) if granted < qos => {
                capability(name, false, format!("probed: SUBACK {granted} on a request for {qos}"))
            }
            Subscribed::Granted(_) => capability(name, true, format!("probed: {}", outcome.seen())),
            Subscribed::Failure | Subscribed::Closed | Subscribed::Unanswered => {
                unclear(name, &outcome.seen())
            }
        }
    }

    /// Nothing in the standard lets a Server refuse RETAIN, so this only tells what was seen.
    fn retain(&self) -> Capability {
        const NAME: &str = "retain";
        let topic = self.topic(NAME);
        let Some(mut wire) = self.connected("retain") else {
            return unclear(NAME, "no connection");
        };
        wire.say(&say::publish(&topic, "kept").retain().bytes());
        let (watcher, outcome) = self.subscribed("retained", &topic, 0);
        let until = Instant::now() + OWED_WITHIN;
        let came = watcher.map(|mut watcher| watcher.hear_that(until, is_publish));
        wire.say(&say::publish(&topic, "").retain().bytes());
        wire.say(&say::pingreq());
        let _ = wire.hear_that(Instant::now() + OWED_WITHIN, |bytes| bytes.first() == Some(&0xD0));
        match came {
            Some(Heard::Packet(bytes)) if bytes.first().is_some_and(|first| first & 1 == 1) => {
                capability(NAME, true, "probed: the retained message came")
            }
            Some(Heard::Packet(_)) => unclear(NAME, "the message came with RETAIN 0"),
            Some(Heard::Closed | Heard::Silence | Heard::Broken(..) | Heard::Flood) | None => {
                unclear(NAME, &format!("{}, and no retained message", outcome.seen()))
            }
        }
    }

    /// [MQTT-3.8.3-2]: wildcards may be refused, by 0x80 or a close (S-81), where a plain filter is
    /// granted.
    fn wildcards(&self) -> Capability {
        const NAME: &str = "wildcards";
        let (_, plain) = self.subscribed("plain", &self.topic("plain"), 0);
        if !matches!(plain, Subscribed::Granted(_)) {
            return unclear(NAME, &format!("{} on a plain filter", plain.seen()));
        }
        for (who, level) in [("single", "+"), ("multi", "#")] {
            let filter = self.topic(level);
            let mut seen = self.subscribed(who, &filter, 0).1;
            for _ in 1..TRIES {
                if seen == Subscribed::Closed {
                    seen = self.subscribed(who, &filter, 0).1;
                }
            }
            match seen {
                Subscribed::Granted(_) => {}
                Subscribed::Failure | Subscribed::Closed => {
                    return capability(NAME, false, format!("probed: {} on {filter}", seen.seen()));
                }
                Subscribed::Unanswered => return unclear(NAME, &seen.seen()),
            }
        }
        capability(NAME, true, "probed: granted for + and #")
    }

    /// l.1421: a Server should keep Clients from exchanging messages over `$` topics.
    fn dollar_topics(&self) -> Capability {
        const NAME: &str = "dollar-topics";
        let topic = format!("${}/x", self.prefix);
        let (Some(mut wire), outcome) = self.subscribed("dollar", &topic, 0) else {
            return capability(NAME, false, "probed: no connection");
        };
        if !matches!(outcome, Subscribed::Granted(_)) {
            return capability(NAME, false, format!("probed: {} on {topic}", outcome.seen()));
        }
        let Some(mut other) = self.connected("dollarp") else {
            return capability(NAME, false, "probed: no connection");
        };
        other.say(&say::publish(&topic, "hi").bytes());
        match wire.hear_that(Instant::now() + QUIET, is_publish) {
            Heard::Packet(_) => capability(NAME, true, "probed: a message came through"),
            Heard::Closed | Heard::Silence | Heard::Broken(..) | Heard::Flood => {
                capability(NAME, false, "probed: no message came through")
            }
        }
    }

    /// S-25: whether level 5 is served decides whether it has to be refused as level 4 asks.
    fn only_3_1_1(&self, declared: &Declared) -> Capability {
        const NAME: &str = "only-3.1.1";
        if declared.only_3_1_1 {
            return capability(NAME, true, format!("declared in {}", declared.short()));
        }
        // Keep Alive 0, and at level 5 no properties.
        let five = self.level(b"MQTT", 5, &[0, 0, 0]);
        let three = match self.level(b"MQIsdp", 3, &[0, 0]).as_deref() {
            Some([0x20, 2, 0, 0]) => "level 3 is served",
            Some(_) | None => "level 3 is not served",
        };
        match five.as_deref() {
            Some([0x20, 2, 0, 1]) => {
                let alone = three.ends_with("not served");
                capability(NAME, alone, format!("probed: CONNACK 1 on level 5; {three}"))
            }
            Some([0x20, length, ..]) if *length > 2 => capability(
                NAME,
                false,
                format!("probed: level 5 gets an answer of MQTT 5; {three}"),
            ),
            Some(_) | None => {
                capability(NAME, false, format!("probed: no CONNACK on level 5; {three}"))
            }
        }
    }

    /// What comes first on a CONNECT of another protocol level.
    fn level(&self, name: &[u8], level: u8, then: &[u8]) -> Option<Vec<u8>> {
        let mut body = say::field(name);
        body.extend([level, 2 | login_flags(self.credentials)]);
        body.extend(then);
        body.extend(say::field(self.id("level").as_bytes()));
        body.extend(login_fields(self.credentials));
        self.first_answer(&say::framed(0x10, &body))
    }

    /// The first bytes that come, whatever they are.
    fn first_answer(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut wire = Wire::open(self.socket).ok()?;
        wire.say(bytes);
        match wire.hear(Instant::now() + OWED_WITHIN) {
            Heard::Packet(bytes) | Heard::Broken(_, bytes) => Some(bytes),
            Heard::Closed | Heard::Silence | Heard::Flood => None,
        }
    }

    /// Figure 4.3: a Server delivers at PUBLISH (method B) or at PUBREL (method A).
    fn qos2_method(&self) -> Capability {
        const NAME: &str = "qos2-method";
        let topic = self.topic("method");
        let (Some(mut watcher), Subscribed::Granted(_)) = self.subscribed("method", &topic, 0)
        else {
            return capability(NAME, false, "probed: no subscription");
        };
        let Some(mut wire) = self.connected("methodp") else {
            return capability(NAME, false, "probed: no connection");
        };
        wire.say(&say::publish(&topic, "hi").qos2(1).bytes());
        let is = |kind: u8| move |bytes: &[u8]| bytes.first().is_some_and(|one| one >> 4 == kind);
        let received = wire.hear_that(Instant::now() + OWED_WITHIN, is(5));
        if !matches!(received, Heard::Packet(_)) {
            return capability(NAME, false, "probed: no PUBREC came");
        }
        let early = watcher.hear_that(Instant::now() + QUIET, is_publish);
        wire.say(&say::pubrel(1));
        if matches!(early, Heard::Packet(_)) {
            return capability(NAME, true, "probed: method B, delivered before PUBREL");
        }
        match watcher.hear_that(Instant::now() + OWED_WITHIN, is_publish) {
            Heard::Packet(_) => capability(NAME, true, "probed: method A, delivered at PUBREL"),
            Heard::Closed | Heard::Silence | Heard::Broken(..) | Heard::Flood => {
                capability(NAME, false, "probed: nothing was delivered")
            }
        }
    }

    /// §3.2.2.2, for the reader of the report; the cases judge it.
    fn session_present(&self) -> Capability {
        const NAME: &str = "sessions";
        let id = self.id("session");
        let try_it = |clean| attempt(self.socket, &id, clean, self.credentials);
        drop(try_it(false));
        let found = match try_it(false) {
            Answer::Accepted(_, true) => capability(NAME, true, "probed: Session Present 1"),
            Answer::Accepted(_, false) => {
                capability(NAME, false, "probed: Session Present 0 on the second CONNECT")
            }
            Answer::Refused(code) => capability(NAME, false, format!("probed: CONNACK {code}")),
            Answer::Closed | Answer::Odd(_) | Answer::None(_) => {
                capability(NAME, false, "probed: no CONNACK on Clean Session 0")
            }
        };
        drop(try_it(true));
        found
    }

    /// S-03: a limit is the Server's right; the cases stay below 64 KiB.
    fn packet_size(&self) -> Capability {
        const NAME: &str = "packets-of-64-kib";
        let topic = self.topic("size");
        let (Some(mut wire), Subscribed::Granted(_)) = self.subscribed("size", &topic, 0) else {
            return capability(NAME, false, "probed: no subscription");
        };
        let payload = vec![b'x'; PAYLOAD_BYTES];
        wire.say(&say::publish(&topic, &payload).bytes());
        match wire.hear_that(Instant::now() + OWED_WITHIN, is_publish) {
            Heard::Packet(bytes) if bytes.len() > PAYLOAD_BYTES => {
                capability(NAME, true, format!("probed: a payload of {PAYLOAD_BYTES} bytes came"))
            }
            Heard::Closed => capability(NAME, false, "probed: the connection was closed"),
            Heard::Packet(_) | Heard::Silence | Heard::Broken(..) | Heard::Flood => {
                capability(NAME, false, format!("probed: {PAYLOAD_BYTES} bytes did not come back"))
            }
        }
    }
}

fn is_publish(bytes: &[u8]) -> bool {
    // What the server publishes of itself does not count (l.1422).
    match decode(bytes, Limits::CLIENT) {
        Ok(Decoded::Packet { packet: Packet::Publish(publish), .. }) => {
            !publish.topic.as_str().starts_with("$SYS")
        }
        Ok(_) | Err(_) => false,
    }
}

fn subscribe(wire: &mut Wire, filter: &str, qos: u8) -> Subscribed {
    wire.say(&say::subscribe(1, &[(filter, qos)]));
    let is_suback = |bytes: &[u8]| bytes.first() == Some(&0x90);
    let bytes = match wire.hear_that(Instant::now() + OWED_WITHIN, is_suback) {
        Heard::Packet(bytes) => bytes,
        Heard::Closed => return Subscribed::Closed,
        Heard::Silence | Heard::Broken(..) | Heard::Flood => return Subscribed::Unanswered,
    };
    let Ok(Decoded::Packet { packet: Packet::Suback(suback), .. }) = decode(&bytes, Limits::CLIENT)
    else {
        return Subscribed::Unanswered;
    };
    match suback.return_codes.iter().next() {
        Some(ReturnCode::Granted(qos)) => Subscribed::Granted(qos.bits()),
        Some(ReturnCode::Failure) => Subscribed::Failure,
        None => Subscribed::Unanswered,
    }
}

fn login_flags(credentials: Option<&Credentials>) -> u8 {
    credentials.map_or(0, |one| if one.password.is_some() { 0xC0 } else { 0x80 })
}

fn login_fields(credentials: Option<&Credentials>) -> Vec<u8> {
    let Some(credentials) = credentials else { return Vec::new() };
    let mut fields = say::field(credentials.user.as_bytes());
    if let Some(password) = &credentials.password {
        fields.extend(say::field(password.as_bytes()));
    }
    fields
}
