//! §3.1, §3.2, §3.1.2.10, §3.8.4, §3.10.4, §3.12.4, §3.14.4 on one connection.

use etalon::packet::Party::{Client, Server};
use etalon::spec::{self, Id};
use etalon::violation::Rule;

use crate::say::*;

fn bad_connect(name: &str, level: u8, flags: u8, fields: &[&str]) -> Vec<u8> {
    let head = [&text(name)[..], &[level, flags, 0, 0]].concat();
    let fields: Vec<u8> = fields.iter().flat_map(|field| text(field)).collect();
    framed(0x10, &[head, fields].concat())
}

#[test]
fn an_ordinary_conversation_is_clean() {
    spec::covers!(MQTT_3_1_0_1, MQTT_3_2_0_1, MQTT_3_8_4_1, MQTT_3_10_4_4, MQTT_3_12_4_1);
    fresh()
        .c(subscribe(1, &[("a", 2), ("b", 1)]))
        .s(suback(1, &[2, 0x80]))
        .c(publish(0, 2, 1, "a", "x"))
        .s(publish(0, 2, 1, "a", "x"))
        .s(ack(5, 1))
        .c(ack(5, 1))
        .c(ack(6, 1))
        .s(ack(6, 1))
        .s(ack(7, 1))
        .c(ack(7, 1))
        .c(unsubscribe(1, &["a"]))
        .s(ack(11, 1))
        .c(PINGREQ)
        .s(PINGRESP)
        .c(DISCONNECT)
        .closed(Server)
        .clean();
}

#[test]
fn nothing_comes_before_connack_and_packets_may_follow_connect_at_once() {
    spec::covers!(MQTT_3_2_0_1, MQTT_3_1_0_1);
    raw().c(connect("a", true, 0)).c(PINGREQ).s(connack(false)).s(PINGRESP).clean();
    raw().c(connect("a", true, 0)).c(PINGREQ).s(PINGRESP).server(Id::MQTT_3_2_0_1);
    raw().c(PINGREQ).closed(Server).client(Id::MQTT_3_1_0_1);
    raw().c(PINGREQ).s(PINGRESP).server(Id::MQTT_3_2_0_1);
    raw().c(PINGREQ).wait(6000).server(Id::MQTT_4_8_0_1);
}

#[test]
fn a_second_connect_has_to_be_closed_and_not_answered() {
    spec::covers!(MQTT_3_1_0_2);
    let twice = || fresh().c(connect("a", true, 0));
    twice().closed(Server).client(Id::MQTT_3_1_0_2);
    twice().s(connack(false)).server(Id::MQTT_3_1_0_2);
    twice().wait(6000).server(Id::MQTT_3_1_0_2);
}

#[test]
fn protocol_name_and_level() {
    spec::covers!(MQTT_3_1_2_1, MQTT_3_1_2_2);
    let name = || raw().c(bad_connect("mqtt", 4, 2, &["a"]));
    name().closed(Server).remarks(&[]);
    name().s([0x20, 2, 0, 1]).closed(Server).remarks(&[]);
    name().wait(9000).remarks(&[]);
    name().s(connack(false)).server(Id::MQTT_3_1_2_1);
    for level in [0, 2, 6, 0x7F] {
        let other = || raw().c(bad_connect("MQTT", level, 2, &["a"]));
        other().s([0x20, 2, 0, 1]).closed(Server).remarks(&[]);
        other().s([0x20, 2, 0, 2]).closed(Server).server(Id::MQTT_3_1_2_2);
        other().s(connack(false)).closed(Server).server(Id::MQTT_3_1_2_2);
        other().closed(Server).remarks(&[Rule::RefusedSilently]);
    }
    for level in [3, 5, 0x84] {
        raw().c(bad_connect("MQTT", level, 2, &["a"])).s(connack(false)).wait(9000).remarks(&[]);
    }
}

#[test]
fn a_malformed_connect_is_closed_without_an_answer() {
    spec::covers!(MQTT_3_1_4_1, MQTT_3_1_2_3, MQTT_3_1_2_22);
    for bytes in [bad_connect("MQTT", 4, 3, &["a"]), bad_connect("MQTT", 4, 0x42, &["a", "p"])] {
        raw().c(&bytes).closed(Server).remarks(&[]);
        raw().c(&bytes).s([0x20, 2, 0, 4]).closed(Server).server(Id::MQTT_3_1_4_1);
        raw().c(&bytes).wait(6000).server(Id::MQTT_3_1_4_1);
    }
}

