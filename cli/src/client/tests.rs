//! The client against scripted servers: bytes in, events and bytes out. No socket, no clock.
//!
//! The parts: acknowledgements on one connection, sending again on the next, breaches by the
//! server, time, and long random conversations.

mod acknowledged;
mod anything;
mod judged;
mod resumed;
mod timed;
mod witness;

use etalon::spec::Id;
use etalon::time::Duration;

use super::*;

/// A client, the script of its server, and a clock that only the test moves.
struct Bench {
    client: Client,
    now: Instant,
    topic: Rc<str>,
}

impl Bench {
    /// A client that has sent nothing yet.
    fn new(change: impl FnOnce(&mut Config)) -> Bench {
        let mut config = Config {
            client_id: "c".into(),
            keep_session: false,
            keep_alive: 60,
            will: None,
            login: None,
            in_flight_max: 20,
            describe: false,
        };
        change(&mut config);
        let client = Client::new(config).unwrap();
        Bench { client, now: Instant(1_000_000), topic: "t".into() }
    }

    /// A client that has been accepted and whose CONNECT has been taken away.
    fn accepted(change: impl FnOnce(&mut Config)) -> Bench {
        let mut bench = Bench::new(change);
        bench.connect("20020000");
        bench
    }

    /// A new connection, on which the server answers at once; gives what the client sends beyond
    /// its CONNECT.
    fn connect(&mut self, connack: &str) -> String {
        self.client.opened(self.now);
        self.sent();
        assert_eq!(self.server(connack), [Event::Accepted]);
        self.sent()
    }

