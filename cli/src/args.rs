//! The command line: what every command takes, and its help.
//!
//! `pub` and `sub` take the flags of mosquitto_pub and mosquitto_sub with their meanings and
//! defaults, so `-h` is the host there and `--help` is help. Flags of theirs that cannot work here
//! are known too, and refused by name. What the values mean beyond their form is checked by the
//! commands themselves.

mod check;
mod connect;
mod explain;
mod fuzz;
mod later;
mod publish;
mod subscribe;

use clap::{Parser, Subcommand};

pub use check::CheckArgs;
pub use connect::ConnectArgs;
pub use explain::{ColorArg, ExplainArgs, From};
pub use fuzz::{CodecArgs, FuzzArgs, Fuzzed};
pub use publish::PubArgs;
pub use subscribe::SubArgs;

const ABOUT: &str =
    "MQTT 3.1.1, measured: a strict broker, a strict client, and the standard explained";

const AFTER: &str = "\
Exit status, of every command:
  0  all well
  1  a breach or a failure was found
  2  the command line is wrong
  3  the peer cannot be reached or started
  4  etalon itself failed
  5  something passed that was expected to fail
`pub` and `sub` add the codes of their mosquitto counterparts; see `etalon help pub`.

Examples:
  etalon serve
  etalon sub -t 'sensors/#' -v
  etalon pub -t sensors/1/temperature -m 21.5 -q 1
  etalon check localhost:1883
  etalon explain MQTT-4.3.3-2
  etalon explain 60 02 00 05";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "etalon", version, about = ABOUT, after_help = AFTER)]
#[command(args_override_self = true, subcommand_required = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Publish messages; takes the flags of mosquitto_pub
    Pub(Box<PubArgs>),
    /// Subscribe and print messages; takes the flags of mosquitto_sub
    Sub(Box<SubArgs>),
    /// Run the conformance suite against a broker
    Check(CheckArgs),
    /// Explain a statement, a section of the standard, or the bytes of packets
    Explain(ExplainArgs),
    /// Fuzz somebody else's encoder or decoder
    Fuzz(FuzzArgs),
    /// Play traces against a broker
    Replay(crate::replay::ReplayArgs),
    /// Run the broker
    Serve(crate::serve::ServeArgs),
}

#[cfg(test)]
mod tests;
