//! The flags of `etalon check`.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::ColorArg;

const AFTER: &str = "\
HOST is a name or an address, IPv6 in brackets, or mqtt://HOST[:PORT]. With --broker, --matrix, or a
target file that says where its broker is, there is no HOST and every argument is a SELECT.

SELECT is a statement (MQTT-3.8.4-3), a section with all below it (3.8.4), a case (4.3.3/two_steps) or
a tag (malformed); several add up, none is all.

What a case comes to:
  ✓  pass             ✗  fail: a statement is broken, by what the case asked for or by what the
  !  warning: a SHOULD,  audit saw on any of its connections
     or a sentence without a number, was not followed
  ?  inconclusive     -  skipped: the broker does not offer what it needs
  ~  unstable: failed, but not every time, and a server may have an excuse for that
Only failures fail the run; with --strict warnings do, too.

Files:
  --target FILE   TOML; all of it is optional:
                    name = \"...\"   address = \"HOST:PORT\" or command = \"... {port} ...\"
                    only_3_1_1 = true   durable = true
                    [credentials] user, password    [denied] filter, topic
                    [lacks] wildcards = \"why\" ..    [restart] command = \"...\"
                    [[skip]] case, reason           [[argued]] statement, cases, argument
  --expect FILE   TOML: [[expect]] case, id (optional), reason; such a failure does not fail the run
  --report FILE   .json, .xml (JUnit), .html, .md or .tap

Exit status:
  0  no failure that was not expected
  1  a case failed
  2  the command line or a file is wrong
  3  the broker cannot be reached or started, does not speak MQTT, or went away
  4  etalon itself failed, or a file cannot be read or written
  5  only that something passed which was expected to fail
  130  stopped by Ctrl-C; what was run is reported

Examples:
  etalon check localhost
  etalon check localhost:1883 3.8.4 MQTT-4.3.3-2 --report out.html --report out.xml
  etalon check --broker 'mosquitto -p {port}' qos2
  etalon check --matrix localhost:1883 targets/other.toml --report matrix.html
  etalon check --list 3.1";

/// Run the conformance suite against a broker.
#[derive(Args, Debug)]
#[command(after_help = AFTER, args_override_self = true)]
pub struct CheckArgs {
    /// The broker, and which cases to run [default: all]
    #[arg(value_name = "HOST[:PORT]] [SELECT")]
    pub what: Vec<String>,

    /// Show the cases instead of running them
    #[arg(long)]
    pub list: bool,

    /// Start the broker by this command; {port} becomes a free port, {dir} an empty directory
    #[arg(long, value_name = "COMMAND", conflicts_with = "matrix")]
    pub broker: Option<String>,

    /// What is known about the broker
    #[arg(long, value_name = "FILE", conflicts_with = "matrix")]
    pub target: Option<PathBuf>,

    /// Several brokers, HOST[:PORT] or target files, one after the other
    #[arg(long, value_name = "BROKER", num_args = 1.., action = ArgAction::Append)]
    pub matrix: Vec<String>,

    /// Failures that are known, with reasons
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,

    /// Write a report; the ending names the format
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    pub report: Vec<PathBuf>,

    /// Write the trace of every failure into this directory, for `etalon replay`
    #[arg(long, value_name = "DIR")]
    pub replay_dir: Option<PathBuf>,

    /// How many cases run side by side
    #[arg(long, value_name = "N", default_value_t = 64)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: u16,

    /// How often each case is run; the worst counts
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub repeat: u16,

    /// A warning fails the run
    #[arg(long)]
    pub strict: bool,

    /// Show the packets of failures; twice: of every case
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// When to colour: auto, always or never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorArg::Auto)]
    #[arg(hide_possible_values = true)]
    pub color: ColorArg,
}
