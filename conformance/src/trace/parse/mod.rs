//! The grammar from the top: headers, steps, blocks. Packets and words have files of their own.
//!
//! Every parser that has recognised its beginning fails for good if the rest is not as expected,
//! so the mistake that is reported is the one that was made.

mod packet;
mod word;

use std::collections::BTreeSet;

use etalon::spec::Id;
use etalon::violation::Weight;
use nom::Err;
use nom::error::{ErrorKind, ParseError};

use super::{Act, Branch, Change, Expected, Heard, Line, Mistake, Remark, Said, Step, Trace};
use word::{
    cite, comment, duration, end_of_line, fail, id, keyword, name, number, one, quoted, space,
    statement,
};

pub(super) use word::is_word;

/// Blocks within blocks; more than anybody reads.
const DEPTH_MAX: usize = 8;

const RESERVED: [&str; 10] =
    ["covers", "tags", "requires", "any", "either", "or", "optional", "warn", "note", "restart"];

/// What the target has to name, and the text variable that stands for it.
const DENIED: [(&str, &str); 2] =
    [("denied-filter", "{denied-filter}"), ("denied-topic", "{denied-topic}")];

type Parsed<'a, T> = nom::IResult<&'a str, T, Fault<'a>>;

/// What was expected where.
struct Fault<'a> {
    at: &'a str,
    expected: String,
}

impl<'a> ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(at: &'a str, _: ErrorKind) -> Self {
        Fault { at, expected: "something else".into() }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Which side a packet is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Said,
    Heard,
}

/// What the lines so far have settled.
#[derive(Clone)]
struct State<'a> {
    text: &'a str,
    depth: usize,
    bound: BTreeSet<String>,
    spoken: BTreeSet<String>,
}

impl State<'_> {
    fn line(&self, rest: &str) -> Line {
        let before = self.text.len().saturating_sub(rest.len());
        Line(self.text[..before].matches('\n').count() + 1)
    }
}

pub(super) fn trace(text: &str) -> Result<Trace, Mistake> {
    match whole(text) {
        Ok((_, trace)) => Ok(trace),
        Err(Err::Error(fault) | Err::Failure(fault)) => {
            Err(Mistake::at(text, fault.at, fault.expected))
        }
        Err(Err::Incomplete(_)) => Err(Mistake::at(text, "", "the rest of the trace".into())),
    }
}

fn whole(text: &str) -> Parsed<'_, Trace> {
    let (mut input, about) = head(text)?;
    let mut trace =
        Trace { about, covers: Vec::new(), tags: Vec::new(), requires: Vec::new(), steps: vec![] };
    let first_header = input;
    loop {
        input = blank(input)?.0;
        if let Ok((rest, ())) = keyword("covers")(input) {
            input = covers(rest, &mut trace.covers)?.0;
        } else if let Ok((rest, ())) = keyword("tags")(input) {
            input = words(rest, "a tag", &mut trace.tags)?.0;
        } else if let Ok((rest, ())) = keyword("requires")(input) {
            input = words(rest, "what the target has to offer", &mut trace.requires)?.0;
        } else {
            break;
        }
    }
    if trace.covers.is_empty() {
        return fail(first_header, "`covers` and the statements that the trace tests");
    }
    let bound = BTreeSet::new();
    let mut state = State { text, depth: 0, bound: bound.clone(), spoken: bound };
    let (input, steps) = steps(&mut state, input)?;
    if !input.is_empty() {
        return fail(input, "a step");
    }
    if steps.is_empty() {
        return fail(input, "a step");
    }
    trace.steps = steps;
    if trace.steps.iter().any(|step| step.act == Act::Restart) {
        required(text, &trace, "restart", "\nrestart")?;
    }
    for (word, variable) in DENIED {
        required(text, &trace, word, variable)?;
    }
    Ok((input, trace))
}

/// What a step uses that not every target has stands in `requires`.
fn required<'a>(text: &'a str, trace: &Trace, word: &str, used: &str) -> Parsed<'a, ()> {
    match text.find(used) {
        Some(at) if !trace.requires.iter().any(|one| one == word) => {
            let at = text.get(at..).unwrap_or_default().trim_start();
            fail(at, format!("`requires {word}` among the headers"))
        }
        Some(_) | None => Ok((text, ())),
    }
}

/// The comment with which a trace begins.
fn head(mut input: &str) -> Parsed<'_, Vec<String>> {
    let mut about = Vec::new();
    while let Ok((rest, line)) = comment(input) {
        about.push(line.trim().to_owned());
        input = rest.strip_prefix('\n').unwrap_or(rest);
    }
    Ok((input, about))
}

/// Empty lines and comments.
fn blank(mut input: &str) -> Parsed<'_, ()> {
    loop {
        input = input.trim_start();
        match comment(input) {
            Ok((rest, _)) => input = rest,
            Err(_) => return Ok((input, ())),
        }
    }
}

