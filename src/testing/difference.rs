//! Two well-formed packets that should be one: which field differs, and what the standard says of it.
//!
//! A field with the wrong content is not malformed, so often no numbered statement is broken; then
//! the section that describes the field is named and nothing more. Where a statement binds the
//! content (an identifier that has to be repeated, DUP of a first delivery), it is named.

use crate::packet::{Connack, Connect, Delivery, Kind, Packet, PacketId, Publish, Qos, Will};
use crate::spec::{Cite, Id, Line, Section};

/// What differs first, in the order of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Difference {
    /// The field, as the standard calls it.
    pub field: &'static str,
    /// The statement or the sentence that fixes its content, if there is one.
    pub cite: Option<Cite>,
    /// The section that describes the field.
    pub section: &'static str,
}

impl Difference {
    const fn new(field: &'static str, section: &'static str) -> Difference {
        Difference { field, cite: None, section }
    }

    const fn breaks(field: &'static str, id: Id) -> Difference {
        Difference { field, cite: Some(Cite::Statement(id)), section: id.statement().section }
    }

    /// The title of the section.
    pub fn title(self) -> &'static str {
        Section::find(self.section).map_or("", |section| section.title)
    }
}

/// Where the packet that is there differs from the one that should be; `None` if they are equal.
pub fn difference(should: &Packet<'_>, is: &Packet<'_>) -> Option<Difference> {
    if should == is {
        return None;
    }
    let section = section(should.kind());
    Some(match (should, is) {
        (Packet::Connect(should), Packet::Connect(is)) => connect(should, is),
        (Packet::Connack(should), Packet::Connack(is)) => connack(*should, *is),
        (Packet::Publish(should), Packet::Publish(is)) => publish(should, is),
        (Packet::Puback(_), Packet::Puback(_))
        | (Packet::Pubrec(_), Packet::Pubrec(_))
        | (Packet::Pubrel(_), Packet::Pubrel(_)) => {
            Difference::breaks("Packet Identifier", Id::MQTT_2_3_1_6)
        }
        (Packet::Pubcomp(_), Packet::Pubcomp(_)) => {
            Difference::breaks("Packet Identifier", Id::MQTT_4_3_3_2)
        }
        (Packet::Unsuback(_), Packet::Unsuback(_)) => {
            Difference::breaks("Packet Identifier", Id::MQTT_2_3_1_7)
        }
        (Packet::Subscribe(should), Packet::Subscribe(is)) => {
            if should.packet_id != is.packet_id {
                Difference::new("Packet Identifier", "3.8.2")
            } else if should.requests.len() != is.requests.len() {
                Difference::new("number of Topic Filters", "3.8.3")
            } else if should.requests.iter().map(|it| it.0).eq(is.requests.iter().map(|it| it.0)) {
                Difference::new("Requested QoS", "3.8.3")
            } else {
                Difference::new("Topic Filter", "3.8.3")
            }
        }
        (Packet::Suback(should), Packet::Suback(is)) => {
            let (mut asked, mut told) = (Vec::new(), Vec::new());
            asked.extend(should.return_codes.iter());
            told.extend(is.return_codes.iter());
            let count = asked.len() != told.len();
            asked.sort_unstable();
            told.sort_unstable();
            if should.packet_id != is.packet_id {
                Difference::breaks("Packet Identifier", Id::MQTT_2_3_1_7)
            } else if count {
                Difference::breaks("number of return codes", Id::MQTT_3_8_4_5)
            } else if asked == told {
                Difference::breaks("order of return codes", Id::MQTT_3_9_3_1)
            } else {
                Difference::new("return code", "3.9.3")
            }
        }
        (Packet::Unsubscribe(should), Packet::Unsubscribe(is)) => {
            if should.packet_id != is.packet_id {
                Difference::new("Packet Identifier", "3.10.2")
            } else if should.filters.len() != is.filters.len() {
                Difference::new("number of Topic Filters", "3.10.3")
            } else {
                Difference::new("Topic Filter", "3.10.3")
            }
        }
        _ => Difference { field: "packet type", cite: None, section },
    })
}

/// The section that describes packets of this type.
pub const fn section(kind: Kind) -> &'static str {
    match kind {
        Kind::Connect => "3.1",
        Kind::Connack => "3.2",
        Kind::Publish => "3.3",
        Kind::Puback => "3.4",
        Kind::Pubrec => "3.5",
        Kind::Pubrel => "3.6",
        Kind::Pubcomp => "3.7",
        Kind::Subscribe => "3.8",
        Kind::Suback => "3.9",
        Kind::Unsubscribe => "3.10",
        Kind::Unsuback => "3.11",
        Kind::Pingreq => "3.12",
        Kind::Pingresp => "3.13",
        Kind::Disconnect => "3.14",
    }
}

