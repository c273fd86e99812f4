//! Etalon's conformance suite.
//!
//! [`World`](world::World) runs a whole broker, with as many workers as asked for, under a clock
//! that somebody turns by hand. [`say`] writes what clients send, and [`show`] reads what they get,
//! in the words of the standard.

// A test complains by a panic.
#![allow(clippy::panic)]

pub mod check;
pub mod laws;
pub mod oracle;
pub mod report;
pub mod run;
pub mod sabotage;
pub mod say;
pub mod show;
pub mod stage;
pub mod suite;
pub mod target;
pub mod tcp;
pub mod trace;
pub mod verdict;
pub mod watch;
pub mod world;
