//! A word that is not known, and the known one that was probably meant.

/// How alike two words have to be, from 0 to 1; below it a suggestion is noise.
const ALIKE: f64 = 0.75;

/// `; did you mean qos2?`, or nothing.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let scored = known.into_iter().map(|one| (strsim::jaro_winkler(word, one), one));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    match best {
        Some((score, one)) if score >= ALIKE => format!("; did you mean {one}?"),
        Some(_) | None => String::new(),
    }
}
