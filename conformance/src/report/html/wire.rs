//! What went over the wires, one event on a line; a packet opens to its fields.

use maud::{Markup, html};

use super::{bytes, shown};
use crate::report::outcome::plural;
use crate::report::{Breach, Wire, text};

/// The events, as long as there is room.
pub fn show(wire: &[Wire], room: &mut usize) -> Markup {
    if *room == 0 {
        return html! {};
    }
    let (head, left_out, tail) = text::excerpt(wire);
    html! {
        h3 { "On the wire" }
        ol.wire {
            @for one in head { (event(one, room)) }
            @if left_out > 0 { li.cut { (plural(left_out, "event")) " left out" } }
            @for one in tail { (event(one, room)) }
        }
    }
}

fn event(event: &Wire, room: &mut usize) -> Markup {
    if *room == 0 {
        return html! {};
    }
    let seen: Vec<&Breach> = event.breaches.iter().filter(|breach| breach.by == "server").collect();
    let bytes = text::bytes(&event.bytes).unwrap_or_default();
    // A breach by the broker stands beside what was sent when the right answer is missing.
    let fault = seen.iter().find_map(|breach| text::fault(breach)).filter(|_| event.what == "<");
    let class = match event.what.as_str() {
        ">" => "sent",
        "<" => "came",
        _ => "turn",
    };
    let row = row(event);
    *room = room.saturating_sub(row.0.len().saturating_add(100));
    html! {
        li.(class).broken[!seen.is_empty()] {
            @if bytes.is_empty() {
                div.row { (row) }
            } @else {
                details open[!seen.is_empty()] {
                    summary.row { (row) }
                    (bytes::show(&bytes, &text::fields(&bytes), fault, room))
                }
            }
            @for breach in &seen {
                p.found { span.id { (shown(&breach.id)) } " " (shown(&breach.message)) }
            }
        }
    }
}

fn row(event: &Wire) -> Markup {
    let (arrow, spoken) = match event.what.as_str() {
        ">" => ("→", "sent"),
        "<" => ("←", "came"),
        _ => ("·", ""),
    };
    html! {
        span.at { (format!("{:.3}", event.at)) }
        span.who { (shown(&event.who)) }
        span.arrow { span aria-hidden="true" { (arrow) } span.far { (spoken) } }
        span.what {
            @if spoken.is_empty() { i { (shown(&event.what)) } " " }
            (shown(&event.line))
        }
    }
}
