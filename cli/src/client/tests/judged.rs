//! Servers that break the standard: each is told which statement, and the connection is over.
//!
//! What the standard leaves open must not be accused, so the borders are here too: a lower grant,
//! a failure, a control character.

use super::*;

#[test]
fn malformed_packets_are_named() {
    spec::covers!(MQTT_2_2_2_2, MQTT_3_3_1_4, MQTT_4_8_0_1);
    for (bytes, id) in [
        ("3606000174000178", Id::MQTT_3_3_1_4),
        ("3804000174 78", Id::MQTT_3_3_1_2),
        ("30040002 2361", Id::MQTT_3_3_2_2),
        ("30020000", Id::MQTT_4_7_3_1),
        ("300300 01ff", Id::MQTT_3_3_2_1),
        ("60020001", Id::MQTT_2_2_2_2),
        ("4003000100", Id::MQTT_4_8_0_1),
        ("9003000103", Id::MQTT_3_9_3_2),
        ("00", Id::MQTT_4_8_0_1),
        ("f000", Id::MQTT_4_8_0_1),
        ("c000", Id::MQTT_4_8_0_1),
        ("30ffffffff7f", Id::MQTT_4_8_0_1),
    ] {
        let mut bench = Bench::accepted(|_| ());
        assert_eq!(bench.breach(bytes).0, id, "{bytes}");
        assert_eq!(bench.sent(), "", "{bytes}");
        assert_eq!(bench.server("3003000174"), [], "{bytes}: nothing is read after it");
    }
}

#[test]
fn what_came_before_a_malformed_packet_counts() {
    let mut bench = Bench::accepted(|_| ());
    let events = bench.server("300400017461 60020001");
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], message("a", 0, 0));
    let Event::Broken(breach) = &events[1] else { panic!("{events:?}") };
    assert_eq!((breach.id, breach.at), (Id::MQTT_2_2_2_2, Some(0)));
    assert_eq!((breach.packet, &*breach.bytes), (Some(Kind::Pubrel), &hex("60020001")[..]));
}

#[test]
fn the_first_packet_has_to_be_connack() {
    spec::covers!(MQTT_3_2_0_1);
    for bytes in ["3003000174", "d000", "9003000100"] {
        let mut bench = Bench::new(|_| ());
        bench.client.opened(bench.now);
        assert_eq!(bench.breach(bytes).0, Id::MQTT_3_2_0_1, "{bytes}");
    }
}

#[test]
fn session_present_does_not_answer_clean_session() {
    spec::covers!(MQTT_3_2_2_1);
    let mut bench = Bench::new(|_| ());
    bench.client.opened(bench.now);
    assert_eq!(bench.breach("20020100").0, Id::MQTT_3_2_2_1);
    let mut kept = Bench::new(|config| config.keep_session = true);
    kept.client.opened(kept.now);
    assert_eq!(kept.server("20020100"), [Event::Accepted]);
}

#[test]
fn a_second_connack_is_a_breach() {
    spec::covers!(MQTT_4_8_0_1);
    let told = Bench::accepted(|_| ()).breach("20020000");
    assert_eq!(told, (Id::MQTT_4_8_0_1, "a second CONNACK".into()));
}

#[test]
fn acknowledgements_of_the_wrong_kind_are_breaches() {
    spec::covers!(MQTT_4_8_0_1, MQTT_4_3_2_1, MQTT_4_3_3_1);
    for (qos, ack) in [
        (Qos::AtLeastOnce, "50020001"),
        (Qos::AtLeastOnce, "70020001"),
        (Qos::ExactlyOnce, "40020001"),
        (Qos::ExactlyOnce, "70020001"),
    ] {
        let mut bench = Bench::accepted(|_| ());
        bench.publish("x", qos);
        assert_eq!(bench.breach(ack).0, Id::MQTT_4_8_0_1, "{qos:?} {ack}");
    }
}

#[test]
fn an_identifier_of_an_open_qos_2_message_is_not_free() {
    spec::covers!(MQTT_2_3_1_4);
    let mut bench = Bench::accepted(|_| ());
    bench.server("3406000174000761");
    assert_eq!(bench.breach("3206000174000762").0, Id::MQTT_2_3_1_4);
}

#[test]
fn answers_have_to_answer_something() {
    spec::covers!(MQTT_3_8_4_2, MQTT_3_10_4_4);
    for (bytes, id) in [
        ("9003000200", Id::MQTT_3_8_4_2),
        ("b0020002", Id::MQTT_3_10_4_4),
        ("b0020001", Id::MQTT_3_10_4_4),
    ] {
        let mut bench = Bench::accepted(|_| ());
        bench.client.subscribe(bench.now, &[("a".into(), Qos::AtMostOnce)]);
        assert_eq!(bench.breach(bytes).0, id, "{bytes}");
    }
}

#[test]
fn suback_has_one_fitting_code_for_each_filter() {
    spec::covers!(MQTT_3_8_4_5);
    for (codes, broken) in
        [("9003000101", false), ("9003000180", false), ("9003000102", true), ("900400010000", true)]
    {
        let mut bench = Bench::accepted(|_| ());
        bench.client.subscribe(bench.now, &[("a".into(), Qos::AtLeastOnce)]);
        let events = bench.server(codes);
        let told = matches!(&events[..], [Event::Broken(b)] if b.id == Id::MQTT_3_8_4_5);
        assert_eq!(told, broken, "{codes}: {events:?}");
    }
}

#[test]
fn a_control_character_in_a_topic_is_no_breach() {
    let mut bench = Bench::accepted(|_| ());
    let events = bench.server("3003000101");
    assert!(matches!(&events[..], [Event::Message(m)] if m.topic == "\u{1}"), "{events:?}");
}
