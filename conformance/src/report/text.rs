//! What several formats say in plain text: bytes with their fields, and a failure in full.
//!
//! Names, topics and payloads are whatever a broker chose to send. Here they become text that can be
//! looked at without harm: nothing invisible, nothing that moves the cursor or turns the direction.

use std::fmt::Write;

use etalon::packet::{Limits, annotate};

use super::outcome::plural;
use super::{Breach, Case, Field, Report, Stop, Wire};

/// So many bytes of one field are shown.
pub const FIELD_BYTES_MAX: usize = 32;

/// So many fields of a packet are shown.
pub const FIELDS_MAX: usize = 40;

/// So many events of a wire are shown, half from its beginning and half from its end.
pub const WIRE_MAX: usize = 80;

/// `text` with everything that cannot be seen written as an escape; line ends and tabs stay.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => out.push(char),
            '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{E0000}'..='\u{E007F}' => out.extend(char.escape_unicode()),
            _ if char.is_control() || u32::from(char) & 0xFFFE == 0xFFFE => {
                out.extend(char.escape_unicode());
            }
            _ => out.push(char),
        }
    }
    out
}

/// [`visible`], on one line.
pub fn line(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

/// The bytes that hexadecimal digits stand for; `None` if they are none.
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = digits
        .chars()
        .filter(|char| !char.is_ascii_whitespace())
        .map(|char| char.to_digit(16))
        .collect::<Option<_>>()?;
    digits
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => u8::try_from(high << 4 | low).ok(),
            _ => None,
        })
        .collect()
}

/// `30 0B 00`, and how many more there are after `max` bytes.
pub fn hex(bytes: &[u8], max: usize) -> String {
    let shown: Vec<String> = bytes.iter().take(max).map(|byte| format!("{byte:02X}")).collect();
    let more = bytes.len().saturating_sub(max);
    let shown = shown.join(" ");
    if more == 0 { shown } else { format!("{shown} ... {} more", plural(more, "byte")) }
}

/// What each part of `bytes` is, over all the packets in them.
pub fn fields(bytes: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut from = 0usize;
    while let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) {
        let mut next = bytes.len();
        for field in annotate::annotate(rest, Limits::EITHER) {
            if field.name == "what follows" && field.at.start > 0 {
                next = from.saturating_add(field.at.start);
                break;
            }
            fields.push(Field {
                at: from.saturating_add(field.at.start),
                len: field.at.len(),
                name: field.name.to_owned(),
                meaning: field.meaning,
            });
        }
        from = next;
        if fields.len() > FIELDS_MAX {
            break;
        }
    }
    fields
}

/// What a wire shows: events, or a number of events that are left out.
pub fn excerpt(wire: &[Wire]) -> (&[Wire], usize, &[Wire]) {
    let left_out = wire.len().saturating_sub(WIRE_MAX);
    if left_out == 0 {
        return (wire, 0, &[]);
    }
    let (head, rest) = wire.split_at_checked(WIRE_MAX / 2).unwrap_or((wire, &[]));
    (head, left_out, rest.get(left_out..).unwrap_or_default())
}

/// The sign in the middle of a wire's line.
pub fn arrow(what: &str) -> &str {
    match what {
        ">" => "-->",
        "<" => "<--",
        _ => "---",
    }
}

/// Where a breach was seen: `sub, packet 3, byte 2`.
pub fn place(breach: &Breach) -> String {
    let mut parts = Vec::new();
    if !breach.client.is_empty() {
        parts.push(line(&breach.client));
    }
    if breach.packet > 0 {
        parts.push(format!("packet {}", breach.packet));
        parts.push(format!("byte {}", breach.byte));
    }
    parts.push(format!("{:.3} s", breach.at));
    parts.join(", ")
}

/// The byte at fault; what is missing, such as a close, is no byte's fault.
pub fn fault(breach: &Breach) -> Option<usize> {
    (breach.packet > 0).then_some(breach.byte)
}

/// Everything about a case that went wrong, but for the trace that shows it again.
pub fn failure(report: &Report, case: &Case) -> String {
    let mut out = format!("{} {}\n", case.status.word(), line(&case.name));
    if !case.broken.is_empty() {
        out += &format!("broken: {}\n", line(&case.broken.join(" ")));
    }
    if !case.message.is_empty() {
        out += &format!("{}\n", visible(&case.message));
    }
    if case.runs.all > 1 {
        out +=
            &format!("failed {} of {}\n", case.runs.failed, plural(case.runs.all as usize, "run"));
    }
    if let Some(at) = &case.stop {
        stop(&mut out, at);
    }
    for breach in report.breaches_in(case) {
        out += &format!("\naudit: {} ({})\n", line(&breach.id), place(breach));
        out += &format!("  {}\n", line(&breach.message));
        if let Some(bytes) = bytes(&breach.bytes) {
            dump(&mut out, &bytes, &fields(&bytes), fault(breach));
        }
    }
    if !case.wire.is_empty() {
        out += "\nwire:\n";
        wire(&mut out, &case.wire);
    }
    out
}

fn stop(out: &mut String, stop: &Stop) {
    *out += &format!("\nline {} of the trace\n", stop.line);
    *out += &format!("  expected  {}\n", line(&stop.expected));
    *out += &format!("  seen      {}\n", line(&stop.seen));
    for packet in &stop.came {
        *out += &format!("  came      {}\n", line(&packet.line));
        if let Some(bytes) = bytes(&packet.bytes) {
            dump(out, &bytes, &packet.fields, None);
        }
    }
}

/// The fields of a packet, one on a line; the one with the offending byte is marked.
fn dump(out: &mut String, bytes: &[u8], fields: &[Field], fault: Option<usize>) {
    for field in fields.iter().take(FIELDS_MAX) {
        let end = field.at.saturating_add(field.len);
        let part = bytes.get(field.at..end).unwrap_or_default();
        let mark = if fault.is_some_and(|at| (field.at..end).contains(&at)) { "=>" } else { "" };
        let (hex, name) = (hex(part, 8), line(&field.name));
        let _ = writeln!(out, "  {mark:>3} {hex:24} {name}: {}", line(&field.meaning));
    }
    let more = fields.len().saturating_sub(FIELDS_MAX);
    if more > 0 {
        let _ = writeln!(out, "      ... {} more", plural(more, "field"));
    }
}

fn wire(out: &mut String, wire: &[Wire]) {
    let (head, left_out, tail) = excerpt(wire);
    for event in head {
        self::event(out, event);
    }
    if left_out > 0 {
        let _ = writeln!(out, "  ... {} left out ...", plural(left_out, "event"));
    }
    for event in tail {
        self::event(out, event);
    }
}

fn event(out: &mut String, event: &Wire) {
    let what = match event.what.as_str() {
        ">" | "<" => line(&event.line),
        what => line(&format!("{what} {}", event.line)),
    };
    let (who, arrow) = (line(&event.who), arrow(&event.what));
    let _ = writeln!(out, "  {:8.3}  {who:8} {arrow} {}", event.at, what.trim_end());
    for breach in event.breaches.iter().filter(|breach| breach.by == "server") {
        let _ = writeln!(out, "            {} {}", line(&breach.id), line(&breach.message));
    }
}
