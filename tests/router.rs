//! §3.3.1.3, §3.3.5, §3.8.4, §3.10.4, §4.7: what the router answers, fact by fact.

#![expect(clippy::unwrap_used, reason = "what a test makes up is valid")]

use etalon::message::Message;
use etalon::packet::Qos::{self, AtLeastOnce, AtMostOnce, ExactlyOnce};
use etalon::router::{Limits, RetainedFull, RouteCache, Router, Subscriber, Worker};
use etalon::spec;
use etalon::topic::{TopicFilter, TopicName};

const WHO: Subscriber = Subscriber { worker: Worker(0), session: 1 };

fn who(worker: u16, session: u64) -> Subscriber {
    Subscriber { worker: Worker(worker), session }
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

fn topic(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

fn message(text: &str, payload: &str) -> Message {
    Message::new(topic(text), payload.as_bytes(), AtLeastOnce, true)
}

/// Topics and payloads that a new subscription begins with.
fn subscribe(router: &Router, text: &str, qos: Qos) -> Vec<String> {
    let begun = router.subscribe(filter(text), WHO, qos);
    assert_eq!(&*begun.filter, text);
    let shown = |message: &Message| {
        format!("{}={}", message.topic().as_str(), String::from_utf8_lossy(message.payload()))
    };
    begun.retained.iter().map(shown).collect()
}

fn retain(router: &Router, text: &str, payload: &str) {
    router.retain(&message(text, payload)).unwrap();
}

/// The QoS with which [`WHO`] gets a message.
fn granted(router: &Router, text: &str) -> Option<Qos> {
    let targets = router.route(&mut RouteCache::new(), topic(text));
    assert!(targets.iter().all(|target| target.who == WHO) && targets.len() < 2);
    targets.first().map(|target| target.qos)
}

#[test]
fn overlapping_filters_give_one_copy_at_the_highest_qos() {
    spec::covers!(MQTT_3_3_5_1);
    for filters in [["a/#", "a/+", "a/b"], ["a/b", "a/#", "a/+"], ["#", "+/b", "a/b"]] {
        for best in 0..3 {
            let router = Router::new();
            for (n, text) in filters.into_iter().enumerate() {
                subscribe(&router, text, if n == best { ExactlyOnce } else { AtMostOnce });
            }
            assert_eq!(granted(&router, "a/b"), Some(ExactlyOnce), "{filters:?} {best}");
        }
    }
}

#[test]
fn targets_are_in_the_order_of_subscribers() {
    let router = Router::new();
    for (n, text) in ["a", "+", "#", "a/#"].into_iter().cycle().take(40).enumerate() {
        let n = n as u64;
        router.subscribe(filter(text), who((n % 3) as u16, n * 7 % 11), AtMostOnce);
    }
    let targets = router.route(&mut RouteCache::new(), topic("a"));
    assert!(targets.is_sorted_by(|one, next| one.who < next.who));
    assert_eq!(targets.len(), 33);
    assert_eq!(*router.retain(&message("a", "1")).unwrap(), *targets);
}

#[test]
fn replacing_changes_the_qos_and_nothing_else() {
    spec::covers!(MQTT_3_8_4_3);
    for text in ["a/b", "a/+", "#"] {
        let router = Router::new();
        retain(&router, "a/b", "1");
        assert_eq!(subscribe(&router, text, AtMostOnce), ["a/b=1"]);
        assert_eq!(subscribe(&router, text, ExactlyOnce), ["a/b=1"]);
        assert_eq!(granted(&router, "a/b"), Some(ExactlyOnce));
        assert_eq!(subscribe(&router, text, AtMostOnce), ["a/b=1"]);
        assert_eq!(granted(&router, "a/b"), Some(AtMostOnce));
        assert_eq!(router.subscription_count(), 1);
        assert!(router.unsubscribe(filter(text), WHO));
        assert_eq!(granted(&router, "a/b"), None);
    }
}

#[test]
fn unsubscribe_takes_the_same_filter_and_no_other() {
    spec::covers!(MQTT_3_10_4_1);
    let router = Router::new();
    for text in ["a/+", "a/b", "a/#"] {
        subscribe(&router, text, AtMostOnce);
    }
    for text in ["A/+", "a/", "a", "#", "+/b", "a/b/", "a/+/#"] {
        assert!(!router.unsubscribe(filter(text), WHO), "{text}");
    }
    assert!(!router.unsubscribe(filter("a/b"), who(0, 2)));
    assert!(!router.unsubscribe(filter("a/b"), who(1, 1)));
    assert_eq!(router.subscription_count(), 3);
    assert!(router.unsubscribe(filter("a/b"), WHO));
    assert!(!router.unsubscribe(filter("a/b"), WHO));
    assert_eq!(granted(&router, "a/b"), Some(AtMostOnce));
}

#[test]
fn filter_of_one_subscriber_outlives_another() {
    for text in ["a/b", "a/+", "#"] {
        let router = Router::new();
        for session in 0..3 {
            router.subscribe(filter(text), who(0, session), AtMostOnce);
        }
        assert!(router.unsubscribe(filter(text), who(0, 0)));
        assert!(router.unsubscribe(filter(text), who(0, 2)));
        assert_eq!(granted(&router, "a/b"), Some(AtMostOnce));
    }
}

#[test]
fn holders_of_a_filter_share_its_text() {
    for text in ["a/b", "a/+", "#"] {
        let router = Router::new();
        let one = router.subscribe(filter(text), WHO, AtMostOnce).filter;
        let two = router.subscribe(filter(text), who(1, 1), AtMostOnce).filter;
        assert!(std::sync::Arc::ptr_eq(&one, &two));
    }
}

#[test]
fn leading_wildcard_meets_no_topic_that_begins_with_dollar() {
    spec::covers!(MQTT_4_7_2_1);
    let router = Router::new();
    retain(&router, "$x/y", "1");
    retain(&router, "a/$x", "2");
    for text in ["#", "+/y", "+/#", "+/+", "/#"] {
        assert!(!subscribe(&router, text, AtMostOnce).contains(&"$x/y=1".to_owned()), "{text}");
    }
    assert_eq!(granted(&router, "$x/y"), None);
    assert!(router.retain(&message("$x/y", "3")).unwrap().is_empty());
    assert_eq!(granted(&router, "a/$x"), Some(AtMostOnce));
    for text in ["$x/#", "$x/+", "$x/y"] {
        assert_eq!(subscribe(&router, text, AtMostOnce), ["$x/y=3"]);
        assert_eq!(granted(&router, "$x/y"), Some(AtMostOnce));
        router.unsubscribe(filter(text), WHO);
    }
    assert_eq!(subscribe(&router, "a/+", AtMostOnce), ["a/$x=2"]);
}

#[test]
fn number_sign_includes_the_parent() {
    let router = Router::new();
    retain(&router, "sport", "1");
    retain(&router, "sport/", "2");
    retain(&router, "sports", "3");
    assert_eq!(subscribe(&router, "sport/#", AtMostOnce), ["sport=1", "sport/=2"]);
    assert_eq!(granted(&router, "sport"), Some(AtMostOnce));
    assert_eq!(granted(&router, "sports"), None);
}

#[test]
fn retained_messages_come_in_the_order_of_publication() {
    spec::covers!(MQTT_3_3_1_6);
    let router = Router::new();
    for (text, payload) in [("b", "1"), ("a", "2"), ("a/b", "3"), ("c/d", "4"), ("b", "5")] {
        retain(&router, text, payload);
    }
    assert_eq!(subscribe(&router, "#", AtMostOnce), ["a=2", "a/b=3", "c/d=4", "b=5"]);
    assert_eq!(subscribe(&router, "a/#", AtMostOnce), ["a=2", "a/b=3"]);
    assert_eq!(subscribe(&router, "b", AtMostOnce), ["b=5"]);
}

#[test]
fn leading_wildcard_finds_retained_messages_of_every_first_level() {
    spec::covers!(MQTT_3_3_1_6);
    let router = Router::new();
    for n in 0..1_000 {
        retain(&router, &format!("{n}/x"), "1");
    }
    for text in ["#", "+/x"] {
        assert_eq!(subscribe(&router, text, AtMostOnce).len(), 1_000);
    }
}

#[test]
fn retained_message_is_replaced_whatever_its_qos() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_7);
    let router = Router::new();
    retain(&router, "a", "1");
    router.retain(&Message::new(topic("a"), b"2", AtMostOnce, true)).unwrap();
    let begun = router.subscribe(filter("a"), WHO, ExactlyOnce);
    assert_eq!(begun.retained.len(), 1);
    assert_eq!(begun.retained[0].payload(), b"2");
    assert_eq!(begun.retained[0].qos(), AtMostOnce);
}

