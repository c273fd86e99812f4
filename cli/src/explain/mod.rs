//! `etalon explain`: the standard, and bytes, for people.
//!
//! Every word about the standard is Etalon's own; the standard's sentences stand in the sections
//! that are named.

mod bytes;
mod cite;
mod evidence;
mod page;
mod what;

use std::io::{Read, Write};

use crate::args::{ExplainArgs, From};
use crate::exit::{self, Exit};
use crate::link::plain;

pub use bytes::breach;
pub use page::colored;

use page::Page;
use what::What;

/// More hex than this on stdin is no packet any more.
const STDIN_BYTES_MAX: u64 = 4 * 268_435_460;

/// Runs `etalon explain`.
pub fn run(args: &ExplainArgs) -> Exit {
    let mut arguments = args.what.clone();
    if arguments.iter().any(|argument| argument == "-") {
        let mut text = String::new();
        if let Err(error) = std::io::stdin().lock().take(STDIN_BYTES_MAX).read_to_string(&mut text)
        {
            exit::complain(&format!("explain: cannot read stdin: {}", plain(&error)));
            return exit::LOCAL;
        }
        arguments.retain(|argument| argument != "-");
        arguments.push(text);
    }
    let all = match what::read(&arguments) {
        Ok(all) => all,
        Err(why) => {
            exit::complain(&format!("explain: {why}"));
            return exit::USAGE;
        }
    };
    let (text, exit) = explain(all, args.from, page::colored(args.color));
    // A reader that has seen enough is no failure.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    exit
}

/// Explains one after the other.
fn explain(all: Vec<What>, from: Option<From>, colored: bool) -> (String, Exit) {
    let mut page = Page::new(colored);
    let mut exit = exit::OK;
    for (place, what) in all.into_iter().enumerate() {
        if place > 0 {
            page.gap();
        }
        match what {
            What::Cite(cite) => cite::cite(&mut page, cite),
            What::Discrepancy(item) => cite::discrepancy(&mut page, item),
            What::Section(section) => cite::section(&mut page, section),
            What::Bytes(input) => exit = bytes::bytes(&mut page, &input, from),
        }
    }
    (page.into_text(), exit)
}

#[cfg(test)]
mod tests;
