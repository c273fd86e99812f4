//! What must hold, each as one function of plain bytes.
//!
//! The same function serves quickcheck, proptest, the fuzzer and the corpora that are replayed: each
//! of them makes up bytes and knows how to make them shorter. A law that is broken says so by `Err`
//! or by a panic.

mod broker;

pub use broker::{broker_ops, ops};
