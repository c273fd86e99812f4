//! What a sender can and cannot say: the types refuse, or the encoder does.

use etalon::packet::{
    ClientId, Connack, Connect, EncodeError, Filters, Kind, Login, PacketId, Party, Qos, Refusal,
    Requests, ReturnCode, ReturnCodes, Text, Will,
};
use etalon::spec::{self, Id, Line};
use etalon::topic::{TopicFilter, TopicName};
use etalon::violation::{Rule, Violation, Weight};

fn connect<'a>(will: Option<Will<'a>>, login: Option<Login<'a>>) -> Connect<'a> {
    let client_id = ClientId::new("c").unwrap();
    Connect { client_id, clean_session: true, keep_alive: 0, will, login }
}

#[test]
fn packet_id_0_does_not_exist() {
    spec::covers!(MQTT_2_3_1_1);
    assert_eq!(PacketId::new(0), None);
    assert_eq!(PacketId::new(1), Some(PacketId::MIN));
    assert_eq!(PacketId::new(65_535).map(PacketId::get), Some(65_535));
}

#[test]
fn an_empty_list_cannot_be_written() {
    spec::covers!(MQTT_3_8_3_3, MQTT_3_10_3_2);
    let mut buffer = b"before".to_vec();
    assert!(Requests::write([], &mut buffer).is_err());
    assert!(Filters::write([], &mut buffer).is_err());
    assert!(ReturnCodes::write([], &mut buffer).is_err());
    assert_eq!(buffer, b"before");
}

#[test]
fn lists_give_back_what_was_written() {
    let filter = |text| TopicFilter::new(text).unwrap();
    let asked = [(filter("a/#"), Qos::AtMostOnce), (filter("+"), Qos::ExactlyOnce)];
    let mut buffer = b"before".to_vec();
    let requests = Requests::write(asked, &mut buffer).unwrap();
    assert_eq!((requests.len(), requests.iter().collect::<Vec<_>>()), (2, asked.to_vec()));
    assert_eq!(
        format!("{requests:?}"),
        r#"[(TopicFilter("a/#"), AtMostOnce), (TopicFilter("+"), ExactlyOnce)]"#
    );

    let mut buffer = Vec::new();
    let filters = Filters::write([filter("a/#"), filter("+")], &mut buffer).unwrap();
    assert_eq!(filters.iter().collect::<Vec<_>>(), [filter("a/#"), filter("+")]);
    assert_eq!(filters.len(), 2);

    let codes = [ReturnCode::Failure, ReturnCode::Granted(Qos::AtLeastOnce)];
    let mut buffer = Vec::new();
    let written = ReturnCodes::write(codes, &mut buffer).unwrap();
    assert_eq!((written.len(), written.iter().collect::<Vec<_>>()), (2, codes.to_vec()));
}

#[test]
fn text_with_nul_or_of_65_536_bytes_does_not_exist() {
    spec::covers!(MQTT_1_5_3_2);
    let long = "a".repeat(65_536);
    for (text, rule, at) in [("a\0", Rule::TextWithNul, 1), (&long, Rule::TextTooLong, 65_535)] {
        let flaw = Text::new(text).unwrap_err();
        assert_eq!((flaw.rule, flaw.at), (rule, at));
        assert_eq!(ClientId::new(text).unwrap_err(), flaw);
    }
    assert!(Text::new(&long[1..]).is_ok());
    assert!(ClientId::new(&long[1..]).is_ok());
    assert!(ClientId::new("").unwrap().is_empty());
}

#[test]
fn a_password_or_will_message_of_65_536_bytes_is_not_written() {
    let long = vec![0; 65_536];
    let topic = TopicName::new("w").unwrap();
    let user_name = Text::new("u").unwrap();
    let will = |message| Will { topic, message, qos: Qos::AtMostOnce, retain: false };
    let login = |password| Login { user_name, password: Some(password) };

    let mut out = b"before".to_vec();
    let error = connect(Some(will(&long)), None).encode(&mut out);
    assert_eq!(error, Err(EncodeError::FieldTooLong { field: "Will Message", bytes: 65_536 }));
    let error = connect(None, Some(login(&long))).encode(&mut out);
    assert_eq!(error, Err(EncodeError::FieldTooLong { field: "Password", bytes: 65_536 }));
    assert_eq!(out, b"before");

    let longest = connect(Some(will(&long[1..])), Some(login(&long[1..])));
    longest.encode(&mut out).unwrap();
    assert_eq!(out.len(), 6 + longest.encoded_len());
}

