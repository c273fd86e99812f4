//! Readings, group G.
//! Order of messages and acknowledgements (4.6).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_110 ["4.6"]
    [MQTT_4_6_0_6]
    []
    asks    "Do messages at different QoS keep their order?"
    etalon  "One queue for each session in the order of acceptance, whatever the QoS: QoS 0 \
             waits behind what is queued above it."
    why     "Order is promised for one topic and QoS only. One queue keeps more than that and is \
             simpler."
    accepts "Order is judged only for equal publisher, topic and QoS.";

    S_111 ["4.6"]
    [MQTT_4_6_0_6 MQTT_3_8_4_6]
    []
    asks    "Does \"the same QoS\" mean the published one or the delivered one?"
    etalon  "Keeps the order in either sense."
    why     "A message can be delivered at a lower QoS than it was published at, and the \
             standard does not say which it means."
    accepts "Order is judged only for pairs that are equal in both.";

    S_112 ["4.4" "4.6"]
    [MQTT_4_4_0_1 MQTT_4_6_0_1 MQTT_4_6_0_4 MQTT_4_6_0_6]
    []
    asks    "How do re-sent PUBLISH and PUBREL packets and new messages interleave?"
    etalon  "In the original order, each PUBREL in the place of its PUBLISH, and all before any \
             new message."
    why     "PUBLISH packets have an order and PUBRELs have one; between the two nothing is \
             said. Mosquitto and Paho do the same."
    accepts "Each of the two orders is kept, and they interleave freely; a new message does not \
             overtake a re-sent one of its topic and QoS.";

    S_113 ["4.6"]
    [MQTT_4_6_0_2 MQTT_4_6_0_3 MQTT_4_6_0_6]
    []
    asks    "Does a server have to acknowledge in the order of receipt?"
    etalon  "Acknowledges in the order of receipt."
    why     "The rules bind clients and extend to servers when they deliver, and acknowledging \
             is receiving."
    accepts "Any order; it is noted.";

    S_114 ["3.1.2.5" "4.6"]
    [MQTT_3_1_2_8 MQTT_4_6_0_6]
    []
    asks    "Is there an order between publishers, or between a client's messages and its Will?"
    etalon  "The Will comes after everything accepted on that connection; between publishers \
             there is none."
    why     "Order is promised for one client. A Will speaks of its end and is misleading before \
             the last message."
    accepts "Any order.";

    S_115 ["4.6"]
    [MQTT_4_6_0_5]
    []
    asks    "Are there topics without order?"
    etalon  "None."
    why     "They are permitted, but only where someone has asked for them."
    accepts "Tests run on topics that nobody has configured.";
}
