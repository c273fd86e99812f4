//! A long run of operations as a trace: what four Clients do, and what the oracle says must come.
//!
//! Each Client acts in a millisecond of its own, so no two deadlines are ever the same and the order
//! of everything is known. A Client that keeps the rules answers at once, unless it is told to
//! withhold its acknowledgements; then they wait in order. What it has not finished when its
//! connection ends it finishes on the next.

use std::collections::VecDeque;

use etalon::packet::Kind;
use etalon::spec::Id;
use etalon::time::Duration;

use super::{Connecting, Link, Message, Oracle, Reason, Tells};
use crate::trace::{
    Act, Answer, Change, Client, Code, Connect, Expected, Flag, Heard, Line, Number, Pattern,
    Payload, Piece, Publish, Said, Step, Trace, Will,
};

/// One operation, as four numbers that may have any value: what, who, and two for the details.
pub type Op = [u8; 4];

const CLIENTS: usize = 4;
const TOPICS: [&str; 7] = ["a", "a/b", "a/b/c", "b", "/a", "a/", "$x/a"];
const FILTERS: [&str; 12] =
    ["a", "a/b", "a/+", "a/#", "+", "#", "+/b", "/+", "+/+/c", "$x/#", "b", "a/b/#"];
/// Seconds. A Client with Keep Alive 0 may be silent for ever.
const KEEP_ALIVE: [u16; 4] = [0, 1, 3, 10];
/// Milliseconds. A whole number of rounds, in which each Client has its turn.
const WAITS: [u64; 4] = [8, 800, 1_600, 8_000];
/// Every Client has its own place in a round of so many milliseconds. One and a half times a second
/// is half a round more than whole ones, so no deadline of one Client falls on that of another.
const ROUND: u64 = 8;

/// The trace of these operations, for a broker that has so many messages on their way to one Client
/// at a time.
pub fn trace(ops: &[Op], window: usize) -> Trace {
    let player = |who| Player { withholds: who % 2 == 1, ..Player::default() };
    let mut script = Script {
        oracle: Oracle::new(window),
        players: std::array::from_fn(player),
        owners: Vec::new(),
        published: 0,
        steps: Vec::new(),
    };
    for op in ops {
        script.operate(*op);
        script.answer();
    }
    script.finish();
    Trace {
        about: vec!["A run of operations, with what the oracle says must come.".into()],
        covers: vec![Id::MQTT_7_0_0_2],
        tags: vec!["alone".into()],
        requires: Vec::new(),
        steps: script.steps,
    }
}

#[derive(Debug)]
struct Script {
    oracle: Oracle,
    players: [Player; CLIENTS],
    /// Whose connections they are.
    owners: Vec<usize>,
    published: usize,
    steps: Vec<Step>,
}

/// One Client.
#[derive(Debug, Default)]
struct Player {
    link: Option<Link>,
    withholds: bool,
    owes: VecDeque<Owed>,
    /// QoS 2 messages of its own whose PUBREL has not been sent.
    open: VecDeque<(u16, Message)>,
}

/// An acknowledgement for a copy.
#[derive(Clone, Copy, Debug)]
enum Owed {
    Puback(usize),
    Pubrec(usize),
    Pubcomp(usize),
}

/// Operations.
impl Script {
    fn operate(&mut self, [what, who, x, y]: Op) {
        let who = usize::from(who) % CLIENTS;
        self.turn_of(who);
        match what % 18 {
            0 | 1 => self.connect(who, x, y),
            2 => self.cut(who),
            3 => self.disconnect(who),
            4..=6 => self.publish(who, x, y),
            7 | 8 => self.subscribe(who, x, y),
            9 => self.unsubscribe(who, x),
            10 => self.players[who].withholds ^= true,
            11 if x & 8 != 0 => self.acknowledge_last(who),
            11 => self.acknowledge(who, 1 + usize::from(x) % 3),
            12 => self.go_on(who, x),
            13 => self.wait(WAITS[usize::from(x) % WAITS.len()]),
            14 => self.ping(who),
            15 => self.break_off(who, x),
            _ => self.stumble(who, x),
        }
    }

    /// Everybody comes back and answers, so that everything arrives.
    fn finish(&mut self) {
        for who in 0..CLIENTS {
            self.players[who].withholds = false;
            if self.owners.contains(&who) {
                self.turn_of(who);
                self.link(who);
            }
        }
        self.answer();
    }