#[test]
fn a_will_topic_that_is_none_may_be_refused_in_any_way() {
    spec::covers!(MQTT_4_7_1_1, MQTT_4_8_0_1);
    for topic in ["a/#", ""] {
        let will = || raw().c(bad_connect("MQTT", 4, 6, &["a", topic, "m"]));
        will().closed(Server).remarks(&[]);
        will().s([0x20, 2, 0, 5]).closed(Server).remarks(&[]);
        will().s(connack(false)).server(Id::MQTT_4_8_0_1);
    }
}

#[test]
fn the_nameless_get_code_2_or_with_a_clean_session_a_name() {
    spec::covers!(MQTT_3_1_3_6, MQTT_3_1_3_8, MQTT_3_1_3_9);
    raw().c(connect("", true, 0)).s(connack(false)).clean();
    raw().c(connect("", true, 0)).s([0x20, 2, 0, 2]).closed(Server).clean();
    let kept = || raw().c(connect("", false, 0));
    kept().s([0x20, 2, 0, 2]).closed(Server).remarks(&[]);
    kept().s(connack(false)).closed(Server).server(Id::MQTT_3_1_3_8);
    kept().s([0x20, 2, 0, 5]).closed(Server).server(Id::MQTT_3_1_3_8);
    kept().closed(Server).remarks(&[Rule::RefusedSilently]);
}

#[test]
fn a_refusal_is_followed_by_a_close() {
    spec::covers!(MQTT_3_2_2_5, MQTT_3_1_4_5, MQTT_3_2_2_6);
    let refused = || raw().c(connect("a", true, 0)).c(PINGREQ).s([0x20, 2, 0, 5]);
    refused().wait(4000).closed(Server).clean();
    refused().wait(6000).server(Id::MQTT_3_2_2_5);
    refused().s(PINGRESP).server(Id::MQTT_3_1_4_5);
    let silent = raw().c(connect("a", true, 0)).closed(Server);
    silent.remarks(&[Rule::RefusedSilently]);
    raw().c(connect("a", true, 0)).closed(Client).clean();
}

#[test]
fn a_clean_session_is_never_present() {
    spec::covers!(MQTT_3_2_2_1);
    opened(true, true, 0).server(Id::MQTT_3_2_2_1);
    opened(false, true, 0).clean();
    opened(false, false, 0).clean();
    raw().s(connack(false)).server(Id::MQTT_4_8_0_1);
    fresh().s(connack(false)).server(Id::MQTT_4_8_0_1);
}

#[test]
fn malformed_packets_have_to_be_closed_within_five_seconds() {
    spec::covers!(MQTT_4_8_0_1, MQTT_3_14_1_1);
    // Under the statement itself where that asks for the close.
    let bad: [(&[u8], Id); 8] = [
        (&[0xC1, 0], Id::MQTT_2_2_2_2),
        (&[0xE1, 0], Id::MQTT_3_14_1_1),
        (&[0xF0, 0], Id::MQTT_4_8_0_1),
        (&[0x00, 0], Id::MQTT_4_8_0_1),
        (&[0x36, 5, 0, 1, b'a', 0, 1], Id::MQTT_3_3_1_4),
        (&[0x38, 3, 0, 1, b'a'], Id::MQTT_3_3_1_2),
        (&[0x30, 3, 0, 1, 0xFF], Id::MQTT_1_5_3_1),
        (&[0xC0, 0xFF, 0xFF, 0xFF, 0xFF], Id::MQTT_4_8_0_1),
    ];
    for (bytes, id) in bad {
        fresh().c(bytes).wait(5000).closed(Server).remarks(&[]);
        fresh().c(bytes).wait(5001).server(id);
    }
    fresh().c(PINGRESP).closed(Server).client(Id::MQTT_4_8_0_1);
    fresh().c(PINGRESP).wait(5001).server(Id::MQTT_4_8_0_1);
    fresh().s(PINGREQ).server(Id::MQTT_4_8_0_1);
    fresh().s([0xD1, 0]).server(Id::MQTT_2_2_2_2);
}

