//! §3.8–§3.11: SUBSCRIBE and UNSUBSCRIBE.
//!
//! Several filters in one packet act like as many packets with one answer. The packet as a whole has
//! been checked by the decoder, so no entry takes effect if one is malformed (S-74).

use super::{Broker, Why};
use crate::connection;
use crate::outgoing::Link;
use crate::packet::{
    Packet, PacketId, ReturnCode, ReturnCodes, Suback, Subscribe, Unsuback, Unsubscribe,
};
use crate::session::{Waiting, receiver};
use crate::spec::{self, Id};

impl Broker {
    /// SUBACK first, then what is retained, then what is new (S-73).
    pub(super) fn subscribe(
        &mut self,
        link: Link,
        key: u64,
        subscribe: &Subscribe<'_>,
    ) -> Result<(), Id> {
        self.arrived(key, receiver::Event::Other, subscribe.packet_id)?;
        if subscribe.requests.iter().nth(self.config.filters_max).is_some() {
            self.too_many_filters(link);
            return Ok(());
        }
        let who = self.subscriber(key);
        let codes = self.grant(key, subscribe);
        self.suback(link, subscribe.packet_id, &codes);
        for ((filter, qos), code) in subscribe.requests.iter().zip(codes) {
            if code == ReturnCode::Failure {
                continue;
            }
            spec::upholds!(MQTT_3_8_4_3, MQTT_3_8_4_4);
            let subscribed = self.shared.router.subscribe(filter, who, qos);
            let Some(session) = self.registry.get_mut(key) else { return Ok(()) };
            // The text of the filter is shared with the router.
            session.subscriptions.remove(filter.as_str());
            session.subscriptions.insert(subscribed.filter, qos);
            for message in subscribed.retained {
                spec::upholds!(MQTT_3_3_1_6, MQTT_3_3_1_8, MQTT_3_8_4_6);
                let qos = message.qos().min(qos);
                if !self.deliver(key, Waiting { message, qos, retain: true }) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Decides on each filter in turn. A valid filter is granted as asked for, unless the session
    /// holds as many as it may; a filter that it holds already is always granted.
    fn grant(&mut self, key: u64, subscribe: &Subscribe<'_>) -> Vec<ReturnCode> {
        let Some(session) = self.registry.get_mut(key) else { return Vec::new() };
        let mut codes = Vec::new();
        for (filter, qos) in subscribe.requests.iter() {
            let filter = filter.as_str();
            if !session.subscriptions.contains_key(filter) {
                let bytes = session.subscription_bytes + filter.len();
                if session.subscriptions.len() >= self.config.subscriptions_max
                    || bytes > self.config.subscription_bytes_max
                {
                    self.counters.subscriptions_refused += 1;
                    codes.push(ReturnCode::Failure);
                    continue;
                }
                session.subscription_bytes = bytes;
                session.subscriptions.insert(filter.into(), qos);
            }
            spec::upholds!(MQTT_3_8_4_5, MQTT_3_9_3_1, MQTT_3_8_3_2);
            codes.push(ReturnCode::Granted(qos));
        }
        codes
    }

    fn too_many_filters(&mut self, link: Link) {
        spec::upholds!(MQTT_4_8_0_2);
        self.close(link, connection::Event::Ended, Why::Limit);
    }

    fn suback(&mut self, link: Link, packet_id: PacketId, codes: &[ReturnCode]) {
        let mut bytes = Vec::new();
        if let Ok(return_codes) = ReturnCodes::write(codes.iter().copied(), &mut bytes) {
            spec::upholds!(MQTT_3_8_4_1, MQTT_3_8_4_2, MQTT_2_3_1_7, MQTT_3_9_3_2);
            self.send(link, &Packet::Suback(Suback { packet_id, return_codes }));
        }
    }

    /// What is on its way is still delivered (S-79).
    pub(super) fn unsubscribe(
        &mut self,
        link: Link,
        key: u64,
        unsubscribe: &Unsubscribe<'_>,
    ) -> Result<(), Id> {
        let packet_id = unsubscribe.packet_id;
        self.arrived(key, receiver::Event::Other, packet_id)?;
        if unsubscribe.filters.iter().nth(self.config.filters_max).is_some() {
            self.too_many_filters(link);
            return Ok(());
        }
        let who = self.subscriber(key);
        for filter in unsubscribe.filters.iter() {
            let Some(session) = self.registry.get_mut(key) else { return Ok(()) };
            if session.subscriptions.remove(filter.as_str()).is_some() {
                session.subscription_bytes -= filter.as_str().len();
                spec::upholds!(MQTT_3_10_4_1, MQTT_3_10_4_2, MQTT_3_10_4_3);
                self.shared.router.unsubscribe(filter, who);
            }
        }
        spec::upholds!(MQTT_3_10_4_4, MQTT_3_10_4_5, MQTT_3_10_4_6, MQTT_2_3_1_7);
        self.send(link, &Packet::Unsuback(Unsuback { packet_id }));
        Ok(())
    }
}
