//! Encoders, good and bad.

use std::panic::catch_unwind;

use etalon::packet::Packet;
use etalon::spec::{self, Cite, Id};
use etalon::testing::{
    Class, ConnectRequest, Findings, Found, PublishRequest, Reply, Request, Search, Wanted,
    encoder_laws, judge_encoder,
};

/// Our own encoder, behind the form of others.
fn honest(request: &Request) -> Reply {
    let mut list = Vec::new();
    match request.packet(&mut list) {
        Ok(packet) => Reply::Bytes(encoded(&packet)),
        Err(forbidden) => Reply::Refused(forbidden.to_string()),
    }
}

fn encoded(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes).unwrap();
    bytes
}

/// What is found if the bytes of our encoder are spoilt; requests that it refuses are left out.
fn spoilt(runs: u64, mut spoil: impl FnMut(&Request, &mut Vec<u8>)) -> Findings {
    Search { runs, ..Search::default() }.encoder(|request| match honest(request) {
        Reply::Bytes(mut bytes) => {
            spoil(request, &mut bytes);
            Reply::Bytes(bytes)
        }
        other => other,
    })
}

fn under(findings: &Findings, id: Id) -> Vec<&Found> {
    findings.iter().filter(|found| found.finding.id() == Some(id)).collect()
}

#[test]
fn nothing_is_found_in_our_own_encoder() {
    spec::covers!(MQTT_1_5_3_1, MQTT_2_2_2_1, MQTT_2_3_1_1);
    encoder_laws(encoded);
    let findings = Search { runs: 20_000, seed: 7, ..Search::default() }.encoder(honest);
    assert!(findings.is_empty(), "{findings}");
}

#[test]
fn dup_at_qos_0_is_found_and_shrunk_to_one_empty_message() {
    spec::covers!(MQTT_3_3_1_2);
    let findings = spoilt(3_000, |request, bytes| {
        if let Request::Publish(PublishRequest { qos: 0, .. }) = request {
            bytes[0] |= 0b1000;
        }
    });
    let [found] = under(&findings, Id::MQTT_3_3_1_2)[..] else { panic!("{findings}") };
    assert_eq!(findings.len(), 1, "{findings}");
    assert_eq!(found.finding.class, Class::Breach);
    assert_eq!(found.finding.bytes, b"\x38\x03\x00\x01a");
    assert!(found.count > 100, "{}", found.count);
    let report = found.finding.to_string();
    assert!(report.starts_with("BREACH [MQTT-3.3.1-2] PUBLISH, DUP has to be 0"), "{report}");
    assert!(report.contains("PUBLISH, DUP 1, QoS 0, RETAIN 0"), "{report}");
}

#[test]
fn a_lost_high_byte_of_the_identifier_is_found_in_every_packet_that_has_one() {
    spec::covers!(MQTT_2_3_1_1, MQTT_2_3_1_6, MQTT_2_3_1_7, MQTT_4_3_2_1, MQTT_4_3_3_2);
    let findings = spoilt(5_000, |request, bytes| {
        let at = match request {
            Request::Publish(PublishRequest { qos: 1.., topic_name, payload, .. }) => {
                let _ = topic_name;
                bytes.len() - payload.len() - 2
            }
            Request::Puback { .. } | Request::Suback { .. } | Request::Pubcomp { .. } => {
                1 + bytes[1..].iter().take_while(|byte| **byte >= 0x80).count() + 1
            }
            _ => return,
        };
        bytes[at] = 0;
    });
    for (id, smallest) in [
        // 0x0100 has become 0, and a identifier in an exchange has become another.
        (Id::MQTT_2_3_1_1, &b"\x32\x05\x00\x01a\x00\x00"[..]),
        (Id::MQTT_4_3_2_1, &b"\x32\x05\x00\x01a\x00\x01"[..]),
        (Id::MQTT_4_3_3_1, &b"\x34\x05\x00\x01a\x00\x01"[..]),
        (Id::MQTT_4_3_3_2, &b"\x70\x02\x00\x01"[..]),
    ] {
        let found = under(&findings, id);
        assert!(found.iter().any(|it| it.finding.bytes == smallest), "{id}: {findings}");
    }
    // Zero and another one: PUBACK and SUBACK, and PUBCOMP with zero.
    for (id, signatures) in [(Id::MQTT_2_3_1_6, 3), (Id::MQTT_2_3_1_7, 2)] {
        assert_eq!(under(&findings, id).len(), signatures, "{id}: {findings}");
    }
}

