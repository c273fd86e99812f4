//! Packets with their fields, and raw bytes.

use std::collections::BTreeSet;

use etalon::packet::{ClientId, Kind, Text};
use etalon::topic::{TopicFilter, TopicName};

use super::super::{
    Answer, Client, Code, Connect, Flag, Number, Pattern, Payload, Piece, Publish, Will,
};
use super::word::{byte, end_of_line, fail, keyword, name, number, one, quoted, space, text};
use super::{Parsed, Side};

/// As much as one trace may ask for; sizes above 64 KiB are no verdict (S-03).
const BYTES_MAX: usize = 300_000;

/// Variables that have a value by now.
type Bound = BTreeSet<String>;

pub(super) fn pattern<'a>(bound: &mut Bound, side: Side, input: &'a str) -> Parsed<'a, Pattern> {
    let known = |word: &str| Kind::ALL.into_iter().find(|kind| kind.name() == word);
    let kind = name(input).ok().and_then(|(rest, word)| Some((rest, known(word)?)));
    let Some((rest, kind)) = kind else {
        return fail(
            input,
            match side {
                Side::Said => "a packet, `raw`, `split`, `open`, `cut` or `reset`",
                Side::Heard => "a packet, `raw`, `closed` or `nothing`",
            },
        );
    };
    let (rest, ()) = space(rest)?;
    match kind {
        Kind::Connect => connect(side, rest),
        Kind::Connack => connack(side, rest),
        Kind::Publish => publish(bound, side, rest),
        Kind::Puback | Kind::Pubrec | Kind::Pubrel | Kind::Pubcomp | Kind::Unsuback => {
            let (rest, id) = packet_id(bound, side, rest)?;
            Ok((rest, Pattern::Ack(kind, id)))
        }
        Kind::Subscribe => subscribe(bound, side, rest),
        Kind::Suback => suback(bound, side, rest),
        Kind::Unsubscribe => unsubscribe(bound, side, rest),
        Kind::Pingreq | Kind::Pingresp | Kind::Disconnect => Ok((rest, Pattern::Bare(kind))),
    }
}

/// Whether no further field follows.
fn ends(input: &str) -> bool {
    input.starts_with(['[', ';', '}']) || end_of_line(input).is_ok()
}

fn connect(side: Side, input: &str) -> Parsed<'_, Pattern> {
    let Some(rest) = input.strip_prefix("client=") else { return fail(input, "`client=`") };
    let (mut input, client) = client(side, rest)?;
    let (mut clean, mut keep_alive) = (false, None);
    let (mut will, mut will_qos, mut will_retain) = (None, None, false);
    let (mut user, mut password) = (None, None);
    loop {
        let at = space(input)?.0;
        if ends(at) {
            input = at;
            break;
        }
        if let (Ok((rest, ())), false) = (keyword("clean")(at), clean) {
            (input, clean) = (rest, true);
        } else if let (Some(rest), None) = (at.strip_prefix("keepalive="), keep_alive) {
            let (rest, seconds) = number(rest, "seconds", 0, 65_535)?;
            (input, keep_alive) = (rest, Some(seconds));
        } else if let (Some(rest), None) = (at.strip_prefix("will="), &will) {
            let (rest, topic) = topic(rest)?;
            let (rest, message) = payload(side, space(rest)?.0)?;
            (input, will) = (rest, Some((topic, message)));
        } else if let (Some(rest), None, true) =
            (at.strip_prefix("will-qos="), will_qos, will.is_some())
        {
            let (rest, value) = qos(rest)?;
            (input, will_qos) = (rest, Some(value));
        } else if let (Ok((rest, ())), false, true) =
            (keyword("will-retain")(at), will_retain, will.is_some())
        {
            (input, will_retain) = (rest, true);
        } else if let (Some(rest), None) = (at.strip_prefix("user="), &user) {
            let (behind, name) = text(rest, "a User Name")?;
            if Text::new(&name).is_err() {
                return fail(rest, "a User Name of at most 65535 bytes without U+0000");
            }
            (input, user) = (behind, Some(name));
        } else if let (Ok((rest, ())), None, true) =
            (keyword("password")(at), &password, user.is_some())
        {
            let (rest, value) = payload(side, space(rest)?.0)?;
            (input, password) = (rest, Some(value));
        } else {
            return fail(
                at,
                "`clean`, `keepalive=`, `will=`, and behind it `will-qos=` and `will-retain`, \
                 `user=`, and behind it `password`, each once",
            );
        }
    }
    if client == Client::Is(String::new()) && !clean {
        return fail(input, "`clean`, without which an empty Client Identifier is no CONNECT");
    }
    let keep_alive = keep_alive.and_then(|seconds| u16::try_from(seconds).ok()).unwrap_or(0);
    let will = will.map(|(topic, message)| Will {
        topic,
        message,
        qos: will_qos.unwrap_or(0),
        retain: will_retain,
    });
    Ok((input, Pattern::Connect(Connect { client, clean, keep_alive, will, user, password })))
}