#[test]
fn identifier_0_in_an_acknowledgement_may_be_ignored_or_echoed() {
    spec::covers!(MQTT_2_3_1_1, MQTT_4_3_3_2);
    for kind in [4, 5, 6, 7] {
        fresh().c(ack(kind, 0)).wait(9000).remarks(&[]);
        fresh().c(ack(kind, 0)).closed(Server).remarks(&[]);
    }
    fresh().c(ack(6, 0)).s(ack(7, 0)).remarks(&[]);
    fresh().c(ack(5, 0)).s(ack(6, 0)).remarks(&[]);
    assert_eq!(fresh().s(ack(7, 0)).breaches(Server).len(), 1);
    assert_eq!(fresh().c(ack(5, 0)).s(ack(7, 0)).breaches(Server).len(), 1);
}

#[test]
fn silence_is_cut_after_one_and_a_half_keep_alives_but_not_to_the_millisecond() {
    spec::covers!(MQTT_3_1_2_24, MQTT_3_1_2_23);
    let quiet = |millis| opened(true, false, 10).wait(millis);
    quiet(14_900).clean();
    quiet(15_000).closed(Server).remarks(&[]);
    quiet(17_500).closed(Server).remarks(&[]);
    quiet(17_501).server(Id::MQTT_3_1_2_24);
    quiet(12_000).closed(Server).remarks(&[Rule::ClosedEarly]);
    quiet(9000).closed(Server).clean();
    quiet(15_001).client(Id::MQTT_3_1_2_23);
    quiet(14_000).c(PINGREQ).s(PINGRESP).wait(14_000).clean();
    quiet(14_000).c([0x30, 100]).wait(14_000).clean();
    quiet(14_000).s(publish(0, 0, 0, "a", "x")).wait(4000).server(Id::MQTT_3_1_2_24);
    opened(true, false, 0).wait(900_000).clean();
    opened(true, false, 10).later(15_001).c(PINGREQ).client(Id::MQTT_3_1_2_23);
    opened(true, false, 10).later(15_000).c(PINGREQ).clean();
    opened(true, false, 0).later(900_000).c(PINGREQ).clean();
    let told = quiet(15_001).wait(100).c(PINGREQ);
    assert_eq!(told.breaches(Client), [Id::MQTT_3_1_2_23]);
}

#[test]
fn suback_answers_its_subscribe_entry_by_entry() {
    spec::covers!(MQTT_3_8_4_2, MQTT_3_8_4_5, MQTT_3_9_3_1);
    let asked = || fresh().c(subscribe(1, &[("a", 2), ("b", 0), ("c", 1)]));
    asked().s(suback(1, &[2, 0, 1])).clean();
    asked().s(suback(1, &[0, 0x80, 0])).clean();
    asked().s(suback(1, &[2, 1, 1])).server(Id::MQTT_3_8_4_5);
    asked().s(suback(1, &[2, 0])).server(Id::MQTT_3_8_4_5);
    asked().s(suback(1, &[0, 1, 2])).server(Id::MQTT_3_9_3_1);
    asked().s(suback(2, &[2, 0, 1])).server(Id::MQTT_3_8_4_2);
    asked().s(suback(1, &[2, 0, 1])).s(suback(1, &[2, 0, 1])).server(Id::MQTT_3_8_4_2);
    asked().s(ack(11, 1)).server(Id::MQTT_3_10_4_4);
    asked().c(subscribe(1, &[("d", 2)])).s(suback(1, &[2])).client(Id::MQTT_2_3_1_2);
}

#[test]
fn a_malformed_filter_may_be_refused_but_not_granted() {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_3_1);
    for filter in ["a+", "a/#/b", ""] {
        let asked = || fresh().c(subscribe(1, &[("ok", 1), (filter, 1)]));
        asked().closed(Server).remarks(&[]);
        asked().s(suback(1, &[1, 0x80])).wait(9000).remarks(&[Rule::MalformedFilterAnswered]);
        asked().s(suback(1, &[1, 1])).server(Id::MQTT_4_8_0_1);
        let ended = || fresh().c(unsubscribe(1, &[filter]));
        ended().closed(Server).remarks(&[]);
        ended().s(ack(11, 1)).wait(9000).remarks(&[]);
    }
}

#[test]
fn an_identifier_in_use_is_closed_or_answered() {
    spec::covers!(MQTT_2_3_1_2);
    let taken = || fresh().c(publish(0, 2, 1, "a", "x")).s(ack(5, 1)).c(subscribe(1, &[("a", 1)]));
    taken().s(suback(1, &[1])).client(Id::MQTT_2_3_1_2);
    taken().closed(Server).client(Id::MQTT_2_3_1_2);
    let asked = fresh().c(subscribe(1, &[("a", 1)])).c(publish(0, 1, 1, "a", "x"));
    asked.client(Id::MQTT_2_3_1_2);
    let both_ways = fresh().c(publish(0, 1, 1, "a", "x")).s(publish(0, 1, 1, "b", "y"));
    both_ways.s(ack(4, 1)).c(ack(4, 1)).clean();
}

