//! What no trace can play: the broker at its limits, a peer that does not read, and parts by
//! themselves. Each scene says what comes of it, so that one that misses its point fails.

use etalon::broker::{Config, Why};
use etalon::packet::{ClientId, Connect, EncodeError, Qos};
use etalon::router::{RouteCache, Router, Subscriber, Worker};
use etalon::topic::{TopicFilter, TopicName};
use etalon_conformance::say;
use etalon_conformance::world::World;

fn world(change: impl FnOnce(&mut Config)) -> World {
    let mut config = Config::default();
    change(&mut config);
    World::with(1, config)
}

/// The broker closes for a limit of its own.
fn closes(mut world: World, bytes: &[u8]) {
    let peer = world.joined(say::connect("a").kept());
    world.send(peer, bytes);
    assert_eq!(world.closed_by_broker(peer), Some(Why::Limit));
    assert_eq!(world.received_bytes(peer), [] as [u8; 0]);
}

pub fn incomplete_packets_exceed_their_limit() {
    let publish = say::publish("t", &[b'x'; 100]).bytes();
    closes(world(|config| config.assembling_bytes_max = 50), &publish[..90]);
}

pub fn a_packet_is_too_large() {
    let publish = say::publish("t", &[b'x'; 1_000]).bytes();
    closes(world(|config| config.packet.packet_bytes_max = 100), &publish);
}

pub fn there_is_no_room_to_retain() {
    let publish = say::publish("t", "x").retain().qos2(1).bytes();
    closes(world(|config| config.retained.retained_messages_max = 0), &publish);
}

pub fn there_are_too_many_filters() {
    let subscribe = say::subscribe(1, &[("a", 0), ("b", 0)]);
    closes(world(|config| config.filters_max = 1), subscribe.as_ref());
}

pub fn a_slow_reader_resumes() {
    let mut world = world(|config| config.session.unsent_bytes_max = 1);
    let sub = world.joined(say::connect("sub").kept());
    world.subscribed(sub, &[("t", 2)]);
    let publisher = world.joined(say::connect("pub"));
    for payload in ["one", "two", "three"] {
        world.published(publisher, "t", payload, 2);
    }
    world.send(sub, say::pubrec(2));
    world.cut(sub);
    let sub = world.open();
    world.take_only(sub, 0);
    // In one write: a connection with so much unsent would not be read from again.
    world.send(sub, say::all(&[say::connect("sub").kept().bytes(), say::pubrec(1)]));
    world.take_only(sub, usize::MAX);
    let seen = world.received(sub);
    let pubrels: Vec<&String> = seen.iter().filter(|line| line.starts_with("PUBREL")).collect();
    assert_eq!(pubrels, ["PUBREL id=2", "PUBREL id=1"], "{seen:?}");
}

pub fn no_such_connect_is_written() {
    let connect = Connect {
        client_id: ClientId::new("").expect("it may be empty"),
        clean_session: false,
        keep_alive: 0,
        will: None,
        login: None,
    };
    let mut bytes = Vec::new();
    assert_eq!(connect.encode(&mut bytes), Err(EncodeError::ClientIdEmpty));
    assert_eq!(bytes, [] as [u8; 0]);
}

pub fn a_reserved_topic_is_routed() {
    let router = Router::new();
    let who = Subscriber { worker: Worker(0), session: 1 };
    let filter = |text| TopicFilter::new(text).expect("a valid filter");
    router.subscribe(filter("#"), who, Qos::AtMostOnce);
    router.subscribe(filter("+/x"), who, Qos::AtMostOnce);
    let topic = TopicName::new("$own/x").expect("a valid topic");
    assert_eq!(router.route(&mut RouteCache::new(), topic).len(), 0);
}
