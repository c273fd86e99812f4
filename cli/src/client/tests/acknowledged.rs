//! §4.3 in both directions on one connection, and the answers to requests.
//!
//! Every test says which bytes the client sends; an acknowledgement that comes too early, too late
//! or not at all is a difference.

use super::*;

#[test]
fn qos_0_is_sent_and_done() {
    spec::covers!(MQTT_4_3_1_1, MQTT_2_3_1_5);
    let mut bench = Bench::accepted(|_| ());
    let ticket = bench.publish("x", Qos::AtMostOnce);
    assert_eq!(bench.sent(), "300400017478");
    assert_eq!(bench.events(), [Event::Published(ticket)]);
    assert!(bench.client.is_idle());
}

#[test]
fn qos_1_waits_for_its_puback() {
    spec::covers!(MQTT_4_3_2_1);
    let mut bench = Bench::accepted(|_| ());
    let ticket = bench.publish("x", Qos::AtLeastOnce);
    assert_eq!(bench.sent(), "3206000174000178");
    assert_eq!(bench.events(), []);
    assert!(!bench.client.is_idle());
    assert_eq!(bench.server("40020001"), [Event::Published(ticket)]);
    assert!(bench.client.is_idle());
}

#[test]
fn qos_2_is_acknowledged_in_two_steps() {
    spec::covers!(MQTT_4_3_3_1);
    let mut bench = Bench::accepted(|_| ());
    let ticket = bench.publish("x", Qos::ExactlyOnce);
    assert_eq!(bench.sent(), "3406000174000178");
    assert_eq!(bench.server("50020001"), []);
    assert_eq!(bench.sent(), "62020001");
    assert_eq!(bench.server("50020001"), []);
    assert_eq!(bench.sent(), "62020001", "a repeated PUBREC gets its PUBREL again");
    assert_eq!(bench.server("70020001"), [Event::Published(ticket)]);
    assert!(bench.client.is_idle());
}

#[test]
fn only_so_many_messages_are_in_flight() {
    let mut bench = Bench::accepted(|config| config.in_flight_max = 2);
    for payload in ["a", "b", "c", "d"] {
        bench.publish(payload, Qos::AtLeastOnce);
    }
    assert_eq!(bench.sent(), "3206000174000161 3206000174000262".replace(' ', ""));
    assert_eq!(bench.client.unsent(), 2);
    bench.server("40020002");
    assert_eq!(bench.sent(), "3206000174000363");
    bench.server("40020001 40020003");
    assert_eq!(bench.sent(), "3206000174000464");
    assert_eq!(bench.client.unsent(), 0);
}

#[test]
fn the_order_of_publishing_is_kept_over_every_qos() {
    spec::covers!(MQTT_4_6_0_1);
    let mut bench = Bench::accepted(|config| config.in_flight_max = 1);
    bench.publish("a", Qos::AtLeastOnce);
    bench.publish("b", Qos::AtMostOnce);
    bench.publish("c", Qos::ExactlyOnce);
    assert_eq!(bench.sent(), "3206000174000161");
    bench.server("40020001");
    assert_eq!(bench.sent(), "3004000174623406000174000263");
}

#[test]
fn received_messages_are_delivered_and_acknowledged() {
    spec::covers!(MQTT_4_3_2_2, MQTT_4_3_3_2);
    let mut bench = Bench::accepted(|_| ());
    assert_eq!(bench.server("300400017461"), [message("a", 0, 0)]);
    assert_eq!(bench.sent(), "");
    assert_eq!(bench.server("3206000174000762"), [message("b", 1, 7)]);
    assert_eq!(bench.sent(), "40020007");
    assert_eq!(bench.server("3406000174000763"), [message("c", 2, 7)]);
    assert_eq!(bench.sent(), "50020007");
    assert_eq!(bench.server("62020007"), []);
    assert_eq!(bench.sent(), "70020007");
}

#[test]
fn a_repeated_qos_2_message_is_delivered_once() {
    spec::covers!(MQTT_4_3_3_2);
    let mut bench = Bench::accepted(|_| ());
    assert_eq!(bench.server("3406000174000763"), [message("c", 2, 7)]);
    assert_eq!(bench.server("3c06000174000763 3c06000174000763"), []);
    assert_eq!(bench.sent(), "500200075002000750020007");
    bench.server("62020007");
    assert_eq!(bench.server("3406000174000763"), [message("c", 2, 7)]);
}

