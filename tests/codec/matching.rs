//! §4.7: which strings are Topic Names and Topic Filters, and which filter matches which name.

use etalon::spec;
use etalon::topic::{Flaw, TopicFilter, TopicName};
use etalon::violation::Rule;

use crate::generator::Source;

fn matches(filter: &str, name: &str) -> bool {
    TopicFilter::new(filter).unwrap().matches(TopicName::new(name).unwrap())
}

/// Filter, names that it matches, names that it does not.
const MATCHING: [(&str, &[&str], &[&str]); 26] = [
    ("sport/#", &["sport", "sport/", "sport/a/b", "sport//"], &["sports", "a/sport", "/sport"]),
    ("sport/+", &["sport/", "sport/a"], &["sport", "sport/a/b", "sport/a/"]),
    ("+/+", &["/finance", "/", "a/b", "a/"], &["finance", "a/b/c", "$a/b"]),
    ("/+", &["/finance", "/", "/$x"], &["finance", "/a/b"]),
    ("+", &["finance", " "], &["/finance", "/", "a/", "$SYS"]),
    ("/", &["/"], &["//", "a"]),
    ("a/+/b", &["a//b", "a/x/b"], &["a/b", "a/x/y/b"]),
    ("#", &["/", "a", "a/b", "/a"], &["$SYS", "$SYS/x", "$", "$/"]),
    ("+/#", &["a", "a/b", "/", "/b"], &["$SYS", "$SYS/x"]),
    ("+/x", &["a/x", "/x"], &["$SYS/x", "a/y"]),
    ("$SYS/#", &["$SYS", "$SYS/x", "$SYS/x/y"], &["SYS", "$sys"]),
    ("$SYS/+", &["$SYS/x", "$SYS/"], &["$SYS", "$SYS/x/y"]),
    ("a/+", &["a/$x", "a/"], &["a", "b/x"]),
    ("a/#", &["a/$x", "a"], &["ab", "b"]),
    ("/#", &["/", "/$SYS", "/a/b"], &["a", "$SYS"]),
    ("//", &["//"], &["/", "///"]),
    ("+//+", &["a//b", "//"], &["a/b", "a/b/c"]),
    ("a/b/#", &["a/b", "a/b/c/d/e"], &["a", "a/bc"]),
    ("+/+/#", &["a/b", "a/b/c", "//"], &["a", "b"]),
    ("a", &["a"], &["A", "a ", " a", "ab", "a/", "/a", "á"]),
    ("A/b", &["A/b"], &["a/b", "A/B"]),
    ("a b", &["a b"], &["a%20b", "ab"]),
    ("\u{FEFF}a", &["\u{FEFF}a"], &["a"]),
    ("\u{E9}", &["\u{E9}"], &["e\u{301}"]),
    ("..", &[".."], &["a", "."]),
    ("sport/tennis/+/#", &["sport/tennis/p1", "sport/tennis/p1/r"], &["sport/tennis"]),
];

#[test]
fn filters_match_as_the_standard_says() {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_2_1, MQTT_4_7_3_4);
    for (filter, yes, no) in MATCHING {
        for name in yes {
            assert!(matches(filter, name), "{filter:?} has to match {name:?}");
        }
        for name in no {
            assert!(!matches(filter, name), "{filter:?} may not match {name:?}");
        }
    }
}

#[test]
fn wildcards_and_reserved_names_are_told() {
    for (filter, expected) in [("a/b", false), ("$SYS", false), ("a/#", true), ("+/b", true)] {
        assert_eq!(TopicFilter::new(filter).unwrap().has_wildcard(), expected, "{filter}");
    }
    for (name, expected) in [("$SYS/x", true), ("$", true), ("a/$x", false), ("/$x", false)] {
        assert_eq!(TopicName::new(name).unwrap().is_reserved(), expected, "{name}");
    }
}

#[test]
fn topic_names_without_wildcard_are_valid() {
    spec::covers!(MQTT_4_7_3_1);
    for name in ["a", "/", "//", " ", "$SYS/x", "a/$x", "a//b", "\u{FEFF}", "ä/𪛔", "\n", "/a/"]
    {
        assert_eq!(TopicName::new(name).map(TopicName::as_str), Ok(name));
    }
}

#[test]
fn topic_names_are_refused_at_the_offending_byte() {
    spec::covers!(MQTT_3_3_2_2, MQTT_4_7_1_1, MQTT_4_7_3_1, MQTT_4_7_3_2, MQTT_4_7_3_3);
    let long = "a".repeat(65_536);
    let cases = [
        ("", Rule::TopicEmpty, 0),
        ("#", Rule::WildcardInTopicName, 0),
        ("a/+/b", Rule::WildcardInTopicName, 2),
        ("ä+", Rule::WildcardInTopicName, 2),
        ("a\0#", Rule::TextWithNul, 1),
        ("a#\0", Rule::WildcardInTopicName, 1),
        (&long, Rule::TextTooLong, 65_535),
    ];
    for (name, rule, at) in cases {
        let flaw = TopicName::new(name).unwrap_err();
        assert_eq!((flaw.rule, flaw.at), (rule, at), "{name:.9}");
    }
    assert!(TopicName::new(&long[1..]).is_ok());
}