/// The fields of the payload in their order, those that are there.
fn fields<'a>(connect: &Connect<'a>) -> Vec<&'a [u8]> {
    let will = connect.will.map(|will| [will.topic.as_str().as_bytes(), will.message]);
    let login = connect.login;
    let mut fields = vec![connect.client_id.as_str().as_bytes()];
    fields.extend(will.into_iter().flatten());
    fields.extend(login.map(|login| login.user_name.as_str().as_bytes()));
    fields.extend(login.and_then(|login| login.password));
    fields
}

fn connect(should: &Connect<'_>, is: &Connect<'_>) -> Difference {
    if should.keep_alive != is.keep_alive {
        let swapped = should.keep_alive == is.keep_alive.swap_bytes();
        let cite = swapped.then_some(Cite::Line(Line::L_174));
        return Difference { cite, ..Difference::new("Keep Alive", "3.1.2.10") };
    }
    if should.clean_session != is.clean_session {
        return Difference::new("CleanSession", "3.1.2.4");
    }
    let (mut wanted, mut written) = (fields(should), fields(is));
    let in_place = wanted == written;
    wanted.sort_unstable();
    written.sort_unstable();
    if !in_place && wanted == written {
        return Difference::breaks("order of the payload's fields", Id::MQTT_3_1_3_1);
    }
    if should.client_id != is.client_id {
        return Difference::new("Client Identifier", "3.1.3.1");
    }
    match (should.will, is.will) {
        (Some(should), Some(is)) if should != is => return will(should, is),
        (Some(_), None) | (None, Some(_)) => return Difference::new("Will Flag", "3.1.2.5"),
        (Some(_), Some(_)) | (None, None) => {}
    }
    match (should.login, is.login) {
        (Some(should), Some(is)) if should.user_name != is.user_name => {
            Difference::new("User Name", "3.1.3.4")
        }
        (Some(should), Some(is)) if should.password.is_some() == is.password.is_some() => {
            Difference::new("Password", "3.1.3.5")
        }
        (Some(_), Some(_)) => Difference::new("Password Flag", "3.1.2.9"),
        (Some(_), None) | (None, _) => Difference::new("User Name Flag", "3.1.2.8"),
    }
}

fn will(should: Will<'_>, is: Will<'_>) -> Difference {
    if should.qos != is.qos {
        Difference::new("Will QoS", "3.1.2.6")
    } else if should.retain != is.retain {
        Difference::new("Will Retain", "3.1.2.7")
    } else if should.topic != is.topic {
        Difference::new("Will Topic", "3.1.3.2")
    } else {
        Difference::new("Will Message", "3.1.3.3")
    }
}

fn connack(should: Connack, is: Connack) -> Difference {
    if should.return_code() == is.return_code() {
        Difference::new("Session Present", "3.2.2.2")
    } else {
        Difference::new("Connect Return code", "3.2.2.3")
    }
}

fn publish(should: &Publish<'_>, is: &Publish<'_>) -> Difference {
    // What the sending side of an exchange has to say: QoS, DUP and identifier.
    let exchange = match should.delivery.qos() {
        Qos::AtMostOnce => Id::MQTT_4_3_1_1,
        Qos::AtLeastOnce => Id::MQTT_4_3_2_1,
        Qos::ExactlyOnce => Id::MQTT_4_3_3_1,
    };
    let packet_id = |delivery: Delivery| delivery.packet_id().map(PacketId::get);
    if should.delivery.qos() != is.delivery.qos() {
        return Difference::breaks("QoS", exchange);
    }
    if should.delivery.dup() != is.delivery.dup() {
        let again = if should.delivery.dup() { Id::MQTT_3_3_1_1 } else { exchange };
        return Difference::breaks("DUP", again);
    }
    if should.retain != is.retain {
        return Difference::new("RETAIN", "3.3.1.3");
    }
    if should.topic != is.topic {
        return Difference::new("Topic Name", "3.3.2.1");
    }
    if packet_id(should.delivery) != packet_id(is.delivery) {
        return Difference::breaks("Packet Identifier", exchange);
    }
    let two_more = is.payload.len() == should.payload.len().saturating_add(2);
    if should.delivery == Delivery::AtMostOnce && two_more && is.payload.ends_with(should.payload) {
        return Difference::breaks("Packet Identifier", Id::MQTT_2_3_1_5);
    }
    Difference::new("payload", "3.3.3")
}
