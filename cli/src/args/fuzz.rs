//! The flags of `etalon fuzz`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use etalon::packet::Kind;

const CODEC: &str = "\
COMMAND is started once. It reads one line for each packet and answers each with one line, in
order; conformance/drivers/README.md describes the lines and has ready commands.

  BREACH     a valid packet came out malformed, or a malformed one was accepted: the statement
  DIFFERS    well-formed, but another packet than the one that was asked for, or read otherwise
  PASSED ON  something forbidden was written as asked: the check is left to the encoder's caller
  NOTE       nothing wrong, and worth knowing

Each finding is told once, with the smallest packet that shows it.

Exit status:
  0  nothing but notes
  1  findings
  2  the command line is wrong
  3  the command cannot be started, died, hung, or answered nonsense
  4  the report cannot be written

Examples:
  etalon fuzz encoder --example
  etalon fuzz encoder --runs 100000 -- python3 my_encoder.py
  etalon fuzz decoder --kind publish --kind connect -- node my_decoder.js
  etalon fuzz encoder --repeat '{\"packet\":\"PINGREQ\"}' -- ./encoder";

/// Fuzz somebody else's implementation.
#[derive(Args, Debug)]
pub struct FuzzArgs {
    /// Whose.
    #[command(subcommand)]
    pub what: Fuzzed,
}

/// What is fuzzed.
#[derive(Debug, Subcommand)]
pub enum Fuzzed {
    /// Have packets encoded, decode them strictly and compare
    Encoder(CodecArgs),
    /// Have bytes decoded, valid and malformed ones, and compare
    Decoder(CodecArgs),
    /// Not yet
    Broker,
}

/// What both halves of a codec take.
#[derive(Args, Debug)]
#[command(after_help = CODEC, args_override_self = true)]
pub struct CodecArgs {
    /// The codec's command with its arguments
    #[arg(last = true, value_name = "COMMAND", required_unless_present = "example")]
    pub command: Vec<String>,

    /// Where the packets come from; the same seed gives the same packets
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,

    /// How many packets [default: 10000, or no limit with --time]
    #[arg(long, value_name = "NUMBER")]
    pub runs: Option<u64>,

    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time: Option<Duration>,

    /// Only this type of packet; may be repeated
    #[arg(long, value_name = "PACKET", value_parser = kind)]
    pub kind: Vec<Kind>,

    /// Only what the standard allows
    #[arg(long)]
    pub valid_only: bool,

    /// How long the command may take for an answer, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    pub timeout: Duration,

    /// Try only this packet: JSON for an encoder, hex for a decoder
    #[arg(long, value_name = "PACKET", conflicts_with_all = ["runs", "time", "kind"])]
    pub repeat: Option<String>,

    /// Write the findings as JSON too
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Show the lines of one packet of each type, and stop
    #[arg(long, exclusive = true)]
    pub example: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) | Err(_) => Err("has to be more than 0 seconds".into()),
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        format!("no type of packet; there are {}", names.join(", "))
    })
}
