//! What holds for every text of the crate: form, length, and sections that exist.

use std::collections::{BTreeMap, BTreeSet};

use etalon_spec::{Cite, Discrepancy, Id, Line, Reading, Section};

/// Every text that a reader sees, with the name of its item.
fn texts() -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for id in Id::ALL {
        all.push((id.to_string(), id.statement().text));
    }
    for line in Line::ALL {
        all.push((line.to_string(), line.sentence().text));
        all.extend(line.sentence().etalon.map(|text| (line.to_string(), text)));
    }
    for reading in Reading::ALL {
        let zone = reading.zone();
        for text in [zone.question, zone.etalon, zone.why, zone.accepts] {
            all.push((reading.to_string(), text));
        }
    }
    for item in Discrepancy::ALL {
        all.push((item.to_string(), item.finding().what));
        all.push((item.to_string(), item.finding().treat));
    }
    all
}

#[test]
fn texts_are_sentences_of_less_than_400_characters() {
    for (name, text) in texts() {
        let ends = text.ends_with('.') || text.ends_with('?');
        assert!(ends, "{name}: {text}");
        assert!(text.chars().count() < 400, "{name}: {}", text.chars().count());
        assert_eq!(text.trim(), text, "{name}");
        assert!(
            !text.contains("  ") && !text.contains("- ") && !text.contains('\n'),
            "{name}: {text}"
        );
        let first = text.chars().next().unwrap();
        // Anything else at the beginning could be read as Markdown.
        assert!(first.is_ascii_uppercase() || first.is_ascii_digit(), "{name}: {text}");
    }
}

#[test]
fn only_a_question_ends_with_a_question_mark() {
    for reading in Reading::ALL {
        assert!(reading.zone().question.ends_with('?'), "{reading}");
    }
    let questions = texts().into_iter().filter(|(_, text)| text.ends_with('?')).count();
    assert_eq!(questions, Reading::ALL.len());
}

#[test]
fn no_two_items_say_the_same() {
    let mut seen = BTreeMap::new();
    let statements = Id::ALL.into_iter().map(Cite::from);
    let lines = Line::ALL.into_iter().map(Cite::from);
    for cite in statements.chain(lines).chain(Reading::ALL.into_iter().map(Cite::from)) {
        let before = seen.insert(cite.text().to_lowercase(), cite);
        assert_eq!(before, None, "{cite}");
    }
    let titles: BTreeSet<_> = Reading::ALL.into_iter().map(Reading::title).collect();
    assert_eq!(titles.len(), Reading::ALL.len());
    let findings: BTreeSet<_> = Discrepancy::ALL.into_iter().map(|d| d.finding().what).collect();
    assert_eq!(findings.len(), Discrepancy::ALL.len());
}

#[test]
fn sections_that_items_name_exist() {
    let mut sections = Vec::new();
    sections.extend(Id::ALL.map(|id| id.statement().section));
    sections.extend(Line::ALL.map(|line| line.sentence().section));
    sections.extend(Reading::ALL.into_iter().flat_map(|r| r.zone().sections.iter().copied()));
    sections
        .extend(Discrepancy::ALL.into_iter().flat_map(|d| d.finding().sections.iter().copied()));
    for number in sections {
        assert!(Section::find(number).is_some(), "{number}");
    }
}

#[test]
fn items_that_texts_refer_to_exist() {
    let mut seen = 0;
    for (name, text) in texts() {
        for word in text.split([' ', ',', ';', ':', '(', ')']) {
            let word = word.trim_end_matches('.');
            let looks = word.starts_with("S-") || word.starts_with("l.") || word.contains("MQTT-");
            if looks {
                seen += 1;
                assert!(word.parse::<Cite>().is_ok(), "{name}: {word}");
            }
        }
    }
    assert!(seen > 0);
}

#[test]
fn section_of_a_citation_finds_it() {
    for id in Id::ALL {
        assert!(Id::in_section(Cite::from(id).section()).any(|other| other == id));
    }
    for line in Line::ALL {
        assert!(Line::in_section(Cite::from(line).section()).any(|other| other == line));
    }
    for reading in Reading::ALL {
        let section = Cite::from(reading).section();
        assert!(Reading::in_section(section).any(|other| other == reading));
    }
}

/// The crate page lists the groups; a page that is wrong would be cited all the same.
#[test]
fn crate_page_lists_every_group_with_its_count() {
    let page = include_str!("../src/lib.rs");
    let groups: BTreeSet<&str> = Id::ALL.into_iter().map(Id::group).collect();
    for group in &groups {
        let count = Id::in_group(group).count();
        let section = Section::find(group.trim_end_matches(".0")).unwrap();
        let packet = match section.packet() {
            Some(packet) if !group.ends_with(".0") => format!("{packet}: "),
            Some(_) | None => String::new(),
        };
        let row = format!("//! | `{group}` | {packet}{} | {count} |\n", section.title);
        assert!(page.contains(&row), "the page lacks: {row}");
    }
    assert_eq!(page.matches("//! | `").count(), groups.len(), "rows of no group");
}

/// As above, for the numbers in the introduction.
#[test]
fn crate_page_counts_its_items() {
    let page = include_str!("../src/lib.rs");
    let counts = [
        ("[`Id`]", Id::ALL.len()),
        ("[`Line`]", Line::ALL.len()),
        ("[`Reading`]", Reading::ALL.len()),
        ("[`Discrepancy`]", Discrepancy::ALL.len()),
        ("[`Section`]", Section::ALL.len()),
    ];
    for (name, count) in counts {
        let row = page.lines().find(|row| row.starts_with(&format!("//! | {name}"))).unwrap();
        assert!(row.contains(&format!("| {count} |")), "{row}: {count}");
    }
}
