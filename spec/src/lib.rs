//! MQTT 3.1.1 as Rust items: a normative statement is cited by a name that the compiler knows.
//!
//! The OASIS Standard numbers its normative statements, `[MQTT-4.3.3-2]`, and this crate has one
//! enum variant for each. Code that cites [`Id::MQTT_4_3_3_2`] can be checked: a number that does
//! not exist does not compile, a reader sees the statement by hovering over the name, and a tool
//! can list what is claimed, what ran and what is missing. The sentences are ours, not those of
//! the standard; the standard decides.
//!
//! # What can be cited
//!
//! | item | written | how many | what it is |
//! |---|---|---|---|
//! | [`Id`] | `[MQTT-4.3.3-2]` | 141 | a numbered statement, see [`Statement`] |
//! | [`Line`] | `l.264` | 112 | a sentence without a number that has to be obeyed, see [`Sentence`] |
//! | [`Reading`] | `S-40` | 93 | what the standard leaves open and how Etalon reads it, see [`Zone`] |
//! | [`Discrepancy`] | `D-04` | 22 | a place where the standard is at odds with itself, see [`Finding`] |
//! | [`Section`] | `3.1.2.4` | 162 | number and title of a section |
//!
//! [`Cite`] is any of the first three. All of them print as written above and read back with
//! [`str::parse`], which forgives case, brackets and a missing prefix:
//!
//! ```
//! use etalon_spec::{Binds, Id, Shows};
//!
//! let id: Id = "mqtt-3.8.3-4".parse().unwrap();
//! assert_eq!(id, Id::MQTT_3_8_3_4);
//! assert_eq!(id.to_string(), "[MQTT-3.8.3-4]");
//! assert_eq!(id.statement().section, "3.8.3");
//! assert_eq!(id.statement().binds, Binds::Server);
//! assert_eq!(id.statement().shows, Shows::Reply);
//!
//! // The same statement as the standard misprints it, and one that does not exist.
//! assert_eq!("[MQTT-3-8.3-4]".parse(), Ok(id));
//! assert_eq!(
//!     "[MQTT-3.14.4-9]".parse::<Id>().unwrap_err().to_string(),
//!     "no statement 9: section 3.14.4 has statements 1 to 3, up to [MQTT-3.14.4-3]"
//! );
//! ```
//!
//! Everything is found by section too, and readings by what they concern:
//!
//! ```
//! use etalon_spec::{Id, Reading, Section};
//!
//! let subscribe = Section::find("3.8").unwrap();
//! assert_eq!(subscribe.title, "SUBSCRIBE - Subscribe to topics");
//! assert_eq!(Id::under(subscribe.number).count(), 11);
//!
//! let will_on_takeover = Reading::of_statement(Id::MQTT_3_1_4_2).last().unwrap();
//! assert_eq!(will_on_takeover.to_string(), "S-29");
//! println!("{}", will_on_takeover.zone().question);
//! ```
//!
//! # The marks
//!
//! | mark | stands | says |
//! |---|---|---|
//! | [`upholds!`] | at a line, as a statement | this line does what is required |
//! | [`by_construction!`] | beside a type, as an item | the type leaves no other way |
//! | [`deviates!`] | as an item | not done, and why |
//! | [`covers!`] | as the first line of a test | the statements that the test covers |
//!
//! A breach is not a mark but a value that carries an [`Id`]; the library `etalon` has it.
//!
//! ```
//! use etalon_spec as spec;
//!
//! fn answer_ping(out: &mut Vec<u8>) {
//!     spec::upholds!(MQTT_3_12_4_1);
//!     out.extend([0xD0, 0x00]);
//! }
//!
//! let mut out = Vec::new();
//! let ((), ran) = spec::witness::record(|| answer_ping(&mut out));
//! if spec::witness::ENABLED {
//!     assert_eq!(ran[0].id, spec::Id::MQTT_3_12_4_1);
//! }
//! ```
//!
//! With feature `witness` an [`upholds!`] that runs is recorded with file and line, see
//! [`witness`]; without it the mark costs nothing. [`Shows`] says what kind of evidence a
//! statement can have at all.
//!
//! # The groups
//!
//! `MQTT-3.1.2-5` is statement 5 of group `3.1.2`, which spans section 3.1.2 and all below it.
//! Where a whole section is one group, the standard fills up with zeros: `4.8.0`.
//!
//! | group | section | statements |
//! |---|---|---|
//! | `1.5.3` | UTF-8 encoded strings | 3 |
//! | `2.2.2` | Flags | 2 |
//! | `2.3.1` | Packet Identifier | 7 |
//! | `3.1.0` | CONNECT – Client requests a connection to a Server | 2 |
//! | `3.1.2` | CONNECT: Variable header | 24 |
//! | `3.1.3` | CONNECT: Payload | 11 |
//! | `3.1.4` | CONNECT: Response | 5 |
//! | `3.2.0` | CONNACK – Acknowledge connection request | 1 |
//! | `3.2.2` | CONNACK: Variable header | 6 |
//! | `3.3.1` | PUBLISH: Fixed header | 12 |
//! | `3.3.2` | PUBLISH: Variable header | 3 |
//! | `3.3.4` | PUBLISH: Response | 1 |
//! | `3.3.5` | PUBLISH: Actions | 2 |
//! | `3.6.1` | PUBREL: Fixed header | 1 |
//! | `3.8.1` | SUBSCRIBE: Fixed header | 1 |
//! | `3.8.3` | SUBSCRIBE: Payload | 4 |
//! | `3.8.4` | SUBSCRIBE: Response | 6 |
//! | `3.9.3` | SUBACK: Payload | 2 |
//! | `3.10.1` | UNSUBSCRIBE: Fixed header | 1 |
//! | `3.10.3` | UNSUBSCRIBE: Payload | 2 |
//! | `3.10.4` | UNSUBSCRIBE: Response | 6 |
//! | `3.12.4` | PINGREQ: Response | 1 |
//! | `3.14.1` | DISCONNECT: Fixed header | 1 |
//! | `3.14.4` | DISCONNECT: Response | 3 |
//! | `4.1.0` | Storing state | 2 |
//! | `4.3.1` | QoS 0: At most once delivery | 1 |
//! | `4.3.2` | QoS 1: At least once delivery | 2 |
//! | `4.3.3` | QoS 2: Exactly once delivery | 2 |
//! | `4.4.0` | Message delivery retry | 1 |
//! | `4.5.0` | Message receipt | 2 |
//! | `4.6.0` | Message ordering | 6 |
//! | `4.7.1` | Topic wildcards | 3 |
//! | `4.7.2` | Topics beginning with $ | 1 |
//! | `4.7.3` | Topic semantic and usage | 4 |
//! | `4.8.0` | Handling errors | 2 |
//! | `6.0.0` | Using WebSocket as a network transport | 4 |
//! | `7.0.0` | Conformance | 2 |
//! | `7.1.1` | MQTT Server | 1 |
//! | `7.1.2` | MQTT Client | 1 |

mod cite;
mod discrepancies;
mod id;
mod line;
mod marks;
mod readings;
mod section;
mod statement;
mod table;
pub mod witness;

pub use cite::{Cite, UnknownCite};
pub use discrepancies::{Discrepancy, Finding, UnknownDiscrepancy};
pub use id::UnknownId;
pub use line::{Level, Line, Sentence, UnknownLine};
pub use readings::{Area, Reading, UnknownReading, Zone};
pub use section::{Section, UnknownSection};
pub use statement::{Binds, Shows, Statement};
pub use table::Id;

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