#[test]
fn one_pingresp_for_one_pingreq() {
    spec::covers!(MQTT_3_12_4_1);
    fresh().c(PINGREQ).c(PINGREQ).s(PINGRESP).s(PINGRESP).clean();
    fresh().c(PINGREQ).s(PINGRESP).s(PINGRESP).remarks(&[Rule::AnsweredTwice]);
}

#[test]
fn disconnect_is_the_last_word() {
    spec::covers!(MQTT_3_14_4_1, MQTT_3_14_4_2);
    fresh().c(DISCONNECT).wait(5000).closed(Server).clean();
    fresh().c(DISCONNECT).wait(5001).remarks(&[Rule::OpenAfterDisconnect]);
    fresh().c(DISCONNECT).c(PINGREQ).client(Id::MQTT_3_14_4_2);
    for (asked, answer) in
        [(PINGREQ.to_vec(), PINGRESP.to_vec()), (publish(0, 1, 1, "t", "x"), ack(4, 1))]
    {
        let late = fresh().c(DISCONNECT).c(asked).s(answer);
        assert_eq!(late.breaches(Client), [Id::MQTT_3_14_4_2]);
        late.server(Id::MQTT_4_8_0_1);
    }
    fresh().c(PINGREQ).c(DISCONNECT).s(PINGRESP).clean();
}

#[test]
fn a_dubious_character_is_a_warning_to_its_sender() {
    spec::covers!(MQTT_1_5_3_2);
    let scene = fresh().c(publish(0, 0, 0, "a\u{1}", "x")).wait(9000);
    assert_eq!(scene.rules(Client), [Rule::DubiousCharacter]);
    scene.remarks(&[]);
}

#[test]
fn what_has_had_its_time_is_answered_or_the_connection_is_closed() {
    spec::covers!(MQTT_3_1_4_4, MQTT_3_8_4_1, MQTT_3_10_4_4, MQTT_3_12_4_1);
    let asked = |bytes: &[u8]| fresh().c(bytes);
    let owed: [(&[u8], &[u8], Id); 3] = [
        (&subscribe(1, &[("a", 1)]), &suback(1, &[1]), Id::MQTT_3_8_4_1),
        (&unsubscribe(1, &["a"]), &ack(11, 1), Id::MQTT_3_10_4_4),
        (&PINGREQ, &PINGRESP, Id::MQTT_3_12_4_1),
    ];
    for (request, answer, id) in owed {
        asked(request).clean();
        asked(request).settled().server(id);
        asked(request).settled().settled().server(id);
        asked(request).s(answer).settled().clean();
        asked(request).closed(Server).settled().clean();
        asked(request).c(DISCONNECT).settled().clean();
        asked(request).c([0xC1, 0]).settled().remarks(&[]);
        asked(request).c([0xC0]).settled().server(id);
    }
    raw().settled().clean();
    raw().c(connect("a", true, 0)).settled().settled().server(Id::MQTT_3_1_4_4);
    raw().c(connect("a", true, 0)).c(PINGREQ).settled().server(Id::MQTT_3_1_4_4);
    raw().c(connect("a", true, 0)).s([0x20, 2, 0, 3]).c(PINGREQ).settled().clean();
    raw().c(bad_connect("mqtt", 4, 2, &["a"])).settled().remarks(&[]);
}

#[test]
fn a_client_that_waits_too_long_is_told_for_what() {
    let waits = raw().c(connect("a", true, 0)).wait(120_001);
    let said = waits.found.first().map(|found| found.violation);
    let line = said.and_then(|said| said.line()).map(|line| line.number());
    assert_eq!((said.map(|said| said.id), line), (Some(Id::MQTT_3_2_0_1), Some(661)));
    let waits = opened(true, false, 10).c(PINGREQ).wait(9000).c(PINGREQ).wait(11_001);
    let said = waits.found.first().map(|found| found.violation);
    let line = said.and_then(|said| said.line()).map(|line| line.number());
    assert_eq!((said.map(|said| said.id), line), (Some(Id::MQTT_3_12_4_1), Some(543)));
    raw().c(connect("a", true, 0)).wait(120_000).clean();
}
