//! Keep Alive (§3.1.2.10) and patience, on a clock that only the test moves.
//!
//! Nothing here waits: an hour of silence is one addition.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn pingreq_comes_before_the_keep_alive_is_over() {
    spec::covers!(MQTT_3_1_2_23);
    let mut bench = Bench::accepted(|_| ());
    assert_eq!(bench.client.deadline(), Some(bench.now + SECOND * 45));
    bench.pass(SECOND * 44);
    assert_eq!(bench.sent(), "");
    bench.pass(SECOND);
    assert_eq!(bench.sent(), "c000");
    bench.pass(SECOND);
    assert_eq!(bench.sent(), "", "one is enough");
    bench.server("d000");
    bench.pass(SECOND * 44);
    assert_eq!(bench.sent(), "c000");
}

#[test]
fn any_packet_that_is_sent_puts_the_ping_off() {
    let mut bench = Bench::accepted(|_| ());
    bench.pass(SECOND * 40);
    bench.publish("x", Qos::AtMostOnce);
    bench.sent();
    assert_eq!(bench.client.deadline(), Some(bench.now + SECOND * 45));
    bench.pass(SECOND * 44);
    assert_eq!(bench.sent(), "");
}

#[test]
fn what_is_received_does_not_put_the_ping_off() {
    spec::covers!(MQTT_3_1_2_23);
    let mut bench = Bench::accepted(|_| ());
    bench.pass(SECOND * 40);
    bench.server("3003000174");
    bench.pass(SECOND * 5);
    assert_eq!(bench.sent(), "c000");
}

#[test]
fn a_missing_pingresp_ends_the_connection_after_one_keep_alive() {
    let mut bench = Bench::accepted(|config| config.keep_alive = 4);
    bench.pass(SECOND * 3);
    assert_eq!(bench.sent(), "c000");
    assert_eq!(bench.client.deadline(), Some(bench.now + SECOND * 4));
    bench.server("3003000174");
    assert_eq!(bench.pass(SECOND * 3), []);
    assert_eq!(bench.pass(SECOND), [Event::Silent(Silence::Pingresp)]);
    assert_eq!(bench.client.deadline(), None);
}

#[test]
fn without_keep_alive_nothing_is_due() {
    let mut bench = Bench::accepted(|config| config.keep_alive = 0);
    assert_eq!(bench.client.deadline(), None);
    assert_eq!(bench.pass(SECOND * 1_000_000), []);
    assert_eq!(bench.sent(), "");
}

#[test]
fn connack_is_awaited_for_ten_seconds() {
    let mut bench = Bench::new(|config| config.keep_alive = 0);
    bench.client.opened(bench.now);
    assert_eq!(bench.client.deadline(), Some(bench.now + SECOND * 10));
    assert_eq!(bench.pass(SECOND * 9), []);
    assert_eq!(bench.pass(SECOND), [Event::Silent(Silence::Connack)]);
}

#[test]
fn a_new_connection_starts_the_clock_anew() {
    let mut bench = Bench::accepted(|config| config.keep_alive = 4);
    bench.pass(SECOND * 3);
    bench.client.closed();
    bench.pass(SECOND * 100);
    bench.connect("20020000");
    assert_eq!(bench.client.deadline(), Some(bench.now + SECOND * 3));
}
