//! From an example to the smallest one that shows the same.
//!
//! A candidate is taken if it is smaller and still shows it; smaller means fewer bytes on the wire,
//! then fewer bytes that are not `a`, 0 or 1, then the lesser bytes. Candidates are offered in
//! batches, so that a codec in another process can be asked for many at once.

use super::corrupt::first_text;
use super::encoder::read_whole;
use super::request::{ConnectRequest, PublishRequest, Request};
use super::write::{as_asked, framed};
use crate::packet::Kind;

/// So many entries of a list are tried one by one.
const ENTRIES_MAX: usize = 24;

/// So many times something smaller is looked for; every time brings it at least one byte further.
const ROUNDS_MAX: usize = 400;

/// The smallest request that can be reached for which `first` still finds one.
///
/// `first` is told candidates, the most promising first, and answers with the place of the first
/// that still shows what the original showed.
///
/// # Errors
/// That of `first`.
pub fn smallest_request<E>(
    request: Request,
    first: impl FnMut(&[Request]) -> Result<Option<usize>, E>,
) -> Result<Request, E> {
    smallest(request, simpler, |request| size(&as_asked(request)), first)
}

/// The same for the bytes of one packet.
///
/// # Errors
/// That of `first`.
pub fn smallest_bytes<E>(
    bytes: Vec<u8>,
    first: impl FnMut(&[Vec<u8>]) -> Result<Option<usize>, E>,
) -> Result<Vec<u8>, E> {
    smallest(bytes, |bytes| simpler_bytes(bytes), |bytes| size(bytes), first)
}

fn smallest<T: Clone, E>(
    mut best: T,
    simpler: impl Fn(&T) -> Vec<T>,
    size: impl Fn(&T) -> (usize, usize, Vec<u8>),
    mut first: impl FnMut(&[T]) -> Result<Option<usize>, E>,
) -> Result<T, E> {
    for _ in 0..ROUNDS_MAX {
        let now = size(&best);
        let candidates: Vec<T> =
            simpler(&best).into_iter().filter(|candidate| size(candidate) < now).collect();
        let found = if candidates.is_empty() { None } else { first(&candidates)? };
        match found.and_then(|at| candidates.get(at)) {
            Some(smaller) => best = smaller.clone(),
            None => break,
        }
    }
    Ok(best)
}

fn size(bytes: &[u8]) -> (usize, usize, Vec<u8>) {
    let strange = bytes.iter().skip(2).filter(|byte| !matches!(byte, 0 | 1 | b'a')).count();
    (bytes.len(), strange, bytes.to_vec())
}

/// Requests that are a step simpler.
fn simpler(request: &Request) -> Vec<Request> {
    match request {
        Request::Connect(connect) => {
            simpler_connect(connect).into_iter().map(Request::Connect).collect()
        }
        Request::Connack { session_present, return_code } => numbers(u16::from(*return_code))
            .into_iter()
            .map(|code| (*session_present, code.to_be_bytes()[1]))
            .chain([(false, *return_code)])
            .map(|(session_present, return_code)| Request::Connack { session_present, return_code })
            .collect(),
        Request::Publish(publish) => {
            simpler_publish(publish).into_iter().map(Request::Publish).collect()
        }
        Request::Puback { packet_id } => {
            with_id(*packet_id, |id| Request::Puback { packet_id: id })
        }
        Request::Pubrec { packet_id } => {
            with_id(*packet_id, |id| Request::Pubrec { packet_id: id })
        }
        Request::Pubrel { packet_id } => {
            with_id(*packet_id, |id| Request::Pubrel { packet_id: id })
        }
        Request::Pubcomp { packet_id } => {
            with_id(*packet_id, |id| Request::Pubcomp { packet_id: id })
        }
        Request::Unsuback { packet_id } => {
            with_id(*packet_id, |id| Request::Unsuback { packet_id: id })
        }
        Request::Subscribe { packet_id, requests } => {
            let with = |packet_id, requests| Request::Subscribe { packet_id, requests };
            simpler_list(*packet_id, requests, with, |(filter, qos)| {
                let filters = texts(filter).into_iter().map(|filter| (filter, *qos));
                filters.chain((0..*qos).take(4).map(|qos| (filter.clone(), qos))).collect()
            })
        }
        Request::Suback { packet_id, return_codes } => {
            let with = |packet_id, return_codes| Request::Suback { packet_id, return_codes };
            simpler_list(*packet_id, return_codes, with, |code| (0..*code).take(4).collect())
        }
        Request::Unsubscribe { packet_id, topic_filters } => {
            let with = |packet_id, topic_filters| Request::Unsubscribe { packet_id, topic_filters };
            simpler_list(*packet_id, topic_filters, with, |filter| texts(filter))
        }
        Request::Pingreq | Request::Pingresp | Request::Disconnect => Vec::new(),
    }
}

