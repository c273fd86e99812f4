//! What a broker may be told, and what the workers of one broker share.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::mailbox::Mailbox;
use crate::message::Message;
use crate::packet;
use crate::router::{self, Router, Target, Worker};
use crate::session;
use crate::sync::{AtomicUsize, Ordering};
use crate::time::Duration;

/// The settings of a broker. Everything that a peer can make grow has a limit here.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the decoder takes, with the largest packet in bytes. At the limit: the connection is
    /// closed from the fixed header on (S-03).
    pub packet: packet::Limits,
    /// How long to wait for CONNECT (S-20). Then: the connection is closed.
    pub connect_timeout: Duration,
    /// Accepted connections at a time. At the limit: CONNACK 3.
    pub connections_max: usize,
    /// Sessions at a time, with and without connection. At the limit: CONNACK 3.
    pub sessions_max: usize,
    /// Client Identifiers of sessions and Wills of connections together, in bytes. At the limit:
    /// CONNACK 3.
    pub connect_bytes_max: usize,
    /// Subscriptions of one session. At the limit: SUBACK 0x80 for the filters beyond it.
    pub subscriptions_max: usize,
    /// The filters of one session's subscriptions, in bytes. At the limit: the same.
    pub subscription_bytes_max: usize,
    /// Filters in one SUBSCRIBE or UNSUBSCRIBE. Beyond: the connection is closed (MQTT-4.8.0-2),
    /// because each of them costs a walk through all that is retained, and others wait meanwhile.
    pub filters_max: usize,
    /// Retained messages. At the limit: the publisher is disconnected (MQTT-4.8.0-2).
    pub retained: router::Limits,
    /// What one session may have on its way and waiting. At the limit: QoS 0 is dropped; for QoS 1
    /// and 2 the session ends as a whole, so that its Client can tell (S-55).
    pub session: session::Limits,
    /// Bytes of incomplete packets, in all connections of one worker. At the limit: the connection
    /// that wants more is closed (MQTT-4.8.0-2).
    pub assembling_bytes_max: usize,
    /// How long a connection may leave bytes untaken. Then: it is closed as if the network had
    /// failed.
    pub stall_timeout: Duration,
    /// How long publishers wait for one subscriber that falls behind. Then: nobody waits for it
    /// until it has caught up.
    pub hold_timeout: Duration,
    /// Keeps the assignment of Client Identifiers to workers from being foreseen.
    pub home_seed: u64,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            packet: packet::Limits::SERVER,
            connect_timeout: Duration::from_secs(10),
            connections_max: 1_000_000,
            sessions_max: 1_000_000,
            connect_bytes_max: 1 << 30,
            subscriptions_max: 100_000,
            subscription_bytes_max: 16 << 20,
            filters_max: 10_000,
            retained: router::Limits {
                retained_messages_max: 1_000_000,
                retained_bytes_max: 1 << 30,
            },
            session: session::Limits {
                in_flight_max: 1024,
                waiting_messages_max: 100_000,
                waiting_bytes_max: 64 << 20,
                unsent_bytes_max: 1 << 20,
            },
            assembling_bytes_max: 1 << 30,
            stall_timeout: Duration::from_secs(30),
            hold_timeout: Duration::from_secs(5),
            home_seed: 0,
        }
    }
}

/// What one worker tells another.
#[derive(Debug)]
pub struct Mail {
    /// A message.
    pub message: Message,
    /// Who is to get it; those of other workers are among them.
    pub targets: Arc<[Target]>,
}

/// What the workers of one broker share.
#[derive(Debug)]
pub struct Shared {
    /// Who gets what.
    pub router: Router,
    /// One for each worker.
    pub mailboxes: Box<[Mailbox<Mail>]>,
    /// Accepted connections.
    pub connections: AtomicUsize,
    /// Sessions.
    pub sessions: AtomicUsize,
    /// Bytes of Client Identifiers and Wills.
    pub connect_bytes: AtomicUsize,
    /// Sessions for whose sake publishers are held back.
    pub pressing: AtomicUsize,
    home_seed: u64,
}

