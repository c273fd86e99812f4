//! MQTT 3.1.1 as Rust items: a normative statement is cited by a name that the compiler knows.

mod id;
mod line;
mod marks;
mod readings;
mod section;
mod statement;
mod table;
pub mod witness;

pub use id::UnknownId;
pub use line::{Level, Line, Sentence, UnknownLine};
pub use readings::{Area, Reading, UnknownReading, Zone};
pub use section::{Section, UnknownSection};
pub use statement::{Binds, Shows, Statement};
pub use table::Id;
