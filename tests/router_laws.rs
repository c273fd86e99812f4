//! §4.7, §3.8.4, §3.10.4, §3.3.1.3: the router against the slowest possible one, a plain list.

#![expect(clippy::unwrap_used, reason = "what a test makes up is valid")]

use std::collections::BTreeMap;

use etalon::message::Message;
use etalon::packet::Qos;
use etalon::router::{RouteCache, Router, Subscriber, Target, Worker};
use etalon::spec;
use etalon::topic::{TopicFilter, TopicName};
use quickcheck::{Arbitrary, Gen, QuickCheck};

const LEVELS: [&str; 6] = ["", "a", "b", "ab", "$", "$a"];

#[derive(Clone, Debug)]
struct Topic(String);

#[derive(Clone, Debug)]
struct Filter(String);

#[derive(Clone, Debug)]
enum Op {
    Subscribe(Filter, Subscriber, Qos),
    Unsubscribe(Filter, Subscriber),
    Route(Topic),
    Retain(Topic, Vec<u8>, Qos),
}

impl Arbitrary for Topic {
    fn arbitrary(g: &mut Gen) -> Topic {
        let depth = *g.choose(&[1, 1, 2, 2, 2, 3, 4]).unwrap();
        let levels: Vec<_> = (0..depth).map(|_| *g.choose(&LEVELS).unwrap()).collect();
        let text = levels.join("/");
        Topic(if text.is_empty() { "a".to_owned() } else { text })
    }
}

impl Arbitrary for Filter {
    fn arbitrary(g: &mut Gen) -> Filter {
        let Topic(topic) = Topic::arbitrary(g);
        let mut levels: Vec<_> = topic.split('/').collect();
        for level in &mut levels {
            if *g.choose(&[true, false, false]).unwrap() {
                *level = "+";
            }
        }
        match g.choose(&[0, 0, 0, 1, 2]) {
            Some(1) => *levels.last_mut().unwrap() = "#",
            Some(2) => levels.push("#"),
            _ => {}
        }
        Filter(levels.join("/"))
    }
}

fn arbitrary_qos(g: &mut Gen) -> Qos {
    *g.choose(&[Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce]).unwrap()
}

fn arbitrary_subscriber(g: &mut Gen) -> Subscriber {
    let worker = Worker(*g.choose(&[0, 1]).unwrap());
    Subscriber { worker, session: *g.choose(&[0, 1, 2]).unwrap() }
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Op {
        match g.choose(&[0, 0, 0, 1, 1, 2, 3, 3, 3]) {
            Some(0) => {
                Op::Subscribe(Filter::arbitrary(g), arbitrary_subscriber(g), arbitrary_qos(g))
            }
            Some(1) => Op::Unsubscribe(Filter::arbitrary(g), arbitrary_subscriber(g)),
            Some(2) => Op::Route(Topic::arbitrary(g)),
            _ => {
                let payload = g.choose(&[&b""[..], b"1", b"22"]).unwrap().to_vec();
                Op::Retain(Topic::arbitrary(g), payload, arbitrary_qos(g))
            }
        }
    }
}

/// The list.
#[derive(Default)]
struct Naive {
    subscriptions: BTreeMap<(String, Subscriber), Qos>,
    /// In the order of publication.
    retained: Vec<Message>,
}

impl Naive {
    fn targets(&self, topic: TopicName<'_>) -> Vec<Target> {
        let mut best: BTreeMap<Subscriber, Qos> = BTreeMap::new();
        for ((filter, who), qos) in &self.subscriptions {
            if TopicFilter::new(filter).unwrap().matches(topic) {
                let known = best.entry(*who).or_insert(*qos);
                *known = (*known).max(*qos);
            }
        }
        best.into_iter().map(|(who, qos)| Target { who, qos }).collect()
    }

    fn retain(&mut self, message: &Message) {
        self.retained.retain(|old| old.topic() != message.topic());
        if !message.payload().is_empty() {
            self.retained.push(message.clone());
        }
    }

    fn retained_for(&self, filter: TopicFilter<'_>) -> Vec<Message> {
        self.retained.iter().filter(|kept| filter.matches(kept.topic())).cloned().collect()
    }
}

fn agrees_with_the_list(ops: &[Op]) -> bool {
    let router = Router::new();
    let mut naive = Naive::default();
    let mut cache = RouteCache::new();
    let topics: Vec<_> = ops
        .iter()
        .filter_map(|op| match op {
            Op::Route(topic) | Op::Retain(topic, _, _) => Some(topic.0.clone()),
            Op::Subscribe(..) | Op::Unsubscribe(..) => None,
        })
        .collect();
    for op in ops {
        let good = match op {
            Op::Subscribe(Filter(filter), who, qos) => {
                naive.subscriptions.insert((filter.clone(), *who), *qos);
                let filter = TopicFilter::new(filter).unwrap();
                let got = router.subscribe(filter, *who, *qos);
                &*got.filter == filter.as_str() && got.retained == naive.retained_for(filter)
            }
            Op::Unsubscribe(Filter(filter), who) => {
                let was = naive.subscriptions.remove(&(filter.clone(), *who)).is_some();
                router.unsubscribe(TopicFilter::new(filter).unwrap(), *who) == was
            }
            Op::Route(Topic(topic)) => {
                let topic = TopicName::new(topic).unwrap();
                *router.route(&mut RouteCache::new(), topic) == *naive.targets(topic)
            }
            Op::Retain(Topic(topic), payload, qos) => {
                let topic = TopicName::new(topic).unwrap();
                let message = Message::new(topic, payload, *qos, true);
                naive.retain(&message);
                *router.retain(&message).unwrap() == *naive.targets(topic)
            }
        };
        let cached = topics.iter().all(|topic| {
            let topic = TopicName::new(topic).unwrap();
            *router.route(&mut cache, topic) == *naive.targets(topic)
        });
        let counts = router.subscription_count() == naive.subscriptions.len()
            && router.retained_count() == naive.retained.len()
            && router.retained_bytes() == naive.retained.iter().map(Message::len_bytes).sum();
        if !(good && cached && counts) {
            return false;
        }
    }
    true
}

#[test]
fn router_agrees_with_a_plain_list() {
    spec::covers!(
        MQTT_3_3_5_1,
        MQTT_3_3_1_5,
        MQTT_3_3_1_6,
        MQTT_3_3_1_10,
        MQTT_3_3_1_11,
        MQTT_3_3_2_3,
        MQTT_3_8_4_3,
        MQTT_3_10_4_1,
        MQTT_4_7_2_1,
    );
    QuickCheck::new()
        .tests(2_000)
        .quickcheck((|ops: Vec<Op>| agrees_with_the_list(&ops)) as fn(Vec<Op>) -> bool);
}
