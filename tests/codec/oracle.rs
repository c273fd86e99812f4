//! A second decoder, written by hand from the tables of the standard and without a look at the
//! first: a cursor over the packet, plain loops, its own UTF-8. It says what it read as words.

use etalon::packet::{Decoded, Packet, Qos};
use etalon::spec::Id;
use etalon::topic::TopicFilter;
use etalon::violation::{Rule, Violation};

/// What a decoder makes of the first packet of its input.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The packet in words, and its size.
    Packet(String, usize),
    /// How many bytes are missing at least.
    Incomplete(usize),
    /// Statement, cause and place.
    Broken(Id, Rule, u32),
}

type Breach = (Id, Rule, usize);

/// Decodes for a receiver that may be either side, refusing control characters.
pub fn decode(input: &[u8]) -> Outcome {
    let Some(first) = input.first().copied() else { return Outcome::Incomplete(2) };
    if let Err(breach) = check_first(first) {
        return broken(breach);
    }
    let kind = first >> 4;
    let mut length = 0usize;
    let mut header = 1;
    loop {
        let Some(byte) = input.get(header) else { return Outcome::Incomplete(1) };
        length += usize::from(byte % 128) * 128usize.pow(header as u32 - 1);
        header += 1;
        if *byte < 128 {
            break;
        }
        if header == 5 {
            return broken((fallback(kind), Rule::LengthTooLong, 4));
        }
    }
    if let Err(breach) = check_length(kind, length, header) {
        return broken(breach);
    }
    if input.len() < header + length {
        return Outcome::Incomplete(header + length - input.len());
    }
    let mut cursor = Cursor { bytes: input, at: header, end: header + length };
    match body(&mut cursor, first) {
        Ok(words) => Outcome::Packet(words, header + length),
        Err(breach) => broken(breach),
    }
}

/// What the decoder under test said, in the same words.
pub fn outcome(said: Result<Decoded<'_>, Violation>) -> Outcome {
    match said {
        Ok(Decoded::Packet { packet, used, .. }) => Outcome::Packet(words(&packet), used),
        Ok(Decoded::Incomplete { need }) => Outcome::Incomplete(need),
        Err(Violation { id, rule, at, .. }) => Outcome::Broken(id, rule, at),
    }
}

fn broken((id, rule, at): Breach) -> Outcome {
    Outcome::Broken(id, rule, at as u32)
}

fn fallback(kind: u8) -> Id {
    if kind == 1 { Id::MQTT_3_1_4_1 } else { Id::MQTT_4_8_0_1 }
}

fn check_first(first: u8) -> Result<(), Breach> {
    let flags = first & 15;
    let (id, rule) = match first >> 4 {
        0 | 15 => (Id::MQTT_4_8_0_1, Rule::ReservedType),
        3 if flags & 6 == 6 => (Id::MQTT_3_3_1_4, Rule::QosThree),
        3 if flags & 14 == 8 => (Id::MQTT_3_3_1_2, Rule::DupAtQosZero),
        3 => return Ok(()),
        6 if flags != 2 => (Id::MQTT_3_6_1_1, Rule::FlagsNotTwo),
        8 if flags != 2 => (Id::MQTT_3_8_1_1, Rule::FlagsNotTwo),
        10 if flags != 2 => (Id::MQTT_3_10_1_1, Rule::FlagsNotTwo),
        6 | 8 | 10 => return Ok(()),
        14 if flags != 0 => (Id::MQTT_3_14_1_1, Rule::FlagsNotZero),
        _ if flags != 0 => (Id::MQTT_2_2_2_2, Rule::FlagsNotZero),
        _ => return Ok(()),
    };
    Err((id, rule, 0))
}

