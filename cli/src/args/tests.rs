//! The command line as clap sees it.
//!
//! Which flags exist, which are the same, and how the help looks; wrong command lines are tried
//! from outside, in `tests/usage.rs`.

use clap::{CommandFactory, Parser};

use super::*;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

/// Short and long forms of each flag of mosquitto_pub and mosquitto_sub mean the same.
#[test]
fn short_and_long_flags_are_one() {
    let debug = |words: &str| {
        let words = words.split_whitespace();
        format!("{:?}", Cli::try_parse_from(words).unwrap().command)
    };
    for (short, long) in [
        ("-c -i x", "--disable-clean-session --id x"),
        ("-d", "--debug"),
        ("-h x", "--host x"),
        ("-I x", "--id-prefix x"),
        ("-k 7", "--keepalive 7"),
        ("-p 7", "--port 7"),
        ("-P x -u y", "--pw x --username y"),
        ("-q 1", "--qos 1"),
        ("-V 311", "--protocol-version mqttv311"),
        ("-L mqtt://h/t", "--url mqtt://h/t"),
    ] {
        for command in ["pub -t t -n", "sub -t t"] {
            let (short, long) =
                (format!("etalon {command} {short}"), format!("etalon {command} {long}"));
            assert_eq!(debug(&short), debug(&long));
        }
    }
    for (short, long) in [
        ("pub -t t -m x", "pub --topic t --message x"),
        ("pub -t t -f x", "pub -t t --file x"),
        ("pub -t t -l", "pub -t t --stdin-line"),
        ("pub -t t -s", "pub -t t --stdin-file"),
        ("pub -t t -n -r", "pub -t t --null-message --retain"),
        ("sub -t t -v", "sub --topic t --verbose"),
        ("sub -t t -T u -U v", "sub -t t --filter-out u --unsubscribe v"),
    ] {
        assert_eq!(debug(&format!("etalon {short}")), debug(&format!("etalon {long}")));
    }
}

#[test]
fn flags_that_cannot_work_are_known() {
    for flag in [
        "--unix /s",
        "-A ::1",
        "-S",
        "--proxy x",
        "-D connect a b",
        "-x 5",
        "-x -1",
        "--cafile x",
        "--capath x",
        "--cert x",
        "--key x",
        "--ciphers x",
        "--insecure",
        "--psk 00",
        "--psk-identity x",
        "--tls-version tlsv1.2",
        "--tls-use-os-certs",
        "--keyform pem",
        "--tls-engine x",
        "--tls-alpn x",
        "--retain-as-published",
        "--random-filter 5",
    ] {
        let words = format!("etalon sub -t t {flag}");
        let Command::Sub(args) = Cli::try_parse_from(words.split(' ')).unwrap().command else {
            panic!("{words}");
        };
        let (told, why) = args.connect.later.0.unwrap();
        assert!(flag.starts_with(told) && !why.is_empty(), "{flag}: {told}");
    }
}

/// A help line that wraps is hard to read, and nothing wraps it for us.
#[test]
fn help_fits_into_a_hundred_columns() {
    for name in ["pub", "sub", "explain", "serve"] {
        let mut command = Cli::command();
        let help = command.find_subcommand_mut(name).unwrap().render_long_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
        }
    }
    let mut command = Cli::command();
    let fuzz = command.find_subcommand_mut("fuzz").unwrap();
    for name in ["encoder", "decoder"] {
        let help = fuzz.find_subcommand_mut(name).unwrap().render_long_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "fuzz {name}: {line}");
        }
    }
}
