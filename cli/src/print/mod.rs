//! Messages on stdout: payload alone, `-v`, and the formats of `-F`.
//!
//! A payload is written as it is. A whole message is put together first and written at once, so a
//! reader never sees half of one because of this program.

pub mod format;
pub mod json;

use jiff::Zoned;

pub use format::Format;

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it was published.
    pub topic: String,
    /// What was published.
    pub payload: Vec<u8>,
    /// The QoS at which it came.
    pub qos: u8,
    /// Whether it was retained.
    pub retain: bool,
    /// The packet identifier; 0 at QoS 0.
    pub packet_id: u16,
}

/// What is printed for a message.
#[derive(Clone, Debug)]
pub enum Style {
    /// The payload; nothing at all for an empty one.
    Payload,
    /// Topic, blank, payload; `(null)` for an empty one.
    Verbose,
    /// As `-F` says.
    Format(Format),
}

/// How messages are printed.
#[derive(Clone, Debug)]
pub struct Printer {
    /// What is printed.
    pub style: Style,
    /// What follows each message: a line end, or nothing.
    pub end: &'static [u8],
    /// How JSON is laid out.
    pub layout: json::Layout,
}

impl Printer {
    /// Appends `message` to `out`; `now`, the moment when it came, is asked for only if printed.
    ///
    /// # Errors
    ///
    /// What `-F` asks for cannot be made of this message; the text says why. `out` is left as it
    /// was.
    pub fn print(
        &self,
        message: &Message,
        now: impl FnOnce() -> Zoned,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        match &self.style {
            Style::Payload => {
                if message.payload.is_empty() {
                    return Ok(());
                }
                out.extend(&message.payload);
            }
            Style::Verbose => {
                out.extend(message.topic.bytes());
                out.push(b' ');
                match message.payload.as_slice() {
                    [] => out.extend(b"(null)"),
                    payload => out.extend(payload),
                }
            }
            Style::Format(format) => format.write(message, &now(), self.layout, out)?,
        }
        out.extend(self.end);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