    fn connect(&mut self, who: usize, x: u8, y: u8) {
        let will = (x & 4 != 0).then(|| self.message(y, y >> 4, y & 8 != 0));
        let clean = x & 1 != 0;
        let keep_alive = KEEP_ALIVE[usize::from(x >> 3) % KEEP_ALIVE.len()];
        self.connect_with(who, clean, keep_alive, will);
    }

    fn connect_with(&mut self, who: usize, clean: bool, keep_alive: u16, will: Option<Message>) {
        let link = self.owners.len();
        self.players[who].link = Some(link);
        self.owners.push(who);
        let client = format!("c{who}");
        let pattern = Pattern::Connect(Connect {
            client: Client::Is(client.clone()),
            clean,
            keep_alive,
            will: will.clone().map(|will| Will {
                topic: will.topic,
                message: Payload::Text(will.payload),
                qos: will.qos,
                retain: will.retain,
            }),
            user: None,
            password: None,
        });
        self.say(link, pattern);
        self.oracle.connect(link, Connecting { client, clean, keep_alive, will });
        self.players[who].owes.clear();
        if !self.hear() {
            self.players[who].open.clear();
        }
        // §4.4: what is open goes on; now and then from PUBLISH again.
        let open: Vec<_> = self.players[who].open.iter().cloned().collect();
        for (at, (id, message)) in open.into_iter().enumerate() {
            if at % 2 == 0 {
                self.say_publish(link, Some(id), message, true);
            }
        }
    }

    /// The Client's connection, a new one if it has none.
    fn link(&mut self, who: usize) -> Link {
        if self.players[who].link.is_none() {
            self.connect_with(who, false, 0, None);
        }
        self.players[who].link.expect("it has just connected")
    }

    fn cut(&mut self, who: usize) {
        let Some(link) = self.players[who].link else { return };
        self.quiet(link);
        self.leave(who, link);
        self.oracle.cut(link);
        self.hear();
    }

    fn disconnect(&mut self, who: usize) {
        let Some(link) = self.players[who].link else { return };
        self.quiet(link);
        self.say(link, Pattern::Bare(Kind::Disconnect));
        self.leave(who, link);
        self.oracle.disconnect(link);
        self.hear();
    }

    fn leave(&mut self, who: usize, link: Link) {
        self.players[who].link = None;
        self.act(Act::Link { who: self.name(link), what: Change::Cut });
    }

    fn break_off(&mut self, who: usize, x: u8) {
        let Some(link) = self.players[who].link else { return };
        let raw: &[u8] = match x % 3 {
            0 => &[0xC1, 0x00],
            1 => &[0x36, 0x05, 0x00, 0x01, b'a', 0x00, 0x01],
            _ => &[0x82, 0x02, 0x00, 0x01],
        };
        let what = vec![Said::Raw(vec![Piece::Bytes(raw.to_vec())])];
        self.act(Act::Say { who: self.name(link), split: None, what });
        self.oracle.break_off(link);
        self.hear();
    }

    fn publish(&mut self, who: usize, x: u8, y: u8) {
        let link = self.link(who);
        let message = self.message(x, y, y & 8 != 0);
        let id = (message.qos > 0).then(|| self.free_id(who));
        if let (2, Some(id)) = (message.qos, id) {
            self.players[who].open.push_back((id, message.clone()));
        }
        self.say_publish(link, id, message, false);
    }

    /// The next message: where, at which QoS, and now and then without payload.
    fn message(&mut self, topic: u8, qos: u8, retain: bool) -> Message {
        self.published += 1;
        let topic = TOPICS[usize::from(topic) % TOPICS.len()].to_owned();
        let empty = qos & 0x70 == 0x70;
        let payload = if empty { String::new() } else { format!("m{}", self.published) };
        // Of two messages with the same content, one on its way at QoS 2, an observer cannot tell
        // which has arrived.
        let qos = if empty { qos % 2 } else { qos % 3 };
        Message { topic, payload, qos, retain }
    }

    /// A PUBREL, the same again, or a PUBLISH at QoS 2 again.
    fn go_on(&mut self, who: usize, x: u8) {
        let Some(link) = self.players[who].link else { return };
        let Some((id, message)) = self.players[who].open.front().cloned() else { return };
        if x % 4 == 3 {
            return self.say_publish(link, Some(id), message, true);
        }
        self.players[who].open.pop_front();
        // As if PUBCOMP had not come.
        for _ in 0..=x % 4 / 2 {
            self.say(link, Pattern::Ack(Kind::Pubrel, Number::Is(id)));
            self.oracle.pubrel(link, id);
            self.hear();
        }
    }