fn check_length(kind: u8, length: usize, header: usize) -> Result<(), Breach> {
    let identifier = |id| (id, Rule::PacketIdMissing, header);
    let list = |id, rule| (id, rule, header + 2);
    let left_over = |room| (Id::MQTT_4_8_0_1, Rule::LeftOver, header + room);
    Err(match (kind, length) {
        (1, 327_696..) => (Id::MQTT_3_1_4_1, Rule::ConnectTooLong, 1),
        (1, 0..=5) => (Id::MQTT_3_1_4_1, Rule::CutOff, header),
        (1, 6 | 7) => (Id::MQTT_3_1_4_1, Rule::CutOff, header + length),
        (1, 8 | 9) => (Id::MQTT_3_1_4_1, Rule::CutOff, header + 8),
        (1, 10 | 11) => (Id::MQTT_3_1_3_3, Rule::ClientIdMissing, header + 10),
        (2, 0 | 1) => (Id::MQTT_4_8_0_1, Rule::CutOff, header + length),
        (3, 0 | 1) => (Id::MQTT_3_3_2_1, Rule::TopicNameMissing, header),
        (4..=7, 0 | 1) => identifier(Id::MQTT_2_3_1_6),
        (9 | 11, 0 | 1) => identifier(Id::MQTT_2_3_1_7),
        (8 | 10, 0 | 1) => identifier(Id::MQTT_2_3_1_1),
        (8, 2 | 3) => list(Id::MQTT_3_8_3_3, Rule::RequestsMissing),
        (9, 2) => list(Id::MQTT_3_8_4_5, Rule::ReturnCodesMissing),
        (10, 2 | 3) => list(Id::MQTT_3_10_3_2, Rule::FiltersMissing),
        (2 | 4..=7 | 11, 3..) => left_over(2),
        (12..=14, 1..) => left_over(0),
        _ => return Ok(()),
    })
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    fn left(&self) -> usize {
        self.end - self.at
    }

    fn u16(&mut self) -> Option<u16> {
        if self.left() < 2 {
            return None;
        }
        let number = u16::from(self.bytes[self.at]) << 8 | u16::from(self.bytes[self.at + 1]);
        self.at += 2;
        Some(number)
    }

    /// The field and where its content begins; the cursor stays where it is if it does not fit.
    fn field(&mut self) -> Option<(&'a [u8], usize)> {
        let before = self.at;
        let length = usize::from(self.u16()?);
        if self.left() < length {
            self.at = before;
            return None;
        }
        let begin = self.at;
        self.at += length;
        Some((&self.bytes[begin..self.at], begin))
    }
}

/// How a text field is called to account.
struct Blame {
    missing: (Id, Rule),
    utf8: Id,
    nul: Id,
    topic: Topic,
}

enum Topic {
    No,
    Name(Id),
    Filter,
}

fn text(cursor: &mut Cursor<'_>, blame: &Blame) -> Result<String, Breach> {
    let (id, rule) = blame.missing;
    let (bytes, begin) = cursor.field().ok_or((id, rule, cursor.at))?;
    let letters = utf8(bytes).map_err(|at| (blame.utf8, Rule::TextNotUtf8, begin + at))?;
    let topic = !matches!(blame.topic, Topic::No);
    if topic && letters.is_empty() {
        return Err((Id::MQTT_4_7_3_1, Rule::TopicEmpty, begin));
    }
    for (index, (at, letter)) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| letters[index].1);
        let after = letters.get(index + 1).map(|(_, letter)| *letter);
        let whole_level =
            before.is_none_or(|letter| letter == 0x2F) && after.is_none_or(|letter| letter == 0x2F);
        let (id, rule) = match (*letter, &blame.topic) {
            (0, _) => (blame.nul, Rule::TextWithNul),
            (0x23 | 0x2B, Topic::Name(id)) => (*id, Rule::WildcardInTopicName),
            (0x23, Topic::Filter) if !whole_level || after.is_some() => {
                (Id::MQTT_4_7_1_2, Rule::MisplacedHash)
            }
            (0x2B, Topic::Filter) if !whole_level => (Id::MQTT_4_7_1_3, Rule::MisplacedPlus),
            _ => continue,
        };
        return Err((id, rule, begin + at));
    }
    for (at, letter) in &letters {
        let control = matches!(letter, 1..=31 | 127..=159);
        let none = matches!(letter, 0xFDD0..=0xFDEF) || letter % 0x10000 >= 0xFFFE;
        if control || none {
            return Err((Id::MQTT_4_8_0_1, Rule::DubiousCharacter, begin + at));
        }
    }
    Ok(letters.iter().filter_map(|(_, letter)| char::from_u32(*letter)).collect())
}

