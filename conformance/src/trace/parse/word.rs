//! The smallest parts: words, numbers, times, quoted text, statements.

use etalon::spec::Id;
use etalon::time::Duration;
use nom::Err;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::value;
use nom::{IResult, Parser};

use super::{Fault, Parsed};

pub(super) fn fail<T>(at: &str, expected: impl Into<String>) -> Parsed<'_, T> {
    Err(Err::Failure(Fault { at, expected: expected.into() }))
}

/// Spaces and tabs.
pub(super) fn space(input: &str) -> Parsed<'_, ()> {
    value((), take_while(|at| at == ' ' || at == '\t')).parse(input)
}

pub(super) fn one<'a>(what: char) -> impl Fn(&'a str) -> Parsed<'a, ()> {
    move |input| value((), char(what)).parse(input)
}

/// A word that ends where words end.
pub(super) fn keyword<'a>(word: &'static str) -> impl Fn(&'a str) -> Parsed<'a, ()> {
    move |input| {
        let (rest, _) = tag(word).parse(input)?;
        match rest.chars().next() {
            Some(next) if is_name_char(next) || next == '=' => {
                Err(Err::Error(Fault { at: input, expected: format!("`{word}`") }))
            }
            Some(_) | None => Ok((rest, ())),
        }
    }
}

/// The name of a peer, a tag or a variable.
pub(super) fn name(input: &str) -> Parsed<'_, &str> {
    take_while1(is_name_char).parse(input)
}

/// A word of `tags` or `requires`, such as `only-3.1.1`.
pub(super) fn feature(input: &str) -> Parsed<'_, &str> {
    take_while1(|at| is_name_char(at) || at == '.').parse(input)
}

fn is_name_char(at: char) -> bool {
    at.is_ascii_alphanumeric() || at == '-' || at == '_'
}

/// What a comment and the end of a block begin with; a word that does stands in quotes.
const QUOTED_FIRST: [char; 2] = ['#', '}'];

/// Whether this can stand without quotes as a Topic Name, a filter or a Client Identifier.
pub(in crate::trace) fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(QUOTED_FIRST) && text.chars().all(is_word_char)
}

fn is_word_char(at: char) -> bool {
    !at.is_whitespace() && !at.is_control() && !"\"[]();\\\u{feff}".contains(at)
}

/// A word as it is, or text in quotes.
pub(super) fn text<'a>(input: &'a str, what: &str) -> Parsed<'a, String> {
    if input.starts_with('"') {
        return quoted(input);
    }
    if input.starts_with(QUOTED_FIRST) {
        return fail(input, format!("{what}; one that begins with # or }} stands in quotes"));
    }
    let word: IResult<&str, &str, Fault<'_>> = take_while1(is_word_char).parse(input);
    match word {
        Ok((rest, word)) => Ok((rest, word.to_owned())),
        Err(_) => fail(input, what),
    }
}

pub(super) fn quoted(input: &str) -> Parsed<'_, String> {
    let Some(mut rest) = input.strip_prefix('"') else { return fail(input, "`\"`") };
    let mut text = String::new();
    loop {
        let mut chars = rest.chars();
        match chars.next() {
            Some('"') => return Ok((chars.as_str(), text)),
            Some('\\') => {
                let (behind, at) = escape(rest)?;
                text.push(at);
                rest = behind;
            }
            None | Some('\n' | '\r') => return fail(rest, "`\"` at the end of the text"),
            Some(at) => {
                text.push(at);
                rest = chars.as_str();
            }
        }
    }
}

fn escape(input: &str) -> Parsed<'_, char> {
    const WHAT: &str = "one of \\\" \\\\ \\n \\t \\u{..}";
    for (written, meant) in [("\\\"", '"'), ("\\\\", '\\'), ("\\n", '\n'), ("\\t", '\t')] {
        if let Some(rest) = input.strip_prefix(written) {
            return Ok((rest, meant));
        }
    }
    let Some(rest) = input.strip_prefix("\\u{") else { return fail(input, WHAT) };
    let Some((digits, rest)) = rest.split_once('}') else { return fail(input, WHAT) };
    match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
        Some(at) => Ok((rest, at)),
        None => fail(input, "a Unicode scalar value"),
    }
}

