//! What the router and its neighbours keep in memory, counted by the allocator.
//!
//! One test alone in its program: what others allocate meanwhile would be counted as well.

#![expect(clippy::unwrap_used, reason = "what a test makes up is valid")]

use std::alloc::System;

use cap::Cap;
use etalon::mailbox::Mailbox;
use etalon::message::Message;
use etalon::packet::Qos;
use etalon::router::{RouteCache, Router, Subscriber, Worker};
use etalon::topic::{TopicFilter, TopicName};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// A budget of the design, for filters of twenty bytes and their text included.
const BYTES_PER_EXACT_SUBSCRIPTION: usize = 128;

/// The text of the retained topic is there twice, and the rest is what one node costs.
const BYTES_PER_RETAINED: usize = 224;

fn who(session: u64) -> Subscriber {
    Subscriber { worker: Worker(0), session }
}

fn message(topic: &str, payload: &[u8]) -> Message {
    Message::new(TopicName::new(topic).unwrap(), payload, Qos::AtMostOnce, true)
}

/// How much more is allocated after `act` than before.
fn growth<T>(act: impl FnOnce() -> T) -> (usize, T) {
    let before = ALLOCATOR.allocated();
    let kept = act();
    (ALLOCATOR.allocated().saturating_sub(before), kept)
}

fn exact_subscriptions_keep_to_their_budget() {
    // All in one map, which has just doubled: seven eighths of 32,768 places, and one more. That is
    // the worst that can happen.
    let worst = 32_768 / 8 * 7 + 1;
    for (count, first_levels) in [(worst - 1, 1), (worst, 1), (60_000, 1_000), (200_000, 1_000)] {
        let (bytes, router) = growth(|| {
            let router = Router::new();
            for n in 0..count {
                let text = format!("{:06}/sensor/{:06}", n % first_levels, n);
                assert_eq!(text.len(), 20);
                let filter = TopicFilter::new(&text).unwrap();
                router.subscribe(filter, who(n), Qos::AtLeastOnce);
            }
            router
        });
        assert_eq!(router.subscription_count() as u64, count);
        let each = bytes / count as usize;
        println!("{count} exact subscriptions: {each} bytes each");
        assert!(each <= BYTES_PER_EXACT_SUBSCRIPTION, "{count}: {each}");
    }
}

fn retained_messages_keep_to_their_budget() {
    let count = 50_000;
    let (bytes, router) = growth(|| {
        let router = Router::new();
        for n in 0..count {
            router.retain(&message(&format!("site/{:06}/{n:08}", n % 1_000), &[0; 16])).unwrap();
        }
        router
    });
    assert_eq!(router.retained_count(), count);
    println!("{count} retained messages: {} bytes each", bytes / count);
    assert!(bytes / count <= BYTES_PER_RETAINED);
}

fn deep_filters_cost_what_their_text_costs() {
    let router = Router::new();
    let (bytes, ()) = growth(|| {
        for n in 0..100_u64 {
            let text = format!("{n}/{}", ["+"; 30_000].join("/"));
            router.subscribe(TopicFilter::new(&text).unwrap(), who(0), Qos::AtMostOnce);
            router.retain(&message(&format!("{n}/{}", "/".repeat(60_000)), b"1")).unwrap();
        }
    });
    println!("100 deep filters and topics: {bytes} bytes");
    assert!(bytes < 3 * 100 * (60_000 + 60_000));
}

fn churn_leaves_nothing_behind() {
    let router = Router::new();
    let mut cache = RouteCache::with_bytes_max(0);
    let (bytes, ()) = growth(|| {
        for round in 0..5_u64 {
            let texts: Vec<_> = (0..2_000)
                .flat_map(|n| {
                    let own = round * 10_000 + n;
                    [
                        format!("a/{own}"),
                        format!("a/{own}/+"),
                        format!("+/{own}/x"),
                        format!("{own}/#"),
                    ]
                })
                .collect();
            for (n, text) in texts.iter().enumerate() {
                let filter = TopicFilter::new(text).unwrap();
                router.subscribe(filter, who(n as u64), Qos::AtMostOnce);
                router.subscribe(filter, who(1), Qos::AtMostOnce);
                router.retain(&message(&text.replace(['+', '#'], "w"), b"1")).unwrap();
            }
            let name = TopicName::new("a/1").unwrap();
            router.route(&mut cache, name);
            for (n, text) in texts.iter().enumerate().rev() {
                let filter = TopicFilter::new(text).unwrap();
                assert!(router.unsubscribe(filter, who(n as u64)));
                router.unsubscribe(filter, who(1));
                router.retain(&message(&text.replace(['+', '#'], "w"), b"")).unwrap();
            }
            assert_eq!((router.subscription_count(), router.retained_count()), (0, 0));
        }
    });
    println!("after the churn: {bytes} bytes");
    // Small maps are kept; 40,000 filters would be megabytes.
    assert!(bytes < 64 * 1_024, "{bytes}");
}

fn message_is_one_allocation_of_its_size() {
    let payload = vec![1; 1 << 20];
    let (bytes, first) = growth(|| message("a/b", &payload));
    assert!((1 << 20..(1 << 20) + 64).contains(&bytes), "{bytes}");
    let (bytes, _second) = growth(|| first.clone());
    assert_eq!(bytes, 0);
}

fn mailbox_forgets_a_burst_and_keeps_its_stride() {
    let mailbox = Mailbox::new();
    let mut batch = Vec::new();
    let round = |items: u64, batch: &mut Vec<u64>| {
        batch.clear();
        for item in 0..items {
            let _ = mailbox.push(item);
        }
        mailbox.drain(batch);
        assert_eq!(batch.len() as u64, items);
    };
    let (bytes, ()) = growth(|| {
        for items in [100_000, 100_000].into_iter().chain([1; 40]) {
            round(items, &mut batch);
        }
    });
    assert!(bytes < 64 * 1_024, "{bytes}");
    for _ in 0..2 {
        round(5_000, &mut batch);
        round(0, &mut batch);
    }
    let before = ALLOCATOR.total_allocated();
    for _ in 0..10 {
        round(5_000, &mut batch);
        round(0, &mut batch);
    }
    assert_eq!(ALLOCATOR.total_allocated(), before);
}

#[test]
fn memory_stays_within_its_budgets() {
    exact_subscriptions_keep_to_their_budget();
    retained_messages_keep_to_their_budget();
    deep_filters_cost_what_their_text_costs();
    churn_leaves_nothing_behind();
    message_is_one_allocation_of_its_size();
    mailbox_forgets_a_burst_and_keeps_its_stride();
}
