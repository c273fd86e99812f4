//! The audit: what the standard permits is never a breach, and what lies outside is found under
//! its statement.

mod connection;
mod cost;
mod deliveries;
mod exchanges;
mod say;
mod scenes;
mod script;
mod zones;
