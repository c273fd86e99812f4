//! JSON as `%j`, `%J` and `--pretty` need it: strings escaped, values checked and laid out again.
//!
//! The payload comes from a peer: it is read in one pass without recursion, and the memory needed
//! is one byte for each open bracket. Numbers and strings keep the spelling that they came in.

/// Writes `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD.
pub fn string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '\u{8}' => out.extend(b"\\b"),
            '\u{c}' => out.extend(b"\\f"),
            '\0'..='\u{1f}' => out.extend(format!("\\u{:04x}", u32::from(character)).bytes()),
            other => out.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out.push(b'"');
}

/// How a value is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Without any blank.
    Compact,
    /// An object's members on lines of their own, arrays on one line.
    Pretty,
}

/// The text is not one JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotJson;

/// Writes the JSON value `text` in another layout.
///
/// # Errors
///
/// The text is not exactly one JSON value; `out` is left as it was.
pub fn value(text: &[u8], layout: Layout, out: &mut Vec<u8>) -> Result<(), NotJson> {
    let before = out.len();
    let mut walk = Walk { layout, open: Vec::new(), out };
    let result = std::str::from_utf8(text).map_err(|_| NotJson).and_then(|_| walk.whole(text));
    if result.is_err() {
        out.truncate(before);
    }
    result
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Object,
    Array,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

struct Walk<'a> {
    layout: Layout,
    open: Vec<Bracket>,
    out: &'a mut Vec<u8>,
}

impl Walk<'_> {
    fn whole(&mut self, text: &[u8]) -> Result<(), NotJson> {
        let mut rest = text.trim_ascii();
        let mut next = Next::Value;
        while let Some((&first, tail)) = rest.split_first() {
            let (after, used) = match (next, first) {
                (Next::Value | Next::ValueOrEnd, b'{') => self.begin(Bracket::Object),
                (Next::Value | Next::ValueOrEnd, b'[') => self.begin(Bracket::Array),
                (Next::ValueOrEnd, b']') => self.end(Bracket::Array, true)?,
                (Next::KeyOrEnd, b'}') => self.end(Bracket::Object, true)?,
                (Next::CommaOrEnd, b']') => self.end(Bracket::Array, false)?,
                (Next::CommaOrEnd, b'}') => self.end(Bracket::Object, false)?,
                (Next::Key | Next::KeyOrEnd, b'"') => {
                    self.line();
                    self.copy(rest, text_len(tail)?, Next::Colon)
                }
                (Next::Value | Next::ValueOrEnd, b'"') => {
                    self.copy(rest, text_len(tail)?, Next::CommaOrEnd)
                }
                (Next::Value | Next::ValueOrEnd, _) => {
                    self.copy(rest, scalar_len(rest)?, Next::CommaOrEnd)
                }
                (Next::Colon, b':') => self.mark(b":", b":\t", Next::Value),
                (Next::CommaOrEnd, b',') => match self.open.last() {
                    Some(Bracket::Object) => self.mark(b",", b",", Next::Key),
                    Some(Bracket::Array) => self.mark(b",", b", ", Next::Value),
                    None => return Err(NotJson),
                },
                (Next::Key | Next::KeyOrEnd | Next::Colon | Next::CommaOrEnd, _) => {
                    return Err(NotJson);
                }
            };
            next = after;
            rest = rest.get(used..).unwrap_or_default().trim_ascii_start();
        }
        if next == Next::CommaOrEnd && self.open.is_empty() { Ok(()) } else { Err(NotJson) }
    }

    fn begin(&mut self, bracket: Bracket) -> (Next, usize) {
        self.open.push(bracket);
        match bracket {
            Bracket::Object => {
                self.out.push(b'{');
                (Next::KeyOrEnd, 1)
            }
            Bracket::Array => {
                self.out.push(b'[');
                (Next::ValueOrEnd, 1)
            }
        }
    }

    fn end(&mut self, bracket: Bracket, empty: bool) -> Result<(Next, usize), NotJson> {
        if self.open.pop() != Some(bracket) {
            return Err(NotJson);
        }
        match bracket {
            Bracket::Object => {
                if !empty {
                    self.line();
                }
                self.out.push(b'}');
            }
            Bracket::Array => self.out.push(b']'),
        }
        Ok((Next::CommaOrEnd, 1))
    }

    fn copy(&mut self, from: &[u8], len: usize, next: Next) -> (Next, usize) {
        self.out.extend(from.get(..len).unwrap_or_default());
        (next, len)
    }

    fn mark(&mut self, compact: &[u8], pretty: &[u8], next: Next) -> (Next, usize) {
        self.out.extend(match self.layout {
            Layout::Compact => compact,
            Layout::Pretty => pretty,
        });
        (next, 1)
    }

    /// A new line for a member or the end of an object.
    fn line(&mut self) {
        if self.layout == Layout::Pretty {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b'\t', self.open.len()));
        }
    }
}

