//! The flags of `etalon pub`, and its help.
//!
//! One of five flags says what to publish. The statuses in the help are a promise to scripts; they
//! are made in `run` and `publish`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::connect::ConnectArgs;

const USAGE: &str = "etalon pub -t TOPIC (-m MESSAGE | -f FILE | -s | -l | -n) [OPTIONS]
       etalon pub -L URL (-m MESSAGE | -f FILE | -s | -l | -n) [OPTIONS]";

const AFTER: &str = "\
Exactly one of -m, -f, -s, -l and -n says what to publish. QoS 1 and 2 are completed before the
command ends. With -l a lost connection is made again; what was not acknowledged is sent again,
with -c in the same session and otherwise as a new message.

Exit status:
  0     published, and with QoS 1 or 2 acknowledged
  1..5  the server refused the connection: its CONNACK return code
  1     the server broke the standard; stderr has the statement and the bytes
  2     the command line is wrong
  3     the server cannot be reached, or the connection was lost
  4     a file or stdin cannot be read, or a message does not fit into a packet
  130, 143  stopped by SIGINT or SIGTERM before everything was published

Examples:
  etalon pub -t lamp/kitchen -m on
  etalon pub -h broker.example -t logs -l -q 1 < app.log
  etalon pub -t lamp/kitchen -n -r                  # clear the retained message
  etalon pub -L mqtt://ann:secret@broker.example/pictures/1 -f cat.jpg";

/// Publish messages.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, after_help = AFTER, override_usage = USAGE)]
#[command(args_override_self = true)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false))]
pub struct PubArgs {
    /// Topic to publish to
    #[arg(short, long, value_name = "TOPIC", help_heading = "Message")]
    #[arg(allow_hyphen_values = true, required_unless_present = "url")]
    pub topic: Option<String>,

    /// The message
    #[arg(short, long, value_name = "MESSAGE", help_heading = "Message", group = "what")]
    #[arg(allow_hyphen_values = true, action = ArgAction::Append)]
    pub message: Vec<OsString>,

    /// A file, whole, as the message
    #[arg(short, long, value_name = "FILE", help_heading = "Message", group = "what")]
    pub file: Option<PathBuf>,

    /// Stdin, whole, as the message
    #[arg(short, long, help_heading = "Message", group = "what")]
    pub stdin_file: bool,

    /// Every line of stdin as a message
    #[arg(short = 'l', long, help_heading = "Message", group = "what")]
    pub stdin_line: bool,

    /// An empty message
    #[arg(short, long, help_heading = "Message", group = "what")]
    pub null_message: bool,

    /// QoS of the messages
    #[arg(short, long, value_name = "QOS", help_heading = "Message", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=2))]
    pub qos: u8,

    /// Ask the server to retain the message
    #[arg(short, long, help_heading = "Message")]
    pub retain: bool,

    /// Publish the message N times; not with -l
    #[arg(long, value_name = "N", help_heading = "Message", default_value_t = 1)]
    #[arg(hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..))]
    #[arg(conflicts_with = "stdin_line")]
    pub repeat: u32,

    /// Seconds between two of them, such as 0.5
    #[arg(long, value_name = "SECONDS", help_heading = "Message", default_value = "0")]
    #[arg(hide_default_value = true, value_parser = seconds)]
    pub repeat_delay: Duration,

    /// At most this many messages of QoS 1 and 2 without acknowledgement
    #[arg(short = 'M', value_name = "N", help_heading = "Message", default_value_t = 20)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub max_inflight: u16,

    /// How to connect.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no number of seconds");
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}