fn client(side: Side, input: &str) -> Parsed<'_, Client> {
    if let Ok((rest, ())) = keyword("auto")(input) {
        return Ok((rest, Client::Auto));
    }
    match (keyword("any")(input), side) {
        (Ok((rest, ())), Side::Heard) => return Ok((rest, Client::Any)),
        (Ok(_), Side::Said) => return fail(input, "no `any` in what is sent"),
        (Err(_), Side::Said | Side::Heard) => {}
    }
    let (rest, id) = text(input, "a Client Identifier or `auto`")?;
    match ClientId::new(&id) {
        Ok(_) => Ok((rest, Client::Is(id))),
        Err(flaw) => fail(input, format!("a Client Identifier ({flaw})")),
    }
}

fn connack(side: Side, input: &str) -> Parsed<'_, Pattern> {
    if let Ok((rest, ())) = keyword("refused")(input) {
        let at = space(rest)?.0;
        if let (Ok((rest, ())), Side::Heard) = (keyword("any")(at), side) {
            return Ok((rest, Pattern::Connack(Answer::RefusedAny, Flag::Is(false))));
        }
        let (rest, code) = number(at, "a return code", 1, 5)?;
        return Ok((rest, Pattern::Connack(Answer::Refused(code as u8), Flag::Is(false))));
    }
    let Ok((rest, ())) = keyword("accepted")(input) else {
        return fail(input, "`accepted` or `refused`");
    };
    let at = space(rest)?.0;
    let (rest, present) = flag("present", side, at)?.map_or((rest, Flag::Is(false)), |found| found);
    Ok((rest, Pattern::Connack(Answer::Accepted, present)))
}

/// `dup` or `dup=any`, if it stands here.
fn flag<'a>(
    name: &'static str,
    side: Side,
    input: &'a str,
) -> Result<Option<(&'a str, Flag)>, nom::Err<super::Fault<'a>>> {
    if let Ok((rest, ())) = keyword(name)(input) {
        return Ok(Some((rest, Flag::Is(true))));
    }
    let Some(rest) = input.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) else {
        return Ok(None);
    };
    match (keyword("any")(rest), side) {
        (Ok((rest, ())), Side::Heard) => Ok(Some((rest, Flag::Any))),
        (Ok(_), Side::Said) => {
            fail(rest, "no `any` in what is sent").map(|(rest, ())| Some((rest, Flag::Any)))
        }
        (Err(_), Side::Said | Side::Heard) => {
            fail(rest, "`any`").map(|(rest, ())| Some((rest, Flag::Any)))
        }
    }
}

fn publish<'a>(bound: &mut Bound, side: Side, input: &'a str) -> Parsed<'a, Pattern> {
    let (mut input, topic) = topic(input)?;
    let (mut at_qos, mut id, mut dup, mut retain) = (None, None, None, None);
    let mut found = Payload::Text(String::new());
    loop {
        let at = space(input)?.0;
        if ends(at) {
            input = at;
            break;
        }
        if let (Some(rest), None) = (at.strip_prefix("qos="), at_qos) {
            let (rest, value) = qos(rest)?;
            (input, at_qos) = (rest, Some(value));
        } else if let (true, None) = (at.starts_with("id="), &id) {
            let (rest, value) = packet_id(bound, side, at)?;
            (input, id) = (rest, Some(value));
        } else if let (Some((rest, value)), None) = (flag("dup", side, at)?, dup) {
            (input, dup) = (rest, Some(value));
        } else if let (Some((rest, value)), None) = (flag("retain", side, at)?, retain) {
            (input, retain) = (rest, Some(value));
        } else if ["qos=", "id=", "dup", "retain"].iter().any(|field| at.starts_with(field)) {
            return fail(at, "each field once");
        } else {
            (input, found) = payload(side, at)?;
            break;
        }
    }
    let qos = at_qos.unwrap_or(0);
    let (dup, retain) = (dup.unwrap_or(Flag::Is(false)), retain.unwrap_or(Flag::Is(false)));
    if qos == 0 && id.is_some() {
        return fail(input, "no `id=` at QoS 0");
    }
    if qos == 0 && dup != Flag::Is(false) {
        return fail(input, "no `dup` at QoS 0");
    }
    if qos > 0 && id.is_none() {
        return fail(input, "`id=` at QoS 1 and 2");
    }
    let publish = Publish { topic, qos, id, dup, retain, payload: found };
    Ok((input, Pattern::Publish(publish)))
}

