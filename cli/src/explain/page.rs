//! How explanations are laid out: paragraphs of eighty columns, and colours where they help.
//!
//! Without colours the text is the same, character by character. Lines of bytes are not broken.

use std::io::IsTerminal;

use crate::args::ColorArg;

/// The width of a paragraph.
const COLUMNS: usize = 80;

/// A text in the making.
#[derive(Debug)]
pub struct Page {
    text: String,
    colored: bool,
}

/// How a word stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// As everything else.
    Plain,
    /// A heading.
    Bold,
    /// What can be skipped.
    Faint,
    /// All well.
    Good,
    /// A breach.
    Bad,
    /// A warning.
    Doubtful,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Bold => "\x1b[1m",
            Ink::Faint => "\x1b[2m",
            Ink::Good => "\x1b[32m",
            Ink::Bad => "\x1b[1;31m",
            Ink::Doubtful => "\x1b[33m",
        }
    }
}

impl Page {
    /// An empty page, coloured or not.
    pub fn new(colored: bool) -> Page {
        Page { text: String::new(), colored }
    }

    /// The whole text.
    pub fn into_text(self) -> String {
        self.text
    }

    /// A word in colour, if there are colours here.
    pub fn ink(&self, ink: Ink, text: &str) -> String {
        match self.colored && ink != Ink::Plain {
            true => format!("{}{text}\x1b[0m", ink.code()),
            false => text.to_owned(),
        }
    }

    /// A line as it is.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A line of one colour.
    pub fn colored(&mut self, ink: Ink, text: &str) {
        let text = self.ink(ink, text);
        self.line(&text);
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A paragraph, indented by so many columns.
    pub fn paragraph(&mut self, indent: usize, text: &str) {
        self.item(indent, "", text);
    }

    /// A paragraph that hangs behind a label.
    pub fn item(&mut self, indent: usize, label: &str, text: &str) {
        let hang = indent + label.chars().count();
        let mut line = format!("{}{label}", " ".repeat(indent));
        let mut columns = hang;
        let mut fresh = true;
        for word in text.split_whitespace() {
            let len = word.chars().count();
            if !fresh && columns + 1 + len > COLUMNS {
                self.line(&line);
                line = " ".repeat(hang);
                columns = hang;
                fresh = true;
            }
            if !fresh {
                line.push(' ');
                columns += 1;
            }
            line.push_str(word);
            columns += len;
            fresh = false;
        }
        self.line(&line);
    }
}

/// Whether stdout gets colours.
pub fn colored(wish: ColorArg) -> bool {
    match wish {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !refused && std::io::stdout().is_terminal()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_break_at_eighty_columns_and_hang() {
        let mut page = Page::new(false);
        page.item(2, "S-40  ", &"word ".repeat(20));
        let lines: Vec<&str> = page.text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  S-40  word word") && lines[0].len() <= 80, "{lines:?}");
        assert!(lines[1].starts_with("        word") && !lines[1].ends_with(' '), "{lines:?}");
    }

    #[test]
    fn a_word_wider_than_the_page_gets_a_line_of_its_own() {
        let mut page = Page::new(false);
        page.paragraph(0, &format!("a {} b", "x".repeat(100)));
        assert_eq!(page.text, format!("a\n{}\nb\n", "x".repeat(100)));
    }

    #[test]
    fn colours_are_only_where_they_are_wanted() {
        assert_eq!(Page::new(false).ink(Ink::Bad, "no"), "no");
        assert_eq!(Page::new(true).ink(Ink::Bad, "no"), "\x1b[1;31mno\x1b[0m");
        assert_eq!(Page::new(true).ink(Ink::Plain, "no"), "no");
    }
}
