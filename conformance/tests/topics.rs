//! §4.7: Topic Names and Topic Filters, as Clients see them through the broker.

use etalon::broker::Why;
use etalon::message::Message;
use etalon::packet::Qos;
use etalon::router::{RouteCache, Router, Subscriber, Worker};
use etalon::topic::{TopicFilter, TopicName};
use etalon_conformance::say;
use etalon_conformance::stage::in_each_world;
use etalon_conformance::world::World;
use etalon_spec as spec;

const NOTHING: [&str; 0] = [];

/// Topic, filters that match it, filters that do not.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "sport",
        &["sport", "sport/#", "#", "+", "+/#"],
        &["sport/+", "sport/", "/sport", "Sport", "spor", "sports", "+/+", "/#", "sport/+/#"],
    ),
    (
        "sport/tennis/player1",
        &[
            "sport/tennis/player1/#",
            "sport/#",
            "sport/+/player1",
            "+/+/+",
            "sport/tennis/+",
            "+/tennis/#",
        ],
        &["sport/tennis", "sport/+", "sport/tennis/player1/+", "+", "+/+", "/sport/#"],
    ),
    (
        "sport/",
        &["sport/", "sport/+", "sport/#", "+/+", "+/", "sport/+/#"],
        &["sport", "sport//", "+"],
    ),
    (
        "/finance",
        &["/finance", "+/+", "/+", "#", "/#", "+/finance", "+/#"],
        &["+", "finance", "finance/#"],
    ),
    ("/", &["/", "+/+", "/+", "+/", "#", "/#", "+/#"], &["+", "//", "+/+/+"]),
    ("a//b", &["a//b", "a/+/b", "a/#", "a//#", "a//+", "+/+/+"], &["a/b", "a/+", "a/+/+/b"]),
    ("//", &["//", "+/+/+", "/+/", "//#", "/#"], &["/", "+/+", "///"]),
    ("a/b/c/d", &["a/b/c/d/#", "+/b/+/d", "a/#", "+/+/+/+/#"], &["a/b/c", "+/b/+", "a/+/d", "b/#"]),
    // §4.7.3: everything counts, nothing is changed.
    ("ACCOUNTS", &["ACCOUNTS"], &["Accounts", "accounts", "ACCOUNTS "]),
    ("a b", &["a b", "+"], &["a%20b", "ab", "a", "a  b"]),
    ("a/../b", &["a/../b", "a/+/b"], &["b", "a/b", "../b"]),
    ("%2F", &["%2F"], &["/", "%2f"]),
    ("\u{e9}", &["\u{e9}", "+"], &["e\u{301}", "\u{c9}", "e"]),
    ("\u{feff}a", &["\u{feff}a", "+"], &["a", "a\u{feff}"]),
    (
        "\u{1F321}/\u{6c34}",
        &["\u{1F321}/\u{6c34}", "\u{1F321}/+", "+/\u{6c34}"],
        &["\u{1F322}/\u{6c34}"],
    ),
    // Only the first character of the Topic Name counts (S-90).
    ("a/$x", &["a/$x", "a/+", "#", "+/+", "+/$x", "a/#"], &["a/x", "$x"]),
    ("/$SYS", &["/+", "/#", "#", "+/+", "+/$SYS"], &["$SYS"]),
];

fn named(world: &mut World, filters: &[&str], topic: &str, expected: bool) {
    let publisher = world.join("pub");
    for filter in filters {
        let sub = world.join("sub");
        world.subscribed(sub, &[(filter, 0)]);
        world.retained(publisher, topic, "x", 0);
        let lines = world.received(sub);
        let live = format!("PUBLISH {topic} \"x\"");
        assert_eq!(lines, if expected { vec![live] } else { vec![] }, "{filter:?} {topic:?}");
        let late = world.join("late");
        let lines = world.subscribed(late, &[(filter, 0)]);
        let kept = format!("PUBLISH {topic} retain \"x\"");
        assert_eq!(lines, if expected { vec![kept] } else { vec![] }, "{filter:?} {topic:?}");
        world.retained(publisher, topic, "", 0);
        world.published(publisher, topic, "y", 1);
        let heard = world.received(sub).len();
        assert_eq!(heard, if expected { 2 } else { 0 }, "{filter:?} {topic:?}");
    }
}

#[test]
fn a_filter_gets_what_it_matches_live_and_retained() {
    spec::covers!(MQTT_3_3_2_3, MQTT_4_7_3_4, MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_3_8_3_2);
    in_each_world(|world| {
        for (topic, filters, _) in CASES {
            named(world, filters, topic, true);
        }
    });
}

#[test]
fn a_filter_gets_nothing_else() {
    spec::covers!(MQTT_3_3_2_3, MQTT_4_7_3_4);
    in_each_world(|world| {
        for (topic, _, filters) in CASES {
            named(world, filters, topic, false);
        }
    });
}

