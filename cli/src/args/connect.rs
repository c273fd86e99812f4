//! The flags that say how to connect (§3.1): `pub` and `sub` share them.
//!
//! Names, letters and defaults are those of the mosquitto tools. Whether the values go together is
//! checked in `connection`; what is no number or out of its range is refused here.

use std::ffi::OsString;

use clap::{ArgAction, Args, ValueEnum};

use super::later::Later;

/// Where to connect, and as whom.
#[derive(Args, Debug)]
pub struct ConnectArgs {
    /// Host name or address of the server [default: localhost]
    #[arg(short = 'h', long, value_name = "HOST", help_heading = "Connection")]
    pub host: Option<String>,

    /// Port of the server [default: 1883]
    #[arg(short, long, value_name = "PORT", help_heading = "Connection")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// All at once: mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC
    #[arg(short = 'L', long, value_name = "URL", help_heading = "Connection")]
    pub url: Option<String>,

    /// Client identifier [default: a random one of 23 letters and digits]
    #[arg(short, long, value_name = "ID", help_heading = "Connection")]
    #[arg(allow_hyphen_values = true, conflicts_with = "id_prefix")]
    pub id: Option<String>,

    /// Client identifier made of this prefix and the number of the process
    #[arg(short = 'I', long, value_name = "PREFIX", help_heading = "Connection")]
    #[arg(allow_hyphen_values = true)]
    pub id_prefix: Option<String>,

    /// User name
    #[arg(short, long, value_name = "NAME", help_heading = "Connection")]
    #[arg(allow_hyphen_values = true)]
    pub username: Option<String>,

    /// Password; needs a user name
    #[arg(short = 'P', long = "pw", value_name = "PASSWORD", help_heading = "Connection")]
    #[arg(allow_hyphen_values = true)]
    pub password: Option<OsString>,

    /// Keep the session of an earlier connection (CleanSession 0); needs -i
    #[arg(short = 'c', long = "disable-clean-session", help_heading = "Connection")]
    pub keep_session: bool,

    /// Keep Alive in seconds, 0 for none
    #[arg(short, long, value_name = "SECONDS", help_heading = "Connection", default_value_t = 60)]
    pub keepalive: u16,

    /// Version of the protocol; only mqttv311 (or 311) is spoken
    #[arg(short = 'V', long, value_name = "VERSION", help_heading = "Connection")]
    #[arg(value_parser = protocol_version, default_value = "mqttv311", hide_default_value = true)]
    pub protocol_version: Level,

    /// Send small packets at once (TCP_NODELAY)
    #[arg(long, help_heading = "Connection")]
    pub nodelay: bool,

    /// Topic of the Will, published by the server if this client disappears
    #[arg(long, value_name = "TOPIC", help_heading = "Will")]
    #[arg(allow_hyphen_values = true)]
    pub will_topic: Option<String>,

    /// Message of the Will [default: empty]
    #[arg(long, value_name = "MESSAGE", help_heading = "Will", requires = "will_topic")]
    #[arg(allow_hyphen_values = true)]
    pub will_payload: Option<OsString>,

    /// QoS of the Will
    #[arg(long, value_name = "QOS", help_heading = "Will", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=2), requires = "will_topic")]
    pub will_qos: u8,

    /// Retain the Will
    #[arg(long, help_heading = "Will", requires = "will_topic")]
    pub will_retain: bool,

    /// Show every packet on stderr
    #[arg(short, long, help_heading = "Reports")]
    pub debug: bool,

    /// No messages about failures; the exit status tells
    #[arg(long, help_heading = "Reports")]
    pub quiet: bool,

    /// Print help
    #[arg(long, action = ArgAction::Help, help_heading = "Reports")]
    pub help: Option<bool>,

    /// Flags of the mosquitto tools that have no meaning here yet.
    #[command(flatten)]
    pub later: Later,
}

/// The protocol levels that can be asked for (§3.1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Protocol Level 4.
    #[value(name = "mqttv311")]
    V311,
}

fn protocol_version(text: &str) -> Result<Level, String> {
    match text {
        "mqttv311" | "311" => Ok(Level::V311),
        "mqttv31" | "31" | "mqttv5" | "5" => {
            Err("etalon speaks MQTT 3.1.1 only: use -V mqttv311, or leave -V out".into())
        }
        other => Err(format!("{other:?} is no version of MQTT: use -V mqttv311")),
    }
}