#[test]
fn a_message_cut_at_16384_is_found_and_shrunk_to_one_byte_more() {
    let findings = spoilt(5_000, |request, bytes| {
        if let Request::Publish(publish) = request
            && publish.payload.len() > 16_384
        {
            let short =
                PublishRequest { payload: publish.payload[..16_384].to_vec(), ..publish.clone() };
            let Reply::Bytes(other) = honest(&Request::Publish(short)) else { return };
            *bytes = other;
        }
    });
    let found = findings.iter().next().unwrap();
    assert_eq!((findings.len(), found.finding.class), (1, Class::Differs), "{findings}");
    assert_eq!((found.finding.field, found.finding.section), ("payload", "3.3.3"));
    let Some(Request::Publish(asked)) = &found.finding.asked else { panic!("{findings}") };
    assert_eq!((asked.payload.len(), asked.topic_name.as_str()), (16_385, "a"));
    assert_eq!((asked.qos, asked.retain), (0, false));
}

#[test]
fn a_remaining_length_of_two_bytes_at_most_is_found() {
    let findings = spoilt(10_000, |_, bytes| {
        if bytes.len() > 4 && bytes[1..4].iter().all(|byte| *byte >= 0x80) {
            bytes[3] &= 0x7F;
        }
    });
    assert!(!findings.all_well());
}

#[test]
fn fields_of_connect_in_another_order_break_the_order() {
    spec::covers!(MQTT_3_1_3_1);
    let findings = spoilt(5_000, |request, bytes| {
        if let Request::Connect(connect) = request
            && let (Some((topic, message)), Some(name)) = (&connect.will, &connect.user_name)
            && connect.password.is_none()
        {
            bytes.truncate(bytes.len() - name.len() - message.len() - topic.len() - 6);
            for field in [topic.as_bytes(), name.as_bytes(), message] {
                bytes.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
                bytes.extend(field);
            }
        }
    });
    assert!(!under(&findings, Id::MQTT_3_1_3_1).is_empty(), "{findings}");
}

#[test]
fn an_identifier_at_qos_0_is_seen_in_the_payload() {
    spec::covers!(MQTT_2_3_1_5);
    let findings = spoilt(3_000, |request, bytes| {
        if let Request::Publish(publish) = request
            && publish.qos == 0
            && bytes[1] < 126
        {
            let at = bytes.len() - publish.payload.len();
            bytes.splice(at..at, [0, 9]);
            bytes[1] += 2;
        }
    });
    let [found] = under(&findings, Id::MQTT_2_3_1_5)[..] else { panic!("{findings}") };
    assert_eq!(found.finding.bytes, b"\x30\x05\x00\x01a\x00\x09");
}

#[test]
fn keep_alive_with_its_bytes_swapped_is_an_integer_the_wrong_way_round() {
    let findings = spoilt(3_000, |request, bytes| {
        if matches!(request, Request::Connect(_)) && bytes[1] < 0x80 {
            bytes.swap(10, 11);
        }
    });
    let found = findings.iter().next().unwrap();
    assert_eq!(found.finding.cite, Some(Cite::Line(spec::Line::L_174)), "{findings}");
}