fn subscribe<'a>(bound: &mut Bound, side: Side, input: &'a str) -> Parsed<'a, Pattern> {
    let (mut input, id) = packet_id(bound, side, input)?;
    let mut requests = Vec::new();
    loop {
        let at = space(input)?.0;
        if ends(at) && !requests.is_empty() {
            return Ok((at, Pattern::Subscribe(id, requests)));
        }
        let (rest, filter) = filter(at)?;
        let at = space(rest)?.0;
        let Some(rest) = at.strip_prefix("qos=") else {
            return fail(at, "`qos=` behind each Topic Filter");
        };
        let (rest, qos) = qos(rest)?;
        requests.push((filter, qos));
        input = rest;
    }
}

fn suback<'a>(bound: &mut Bound, side: Side, input: &'a str) -> Parsed<'a, Pattern> {
    let (mut input, id) = packet_id(bound, side, input)?;
    let mut codes = Vec::new();
    loop {
        let at = space(input)?.0;
        if ends(at) && !codes.is_empty() {
            return Ok((at, Pattern::Suback(id, codes)));
        }
        let (rest, code) = if let Ok((rest, ())) = keyword("failure")(at) {
            (rest, Code::Failure)
        } else if let (Ok((rest, ())), Side::Heard) = (keyword("any")(at), side) {
            (rest, Code::Any)
        } else {
            let what = "a return code: `failure`, `any` or a granted QoS";
            let (rest, qos) = number(at, what, 0, 2)?;
            (rest, Code::Granted(qos as u8))
        };
        codes.push(code);
        input = rest;
    }
}

fn unsubscribe<'a>(bound: &mut Bound, side: Side, input: &'a str) -> Parsed<'a, Pattern> {
    let (mut input, id) = packet_id(bound, side, input)?;
    let mut filters = Vec::new();
    loop {
        let at = space(input)?.0;
        if ends(at) && !filters.is_empty() {
            return Ok((at, Pattern::Unsubscribe(id, filters)));
        }
        let (rest, one) = filter(at)?;
        filters.push(one);
        input = rest;
    }
}

fn packet_id<'a>(bound: &mut Bound, side: Side, input: &'a str) -> Parsed<'a, Number> {
    let Some(rest) = input.strip_prefix("id=") else { return fail(input, "`id=`") };
    if let Some(behind) = rest.strip_prefix('$') {
        let Ok((behind, name)) = name(behind) else { return fail(behind, "a variable") };
        if side == Side::Said && !bound.contains(name) {
            return fail(rest, "a variable that has a value by now");
        }
        bound.insert(name.to_owned());
        return Ok((behind, Number::Variable(name.to_owned())));
    }
    if let (Ok((rest, ())), Side::Heard) = (keyword("any")(rest), side) {
        return Ok((rest, Number::Any));
    }
    let (rest, id) = number(rest, "a Packet Identifier", 1, 65_535)?;
    Ok((rest, Number::Is(id as u16)))
}

fn qos(input: &str) -> Parsed<'_, u8> {
    let (rest, qos) = number(input, "a QoS", 0, 2)?;
    Ok((rest, qos as u8))
}

fn topic(input: &str) -> Parsed<'_, String> {
    let (rest, name) = text(input, "a Topic Name")?;
    match TopicName::new(&name) {
        Ok(_) => Ok((rest, name)),
        Err(flaw) => fail(input, format!("a Topic Name ({flaw})")),
    }
}

fn filter(input: &str) -> Parsed<'_, String> {
    let (rest, filter) = text(input, "a Topic Filter")?;
    match TopicFilter::new(&filter) {
        Ok(_) => Ok((rest, filter)),
        Err(flaw) => fail(input, format!("a Topic Filter ({flaw})")),
    }
}

