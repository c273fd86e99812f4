//! Finds the marks in the sources, and the places that report a breach.
//!
//! The compiler has vouched for the names; this only says where they stand. It reads tokens, so
//! that comments and strings, raw ones included, count for nothing, and it looks into macros too.
//! What stands in a test upholds nothing and judges nobody.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use etalon_spec::Id;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Where the sources lie. `spec` is left out: it defines the marks and tests them on itself.
const ROOTS: [&str; 8] = [
    "src",
    "tests",
    "cli/src",
    "cli/tests",
    "conformance/src",
    "conformance/tests",
    "loom-tests",
    "fuzz/fuzz_targets",
];

/// What a place says of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// `upholds!`
    Upholds,
    /// `by_construction!`
    ByConstruction,
    /// `deviates!`, and why.
    Deviates(String),
    /// `covers!`
    Covers,
    /// The value `Id::MQTT_…` in code that is no test: it reports a breach.
    Judges,
}

/// A place that cites a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The statement.
    pub id: Id,
    /// The file, from the root of the repository.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The innermost function or constant around it; empty for a mark beside a type.
    pub item: String,
    /// What it says.
    pub mark: Mark,
}

/// What the sources hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Every place, by file and line.
    pub sites: Vec<Site>,
    /// Every function that is a test: file and name.
    pub tests: BTreeSet<(String, String)>,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reads all sources.
///
/// # Errors
/// A file that cannot be read, or that is no Rust.
pub fn scan() -> Result<Scan, String> {
    let mut scan = Scan::default();
    for file in files()? {
        let text =
            fs::read_to_string(root().join(&file)).map_err(|why| format!("{file}: {why}"))?;
        read(&file, &text, &mut scan)?;
    }
    Ok(scan)
}

/// The sources, in order; a root that is not there is left out.
fn files() -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut open: Vec<String> = ROOTS.iter().map(|root| (*root).to_owned()).collect();
    while let Some(folder) = open.pop() {
        let path = root().join(&folder);
        if !path.exists() {
            continue;
        }
        for entry in fs::read_dir(&path).map_err(|why| format!("{folder}: {why}"))? {
            let entry = entry.map_err(|why| format!("{folder}: {why}"))?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                if !name.ends_with("/target") {
                    open.push(name);
                }
            } else if name.ends_with(".rs") {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads one file.
///
/// # Errors
/// It is no Rust.
pub fn read(file: &str, text: &str, into: &mut Scan) -> Result<(), String> {
    let stream: TokenStream = text.parse().map_err(|why| format!("{file}: {why}"))?;
    let test = file.ends_with("/tests.rs") || file.contains("tests/");
    Reader { file, into }.stream(stream, &Around { item: String::new(), test });
    Ok(())
}

/// What stands around a token.
#[derive(Clone)]
struct Around {
    /// The innermost function or constant; empty outside of any.
    item: String,
    /// Whether it belongs to a test.
    test: bool,
}

struct Reader<'a> {
    file: &'a str,
    into: &'a mut Scan,
}

impl Reader<'_> {
    fn stream(&mut self, stream: TokenStream, around: &Around) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut around = around.clone();
        let outer = around.item.clone();
        // An attribute `#[test]` or `#[cfg(test)]` reaches to the end of its item.
        let mut attributed = false;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = &tokens[at..];
            if let Some((len, inner, is_test)) = attribute(rest) {
                attributed |= is_test && !inner;
                around.test |= is_test && inner;
                at += len;
                continue;
            }
            if let Some(name) = mark(rest) {
                self.mark(name, rest, &around);
                at += 3;
                continue;
            }
            if let Some(name) = function(rest) {
                around.item.clone_from(&name);
                if attributed {
                    self.into.tests.insert((self.file.to_owned(), name));
                }
            } else if let Some(name) = constant(rest).filter(|_| outer.is_empty()) {
                around.item = name;
            }
            self.judgement(&tokens, at, &around, attributed);
            if let TokenTree::Group(group) = token {
                let test = around.test || attributed;
                self.stream(group.stream(), &Around { item: around.item.clone(), test });
            }
            if ends_item(token) {
                attributed = false;
                around.item.clone_from(&outer);
            }
            at += 1;
        }
    }

    /// `mark ! ( MQTT_… , … )`
    fn mark(&mut self, name: &str, rest: &[TokenTree], around: &Around) {
        let [first, _, TokenTree::Group(group), ..] = rest else { return };
        let line = line(first);
        let mut ids = Vec::new();
        let mut why = String::new();
        for token in group.stream() {
            match token {
                TokenTree::Ident(ident) => ids.extend(statement(&ident.to_string())),
                TokenTree::Literal(literal) => why = plain(&literal.to_string()),
                TokenTree::Group(_) | TokenTree::Punct(_) => {}
            }
        }
        let mark = match name {
            "upholds" => Mark::Upholds,
            "by_construction" => Mark::ByConstruction,
            "deviates" => Mark::Deviates(why),
            _ => Mark::Covers,
        };
        if around.test && mark != Mark::Covers {
            return;
        }
        for id in ids {
            let (file, item) = (self.file.to_owned(), around.item.clone());
            let mark = mark.clone();
            self.into.sites.push(Site { id, file, line, item, mark });
        }
    }

    /// `Id :: MQTT_…` as a value: neither compared with nor matched against.
    fn judgement(&mut self, tokens: &[TokenTree], at: usize, around: &Around, attributed: bool) {
        let [TokenTree::Ident(path), a, b, TokenTree::Ident(name), after @ ..] = &tokens[at..]
        else {
            return;
        };
        if path != "Id" || !is(a, ':') || !is(b, ':') || around.test || attributed {
            return;
        }
        let Some(id) = statement(&name.to_string()) else { return };
        let compared = before(tokens, at).is_some_and(|token| is(token, '='))
            && before(tokens, at - 1).is_some_and(|token| is(token, '=') || is(token, '!'));
        let starts = |first, second| {
            after.first().is_some_and(|token| is(token, first))
                && after.get(1).is_some_and(|token| is(token, second))
        };
        if compared || starts('=', '>') || starts('=', '=') || starts('!', '=') {
            return;
        }
        self.into.sites.push(Site {
            id,
            file: self.file.to_owned(),
            line: line(&tokens[at]),
            item: around.item.clone(),
            mark: Mark::Judges,
        });
    }
}

