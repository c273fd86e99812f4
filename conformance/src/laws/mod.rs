//! What must hold, each as one function of plain bytes.
//!
//! The same function serves quickcheck, proptest, the fuzzer and the corpora that are replayed: each
//! of them makes up bytes and knows how to make them shorter. A law that is broken says so by `Err`
//! or by a panic.

mod broker;
pub mod generator;
pub mod memory;
pub mod packets;
pub mod router;
mod text;

pub use broker::{broker_bytes, broker_ops, ops};
pub use router::router_ops;
pub use text::{matching, trace_parser};

/// The packet that this entropy stands for: read as it was written, incomplete if cut, and the same
/// whatever follows it.
pub fn inverse(entropy: &[u8]) {
    packets::with_packet(entropy, |packet, bytes| {
        packets::what_is_written_is_read(packet, bytes);
        packets::a_prefix_is_incomplete(bytes);
        packets::what_follows_is_not_read(bytes, entropy);
    });
}

/// Takes bytes, and panics if they break a law.
pub type Target = fn(&[u8]);

/// What is fed with bytes, by the name of its fuzz target and its corpus.
pub const TARGETS: [(&str, Target); 6] = [
    ("inverse", inverse),
    ("matching", |bytes| hold(matching(bytes))),
    ("broker_bytes", broker_bytes),
    ("broker_ops", |bytes| {
        let (workers, ops) = ops(bytes);
        hold(broker_ops(workers, None, &ops));
    }),
    ("router_ops", |bytes| hold(router_ops(bytes.as_chunks().0))),
    ("trace_parser", |bytes| hold(trace_parser(&String::from_utf8_lossy(bytes)))),
];

/// Feeds the target of this name.
///
/// # Panics
/// If its law is broken, and if there is no such target.
pub fn feed(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    found.unwrap_or_else(|| panic!("no target {target:?}")).1(bytes);
}

fn hold(law: Result<(), String>) {
    if let Err(broken) = law {
        panic!("{broken}");
    }
}
