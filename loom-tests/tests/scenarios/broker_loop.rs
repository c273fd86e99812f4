//! Two workers of one broker: what they tell each other, and how they go to sleep and stop.
//!
//! A macro for the same reason as in `mod.rs`. `$world` holds the broker's files, `$thread` spawns
//! and parks, `$model` runs a closure as often as it sees fit, `$count` is its atomic counter. A
//! `Desk` is a driver reduced to what matters between workers: inputs in, bytes out, wakes passed
//! on, asleep only when the broker wishes for nothing more.

// Not every test that reads this file plays these scenarios.
#![allow(dead_code)]

use etalon::packet::{
    ClientId, Connect, Decoded, Delivery, Limits, Packet, PacketId, Publish, Qos, Requests,
    Subscribe, Will, decode,
};
use etalon::topic::{TopicFilter, TopicName};

fn encoded(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes).unwrap();
    bytes
}

/// A CONNECT, and with it the topic of a Will.
pub fn connect(client_id: &str, clean_session: bool, will: Option<&str>) -> Vec<u8> {
    let will = will.map(|topic| Will {
        topic: TopicName::new(topic).unwrap(),
        message: b"will",
        qos: Qos::AtMostOnce,
        retain: false,
    });
    let client_id = ClientId::new(client_id).unwrap();
    let connect = Connect { client_id, clean_session, keep_alive: 0, will, login: None };
    encoded(&Packet::Connect(connect))
}

/// A SUBSCRIBE at QoS 1.
pub fn subscribe(filter: &str) -> Vec<u8> {
    let mut buffer = Vec::new();
    let request = (TopicFilter::new(filter).unwrap(), Qos::AtLeastOnce);
    let requests = Requests::write([request], &mut buffer).unwrap();
    let packet_id = PacketId::new(1).unwrap();
    encoded(&Packet::Subscribe(Subscribe { packet_id, requests }))
}

/// A PUBLISH at QoS 1.
pub fn publish(topic: &str, number: u16) -> Vec<u8> {
    let delivery = Delivery::AtLeastOnce { packet_id: PacketId::new(number).unwrap(), dup: false };
    encoded(&Packet::Publish(Publish {
        topic: TopicName::new(topic).unwrap(),
        delivery,
        retain: false,
        payload: number.to_string().as_bytes(),
    }))
}

/// The payloads of the PUBLISH packets among `bytes`.
pub fn payloads(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Ok(Decoded::Packet { packet, used, .. }) = decode(bytes, Limits::CLIENT) {
        if let Packet::Publish(publish) = packet {
            found.push(String::from_utf8_lossy(publish.payload).into_owned());
        }
        bytes = &bytes[used..];
    }
    found
}

