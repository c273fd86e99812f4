//! The ways in which a request can ask for what the standard forbids, one at a time.

use super::generate::Source;
use super::request::{ConnectRequest, PublishRequest, Request};
use crate::topic::TEXT_BYTES_MAX;

impl Source<'_> {
    /// Makes one field of it forbidden; packets that have nothing to forbid stay as they are.
    pub(super) fn forbid(&mut self, request: &mut Request) {
        match request {
            Request::Connect(connect) => self.forbid_connect(connect),
            Request::Connack { session_present, return_code } => {
                if self.below(2) == 0 {
                    *session_present = true;
                    *return_code = self.pick(&[1, 2, 3, 4, 5]).unwrap_or(1);
                } else {
                    *return_code = self.pick(&[6, 7, 0x80, 0x84, 0xFF]).unwrap_or(6);
                }
            }
            Request::Publish(publish) => self.forbid_publish(publish),
            Request::Puback { packet_id }
            | Request::Pubrec { packet_id }
            | Request::Pubrel { packet_id }
            | Request::Pubcomp { packet_id }
            | Request::Unsuback { packet_id } => *packet_id = 0,
            Request::Subscribe { packet_id, requests } => match self.below(5) {
                0 => *packet_id = 0,
                1 => requests.clear(),
                2 | 3 => {
                    if let Some((_, qos)) = requests.first_mut() {
                        *qos = self.pick(&[3, 4, 0x40, 0x80, 0xFF]).unwrap_or(3);
                    }
                }
                _ => {
                    if let Some((filter, _)) = requests.last_mut() {
                        *filter = self.no_filter();
                    }
                }
            },
            Request::Suback { packet_id, return_codes } => match self.below(3) {
                0 => *packet_id = 0,
                1 => return_codes.clear(),
                _ => return_codes.push(self.pick(&[3, 4, 0x7F, 0x81, 0xFF]).unwrap_or(3)),
            },
            Request::Unsubscribe { packet_id, topic_filters } => match self.below(4) {
                0 => *packet_id = 0,
                1 => topic_filters.clear(),
                _ => {
                    if let Some(filter) = topic_filters.last_mut() {
                        *filter = self.no_filter();
                    }
                }
            },
            Request::Pingreq | Request::Pingresp | Request::Disconnect => {}
        }
    }

    fn forbid_connect(&mut self, connect: &mut ConnectRequest) {
        match self.below(10) {
            0 => (connect.client_id, connect.clean_session) = (String::new(), false),
            1 => connect.client_id = self.no_text(),
            2 => connect.will = Some((self.no_name(), Vec::new())),
            3 => connect.will = Some(("w".into(), vec![0; TEXT_BYTES_MAX.saturating_add(1)])),
            4 => (connect.will, connect.will_qos) = (None, self.pick(&[1, 2, 3]).unwrap_or(1)),
            5 => (connect.will, connect.will_retain) = (None, true),
            6 => {
                connect.will.get_or_insert(("w".into(), Vec::new()));
                connect.will_qos = 3;
            }
            7 => connect.user_name = Some(self.no_text()),
            8 => (connect.user_name, connect.password) = (None, Some(self.no_text().into_bytes())),
            _ => {
                connect.user_name = Some("u".into());
                connect.password = Some(vec![0; TEXT_BYTES_MAX.saturating_add(1)]);
            }
        }
    }

    fn forbid_publish(&mut self, publish: &mut PublishRequest) {
        match self.below(6) {
            0 => (publish.qos, publish.packet_id) = (3, Some(1)),
            1 => (publish.dup, publish.qos, publish.packet_id) = (true, 0, None),
            2 => {
                publish.qos = self.pick(&[1, 2]).unwrap_or(1);
                publish.packet_id = self.pick(&[None, Some(0), Some(0)]).flatten();
            }
            _ => publish.topic_name = self.no_name(),
        }
    }

    fn no_text(&mut self) -> String {
        if self.one_in(4) {
            return "l".repeat(self.pick(&[65_536, 65_540, 131_072]).unwrap_or(65_536));
        }
        self.pick(&["\0", "a\0", "\0a", "a\0b"]).unwrap_or("\0").into()
    }

    fn no_name(&mut self) -> String {
        if self.one_in(4) {
            return self.no_text();
        }
        self.pick(&["", "#", "+", "a/#", "a/+/b", "a+b", "a#"]).unwrap_or("").into()
    }

    fn no_filter(&mut self) -> String {
        if self.one_in(4) {
            return self.no_text();
        }
        let wrong = ["", "a#", "#/a", "a/#/b", "##", "a+", "+a", "a/+b/c", "++", "+#"];
        self.pick(&wrong).unwrap_or("").into()
    }
}
