//! The whole broker: against the oracle, and against arbitrary bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use etalon::broker::Config;
use etalon::time::Duration;

use super::packets::with_packet;
use crate::oracle::script::{self, Op};
use crate::report::Status;
use crate::run::{Options, run};
use crate::say;
use crate::target::Virtual;
use crate::trace::Trace;
use crate::world::{Peer, World};

/// Operations out of bytes: the number of workers, and four bytes for each operation.
pub fn ops(bytes: &[u8]) -> (u16, Vec<Op>) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (ops, _) = rest.as_chunks();
    (1 + u16::from(*first) % 4, ops.to_vec())
}

/// A broker of so many workers does what the oracle says, and the audit accuses it of nothing.
/// `window` is the number of messages on their way to one Client, if not the usual one.
///
/// # Errors
/// What went wrong, and the trace that shows it; `etalon replay` plays it.
pub fn broker_ops(workers: u16, window: Option<usize>, ops: &[Op]) -> Result<(), String> {
    let mut config = Config::default();
    if let Some(window) = window {
        config.session.in_flight_max = window;
    }
    let trace = script::trace(ops, config.session.in_flight_max);
    let Err(wrong) = plays(workers, &config, &trace) else { return Ok(()) };
    let printed = trace.to_string();
    // Whoever gets the trace must be able to see the same.
    let again = match printed.parse::<Trace>() {
        Ok(read) => plays(workers, &config, &read).err(),
        Err(mistake) => return Err(format!("{wrong}\nand the trace cannot be read: {mistake}")),
    };
    let same = if again.is_some() { "" } else { "and the trace does not show it again!\n" };
    let with = match window {
        Some(window) => format!("with {workers} workers and a window of {window}"),
        None => format!("with {workers} workers"),
    };
    Err(format!("{with}: {wrong}\n{same}\n{printed}"))
}

fn plays(workers: u16, config: &Config, trace: &Trace) -> Result<(), String> {
    // A world whose broker is accused ends in a panic.
    let play = || {
        let world = World::with(workers, config.clone());
        run(&mut Virtual::new(world), trace, &Options::default())
    };
    match catch_unwind(AssertUnwindSafe(play)) {
        Ok(run) if run.status() == Status::Pass => Ok(()),
        Ok(run) => Err(run.to_string()),
        Err(panic) => Err(said(&*panic)),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic".into())
}

/// Connections at a time.
const PEERS: usize = 4;

/// PUBLISH, its acknowledgements, SUBSCRIBE and UNSUBSCRIBE, as the generator numbers them.
const OFTEN: [u8; 10] = [2, 2, 2, 3, 4, 5, 6, 7, 7, 9];

/// Several connections say arbitrary things, mostly packets, some of them broken or in pieces. No
/// panic, and the audit accuses the broker of nothing; either ends in a panic here.
pub fn broker_bytes(bytes: &[u8]) {
    let (first, mut rest) = bytes.split_first().unwrap_or((&0, &[]));
    let mut world = World::new(1 + u16::from(*first) % 4);
    let mut peers: [Option<Peer>; PEERS] = [None; PEERS];
    while let [what, length, tail @ ..] = rest {
        let (entropy, next) = tail.split_at(tail.len().min(usize::from(length % 32)));
        rest = next;
        let place = &mut peers[usize::from(what / 16) % PEERS];
        let peer = *place.get_or_insert_with(|| {
            let peer = world.open();
            // Most of them get as far as the packets behind CONNECT.
            if length % 4 > 0 {
                world.send(peer, say::connect(["a", "b", "c"][usize::from(*length) % 3]).bytes());
            }
            peer
        });
        match what % 16 {
            0 => {
                world.cut(peer);
                *place = None;
            }
            1 => world.advance(Duration::from_millis(u64::from(*length) * 100)),
            2 => world.send(peer, entropy),
            3 | 4 => {
                let kept = say::connect(["a", "b", "c"][usize::from(*length) % 3]);
                let connect = if what % 16 == 3 { kept } else { kept.kept() };
                world.send(peer, connect.bytes());
            }
            5 => with_packet(entropy, |_, bytes| world.send(peer, &bytes[..bytes.len() / 2])),
            6 => with_packet(entropy, |_, bytes| world.send_bytewise(peer, bytes)),
            7 => world.send(peer, say::subscribe(1, &[("#", length % 3)])),
            8 => with_packet(entropy, |_, bytes| world.send(peer, bytes)),
            _ => {
                // Few identifiers, so that packets meet.
                let mut entropy = entropy.to_vec();
                if let [kind, high, low, ..] = &mut entropy[..] {
                    *kind = OFTEN[usize::from(*kind) % OFTEN.len()];
                    (*high, *low) = (0, 1 + *low % 4);
                }
                with_packet(&entropy, |_, bytes| world.send(peer, bytes));
            }
        }
    }
}
