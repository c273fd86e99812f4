//! §4.7, §3.8.4, §3.10.4, §3.3.1.3: the router against a plain list, over random operations.
//!
//! `RUNS=1000000` in the environment makes it as many runs.

#[path = "../conformance/src/laws/router.rs"]
mod laws;

use etalon::spec;
use quickcheck::{Gen, QuickCheck};

/// Four bytes, as quickcheck makes and shrinks them.
type Bytes = (u8, u8, u8, u8);

fn law(ops: Vec<Bytes>) -> Result<bool, String> {
    let ops: Vec<laws::Op> = ops.into_iter().map(|(a, b, c, d)| [a, b, c, d]).collect();
    laws::router_ops(&ops).map(|()| true)
}

#[test]
fn router_agrees_with_a_plain_list() {
    spec::covers!(
        MQTT_3_3_5_1,
        MQTT_3_3_1_5,
        MQTT_3_3_1_6,
        MQTT_3_3_1_10,
        MQTT_3_3_1_11,
        MQTT_3_3_2_3,
        MQTT_3_8_4_3,
        MQTT_3_10_4_1,
        MQTT_4_7_2_1,
    );
    let runs = std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    QuickCheck::new()
        .tests(runs)
        .max_tests(runs * 10)
        .rng(Gen::new(100))
        .quickcheck(law as fn(Vec<Bytes>) -> Result<bool, String>);
}
