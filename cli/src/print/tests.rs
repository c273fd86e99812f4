//! What is printed for a message, character by character.
//!
//! The expected texts are those of mosquitto_sub 2.0.11 in the locale C, but for `%J`, which keeps
//! the spelling of numbers and strings.

use super::json::Layout;
use super::*;

fn message() -> Message {
    Message {
        topic: "a/é".into(),
        payload: b"hi\xff".to_vec(),
        qos: 1,
        retain: true,
        packet_id: 10,
    }
}

/// 2026-11-20 11:05:03.144739012 in a zone two hours east.
fn moment() -> Zoned {
    "2026-11-20T11:05:03.144739012+02:00[+02:00]".parse().unwrap()
}

fn print(style: Style, message: &Message) -> Vec<u8> {
    let printer = Printer { style, end: b"\n", layout: Layout::Compact };
    let mut out = Vec::new();
    printer.print(message, moment, &mut out).unwrap();
    out
}

fn formatted(format: &str) -> String {
    let style = Style::Format(Format::parse(format).unwrap());
    String::from_utf8_lossy(&print(style, &message())).trim_end_matches('\n').to_owned()
}

#[test]
fn sequences_give_what_mosquitto_sub_gives() {
    for (format, text) in [
        ("%t", "a/é"),
        ("%p", "hi\u{fffd}"),
        ("%x", "6869ff"),
        ("%X", "6869FF"),
        ("%l", "3"),
        ("%q%r", "11"),
        ("%m", "10"),
        ("%%", "%"),
        ("%I", "2026-11-20T11:05:03+0200"),
        ("%U", "1795165503.144739012"),
        ("@Y-@m-@d @H:@M:@S.@N @z @@", "2026-11-20 11:05:03.144739012 +0200 @"),
        ("@a @b @j @s", "Fri Nov 324 1795165503"),
        ("@c|@x|@X|@e", "Fri Nov 20 11:05:03 2026|11/20/26|11:05:03|20"),
        ("a\\tb\\\\\\0\\a\\e\\v\\r", "a\tb\\\0\u{7}\u{1b}\u{b}\r"),
        ("plain é", "plain é"),
        ("", ""),
    ] {
        assert_eq!(formatted(format), text, "{format}");
    }
}

#[test]
fn widths_pad_and_precision_cuts() {
    for (format, text) in [
        ("%5t|", "  a/é|"),
        ("%-5t|", "a/é  |"),
        ("%05t|", "  a/é|"),
        ("%.2t|", "a/|"),
        ("%-4.1t|", "a   |"),
        ("%1t|", "a/é|"),
        ("%8x|", "  6869ff|"),
        ("%08X|", "006869FF|"),
        ("%-08x|", "6869ff  |"),
        ("%03l|", "003|"),
        ("%-3l|", "3  |"),
        ("%5m|", "   10|"),
        ("%.10I|", "2026-11-20|"),
    ] {
        assert_eq!(formatted(format), text, "{format}");
    }
}

#[test]
fn a_wrong_format_is_refused_with_its_reason() {
    for (format, why) in [
        ("a%", "it ends inside a % sequence; a percent sign is %%"),
        ("%5", "it ends inside a % sequence; a percent sign is %%"),
        ("%z", "%z is no sequence; a percent sign is %%"),
        ("%C", "%C belongs to MQTT 5, and etalon speaks MQTT 3.1.1 only"),
        ("%99999t", "a width is at most 10000"),
        ("@", "it ends inside an @ sequence; an at sign is @@"),
        ("@Q", "@Q is no sequence; an at sign is @@"),
        ("\\", "it ends with a backslash; a backslash is \\\\"),
        ("\\q", "\\q is no sequence; a backslash is \\\\"),
    ] {
        assert_eq!(Format::parse(format), Err(why.to_owned()), "{format}");
    }
}

#[test]
fn every_strftime_letter_is_known() {
    for letter in "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ".chars() {
        assert_ne!(formatted(&format!("<@{letter}>")), "<>", "{letter}");
    }
}

#[test]
fn json_has_the_members_of_mosquitto_sub() {
    assert_eq!(
        formatted("%j"),
        "{\"tst\":\"2026-11-20T11:05:03.144739Z+0200\",\"topic\":\"a/é\",\"qos\":1,\"retain\":1,\
         \"payloadlen\":3,\"mid\":10,\"payload\":\"hi\u{fffd}\"}"
    );
    let value = Message { payload: b"{ \"t\": 21.50 }".to_vec(), qos: 0, ..message() };
    let style = Style::Format(Format::parse("%J").unwrap());
    assert_eq!(
        String::from_utf8(print(style.clone(), &value)).unwrap(),
        "{\"tst\":\"2026-11-20T11:05:03.144739Z+0200\",\"topic\":\"a/é\",\"qos\":0,\"retain\":1,\
         \"payloadlen\":14,\"payload\":{\"t\":21.50}}\n"
    );
    let empty = Message { payload: Vec::new(), ..value };
    assert!(print(style, &empty).ends_with(b"\"payloadlen\":0,\"payload\":null}\n"));
}

#[test]
fn pretty_json_has_lines() {
    let style = Style::Format(Format::parse("%j").unwrap());
    let printer = Printer { style, end: b"\n", layout: Layout::Pretty };
    let mut out = Vec::new();
    printer.print(&Message { payload: b"x".to_vec(), ..message() }, moment, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\n\t\"tst\":\t\"2026-11-20T11:05:03.144739Z+0200\",\n\t\"topic\":\t\"a/é\",\n\t\"qos\":\t1,\n\
         \t\"retain\":\t1,\n\t\"payloadlen\":\t1,\n\t\"mid\":\t10,\n\t\"payload\":\t\"x\"\n}\n"
    );
}

#[test]
fn a_payload_that_is_no_json_prints_nothing() {
    let style = Style::Format(Format::parse("before %J").unwrap());
    let printer = Printer { style, end: b"\n", layout: Layout::Compact };
    let mut out = b"kept".to_vec();
    let why = printer.print(&message(), moment, &mut out).unwrap_err();
    assert_eq!(why, "-F %J: the payload on \"a/é\" is not JSON");
    assert_eq!(out, b"kept");
}

#[test]
fn payloads_are_written_as_they_are() {
    assert_eq!(print(Style::Payload, &message()), b"hi\xff\n");
    assert_eq!(print(Style::Verbose, &message()), b"a/\xc3\xa9 hi\xff\n");
}

#[test]
fn an_empty_payload_is_silent_alone_and_null_with_its_topic() {
    let empty = Message { payload: Vec::new(), ..message() };
    assert_eq!(print(Style::Payload, &empty), b"");
    assert_eq!(print(Style::Verbose, &empty), b"a/\xc3\xa9 (null)\n");
}

#[test]
fn the_line_end_can_be_left_out() {
    let printer = Printer { style: Style::Payload, end: b"", layout: Layout::Compact };
    let mut out = Vec::new();
    printer.print(&message(), moment, &mut out).unwrap();
    assert_eq!(out, b"hi\xff");
}
