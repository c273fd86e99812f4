//! `--set KEY=VALUE`: the settings of the broker by name.

use std::fmt::Write as _;
use std::time::Duration;

use etalon::net::Options;
use etalon::packet::{PACKET_BYTES_MAX, Stance};

/// One setting: its key, what it means, and how it is set.
struct Setting {
    key: &'static str,
    meaning: &'static str,
    default: fn(&Options) -> String,
    set: fn(&mut Options, &str) -> Result<(), String>,
}

macro_rules! setting {
    ($key:literal, $meaning:literal, $($place:ident).+ = $read:path, $write:path) => {
        Setting {
            key: $key,
            meaning: $meaning,
            default: |options| $write(&options.$($place).+),
            set: |options, value| {
                options.$($place).+ = $read(value)?;
                Ok(())
            },
        }
    };
}

const SETTINGS: &[Setting] = &[
    setting!(
        "limits.packet_bytes",
        "largest packet; a larger one closes the connection",
        config.packet.packet_bytes_max = packet_bytes,
        shown
    ),
    setting!(
        "limits.connections",
        "accepted connections; beyond: CONNACK 3",
        config.connections_max = count,
        shown
    ),
    setting!(
        "limits.sessions",
        "sessions, connected or not; beyond: CONNACK 3",
        config.sessions_max = count,
        shown
    ),
    setting!(
        "limits.connect_bytes",
        "Client Identifiers and Wills in all; beyond: CONNACK 3",
        config.connect_bytes_max = count,
        shown
    ),
    setting!(
        "limits.subscriptions",
        "subscriptions of a session; beyond: SUBACK 0x80",
        config.subscriptions_max = count,
        shown
    ),
    setting!(
        "limits.subscription_bytes",
        "their filters in bytes; beyond: the same",
        config.subscription_bytes_max = count,
        shown
    ),
    setting!(
        "limits.filters",
        "filters in one packet; beyond: closed",
        config.filters_max = count,
        shown
    ),
    setting!(
        "limits.retained_messages",
        "retained messages; beyond: the publisher is closed",
        config.retained.retained_messages_max = count,
        shown
    ),
    setting!(
        "limits.retained_bytes",
        "their topics and payloads; beyond: the same",
        config.retained.retained_bytes_max = count,
        shown
    ),
    setting!(
        "limits.in_flight",
        "unacknowledged messages to one client; the rest waits",
        config.session.in_flight_max = in_flight,
        shown
    ),
    setting!(
        "limits.waiting_messages",
        "messages that wait for one client; beyond: its session ends",
        config.session.waiting_messages_max = count,
        shown
    ),
    setting!(
        "limits.waiting_bytes",
        "their topics and payloads, and those on their way; beyond: the same",
        config.session.waiting_bytes_max = count,
        shown
    ),
    setting!(
        "limits.unsent_bytes",
        "bytes that one connection has not taken; beyond: QoS 0 is dropped",
        config.session.unsent_bytes_max = count,
        shown
    ),
    setting!(
        "limits.assembling_bytes",
        "bytes of incomplete packets, for each worker; beyond: closed",
        config.assembling_bytes_max = count,
        shown
    ),
    setting!("limits.sockets", "open sockets; beyond: closed at once", sockets_max = count, shown),
    setting!(
        "timeouts.connect",
        "seconds to wait for CONNECT",
        config.connect_timeout = seconds,
        shown_seconds
    ),
    setting!(
        "timeouts.stall",
        "seconds that a connection may leave bytes untaken",
        config.stall_timeout = seconds,
        shown_seconds
    ),
    setting!(
        "timeouts.hold",
        "seconds that publishers wait for one slow subscriber",
        config.hold_timeout = seconds,
        shown_seconds
    ),
    setting!(
        "strict.control_characters",
        "refuse or accept control characters in text",
        config.packet.control_characters = stance,
        shown_stance
    ),
    setting!(
        "strict.overlong_length",
        "refuse or accept a Remaining Length in too many bytes",
        config.packet.overlong_length = stance,
        shown_stance
    ),
];

