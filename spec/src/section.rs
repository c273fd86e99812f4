//! The table of contents of the standard, chapters 1 to 7: number and title.
//!
//! It includes the headings of the fourth level, which the printed table of contents leaves out.
//! Numbers are compared level by level: `3.1` is above `3.1.2` and has nothing to do with `3.10`.

use core::fmt;
use core::str::FromStr;

/// A section of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Section {
    /// Its number, such as `3.1.2.4`.
    pub number: &'static str,
    /// Its title.
    pub title: &'static str,
}

impl Section {
    /// Every section, in the order of the standard.
    pub const ALL: &'static [Section] = SECTIONS;

    /// The section of that number.
    pub fn find(number: &str) -> Option<&'static Section> {
        SECTIONS.iter().find(|section| section.number == number)
    }

    /// The section that this one is a direct part of; a chapter has none.
    pub fn parent(&self) -> Option<&'static Section> {
        self.number.rsplit_once('.').and_then(|(above, _)| Section::find(above))
    }

    /// The Control Packet that the section is about, for section 3.1 to 3.14 and what is below.
    pub fn packet(&self) -> Option<&'static str> {
        let below = self.number.strip_prefix("3.")?;
        let place = below.split('.').next()?;
        let top = SECTIONS.iter().find(|top| top.number.strip_prefix("3.") == Some(place))?;
        top.title.split(' ').next()
    }

    /// The direct parts of this section, in order.
    pub fn parts(&self) -> impl Iterator<Item = &'static Section> {
        let above = self.number;
        SECTIONS.iter().filter(move |section| {
            section.number.rsplit_once('.').is_some_and(|(head, _)| head == above)
        })
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.title)
    }
}

/// Reads `3.1.2.4` or `§3.1.2.4`.
impl FromStr for &'static Section {
    type Err = UnknownSection;

    fn from_str(text: &str) -> Result<Self, UnknownSection> {
        let number = text.trim();
        let number = number.strip_prefix('§').unwrap_or(number).trim_start();
        Section::find(number).ok_or(UnknownSection)
    }
}

/// The standard has no section of that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSection;

impl fmt::Display for UnknownSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the standard has no such section in its chapters 1 to 7")
    }
}

impl core::error::Error for UnknownSection {}

