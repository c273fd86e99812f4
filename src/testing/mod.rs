//! For the tests of other people's codecs (feature `testing`): packets from a seed, a strict
//! judgement of what an encoder writes and a decoder reads, and the smallest example of each fault.
//!
//! [`encoder_laws`] and [`decoder_laws`] are one line in a test. [`Search`] gives the findings as
//! values. Everything is a function of the seed: no clock, no randomness. A codec in another
//! language is tried by `etalon fuzz`, which is built on this.

mod corrupt;
mod decoder;
mod difference;
mod encoder;
mod finding;
mod forbid;
mod generate;
mod request;
mod search;
mod shrink;
mod write;

pub use corrupt::bytes;
pub use decoder::{Read, expected, judge_decoder};
pub use difference::{Difference, difference};
pub use encoder::{Reply, judge_encoder};
pub use finding::{Class, Finding, Signature};
pub use generate::{Wanted, request};
pub use request::{ConnectRequest, Forbidden, PublishRequest, Request};
pub use search::{Findings, Found, Search, decoder_laws, encoder_laws};
pub use shrink::{smallest_bytes, smallest_request};