#[test]
fn empty_payload_clears_and_is_routed() {
    spec::covers!(MQTT_3_3_1_10, MQTT_3_3_1_11);
    let router = Router::new();
    retain(&router, "a/b", "1");
    retain(&router, "a/c", "2");
    subscribe(&router, "a/+", AtLeastOnce);
    for _ in 0..2 {
        assert_eq!(router.retain(&message("a/b", "")).unwrap().len(), 1);
        assert_eq!(subscribe(&router, "#", AtMostOnce), ["a/c=2"]);
        assert!(subscribe(&router, "a/b", AtMostOnce).is_empty());
    }
    assert_eq!((router.retained_count(), router.retained_bytes()), (1, 2 + 3 + 1));
}

#[test]
fn message_with_retain_0_leaves_the_retained_one_alone() {
    spec::covers!(MQTT_3_3_1_12);
    let router = Router::new();
    retain(&router, "a", "1");
    router.route(&mut RouteCache::new(), topic("a"));
    assert_eq!(subscribe(&router, "a", AtMostOnce), ["a=1"]);
}

#[test]
fn message_over_the_limit_is_neither_retained_nor_routed() {
    let limits = Limits { retained_messages_max: 2, retained_bytes_max: 12 };
    let router = Router::with_limits(limits);
    retain(&router, "a", "12"); // 5 bytes
    retain(&router, "b", "12");
    assert_eq!(router.retain(&message("c", "1")).unwrap_err(), RetainedFull);
    assert_eq!(router.retain(&message("a", "12345")).unwrap_err(), RetainedFull);
    retain(&router, "a", "1234");
    assert_eq!((router.retained_count(), router.retained_bytes()), (2, 12));
    retain(&router, "a", "9876");
    retain(&router, "a", "1");
    retain(&router, "c", "");
    assert_eq!((router.retained_count(), router.retained_bytes()), (2, 9));
    retain(&router, "b", "");
    assert_eq!(router.retain(&message("c", "123456")).unwrap_err(), RetainedFull);
    assert_eq!((router.retained_count(), router.retained_bytes()), (1, 4));
    assert_eq!(subscribe(&router, "#", AtMostOnce), ["a=1"]);
    retain(&router, "c", "12345");
}