impl Shared {
    /// For `workers` workers, at least one.
    pub fn new(workers: u16, config: &Config) -> Arc<Shared> {
        Arc::new(Shared {
            router: Router::with_limits(config.retained),
            mailboxes: (0..workers.max(1)).map(|_| Mailbox::new()).collect(),
            connections: AtomicUsize::new(0),
            sessions: AtomicUsize::new(0),
            connect_bytes: AtomicUsize::new(0),
            pressing: AtomicUsize::new(0),
            home_seed: config.home_seed,
        })
    }

    /// The worker that owns the session of `client_id`. Everything that concerns one Client happens
    /// there, in one thread.
    pub fn home(&self, client_id: &str) -> Worker {
        let mut hasher = DefaultHasher::new();
        (self.home_seed, client_id).hash(&mut hasher);
        Worker((hasher.finish() % self.mailboxes.len() as u64) as u16)
    }

    /// Whether a subscriber has fallen behind for whom publishers wait.
    pub fn is_pressed(&self) -> bool {
        self.pressing.load(Ordering::Relaxed) > 0
    }

    /// Whether a worker gets more letters than it reads.
    pub fn is_crowded(&self) -> bool {
        self.mailboxes.iter().any(Mailbox::is_crowded)
    }
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Why {
    /// The Client sent DISCONNECT.
    Disconnect,
    /// CONNACK with a return code other than 0.
    Refused,
    /// The Client broke a statement.
    Broken,
    /// The same Client connected again.
    TakenOver,
    /// CONNECT did not come in time.
    NoConnect,
    /// One and a half times Keep Alive without a packet.
    KeepAlive,
    /// It left bytes untaken for too long.
    Stalled,
    /// More messages waited for its session than may wait.
    Overflow,
    /// Another limit of the Server.
    Limit,
    /// The Server stops.
    Stopped,
    /// The Client or the network closed it, without DISCONNECT.
    Lost,
}

impl Why {
    /// Every reason.
    pub const ALL: [Why; 11] = [
        Why::Disconnect,
        Why::Refused,
        Why::Broken,
        Why::TakenOver,
        Why::NoConnect,
        Why::KeepAlive,
        Why::Stalled,
        Why::Overflow,
        Why::Limit,
        Why::Stopped,
        Why::Lost,
    ];

    /// In words, for a log.
    pub const fn text(self) -> &'static str {
        match self {
            Why::Disconnect => "disconnected",
            Why::Refused => "refused",
            Why::Broken => "broke the protocol",
            Why::TakenOver => "taken over by a new connection of the same Client Identifier",
            Why::NoConnect => "sent no CONNECT in time",
            Why::KeepAlive => "was silent for one and a half times its Keep Alive",
            Why::Stalled => "stopped reading",
            Why::Overflow => "fell too far behind; its session has ended",
            Why::Limit => "asked for more than the limits allow",
            Why::Stopped => "closed because the broker stops",
            Why::Lost => "went away without DISCONNECT",
        }
    }
}

/// What a worker has counted since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets received.
    pub packets: u64,
    /// CONNECTs accepted.
    pub accepted: u64,
    /// Connections closed, by reason.
    pub closed: [u64; Why::ALL.len()],
    /// PUBLISH packets received.
    pub published: u64,
    /// Messages handed to a connection or a queue.
    pub delivered: u64,
    /// Messages at QoS 0 that were dropped because their receiver was slow or absent.
    pub dropped: u64,
    /// Messages to topics that begin with `$`, acknowledged and dropped (S-91).
    pub reserved: u64,
    /// Acknowledgements that belong to nothing (S-58, S-64).
    pub stray_acks: u64,
    /// Subscriptions refused with 0x80.
    pub subscriptions_refused: u64,
    /// Retained messages refused.
    pub retained_refused: u64,
    /// Sessions ended because they overflowed.
    pub overflowed: u64,
}
