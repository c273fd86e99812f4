//! `etalon serve`: the broker. Not in this build yet.
//!
//! The command exists so that it is found, and says so plainly.

use std::process::ExitCode;

use clap::Args;

/// The flags of `etalon serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {}

/// Runs the broker.
pub fn run(_: &ServeArgs) -> ExitCode {
    crate::exit::complain("serve: the broker is not part of this build yet");
    crate::exit::LOCAL.into()
}
