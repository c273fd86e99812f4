//! The codec, from outside: vectors, exhaustive tables, laws, and a second decoder to compare with.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is a verdict")]

mod annotation;
mod construction;
mod exhaustive;
mod file;
#[path = "../../conformance/src/laws/generator.rs"]
mod generator;
mod laws;
mod matching;
mod oracle;
#[path = "../../conformance/src/laws/packets.rs"]
mod packets;
mod samples;
mod vectors;