/// Code points with their offsets, or the offset of the first sequence that is none (RFC 3629).
fn utf8(bytes: &[u8]) -> Result<Vec<(usize, u32)>, usize> {
    let mut letters = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (more, lead, least) = match bytes[at] {
            lead @ 0x00..=0x7F => (0, lead, 0),
            lead @ 0xC0..=0xDF => (1, lead & 0x1F, 0x80),
            lead @ 0xE0..=0xEF => (2, lead & 0x0F, 0x800),
            lead @ 0xF0..=0xF7 => (3, lead & 0x07, 0x1_0000),
            _ => return Err(at),
        };
        let mut letter = u32::from(lead);
        for offset in 1..=more {
            match bytes.get(at + offset) {
                Some(byte) if byte & 0xC0 == 0x80 => letter = letter << 6 | u32::from(byte & 0x3F),
                _ => return Err(at),
            }
        }
        if letter < least || (0xD800..=0xDFFF).contains(&letter) || letter > 0x10_FFFF {
            return Err(at);
        }
        letters.push((at, letter));
        at += more + 1;
    }
    Ok(letters)
}

fn identifier(cursor: &mut Cursor<'_>, id: Id) -> Result<u16, Breach> {
    let begin = cursor.at;
    match cursor.u16() {
        None => Err((id, Rule::PacketIdMissing, begin)),
        Some(0) => Err((id, Rule::PacketIdZero, begin)),
        Some(number) => Ok(number),
    }
}

fn body(cursor: &mut Cursor<'_>, first: u8) -> Result<String, Breach> {
    match first >> 4 {
        1 => connect(cursor),
        2 => connack(cursor),
        3 => publish(cursor, first),
        kind @ 4..=7 => Ok(format!("{kind} {}", identifier(cursor, Id::MQTT_2_3_1_6)?)),
        8 => subscribe(cursor),
        9 => suback(cursor),
        10 => unsubscribe(cursor),
        11 => Ok(format!("11 {}", identifier(cursor, Id::MQTT_2_3_1_7)?)),
        kind => Ok(format!("{kind}")),
    }
}

