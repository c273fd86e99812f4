//! The laws for other people's codecs, tried on bad ones: every planted fault is found, under the
//! statement that it breaks, and shrunk to a packet that shows nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is a verdict")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a bad codec is bad at one type of packet")]

mod decoders;
mod encoders;
mod requests;