    fn subscribe(&mut self, who: usize, x: u8, y: u8) {
        let link = self.link(who);
        let filter = |at: u8| FILTERS[usize::from(at) % FILTERS.len()].to_owned();
        let mut filters = vec![(filter(x), y % 3)];
        if y & 8 != 0 {
            filters.push((filter(x / 12), (y >> 4) % 3));
        }
        let id = self.free_id(who);
        self.say(link, Pattern::Subscribe(Number::Is(id), filters.clone()));
        self.oracle.subscribe(link, id, &filters);
        self.hear();
    }

    fn unsubscribe(&mut self, who: usize, x: u8) {
        let Some(link) = self.players[who].link else { return };
        let filter = FILTERS[usize::from(x) % FILTERS.len()].to_owned();
        let id = self.free_id(who);
        self.say(link, Pattern::Unsubscribe(Number::Is(id), vec![filter.clone()]));
        self.oracle.unsubscribe(link, id, &filter);
        self.hear();
    }

    fn ping(&mut self, who: usize) {
        let Some(link) = self.players[who].link else { return };
        self.say(link, Pattern::Bare(Kind::Pingreq));
        self.oracle.ping(link);
        self.hear();
    }

    /// Sends some of the acknowledgements that are owed, the first first.
    fn acknowledge(&mut self, who: usize, count: usize) {
        for _ in 0..count {
            let Some(owed) = self.players[who].owes.pop_front() else { return };
            self.pay(who, owed);
        }
    }

    /// Breaks the order of acknowledgements. That is the Client's fault, and the broker has an order
    /// to keep nevertheless: that of the PUBRECs as they came.
    fn acknowledge_last(&mut self, who: usize) {
        if let Some(owed) = self.players[who].owes.pop_back() {
            self.pay(who, owed);
        }
    }

    /// Sends a few acknowledgements, from either end of what is owed, and is cut and back again.
    fn stumble(&mut self, who: usize, x: u8) {
        for at in 0..x % 4 {
            match x >> (2 + at) & 1 {
                0 => self.acknowledge(who, 1),
                _ => self.acknowledge_last(who),
            }
        }
        self.cut(who);
        self.connect_with(who, false, 0, None);
    }

    fn pay(&mut self, who: usize, owed: Owed) {
        let Some(link) = self.players[who].link else { return };
        let (kind, copy) = match owed {
            Owed::Puback(copy) => (Kind::Puback, copy),
            Owed::Pubrec(copy) => (Kind::Pubrec, copy),
            Owed::Pubcomp(copy) => (Kind::Pubcomp, copy),
        };
        self.say(link, Pattern::Ack(kind, variable(copy)));
        match owed {
            Owed::Puback(copy) | Owed::Pubcomp(copy) => self.oracle.done(link, copy),
            Owed::Pubrec(copy) => self.oracle.pubrec(link, copy),
        }
        self.hear();
    }

    /// Whoever answers at once does, until nobody has anything to answer.
    fn answer(&mut self) {
        for who in 0..CLIENTS {
            let idle = |player: &Player| player.owes.is_empty() && player.open.is_empty();
            if self.players[who].withholds || idle(&self.players[who]) {
                continue;
            }
            self.turn_of(who);
            self.acknowledge(who, usize::MAX);
            while self.players[who].link.is_some() && !self.players[who].open.is_empty() {
                self.go_on(who, 0);
            }
        }
    }
}

/// What becomes a step.
impl Script {
    /// Lets time pass until it is this Client's turn in the round.
    fn turn_of(&mut self, who: usize) {
        let place = self.oracle.now() % ROUND;
        self.wait((who as u64 + ROUND - place) % ROUND);
    }

    fn wait(&mut self, millis: u64) {
        if millis > 0 {
            self.act(Act::Wait(Duration::from_millis(millis)));
            self.oracle.advance(millis);
            self.hear();
        }
    }

    /// Nothing may have come that nobody expected.
    fn quiet(&mut self, link: Link) {
        let what = Expected::Nothing(Some(Duration::ZERO));
        self.act(Act::Hear(Heard { line: Line(0), who: self.name(link), what, id: None }));
    }

    fn say(&mut self, link: Link, pattern: Pattern) {
        let what = vec![Said::Packet(pattern)];
        self.act(Act::Say { who: self.name(link), split: None, what });
    }

    fn say_publish(&mut self, link: Link, id: Option<u16>, message: Message, dup: bool) {
        let Message { topic, payload, qos, retain } = message.clone();
        self.say(
            link,
            Pattern::Publish(Publish {
                topic,
                qos,
                id: id.map(Number::Is),
                dup: Flag::Is(dup),
                retain: Flag::Is(retain),
                payload: Payload::Text(payload),
            }),
        );
        self.oracle.publish(link, id, message);
        self.hear();
    }

