//! §4.3–§4.7, §3.1: the broker with rumqttc, a client library that knows nothing of it.
//!
//! Each test has a broker of its own. The library hands over a message at PUBLISH, whatever its QoS,
//! so order across QoS shows here. It has no way to ask for another version of the protocol.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the library's events, of which a test wants one"
)]

mod support;

use etalon::spec;
use rumqttc::{
    Client, Connection, Event, Incoming, LastWill, MqttOptions, Outgoing, Publish, QoS,
    SubscribeReasonCode,
};
use support::{Broker, PATIENCE, bytes_of_every_kind};

const EVERY_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// A client and its connection, driven from the test's own thread.
struct Peer {
    client: Client,
    connection: Connection,
    session_present: bool,
}

fn options(broker: &Broker, client_id: &str) -> MqttOptions {
    let mut options = MqttOptions::new(client_id, "127.0.0.1", broker.address().port());
    options.set_max_packet_size(4 << 20, 4 << 20);
    options
}

impl Peer {
    fn connect(options: MqttOptions) -> Peer {
        let (client, connection) = Client::new(options, 4096);
        let mut peer = Peer { client, connection, session_present: false };
        peer.session_present = peer.until(|event| match event {
            Event::Incoming(Incoming::ConnAck(connack)) => Some(connack.session_present),
            _ => None,
        });
        peer
    }

    fn new(broker: &Broker, client_id: &str) -> Peer {
        Peer::connect(options(broker, client_id))
    }

    fn keeping(broker: &Broker, client_id: &str) -> Peer {
        let mut options = options(broker, client_id);
        options.set_clean_session(false);
        Peer::connect(options)
    }

    fn until<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            let event = self.connection.recv_timeout(PATIENCE).unwrap().unwrap();
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    /// Subscribes and returns what is granted.
    fn subscribe(&mut self, filter: &str, qos: QoS) -> Vec<SubscribeReasonCode> {
        self.client.subscribe(filter, qos).unwrap();
        self.until(|event| match event {
            Event::Incoming(Incoming::SubAck(suback)) => Some(suback.return_codes),
            _ => None,
        })
    }

    fn unsubscribe(&mut self, filter: &str) {
        self.client.unsubscribe(filter).unwrap();
        self.until(|event| matches!(event, Event::Incoming(Incoming::UnsubAck(_))).then_some(()));
    }

    /// Publishes and waits for what ends the exchange.
    fn publish(&mut self, topic: &str, qos: QoS, retain: bool, payload: &[u8]) {
        self.client.publish(topic, qos, retain, payload).unwrap();
        self.published(qos);
    }

    fn published(&mut self, qos: QoS) {
        self.until(|event| {
            let ended = match qos {
                QoS::AtMostOnce => matches!(event, Event::Outgoing(Outgoing::Publish(_))),
                QoS::AtLeastOnce => matches!(event, Event::Incoming(Incoming::PubAck(_))),
                QoS::ExactlyOnce => matches!(event, Event::Incoming(Incoming::PubComp(_))),
            };
            ended.then_some(())
        });
    }

    fn message(&mut self) -> Publish {
        self.until(|event| match event {
            Event::Incoming(Incoming::Publish(publish)) => Some(publish),
            _ => None,
        })
    }

    fn payload(&mut self) -> String {
        String::from_utf8(self.message().payload.to_vec()).unwrap()
    }

    /// Leaves with DISCONNECT. The library tells of it before it is sent, so what counts is that
    /// the broker closes.
    fn disconnect(mut self) {
        self.client.disconnect().unwrap();
        while self.connection.recv_timeout(PATIENCE).unwrap().is_ok() {}
    }
}

