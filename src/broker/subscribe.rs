//! §3.8–§3.11: SUBSCRIBE and UNSUBSCRIBE.
//!
//! Several filters in one packet act like as many packets with one answer. The packet as a whole has
//! been checked by the decoder, so no entry takes effect if one is malformed (S-74).

use std::collections::VecDeque;

use super::{Broker, Why};
use crate::connection::{self, Subscribing};
use crate::outgoing::Link;
use crate::packet::{
    Packet, PacketId, Qos, ReturnCode, ReturnCodes, Suback, Subscribe, Unsuback, Unsubscribe,
};
use crate::session::{Waiting, receiver};
use crate::spec::{self, Id};
use crate::topic::TopicFilter;

impl Broker {
    /// SUBACK first, then what is retained, then what is new (S-73). Only if all this takes more than
    /// one turn, SUBACK comes when it is done.
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
        let packet_id = subscribe.packet_id;
        let (mut codes, mut retained) = (Vec::new(), Vec::new());
        let mut requests = subscribe.requests.iter();
        for (filter, qos) in requests.by_ref() {
            codes.push(self.make(key, filter, qos, &mut retained));
            if self.is_spent() {
                break;
            }
        }
        let left: VecDeque<_> =
            requests.map(|(filter, qos)| (filter.as_str().into(), qos)).collect();
        if left.is_empty() {
            self.suback(link, packet_id, &codes);
        } else if let Some(connection) = self.connection(link) {
            // What the rest asks for may take long. SUBACK would promise it already, so it comes
            // behind what is retained then (l.964).
            connection.subscribing = Some(Box::new(Subscribing { packet_id, codes, left }));
        }
        self.deliver_retained(key, retained);
        Ok(())
    }

    /// Another turn for a SUBSCRIBE that has taken one already, if there is one.
    pub(super) fn go_on_subscribing(&mut self, link: Link) {
        let Some(connection) = self.connection(link) else { return };
        let (Some(mut subscribing), Some(key)) =
            (connection.subscribing.take(), connection.session)
        else {
            return;
        };
        let mut retained = Vec::new();
        while let Some((filter, qos)) = subscribing.left.pop_front() {
            let filter = TopicFilter::trusted(&filter);
            subscribing.codes.push(self.make(key, filter, qos, &mut retained));
            if self.is_spent() {
                break;
            }
        }
        if subscribing.left.is_empty() {
            self.suback(link, subscribing.packet_id, &subscribing.codes);
        } else if let Some(connection) = self.connection(link) {
            connection.subscribing = Some(subscribing);
        }
        self.deliver_retained(key, retained);
    }

    /// One subscription. A valid filter is granted as asked for, unless the session holds as many as
    /// it may; a filter that it holds already is always granted.
    fn make(
        &mut self,
        key: u64,
        filter: TopicFilter<'_>,
        qos: Qos,
        retained: &mut Vec<Waiting>,
    ) -> ReturnCode {
        let who = self.subscriber(key);
        let Some(session) = self.registry.get_mut(key) else { return ReturnCode::Failure };
        let text = filter.as_str();
        if !session.subscriptions.contains_key(text) {
            let bytes = session.subscription_bytes + text.len();
            if session.subscriptions.len() >= self.config.subscriptions_max
                || bytes > self.config.subscription_bytes_max
            {
                self.counters.subscriptions_refused += 1;
                return ReturnCode::Failure;
            }
            session.subscription_bytes = bytes;
        }
        spec::upholds!(MQTT_3_8_4_3, MQTT_3_8_4_4);
        let subscribed = self.shared.router.subscribe(filter, who, qos);
        // The text of the filter is shared with the router.
        session.subscriptions.remove(text);
        session.subscriptions.insert(subscribed.filter, qos);
        self.spent += subscribed.looked_at;
        for message in subscribed.retained {
            spec::upholds!(MQTT_3_3_1_6, MQTT_3_3_1_8, MQTT_3_8_4_6);
            let qos = message.qos().min(qos);
            retained.push(Waiting { message, qos, retain: true });
        }
        spec::upholds!(MQTT_3_8_4_5, MQTT_3_9_3_1, MQTT_3_8_3_2);
        ReturnCode::Granted(qos)
    }

    fn deliver_retained(&mut self, key: u64, retained: Vec<Waiting>) {
        for waiting in retained {
            if !self.deliver(key, waiting) {
                return;
            }
        }
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