fn covers<'a>(mut input: &'a str, found: &mut Vec<Id>) -> Parsed<'a, ()> {
    loop {
        let (rest, id) = statement(space(input)?.0)?;
        found.push(id);
        input = space(rest)?.0;
        if let Ok((rest, ())) = end_of_line(input) {
            return Ok((rest, ()));
        }
    }
}

fn words<'a>(mut input: &'a str, what: &str, found: &mut Vec<String>) -> Parsed<'a, ()> {
    loop {
        let at = space(input)?.0;
        let Ok((rest, word)) = word::feature(at) else { return fail(at, what) };
        found.push(word.to_owned());
        input = space(rest)?.0;
        if let Ok((rest, ())) = end_of_line(input) {
            return Ok((rest, ()));
        }
    }
}

/// Steps up to the end of the block or of the trace.
fn steps<'a>(state: &mut State<'a>, mut input: &'a str) -> Parsed<'a, Vec<Step>> {
    let mut all = Vec::new();
    loop {
        input = blank(input)?.0;
        if input.is_empty() || input.starts_with('}') {
            return Ok((input, all));
        }
        let line = state.line(input);
        let (rest, act) = step(state, input)?;
        all.push(Step { line, act });
        input = rest;
    }
}

fn step<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Act> {
    if let Some(rest) = input.strip_prefix('+') {
        let (rest, wait) = duration(rest)?;
        return line_ends(rest, Act::Wait(wait));
    }
    let Ok((rest, who)) = name(input) else {
        return fail(
            input,
            "a step: a peer, `+` and a time, `any`, `either`, `optional`, `warn`, `note` or `restart`",
        );
    };
    match who {
        "any" => any(state, rest),
        "either" => either(state, rest),
        "optional" => optional(state, rest),
        "warn" => remark(state, Weight::Warning, input, rest),
        "note" => remark(state, Weight::Note, input, rest),
        "restart" if state.depth == 0 => line_ends(rest, Act::Restart),
        "restart" => fail(input, "a step; `restart` stands outside of blocks"),
        "covers" | "tags" | "requires" => fail(input, "a step; headers stand before the first one"),
        "or" => fail(input, "a step; `or` follows the `}` of `either`"),
        _ => exchange(state, input),
    }
}

/// `warn l.1157 "text"`
fn remark<'a>(state: &State<'a>, weight: Weight, input: &'a str, rest: &'a str) -> Parsed<'a, Act> {
    if state.depth == 0 {
        return fail(input, "a step; `warn` and `note` stand in a branch, behind its first line");
    }
    let (rest, cite) = cite(space(rest)?.0)?;
    let (rest, text) = quoted(space(rest)?.0)?;
    line_ends(rest, Act::Remark(Remark { weight, cite, text }))
}

/// `a > ...` or `a < ...`
fn exchange<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Act> {
    let (rest, who) = name(input)?;
    let rest = space(rest)?.0;
    if let Ok((rest, ())) = one('>')(rest) {
        state.spoken.insert(who.to_owned());
        return say(state, who.to_owned(), space(rest)?.0);
    }
    if one('<')(rest).is_ok() {
        let (rest, heard) = hear(state, input)?;
        return Ok((rest, Act::Hear(heard)));
    }
    fail(rest, "`>` or `<`")
}

fn say<'a>(state: &mut State<'a>, who: String, input: &'a str) -> Parsed<'a, Act> {
    for (word, what) in [("open", Change::Open), ("cut", Change::Cut), ("reset", Change::Reset)] {
        if let Ok((rest, ())) = keyword(word)(input) {
            return line_ends(rest, Act::Link { who, what });
        }
    }
    let (mut input, mut split) = (input, None);
    if let Ok((rest, ())) = keyword("split")(input) {
        let at = space(rest)?.0;
        let (rest, bytes) = number(at, "a number of bytes", 1, 65_535)?;
        (input, split) = (space(rest)?.0, Some(bytes));
    }
    let mut what = Vec::new();
    loop {
        let rest = if let Ok((rest, ())) = keyword("raw")(input) {
            let (rest, pieces) = packet::pieces(rest)?;
            what.push(Said::Raw(pieces));
            rest
        } else {
            let (rest, pattern) = packet::pattern(&mut state.bound, Side::Said, input)?;
            what.push(Said::Packet(pattern));
            rest
        };
        let rest = space(rest)?.0;
        match one(';')(rest) {
            Ok((rest, ())) => input = space(rest)?.0,
            Err(_) => return line_ends(rest, Act::Say { who, split, what }),
        }
    }
}

