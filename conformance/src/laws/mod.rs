//! What must hold, each as one function of plain bytes.
//!
//! The same function serves quickcheck, proptest, the fuzzer and the corpora that are replayed: each
//! of them makes up bytes and knows how to make them shorter. A law that is broken says so by `Err`
//! or by a panic.

mod broker;
pub mod generator;
pub mod packets;
pub mod router;
mod text;

pub use broker::{broker_bytes, broker_ops, ops};
pub use packets::inverse;
pub use router::router_ops;
pub use text::{matching, trace_parser};
