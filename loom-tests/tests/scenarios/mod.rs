//! What threads may do to one router or one mailbox, and what has to be true afterwards.
//!
//! A macro, because the same scenarios run over several builds of the same files: as they are, with
//! a mistake, under loom, and on real threads. `$world` holds `router` and `mailbox`, `$thread`
//! spawns and parks, `$model` runs a closure as often as it sees fit.

#[macro_use]
pub mod broker_loop;

/// Runs an ignored test of this file in a process of its own, and expects loom to find a deadlock.
#[allow(dead_code)]
pub fn deadlocks(test: &str) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", test])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success() && said.contains("deadlock"), "{said}");
}

#[allow(unused_macros)]
macro_rules! scenarios {
    ($world:path, $thread:path, $model:path) => {
        use std::sync::Arc;

        use $model as model;
        use $thread as thread;
        use $world as world;

        use etalon::message::Message;
        use etalon::packet::Qos;
        use etalon::topic::{TopicFilter, TopicName};
        use world::mailbox::Mailbox;
        use world::router::{Limits, RouteCache, Router, Subscriber, Worker};

        const WHO: Subscriber = Subscriber { worker: Worker(0), session: 7 };

        /// Without wildcard, with one, and in the part for wildcards: all match `a/b`.
        const FILTERS: [&str; 3] = ["a/b", "a/+", "#"];

        fn filter(text: &'static str) -> TopicFilter<'static> {
            TopicFilter::new(text).unwrap()
        }

        fn topic() -> TopicName<'static> {
            TopicName::new("a/b").unwrap()
        }

        fn message(payload: &str) -> Message {
            Message::new(topic(), payload.as_bytes(), Qos::AtLeastOnce, true)
        }

        fn for_each_filter(scenario: fn(&'static str)) {
            for text in FILTERS {
                model(move || scenario(text));
            }
        }

        /// The QoS with which `WHO` gets what is published now.
        fn route(router: &Router, cache: &mut RouteCache) -> Option<Qos> {
            let targets = router.route(cache, topic());
            assert!(targets.len() < 2);
            targets.first().map(|target| target.qos)
        }

        /// Whether `WHO` gets `payload` live.
        fn retain(router: &Router, payload: &str) -> bool {
            let targets = router.retain(&message(payload)).unwrap();
            assert!(targets.len() < 2);
            !targets.is_empty()
        }

        fn subscribe(router: &Router, text: &'static str, qos: Qos) -> Vec<String> {
            let subscribed = router.subscribe(filter(text), WHO, qos);
            let text = |message: &Message| String::from_utf8_lossy(message.payload()).into_owned();
            subscribed.retained.iter().map(text).collect()
        }

        #[allow(dead_code)]
        pub fn subscribed_then_published_is_seen() {
            for_each_filter(|text| {
                let router = Arc::new(Router::new());
                let subscriber = thread::spawn({
                    let router = Arc::clone(&router);
                    move || {
                        subscribe(&router, text, Qos::AtLeastOnce);
                    }
                });
                let mut cache = RouteCache::new();
                route(&router, &mut cache);
                subscriber.join().unwrap();
                assert_eq!(route(&router, &mut cache), Some(Qos::AtLeastOnce), "not seen");
            });
        }

        #[allow(dead_code)]
        pub fn unsubscribed_then_published_is_not_seen() {
            for_each_filter(|text| {
                let router = Arc::new(Router::new());
                subscribe(&router, text, Qos::AtLeastOnce);
                let subscriber = thread::spawn({
                    let router = Arc::clone(&router);
                    move || assert!(router.unsubscribe(filter(text), WHO))
                });
                let mut cache = RouteCache::new();
                route(&router, &mut cache);
                subscriber.join().unwrap();
                assert_eq!(route(&router, &mut cache), None);
            });
        }

        #[allow(dead_code)]
        pub fn replacing_leaves_no_gap() {
            for_each_filter(|text| {
                let router = Arc::new(Router::new());
                subscribe(&router, text, Qos::AtMostOnce);
                let subscriber = thread::spawn({
                    let router = Arc::clone(&router);
                    move || {
                        subscribe(&router, text, Qos::ExactlyOnce);
                    }
                });
                let mut cache = RouteCache::new();
                let first = route(&router, &mut cache);
                let second = route(&router, &mut cache);
                assert!(first.is_some() && first <= second);
                subscriber.join().unwrap();
                assert_eq!(route(&router, &mut cache), Some(Qos::ExactlyOnce));
            });
        }

        #[allow(dead_code)]
        pub fn going_over_leaves_no_gap() {
            for [from, to] in [["#", "a/b"], ["a/b", "#"], ["#", "a/+"], ["a/+", "a/b"]] {
                model(move || {
                    let router = Arc::new(Router::new());
                    subscribe(&router, from, Qos::AtLeastOnce);
                    let subscriber = thread::spawn({
                        let router = Arc::clone(&router);
                        move || {
                            subscribe(&router, to, Qos::AtLeastOnce);
                            assert!(router.unsubscribe(filter(from), WHO));
                        }
                    });
                    let mut cache = RouteCache::new();
                    assert!(route(&router, &mut cache).is_some(), "missed");
                    subscriber.join().unwrap();
                    assert!(route(&router, &mut cache).is_some(), "missed");
                });
            }
        }

        #[allow(dead_code)]
        pub fn replacing_misses_no_retained_publish() {
            for_each_filter(|text| {
                let router = Arc::new(Router::new());
                subscribe(&router, text, Qos::AtMostOnce);
                let publisher = thread::spawn({
                    let router = Arc::clone(&router);
                    move || assert!(retain(&router, "1"), "missed")
                });
                subscribe(&router, text, Qos::ExactlyOnce);
                publisher.join().unwrap();
            });
        }

        #[allow(dead_code)]
        pub fn retained_publish_arrives_once_and_last() {
            for_each_filter(|text| {
                let router = Arc::new(Router::new());
                let publisher = thread::spawn({
                    let router = Arc::clone(&router);
                    move || ["1", "2"].into_iter().filter(|text| retain(&router, text)).collect()
                });
                let mut got = subscribe(&router, text, Qos::AtLeastOnce);
                let live: Vec<&str> = publisher.join().unwrap();
                got.extend(live.into_iter().map(str::to_owned));
                assert!(got == ["2"] || got == ["1", "2"], "not once and last: {got:?}");
            });
        }

        #[allow(dead_code)]
        pub fn cleared_message_is_not_left_behind() {
            for_each_filter(|text| {
                let router = Arc::new(Router::new());
                assert!(!retain(&router, "1"));
                let publisher = thread::spawn({
                    let router = Arc::clone(&router);
                    move || retain(&router, "")
                });
                let got = subscribe(&router, text, Qos::AtLeastOnce);
                let cleared_live = publisher.join().unwrap();
                // Whoever got the old value is told that it is gone; who got nothing need not be.
                assert!(got.is_empty() || cleared_live);
                assert_eq!(router.retained_count(), 0);
            });
        }

        #[allow(dead_code)]
        pub fn two_publishers_leave_the_newest() {
            for_each_filter(|text| {
                let router = Arc::new(Router::new());
                let publish = |payload: &'static str| {
                    let router = Arc::clone(&router);
                    thread::spawn(move || retain(&router, payload))
                };
                let (one, two) = (publish("1"), publish("2"));
                let got = subscribe(&router, text, Qos::AtLeastOnce);
                let live = [one.join().unwrap(), two.join().unwrap()];
                let snapshot = ["1", "2"].map(|payload| got.iter().any(|text| text == payload));
                assert!(got.len() < 2);
                assert!(!(live[0] && snapshot[0]) && !(live[1] && snapshot[1]));
                let kept = router.subscribe(filter("a/b"), WHO, Qos::AtMostOnce).retained;
                let newest = usize::from(kept[0].payload() == b"2");
                assert!(live[newest] || snapshot[newest]);
                // An older one never comes after a newer one.
                assert!(!(snapshot[newest] && live[1 - newest]));
            });
        }

        /// With two parts by first level, `a` and `b` are in different ones.
        #[allow(dead_code)]
        pub fn each_first_level_arrives_once() {
            model(|| {
                let router = Arc::new(Router::new());
                let publish = |router: &Router, text| {
                    let topic = TopicName::new(text).unwrap();
                    let message = Message::new(topic, b"1", Qos::AtLeastOnce, true);
                    !router.retain(&message).unwrap().is_empty()
                };
                let publisher = thread::spawn({
                    let router = Arc::clone(&router);
                    move || ["a", "b"].map(|text| publish(&router, text))
                });
                let got = router.subscribe(filter("#"), WHO, Qos::AtLeastOnce).retained;
                let kept = |text| got.iter().any(|message| message.topic().as_str() == text);
                let [one, two] = publisher.join().unwrap();
                assert!(kept("a") != one && kept("b") != two);
                // Once one is live, so is what comes later.
                assert!(one <= two);
            });
        }

        #[allow(dead_code)]
        pub fn last_place_is_given_once() {
            model(|| {
                let limits = Limits { retained_messages_max: 1, retained_bytes_max: 1_000 };
                let router = Arc::new(Router::with_limits(limits));
                let publish = |topic: &'static str| {
                    let topic = TopicName::new(topic).unwrap();
                    router.retain(&Message::new(topic, b"1", Qos::AtMostOnce, true)).is_ok()
                };
                let other = thread::spawn({
                    let router = Arc::clone(&router);
                    move || router.retain(&message("1")).is_ok()
                });
                let mine = publish("c");
                assert!(mine != other.join().unwrap());
                assert_eq!(router.retained_count(), 1);
            });
        }

        #[allow(dead_code)]
        pub fn every_push_is_drained_after_a_wake() {
            model(|| {
                let mailbox = Arc::new(Mailbox::new());
                let owner = thread::current();
                let producer = thread::spawn({
                    let mailbox = Arc::clone(&mailbox);
                    move || {
                        for item in [1, 2] {
                            if mailbox.push(item) {
                                owner.unpark();
                            }
                        }
                    }
                });
                let (mut got, mut batch) = (Vec::new(), Vec::new());
                while got.len() < 2 {
                    mailbox.drain(&mut batch);
                    if batch.is_empty() {
                        thread::park();
                    }
                    got.append(&mut batch);
                }
                producer.join().unwrap();
                assert_eq!(got, [1, 2]);
            });
        }

        #[allow(dead_code)]
        pub fn what_is_left_behind_was_announced() {
            model(|| {
                let mailbox = Arc::new(Mailbox::new());
                assert!(mailbox.push(0));
                let producer = thread::spawn({
                    let mailbox = Arc::clone(&mailbox);
                    move || mailbox.push(1)
                });
                let mut batch = Vec::new();
                mailbox.drain(&mut batch);
                batch.clear();
                mailbox.drain(&mut batch);
                let sleeps = batch.is_empty();
                let woken = producer.join().unwrap();
                assert!(!sleeps || mailbox.is_empty() || woken, "not announced");
            });
        }

        #[allow(dead_code)]
        pub fn items_of_each_producer_stay_in_order() {
            model(|| {
                let mailbox = Arc::new(Mailbox::new());
                let produce = |items: [u8; 2]| {
                    let mailbox = Arc::clone(&mailbox);
                    thread::spawn(move || items.map(|item| mailbox.push(item)))
                };
                let (one, two) = (produce([1, 2]), produce([11, 12]));
                let mut got = Vec::new();
                mailbox.drain(&mut got);
                let woken = [one.join().unwrap(), two.join().unwrap()];
                mailbox.drain(&mut got);
                assert!(woken.as_flattened().iter().filter(|woken| **woken).count() <= 2);
                let (low, high): (Vec<u8>, Vec<u8>) = got.iter().partition(|item| **item < 10);
                assert_eq!((low, high), (vec![1, 2], vec![11, 12]));
            });
        }
    };
}
