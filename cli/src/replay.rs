//! `etalon replay`: traces, against a broker of its own in virtual time or against anybody's.
//!
//! What a trace means is the conformance suite's; here are files, addresses and exit statuses.

use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use etalon_conformance::report::Status;
use etalon_conformance::run::{self, Options, run_with_repeats};
use etalon_conformance::target::Virtual;
use etalon_conformance::tcp::Tcp;
use etalon_conformance::trace::Trace;
use etalon_conformance::world::World;

use crate::exit::{self, Exit};

/// How long a broker may take to accept a connection before it counts as not there.
const REACHED_WITHIN: Duration = Duration::from_secs(10);

const AFTER: &str = "\
Without --to a trace is played against a broker of etalon's own, in virtual time. For each trace
stdout has a line: pass, fail with the statement and the line, inconclusive where the broker does not
let it get that far, skipped with the reason, or unstable where it failed only sometimes. Below it
stand the packets that came instead, annotated, then what the audit saw on any connection, then
warnings and notes. A trace that passes fails all the same if the audit saw a breach.

With --to, an answer that does not come and an unexpected close count when they happen three times.
Only fail counts against the broker.

Exit status: 0 no trace failed, 1 one did, 2 a trace or the command line is wrong, 3 the broker cannot
be reached, 4 a file cannot be read.

Examples:
  etalon replay conformance/traces/4.3.3/two_steps.trace
  etalon replay conformance/traces/3.12.4/*.trace --to localhost:1883";

/// What `replay` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct ReplayArgs {
    /// Traces, as conformance/traces/README.md describes them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The broker to play them against, instead of one in virtual time
    #[arg(long, value_name = "HOST:PORT")]
    to: Option<String>,
}

/// Plays the traces one after the other.
pub fn run(args: &ReplayArgs) -> Exit {
    let mut address = None;
    if let Some(to) = &args.to {
        address = to.to_socket_addrs().ok().and_then(|mut found| found.next());
        if address.is_none() {
            exit::complain(&format!("{to}: no HOST:PORT that is known"));
            return exit::USAGE;
        }
    }
    if let Some(address) = address
        && let Err(error) = TcpStream::connect_timeout(&address, REACHED_WITHIN)
    {
        exit::complain(&format!("cannot reach {address}: {error}"));
        return exit::UNREACHABLE;
    }
    let mut status = exit::OK;
    for (number, file) in args.files.iter().enumerate() {
        let name = file.display();
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                exit::complain(&format!("{name}: {error}"));
                return exit::LOCAL;
            }
        };
        let trace: Trace = match text.parse() {
            Ok(trace) => trace,
            Err(mistake) => {
                exit::complain(&format!("{name}: {mistake}"));
                return exit::USAGE;
            }
        };
        // Names that no other run has, as far as a process can know.
        let prefix = format!("e{:x}x{number}", std::process::id());
        let options = Options { prefix, ..Options::default() };
        let run = match address {
            Some(address) => run_with_repeats(|| Tcp::new(address), &trace, &options).run,
            None => run::run(&mut Virtual::new(World::new(1)), &trace, &options),
        };
        if run.status() == Status::Fail {
            status = exit::FAILED;
        }
        let line = format!("{name}: {run}");
        if writeln!(std::io::stdout().lock(), "{}", line.trim_end()).is_err() {
            return exit::LOCAL;
        }
    }
    status
}
