//! Readings, group H.
//! WebSocket: subprotocol, frames, closing (chapter 6).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_120 ["6"]
    [MQTT_6_0_0_3 MQTT_6_0_0_4]
    []
    asks    "What may the client's list look like, and what if mqtt is not on it?"
    etalon  "Accepts if any token of the list is mqtt and returns mqtt; otherwise answers HTTP \
             400."
    why     "RFC 6455 makes it a list that may be spread over several headers, with exact names. \
             Mosquitto refuses a list that holds mqtt among others and returns other names that \
             stand alone; Paho always answers mqtt."
    accepts "An offer of \"foo, mqtt\" works. Without mqtt on offer: no upgrade, an upgrade \
             without the header, or with mqtt and a warning; any other name fails.";

    S_121 ["6"]
    [MQTT_6_0_0_1]
    []
    asks    "Which frames close the connection?"
    etalon  "A text frame or its continuation; ping, pong and close are handled as RFC 6455 \
             says."
    why     "The rule speaks of data frames, and the others are control frames. Paho accepts a \
             CONNECT in a text frame."
    accepts "A close on text; control frames do no harm.";

    S_122 ["6"]
    [MQTT_6_0_0_2]
    []
    asks    "Do the borders of frames and messages mean anything, and may a frame be empty?"
    etalon  "Hands the bytes on as they come; borders mean nothing, and an empty frame adds \
             nothing."
    why     "Packets need not be aligned with frames, so no border can matter. Mosquitto closes \
             on an empty frame; Paho fails on a ping inside a fragmented message."
    accepts "All forms work; a close on an empty frame is a warning.";

    S_123 ["6"]
    [MQTT_6_0_0_1]
    []
    asks    "What happens on an unmasked frame, a reserved bit or an unknown opcode?"
    etalon  "Fails the WebSocket connection; no extension is negotiated."
    why     "These are faults against RFC 6455 and not against this standard."
    accepts "Any outcome; it is noted.";

    S_124 ["3.1.2.5" "6"]
    [MQTT_3_1_2_8 MQTT_6_0_0_1]
    [L_478]
    asks    "Does a Close frame count as DISCONNECT, and which status code does the server use?"
    etalon  "Publishes the Will on a Close without DISCONNECT; closes with 1000 after \
             DISCONNECT, 1003 for a text frame and 1002 for other faults."
    why     "DISCONNECT is an MQTT packet, and the Close frame is only the end of the transport."
    accepts "Any status code, or a bare end of the TCP connection.";

    S_125 ["6"]
    [MQTT_6_0_0_2]
    [L_1682]
    asks    "Which path is served, and what about bytes that come together with the request?"
    etalon  "Every path; plain HTTP gets 400; bytes after the head of the request are the first \
             frames."
    why     "The URI means nothing to MQTT, and a stream has no borders."
    accepts "The path is configurable.";

    S_126 ["3.1.2.10" "6"]
    [MQTT_3_1_2_24]
    [L_529]
    asks    "Does a WebSocket ping count as a sign of life?"
    etalon  "Does not count."
    why     "Keep Alive counts Control Packets, and a ping frame is none."
    accepts "A client that sends pings alone is closed like a silent one.";
}
