//! MQTT 3.1.1, measured.
//!
//! A codec, explicit state machines and a broker, in which every normative statement of the standard
//! has a name: [`spec::Id::MQTT_4_3_3_2`]. A breach is a value, [`violation::Violation`], with the
//! statement, the cause and the byte.
//!
//! # Map: from the standard to the files
//!
//! | section | | file |
//! |---|---|---|
//! | 1.5, 2.2, 2.3 | bytes, text, fixed header, identifiers on the wire | [`packet`] |
//! | 2.3.1 | which identifiers are free | [`session::PacketIds`] |
//! | 3.1 .. 3.14 | the fourteen packets | one module of [`packet`] each |
//! | 3.1.2.5 | the Will | [`connection::will`] |
//! | 3.1.2.10 | Keep Alive | [`connection::keep_alive`] |
//! | 3.1, 3.1.4, 3.14.4 | what may come when on a connection | [`connection`] |
//! | 3.1.4, 3.2 | what CONNECT leads to | `broker/accept.rs` |
//! | 3.3.1.3, 3.3.5 | retained messages, who gets what | [`router`] |
//! | 3.8 .. 3.11 | SUBSCRIBE, UNSUBSCRIBE | `broker/subscribe.rs` |
//! | 4.1 | session state | [`session`] |
//! | 4.3 | QoS 1 and 2: sending, receiving | [`session::sender`], [`session::receiver`] |
//! | 4.4, 4.6 | sending again, order | [`session::Outbound`] |
//! | 4.7 | Topic Names and Topic Filters | [`topic`] |
//! | 4.8 | what a breach leads to | [`violation`], `broker/mod.rs` |
//! | 4.2 | the network | `net` |
//! | all, again | who breaks what, judged by packets alone | [`audit`] |
//! | 1.5, 2, 3 | other people's encoders and decoders | `testing` |
//!
//! # How it fits together
//!
//! ```text
//! spec ◄── violation ◄── topic ◄── packet ◄── session ◄── connection ◄── broker ◄── net
//!                                               router, mailbox ◄───────────┘
//! ```
//!
//! Everything left of `net` takes bytes and [`time`] and gives bytes: no socket, no clock, no thread.
//! One worker is one single-threaded [`broker::Broker`]; workers share a [`router::Router`] and
//! [`mailbox::Mailbox`]es, and nothing else.
//!
//! ```
//! use etalon::packet::{self, Limits};
//!
//! // PUBLISH with both QoS bits set: refused by its first byte.
//! let breach = packet::decode(&[0x36], Limits::SERVER).unwrap_err();
//! assert_eq!(breach.id, etalon::spec::Id::MQTT_3_3_1_4);
//! assert_eq!(breach.at, 0);
//! ```

pub mod audit;
pub mod broker;
pub mod connection;
pub mod mailbox;
pub mod message;
#[cfg(feature = "net")]
pub mod net;
pub mod outgoing;
pub mod packet;
pub mod router;
pub mod session;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod topic;
pub mod violation;

pub use etalon_spec as spec;

/// Every state of a machine with every event, for a reviewer to read.
#[cfg(test)]
fn machine_table<S, E, A, X>(
    states: &[S],
    events: &[E],
    step: fn(S, E) -> Result<(S, A), X>,
) -> String
where
    S: Copy + core::fmt::Debug,
    E: Copy + core::fmt::Debug,
    A: core::fmt::Debug,
    X: core::fmt::Debug,
{
    let mut table = String::new();
    for &state in states {
        table.push_str(&format!("{state:?}\n"));
        for &event in events {
            let outcome = match step(state, event) {
                Ok((next, action)) => format!("{next:?}, {action:?}"),
                Err(id) => format!("breaks {id:?}"),
            };
            table.push_str(&format!("    {:20} -> {outcome}\n", format!("{event:?}")));
        }
    }
    table
}
