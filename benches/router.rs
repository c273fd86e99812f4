//! What a route costs: remembered, walked, and among many subscriptions. Orders of magnitude.
//!
//! `cargo bench --bench router`

// A benchmark is what reads the clock.
#![allow(clippy::disallowed_types)]
#![expect(clippy::unwrap_used, reason = "what a benchmark makes up is valid")]

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use etalon::message::Message;
use etalon::packet::Qos;
use etalon::router::{RouteCache, Router, Subscriber, Worker};
use etalon::topic::{TopicFilter, TopicName};

const SUBSCRIPTIONS: u64 = 1_000_000;
const ROUNDS: u64 = 1_000_000;

fn who(session: u64) -> Subscriber {
    Subscriber { worker: Worker((session % 2) as u16), session }
}

fn name(n: u64) -> String {
    format!("site{:03}/device{n:07}", n % 512)
}

fn topic(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

fn each(what: &str, count: u64, mut act: impl FnMut(u64)) {
    let start = Instant::now();
    (0..count).for_each(&mut act);
    let nanos = start.elapsed().as_nanos() as f64 / count as f64;
    println!("{what:<52} {nanos:>9.1} ns");
}

/// Spread over all names, the same in every run.
fn scattered(n: u64) -> usize {
    (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % SUBSCRIPTIONS as usize
}

fn main() {
    let names: Vec<_> = (0..SUBSCRIPTIONS).map(name).collect();
    let router = Arc::new(Router::new());
    each("subscribe, a million filters without wildcard", SUBSCRIPTIONS, |n| {
        let filter = TopicFilter::new(&names[n as usize]).unwrap();
        router.subscribe(filter, who(n), Qos::AtLeastOnce);
    });
    for (n, text) in ["site001/+", "+/device0000001", "#", "site001/#"].into_iter().enumerate() {
        router.subscribe(TopicFilter::new(text).unwrap(), who(n as u64), Qos::ExactlyOnce);
    }

    let mut cache = RouteCache::new();
    let one = names[1].as_str();
    each("route, one topic, remembered", ROUNDS, |_| {
        black_box(router.route(&mut cache, topic(black_box(one))));
    });
    each("route, 1,000 topics, remembered", ROUNDS, |n| {
        black_box(router.route(&mut cache, topic(&names[n as usize % 1_000])));
    });
    let mut none = RouteCache::with_bytes_max(0);
    each("route, one topic, walked", ROUNDS, |_| {
        black_box(router.route(&mut none, topic(black_box(one))));
    });
    each("route, scattered topics, walked", ROUNDS, |n| {
        black_box(router.route(&mut none, topic(&names[scattered(n)])));
    });

    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (router, text) = (Arc::clone(&router), one.to_owned());
            thread::spawn(move || {
                let mut cache = RouteCache::new();
                each("route, one topic, remembered, two threads", ROUNDS, |_| {
                    black_box(router.route(&mut cache, topic(black_box(&text))));
                });
                let mut none = RouteCache::with_bytes_max(0);
                each("route, one topic, walked, two threads", ROUNDS, |_| {
                    black_box(router.route(&mut none, topic(black_box(&text))));
                });
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());

    each("message, 100 bytes", ROUNDS, |_| {
        black_box(Message::new(topic(one), black_box(&[0; 100]), Qos::AtMostOnce, true));
    });
    each("retain, a million topics", SUBSCRIPTIONS, |n| {
        let message = Message::new(topic(&names[n as usize]), &[0; 16], Qos::AtMostOnce, true);
        black_box(router.retain(&message)).unwrap();
    });
    each("retain again, scattered topics", ROUNDS, |n| {
        let message = Message::new(topic(&names[scattered(n)]), &[1; 16], Qos::AtMostOnce, true);
        black_box(router.retain(&message)).unwrap();
    });
    for (text, count) in [("site001/+", 10), ("+/device0000001", 5), ("#", 5)] {
        let filter = TopicFilter::new(text).unwrap();
        let found = router.subscribe(filter, who(9), Qos::AtMostOnce).retained.len();
        each(&format!("subscribe to {text}, {found} of a million retained"), count, |_| {
            black_box(router.subscribe(filter, who(9), Qos::AtMostOnce));
        });
    }
    each("unsubscribe, a million filters", SUBSCRIPTIONS, |n| {
        assert!(router.unsubscribe(TopicFilter::new(&names[n as usize]).unwrap(), who(n)));
    });
    each("message of 16 MiB", 20, |_| {
        black_box(Message::new(topic(one), &vec![0; 16 << 20], Qos::AtMostOnce, true));
    });
}
