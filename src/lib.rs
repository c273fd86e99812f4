//! MQTT 3.1.1, measured.

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