fn hear<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Heard> {
    let line = state.line(input);
    let Ok((rest, who)) = name(input) else { return fail(input, "a peer and `<`") };
    if RESERVED.contains(&who) {
        return fail(input, "a peer and `<`");
    }
    let rest = space(rest)?.0;
    let Ok((rest, ())) = one('<')(rest) else { return fail(rest, "`<`") };
    if !state.spoken.contains(who) {
        return fail(input, "a peer that has sent something, or `open`, before");
    }
    let (rest, what) = expected(state, space(rest)?.0)?;
    let rest = space(rest)?.0;
    let (rest, id) = if rest.starts_with('[') { id(rest)? } else { (rest, None) };
    line_ends(rest, Heard { line, who: who.to_owned(), what, id })
}

fn expected<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Expected> {
    if let Ok((rest, ())) = keyword("nothing")(input) {
        let at = space(rest)?.0;
        if at.starts_with(|at: char| at.is_ascii_digit()) {
            let (rest, wait) = duration(at)?;
            return Ok((rest, Expected::Nothing(Some(wait))));
        }
        return Ok((rest, Expected::Nothing(None)));
    }
    if let Ok((rest, ())) = keyword("closed")(input) {
        return closed(rest);
    }
    if let Ok((rest, ())) = keyword("raw")(input) {
        let (rest, pieces) = packet::pieces(rest)?;
        return Ok((rest, Expected::Raw(pieces)));
    }
    let (rest, pattern) = packet::pattern(&mut state.bound, Side::Heard, input)?;
    Ok((rest, Expected::Packet(pattern)))
}

fn closed(mut input: &str) -> Parsed<'_, Expected> {
    let (mut silently, mut breach, mut within) = (false, None, None);
    loop {
        let at = space(input)?.0;
        if let (Ok((rest, ())), false) = (keyword("silently")(at), silently) {
            (input, silently) = (rest, true);
        } else if let (Some(rest), None) = (at.strip_prefix("breach="), breach) {
            let (rest, id) = statement(rest)?;
            (input, breach) = (rest, Some(id));
        } else if let (Ok((rest, ())), None) = (keyword("within")(at), within) {
            let (rest, time) = duration(space(rest)?.0)?;
            (input, within) = (rest, Some(time));
        } else if at.starts_with('[') || end_of_line(at).is_ok() {
            return Ok((at, Expected::Closed { silently, breach, within }));
        } else {
            return fail(at, "`silently`, `breach=`, `within` (each once), or the end of the line");
        }
    }
}

fn any<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Act> {
    let mut input = opened(input)?.0;
    let mut all = Vec::new();
    loop {
        input = blank(input)?.0;
        if let Ok((rest, ())) = one('}')(input) {
            if all.is_empty() {
                return fail(input, "a peer and `<`");
            }
            return line_ends(rest, Act::Any(all));
        }
        let (rest, heard) = hear(state, input)?;
        match heard.what {
            Expected::Packet(_) | Expected::Raw(_) => all.push(heard),
            Expected::Closed { .. } | Expected::Nothing(_) => {
                return fail(input, "a packet; neither `closed` nor `nothing` has an order");
            }
        }
        input = rest;
    }
}

fn either<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Act> {
    let before = state.bound.clone();
    let (mut input, first) = branch(state, input)?;
    let mut bound = std::mem::replace(&mut state.bound, before.clone());
    let mut branches = vec![first];
    while let Ok((rest, ())) = keyword("or")(blank(input)?.0) {
        let (rest, next) = branch(state, rest)?;
        let here = std::mem::replace(&mut state.bound, before.clone());
        bound.retain(|name| here.contains(name));
        branches.push(next);
        input = rest;
    }
    if branches.len() < 2 {
        return fail(blank(input)?.0, "`or` and another branch");
    }
    state.bound = bound;
    line_ends(input, Act::Either(branches))
}

fn optional<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Act> {
    let before = state.bound.clone();
    let (rest, only) = branch(state, input)?;
    state.bound = before;
    line_ends(rest, Act::Optional(only))
}

fn branch<'a>(state: &mut State<'a>, input: &'a str) -> Parsed<'a, Branch> {
    if state.depth >= DEPTH_MAX {
        return fail(input, "at most 8 blocks within each other");
    }
    let (rest, ()) = opened(input)?;
    let (rest, first) = hear(state, blank(rest)?.0)?;
    state.depth += 1;
    let (rest, steps) = steps(state, rest)?;
    state.depth -= 1;
    match one('}')(rest) {
        Ok((rest, ())) => Ok((space(rest)?.0, Branch { first, rest: steps })),
        Err(_) => fail(rest, "`}`"),
    }
}

fn opened(input: &str) -> Parsed<'_, ()> {
    let at = space(input)?.0;
    one('{')(at).or_else(|_| fail(at, "`{`"))
}

/// The end of a step, or of the block around it.
fn line_ends<T>(input: &str, value: T) -> Parsed<'_, T> {
    let at = space(input)?.0;
    if at.starts_with('}') {
        return Ok((at, value));
    }
    match end_of_line(at) {
        Ok((rest, ())) => Ok((rest, value)),
        Err(_) => fail(at, "the end of the line"),
    }
}