/// `# [ … ]` or `# ! [ … ]`: how many tokens, whether it is an inner one, whether it makes a test.
fn attribute(rest: &[TokenTree]) -> Option<(usize, bool, bool)> {
    let (group, len) = match rest {
        [hash, TokenTree::Group(group), ..] if is(hash, '#') => (group, 2),
        [hash, bang, TokenTree::Group(group), ..] if is(hash, '#') && is(bang, '!') => (group, 3),
        _ => return None,
    };
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let words: Vec<String> =
        group.to_string().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    let named = |word: &str| words.iter().any(|have| have == word);
    let is_test = group.stream().into_iter().next().is_some_and(|first| match first {
        TokenTree::Ident(first) if first == "cfg" => named("test") && !named("not"),
        TokenTree::Ident(first) => first == "test",
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    });
    Some((len, len == 3, is_test))
}

/// `upholds ! ( … )` and the like.
fn mark(rest: &[TokenTree]) -> Option<&'static str> {
    let [TokenTree::Ident(name), bang, TokenTree::Group(_), ..] = rest else { return None };
    let known = ["upholds", "by_construction", "deviates", "covers"];
    known.into_iter().find(|known| name == known && is(bang, '!'))
}

/// `fn name`
fn function(rest: &[TokenTree]) -> Option<String> {
    match rest {
        [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "fn" => {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// `const NAME :` and `static NAME :`
fn constant(rest: &[TokenTree]) -> Option<String> {
    match rest {
        [TokenTree::Ident(word), TokenTree::Ident(name), colon, ..]
            if (word == "const" || word == "static") && is(colon, ':') =>
        {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// A body or a semicolon: what was said of the item ends here.
fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

fn statement(name: &str) -> Option<Id> {
    name.starts_with("MQTT_").then(|| name.parse().ok()).flatten()
}

fn is(token: &TokenTree, what: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == what)
}

fn before(tokens: &[TokenTree], at: usize) -> Option<&TokenTree> {
    tokens.get(at.checked_sub(1)?)
}

fn line(token: &TokenTree) -> u32 {
    u32::try_from(token.span().start().line).unwrap_or(u32::MAX)
}

/// The text of a string literal, on one line.
fn plain(literal: &str) -> String {
    let inside = literal.trim_start_matches('r').trim_matches('#').trim_matches('"');
    inside
        .replace("\\\n", " ")
        .replace("\\\"", "\"")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
