//! What a server sends (§3, §4.3): the rules between packets, and the answers.
//!
//! A packet comes here whole and well-formed. What must not come here and now is an error, with the
//! statement that the server broke; what the standard leaves open is answered.

use etalon::packet::{
    Connack, Delivery, Packet, PacketId, Puback, Pubcomp, Publish, Pubrec, Pubrel, Qos, ReturnCode,
    Suback,
};
use etalon::session::{receiver, sender};
use etalon::spec::{self, Id};
use etalon::time::Instant;

use super::session::{Acked, Request};
use super::{Client, Event, Phase};
use crate::print::Message;

spec::deviates!(
    MQTT_4_5_0_2,
    "after the last message that was asked for, more are left to the server unacknowledged"
);

impl Client {
    /// Handles one packet. Wrong is the statement that the server broke, and how.
    pub(super) fn packet(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
    ) -> Result<(), (Id, &'static str)> {
        if self.phase == Phase::Connecting {
            let Packet::Connack(connack) = packet else {
                return Err((Id::MQTT_3_2_0_1, "the first packet is not CONNACK"));
            };
            return self.connack(now, *connack);
        }
        match *packet {
            Packet::Publish(publish) => self.message(now, &publish),
            Packet::Puback(Puback { packet_id }) => {
                let wrong = "PUBACK for a message of QoS 2";
                self.acknowledged(now, sender::Event::Puback, packet_id, wrong)
            }
            Packet::Pubrec(Pubrec { packet_id }) => {
                let wrong = "PUBREC for a message of QoS 1";
                self.acknowledged(now, sender::Event::Pubrec, packet_id, wrong)
            }
            Packet::Pubcomp(Pubcomp { packet_id }) => {
                let wrong = "PUBCOMP for a message that has no PUBREL yet";
                self.acknowledged(now, sender::Event::Pubcomp, packet_id, wrong)
            }
            Packet::Pubrel(Pubrel { packet_id }) => {
                self.arrived(receiver::Event::Pubrel, packet_id)?;
                spec::upholds!(MQTT_4_3_3_2);
                self.send(now, &Packet::Pubcomp(Pubcomp { packet_id }));
                Ok(())
            }
            Packet::Suback(suback) => self.suback(&suback),
            Packet::Unsuback(unsuback) => match self.session.answered(unsuback.packet_id) {
                Some(Request::Unsubscribe) => {
                    self.events.push_back(Event::Unsubscribed);
                    Ok(())
                }
                Some(Request::Subscribe(_)) | None => {
                    Err((Id::MQTT_3_10_4_4, "an UNSUBACK that answers no UNSUBSCRIBE"))
                }
            },
            Packet::Pingresp(_) => {
                self.keep_alive.answered();
                Ok(())
            }
            Packet::Connack(_) => Err((Id::MQTT_4_8_0_1, "a second CONNACK")),
            Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::Pingreq(_)
            | Packet::Disconnect(_) => {
                Err((Id::MQTT_4_8_0_1, "a packet that only a client sends (Table 2.1)"))
            }
        }
    }

    fn connack(&mut self, now: Instant, connack: Connack) -> Result<(), (Id, &'static str)> {
        match connack {
            Connack::Refused(refusal) => {
                self.phase = Phase::Closed;
                self.events.push_back(Event::Refused(refusal));
            }
            Connack::Accepted { session_present: true } if !self.config.keep_session => {
                return Err((Id::MQTT_3_2_2_1, "Session Present in answer to CleanSession 1"));
            }
            Connack::Accepted { session_present } => {
                self.phase = Phase::Active;
                self.events.push_back(Event::Accepted);
                if !session_present {
                    // The server numbers its messages afresh: a new one must not pass for a
                    // repeat of an old one (S-37).
                    self.session.forget_received();
                }
                self.resend(now);
            }
        }
        Ok(())
    }

