//! Flags of mosquitto_pub and mosquitto_sub that cannot work here, each with the reason.
//!
//! A user who tries one learns why, instead of being told that it does not exist.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// A known flag that was given although it does nothing here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Later(pub Option<(&'static str, &'static str)>);

const TLS: &str = "TLS is not supported yet";
const V5: &str = "it belongs to MQTT 5, and etalon speaks MQTT 3.1.1 only";

/// As written, the letters after the dashes, number of values, why not.
const FLAGS: [(&str, &str, usize, &str); 22] = [
    ("--unix", "unix", 1, "unix domain sockets are not supported yet"),
    ("-A", "A", 1, "the local address cannot be chosen yet"),
    ("-S", "S", 0, "SRV look-ups are not supported yet"),
    ("--proxy", "proxy", 1, "proxies are not supported yet"),
    ("-D", "D", 3, V5),
    ("--property", "property", 3, V5),
    ("-x", "x", 1, V5),
    ("--retain-as-published", "retain-as-published", 0, V5),
    ("--random-filter", "random-filter", 1, "messages cannot be thinned out yet"),
    ("--cafile", "cafile", 1, TLS),
    ("--capath", "capath", 1, TLS),
    ("--cert", "cert", 1, TLS),
    ("--key", "key", 1, TLS),
    ("--keyform", "keyform", 1, TLS),
    ("--ciphers", "ciphers", 1, TLS),
    ("--insecure", "insecure", 0, TLS),
    ("--psk", "psk", 1, TLS),
    ("--psk-identity", "psk-identity", 1, TLS),
    ("--tls-alpn", "tls-alpn", 1, TLS),
    ("--tls-engine", "tls-engine", 1, TLS),
    ("--tls-use-os-certs", "tls-use-os-certs", 0, TLS),
    ("--tls-version", "tls-version", 1, TLS),
];

impl Args for Later {
    fn augment_args(command: Command) -> Command {
        command.args(FLAGS.iter().map(|&(flag, letters, values, _)| {
            let arg = Arg::new(flag).hide(true);
            let arg = match (flag.starts_with("--"), letters.chars().next()) {
                (false, Some(letter)) => arg.short(letter),
                (true, _) | (false, None) => arg.long(letters),
            };
            match values {
                0 => arg.action(ArgAction::SetTrue),
                _ => arg.num_args(1..=values + 1).allow_hyphen_values(values == 1),
            }
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Later {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given =
            |flag| matches.value_source(flag) == Some(clap::parser::ValueSource::CommandLine);
        let found = FLAGS.iter().find(|&&(flag, ..)| given(flag));
        Ok(Later(found.map(|&(flag, _, _, why)| (flag, why))))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
