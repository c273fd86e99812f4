//! Readings, group F.
//! Closing and errors, and what a close or a silence proves (3.14, 4.8).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_100 ["3.14.4"]
    [MQTT_3_14_4_2 MQTT_3_14_4_3]
    []
    asks    "What does a server do with bytes that follow a DISCONNECT?"
    etalon  "Ignores them; the Will stays dropped."
    why     "The client must not send them, but the connection is over and there is nothing left \
             to close."
    accepts "No answer.";

    S_101 ["3.14.4"]
    [MQTT_3_14_4_1]
    [L_1157]
    asks    "When does a server close after a DISCONNECT?"
    etalon  "At once."
    why     "The client has said that it is done, and a socket that waits for it is of use to \
             nobody."
    accepts "Any time; still open after 5 seconds is a warning.";

    S_102 ["4.2" "4.8"]
    [MQTT_3_2_2_5 MQTT_4_8_0_1]
    []
    asks    "When is a network connection closed?"
    etalon  "After a last packet, such as a refusing CONNACK, it ends its own direction, drains \
             briefly and then closes."
    why     "A close with unread bytes becomes a reset, and a reset can swallow the packet \
             before it."
    accepts "End of stream or reset within 5 seconds, and the bytes before it are judged; a \
             half-close by the peer under test is enough only if it also stops answering.";

    S_103 ["3.1.2.5" "3.14.1" "3.14.4"]
    [MQTT_3_1_2_8 MQTT_3_14_1_1 MQTT_3_14_4_3]
    [L_478]
    asks    "Does a DISCONNECT with wrong flags or a wrong length drop the Will?"
    etalon  "The Will is published."
    why     "The packet is a protocol violation, so the server closes and no DISCONNECT has been \
             received. Mosquitto publishes the Will and Paho does not."
    accepts "The Will is published.";

    S_104 ["3.1.2.10" "4.8"]
    [MQTT_4_8_0_2]
    [L_547]
    asks    "What does a close prove that no statement asks for?"
    etalon  "Takes no single close for a proof when it judges another server."
    why     "A server may plead a transient error, inactivity or policy for nearly any close, so \
             a single one proves nothing."
    accepts "A test that ends in an unexpected close is run again twice: three closes fail the \
             statement under test, fewer are noted as unstable.";

    S_106 ["3.12.4" "4.6"]
    [MQTT_3_12_4_1 MQTT_4_6_0_6]
    []
    asks    "How can a test show that a message is not delivered?"
    etalon  "Its own tests end with a message that has to come."
    why     "There is no bound on the time of delivery and no order between PINGRESP and \
             PUBLISH; only messages of one publisher, topic and QoS are ordered."
    accepts "A test ends with a message that the watcher is entitled to, from the same publisher \
             on the same topic and QoS; where none exists, PINGREQ and a quiet second are a weak \
             substitute.";
}