#[test]
fn an_empty_client_id_is_written_only_with_clean_session() {
    spec::covers!(MQTT_3_1_3_7);
    let client_id = ClientId::new("").unwrap();
    let clean = Connect { client_id, ..connect(None, None) };
    let mut out = Vec::new();
    clean.encode(&mut out).unwrap();
    assert_eq!(out, b"\x10\x0C\0\x04MQTT\x04\x02\0\0\0\0");
    let kept = Connect { clean_session: false, ..clean };
    assert_eq!(kept.encode(&mut out), Err(EncodeError::ClientIdEmpty));
    assert_eq!(out.len(), 14);
}

#[test]
fn a_refusal_never_says_session_present() {
    spec::covers!(MQTT_3_2_2_4);
    for refusal in Refusal::ALL {
        let mut out = Vec::new();
        Connack::Refused(refusal).encode(&mut out);
        assert_eq!(out, [0x20, 2, 0, refusal.code()]);
    }
}

#[test]
fn directions_are_those_of_table_2_1() {
    let to = |party| Kind::ALL.into_iter().filter(move |kind| kind.goes_to(party));
    let names = |party| to(party).map(Kind::name).collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(Party::Server),
        "CONNECT PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE UNSUBSCRIBE PINGREQ DISCONNECT"
    );
    assert_eq!(
        names(Party::Client),
        "CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK PINGRESP"
    );
    for kind in Kind::ALL {
        assert_eq!(Kind::from_bits(kind.bits()), Some(kind));
    }
}

#[test]
fn a_violation_reads_as_a_sentence() {
    let violation = Violation::new(Id::MQTT_3_6_1_1, Rule::FlagsNotTwo, 0).seen_in(Kind::Pubrel);
    let sentence = "[MQTT-3.6.1-1] PUBREL, byte 0: fixed-header flags have to be 0010";
    assert_eq!(violation.to_string(), sentence);
    assert_eq!(violation.also(), [Id::MQTT_2_2_2_1, Id::MQTT_2_2_2_2]);
    let violation = Violation::new(Id::MQTT_3_1_0_2, Rule::Statement, 0).seen_in(Kind::Connect);
    assert_eq!(violation.text(), Id::MQTT_3_1_0_2.statement().text);
    assert!(size_of::<Violation>() <= 12);
}

#[test]
fn what_is_permitted_or_only_advised_against_is_no_breach() {
    let of = |weight| Rule::ALL.iter().copied().filter(move |rule| rule.weight() == weight);
    let notes: Vec<Rule> = of(Weight::Note).collect();
    assert_eq!(
        notes,
        [
            Rule::PacketTooLarge,
            Rule::ProtocolLevel,
            Rule::AnswerOrder,
            Rule::ClosedEarly,
            Rule::DeliveredAgain
        ]
    );
    let warnings: Vec<Rule> = of(Weight::Warning).collect();
    assert_eq!(
        warnings,
        [
            Rule::DubiousCharacter,
            Rule::LengthNotMinimal,
            Rule::AnsweredTwice,
            Rule::MalformedFilterAnswered,
            Rule::RefusedSilently,
            Rule::OpenAfterDisconnect,
            Rule::StillWaiting,
            Rule::NobodyPublished,
            Rule::TopicChanged,
            Rule::ReservedTopicExchanged,
            Rule::RepeatUnanswered
        ]
    );
}

#[test]
fn every_rule_is_listed_once_in_order() {
    for (place, rule) in Rule::ALL.iter().enumerate() {
        assert_eq!(*rule as usize, place, "{rule:?}");
    }
    let texts: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.text()).collect();
    assert_eq!(texts.len(), Rule::ALL.len());
}

#[test]
fn a_wrong_length_rests_on_the_sentence_about_its_packet() {
    let line = |kind| Violation::new(Id::MQTT_4_8_0_1, Rule::LeftOver, 4).seen_in(kind).line();
    assert_eq!(line(Kind::Puback), Some(Line::L_844));
    assert_eq!(line(Kind::Disconnect), Some(Line::L_1146));
    assert_eq!(line(Kind::Connect), None);
    let line = Violation::new(Id::MQTT_4_8_0_1, Rule::ReservedType, 0).line();
    assert_eq!(line, Some(Line::L_237));
}