/// Whether `number` is `top` itself or a section below it.
pub(crate) fn is_under(number: &str, top: &str) -> bool {
    number.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

macro_rules! sections {
    ($($number:literal $title:literal;)*) => {
        static SECTIONS: &[Section] = &[$(Section { number: $number, title: $title },)*];
    };
}

sections! {
    "1" "Introduction";
    "1.1" "Organization of MQTT";
    "1.2" "Terminology";
    "1.3" "Normative references";
    "1.4" "Non normative references";
    "1.5" "Data representations";
    "1.5.1" "Bits";
    "1.5.2" "Integer data values";
    "1.5.3" "UTF-8 encoded strings";
    "1.5.3.1" "Non normative example";
    "1.6" "Editing conventions";
    "2" "MQTT Control Packet format";
    "2.1" "Structure of an MQTT Control Packet";
    "2.2" "Fixed header";
    "2.2.1" "MQTT Control Packet type";
    "2.2.2" "Flags";
    "2.2.3" "Remaining Length";
    "2.3" "Variable header";
    "2.3.1" "Packet Identifier";
    "2.4" "Payload";
    "3" "MQTT Control Packets";
    "3.1" "CONNECT – Client requests a connection to a Server";
    "3.1.1" "Fixed header";
    "3.1.2" "Variable header";
    "3.1.2.1" "Protocol Name";
    "3.1.2.2" "Protocol Level";
    "3.1.2.3" "Connect Flags";
    "3.1.2.4" "Clean Session";
    "3.1.2.5" "Will Flag";
    "3.1.2.6" "Will QoS";
    "3.1.2.7" "Will Retain";
    "3.1.2.8" "User Name Flag";
    "3.1.2.9" "Password Flag";
    "3.1.2.10" "Keep Alive";
    "3.1.2.11" "Variable header non normative example";
    "3.1.3" "Payload";
    "3.1.3.1" "Client Identifier";
    "3.1.3.2" "Will Topic";
    "3.1.3.3" "Will Message";
    "3.1.3.4" "User Name";
    "3.1.3.5" "Password";
    "3.1.4" "Response";
    "3.2" "CONNACK – Acknowledge connection request";
    "3.2.1" "Fixed header";
    "3.2.2" "Variable header";
    "3.2.2.1" "Connect Acknowledge Flags";
    "3.2.2.2" "Session Present";
    "3.2.2.3" "Connect Return code";
    "3.2.3" "Payload";
    "3.3" "PUBLISH – Publish message";
    "3.3.1" "Fixed header";
    "3.3.1.1" "DUP";
    "3.3.1.2" "QoS";
    "3.3.1.3" "RETAIN";
    "3.3.2" "Variable header";
    "3.3.2.1" "Topic Name";
    "3.3.2.2" "Packet Identifier";
    "3.3.2.3" "Variable header non normative example";
    "3.3.3" "Payload";
    "3.3.4" "Response";
    "3.3.5" "Actions";
    "3.4" "PUBACK – Publish acknowledgement";
    "3.4.1" "Fixed header";
    "3.4.2" "Variable header";
    "3.4.3" "Payload";
    "3.4.4" "Actions";
    "3.5" "PUBREC – Publish received (QoS 2 publish received, part 1)";
    "3.5.1" "Fixed header";
    "3.5.2" "Variable header";
    "3.5.3" "Payload";
    "3.5.4" "Actions";
    "3.6" "PUBREL – Publish release (QoS 2 publish received, part 2)";
    "3.6.1" "Fixed header";
    "3.6.2" "Variable header";
    "3.6.3" "Payload";
    "3.6.4" "Actions";
    "3.7" "PUBCOMP – Publish complete (QoS 2 publish received, part 3)";
    "3.7.1" "Fixed header";
    "3.7.2" "Variable header";
    "3.7.3" "Payload";
    "3.7.4" "Actions";
    "3.8" "SUBSCRIBE - Subscribe to topics";
    "3.8.1" "Fixed header";
    "3.8.2" "Variable header";
    "3.8.2.1" "Variable header non normative example";
    "3.8.3" "Payload";
    "3.8.3.1" "Payload non normative example";
    "3.8.4" "Response";
    "3.9" "SUBACK – Subscribe acknowledgement";
    "3.9.1" "Fixed header";
    "3.9.2" "Variable header";
    "3.9.3" "Payload";
    "3.9.3.1" "Payload non normative example";
    "3.10" "UNSUBSCRIBE – Unsubscribe from topics";
    "3.10.1" "Fixed header";
    "3.10.2" "Variable header";
    "3.10.3" "Payload";
    "3.10.3.1" "Payload non normative example";
    "3.10.4" "Response";
    "3.11" "UNSUBACK – Unsubscribe acknowledgement";
    "3.11.1" "Fixed header";
    "3.11.2" "Variable header";
    "3.11.3" "Payload";
    "3.12" "PINGREQ – PING request";
    "3.12.1" "Fixed header";
    "3.12.2" "Variable header";
    "3.12.3" "Payload";
    "3.12.4" "Response";
    "3.13" "PINGRESP – PING response";
    "3.13.1" "Fixed header";
    "3.13.2" "Variable header";
    "3.13.3" "Payload";
    "3.14" "DISCONNECT – Disconnect notification";
    "3.14.1" "Fixed header";
    "3.14.2" "Variable header";
    "3.14.3" "Payload";
    "3.14.4" "Response";
    "4" "Operational behavior";
    "4.1" "Storing state";
    "4.1.1" "Non normative example";
    "4.2" "Network Connections";
    "4.3" "Quality of Service levels and protocol flows";
    "4.3.1" "QoS 0: At most once delivery";
    "4.3.2" "QoS 1: At least once delivery";
    "4.3.3" "QoS 2: Exactly once delivery";
    "4.4" "Message delivery retry";
    "4.5" "Message receipt";
    "4.6" "Message ordering";
    "4.7" "Topic Names and Topic Filters";
    "4.7.1" "Topic wildcards";
    "4.7.1.1" "Topic level separator";
    "4.7.1.2" "Multi-level wildcard";
    "4.7.1.3" "Single level wildcard";
    "4.7.2" "Topics beginning with $";
    "4.7.3" "Topic semantic and usage";
    "4.8" "Handling errors";
    "5" "Security";
    "5.1" "Introduction";
    "5.2" "MQTT solutions: security and certification";
    "5.3" "Lightweight cryptography and constrained devices";
    "5.4" "Implementation notes";
    "5.4.1" "Authentication of Clients by the Server";
    "5.4.2" "Authorization of Clients by the Server";
    "5.4.3" "Authentication of the Server by the Client";
    "5.4.4" "Integrity of Application Messages and Control Packets";
    "5.4.5" "Privacy of Application Messages and Control Packets";
    "5.4.6" "Non-repudiation of message transmission";
    "5.4.7" "Detecting compromise of Clients and Servers";
    "5.4.8" "Detecting abnormal behaviors";
    "5.4.9" "Other security considerations";
    "5.4.10" "Use of SOCKS";
    "5.4.11" "Security profiles";
    "5.4.11.1" "Clear communication profile";
    "5.4.11.2" "Secured network communication profile";
    "5.4.11.3" "Secured transport profile";
    "5.4.11.4" "Industry specific security profiles";
    "6" "Using WebSocket as a network transport";
    "6.1" "IANA Considerations";
    "7" "Conformance";
    "7.1" "Conformance Targets";
    "7.1.1" "MQTT Server";
    "7.1.2" "MQTT Client";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_section_but_a_chapter_has_a_parent() {
        for section in Section::ALL {
            assert_eq!(section.parent().is_none(), !section.number.contains('.'), "{section}");
        }
        assert_eq!(Section::ALL.iter().filter(|s| s.parent().is_none()).count(), 7);
    }

    #[test]
    fn sections_ascend() {
        let key = |section: &Section| -> Vec<u8> {
            section.number.split('.').map(|part| part.parse().unwrap()).collect()
        };
        for pair in Section::ALL.windows(2) {
            assert!(key(&pair[0]) < key(&pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn parts_are_counted_without_gaps() {
        for section in Section::ALL {
            for (place, part) in section.parts().enumerate() {
                assert_eq!(part.number, format!("{}.{}", section.number, place + 1));
            }
        }
    }

    #[test]
    fn a_longer_number_is_not_below_a_shorter_one() {
        assert!(is_under("3.1.2", "3.1"));
        assert!(is_under("3.1", "3.1"));
        assert!(!is_under("3.10.4", "3.1"));
        assert!(!is_under("3.1", "3.1.2"));
    }

    #[test]
    fn sections_of_chapter_3_know_their_packet() {
        let packet = |number: &str| Section::find(number).unwrap().packet();
        assert_eq!(packet("3.1.2.5"), Some("CONNECT"));
        assert_eq!(packet("3.14"), Some("DISCONNECT"));
        assert_eq!(packet("3"), None);
        assert_eq!(packet("4.3.1"), None);
        assert_eq!(
            Section::ALL.iter().filter_map(Section::packet).collect::<BTreeSet<_>>().len(),
            14
        );
    }

    #[test]
    fn a_section_is_found_by_its_number() {
        let will_flag = "§3.1.2.5".parse::<&Section>().unwrap();
        assert_eq!(will_flag.to_string(), "3.1.2.5 Will Flag");
        assert_eq!("3.15".parse::<&Section>(), Err(UnknownSection));
    }
}
