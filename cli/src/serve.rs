//! `etalon serve`: the broker. Not in this build yet.

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
