//! §4.7, §3.8.4, §3.10.4, §3.3.1.3: the router against the slowest possible one, a plain list.

#![allow(clippy::unwrap_used, reason = "what is made up here is valid")]

use std::collections::BTreeMap;

use etalon::message::Message;
use etalon::packet::Qos;
use etalon::router::{RouteCache, Router, Subscriber, Target, Worker};
use etalon::topic::{TopicFilter, TopicName};

/// One operation, as four numbers that may have any value.
pub type Op = [u8; 4];

const LEVELS: [&str; 6] = ["", "a", "b", "ab", "$", "$a"];
const DEPTHS: [usize; 7] = [1, 1, 2, 2, 2, 3, 4];

#[derive(Clone, Debug)]
enum Step {
    Subscribe(String, Subscriber, Qos),
    Unsubscribe(String, Subscriber),
    Route(String),
    Retain(String, &'static [u8], Qos),
}

impl Step {
    fn of([a, b, c, d]: Op) -> Step {
        let number = usize::from(a) / DEPTHS.len() + 37 * usize::from(b);
        let digit = |at: u32| LEVELS[number / LEVELS.len().pow(at) % LEVELS.len()];
        let depth = DEPTHS[usize::from(a) % DEPTHS.len()];
        let levels: Vec<&str> = (0..depth as u32).map(digit).collect();
        let qos = Qos::ALL[usize::from(d) / 54 % 3];
        let who = usize::from(d) / 9 % 6;
        let who = Subscriber { worker: Worker((who % 2) as u16), session: who as u64 / 2 };
        match d % 9 {
            0..3 => Step::Subscribe(filter(levels, c), who, qos),
            3..5 => Step::Unsubscribe(filter(levels, c), who),
            5 => Step::Route(topic(&levels)),
            _ => {
                let payload = [&b""[..], b"1", b"22"][usize::from(c) % 3];
                Step::Retain(topic(&levels), payload, qos)
            }
        }
    }
}

fn topic(levels: &[&str]) -> String {
    let text = levels.join("/");
    if text.is_empty() { "a".to_owned() } else { text }
}

/// One level in three becomes `+`, and two filters in five end with `#`.
fn filter(mut levels: Vec<&str>, choice: u8) -> String {
    let mut rest = choice / 5;
    for level in &mut levels {
        if rest.is_multiple_of(3) {
            *level = "+";
        }
        rest /= 3;
    }
    match choice % 5 {
        3 => {
            levels.pop();
            levels.push("#");
        }
        4 => levels.push("#"),
        _ => {}
    }
    topic(&levels)
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

/// Whether the router does what the list does, the answers of its cache for every topic so far
/// included.
///
/// # Errors
/// The operation after which it does not.
pub fn router_ops(ops: &[Op]) -> Result<(), String> {
    let router = Router::new();
    let mut naive = Naive::default();
    let mut cache = RouteCache::new();
    let mut topics: Vec<String> = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        let step = Step::of(*op);
        let good = agrees(&router, &mut naive, &step);
        if let Step::Route(topic) | Step::Retain(topic, _, _) = &step
            && !topics.contains(topic)
        {
            topics.push(topic.clone());
        }
        let cached = topics.iter().all(|topic| {
            let topic = TopicName::new(topic).unwrap();
            *router.route(&mut cache, topic) == *naive.targets(topic)
        });
        let counts = router.subscription_count() == naive.subscriptions.len()
            && router.retained_count() == naive.retained.len()
            && router.retained_bytes()
                == naive.retained.iter().map(Message::len_bytes).sum::<usize>();
        if !(good && cached && counts) {
            let all: Vec<Step> = ops[..=at].iter().map(|op| Step::of(*op)).collect();
            return Err(format!("after {all:?}: good {good}, cached {cached}, counts {counts}"));
        }
    }
    Ok(())
}

fn agrees(router: &Router, naive: &mut Naive, step: &Step) -> bool {
    match step {
        Step::Subscribe(filter, who, qos) => {
            naive.subscriptions.insert((filter.clone(), *who), *qos);
            let filter = TopicFilter::new(filter).unwrap();
            let got = router.subscribe(filter, *who, *qos);
            &*got.filter == filter.as_str() && got.retained == naive.retained_for(filter)
        }
        Step::Unsubscribe(filter, who) => {
            let was = naive.subscriptions.remove(&(filter.clone(), *who)).is_some();
            router.unsubscribe(TopicFilter::new(filter).unwrap(), *who) == was
        }
        Step::Route(topic) => {
            let topic = TopicName::new(topic).unwrap();
            *router.route(&mut RouteCache::new(), topic) == *naive.targets(topic)
        }
        Step::Retain(topic, payload, qos) => {
            let topic = TopicName::new(topic).unwrap();
            let message = Message::new(topic, payload, *qos, true);
            naive.retain(&message);
            router.retain(&message).is_ok_and(|targets| *targets == *naive.targets(topic))
        }
    }
}