pub(super) fn number<'a>(
    input: &'a str,
    what: &str,
    least: usize,
    most: usize,
) -> Parsed<'a, usize> {
    let digits: Parsed<'_, &str> = take_while1(|at: char| at.is_ascii_digit()).parse(input);
    match digits {
        Ok((rest, digits)) => match digits.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok((rest, number)),
            Ok(_) | Err(_) => fail(input, format!("{what} from {least} to {most}")),
        },
        Err(_) => fail(input, what),
    }
}

/// `1.5s` or `500ms`
pub(super) fn duration(input: &str) -> Parsed<'_, Duration> {
    const WHAT: &str = "a time such as 1.5s or 500ms, of at most a day";
    let digits: Parsed<'_, &str> =
        take_while1(|at: char| at.is_ascii_digit() || at == '.').parse(input);
    let Ok((rest, digits)) = digits else { return fail(input, WHAT) };
    let (rest, scale) = if let Ok((rest, ())) = keyword("ms")(rest) {
        (rest, 0.001)
    } else if let Ok((rest, ())) = keyword("s")(rest) {
        (rest, 1.0)
    } else {
        return fail(rest, "`s` or `ms`");
    };
    match digits.parse::<f64>() {
        Ok(value) if value * scale <= 86_400.0 => {
            Ok((rest, Duration::from_millis((value * scale * 1000.0).round() as u64)))
        }
        Ok(_) | Err(_) => fail(input, WHAT),
    }
}

/// A statement without brackets.
pub(super) fn statement(input: &str) -> Parsed<'_, Id> {
    let word: Parsed<'_, &str> = take_while1(|at| is_name_char(at) || at == '.').parse(input);
    match word {
        Ok((rest, word)) if word.starts_with("MQTT-") => match word.parse() {
            Ok(id) => Ok((rest, id)),
            Err(unknown) => fail(input, format!("a statement of the standard ({unknown})")),
        },
        Ok(_) | Err(_) => fail(input, "a statement such as MQTT-4.3.3-2"),
    }
}

/// What a remark rests on: `l.1157`, `S-91` or a statement.
pub(super) fn cite(input: &str) -> Parsed<'_, String> {
    const WHAT: &str = "what it rests on: l.1157, S-91 or MQTT-3.14.4-1";
    let word: Parsed<'_, &str> = take_while1(|at| is_name_char(at) || at == '.').parse(input);
    let Ok((rest, word)) = word else { return fail(input, WHAT) };
    if word.starts_with("MQTT-") {
        return statement(input).map(|(rest, _)| (rest, word.to_owned()));
    }
    let digits = word.strip_prefix("l.").or_else(|| word.strip_prefix("S-"));
    match digits {
        Some(digits) if !digits.is_empty() && digits.chars().all(|at| at.is_ascii_digit()) => {
            Ok((rest, word.to_owned()))
        }
        Some(_) | None => fail(input, WHAT),
    }
}

/// `[MQTT-4.3.3-2]`
pub(super) fn id(input: &str) -> Parsed<'_, Option<Id>> {
    let (rest, ()) = one('[')(input)?;
    let (rest, id) = statement(rest)?;
    match one(']')(rest) {
        Ok((rest, ())) => Ok((rest, Some(id))),
        Err(_) => fail(rest, "`]`"),
    }
}

/// `# ...` up to the end of its line.
pub(super) fn comment(input: &str) -> Parsed<'_, &str> {
    let (rest, ()) = one('#')(input)?;
    take_while(|at| at != '\n').parse(rest)
}

/// The end of the line or of the trace, perhaps behind a comment.
pub(super) fn end_of_line(input: &str) -> Parsed<'_, ()> {
    let rest = comment(input).map_or(input, |(rest, _)| rest);
    let rest = rest.strip_prefix('\r').unwrap_or(rest);
    if rest.is_empty() {
        return Ok((rest, ()));
    }
    one('\n')(rest)
}

/// Two hexadecimal digits that are a word of their own.
pub(super) fn byte(input: &str) -> Parsed<'_, u8> {
    let (rest, digits) = take_while1(|at: char| at.is_ascii_alphanumeric()).parse(input)?;
    match u8::from_str_radix(digits, 16) {
        Ok(byte) if digits.len() == 2 => Ok((rest, byte)),
        Ok(_) | Err(_) => fail(input, "a byte of two hexadecimal digits"),
    }
}