#[test]
fn a_message_arrives_at_the_lower_of_both_qos() {
    spec::covers!(MQTT_3_8_4_6, MQTT_3_9_3_1, MQTT_3_3_1_9);
    let broker = Broker::start();
    let mut publisher = Peer::new(&broker, "publisher");
    for asked in EVERY_QOS {
        let mut subscriber = Peer::new(&broker, "subscriber");
        assert_eq!(subscriber.subscribe("a/+", asked), [SubscribeReasonCode::Success(asked)]);
        for given in EVERY_QOS {
            publisher.publish("a/b", given, false, b"hi");
            let message = subscriber.message();
            assert_eq!(message.topic, "a/b");
            assert_eq!(&message.payload[..], b"hi");
            assert_eq!(message.qos as u8, (asked as u8).min(given as u8));
            assert!(!message.retain && !message.dup);
        }
    }
}

#[test]
fn a_retained_message_is_kept_replaced_and_cleared() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_6, MQTT_3_3_1_8, MQTT_3_3_1_10, MQTT_3_3_1_11);
    let broker = Broker::start();
    let mut publisher = Peer::new(&broker, "publisher");
    publisher.publish("lamp", QoS::AtLeastOnce, true, b"off");
    publisher.publish("lamp", QoS::AtLeastOnce, true, b"on");
    let mut first = Peer::new(&broker, "first");
    first.subscribe("lamp", QoS::ExactlyOnce);
    let message = first.message();
    assert_eq!((&message.payload[..], message.retain), (&b"on"[..], true));
    assert_eq!(message.qos, QoS::AtLeastOnce);

    publisher.publish("lamp", QoS::AtLeastOnce, true, b"");
    let message = first.message();
    assert!(message.payload.is_empty() && !message.retain, "{message:?}");
    let mut second = Peer::new(&broker, "second");
    second.subscribe("lamp", QoS::AtLeastOnce);
    publisher.publish("lamp", QoS::AtLeastOnce, false, b"live");
    assert_eq!(second.payload(), "live");
}

#[test]
fn wildcards_select_and_dollar_topics_hide() {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_2_1);
    let broker = Broker::start();
    let mut publisher = Peer::new(&broker, "publisher");
    let published = ["a", "a/b", "a/b/c", "a//c", "/a", "$own/a", "end"];
    for (filter, expected) in [
        ("#", vec!["a", "a/b", "a/b/c", "a//c", "/a"]),
        ("a/#", vec!["a", "a/b", "a/b/c", "a//c"]),
        ("+/+", vec!["a/b", "/a"]),
        ("a/+/c", vec!["a/b/c", "a//c"]),
    ] {
        let mut subscriber = Peer::new(&broker, "subscriber");
        subscriber.subscribe("end", QoS::AtMostOnce);
        subscriber.subscribe(filter, QoS::AtMostOnce);
        for topic in published {
            publisher.publish(topic, QoS::AtLeastOnce, false, b"x");
        }
        let topics = std::iter::from_fn(|| Some(subscriber.message().topic));
        let topics: Vec<String> = topics.take_while(|topic| topic != "end").collect();
        assert_eq!(topics, expected, "{filter}");
    }
}

#[test]
fn a_kept_session_gets_what_it_has_missed_in_order() {
    spec::covers!(MQTT_3_1_2_4, MQTT_3_1_2_5, MQTT_3_2_2_2, MQTT_4_6_0_6);
    let broker = Broker::start();
    let mut keeper = Peer::keeping(&broker, "keeper");
    assert!(!keeper.session_present);
    keeper.subscribe("jobs", QoS::ExactlyOnce);
    keeper.disconnect();
    let mut publisher = Peer::new(&broker, "publisher");
    for number in 0..100_usize {
        let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][number % 2];
        publisher.publish("jobs", qos, false, number.to_string().as_bytes());
    }
    let mut keeper = Peer::keeping(&broker, "keeper");
    assert!(keeper.session_present);
    for number in 0..100_usize {
        let message = keeper.message();
        assert_eq!(message.payload, number.to_string().as_bytes());
        assert_eq!(message.qos as usize, 1 + number % 2);
    }
}

