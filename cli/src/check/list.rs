//! `etalon check --list`: the cases by section, what selects them and what they need.

use etalon::spec::Section;
use etalon_conformance::suite::Case;

/// The cases, one line each, and a sentence below it.
pub(super) fn list(cases: &[&Case]) -> String {
    let mut text = String::new();
    let mut section = "";
    for case in cases {
        if section != case.section() {
            section = case.section();
            let title = Section::find(section).map_or(section.to_owned(), Section::to_string);
            text += &format!("{title}\n");
        }
        text += &format!("  {}", case.name);
        if !case.trace.tags.is_empty() {
            text += &format!("  tags: {}", case.trace.tags.join(" "));
        }
        if !case.trace.requires.is_empty() {
            text += &format!("  requires: {}", case.trace.requires.join(" "));
        }
        text += &format!("\n      {}\n", case.about());
    }
    text + &format!("{} cases\n", cases.len())
}