    /// The server sends; what happens.
    fn server(&mut self, bytes: &str) -> Vec<Event> {
        self.client.received(&hex(bytes));
        self.events()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.client.poll(self.now)).collect()
    }

    /// What the client has sent since the last time, in hex.
    fn sent(&mut self) -> String {
        self.client.take_output().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn publish(&mut self, payload: &str, qos: Qos) -> Ticket {
        let payload = Rc::from(payload.as_bytes());
        self.client.publish(self.now, &self.topic, payload, qos, false).unwrap()
    }

    fn pass(&mut self, time: Duration) -> Vec<Event> {
        self.now = self.now + time;
        self.client.tick(self.now);
        self.events()
    }

    /// The statement that the server is said to have broken by these bytes, and the fault.
    fn breach(&mut self, bytes: &str) -> (Id, String) {
        match self.server(bytes).pop() {
            Some(Event::Broken(breach)) => (breach.id, breach.what),
            other => panic!("no breach but {other:?}"),
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn message(payload: &str, qos: u8, packet_id: u16) -> Event {
    let (topic, payload) = ("t".into(), payload.into());
    Event::Message(Message { topic, payload, qos, retain: false, packet_id })
}

#[test]
fn connect_is_the_first_packet() {
    spec::covers!(MQTT_3_1_0_1);
    let mut bench = Bench::new(|_| ());
    assert_eq!(bench.sent(), "");
    bench.client.opened(bench.now);
    assert_eq!(bench.sent(), "100d00044d5154540402003c000163");
}

#[test]
fn every_field_of_connect_is_sent() {
    spec::covers!(MQTT_3_1_3_1, MQTT_3_1_2_9, MQTT_3_1_2_19, MQTT_3_1_2_21);
    let mut bench = Bench::new(|config| {
        config.keep_session = true;
        config.keep_alive = 10;
        config.will = Some(WillMessage {
            topic: "w".into(),
            message: b"bye".to_vec(),
            qos: Qos::AtLeastOnce,
            retain: true,
        });
        config.login = Some(("u".into(), Some(b"p\xff".to_vec())));
    });
    bench.client.opened(bench.now);
    let flags = "ec";
    let payload = "0001630001770003627965000175000270ff";
    assert_eq!(bench.sent(), format!("101c00044d51545404{flags}000a{payload}"));
}

#[test]
fn a_connect_that_cannot_be_said_is_no_client() {
    let config = |client_id: &str, message: usize| Config {
        client_id: client_id.into(),
        will: Some(WillMessage {
            topic: "w".into(),
            message: vec![0; message],
            qos: Qos::AtMostOnce,
            retain: false,
        }),
        ..Bench::new(|_| ()).client.config
    };
    assert!(Client::new(config("c", 65_535)).is_ok());
    for (config, why) in [
        (config("c", 65_536), "the Will Message may not exceed 65,535 bytes, and this has 65536"),
        (config("a\0", 0), "the client identifier cannot be used"),
    ] {
        let told = Client::new(config).unwrap_err();
        assert!(told.starts_with(why), "{told}");
    }
}

#[test]
fn each_refusal_ends_the_connection() {
    spec::covers!(MQTT_3_2_2_5);
    for (code, refusal) in (1..).zip(Refusal::ALL) {
        let mut bench = Bench::new(|_| ());
        bench.client.opened(bench.now);
        bench.publish("x", Qos::AtLeastOnce);
        assert_eq!(bench.server(&format!("2002000{code}")), [Event::Refused(refusal)]);
        assert_eq!(bench.server("3003000174"), []);
        assert_eq!(bench.client.deadline(), None);
    }
}

#[test]
fn nothing_but_connect_is_sent_before_connack() {
    let mut bench = Bench::new(|_| ());
    bench.client.opened(bench.now);
    bench.sent();
    bench.publish("x", Qos::AtMostOnce);
    assert_eq!(bench.sent(), "");
    assert_eq!(bench.server("20020000"), [Event::Accepted, Event::Published(Ticket(0))]);
    assert_eq!(bench.sent(), "300400017478");
}

#[test]
fn disconnect_is_the_last_packet() {
    spec::covers!(MQTT_3_14_4_2);
    let mut bench = Bench::accepted(|_| ());
    bench.server("3406000174000761");
    bench.sent();
    bench.client.disconnect(bench.now);
    bench.publish("x", Qos::AtMostOnce);
    bench.client.subscribe(bench.now, &[("a".into(), Qos::AtMostOnce)]);
    bench.client.unsubscribe(bench.now, &["a".into()]);
    bench.client.disconnect(bench.now);
    assert_eq!(bench.server("3003000174 3206000174000162 62020007"), []);
    assert_eq!(bench.pass(Duration::from_secs(3_600)), []);
    assert_eq!(bench.sent(), "e000");
}

#[test]
fn packets_may_come_in_any_pieces() {
    let stream = "20020000 300400017478 320600017400077a d000 9003000100";
    let whole = {
        let mut bench = Bench::new(|_| ());
        bench.client.opened(bench.now);
        bench.client.session.request(Request::Subscribe(vec![Qos::AtMostOnce]));
        bench.server(stream)
    };
    assert_eq!(whole.len(), 4);
    let bytes = hex(stream);
    for cut in 1..bytes.len() {
        let mut bench = Bench::new(|_| ());
        bench.client.opened(bench.now);
        bench.client.session.request(Request::Subscribe(vec![Qos::AtMostOnce]));
        let (head, tail) = bytes.split_at(cut);
        bench.client.received(head);
        let mut events = bench.events();
        bench.client.received(tail);
        events.extend(bench.events());
        assert_eq!(events, whole, "cut at {cut}");
    }
}

#[test]
fn packets_are_described_when_asked() {
    let mut bench = Bench::new(|config| config.describe = true);
    bench.client.opened(bench.now);
    bench.publish("x\u{1}", Qos::AtLeastOnce);
    bench.server("20020000");
    bench.client.subscribe(bench.now, &[("a b/#".into(), Qos::ExactlyOnce)]);
    let lines: Vec<String> = (bench.server("40020001 9003000280 3003000174"))
        .into_iter()
        .filter_map(|event| if let Event::Seen(line) = event { Some(line) } else { None })
        .collect();
    assert_eq!(
        lines,
        [
            "> SUBSCRIBE id=2 \"a b/#\" qos=2",
            "< PUBACK id=1",
            "< SUBACK id=2 failure",
            "< PUBLISH t qos=0 \"\"",
        ]
    );
}