#[test]
fn cached_route_is_seen_to_change() {
    let router = Router::new();
    let mut cache = RouteCache::new();
    let mut now = |router: &Router| -> Vec<Qos> {
        let targets = router.route(&mut cache, topic("a/b"));
        let fresh = router.route(&mut RouteCache::new(), topic("a/b"));
        assert_eq!(targets, fresh);
        targets.iter().map(|target| target.qos).collect()
    };
    assert_eq!(now(&router), []);
    for text in ["a/b", "a/+", "#"] {
        subscribe(&router, text, AtMostOnce);
        assert_eq!(now(&router), [AtMostOnce]);
        router.subscribe(filter(text), who(1, 1), AtLeastOnce);
        assert_eq!(now(&router), [AtMostOnce, AtLeastOnce]);
        subscribe(&router, text, ExactlyOnce);
        assert_eq!(now(&router), [ExactlyOnce, AtLeastOnce]);
        router.unsubscribe(filter(text), who(1, 1));
        assert_eq!(now(&router), [ExactlyOnce]);
        router.unsubscribe(filter(text), WHO);
        assert_eq!(now(&router), []);
    }
}

#[test]
fn unchanged_route_is_not_walked_again() {
    let router = Router::new();
    let mut cache = RouteCache::new();
    subscribe(&router, "a/b", AtMostOnce);
    let first = router.route(&mut cache, topic("a/b"));
    // What is retained is no part of a route, and neither is what was not there.
    retain(&router, "a/b", "1");
    router.unsubscribe(filter("#"), WHO);
    assert!(std::sync::Arc::ptr_eq(&first, &router.route(&mut cache, topic("a/b"))));
}

