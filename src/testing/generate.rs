//! Where requests come from: a seed and a number give one, always the same.
//!
//! Entropy is drawn through [`arbitrary::Unstructured`], so a fuzzer can steer it too
//! ([`Request`] is [`Arbitrary`]). Edges are likelier than the middle: empty and 65,535 bytes, the
//! borders of every size of Remaining Length, characters at the borders of UTF-8, identifiers whose
//! bytes differ, every combination of flags. Now and then the request is one that the standard forbids.

use arbitrary::{Arbitrary, Unstructured};

use super::request::{ConnectRequest, PublishRequest, Request};
use crate::packet::Kind;
use crate::topic::TEXT_BYTES_MAX;

/// How much entropy a request gets; when it is used up, everything else is 0 and short.
const ENTROPY_BYTES: usize = 256;

/// One request in so many is forbidden, where that is wanted.
const FORBIDDEN_ONE_IN: usize = 8;

/// One PUBLISH in so many has a Remaining Length of 2,097,151 or 2,097,152: rare, since such a
/// packet takes as long as a thousand others.
const HUGE_ONE_IN: usize = 1_024;

/// Which requests are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// These types of packets, in the likelihood that follows from how often they stand here.
    pub kinds: Vec<Kind>,
    /// Whether forbidden ones too.
    pub forbidden: bool,
}

impl Default for Wanted {
    /// Every type, those with more fields more often; forbidden ones too.
    fn default() -> Self {
        let mut kinds = Kind::ALL.to_vec();
        kinds.extend([Kind::Connect; 4]);
        kinds.extend([Kind::Publish; 6]);
        kinds.extend([Kind::Subscribe; 3]);
        kinds.extend([Kind::Unsubscribe, Kind::Suback, Kind::Connack]);
        Wanted { kinds, forbidden: true }
    }
}

/// The request with this number; a seed and a number always give the same one.
pub fn request(seed: u64, number: u64, wanted: &Wanted) -> Request {
    let entropy = entropy(seed, number);
    draw(&mut Source(Unstructured::new(&entropy)), wanted)
}

/// The bytes that the case with this number is made of.
pub(super) fn entropy(seed: u64, number: u64) -> Vec<u8> {
    // splitmix64; the number is mixed in first, so that neighbours have nothing in common.
    let mut state = mixed(seed) ^ mixed(number.wrapping_add(0x9E37_79B9_7F4A_7C15));
    let mut bytes = Vec::with_capacity(ENTROPY_BYTES);
    while bytes.len() < ENTROPY_BYTES {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        bytes.extend(mixed(state).to_le_bytes());
    }
    bytes
}

const fn mixed(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

impl<'a> Arbitrary<'a> for Request {
    fn arbitrary(entropy: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let rest = entropy.bytes(entropy.len())?;
        Ok(draw(&mut Source(Unstructured::new(rest)), &Wanted::default()))
    }
}

/// Draws one request.
pub(super) fn draw(source: &mut Source<'_>, wanted: &Wanted) -> Request {
    let kind = source.pick(&wanted.kinds).unwrap_or(Kind::Publish);
    let mut request = source.valid(kind);
    if wanted.forbidden && source.one_in(FORBIDDEN_ONE_IN) {
        source.forbid(&mut request);
    }
    request
}

/// Draws from entropy; what is drawn from none is the first choice.
pub(super) struct Source<'a>(pub Unstructured<'a>);