#[test]
fn clients_do_not_exchange_messages_over_reserved_topics() {
    spec::covers!(MQTT_4_7_2_1, MQTT_3_3_4_1);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        let filters =
            [("#", 2), ("+/x", 2), ("+/#", 2), ("$T/x", 2), ("$T/#", 2), ("$SYS/#", 2), ("$", 2)];
        world.subscribed(sub, &filters);
        for topic in ["$T/x", "$SYS/x", "$SYS", "$", "$share/g/x"] {
            for qos in 0..=2 {
                // Acknowledged, not delivered, not retained (S-91).
                world.published(publisher, topic, "x", qos);
                world.retained(publisher, topic, "x", qos);
            }
        }
        assert_eq!(world.received(sub), NOTHING);
        assert_eq!(world.shared().router.retained_count(), 0);
        assert_eq!(world.subscribed(sub, &[("$T/#", 0)]), NOTHING);
        let doomed = world.open();
        world.send(doomed, say::connect("doomed").retained_will("$T/x", "x", 1).bytes());
        world.cut(doomed);
        assert_eq!(world.received(sub), NOTHING);
        assert_eq!(world.shared().router.retained_count(), 0);
        assert_eq!(world.closed(publisher), None);
    });
}

#[test]
fn a_share_prefix_is_an_ordinary_level() {
    spec::covers!(MQTT_4_7_3_4);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("$share/group/t", 0)]);
        world.published(publisher, "t", "x", 1);
        assert_eq!(world.received(sub), NOTHING);
    });
}

#[test]
fn wildcards_in_the_first_level_miss_reserved_topics() {
    spec::covers!(MQTT_4_7_2_1);
    // No Client can publish there, so the broker's router is asked in the broker's place.
    let router = Router::new();
    let filters =
        ["#", "+", "+/x", "+/+", "+/#", "/#", "/+/x", "$SYS/#", "$SYS/+", "$SYS/x", "$SYS"];
    let who = |at: usize| Subscriber { worker: Worker(0), session: at as u64 };
    let hit = |topic: &str| -> Vec<&str> {
        let mut cache = RouteCache::new();
        let topic = TopicName::new(topic).unwrap();
        let routed = router.route(&mut cache, topic);
        let message = Message::new(topic, b"x", Qos::AtMostOnce, true);
        let retained = router.retain(&message).unwrap();
        assert_eq!(routed, retained, "one way of matching for both");
        routed.iter().map(|target| filters[target.who.session as usize]).collect()
    };
    for (at, filter) in filters.iter().enumerate() {
        router.subscribe(TopicFilter::new(filter).unwrap(), who(at), Qos::AtMostOnce);
    }
    assert_eq!(hit("$SYS/x"), ["$SYS/#", "$SYS/+", "$SYS/x"]);
    assert_eq!(hit("$SYS"), ["$SYS/#", "$SYS"]);
    assert_eq!(hit("$T/x"), [""; 0]);
    for (at, filter) in filters.iter().enumerate() {
        let filter = TopicFilter::new(filter).unwrap();
        let got = router.subscribe(filter, who(100 + at), Qos::AtMostOnce).retained;
        let expected = match filter.as_str() {
            "$SYS/#" => 2,
            "$SYS/+" | "$SYS/x" | "$SYS" => 1,
            _ => 0,
        };
        assert_eq!(got.len(), expected, "{}", filter.as_str());
    }
}

#[test]
fn wildcards_in_a_topic_name_close() {
    spec::covers!(MQTT_3_3_2_2, MQTT_4_7_1_1);
    in_each_world(|world| {
        let sub = world.join("sub");
        world.subscribed(sub, &[("#", 2)]);
        for topic in ["+", "#", "a/#", "a/+/b", "a+b", "#a"] {
            for (first, id) in [(0x31, &[][..]), (0x33, &[0, 1]), (0x35, &[0, 1])] {
                let publisher = world.join("pub");
                let mut bytes = vec![first, (2 + topic.len() + id.len() + 1) as u8];
                bytes.extend([0, topic.len() as u8]);
                bytes.extend(topic.bytes());
                bytes.extend(id);
                bytes.push(b'x');
                assert_eq!(world.exchange(publisher, bytes), NOTHING);
                assert_eq!(world.closed_by_broker(publisher), Some(Why::Broken), "{topic}");
            }
        }
        assert_eq!(world.received(sub), NOTHING);
        assert_eq!(world.shared().router.retained_count(), 0);
    });
}

#[test]
fn topics_and_filters_of_65_535_bytes_work() {
    spec::covers!(MQTT_4_7_3_3, MQTT_4_7_3_4);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        let long = "x".repeat(65_535);
        let deep = "/".repeat(65_535);
        let pluses = "+/".repeat(32_767) + "+";
        let levels = "y/".repeat(32_767) + "y";
        let filters = [(long.as_str(), 1), (&deep, 1), (&pluses, 1)];
        world.subscribed(sub, &filters);
        for topic in [&long, &deep, &levels] {
            for retain in [false, true] {
                let mut publish = say::publish(topic, "z");
                if retain {
                    publish = publish.retain();
                }
                assert_eq!(world.exchange(publisher, publish.qos1(1).bytes()), ["PUBACK id=1"]);
                let lines = world.received(sub);
                assert_eq!(lines.len(), 1);
                assert!(lines[0].contains(topic.as_str()));
            }
        }
        let late = world.join("late");
        let lines = world.subscribed(late, &filters);
        assert_eq!(lines.len(), 3);
        world.send(sub, say::unsubscribe(1, &[&long, &deep, &pluses]));
        assert_eq!(world.received(sub), ["UNSUBACK id=1"]);
        assert_eq!(world.shared().router.subscription_count(), 3);
    });
}