#[test]
fn topic_filters_with_wildcards_in_their_place_are_valid() {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3);
    for filter in
        ["#", "+", "/", "//", "/#", "+/#", "+/+", "a//b", "$x/#", " ", "a/+/#", "$share/g/t", "+/"]
    {
        assert_eq!(TopicFilter::new(filter).map(TopicFilter::as_str), Ok(filter));
    }
}

#[test]
fn topic_filters_are_refused_at_the_offending_byte() {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_3_1, MQTT_4_7_3_2, MQTT_4_7_3_3);
    let long = "a".repeat(65_536);
    let cases = [
        ("", Rule::TopicEmpty, 0),
        ("a#", Rule::MisplacedHash, 1),
        ("#/a", Rule::MisplacedHash, 0),
        ("a/#/b", Rule::MisplacedHash, 2),
        ("##", Rule::MisplacedHash, 0),
        ("/##", Rule::MisplacedHash, 1),
        ("a/b#", Rule::MisplacedHash, 3),
        ("a/#b", Rule::MisplacedHash, 2),
        ("#/", Rule::MisplacedHash, 0),
        ("a+", Rule::MisplacedPlus, 1),
        ("+a", Rule::MisplacedPlus, 0),
        ("a/+b/c", Rule::MisplacedPlus, 2),
        ("++", Rule::MisplacedPlus, 0),
        ("+#", Rule::MisplacedPlus, 0),
        ("+/a\0", Rule::TextWithNul, 3),
        (&long, Rule::TextTooLong, 65_535),
    ];
    for (filter, rule, at) in cases {
        let Flaw { rule: found, at: offset, .. } = TopicFilter::new(filter).unwrap_err();
        assert_eq!((found, offset), (rule, at), "{filter:.9}");
    }
    assert!(TopicFilter::new(&long[1..]).is_ok());
}

#[test]
fn dubious_characters_are_found_where_they_stand() {
    let dubious = |text| TopicFilter::new(text).unwrap().dubious();
    assert_eq!(dubious("plain/ä/\u{A0}\u{FEFF}"), None);
    assert_eq!(dubious("ab\u{1}"), Some(2));
    assert_eq!(dubious("ä\u{7F}"), Some(2));
    assert_eq!(dubious("\u{9F}"), Some(0));
    assert_eq!(dubious("ab/\u{FDD0}"), Some(3));
    assert_eq!(dubious("\u{FDCF}\u{FDF0}\u{FFFD}"), None);
    assert_eq!(dubious("a\u{10FFFF}"), Some(1));
}

#[test]
fn a_topic_of_65_536_levels_is_matched_without_recursion() {
    let name = "/".repeat(65_535);
    assert!(matches(&name, &name));
    assert!(matches(&format!("+{}/#", "/+".repeat(32_000)), &name));
    assert!(!matches(&name[1..], &name));
}

#[test]
fn levels_are_counted_with_the_empty_ones() {
    let levels = |name| TopicName::new(name).unwrap().levels().collect::<Vec<_>>();
    assert_eq!(levels("/"), ["", ""]);
    assert_eq!(levels("a//b/"), ["a", "", "b", ""]);
}

/// §4.7 word by word, with recursion.
fn naive(filter: &[&str], name: &[&str]) -> bool {
    match (filter, name) {
        (["#"], _) | ([], []) => true,
        (["+", filter @ ..], [_, name @ ..]) => naive(filter, name),
        ([wanted, filter @ ..], [level, name @ ..]) => wanted == level && naive(filter, name),
        ([], _) | (_, []) => false,
    }
}

fn naive_with_dollar(filter: &str, name: &str) -> bool {
    let barred = name.starts_with('$') && (filter.starts_with('#') || filter.starts_with('+'));
    let (filter, name): (Vec<_>, Vec<_>) = (filter.split('/').collect(), name.split('/').collect());
    !barred && naive(&filter, &name)
}

#[test]
fn matching_agrees_with_the_naive_definition() {
    fn law(entropy: Vec<u8>) -> bool {
        let mut source = Source::new(&entropy);
        let (filter, name) = (source.filter(), source.name());
        matches(&filter, &name) == naive_with_dollar(&filter, &name)
    }
    quickcheck::QuickCheck::new().tests(20_000).quickcheck(law as fn(Vec<u8>) -> bool);
    // The generator's levels rarely agree by chance, so all short strings of few characters too.
    let alphabet = ["a", "/", "+", "#", "$"];
    let mut texts = vec![String::new()];
    for _ in 0..4 {
        let longer = texts.iter().flat_map(|text| alphabet.map(|letter| format!("{text}{letter}")));
        texts = longer.chain(texts.clone()).collect();
        texts.sort();
        texts.dedup();
    }
    let filters: Vec<_> = texts.iter().filter_map(|text| TopicFilter::new(text).ok()).collect();
    let names: Vec<_> = texts.iter().filter_map(|text| TopicName::new(text).ok()).collect();
    for filter in &filters {
        for name in &names {
            let expected = naive_with_dollar(filter.as_str(), name.as_str());
            assert_eq!(filter.matches(*name), expected, "{filter:?} {name:?}");
        }
    }
    assert!(filters.len() > 100 && names.len() > 100);
}
