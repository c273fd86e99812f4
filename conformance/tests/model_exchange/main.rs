//! §4.3, §4.4, §4.6: every way in which messages at QoS 1 and 2 can cross a connection that breaks.
//!
//! The sending and the receiving half of a session, as the broker runs them, exchange packets over
//! a link that is cut at any point and whose ends notice it in either order. stateright visits every
//! state that can be reached. A cut that one end notices first is also the crash of that end with
//! its state stored; a crash without is an action of its own.
//!
//! | search | messages (QoS) | window | cuts | crashes without state | unique states |
//! |---|---|---|---|---|---|
//! | `exactly_once` | 2 2 2 2 2 2 2 | 4 | 6 | 0 | 60,235 |
//! | `at_least_once` | 1 1 1 1 1 | 4 | 4 | 0 | 189,192 |
//! | `both_at_once` | 2 1 2 1 2 2 | 4 | 4 | 0 | 187,812 |
//! | `one_at_a_time` | 1 2 1 2 1 2 | 1 | 6 | 0 | 18,274 |
//! | `sender_forgets` | 2 1 2 2 | 3 | 3 | 2 | 64,544 |
//! | `receiver_forgets` | 2 1 2 2 | 3 | 3 | 2 | 336,583 |
//!
//! In every state: QoS 2 not twice, first deliveries in order, with a window of 1 nothing older after
//! anything newer, nobody accused of a breach. In every state where nothing can happen but a cut:
//! all has arrived, nothing is open, no Packet Identifier in use. Every step makes a measure
//! smaller, so every run ends. `mistakes.rs` holds the methods that must be found out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test makes up is valid")]

mod exchange;
mod mistakes;

use etalon_spec as spec;
use exchange::{Exchange, Forgets};
use stateright::{Checker, Model};

/// Visits every state and returns how many there are.
#[track_caller]
fn visit(exchange: Exchange) -> usize {
    let checker = exchange.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    checker.unique_state_count()
}

#[test]
fn exactly_once() {
    spec::covers!(MQTT_4_3_3_1, MQTT_4_3_3_2, MQTT_4_4_0_1, MQTT_4_6_0_4);
    let exchange = Exchange { cuts: 6, ..Exchange::of(&[2, 2, 2, 2, 2, 2, 2], 4) };
    assert_eq!(visit(exchange), 60_235);
}

#[test]
fn at_least_once() {
    spec::covers!(MQTT_4_3_2_1, MQTT_4_3_2_2, MQTT_4_4_0_1, MQTT_4_6_0_1);
    let exchange = Exchange { cuts: 4, ..Exchange::of(&[1, 1, 1, 1, 1], 4) };
    assert_eq!(visit(exchange), 189_192);
}

#[test]
fn both_at_once() {
    spec::covers!(MQTT_4_3_2_1, MQTT_4_3_3_1, MQTT_2_3_1_4, MQTT_4_6_0_1);
    let exchange = Exchange { cuts: 4, ..Exchange::of(&[2, 1, 2, 1, 2, 2], 4) };
    assert_eq!(visit(exchange), 187_812);
}

#[test]
fn one_at_a_time() {
    spec::covers!(MQTT_4_6_0_1, MQTT_4_6_0_6);
    let exchange = Exchange { cuts: 6, ..Exchange::of(&[1, 2, 1, 2, 1, 2], 1) };
    assert_eq!(visit(exchange), 18_274);
}

/// The sender has lost its state, so the receiver gives up its own with the session: what was on
/// its way may be lost, and nothing comes twice.
#[test]
fn sender_forgets() {
    spec::covers!(MQTT_3_1_2_6, MQTT_4_3_3_2);
    let exchange = Exchange {
        cuts: 3,
        crashes: 2,
        forgets: Forgets::Sender,
        ..Exchange::of(&[2, 1, 2, 2], 3)
    };
    assert_eq!(visit(exchange), 64_544);
}

/// The receiver has lost its state, and the sender goes on under the old identifiers (S-37): all
/// arrives, and what was on its way perhaps once more for each crash.
#[test]
fn receiver_forgets() {
    spec::covers!(MQTT_4_4_0_1, MQTT_4_3_2_1);
    let exchange = Exchange {
        cuts: 3,
        crashes: 2,
        forgets: Forgets::Receiver,
        ..Exchange::of(&[2, 1, 2, 2], 3)
    };
    assert_eq!(visit(exchange), 336_583);
}
