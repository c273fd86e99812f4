//! The whole broker over long runs of operations, against the oracle and the audit.
#![expect(clippy::panic, reason = "a test complains by a panic")]

use etalon_conformance::laws;
use etalon_conformance::oracle::script::{Op, trace};
use etalon_conformance::report::Status;
use etalon_conformance::run::{Options, run};
use etalon_conformance::target::Virtual;
use etalon_conformance::trace::Trace;
use etalon_conformance::world::World;
use etalon_spec as spec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

/// How many runs, with `RUNS=` in the environment more of them.
fn runs(usually: u32) -> u32 {
    std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(usually)
}

fn does_what_the_oracle_says(cases: u32, window: impl Strategy<Value = Option<usize>>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..Default::default() };
    let input = (1_u16..=4, window, prop::collection::vec(any::<Op>(), 0..120));
    let result = TestRunner::new(config).run(&input, |(workers, window, ops)| {
        laws::broker_ops(workers, window, &ops).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("{why}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn the_broker_does_what_the_oracle_says() {
    spec::covers!(MQTT_3_3_5_1, MQTT_4_3_3_2, MQTT_4_4_0_1, MQTT_3_1_2_8, MQTT_3_2_2_2);
    does_what_the_oracle_says(runs(2_000), Just(None));
}

#[test]
fn the_broker_does_what_the_oracle_says_when_messages_have_to_wait() {
    spec::covers!(MQTT_4_6_0_6, MQTT_4_5_0_1, MQTT_4_4_0_1, MQTT_4_6_0_4);
    does_what_the_oracle_says(runs(1_000), (1_usize..4).prop_map(Some));
}

#[test]
fn a_run_reads_back_as_printed() {
    let ops: Vec<Op> =
        (0..=255).map(|n: u8| [n, n / 16, n.wrapping_mul(37), n.rotate_left(3)]).collect();
    let script = trace(&ops, 1024);
    assert_eq!(script.to_string().parse(), Ok(script));
}

/// Found by a run: while the Client had not yet sent again what was open, the audit took it for over,
/// and then for a second message.
#[test]
fn who_sends_again_late_has_not_published_twice() {
    spec::covers!(MQTT_4_4_0_1, MQTT_4_3_3_2);
    let trace: Trace = LATE.parse().unwrap();
    let run = run(&mut Virtual::new(World::new(1)), &trace, &Options::default());
    assert_eq!(run.status(), Status::Pass, "{run}");
}

const LATE: &str = r#"
# Take-over between PUBREC and PUBREL.
covers MQTT-4.4.0-1

c2x1 > CONNECT client=c2
c2x1 < CONNACK accepted
c2x1 > PUBLISH a qos=2 id=1 retain "m1"
c2x1 < PUBREC id=1
c1x1 > CONNECT client=c1
c1x1 < CONNACK accepted
c1x1 > SUBSCRIBE id=1 a/# qos=1
c1x1 < SUBACK id=1 1
c1x1 < PUBLISH a qos=1 id=$p1 retain "m1"
c1x1 > PUBACK id=$p1
c2x2 > CONNECT client=c2
c2x1 < closed silently
c2x2 < CONNACK accepted present
c2x2 > PUBLISH a qos=2 id=1 dup retain "m1"
c2x2 < PUBREC id=1
c0x1 > CONNECT client=c0
c0x1 < CONNACK accepted
c2x2 > PUBREL id=1
c2x2 < PUBCOMP id=1
"#;
