//! The exit statuses of `etalon`, and its one way to complain.
//!
//! Every complaint begins with `etalon: ` and goes to stderr; what stands on stdout is data. A
//! status that is a CONNACK return code, 1 to 5, is made where the refusal is met.

use std::io::Write;
use std::process::ExitCode;

/// A status that the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

/// All well.
pub const OK: Exit = Exit(0);
/// A breach or a failure was found.
pub const FAILED: Exit = Exit(1);
/// The command line is wrong.
pub const USAGE: Exit = Exit(2);
/// The peer cannot be reached.
pub const UNREACHABLE: Exit = Exit(3);
/// Etalon itself failed: a file, a stream.
pub const LOCAL: Exit = Exit(4);
/// Nothing failed, but something passed that was expected to fail.
pub const UNEXPECTED: Exit = Exit(5);
/// The time of `sub -W` is up; the number is mosquitto_sub's.
pub const TIMED_OUT: Exit = Exit(27);

/// Stopped by a signal before the work was done: what a shell says of a process that died of it.
pub fn signalled(signal: i32) -> Exit {
    Exit(u8::try_from(128 + signal).unwrap_or(LOCAL.0))
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.0)
    }
}

/// Says on stderr what is wrong, in the one form that all complaints have.
///
/// A closed stderr is no reason to stop, so a failed write is ignored.
pub fn complain(what: &str) {
    let _ = writeln!(std::io::stderr().lock(), "etalon: {what}");
}