fn simpler_connect(connect: &ConnectRequest) -> Vec<ConnectRequest> {
    let mut out = Vec::new();
    let plain = ConnectRequest { will: None, will_qos: 0, will_retain: false, ..connect.clone() };
    out.push(ConnectRequest { user_name: None, password: None, ..plain.clone() });
    out.push(plain);
    out.push(ConnectRequest { will: None, ..connect.clone() });
    out.push(ConnectRequest { user_name: None, password: None, ..connect.clone() });
    out.push(ConnectRequest { password: None, ..connect.clone() });
    for client_id in texts(&connect.client_id) {
        out.push(ConnectRequest { client_id: client_id.clone(), ..connect.clone() });
        out.push(ConnectRequest { client_id, clean_session: true, ..connect.clone() });
    }
    if let Some((topic, message)) = &connect.will {
        for topic in texts(topic) {
            out.push(ConnectRequest { will: Some((topic, message.clone())), ..connect.clone() });
        }
        for message in binaries(message) {
            out.push(ConnectRequest { will: Some((topic.clone(), message)), ..connect.clone() });
        }
    }
    for user_name in connect.user_name.iter().flat_map(|name| texts(name)) {
        out.push(ConnectRequest { user_name: Some(user_name), ..connect.clone() });
    }
    for password in connect.password.iter().flat_map(|password| binaries(password)) {
        out.push(ConnectRequest { password: Some(password), ..connect.clone() });
    }
    out.push(ConnectRequest { will_qos: 0, ..connect.clone() });
    out.push(ConnectRequest { will_retain: false, ..connect.clone() });
    out.push(ConnectRequest { clean_session: false, ..connect.clone() });
    for keep_alive in numbers(connect.keep_alive) {
        out.push(ConnectRequest { keep_alive, ..connect.clone() });
    }
    out
}

fn simpler_publish(publish: &PublishRequest) -> Vec<PublishRequest> {
    let mut out = vec![PublishRequest { qos: 0, dup: false, packet_id: None, ..publish.clone() }];
    for payload in binaries(&publish.payload) {
        out.push(PublishRequest { payload, ..publish.clone() });
    }
    for topic_name in texts(&publish.topic_name) {
        out.push(PublishRequest { topic_name, ..publish.clone() });
    }
    out.push(PublishRequest {
        qos: 1,
        packet_id: publish.packet_id.or(Some(1)),
        ..publish.clone()
    });
    out.push(PublishRequest { retain: false, ..publish.clone() });
    out.push(PublishRequest { dup: false, ..publish.clone() });
    for packet_id in publish.packet_id.iter().flat_map(|number| numbers(*number)) {
        out.push(PublishRequest { packet_id: Some(packet_id), ..publish.clone() });
    }
    out
}

fn simpler_list<T: Clone>(
    packet_id: u16,
    list: &[T],
    with: impl Fn(u16, Vec<T>) -> Request,
    simpler_entry: impl Fn(&T) -> Vec<T>,
) -> Vec<Request> {
    let mut out: Vec<Request> =
        lists(list, simpler_entry).into_iter().map(|list| with(packet_id, list)).collect();
    out.extend(with_id(packet_id, |packet_id| with(packet_id, list.to_vec())));
    out
}

fn with_id(packet_id: u16, request: impl Fn(u16) -> Request) -> Vec<Request> {
    numbers(packet_id).into_iter().map(request).collect()
}

fn numbers(number: u16) -> Vec<u16> {
    let high = number & 0xFF00;
    let less = [0, 1, number & 0x00FF, high, high | 1, 0x0100, 0x0101, number >> 1];
    less.into_iter().chain(number.checked_sub(1)).filter(|less| *less < number).collect()
}

