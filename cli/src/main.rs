//! The command `etalon`: arguments in, reports out.
//!
//! Data goes to stdout, everything else to stderr. What a command answers as its exit status
//! stands in its help and in `exit`.

// The core is told the time; here is who tells it.
#![allow(clippy::disallowed_types)]

mod args;
mod check;
mod client;
mod connection;
mod exit;
mod explain;
mod fuzz;
mod link;
mod print;
mod publish;
mod replay;
mod run;
mod serve;
mod subscribe;
mod url;
mod watch;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match cli.command {
        Command::Pub(args) => publish::run(&args).into(),
        Command::Sub(args) => subscribe::run(&args).into(),
        Command::Check(args) => check::run(&args).into(),
        Command::Explain(args) => explain::run(&args).into(),
        Command::Fuzz(args) => fuzz::run(&args).into(),
        Command::Replay(args) => replay::run(&args).into(),
        Command::Serve(args) => serve::run(&args),
    }
}

/// Help goes to stdout with status 0, a wrong command line to stderr in the form of all complaints.
fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that has seen enough is no failure.
        let _ = write!(std::io::stdout().lock(), "{text}");
        return exit::OK.into();
    }
    exit::complain(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    exit::USAGE.into()
}
