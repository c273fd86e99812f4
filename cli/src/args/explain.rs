//! The flags of `etalon explain`.
//!
//! The arguments themselves are read in `explain::what`, since their form decides what they are;
//! the help says how.

use clap::{Args, ValueEnum};

const AFTER: &str = "\
What is what:
  MQTT-3.8.4-3, 3.8.4-3   a numbered statement
  3.8.4, 3, SUBSCRIBE     a section with all that it asks for; a packet's name is its section
  l.264, S-40             a sentence without a number, by its line; a reading of an open question
  60 02 00 05, 60020005   bytes in hex: an even number of digits without a dot; blanks, commas,
                          colons, line ends and 0x are skipped, and several arguments are joined
  -                       the same, from stdin

Bytes may hold several packets in a row. They are judged as the server or the client would that
receives them; where the type leaves it open, the flags have to be right for either.

Exit status:
  0  explained; the bytes are well-formed packets
  1  the bytes break the standard, or end inside a packet
  2  not an ID, a section or hex
  4  stdin cannot be read

Examples:
  etalon explain MQTT-3.8.4-3
  etalon explain 3.1.2
  etalon explain 60 02 00 05
  etalon explain --from server 30:03:00:01:61
  xxd -p capture.bin | etalon explain -";

/// Explain a statement, a section, or bytes.
#[derive(Args, Debug)]
#[command(after_help = AFTER, args_override_self = true)]
pub struct ExplainArgs {
    /// A statement, a section, a packet's name, or bytes in hex
    #[arg(value_name = "ID | SECTION | HEX", required = true)]
    pub what: Vec<String>,

    /// Who sent the bytes, client or server [default: whoever may send such a packet]
    #[arg(long, value_name = "PARTY", value_enum, hide_possible_values = true)]
    pub from: Option<From>,

    /// When to colour: auto, always or never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorArg::Auto)]
    #[arg(hide_possible_values = true)]
    pub color: ColorArg,
}

/// Who sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// A Client sent them.
    Client,
    /// A Server sent them.
    Server,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
