//! What holds for all readings together.

use std::collections::BTreeSet;

use super::*;

#[test]
fn readings_ascend_and_are_named_after_their_numbers() {
    for pair in Reading::ALL.windows(2) {
        assert!(pair[0].number() < pair[1].number(), "{} before {}", pair[0], pair[1]);
    }
    for reading in Reading::ALL {
        assert_eq!(reading.to_string(), format!("{reading:?}").replace('_', "-"));
        assert_eq!(reading.zone().reading, reading);
    }
    assert_eq!(Reading::ALL.len(), 93);
}

#[test]
fn reading_stands_in_the_file_of_its_area() {
    for area in Area::ALL {
        for zone in area.zones() {
            assert_eq!(zone.reading.area(), area, "{}", zone.reading);
        }
    }
}

#[test]
fn every_spelling_of_a_reading_reads_back() {
    for reading in Reading::ALL {
        let number = reading.number();
        for text in [
            reading.to_string(),
            reading.to_string().to_lowercase(),
            format!("S{number}"),
            format!("S-{number}"),
            format!("{reading:?}"),
        ] {
            assert_eq!(text.parse(), Ok(reading), "{text}");
        }
    }
}

#[test]
fn unknown_reading_names_its_neighbours() {
    let refusal = |text: &str| text.parse::<Reading>().unwrap_err().to_string();
    assert_eq!(refusal("S-12"), "there is no reading S-12; nearest: S-11 and S-19");
    assert_eq!(refusal("S-0"), "there is no reading S-00; nearest: S-01");
    assert_eq!(refusal("S-999"), "there is no reading S-999; nearest: S-126");
    for text in ["", "S", "S-", "40", "S--40", "S-+4", "S-040", "U-264", "Ä-40"] {
        assert_eq!(text.parse::<Reading>(), Err(UnknownReading::Shape), "{text}");
    }
}

#[test]
fn readings_are_found_by_what_they_concern() {
    for reading in Reading::ALL {
        let zone = reading.zone();
        for id in zone.statements {
            assert!(Reading::of_statement(*id).any(|other| other == reading), "{reading} {id}");
        }
        for line in zone.lines {
            assert!(Reading::of_line(*line).any(|other| other == reading), "{reading} {line}");
        }
        for section in zone.sections {
            assert!(Reading::in_section(section).any(|other| other == reading));
            assert!(Reading::under(section).any(|other| other == reading));
        }
    }
    let keep_alive: Vec<Reading> = Reading::of_statement(Id::MQTT_3_1_2_24).collect();
    assert_eq!(keep_alive, [Reading::S_40, Reading::S_41, Reading::S_126]);
    assert_eq!(Reading::of_line(Line::L_829).collect::<Vec<_>>(), [Reading::S_62]);
    assert_eq!(Reading::in_section("3.14").count(), 0);
    let disconnect: Vec<Reading> = Reading::under("3.14").collect();
    assert_eq!(disconnect, [Reading::S_100, Reading::S_101, Reading::S_103]);
}

#[test]
fn every_reading_concerns_a_statement_or_a_line_once() {
    for reading in Reading::ALL {
        let Zone { sections, statements, lines, .. } = *reading.zone();
        assert!(!statements.is_empty() || !lines.is_empty(), "{reading}");
        assert!(!sections.is_empty(), "{reading}");
        assert_eq!(statements.iter().collect::<BTreeSet<_>>().len(), statements.len(), "{reading}");
        assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), lines.len(), "{reading}");
        assert_eq!(sections.iter().collect::<BTreeSet<_>>().len(), sections.len(), "{reading}");
    }
}
