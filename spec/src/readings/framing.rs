//! Readings, group A.
//! Framing and text: fixed header, lengths, directions, characters (chapters 1 and 2).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_01 ["2.2.3"]
    []
    [L_264]
    asks    "May a Remaining Length take more bytes than it needs, as in C0 80 00?"
    etalon  "Writes the shortest form and reads any form of up to four bytes; the audit warns, \
             and a switch refuses it."
    why     "The encoding is given by a comment and by the ranges of Table 2.4; no rule tells a \
             reader to refuse, and a strict server must not accuse the innocent. Mosquitto and \
             Paho accept it; MQTT 5 forbids it."
    accepts "The packet is processed as the value says, or the connection is closed.";

    S_02 ["2.2.3"]
    [MQTT_4_8_0_1]
    [L_264]
    asks    "What happens to a Remaining Length that goes on after its fourth byte?"
    etalon  "Malformed as soon as the fourth byte has its top bit set; a fifth is not read."
    why     "Four bytes are the maximum, in a sentence without a number, so the close rests on \
             the rule for protocol violations. Mosquitto closes; Paho accepts five bytes."
    accepts "A close, at the latest after the fifth byte; more bytes are sent if the peer seems \
             to wait for them.";

    S_03 ["2.2.3" "4.8"]
    [MQTT_4_8_0_2]
    [L_264]
    asks    "May a server refuse packets that are large but legal?"
    etalon  "A configured limit, by default the maximum of the protocol, is applied to the fixed \
             header before anything is allocated; a packet over it closes the connection."
    why     "3.1.1 has no way to announce a smaller limit; a full buffer is a transient error, \
             and that closes. Mosquitto 2.1 stops at 2000000 bytes by default."
    accepts "The packet works, or the connection is closed; never an acknowledgement of \
             something that is then dropped. Verdicts use packets below 64 KiB.";

    S_04 ["2.2.1"]
    [MQTT_4_8_0_1]
    [L_237]
    asks    "What happens to a packet of a type that Table 2.1 calls forbidden?"
    etalon  "Malformed from the first byte: close."
    why     "A forbidden type is a protocol violation, though no statement says so of its own. \
             MQTT 5 uses type 15."
    accepts "A close only.";

    S_05 ["2.2.1"]
    [MQTT_4_8_0_1]
    [L_237]
    asks    "What happens to CONNACK or PINGRESP at a server, or CONNECT or SUBSCRIBE at a \
             client?"
    etalon  "Close."
    why     "Directions are fixed by a table alone, but a packet that its sender may never send \
             violates the protocol. Mosquitto 2.1 and Paho close; Mosquitto 2.0 ignores \
             PINGRESP."
    accepts "A close; a peer that ignores the packet fails, with the remark that only the table \
             forbids it.";

    S_06 ["3.1.1" "3.2.1" "3.4.1" "3.12.1" "4.8"]
    [MQTT_3_1_4_1 MQTT_4_8_0_1]
    [L_379 L_668 L_844 L_860 L_880 L_898 L_1100 L_1121 L_1135 L_1146]
    asks    "What happens to a packet whose length is not the one that its section gives, or \
             that goes on after its last field?"
    etalon  "Malformed: close."
    why     "The lengths are stated as facts, and a packet of another length does not have the \
             format of the standard; for CONNECT the check of section 3.1 says it outright."
    accepts "A close, of CONNECT without a CONNACK.";

    S_07 ["2.2.2" "3.3.1.1"]
    [MQTT_2_2_2_2 MQTT_3_3_1_2 MQTT_4_8_0_1]
    []
    asks    "Which rule closes the connection on DUP 1 at QoS 0: invalid flags, or the protocol \
             violation?"
    etalon  "Malformed: close, reported as a breach of the rule on DUP."
    why     "The sender's duty is plain and the outcome is a close either way; only the name of \
             the rule is open. Mosquitto 2.1 and Paho close; Mosquitto 2.0 does not."
    accepts "A close only.";

    S_08 ["2.3.1" "4.3.3"]
    [MQTT_2_3_1_1 MQTT_2_3_1_6 MQTT_4_3_3_2]
    []
    asks    "Is an acknowledgement under identifier 0 malformed, or just one that belongs to \
             nothing?"
    etalon  "Malformed: close."
    why     "Zero is forbidden by name for SUBSCRIBE, UNSUBSCRIBE and PUBLISH only, but as no \
             exchange can have it, an acknowledgement of it answers nothing. Mosquitto closes; \
             Paho ignores PUBACK 0 and answers PUBREL 0."
    accepts "For PUBACK, PUBREC and PUBCOMP a close or no reaction, and for PUBREC also PUBREL \
             0; for PUBREL a close or PUBCOMP 0.";

    S_09 ["1.5.3"]
    [MQTT_1_5_3_1 MQTT_1_5_3_2]
    [L_199 L_200]
    asks    "Does a receiver close on text that a sender should avoid but that is well-formed?"
    etalon  "Closes by default; a switch turns it off."
    why     "A server that passes such text on lets any publisher knock off subscribers that \
             close on it, and re-delivery repeats the blow. Mosquitto closes; Paho passes them \
             on."
    accepts "A close, or unaltered processing; not stripping, replacing, or an acknowledgement \
             of something dropped. Tests of other matters avoid such text.";

    S_10 ["4.2" "6"]
    [MQTT_6_0_0_2]
    [L_1202]
    asks    "Over TCP, may packets be split and joined in any way?"
    etalon  "Any splitting and joining gives the same result."
    why     "It follows from the transport being a stream; the standard numbers the rule for \
             WebSocket only."
    accepts "The same result for every split and every join; a suite is run with one byte for \
             each write and with everything in one.";

    S_11 ["4.8"]
    [MQTT_4_8_0_1]
    []
    asks    "Are the valid packets in one write answered before the malformed one at its end \
             closes the connection?"
    etalon  "Processes and answers the valid ones, then closes."
    why     "They came first and were complete. The standard says nothing of it, and a close can \
             swallow what was sent just before."
    accepts "The close; whether the answers arrive is not judged.";
}
