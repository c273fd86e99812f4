//! §4.4: what a new connection of the same session sends again, and what a new session does not.
//!
//! A clean session forgets its exchanges, but not the messages that somebody still wants published:
//! those go out as new ones.

use super::*;

fn kept() -> Bench {
    Bench::accepted(|config| config.keep_session = true)
}

fn lose(bench: &mut Bench) {
    bench.sent();
    bench.client.closed();
}

#[test]
fn unacknowledged_packets_are_sent_again_in_order() {
    spec::covers!(MQTT_4_4_0_1, MQTT_3_3_1_1, MQTT_4_6_0_1, MQTT_2_3_1_3);
    let mut bench = kept();
    for (payload, qos) in [
        ("a", Qos::AtLeastOnce),
        ("b", Qos::ExactlyOnce),
        ("c", Qos::ExactlyOnce),
        ("d", Qos::AtLeastOnce),
        ("e", Qos::AtLeastOnce),
    ] {
        bench.publish(payload, qos);
    }
    bench.server("50020002 40020004");
    lose(&mut bench);
    assert_eq!(
        bench.connect("20020100"),
        "3a06000174000161 62020002 3c06000174000363 3a06000174000565".replace(' ', "")
    );
}

#[test]
fn pubrels_are_sent_again_in_the_order_of_the_pubrecs() {
    spec::covers!(MQTT_4_6_0_4, MQTT_2_3_1_3);
    let mut bench = kept();
    for payload in ["a", "b", "c", "d"] {
        bench.publish(payload, Qos::ExactlyOnce);
    }
    bench.server("50020003 50020001");
    lose(&mut bench);
    let again = "3c06000174000262 62020003 62020001 3c06000174000464";
    assert_eq!(bench.connect("20020100"), again.replace(' ', ""));
    bench.server("50020002 70020001");
    lose(&mut bench);
    let again = "62020003 62020002 3c06000174000464";
    assert_eq!(bench.connect("20020100"), again.replace(' ', ""));
}

#[test]
fn a_server_without_the_session_gets_them_too() {
    spec::covers!(MQTT_4_4_0_1);
    let mut bench = kept();
    bench.publish("a", Qos::ExactlyOnce);
    lose(&mut bench);
    assert_eq!(bench.connect("20020000"), "3c06000174000161");
}

#[test]
fn a_message_published_meanwhile_goes_last() {
    let mut bench = kept();
    bench.publish("a", Qos::AtLeastOnce);
    lose(&mut bench);
    bench.publish("b", Qos::AtLeastOnce);
    assert_eq!(bench.sent(), "");
    assert_eq!(bench.connect("20020100"), "3a060001740001613206000174000262");
}

#[test]
fn a_released_message_is_never_published_again() {
    spec::covers!(MQTT_4_3_3_1);
    let mut bench = kept();
    bench.publish("a", Qos::ExactlyOnce);
    bench.server("50020001");
    for _ in 0..3 {
        lose(&mut bench);
        assert_eq!(bench.connect("20020100"), "62020001");
    }
    assert_eq!(bench.server("70020001"), [Event::Published(Ticket(0))]);
}

#[test]
fn a_qos_2_message_is_delivered_once_over_connections() {
    spec::covers!(MQTT_4_3_3_2);
    let mut bench = kept();
    assert_eq!(bench.server("3406000174000761"), [message("a", 2, 7)]);
    lose(&mut bench);
    bench.connect("20020100");
    assert_eq!(bench.server("3c06000174000761"), []);
    assert_eq!(bench.sent(), "50020007");
}

#[test]
fn a_server_without_the_session_numbers_afresh() {
    let mut bench = kept();
    bench.server("3406000174000761");
    lose(&mut bench);
    bench.connect("20020000");
    assert_eq!(bench.server("3406000174000762"), [message("b", 2, 7)]);
}

#[test]
fn a_clean_session_sends_nothing_again_but_publishes_anew() {
    spec::covers!(MQTT_3_1_2_6);
    let mut bench = Bench::accepted(|_| ());
    for payload in ["a", "b", "c"] {
        bench.publish(payload, Qos::ExactlyOnce);
    }
    bench.server("50020002");
    lose(&mut bench);
    bench.publish("d", Qos::AtMostOnce);
    bench.client.opened(bench.now);
    bench.sent();
    assert_eq!(
        bench.server("20020000"),
        [Event::Published(Ticket(1)), Event::Accepted, Event::Published(Ticket(3))],
        "the server owned the second one"
    );
    assert_eq!(
        bench.sent(),
        "3406000174000161 3406000174000263 300400017464".replace(' ', ""),
        "new messages, without DUP"
    );
}

#[test]
fn requests_are_forgotten_with_their_connection() {
    let mut bench = kept();
    bench.client.subscribe(bench.now, &[("a".into(), Qos::AtMostOnce)]);
    lose(&mut bench);
    bench.connect("20020100");
    assert_eq!(bench.breach("9003000100").0, Id::MQTT_3_8_4_2);
}

#[test]
fn half_a_packet_dies_with_its_connection() {
    let mut bench = kept();
    bench.server("300400");
    lose(&mut bench);
    bench.connect("20020100");
    assert_eq!(bench.server("300400017461"), [message("a", 0, 0)]);
}