fn connect(cursor: &mut Cursor<'_>) -> Result<String, Breach> {
    for wanted in [0, 4, 77, 81, 84, 84] {
        if cursor.bytes[cursor.at] != wanted {
            return Err((Id::MQTT_3_1_2_1, Rule::ProtocolName, cursor.at));
        }
        cursor.at += 1;
    }
    if cursor.bytes[cursor.at] != 4 {
        return Err((Id::MQTT_3_1_2_2, Rule::ProtocolLevel, cursor.at));
    }
    let bits = cursor.bytes[cursor.at + 1];
    let bit = |number: u8| bits >> number & 1 == 1;
    let qos = bits >> 3 & 3;
    let fault = match () {
        () if bit(0) => Some((Id::MQTT_3_1_2_3, Rule::ConnectFlagReserved)),
        () if !bit(2) && qos != 0 => Some((Id::MQTT_3_1_2_11, Rule::WillQosWithoutWill)),
        () if !bit(2) && bit(5) => Some((Id::MQTT_3_1_2_11, Rule::WillRetainWithoutWill)),
        () if qos == 3 => Some((Id::MQTT_3_1_2_14, Rule::WillQosThree)),
        () if bit(6) && !bit(7) => Some((Id::MQTT_3_1_2_22, Rule::PasswordWithoutUserName)),
        () => None,
    };
    if let Some((id, rule)) = fault {
        return Err((id, rule, cursor.at + 1));
    }
    cursor.at += 2;
    let keep_alive = cursor.u16().unwrap();
    let client_at = cursor.at;
    let blame = |id, rule, text, topic| Blame { missing: (id, rule), utf8: text, nul: text, topic };
    let client =
        text(cursor, &blame(Id::MQTT_3_1_3_3, Rule::ClientIdMissing, Id::MQTT_3_1_3_4, Topic::No))?;
    let mut words = format!("1 {client:?} clean {} alive {keep_alive}", bit(1));
    if bit(2) {
        let name = Topic::Name(Id::MQTT_4_7_1_1);
        let topic = text(
            cursor,
            &blame(Id::MQTT_3_1_2_9, Rule::WillTopicMissing, Id::MQTT_3_1_3_10, name),
        )?;
        let missing = (Id::MQTT_3_1_2_9, Rule::WillMessageMissing, cursor.at);
        let (message, _) = cursor.field().ok_or(missing)?;
        words += &format!(" will {topic:?} {message:?} {qos} {}", bit(5));
    }
    if bit(7) {
        let user = text(
            cursor,
            &blame(Id::MQTT_3_1_2_19, Rule::UserNameMissing, Id::MQTT_3_1_3_11, Topic::No),
        )?;
        words += &format!(" user {user:?}");
    }
    if bit(6) {
        let missing = (Id::MQTT_3_1_2_21, Rule::PasswordMissing, cursor.at);
        let (password, _) = cursor.field().ok_or(missing)?;
        words += &format!(" password {password:?}");
    }
    if cursor.left() > 0 {
        let begin = cursor.at;
        let mut fields = 0;
        while cursor.field().is_some() {
            fields += 1;
        }
        let (id, rule) = match (fields, cursor.left()) {
            (1, 0) if !bit(7) => (Id::MQTT_3_1_2_18, Rule::UserNameWithoutFlag),
            (1, 0) if !bit(6) => (Id::MQTT_3_1_2_20, Rule::PasswordWithoutFlag),
            (2, 0) if !bit(2) => (Id::MQTT_3_1_2_11, Rule::WillWithoutFlag),
            _ => (Id::MQTT_3_1_4_1, Rule::LeftOver),
        };
        return Err((id, rule, begin));
    }
    if client.is_empty() && !bit(1) {
        return Err((Id::MQTT_3_1_3_8, Rule::ClientIdEmpty, client_at));
    }
    Ok(words)
}

fn connack(cursor: &mut Cursor<'_>) -> Result<String, Breach> {
    let (flags, code) = (cursor.bytes[cursor.at], cursor.bytes[cursor.at + 1]);
    if flags & 0xFE != 0 {
        return Err((Id::MQTT_4_8_0_1, Rule::ConnackFlags, cursor.at));
    }
    if code > 5 {
        return Err((Id::MQTT_3_2_2_6, Rule::ConnackCode, cursor.at + 1));
    }
    if flags == 1 && code != 0 {
        return Err((Id::MQTT_3_2_2_4, Rule::SessionPresentWithRefusal, cursor.at));
    }
    Ok(format!("2 {flags} {code}"))
}

fn publish(cursor: &mut Cursor<'_>, first: u8) -> Result<String, Breach> {
    let blame = Blame {
        missing: (Id::MQTT_3_3_2_1, Rule::TopicNameMissing),
        utf8: Id::MQTT_3_3_2_1,
        nul: Id::MQTT_1_5_3_2,
        topic: Topic::Name(Id::MQTT_3_3_2_2),
    };
    let topic = text(cursor, &blame)?;
    let id = if first & 6 == 0 { 0 } else { identifier(cursor, Id::MQTT_2_3_1_1)? };
    let payload = &cursor.bytes[cursor.at..cursor.end];
    Ok(format!("{first:02X} {topic:?} {id} {payload:?}"))
}

fn filter(cursor: &mut Cursor<'_>, id: Id) -> Result<String, Breach> {
    let missing = (id, Rule::FilterCutOff);
    let blame = Blame { missing, utf8: id, nul: Id::MQTT_1_5_3_2, topic: Topic::Filter };
    text(cursor, &blame)
}

