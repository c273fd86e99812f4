//! What the scanner finds, and what it must not find.

use etalon_spec::Id;

use crate::scan::{Mark, Scan, read};

fn scanned(file: &str, text: &str) -> Scan {
    let mut scan = Scan::default();
    read(file, text, &mut scan).unwrap();
    scan
}

/// Line, what is around it, and the statement, of everything that is found.
fn found(text: &str) -> Vec<(u32, String, Id)> {
    let scan = scanned("src/a.rs", text);
    scan.sites.into_iter().map(|site| (site.line, site.item, site.id)).collect()
}

fn marks(file: &str, text: &str) -> Vec<Mark> {
    scanned(file, text).sites.into_iter().map(|site| site.mark).collect()
}

const PING: Id = Id::MQTT_3_12_4_1;

#[test]
fn every_mark_is_found_with_its_line_and_function() {
    let text = r#"
spec::by_construction!(MQTT_3_12_4_1);
etalon_spec::deviates!(MQTT_3_12_4_1, "not \
    yet");
const TABLE: &[Id] = &[Id::MQTT_3_12_4_1];
impl X {
    pub const fn answer<T: Fn(u8) -> u8>(x: [u8; 2]) -> u8 where T: Copy {
        crate::spec::upholds!(MQTT_3_12_4_1);
        if x { say(Id::MQTT_3_12_4_1) }
    }
}
"#;
    let sites = scanned("src/a.rs", text).sites;
    let seen: Vec<(u32, &str, &Mark)> =
        sites.iter().map(|site| (site.line, &*site.item, &site.mark)).collect();
    assert_eq!(
        seen,
        [
            (2, "", &Mark::ByConstruction),
            (3, "", &Mark::Deviates("not yet".into())),
            (5, "TABLE", &Mark::Judges),
            (8, "answer", &Mark::Upholds),
            (9, "answer", &Mark::Judges),
        ]
    );
}

#[test]
fn several_marks_and_statements_on_one_line_are_all_found() {
    let text = "fn a() { upholds!(MQTT_3_12_4_1, MQTT_4_8_0_1); upholds!(MQTT_3_12_4_1,); }";
    let at = |id| (1, "a".to_owned(), id);
    assert_eq!(found(text), [at(PING), at(Id::MQTT_4_8_0_1), at(PING)]);
}

#[test]
fn comments_and_strings_do_not_count() {
    let text = r####"
//! upholds!(MQTT_3_12_4_1)
// upholds!(MQTT_3_12_4_1);
/* upholds!(MQTT_3_12_4_1); /* nested */ Id::MQTT_3_12_4_1 */
/// [`Id::MQTT_3_12_4_1`]
fn a() {
    let x = "upholds!(MQTT_3_12_4_1)";
    let y = r#"upholds!(MQTT_3_12_4_1); " fn b() {"#;
    let z = ('"', b'"', "\"upholds!(MQTT_3_12_4_1)\"");
}
#[doc = "upholds!(MQTT_3_12_4_1)"]
struct B<'a>(&'a str);
"####;
    assert_eq!(found(text), []);
}

#[test]
fn the_innermost_function_counts_and_the_outer_one_afterwards() {
    let text = "
fn outer() {
    fn inner() { upholds!(MQTT_3_12_4_1); }
    let closure = |x| { upholds!(MQTT_3_12_4_1); };
}
fn next(f: fn(u8) -> u8) { upholds!(MQTT_3_12_4_1); }
";
    let names: Vec<String> = found(text).into_iter().map(|(_, item, _)| item).collect();
    assert_eq!(names, ["inner", "outer", "next"]);
}

#[test]
fn marks_inside_other_macros_are_found() {
    let text = "proptest! { #[test] fn law(x in 0..9) { spec::covers!(MQTT_3_12_4_1); } }";
    assert_eq!(found(text), [(1, "law".to_owned(), PING)]);
}

#[test]
fn tests_uphold_nothing_and_judge_nobody_but_cover() {
    let body = "{ upholds!(MQTT_3_12_4_1); say(Id::MQTT_3_12_4_1); covers!(MQTT_3_12_4_1); }";
    let inside = format!("#[cfg(test)] mod tests {{ fn a() {body} }}");
    let attributed = format!("#[test] fn a() {body}");
    let whole = format!("#![cfg(test)] fn a() {body}");
    for text in [&inside, &attributed, &whole] {
        assert_eq!(marks("src/a.rs", text), [Mark::Covers], "{text}");
    }
    let plain = format!("#[cfg(not(test))] fn a() {body}");
    assert_eq!(marks("src/a.rs", &plain), [Mark::Upholds, Mark::Judges, Mark::Covers]);
    assert_eq!(marks("src/a/tests.rs", &plain), [Mark::Covers]);
    assert_eq!(marks("tests/a.rs", &plain), [Mark::Covers]);
    let after = format!("#[cfg(test)] mod tests; fn a() {body}");
    assert_eq!(marks("src/a.rs", &after).len(), 3, "the attribute ends with its item");
}

#[test]
fn comparing_with_a_statement_judges_nobody() {
    let text = "fn a() {
        if id == Id::MQTT_3_12_4_1 || Id::MQTT_3_12_4_1 != id { return }
        match id { Id::MQTT_3_12_4_1 => Id::MQTT_4_8_0_1, _ => x }
    }";
    assert_eq!(found(text), [(3, "a".to_owned(), Id::MQTT_4_8_0_1)]);
}

#[test]
fn tests_are_known_by_name() {
    let scan = scanned("cli/tests/a.rs", "#[test]\n#[ignore]\nfn one() {}\nfn two() {}");
    assert!(scan.tests.contains(&("cli/tests/a.rs".into(), "one".into())));
    assert_eq!(scan.tests.len(), 1);
}

#[test]
fn the_definition_of_a_mark_is_none() {
    assert_eq!(found("macro_rules! upholds { ($id:ident) => { note($crate::Id::$id) } }"), []);
}
