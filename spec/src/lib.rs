//! MQTT 3.1.1 as Rust items: a normative statement is cited by a name that the compiler knows.

mod marks;
mod statement;
mod table;
pub mod witness;

pub use statement::{Binds, Shows, Statement};
pub use table::Id;