    /// Expects what the oracle says. Whether a session was present, if anybody was told.
    fn hear(&mut self) -> bool {
        let mut present = false;
        for (link, tells) in self.oracle.take_tells() {
            let player = &mut self.players[self.owners[link]];
            match &tells {
                Tells::Publish { copy, qos: 1, .. } => player.owes.push_back(Owed::Puback(*copy)),
                Tells::Publish { copy, qos: 2, .. } => player.owes.push_back(Owed::Pubrec(*copy)),
                Tells::Pubrel(copy) => player.owes.push_back(Owed::Pubcomp(*copy)),
                Tells::Connack { present: told } => present = *told,
                // After a take-over it has another one already.
                Tells::Closed(_) if player.link == Some(link) => player.link = None,
                Tells::Publish { .. }
                | Tells::Closed(_)
                | Tells::Puback(_)
                | Tells::Pubrec(_)
                | Tells::Pubcomp(_)
                | Tells::Suback(..)
                | Tells::Unsuback(_)
                | Tells::Pingresp => {}
            }
            let (what, id) = expected(tells);
            let heard = Heard { line: Line(0), who: self.name(link), what, id: Some(id) };
            self.act(Act::Hear(heard));
        }
        present
    }

    fn act(&mut self, act: Act) {
        self.steps.push(Step { line: Line(self.steps.len() + 1), act });
    }

    /// Each connection has a name of its own.
    fn name(&self, link: Link) -> String {
        let who = self.owners[link];
        let before = self.owners[..link].iter().filter(|owner| **owner == who).count();
        format!("c{who}_{}", before + 1)
    }

    /// The lowest identifier that nothing of this Client is open under.
    fn free_id(&self, who: usize) -> u16 {
        let open = |id: &u16| self.players[who].open.iter().all(|(used, _)| used != id);
        (1..=u16::MAX).find(open).unwrap_or(u16::MAX)
    }
}

fn variable(copy: usize) -> Number {
    Number::Variable(format!("p{copy}"))
}

/// As a trace says it, and the statement that is broken if it does not come.
fn expected(tells: Tells) -> (Expected, Id) {
    let ack = |kind, id| Pattern::Ack(kind, Number::Is(id));
    let (pattern, id) = match tells {
        Tells::Connack { present } => {
            (Pattern::Connack(Answer::Accepted, Flag::Is(present)), Id::MQTT_3_2_2_2)
        }
        Tells::Publish { copy, message, qos, retain, dup } => {
            let id = match (dup, retain) {
                (true, _) => Id::MQTT_4_4_0_1,
                (false, true) => Id::MQTT_3_3_1_6,
                (false, false) => Id::MQTT_3_3_5_1,
            };
            let publish = Publish {
                topic: message.topic,
                qos,
                id: (qos > 0).then(|| variable(copy)),
                dup: Flag::Is(dup),
                retain: Flag::Is(retain),
                payload: Payload::Text(message.payload),
            };
            (Pattern::Publish(publish), id)
        }
        Tells::Pubrel(copy) => (Pattern::Ack(Kind::Pubrel, variable(copy)), Id::MQTT_4_3_3_1),
        Tells::Puback(id) => (ack(Kind::Puback, id), Id::MQTT_4_3_2_2),
        Tells::Pubrec(id) => (ack(Kind::Pubrec, id), Id::MQTT_4_3_3_2),
        Tells::Pubcomp(id) => (ack(Kind::Pubcomp, id), Id::MQTT_4_3_3_2),
        Tells::Suback(id, codes) => {
            let codes = codes.into_iter().map(Code::Granted).collect();
            (Pattern::Suback(Number::Is(id), codes), Id::MQTT_3_8_4_1)
        }
        Tells::Unsuback(id) => (ack(Kind::Unsuback, id), Id::MQTT_3_10_4_4),
        Tells::Pingresp => (Pattern::Bare(Kind::Pingresp), Id::MQTT_3_12_4_1),
        Tells::Closed(reason) => {
            let id = match reason {
                Reason::TakenOver => Id::MQTT_3_1_4_2,
                Reason::Silent => Id::MQTT_3_1_2_24,
                Reason::Broken => Id::MQTT_4_8_0_1,
            };
            return (Expected::Closed { silently: true, breach: None, within: None }, id);
        }
    };
    (Expected::Packet(pattern), id)
}