/// Sets what `setting` says.
///
/// # Errors
/// One line for the user: no such key, with the nearest one, or no such value.
pub fn apply(options: &mut Options, setting: &str) -> Result<(), String> {
    let Some((key, value)) = setting.split_once('=') else {
        return Err(format!("--set {setting}: write it as KEY=VALUE; `--set help` lists the keys"));
    };
    let (key, value) = (key.trim(), value.trim());
    let Some(known) = SETTINGS.iter().find(|known| known.key == key) else {
        let nearest = SETTINGS.iter().min_by_key(|known| distance(known.key, key));
        let nearest = nearest.map_or("", |known| known.key);
        return Err(format!(
            "--set {key}: there is no such key; did you mean {nearest}? `--set help` lists them"
        ));
    };
    (known.set)(options, value).map_err(|error| format!("--set {key}={value}: {error}"))
}

/// Every key with its meaning and default.
pub fn help() -> String {
    let defaults = Options::default();
    let mut text =
        String::from("Settings for `etalon serve --set KEY=VALUE`, with their defaults:\n");
    for setting in SETTINGS {
        let default = (setting.default)(&defaults);
        let _ = writeln!(text, "  {:27} {:>10}  {}", setting.key, default, setting.meaning);
    }
    text
}

fn count(value: &str) -> Result<usize, String> {
    let digits = value.replace('_', "");
    match digits.parse() {
        Ok(0) => Err("it has to be 1 at least".into()),
        Ok(count) => Ok(count),
        Err(_) => Err("give a whole number".into()),
    }
}

fn in_flight(value: &str) -> Result<usize, String> {
    count(value).and_then(|count| match count {
        1..=65_535 => Ok(count),
        _ => Err("there are 65,535 Packet Identifiers".into()),
    })
}

fn packet_bytes(value: &str) -> Result<u32, String> {
    let bytes = count(value)?;
    match u32::try_from(bytes) {
        Ok(bytes) if bytes <= PACKET_BYTES_MAX => Ok(bytes),
        Ok(_) | Err(_) => Err(format!("a packet has {PACKET_BYTES_MAX} bytes at most")),
    }
}

fn seconds(value: &str) -> Result<Duration, String> {
    match value.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(wait) if !wait.is_zero() => Ok(wait),
        Some(_) | None => Err("give a number of seconds above 0".into()),
    }
}

fn stance(value: &str) -> Result<Stance, String> {
    match value {
        "accept" => Ok(Stance::Accept),
        "refuse" => Ok(Stance::Refuse),
        _ => Err("say accept or refuse".into()),
    }
}

fn shown(value: &impl ToString) -> String {
    value.to_string()
}

fn shown_seconds(value: &Duration) -> String {
    value.as_secs_f64().to_string()
}

fn shown_stance(value: &Stance) -> String {
    match value {
        Stance::Accept => "accept".into(),
        Stance::Refuse => "refuse".into(),
    }
}

/// How many letters have to be changed, added or left out to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_takes_its_own_default() {
        let defaults = Options::default();
        for setting in SETTINGS {
            let mut options = Options::default();
            let default = (setting.default)(&defaults);
            apply(&mut options, &format!("{}={default}", setting.key)).unwrap();
        }
    }

    #[test]
    fn a_key_sets_its_own_place() {
        let mut options = Options::default();
        apply(&mut options, "limits.waiting_messages=7").unwrap();
        assert_eq!(options.config.session.waiting_messages_max, 7);
        apply(&mut options, "timeouts.connect=0.5").unwrap();
        assert_eq!(options.config.connect_timeout, Duration::from_millis(500));
        apply(&mut options, "strict.control_characters=accept").unwrap();
        assert_eq!(options.config.packet.control_characters, Stance::Accept);
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        let mut options = Options::default();
        for (setting, said) in [
            ("limits.packet_byte=1", "did you mean limits.packet_bytes?"),
            ("limits.connections=many", "give a whole number"),
            ("limits.connections=0", "1 at least"),
            ("limits.in_flight=70000", "65,535 Packet Identifiers"),
            ("limits.packet_bytes=268435461", "268435460 bytes at most"),
            ("timeouts.stall=-1", "seconds above 0"),
            ("strict.overlong_length=maybe", "say accept or refuse"),
            ("nonsense", "KEY=VALUE"),
        ] {
            let error = apply(&mut options, setting).unwrap_err();
            assert!(error.contains(said) && !error.contains('\n'), "{setting}: {error}");
        }
    }
}