fn payload(side: Side, input: &str) -> Parsed<'_, Payload> {
    if input.starts_with('"') {
        let (rest, text) = quoted(input)?;
        return Ok((rest, Payload::Text(text)));
    }
    if let Ok((rest, ())) = keyword("hex")(input) {
        let (rest, bytes) = bytes(rest)?;
        return Ok((rest, Payload::Hex(bytes)));
    }
    if let Ok((rest, ())) = keyword("repeat")(input) {
        let (rest, times) = number(space(rest)?.0, "a number of times", 0, BYTES_MAX)?;
        let (rest, text) = quoted(space(rest)?.0)?;
        return Ok((rest, Payload::Repeat(times, text)));
    }
    if side == Side::Heard {
        if let Ok((rest, ())) = keyword("any")(input) {
            return Ok((rest, Payload::Any));
        }
        if let Ok((rest, ())) = keyword("size")(input) {
            let (rest, bytes) = number(space(rest)?.0, "a number of bytes", 0, BYTES_MAX)?;
            return Ok((rest, Payload::Size(bytes)));
        }
        return fail(input, "a field or a payload: `\"`, `hex`, `repeat`, `size` or `any`");
    }
    fail(input, "a field or a payload: `\"`, `hex` or `repeat`")
}

fn bytes(input: &str) -> Parsed<'_, Vec<u8>> {
    let mut found = Vec::new();
    let mut input = space(input)?.0;
    loop {
        match byte(input) {
            Ok((rest, byte)) => {
                found.push(byte);
                input = space(rest)?.0;
            }
            Err(nom::Err::Error(_)) if !found.is_empty() => return Ok((input, found)),
            Err(_) => return fail(input, "a byte of two hexadecimal digits"),
        }
    }
}

/// What follows `raw`.
pub(super) fn pieces(input: &str) -> Parsed<'_, Vec<Piece>> {
    let (rest, pieces) = pieces_within(input, 0)?;
    if pieces.is_empty() {
        return fail(rest, "bytes, text in quotes, `s\"`, `(` or `repeat`");
    }
    Ok((rest, pieces))
}

fn pieces_within(mut input: &str, depth: usize) -> Parsed<'_, Vec<Piece>> {
    let mut all: Vec<Piece> = Vec::new();
    loop {
        input = space(input)?.0;
        if ends(input) || input.starts_with(')') {
            return Ok((input, all));
        }
        let (rest, next) = piece(input, depth)?;
        match (all.last_mut(), next) {
            (Some(Piece::Bytes(last)), Piece::Bytes(more)) => last.extend(more),
            (_, next) => all.push(next),
        }
        input = rest;
    }
}

fn piece(input: &str, depth: usize) -> Parsed<'_, Piece> {
    if input.starts_with('"') {
        let (rest, text) = quoted(input)?;
        return Ok((rest, Piece::Text(text)));
    }
    if input.starts_with("s\"") {
        let (rest, text) = quoted(input.strip_prefix('s').unwrap_or(input))?;
        return Ok((rest, Piece::Field(text)));
    }
    if let Ok((rest, ())) = one('(')(input) {
        if depth > 0 {
            return fail(input, "no `(` within another");
        }
        let (rest, pieces) = pieces_within(rest, depth + 1)?;
        return match one(')')(rest) {
            Ok((rest, ())) => Ok((rest, Piece::Counted(pieces))),
            Err(_) => fail(rest, "`)`"),
        };
    }
    if let Ok((rest, ())) = keyword("repeat")(input) {
        let (rest, times) = number(space(rest)?.0, "a number of times", 0, BYTES_MAX)?;
        let at = space(rest)?.0;
        if at.starts_with("repeat") || at.starts_with('(') {
            return fail(at, "a byte or text in quotes");
        }
        let (rest, what) = piece(at, depth)?;
        return Ok((rest, Piece::Repeat(times, Box::new(what))));
    }
    match byte(input) {
        Ok((rest, byte)) => Ok((rest, Piece::Bytes(vec![byte]))),
        Err(nom::Err::Failure(fault)) => Err(nom::Err::Failure(fault)),
        Err(_) => fail(input, "bytes, text in quotes, `s\"`, `(` or `repeat`"),
    }
}
