//! What a peer can make a broker hold: bytes in, bounded memory.
//!
//! The measure is the allocator's; a test and a fuzz target bring one that counts and hand it over.

use etalon::broker::{Broker, Config, Input, Output, Shared};
use etalon::outgoing::Link;
use etalon::packet::{Limits, decode};
use etalon::router::Worker;
use etalon::session;
use etalon::time::{Duration, Instant};

/// An allocator that counts.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// Bytes that are allocated.
    pub now: fn() -> usize,
    /// The most that was allocated at one time since [`Meter::reset`].
    pub most: fn() -> usize,
    /// Begins to count the most anew.
    pub reset: fn(),
}

impl Meter {
    /// How much more was allocated at one time in `work` than before it.
    pub fn most_in(self, work: impl FnOnce()) -> usize {
        let before = (self.now)();
        (self.reset)();
        work();
        (self.most)().saturating_sub(before)
    }
}

/// Allocated by one connection for each byte that it sends, at most. What costs most is a filter: an
/// entry with its text in the router and one in the session.
pub const PER_BYTE: usize = 32;

/// Allocated by a worker whatever one connection sends: its tables, what waits for the connection up to
/// the limits on that, and what it collects in one turn, which is most of it. A few filters that match
/// everything ask for every retained message once each, so the product of both is what a turn and the
/// limits have to bound.
pub const BESIDES: usize = 4 << 20;

/// The decoder allocates nothing at all, whatever it is given.
///
/// # Panics
/// If it does.
pub fn decoder_memory(bytes: &[u8], meter: Meter) {
    for limits in [Limits::SERVER, Limits::CLIENT, Limits::EITHER] {
        let most = meter.most_in(|| {
            let _ = decode(bytes, limits);
        });
        assert_eq!(most, 0, "the decoder allocated {most} bytes for {}", bytes.len());
    }
}

/// One connection that says anything makes a broker allocate no more than [`PER_BYTE`] for each of
/// its bytes and [`BESIDES`]. What a client says comes first or not; both are tried.
///
/// # Panics
/// If it makes it allocate more.
pub fn connection_memory(bytes: &[u8], meter: Meter) {
    let connect = [&b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01a"[..], bytes].concat();
    for bytes in [bytes, &connect] {
        let most = meter.most_in(|| one_connection(bytes));
        let allowed = PER_BYTE * bytes.len() + BESIDES;
        assert!(most <= allowed, "{} bytes made the broker allocate {most}", bytes.len());
    }
}

/// Turns of a millisecond, short of the time that a Client has to say CONNECT.
const TURNS: u64 = 1_000;

/// A broker and a Client that reads nothing.
fn one_connection(bytes: &[u8]) {
    let config = Config {
        session: session::Limits {
            unsent_bytes_max: 64 * 1024,
            waiting_messages_max: 1_000,
            ..Config::default().session
        },
        ..Config::default()
    };
    let mut broker = Broker::new(Worker(0), Shared::new(1, &config), config);
    let link = Link(0);
    let mut tell = |after: u64, input: Input<'_>| {
        broker.handle(Instant::START + Duration::from_millis(after), input);
        while let Some(output) = broker.poll() {
            match output {
                Output::Close(link, ..) => broker.handle(Instant::START, Input::Closed(link)),
                Output::Transmit(_) | Output::Move(..) | Output::Wake(_) | Output::Broken(..) => {}
            }
        }
    };
    tell(0, Input::Opened(link));
    for part in bytes.chunks(1024) {
        tell(0, Input::Bytes(link, part));
    }
    // What needs several turns gets them.
    for turn in 0..TURNS {
        tell(turn, Input::Tick);
    }
}
