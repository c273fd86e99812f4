//! The search for findings: so many cases from a seed, each signature once, each with its smallest
//! example.
//!
//! [`encoder_laws`] and [`decoder_laws`] are for a `#[test]` in somebody's own crate and panic with
//! the report; [`Search`] returns the findings instead, for a list of known ones or another report.

use core::convert::Infallible;
use core::fmt;
use std::collections::BTreeMap;

use super::corrupt::bytes;
use super::decoder::{Read, judge_decoder};
use super::encoder::{Reply, judge_encoder};
use super::finding::{Finding, Signature};
use super::generate::{Wanted, request};
use super::request::Request;
use super::shrink::{smallest_bytes, smallest_request};
use crate::packet::Packet;

/// How long to look, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Where it begins; the same seed gives the same cases.
    pub seed: u64,
    /// How many cases.
    pub runs: u64,
    /// Which cases.
    pub wanted: Wanted,
}

impl Default for Search {
    /// 10,000 cases of every type from seed 1, forbidden ones too.
    fn default() -> Self {
        Search { seed: 1, runs: 10_000, wanted: Wanted::default() }
    }
}

/// A finding, and how often it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The finding with its smallest example.
    pub finding: Finding,
    /// In how many cases.
    pub count: u64,
    /// The number of the first case.
    pub first: u64,
}

/// What was found, each signature once, the worst class first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(BTreeMap<Signature, Found>);

impl Findings {
    /// Counts a finding; only the first of its signature is kept.
    pub fn add(&mut self, number: u64, finding: Finding) {
        self.0
            .entry(finding.signature())
            .and_modify(|found| found.count = found.count.saturating_add(1))
            .or_insert(Found { finding, count: 1, first: number });
    }

    /// All of them, the worst class first.
    pub fn iter(&self) -> impl Iterator<Item = &Found> {
        self.0.values()
    }

    /// All of them, to replace examples by smaller ones.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Found> {
        self.0.values_mut()
    }

    /// How many signatures there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was found, not even a note.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing was found but notes.
    pub fn all_well(&self) -> bool {
        !self.iter().any(|found| found.finding.class.is_wrong())
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Found { finding, count, first } in self.iter() {
            writeln!(out, "{finding}  met {count} times, first in case {first}\n")?;
        }
        Ok(())
    }
}

impl Search {
    /// Asks an encoder for packets.
    pub fn encoder(&self, mut encode: impl FnMut(&Request) -> Reply) -> Findings {
        let mut findings = Findings::default();
        for number in 0..self.runs {
            let request = request(self.seed, number, &self.wanted);
            if let Some(finding) = judge_encoder(&request, &encode(&request)) {
                findings.add(number, finding);
            }
        }
        for found in findings.iter_mut() {
            let shown = found.finding.clone();
            let Some(asked) = found.finding.asked.clone() else { continue };
            let mut again = |request: &Request| judge_encoder(request, &encode(request));
            let Ok(smallest) = smallest_request::<Infallible>(asked, |candidates| {
                Ok(candidates.iter().position(|request| {
                    again(request).is_some_and(|finding| shown.is_shown_by(&finding))
                }))
            });
            if let Some(finding) = again(&smallest).filter(|it| shown.is_shown_by(it)) {
                found.finding = finding;
            }
        }
        findings
    }

    /// Gives bytes to a decoder.
    pub fn decoder(&self, mut read: impl FnMut(&[u8]) -> Read) -> Findings {
        let mut findings = Findings::default();
        for number in 0..self.runs {
            let bytes = bytes(self.seed, number, &self.wanted);
            if let Some(finding) = judge_decoder(&bytes, &read(&bytes)) {
                findings.add(number, finding);
            }
        }
        for found in findings.iter_mut() {
            let shown = found.finding.clone();
            let mut again = |bytes: &[u8]| judge_decoder(bytes, &read(bytes));
            let given = found.finding.bytes.clone();
            let Ok(smallest) = smallest_bytes::<Infallible>(given, |candidates| {
                Ok(candidates.iter().position(|bytes| {
                    again(bytes).is_some_and(|finding| shown.is_shown_by(&finding))
                }))
            });
            if let Some(finding) = again(&smallest).filter(|it| shown.is_shown_by(it)) {
                found.finding = finding;
            }
        }
        findings
    }
}

/// Has 10,000 packets encoded, decodes them strictly and compares: for a test of your own encoder.
///
/// ```
/// use etalon::packet::Packet;
///
/// etalon::testing::encoder_laws(|packet: &Packet<'_>| {
///     // Here stands your encoder, given what the packet says.
///     let mut bytes = Vec::new();
///     packet.encode(&mut bytes).unwrap();
///     bytes
/// });
/// ```
///
/// # Panics
/// A packet comes out malformed or as another one; the message is the report, with the smallest
/// such packet, the statement and the bytes explained.
pub fn encoder_laws(mut encode: impl FnMut(&Packet<'_>) -> Vec<u8>) {
    let wanted = Wanted { forbidden: false, ..Wanted::default() };
    let search = Search { wanted, ..Search::default() };
    let mut list = Vec::new();
    verdict(&search.encoder(|request| match request.packet(&mut list) {
        Ok(packet) => Reply::Bytes(encode(&packet)),
        Err(forbidden) => Reply::Unsupported(forbidden.to_string()),
    }));
}

/// Gives 10,000 packets to a decoder, valid and malformed ones, and compares: for a test of your own.
///
/// ```
/// etalon::testing::decoder_laws(|bytes| {
///     // Here stands your decoder; this one reads what is expected.
///     etalon::testing::expected(bytes)
/// });
/// ```
///
/// # Panics
/// Malformed bytes are accepted, valid ones refused or read as something else; the message is the
/// report, with the smallest such bytes, the statement and the bytes explained.
pub fn decoder_laws(read: impl FnMut(&[u8]) -> Read) {
    verdict(&Search::default().decoder(read));
}

#[expect(clippy::panic, reason = "a law that does not hold fails the test that calls it")]
fn verdict(findings: &Findings) {
    if !findings.all_well() {
        panic!("\n{findings}");
    }
}