fn subscribe(cursor: &mut Cursor<'_>) -> Result<String, Breach> {
    let mut words = format!("8 {}", identifier(cursor, Id::MQTT_2_3_1_1)?);
    while cursor.left() > 0 {
        if cursor.left() == 1 {
            return Err((Id::MQTT_4_8_0_1, Rule::FilterCutOff, cursor.at));
        }
        words += &format!(" {:?}", filter(cursor, Id::MQTT_3_8_3_1)?);
        if cursor.left() == 0 {
            return Err((Id::MQTT_3_8_3_3, Rule::RequestedQosMissing, cursor.at));
        }
        let qos = cursor.bytes[cursor.at];
        if qos > 3 {
            return Err((Id::MQTT_3_8_3_4, Rule::RequestedQosReserved, cursor.at));
        }
        if qos == 3 {
            return Err((Id::MQTT_3_8_3_4, Rule::RequestedQosThree, cursor.at));
        }
        words += &format!(" {qos}");
        cursor.at += 1;
    }
    Ok(words)
}

fn suback(cursor: &mut Cursor<'_>) -> Result<String, Breach> {
    let mut words = format!("9 {}", identifier(cursor, Id::MQTT_2_3_1_7)?);
    for at in cursor.at..cursor.end {
        let code = cursor.bytes[at];
        if ![0, 1, 2, 128].contains(&code) {
            return Err((Id::MQTT_3_9_3_2, Rule::ReturnCode, at));
        }
        words += &format!(" {code}");
    }
    Ok(words)
}

fn unsubscribe(cursor: &mut Cursor<'_>) -> Result<String, Breach> {
    let mut words = format!("10 {}", identifier(cursor, Id::MQTT_2_3_1_1)?);
    while cursor.left() > 0 {
        words += &format!(" {:?}", filter(cursor, Id::MQTT_3_10_3_1)?);
    }
    Ok(words)
}

/// A packet in the words of this decoder.
fn words(packet: &Packet<'_>) -> String {
    let number = packet.kind().bits();
    match packet {
        Packet::Connect(packet) => {
            let (client, clean) = (packet.client_id.as_str(), packet.clean_session);
            let mut words = format!("1 {client:?} clean {clean} alive {}", packet.keep_alive);
            if let Some(will) = packet.will {
                let (topic, qos) = (will.topic.as_str(), will.qos.bits());
                words += &format!(" will {topic:?} {:?} {qos} {}", will.message, will.retain);
            }
            if let Some(login) = packet.login {
                words += &format!(" user {:?}", login.user_name.as_str());
                if let Some(password) = login.password {
                    words += &format!(" password {password:?}");
                }
            }
            words
        }
        Packet::Connack(packet) => {
            let mut bytes = Vec::new();
            packet.encode(&mut bytes);
            format!("2 {} {}", bytes[2], packet.return_code())
        }
        Packet::Publish(packet) => {
            let flags = u8::from(packet.delivery.dup()) * 8
                + packet.delivery.qos().bits() * 2
                + u8::from(packet.retain);
            let id = packet.delivery.packet_id().map_or(0, |id| id.get());
            format!("3{flags:X} {:?} {id} {:?}", packet.topic.as_str(), packet.payload)
        }
        Packet::Puback(packet) => format!("{number} {}", packet.packet_id),
        Packet::Pubrec(packet) => format!("{number} {}", packet.packet_id),
        Packet::Pubrel(packet) => format!("{number} {}", packet.packet_id),
        Packet::Pubcomp(packet) => format!("{number} {}", packet.packet_id),
        Packet::Unsuback(packet) => format!("{number} {}", packet.packet_id),
        Packet::Subscribe(packet) => {
            let pair = |(filter, qos): (TopicFilter<'_>, Qos)| {
                format!(" {:?} {}", filter.as_str(), qos.bits())
            };
            format!(
                "8 {}{}",
                packet.packet_id,
                packet.requests.iter().map(pair).collect::<String>()
            )
        }
        Packet::Suback(packet) => {
            let codes = packet.return_codes.iter().map(|code| format!(" {}", code.byte()));
            format!("9 {}{}", packet.packet_id, codes.collect::<String>())
        }
        Packet::Unsubscribe(packet) => {
            let filters = packet.filters.iter().map(|filter| format!(" {:?}", filter.as_str()));
            format!("10 {}{}", packet.packet_id, filters.collect::<String>())
        }
        Packet::Pingreq(_) | Packet::Pingresp(_) | Packet::Disconnect(_) => format!("{number}"),
    }
}