impl Source<'_> {
    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0.int_in_range(0..=bound.saturating_sub(1)).unwrap_or(0)
    }

    /// True once in `bound` times; never when there is no entropy left.
    pub(super) fn one_in(&mut self, bound: usize) -> bool {
        bound > 0 && self.below(bound) == bound.saturating_sub(1)
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = self.below(from.len());
        from.get(at).copied()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0.int_in_range(0..=u8::MAX).unwrap_or(0)
    }

    fn yes(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn number(&mut self) -> u16 {
        const EDGES: [u16; 10] = [0, 1, 2, 0x00FF, 0x0100, 0x0102, 0x7FFF, 0x8000, 0xFF00, 0xFFFF];
        if self.yes() {
            return self.pick(&EDGES).unwrap_or(0);
        }
        self.0.int_in_range(0..=u16::MAX).unwrap_or(0)
    }

    fn packet_id(&mut self) -> u16 {
        self.number().max(1)
    }

    fn valid(&mut self, kind: Kind) -> Request {
        let packet_id = self.packet_id();
        match kind {
            Kind::Connect => Request::Connect(self.connect()),
            Kind::Connack => {
                let return_code = self.pick(&[0, 0, 0, 1, 2, 3, 4, 5]).unwrap_or(0);
                Request::Connack { session_present: return_code == 0 && self.yes(), return_code }
            }
            Kind::Publish => Request::Publish(self.publish(packet_id)),
            Kind::Puback => Request::Puback { packet_id },
            Kind::Pubrec => Request::Pubrec { packet_id },
            Kind::Pubrel => Request::Pubrel { packet_id },
            Kind::Pubcomp => Request::Pubcomp { packet_id },
            Kind::Subscribe => {
                let mut requests: Vec<_> = (0..self.entries())
                    .map(|_| (self.filter(), self.pick(&[0, 1, 2]).unwrap_or(0)))
                    .collect();
                let body = requests.iter().map(|(it, _)| it.len().saturating_add(3)).sum::<usize>();
                if let Some((last, _)) = requests.last_mut() {
                    self.stretch_to_border(body.saturating_add(2), last);
                }
                Request::Subscribe { packet_id, requests }
            }
            Kind::Suback => {
                let mut return_codes: Vec<u8> =
                    (0..self.entries()).map(|_| self.pick(&[0, 1, 2, 0x80]).unwrap_or(0)).collect();
                if let Some(bytes) = self.border(return_codes.len().saturating_add(2)) {
                    return_codes.resize(return_codes.len().saturating_add(bytes), 1);
                }
                Request::Suback { packet_id, return_codes }
            }
            Kind::Unsubscribe => {
                let mut topic_filters: Vec<_> =
                    (0..self.entries()).map(|_| self.filter()).collect();
                let body = topic_filters.iter().map(|it| it.len().saturating_add(2)).sum::<usize>();
                if let Some(last) = topic_filters.last_mut() {
                    self.stretch_to_border(body.saturating_add(2), last);
                }
                Request::Unsubscribe { packet_id, topic_filters }
            }
            Kind::Unsuback => Request::Unsuback { packet_id },
            Kind::Pingreq => Request::Pingreq,
            Kind::Pingresp => Request::Pingresp,
            Kind::Disconnect => Request::Disconnect,
        }
    }

    fn connect(&mut self) -> ConnectRequest {
        let mut connect = ConnectRequest {
            client_id: self.text(),
            clean_session: self.yes(),
            keep_alive: self.number(),
            ..ConnectRequest::default()
        };
        if connect.client_id.is_empty() && !connect.clean_session {
            connect.client_id.push('c');
        }
        if self.yes() {
            connect.will = Some((self.name(), self.binary()));
            connect.will_qos = self.pick(&[0, 1, 2]).unwrap_or(0);
            connect.will_retain = self.yes();
        }
        if self.yes() {
            connect.user_name = Some(self.text());
            if self.yes() {
                connect.password = Some(self.binary());
            }
        }
        let text = |text: &String| text.len().saturating_add(2);
        let data = |data: &Vec<u8>| data.len().saturating_add(2);
        let will =
            connect.will.as_ref().map_or(0, |(topic, it)| text(topic).saturating_add(data(it)));
        let name = connect.user_name.as_ref().map_or(0, text);
        let password = connect.password.as_ref().map_or(0, data);
        let body = [10, text(&connect.client_id), will, name, password].iter().sum();
        self.stretch_to_border(body, &mut connect.client_id);
        connect
    }

    fn publish(&mut self, packet_id: u16) -> PublishRequest {
        let qos = self.pick(&[0, 1, 2]).unwrap_or(0);
        let packet_id = (qos > 0).then_some(packet_id);
        let mut publish = PublishRequest {
            dup: qos > 0 && self.yes(),
            qos,
            retain: self.yes(),
            topic_name: self.name(),
            packet_id,
            payload: self.binary(),
        };
        let header = publish.topic_name.len().saturating_add(if qos > 0 { 4 } else { 2 });
        let border = if self.one_in(HUGE_ONE_IN) {
            self.pick(&[2_097_151, 2_097_152]).and_then(|border| {
                usize::checked_sub(border, publish.payload.len().saturating_add(header))
            })
        } else {
            self.border(publish.payload.len().saturating_add(header))
        };
        if let Some(more) = border {
            publish.payload.resize(publish.payload.len().saturating_add(more), b'.');
        }
        publish
    }

    /// How many entries a list gets.
    fn entries(&mut self) -> usize {
        match self.below(32) {
            31 => 40,
            few => few.checked_rem(5).unwrap_or(0).saturating_add(1),
        }
    }

    /// How much is missing to a border of Remaining Length; usually that is not asked for.
    fn border(&mut self, body_bytes: usize) -> Option<usize> {
        let border = match self.below(256) {
            200..=227 => self.pick(&[127, 128]),
            228..=231 => self.pick(&[16_383, 16_384]),
            _ => None,
        };
        border.and_then(|border| usize::checked_sub(border, body_bytes))
    }

    /// Makes the packet so long that its Remaining Length is at a border.
    fn stretch_to_border(&mut self, body_bytes: usize, text: &mut String) {
        if let Some(more) = self.border(body_bytes)
            && !text.ends_with(['+', '#'])
        {
            text.extend(core::iter::repeat_n('b', more));
        }
    }

    fn binary(&mut self) -> Vec<u8> {
        match self.below(256) {
            0..=200 => {
                let bytes = self.below(12);
                (0..bytes).map(|_| self.byte()).collect()
            }
            201..=249 => self.pick(&[125, 126, 127, 128, 255, 256, 257]).map_or(Vec::new(), filled),
            250..=253 => self.pick(&[16_380, 16_383, 16_384, 16_385]).map_or(Vec::new(), filled),
            _ => filled(TEXT_BYTES_MAX),
        }
    }

    /// Text that may be empty.
    fn text(&mut self) -> String {
        let mut text = String::new();
        let pieces = self.below(6);
        for _ in 0..pieces {
            text.push_str(self.piece());
        }
        self.stretch(&mut text);
        text
    }

    fn piece(&mut self) -> &'static str {
        /// Well-formed and unsuspicious, at the borders of what UTF-8 can say.
        const PIECES: [&str; 15] = [
            "a", "Z", "0", " ", "~", "$", ".", "/", "\u{A0}", "ä", "\u{7FF}", "\u{FEFF}",
            "\u{D7FF}", "\u{E000}", "𪛔",
        ];
        /// Well-formed, and a receiver may close on them.
        const DUBIOUS: [&str; 5] = ["\u{1}", "\u{1F}", "\u{7F}", "\u{FFFF}", "\u{10FFFF}"];
        let from: &[&str] = if self.one_in(100) { &DUBIOUS } else { &PIECES };
        self.pick(from).unwrap_or("a")
    }

    /// Once in a while, as long as a length has an edge.
    fn stretch(&mut self, text: &mut String) {
        let bytes = match self.below(256) {
            230..=249 => self.pick(&[127, 128, 255, 256, 257]).unwrap_or(0),
            250..=252 => self.pick(&[16_384, 32_767, 32_768]).unwrap_or(0),
            253 => TEXT_BYTES_MAX,
            _ => 0,
        };
        text.extend(core::iter::repeat_n('s', bytes.saturating_sub(text.len())));
    }

    /// A Topic Name.
    fn name(&mut self) -> String {
        let name = self.text();
        if name.is_empty() { "t".into() } else { name }
    }

    /// A Topic Filter.
    fn filter(&mut self) -> String {
        let levels = self.below(4);
        let mut filter = String::new();
        for _ in 0..levels {
            if self.one_in(3) {
                filter.push('+');
            } else {
                let letters = self.below(3);
                for _ in 0..letters {
                    filter.push_str(self.piece());
                }
            }
            filter.push('/');
        }
        if self.one_in(3) {
            filter.push('#');
        } else {
            filter.push('f');
            self.stretch(&mut filter);
        }
        filter
    }
}

/// Bytes that differ, so that none can be dropped or swapped unseen.
fn filled(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at % 251) as u8).collect()
}
