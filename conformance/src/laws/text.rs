//! Texts: matching, and the language of traces.

use etalon::topic::{TopicFilter, TopicName};

use super::generator::Source;
use crate::oracle;
use crate::trace::Trace;

/// A filter matches a Topic Name exactly if the oracle says so.
///
/// # Errors
/// The two on which they differ.
pub fn matching(entropy: &[u8]) -> Result<(), String> {
    let mut source = Source::new(entropy);
    let (filter, topic) = (source.filter(), source.name());
    let (Ok(made), Ok(name)) = (TopicFilter::new(&filter), TopicName::new(&topic)) else {
        return Err(format!("{filter:?} or {topic:?} is refused"));
    };
    match made.matches(name) == oracle::matches(&filter, &topic) {
        true => Ok(()),
        false => Err(format!("{filter:?} and {topic:?}")),
    }
}

/// Whatever is read as a trace is printed as a text that is read as the same trace.
///
/// # Errors
/// The text that is read as something else.
pub fn trace_parser(text: &str) -> Result<(), String> {
    let Ok(trace) = text.parse::<Trace>() else { return Ok(()) };
    let printed = trace.to_string();
    match printed.parse::<Trace>() {
        Ok(again) if again == trace => Ok(()),
        Ok(again) => Err(format!("{printed}\nis read as\n{again}")),
        Err(mistake) => Err(format!("{mistake} in\n{printed}")),
    }
}