#[test]
fn a_clean_session_ends_the_kept_one() {
    spec::covers!(MQTT_3_1_2_6, MQTT_3_2_2_1);
    let broker = Broker::start();
    let mut keeper = Peer::keeping(&broker, "keeper");
    keeper.subscribe("jobs", QoS::AtLeastOnce);
    keeper.disconnect();
    let clean = Peer::new(&broker, "keeper");
    assert!(!clean.session_present);
    clean.disconnect();
    assert!(!Peer::keeping(&broker, "keeper").session_present);
}

#[test]
fn a_lost_client_has_its_will_published() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10, MQTT_3_14_4_3);
    let broker = Broker::start();
    let mut watcher = Peer::new(&broker, "watcher");
    watcher.subscribe("wills/#", QoS::ExactlyOnce);
    for qos in EVERY_QOS {
        let mut mortal = options(&broker, "mortal");
        mortal.set_last_will(LastWill::new("wills/1", "gone", qos, false));
        // Dropped without DISCONNECT.
        drop(Peer::connect(mortal.clone()));
        let message = watcher.message();
        assert_eq!((message.topic.as_str(), &message.payload[..]), ("wills/1", &b"gone"[..]));
        assert_eq!(message.qos, qos);

        Peer::connect(mortal).disconnect();
        watcher.publish("wills/end", QoS::AtMostOnce, false, b"");
        assert_eq!(watcher.message().topic, "wills/end");
    }
}

#[test]
fn a_second_connection_takes_over_from_the_first() {
    spec::covers!(MQTT_3_1_4_2);
    let broker = Broker::start();
    let mut first = Peer::keeping(&broker, "twin");
    first.subscribe("a", QoS::AtLeastOnce);
    let mut second = Peer::keeping(&broker, "twin");
    assert!(second.session_present);
    assert!(first.connection.recv_timeout(PATIENCE).unwrap().is_err());
    second.publish("a", QoS::AtMostOnce, false, b"hi");
    assert_eq!(second.payload(), "hi");
}

#[test]
fn a_mebibyte_arrives_byte_for_byte() {
    spec::covers!(MQTT_4_3_1_1, MQTT_4_3_2_1, MQTT_4_3_3_1);
    let broker = Broker::start();
    let payload = bytes_of_every_kind(1 << 20);
    for qos in EVERY_QOS {
        let mut keeper = Peer::keeping(&broker, "keeper");
        keeper.subscribe("big", qos);
        // Both ways over one connection.
        keeper.client.publish("big", qos, false, payload.clone()).unwrap();
        assert!(keeper.message().payload == payload, "{qos:?}");
        keeper.disconnect();
    }
}

#[test]
fn a_thousand_messages_keep_their_order_at_each_qos() {
    spec::covers!(MQTT_4_6_0_5, MQTT_4_6_0_6);
    let broker = Broker::start();
    for qos in EVERY_QOS {
        let mut subscriber = Peer::new(&broker, "subscriber");
        subscriber.subscribe("many", qos);
        let mut publisher = Peer::new(&broker, "publisher");
        for number in 0..1000 {
            publisher.client.publish("many", qos, false, number.to_string()).unwrap();
        }
        (0..1000).for_each(|_| publisher.published(qos));
        publisher.disconnect();
        for number in 0..1000 {
            assert_eq!(subscriber.payload(), number.to_string(), "{qos:?}");
        }
    }
}

#[test]
fn an_unsubscribed_filter_brings_nothing() {
    spec::covers!(MQTT_3_10_4_1, MQTT_3_10_4_2, MQTT_3_10_4_4);
    let broker = Broker::start();
    let mut peer = Peer::new(&broker, "peer");
    peer.subscribe("a", QoS::AtLeastOnce);
    peer.subscribe("end", QoS::AtLeastOnce);
    peer.unsubscribe("a");
    peer.unsubscribe("never/subscribed");
    peer.publish("a", QoS::AtLeastOnce, false, b"unwanted");
    peer.publish("end", QoS::AtMostOnce, false, b"end");
    assert_eq!(peer.payload(), "end");
}