#[test]
fn cache_stays_within_its_bound() {
    let router = Router::new();
    subscribe(&router, "#", AtMostOnce);
    let mut cache = RouteCache::with_bytes_max(10_000);
    let mut highest = 0;
    for n in 0..1_000 {
        let text = format!("a/{n}");
        assert_eq!(router.route(&mut cache, topic(&text)).len(), 1);
        highest = highest.max(cache.bytes());
        assert!(cache.bytes() <= 10_000);
    }
    assert!(highest > 9_000);
    let mut none = RouteCache::with_bytes_max(0);
    assert_eq!(router.route(&mut none, topic("a")).len(), 1);
    assert_eq!(none.bytes(), 0);
}

#[test]
fn cache_counts_what_it_keeps_now() {
    let router = Router::new();
    let (mut old, mut new) = (RouteCache::new(), RouteCache::new());
    for session in 0..20 {
        router.subscribe(filter("a"), who(0, session), AtMostOnce);
        router.route(&mut old, topic("a"));
    }
    for session in 5..20 {
        router.unsubscribe(filter("a"), who(0, session));
        router.route(&mut old, topic("a"));
    }
    router.route(&mut new, topic("a"));
    assert_eq!(old.bytes(), new.bytes());
}

#[test]
fn sixty_five_thousand_levels_are_a_topic_like_any_other() {
    let router = Router::new();
    let slashes = "/".repeat(65_535);
    let pluses = ["+"; 32_768].join("/");
    let levels = vec![""; 32_768].join("/");
    let branches = format!("{}a", "/".repeat(65_534));
    for text in [&slashes, &branches, &levels] {
        retain(&router, text, "1");
    }
    for text in [&slashes, &branches, &pluses, "/#"] {
        router.subscribe(filter(text), WHO, AtMostOnce);
    }
    assert_eq!(granted(&router, &slashes), Some(AtMostOnce));
    assert_eq!(granted(&router, &levels), Some(AtMostOnce));
    assert_eq!(router.subscribe(filter(&pluses), WHO, AtMostOnce).retained.len(), 1);
    assert_eq!(router.subscribe(filter("#"), WHO, AtMostOnce).retained.len(), 3);
}

#[test]
fn deep_tree_of_many_nodes_is_walked_and_dropped() {
    let router = Router::new();
    let mut text = String::from("a");
    let mut filters = Vec::new();
    for _ in 0..2_000 {
        filters.push(format!("{text}/+"));
        text.push_str("/a");
        retain(&router, &text, "1");
    }
    for one in &filters {
        router.subscribe(filter(one), WHO, AtMostOnce);
    }
    assert_eq!(router.subscribe(filter("#"), WHO, AtMostOnce).retained.len(), 2_000);
    assert_eq!(granted(&router, &text), Some(AtMostOnce));
    drop(router);
}

#[test]
fn many_plus_signs_do_not_multiply() {
    let router = Router::new();
    // Each of twelve levels is a name or a `+`: 4,096 filters, and all of them match.
    for bits in 0..4_096_u32 {
        let levels: Vec<_> =
            (0..12).map(|level| if bits >> level & 1 == 0 { "a" } else { "+" }).collect();
        router.subscribe(filter(&levels.join("/")), who(0, u64::from(bits)), AtMostOnce);
    }
    let name = ["a"; 12].join("/");
    assert_eq!(router.route(&mut RouteCache::new(), topic(&name)).len(), 4_096);
}

#[test]
fn hundred_thousand_subscribers_of_one_filter_are_all_found() {
    for text in ["a/b", "a/+", "#"] {
        let router = Router::new();
        // Descending, so that no order of arrival is the easy one.
        for session in (0..100_000).rev() {
            router.subscribe(filter(text), who((session % 2) as u16, session), AtMostOnce);
        }
        let targets = router.route(&mut RouteCache::new(), topic("a/b"));
        assert_eq!(targets.len(), 100_000);
        assert!(targets.is_sorted());
        for session in 0..100_000 {
            assert!(router.unsubscribe(filter(text), who((session % 2) as u16, session)));
        }
        assert_eq!(router.subscription_count(), 0);
    }
}