#[test]
fn every_pubrel_gets_its_pubcomp() {
    spec::covers!(MQTT_4_3_3_2);
    let mut bench = Bench::accepted(|_| ());
    assert_eq!(bench.server("6202ffff"), []);
    assert_eq!(bench.sent(), "7002ffff");
}

#[test]
fn acknowledgements_of_nothing_are_borne() {
    let mut bench = Bench::accepted(|_| ());
    assert_eq!(bench.server("40020009 70020009 d000"), []);
    assert_eq!(bench.sent(), "");
    assert_eq!(bench.server("50020009"), []);
    assert_eq!(bench.sent(), "62020009", "the server can finish");
}

#[test]
fn messages_after_the_last_wanted_one_stay_with_the_server() {
    let mut bench = Bench::accepted(|_| ());
    bench.client.received(&hex("3406000174000761 3206000174000862 3406000174000963 62020007"));
    let first = bench.client.poll(bench.now);
    assert_eq!(first, Some(message("a", 2, 7)));
    bench.client.stop_taking();
    assert!(!bench.client.is_idle());
    assert_eq!(bench.events(), []);
    assert_eq!(bench.sent(), "5002000770020007");
    assert!(bench.client.is_idle());
}

#[test]
fn requests_are_answered_by_their_identifiers() {
    spec::covers!(MQTT_2_3_1_7, MQTT_3_8_4_5, MQTT_3_10_4_4);
    let mut bench = Bench::accepted(|_| ());
    let wanted = [("a/#".to_owned(), Qos::ExactlyOnce), ("b".to_owned(), Qos::AtMostOnce)];
    bench.client.subscribe(bench.now, &wanted);
    assert_eq!(bench.sent(), "820c00010003612f230200016200");
    bench.client.unsubscribe(bench.now, &["a/#".to_owned()]);
    assert_eq!(bench.sent(), "a20700020003612f23");
    assert_eq!(bench.server("b0020002"), [Event::Unsubscribed]);
    let codes = vec![ReturnCode::Granted(Qos::AtLeastOnce), ReturnCode::Failure];
    assert_eq!(bench.server("900400010180"), [Event::Subscribed(codes)]);
}

#[test]
fn a_message_longer_than_a_packet_is_refused() {
    let mut bench = Bench::accepted(|_| ());
    let most = 268_435_455 - 3;
    let mut publish = |len: usize, qos| {
        let payload = Rc::from(vec![0; len]);
        bench.client.publish(bench.now, &bench.topic, payload, qos, false)
    };
    assert_eq!(publish(most + 1, Qos::AtMostOnce), Err(TooLong));
    assert_eq!(publish(most - 1, Qos::AtLeastOnce), Err(TooLong));
    assert_eq!(publish(3, Qos::AtLeastOnce), Ok(Ticket(0)));
    let (empty, wildcard) = (Rc::from([]), Rc::from("a/#"));
    let refused = bench.client.publish(bench.now, &wildcard, empty, Qos::AtMostOnce, false);
    assert_eq!(refused, Err(TooLong));
}

#[test]
fn acknowledgements_have_the_order_of_the_messages() {
    spec::covers!(MQTT_4_6_0_2, MQTT_4_6_0_3);
    let mut bench = Bench::accepted(|_| ());
    bench
        .server("3206000174000961 3406000174000562 300400017463 3206000174000264 3406000174000165");
    assert_eq!(bench.sent(), "40020009 50020005 40020002 50020001".replace(' ', ""));
}

#[test]
fn pubrels_have_the_order_of_the_pubrecs() {
    spec::covers!(MQTT_4_6_0_4);
    let mut bench = Bench::accepted(|_| ());
    for payload in ["a", "b", "c"] {
        bench.publish(payload, Qos::ExactlyOnce);
    }
    bench.sent();
    bench.server("50020003 50020001 50020002");
    assert_eq!(bench.sent(), "620200036202000162020002");
}

#[test]
fn a_message_that_nobody_asked_for_is_acknowledged_too() {
    spec::covers!(MQTT_4_5_0_2);
    let mut bench = Bench::accepted(|_| ());
    bench.client.subscribe(bench.now, &[("a".into(), Qos::ExactlyOnce)]);
    bench.client.unsubscribe(bench.now, &["a".into()]);
    bench.server("9003000102 b0020002");
    bench.sent();
    bench.server("32050001740001 3405000175000178");
    assert_eq!(bench.sent(), "4002000150020001");
}
