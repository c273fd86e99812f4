//! The flags of `etalon sub`, and its help.
//!
//! The sequences of `-F` are read in `print::format`. The statuses in the help are a promise to
//! scripts; they are made in `run` and `subscribe`.

use clap::Args;

use super::connect::ConnectArgs;

const USAGE: &str = "etalon sub -t FILTER... [OPTIONS]
       etalon sub -L URL [-t FILTER]... [OPTIONS]";

const AFTER: &str = "\
Messages go to stdout, one per line; payloads are written as they are. A lost connection is made
again until the command is stopped. With -C, -W, SIGINT and SIGTERM the client disconnects properly;
a message that is not printed is not acknowledged, so with -c the server still has it.

Sequences of -F:
  %t topic   %p payload   %x %X payload in hex   %l its length   %q QoS   %r RETAIN, 0 or 1
  %m packet identifier, 0 at QoS 0   %I time, ISO 8601   %U time, seconds since 1970
  %j everything as JSON, payload a string (U+FFFD for bytes that are not UTF-8)
  %J the same, payload itself JSON   %% a percent sign
  %10t %-10t %010l width, left-aligned, padded with zeros   %.5t at most five characters
  @Y @m @d @H @M @S ... as in strftime(3)   @N nanoseconds   @@ an at sign
  \\\\ \\0 \\a \\e \\n \\r \\t \\v

Exit status:
  0     stopped as asked (-C, -E, --retained-only, SIGINT, SIGTERM), or stdout was closed
  1..5  the server refused the connection: its CONNACK return code
  1     every subscription was refused, or the server broke the standard; stderr says which
  2     the command line is wrong
  3     the server cannot be reached
  4     stdout cannot be written
  27    the time of -W is up
  130, 143  stopped by SIGINT or SIGTERM before the server accepted, or in the middle of a write
        that nobody reads

Examples:
  etalon sub -t 'sensors/#' -v
  etalon sub -t jobs -q 1 -c -i worker1 -C 1
  etalon sub -t '#' -F '%I %t %q%r %x'
  etalon sub -t '$SYS/#' -t 'lamp/+' -T 'lamp/hall' -W 10";

/// Subscribe and print messages.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, after_help = AFTER, override_usage = USAGE)]
#[command(args_override_self = true)]
pub struct SubArgs {
    /// Topic filter to subscribe to; may be repeated
    #[arg(short, long = "topic", value_name = "FILTER", help_heading = "Subscription")]
    #[arg(allow_hyphen_values = true, required_unless_present = "url")]
    pub topics: Vec<String>,

    /// QoS asked for
    #[arg(short, long, value_name = "QOS", help_heading = "Subscription", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=2))]
    pub qos: u8,

    /// Topic filter to unsubscribe from; may be repeated
    #[arg(short = 'U', long, value_name = "FILTER", help_heading = "Subscription")]
    #[arg(allow_hyphen_values = true)]
    pub unsubscribe: Vec<String>,

    /// Exit when all subscriptions are acknowledged
    #[arg(short = 'E', help_heading = "Subscription")]
    pub exit_after_subscribe: bool,

    /// Exit after N messages
    #[arg(short = 'C', value_name = "N", help_heading = "Subscription")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,

    /// Exit after this many seconds, with status 27
    #[arg(short = 'W', value_name = "SECONDS", help_heading = "Subscription")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub timeout: Option<u32>,

    /// Topic filter of messages not to print; may be repeated
    #[arg(short = 'T', long, value_name = "FILTER", help_heading = "Output")]
    #[arg(allow_hyphen_values = true)]
    pub filter_out: Vec<String>,

    /// Do not print retained messages
    #[arg(short = 'R', help_heading = "Output", conflicts_with = "retained_only")]
    pub no_retained: bool,

    /// Print retained messages only; exit at the first other one
    #[arg(long, help_heading = "Output")]
    pub retained_only: bool,

    /// Clear each retained message that arrives
    #[arg(long, help_heading = "Subscription")]
    pub remove_retained: bool,

    /// Print the topic before the payload
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// Print each message by this format; see below
    #[arg(short = 'F', value_name = "FORMAT", help_heading = "Output")]
    #[arg(allow_hyphen_values = true)]
    pub format: Option<String>,

    /// JSON of %j and %J over several lines
    #[arg(long, help_heading = "Output")]
    pub pretty: bool,

    /// No end of line after a message
    #[arg(short = 'N', help_heading = "Output")]
    pub no_eol: bool,

    /// How to connect.
    #[command(flatten)]
    pub connect: ConnectArgs,
}