#[test]
fn a_forbidden_packet_that_is_written_was_passed_on_and_a_refusal_is_right() {
    spec::covers!(MQTT_3_3_2_2, MQTT_3_1_3_7);
    let findings = Search { runs: 20_000, ..Search::default() }.encoder(|request| match request {
        Request::Publish(PublishRequest { qos: 0, topic_name, payload, dup: false, .. })
            if topic_name.contains('#') =>
        {
            let mut bytes = vec![0x30, u8::try_from(topic_name.len() + 2).unwrap(), 0];
            let _ = payload;
            bytes.push(u8::try_from(topic_name.len()).unwrap());
            bytes.extend(topic_name.as_bytes());
            Reply::Bytes(bytes)
        }
        Request::Connect(connect) if connect.client_id.is_empty() && !connect.clean_session => {
            Reply::Bytes(b"\x10\x0C\x00\x04MQTT\x04\x00\x00\x00\x00\x00".to_vec())
        }
        other => honest(other),
    });
    for id in [Id::MQTT_3_3_2_2, Id::MQTT_3_1_3_7] {
        let [found] = under(&findings, id)[..] else { panic!("{id}: {findings}") };
        assert_eq!(found.finding.class, Class::PassedOn);
        assert!(found.finding.forbidden.is_some());
    }
    assert_eq!(findings.len(), 2, "{findings}");
}

#[test]
fn a_text_that_is_too_long_may_be_left_out_but_not_cut() {
    let long = Request::Connect(ConnectRequest {
        clean_session: true,
        user_name: Some("u".into()),
        password: Some(vec![0; 65_536]),
        ..ConnectRequest::default()
    });
    let left_out = b"\x10\x0F\x00\x04MQTT\x04\x82\x00\x00\x00\x00\x00\x01u".to_vec();
    assert_eq!(judge_encoder(&long, &Reply::Bytes(left_out)), None);
    let cut = b"\x10\x11\x00\x04MQTT\x04\xC2\x00\x00\x00\x00\x00\x01u\x00\x00".to_vec();
    let found = judge_encoder(&long, &Reply::Bytes(cut)).unwrap();
    assert_eq!((found.class, found.cite), (Class::PassedOn, Some(spec::Line::L_187.into())));
}

#[test]
fn what_is_open_is_not_held_against_who_is_asked_for_it() {
    // S-08: nothing numbered forbids identifier 0 in an answer.
    let zero = Reply::Bytes(vec![0x40, 2, 0, 0]);
    assert_eq!(judge_encoder(&Request::Puback { packet_id: 0 }, &zero), None);
    let lost = judge_encoder(&Request::Puback { packet_id: 256 }, &zero).unwrap();
    assert_eq!((lost.class, lost.id()), (Class::Breach, Some(Id::MQTT_2_3_1_6)));
}

#[test]
fn a_refusal_of_what_is_allowed_and_a_longer_length_are_no_more_than_notes() {
    let longer = spoilt(1_000, |request, bytes| {
        if *request == Request::Pingreq {
            *bytes = vec![0xC0, 0x80, 0x00];
        }
    });
    assert!(longer.all_well() && longer.len() == 1, "{longer}");
    let refuses = Search { runs: 1_000, ..Search::default() }.encoder(|request| match request {
        Request::Pingresp => Reply::Refused("not for me".into()),
        other => honest(other),
    });
    assert!(refuses.all_well() && refuses.len() == 1, "{refuses}");
    let unsupported = Search { runs: 1_000, ..Search::default() };
    assert!(unsupported.encoder(|_| Reply::Unsupported(String::new())).is_empty());
}

#[test]
fn the_law_panics_with_the_smallest_packet_and_its_bytes_explained() {
    let law = || encoder_laws(|packet| encoded(packet).into_iter().map(|byte| byte | 1).collect());
    let report = *catch_unwind(law).unwrap_err().downcast::<String>().unwrap();
    for part in ["BREACH [MQTT-2.2.2-2] PINGREQ", "  packet: Pingreq", "c1 ", "PINGREQ, flags 0001"]
    {
        assert!(report.contains(part), "{part} in {report}");
    }
}

#[test]
fn only_the_types_that_are_wanted_are_asked_for() {
    use etalon::packet::Kind;
    let wanted = Wanted { kinds: vec![Kind::Pubrel], forbidden: true };
    Search { wanted, runs: 200, ..Search::default() }.encoder(|request| {
        assert_eq!(request.kind(), Kind::Pubrel);
        honest(request)
    });
}