/// Length of a string with both quotes; `tail` begins after the first.
fn text_len(tail: &[u8]) -> Result<usize, NotJson> {
    let mut at = 0;
    loop {
        match tail.get(at) {
            Some(b'"') => return Ok(at + 2),
            Some(b'\\') => match tail.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    let digits = tail.get(at + 2..at + 6).ok_or(NotJson)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(NotJson);
                    }
                    at += 6;
                }
                Some(_) | None => return Err(NotJson),
            },
            Some(0..=0x1f) | None => return Err(NotJson),
            Some(_) => at += 1,
        }
    }
}

/// Length of a number, `true`, `false` or `null`.
fn scalar_len(rest: &[u8]) -> Result<usize, NotJson> {
    for word in [&b"true"[..], b"false", b"null"] {
        if rest.starts_with(word) {
            return Ok(word.len());
        }
    }
    let digits = |at: usize| {
        rest.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut at = usize::from(rest.starts_with(b"-"));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && rest.get(at) == Some(&b'0')) {
        return Err(NotJson);
    }
    at += whole;
    if rest.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return Err(NotJson);
        }
        at += 1 + fraction;
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return Err(NotJson);
        }
        at += 1 + sign + exponent;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str, layout: Layout) -> Result<String, NotJson> {
        let mut out = Vec::new();
        value(text.as_bytes(), layout, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn values_lose_only_their_blanks() {
        for (text, compact) in [
            (
                r#" { "a" : [ 1 , 2.50, {"b" : "x y"} ], "c":null } "#,
                r#"{"a":[1,2.50,{"b":"x y"}],"c":null}"#,
            ),
            ("[]", "[]"),
            ("{}", "{}"),
            ("[[],{}]", "[[],{}]"),
            ("-0.5e+10", "-0.5e+10"),
            (r#""\u00e9\"\\""#, r#""\u00e9\"\\""#),
            ("true", "true"),
        ] {
            assert_eq!(laid_out(text, Layout::Compact).as_deref(), Ok(compact), "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "[",
            "]",
            "}",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{1:2}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "[1}",
            "{\"a\":1]",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "+1",
            "tru",
            "nul",
            "1 2",
            "\"a",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12",
            "\"\u{1}\"",
            "1,2",
            "{\"a\" 1}",
            "'a'",
            "truefalse",
        ] {
            assert_eq!(laid_out(text, Layout::Compact), Err(NotJson), "{text}");
        }
        assert_eq!(value(b"\"\xff\"", Layout::Compact, &mut Vec::new()), Err(NotJson));
    }

    #[test]
    fn a_refused_value_leaves_nothing_behind() {
        let mut out = b"before".to_vec();
        assert_eq!(value(b"[1,2,", Layout::Compact, &mut out), Err(NotJson));
        assert_eq!(out, b"before");
    }

    #[test]
    fn members_get_lines_of_their_own() {
        let text = r#"{"a":[1,{"b":2}],"c":{},"d":null}"#;
        let pretty =
            "{\n\t\"a\":\t[1, {\n\t\t\t\"b\":\t2\n\t\t}],\n\t\"c\":\t{},\n\t\"d\":\tnull\n}";
        assert_eq!(laid_out(text, Layout::Pretty).as_deref(), Ok(pretty));
    }

    #[test]
    fn depth_costs_no_stack() {
        let text = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(laid_out(&text, Layout::Compact).as_deref(), Ok(text.as_str()));
    }

    #[test]
    fn strings_are_escaped() {
        let mut out = Vec::new();
        string(b"a\"\\\n\t\x00\x1f\x7f\xc3\xa9\xff", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\"a\\\"\\\\\\n\\t\\u0000\\u001f\u{7f}é\u{fffd}\""
        );
    }
}
