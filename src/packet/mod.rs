//! §2 and §3: the Control Packets.

/// The type of a Control Packet (Table 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Client to Server.
    Connect = 1,
}
