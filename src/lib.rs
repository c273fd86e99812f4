//! MQTT 3.1.1, measured.

pub mod mailbox;
pub mod message;
pub mod packet;
pub mod router;
mod sync;
pub mod time;
pub mod topic;
pub mod violation;

pub use etalon_spec as spec;
