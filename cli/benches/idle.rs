//! What idle connections cost: the resident memory of `etalon serve`, and the time in which many
//! clients at once are served.
//!
//! `cargo bench -p etalon-cli --bench idle` opens 10,000 plain sockets; `-- 50000` asks for another
//! number, within what the system allows. It reports and judges nothing. Linux alone: memory is read
//! from /proc.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made has no result")]
#![allow(clippy::disallowed_types, reason = "time is what is measured")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Barrier;
use std::time::Instant;

use support::Broker;
use support::raw::{self, Raw};

const CONNECTIONS: usize = 10_000;
const AT_ONCE: usize = 1_000;
const THREADS: usize = 4;

fn main() {
    let asked = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let connections: usize = asked.unwrap_or(CONNECTIONS);
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    memory(connections);
    burst(AT_ONCE);
}

/// Opens one connection after the other and reads the broker's memory at several counts.
fn memory(connections: usize) {
    let broker = Broker::start();
    let empty = broker.resident_kib();
    println!("{:>11} {:>12} {:>16}", "connections", "resident", "per connection");
    println!("{:>11} {:>8} KiB", 0, empty);
    let mut clients: Vec<Raw> = Vec::new();
    for share in [10, 4, 2, 1] {
        while clients.len() < connections / share {
            let client_id = format!("client-{}", clients.len());
            clients.push(Raw::connect(broker.address(), &client_id));
        }
        report(&broker, empty, clients.len());
    }
    clients.iter_mut().for_each(Raw::ping);
    println!("after each has sent PINGREQ:");
    report(&broker, empty, clients.len());
    let count = clients.len();
    drop(clients);
    Raw::connect(broker.address(), "last").ping();
    println!("after all {count} have left: {} KiB", broker.resident_kib());
}

fn report(broker: &Broker, empty: usize, count: usize) {
    let resident = broker.resident_kib();
    let each = resident.saturating_sub(empty) * 1024 / count.max(1);
    println!("{count:>11} {resident:>8} KiB {each:>10} bytes");
}

/// Lets many clients connect at once; the time ends when each has its answer to PINGREQ.
fn burst(count: usize) {
    let broker = Broker::start();
    let start = Barrier::new(THREADS + 1);
    let (begun, ended) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (start, address) = (&start, broker.address());
                scope.spawn(move || {
                    start.wait();
                    let numbers = (thread..count).step_by(THREADS);
                    let mut clients: Vec<Raw> = numbers
                        .map(|number| {
                            let mut client = Raw::open(address);
                            client.send(&raw::connect(&format!("client-{number}")));
                            client.send(raw::PINGREQ);
                            client
                        })
                        .collect();
                    for client in &mut clients {
                        client.expect(raw::ACCEPTED);
                        client.expect(raw::PINGRESP);
                    }
                    // They stay until all are served.
                    (clients, Instant::now())
                })
            })
            .collect();
        let begun = Instant::now();
        start.wait();
        let served: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        (begun, served.iter().map(|(_, ended)| *ended).max().unwrap())
    });
    println!("{count} clients at once, all served after {:.0?}", ended - begun);
}
