//! From flags to a server and a CONNECT.
//!
//! Defaults, what wins over what, and the identifiers that are made here; refusals are tried from
//! outside, in `tests/usage.rs`.

use clap::Parser;

use super::*;
use crate::args::{Cli, Command};

/// The flags of `pub`, split at blanks.
fn args(flags: &str) -> ConnectArgs {
    let words = format!("etalon pub -t t -n {flags}");
    let parsed = Cli::try_parse_from(words.split_whitespace()).unwrap().command;
    let Command::Pub(args) = parsed else { panic!("{parsed:?}") };
    args.connect
}

fn made(flags: &str) -> Result<(Server, Config), String> {
    let args = args(flags);
    let url = url(&args)?;
    from_args(&args, url.as_ref(), 20)
}

#[test]
fn the_defaults_are_those_of_mosquitto_pub() {
    let (server, config) = made("").unwrap();
    assert_eq!(server.to_string(), "localhost:1883");
    assert!(!server.nodelay && !config.keep_session && !config.describe);
    assert_eq!(config.keep_alive, 60);
    assert!(config.will.is_none() && config.login.is_none());
}

#[test]
fn a_random_identifier_is_one_that_every_server_takes() {
    let ids: Vec<String> = (0..20).map(|_| made("").unwrap().1.client_id).collect();
    for id in &ids {
        assert_eq!(id.len(), 23, "{id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{id}");
    }
}

#[test]
fn identifiers_are_given_or_made_of_a_prefix() {
    assert_eq!(made("-i me").unwrap().1.client_id, "me");
    let prefixed = made("-I pre-").unwrap().1.client_id;
    assert_eq!(prefixed, format!("pre-{}", std::process::id()));
    assert_eq!(made("--id=").unwrap().1.client_id, "");
}

#[test]
fn a_url_fills_what_the_flags_leave_open() {
    let (server, config) = made("-L mqtt://u:p@h:1884/t").unwrap();
    assert_eq!(server.to_string(), "h:1884");
    assert_eq!(config.login, Some(("u".into(), Some(b"p".to_vec()))));
    let (server, config) = made("-L mqtt://u:p@h:1884/t -h k -p 1 -u v -P q").unwrap();
    assert_eq!(server.to_string(), "k:1");
    assert_eq!(config.login, Some(("v".into(), Some(b"q".to_vec()))));
}

#[test]
fn an_ipv6_address_is_written_with_brackets() {
    assert_eq!(made("-h ::1").unwrap().0.to_string(), "[::1]:1883");
}

#[test]
fn the_will_is_taken_whole() {
    let will = made("--will-topic w --will-payload b --will-qos 2 --will-retain").unwrap().1.will;
    let will = will.unwrap();
    assert_eq!((will.topic.as_str(), will.message.as_slice()), ("w", &b"b"[..]));
    assert_eq!((will.qos, will.retain), (Qos::ExactlyOnce, true));
    assert_eq!(made("--will-topic w").unwrap().1.will.unwrap().message, b"");
}

#[test]
fn without_keep_alive_a_keep_alives_for_ever() {
    assert_eq!(made("-k 0").unwrap().0.keep_alive, None);
    assert_eq!(made("-k 5").unwrap().0.keep_alive, Some(Duration::from_secs(5)));
}