/// Shorter lengths, the shortest first.
fn lengths(length: usize) -> Vec<usize> {
    let mut shorter = vec![0, 1];
    shorter.extend((1..17).map(|half| length.saturating_sub(length >> half)));
    shorter.extend(length.checked_sub(1));
    shorter.retain(|shorter| *shorter < length);
    shorter.dedup();
    shorter
}

fn texts(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for bytes in lengths(text.len()) {
        let cut = (bytes..text.len()).find(|at| text.is_char_boundary(*at));
        out.extend(cut.and_then(|at| text.get(..at)).map(str::to_owned));
    }
    out.extend(text.chars().next().map(|first| first.into()));
    let mut behind = text.chars();
    if behind.next().is_some() {
        out.push(behind.as_str().to_owned());
    }
    out.push("a".repeat(text.len()));
    for (at, own) in text.char_indices().filter(|(_, own)| *own != 'a').take(ENTRIES_MAX) {
        let mut plain = text.to_owned();
        plain.replace_range(at..at.saturating_add(own.len_utf8()), "a");
        out.push(plain);
    }
    out
}

fn binaries(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = lengths(bytes.len())
        .into_iter()
        .filter_map(|length| bytes.get(..length))
        .map(<[u8]>::to_vec)
        .collect();
    out.push(vec![b'a'; bytes.len()]);
    out
}

fn lists<T: Clone>(list: &[T], simpler: impl Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut out: Vec<Vec<T>> = lengths(list.len())
        .into_iter()
        .filter_map(|length| list.get(..length))
        .map(<[T]>::to_vec)
        .collect();
    for at in 0..list.len().min(ENTRIES_MAX) {
        let mut without = list.to_vec();
        without.remove(at);
        out.push(without);
    }
    for (at, entry) in list.iter().enumerate().take(ENTRIES_MAX) {
        for entry in simpler(entry) {
            let mut other = list.to_vec();
            other.splice(at..=at, [entry]);
            out.push(other);
        }
    }
    out
}

/// Packets that are a step simpler, as far as bytes tell: less of what has a two-byte length, less
/// of the end, a plainer byte. Remaining Length is kept true if it was.
fn simpler_bytes(bytes: &[u8]) -> Vec<Vec<u8>> {
    let header = bytes.iter().skip(1).take_while(|byte| **byte >= 0x80).count().saturating_add(2);
    let (Some(first), Some(body)) = (bytes.first(), bytes.get(header..)) else { return Vec::new() };
    let mut out = Vec::new();
    if let Ok((packet, _)) = read_whole(bytes) {
        out.extend(simpler(&Request::from(&packet)).iter().map(as_asked));
    }
    // Text follows text, in SUBSCRIBE with a byte between; as far as the lengths lead.
    let gap = usize::from(*first >> 4 == Kind::Subscribe.bits());
    let mut next = first_text(*first).unwrap_or(body.len());
    for _ in 0..ENTRIES_MAX {
        let at = next;
        let Some([high, low]) = body.get(at..).and_then(|rest| rest.first_chunk::<2>()) else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let begin = at.saturating_add(2);
        if body.len() < begin.saturating_add(length) {
            break;
        }
        next = begin.saturating_add(length).saturating_add(gap);
        let end = begin.saturating_add(length);
        for shorter in lengths(length) {
            let prefix = u16::try_from(shorter).unwrap_or(u16::MAX).to_be_bytes();
            // Once its end goes, and once its beginning.
            let dropped = length.saturating_sub(shorter);
            for dropped in
                [begin.saturating_add(shorter)..end, begin..begin.saturating_add(dropped)]
            {
                let mut body = body.to_vec();
                body.drain(dropped);
                body.splice(at..begin, prefix);
                out.push(framed(*first, &body));
            }
        }
    }
    for length in lengths(body.len()) {
        out.extend(body.get(..length).map(|body| framed(*first, body)));
    }
    for at in 0..body.len().min(64) {
        let mut without = body.to_vec();
        without.remove(at);
        out.push(framed(*first, &without));
    }
    for at in header..bytes.len().min(64) {
        for plain in [0, b'a'] {
            let mut other = bytes.to_vec();
            other.splice(at..=at, [plain]);
            out.push(other);
        }
    }
    out
}
