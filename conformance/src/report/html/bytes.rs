//! The bytes of packets: each field with its digits, its name and what it says, and the offending
//! byte marked.

use maud::{Markup, html};

use super::shown;
use crate::report::outcome::plural;
use crate::report::{Field, text};

/// The bytes, as long as there is room.
pub fn show(bytes: &[u8], fields: &[Field], fault: Option<usize>, room: &mut usize) -> Markup {
    if *room == 0 || bytes.is_empty() {
        return html! {};
    }
    let more = fields.len().saturating_sub(text::FIELDS_MAX);
    let markup = html! {
        ol.bytes {
            @for field in fields.iter().take(text::FIELDS_MAX) { (self::field(bytes, field, fault)) }
            @if more > 0 { li { span { (plural(more, "field")) " more" } } }
        }
    };
    *room = room.saturating_sub(markup.0.len());
    markup
}

fn field(bytes: &[u8], field: &Field, fault: Option<usize>) -> Markup {
    let end = field.at.saturating_add(field.len);
    let part = bytes.get(field.at..end).unwrap_or_default();
    let fault = fault.filter(|at| (field.at..end).contains(at));
    html! {
        li.fault[fault.is_some()] {
            code { (digits(part, fault.map(|at| at.saturating_sub(field.at)))) }
            b { (shown(&field.name)) }
            span { (shown(&field.meaning)) }
            @if let Some(at) = fault { em { "byte " (at) " is at fault" } }
        }
    }
}

fn digits(part: &[u8], fault: Option<usize>) -> Markup {
    let Some((before, [byte, after @ ..])) = fault.and_then(|at| part.split_at_checked(at)) else {
        return html! { (text::hex(part, text::FIELD_BYTES_MAX)) };
    };
    // The bytes just before the fault are the ones to look at.
    let skipped = before.len().saturating_sub(text::FIELD_BYTES_MAX / 2);
    html! {
        @if skipped > 0 { "... " }
        (text::hex(before.get(skipped..).unwrap_or_default(), text::FIELD_BYTES_MAX)) " "
        mark { (format!("{byte:02X}")) }
        " " (text::hex(after, text::FIELD_BYTES_MAX / 2))
    }
}