#[allow(unused_macros)]
macro_rules! broker_scenarios {
    ($world:path, $thread:path, $model:path, $count:path) => {
        use std::collections::BTreeMap;
        use std::sync::Arc;
        use std::sync::atomic::Ordering;

        use $count as Count;
        use $model as model;
        use $thread as thread;
        use $world as world;

        use etalon::outgoing::Link;
        use etalon::time::Instant;
        use world::broker::{Broker, Config, Input, Output, Shared};
        use world::router::Worker;

        use super::scenarios::broker_loop::{connect, payloads, publish, subscribe};

        /// One worker and the bytes that its Clients have got.
        struct Desk {
            broker: Broker,
            /// The threads of the workers, but for its own.
            others: [Option<thread::Thread>; 2],
            got: BTreeMap<Link, Vec<u8>>,
            closed: Vec<Link>,
            /// The broker has called its own worker.
            called: bool,
        }

        impl Desk {
            fn tell(&mut self, input: Input<'_>) {
                self.broker.handle(Instant::START, input);
                while let Some(output) = self.broker.poll() {
                    match output {
                        Output::Transmit(link) => self.transmit(link),
                        Output::Close(link, ..) => {
                            self.transmit(link);
                            self.closed.push(link);
                            self.broker.handle(Instant::START, Input::Closed(link));
                        }
                        Output::Wake(worker) => match &self.others[usize::from(worker.0)] {
                            Some(other) => other.unpark(),
                            None => self.called = true,
                        },
                        Output::Move(..) | Output::Broken(..) => panic!("{output:?}"),
                    }
                }
            }

            fn transmit(&mut self, link: Link) {
                let Some(outgoing) = self.broker.outgoing(link) else { return };
                let mut slices = [std::io::IoSlice::new(&[]); 8];
                let count = outgoing.slices(&mut slices);
                let bytes: Vec<u8> =
                    slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
                self.broker.handle(Instant::START, Input::Sent(link, bytes.len()));
                self.got.entry(link).or_default().extend(bytes);
            }

            fn says(&mut self, link: Link, bytes: &[u8]) {
                self.tell(Input::Bytes(link, bytes));
            }

            fn arrives(&mut self, link: Link, bytes: &[u8]) {
                self.tell(Input::Opened(link));
                self.says(link, bytes);
            }

            fn payloads(&self, link: Link) -> Vec<String> {
                self.got.get(&link).map_or(Vec::new(), |bytes| payloads(bytes))
            }

            /// Works and sleeps until that has come true.
            fn live_until(&mut self, done: impl Fn(&Desk) -> bool) {
                loop {
                    self.called = false;
                    self.tell(Input::Mail);
                    if done(self) {
                        return;
                    }
                    if !self.called {
                        thread::park();
                    }
                }
            }

            /// Takes in all that is there.
            fn read_mail(&mut self) {
                self.called = true;
                while std::mem::take(&mut self.called) {
                    self.tell(Input::Mail);
                }
            }
        }

        /// A desk for each of two workers, and for each a Client Identifier that is at home there.
        fn house() -> ([Desk; 2], [String; 2]) {
            let config = Config::default();
            let shared = Shared::new(2, &config);
            let at_home = |worker| {
                let mut names = (0..).map(|number| format!("c{number}"));
                names.find(|name| shared.home(name) == Worker(worker)).unwrap()
            };
            let names = [at_home(0), at_home(1)];
            let desk = |worker| Desk {
                broker: Broker::new(Worker(worker), Arc::clone(&shared), config.clone()),
                others: [None, None],
                got: BTreeMap::new(),
                closed: Vec::new(),
                called: false,
            };
            ([desk(0), desk(1)], names)
        }

        const ONE: Link = Link(0);
        const TWO: Link = Link(1);

        /// Each worker has a subscriber of what the other's Client publishes; both sleep until it
        /// has come. A wake that is lost leaves one of them asleep for ever.
        #[allow(dead_code)]
        pub fn workers_that_mail_each_other_wake_up() {
            model(|| {
                let ([mut here, mut there], names) = house();
                here.arrives(ONE, &connect(&names[0], true, None));
                here.says(ONE, &subscribe("here"));
                there.arrives(ONE, &connect(&names[1], true, None));
                there.says(ONE, &subscribe("there"));
                let me = thread::current();
                let other = thread::spawn(move || {
                    there.others[0] = Some(me);
                    there.says(ONE, &publish("here", 1));
                    there.says(ONE, &publish("here", 3));
                    there.live_until(|desk| desk.payloads(ONE) == ["2"]);
                });
                here.others[1] = Some(other.thread().clone());
                here.says(ONE, &publish("there", 2));
                here.live_until(|desk| desk.payloads(ONE) == ["1", "3"]);
                other.join().unwrap();
            });
        }

        /// What one Client publishes reaches a subscriber of another worker in its order.
        #[allow(dead_code)]
        pub fn messages_of_one_publisher_stay_in_order() {
            model(|| {
                let ([mut here, mut there], names) = house();
                there.arrives(ONE, &connect(&names[1], true, None));
                there.says(ONE, &subscribe("there"));
                here.arrives(ONE, &connect(&names[0], true, None));
                let publisher = thread::spawn(move || {
                    here.says(ONE, &publish("there", 1));
                    here.says(ONE, &publish("there", 2));
                });
                there.read_mail();
                publisher.join().unwrap();
                there.read_mail();
                assert_eq!(there.payloads(ONE), ["1", "2"], "out of order or lost");
            });
        }

        /// A Client is taken over while a message is on its way to it: the stored session hands it
        /// to the successor, on top of what the predecessor may have had.
        #[allow(dead_code)]
        pub fn take_over_misses_no_message() {
            model(|| {
                let ([mut here, mut there], names) = house();
                there.arrives(ONE, &connect(&names[1], false, None));
                there.says(ONE, &subscribe("there"));
                here.arrives(ONE, &connect(&names[0], true, None));
                let publisher = thread::spawn(move || here.says(ONE, &publish("there", 1)));
                there.read_mail();
                there.arrives(TWO, &connect(&names[1], false, None));
                publisher.join().unwrap();
                there.read_mail();
                assert_eq!(there.closed, [ONE]);
                assert_eq!(there.payloads(TWO), ["1"], "missed");
            });
        }

        /// A Client that begins anew does not get what was on its way to its predecessor.
        #[allow(dead_code)]
        pub fn a_clean_take_over_inherits_nothing() {
            model(|| {
                let ([mut here, mut there], names) = house();
                there.arrives(ONE, &connect(&names[1], false, None));
                there.says(ONE, &subscribe("there"));
                here.arrives(ONE, &connect(&names[0], true, None));
                let publisher = thread::spawn(move || here.says(ONE, &publish("there", 1)));
                there.arrives(TWO, &connect(&names[1], true, None));
                publisher.join().unwrap();
                there.read_mail();
                assert_eq!(there.payloads(TWO), [""; 0], "inherited");
            });
        }

        /// What is published while the broker stops, and every Will, reaches who is still there.
        /// `waits`: whether each worker reads its mail once more when all have said their last.
        #[allow(dead_code)]
        pub fn stopping_loses_nothing(waits: bool) {
            model(move || {
                let ([mut here, mut there], names) = house();
                there.arrives(ONE, &connect(&names[1], true, None));
                there.says(ONE, &subscribe("there"));
                here.arrives(ONE, &connect(&names[0], true, Some("there")));
                let settled = Arc::new(Count::new(0));
                let end = move |desk: &mut Desk, settled: &Count| {
                    desk.tell(Input::LastWills);
                    settled.fetch_add(1, Ordering::AcqRel);
                    desk.others.iter().flatten().for_each(|other| other.unpark());
                    while waits && settled.load(Ordering::Acquire) < 2 {
                        thread::park();
                    }
                    desk.read_mail();
                    desk.tell(Input::Stop);
                };
                let me = thread::current();
                let other = thread::spawn({
                    let settled = Arc::clone(&settled);
                    move || {
                        here.others[1] = Some(me);
                        here.says(ONE, &publish("there", 1));
                        end(&mut here, &settled);
                    }
                });
                there.others[0] = Some(other.thread().clone());
                end(&mut there, &settled);
                other.join().unwrap();
                assert_eq!(there.payloads(ONE), ["1", "will"], "lost");
            });
        }
    };
}