    /// A message is acknowledged as its QoS demands, whatever becomes of it, and at once: so
    /// acknowledgements have the order of the messages.
    fn message(&mut self, now: Instant, publish: &Publish<'_>) -> Result<(), (Id, &'static str)> {
        match publish.delivery {
            Delivery::AtMostOnce => self.deliver(publish),
            Delivery::AtLeastOnce { packet_id, .. } => {
                self.arrived(receiver::Event::Other, packet_id)?;
                if self.taking {
                    self.deliver(publish);
                    spec::upholds!(MQTT_4_3_2_2, MQTT_4_5_0_2, MQTT_4_6_0_2);
                    self.send(now, &Packet::Puback(Puback { packet_id }));
                }
            }
            Delivery::ExactlyOnce { packet_id, .. } => {
                match self.arrived(receiver::Event::Publish, packet_id)? {
                    receiver::Action::Deliver if !self.taking => {
                        self.session.inbound.not_taken(packet_id);
                        return Ok(());
                    }
                    receiver::Action::Deliver => self.deliver(publish),
                    receiver::Action::Receive
                    | receiver::Action::Complete
                    | receiver::Action::Pass => {}
                }
                spec::upholds!(MQTT_4_3_3_2, MQTT_4_5_0_2, MQTT_4_6_0_3);
                self.send(now, &Packet::Pubrec(Pubrec { packet_id }));
            }
        }
        Ok(())
    }

    /// Something arrived that needs its identifier to be free, or that frees it.
    fn arrived(
        &mut self,
        event: receiver::Event,
        packet_id: PacketId,
    ) -> Result<receiver::Action, (Id, &'static str)> {
        // The same rule has another number where it binds a server.
        let what = "a QoS 1 message under the identifier of an open QoS 2 message";
        self.session.inbound.arrived(event, packet_id).map_err(|_| (Id::MQTT_2_3_1_4, what))
    }

    fn deliver(&mut self, publish: &Publish<'_>) {
        if self.taking {
            self.events.push_back(Event::Message(Message {
                topic: publish.topic.as_str().to_owned(),
                payload: publish.payload.to_vec(),
                qos: publish.delivery.qos() as u8,
                retain: publish.retain,
                packet_id: publish.delivery.packet_id().map_or(0, PacketId::get),
            }));
        }
    }

    fn acknowledged(
        &mut self,
        now: Instant,
        event: sender::Event,
        packet_id: PacketId,
        wrong: &'static str,
    ) -> Result<(), (Id, &'static str)> {
        match self.session.acknowledged(event, packet_id).map_err(|id| (id, wrong))? {
            Acked::Done(ticket) => self.events.push_back(Event::Published(ticket)),
            Acked::Release => {
                // At once, so PUBRELs have the order of the PUBRECs.
                spec::upholds!(MQTT_4_3_3_1, MQTT_4_6_0_4);
                self.send(now, &Packet::Pubrel(Pubrel { packet_id }));
            }
            Acked::Nothing => {}
        }
        Ok(())
    }

    fn suback(&mut self, suback: &Suback<'_>) -> Result<(), (Id, &'static str)> {
        let Some(Request::Subscribe(asked)) = self.session.answered(suback.packet_id) else {
            return Err((Id::MQTT_3_8_4_2, "a SUBACK that answers no SUBSCRIBE"));
        };
        let codes: Vec<ReturnCode> = suback.return_codes.iter().collect();
        if codes.len() != asked.len() {
            return Err((Id::MQTT_3_8_4_5, "not one return code for each filter"));
        }
        let above = |(code, asked): (&ReturnCode, &Qos)| match code {
            ReturnCode::Granted(granted) => granted > asked,
            ReturnCode::Failure => false,
        };
        if codes.iter().zip(&asked).any(above) {
            return Err((Id::MQTT_3_8_4_5, "a QoS above the one asked for"));
        }
        self.events.push_back(Event::Subscribed(codes));
        Ok(())
    }
}
