//! Readings, group D.
//! Subscriptions and retained messages (3.3.1.3, 3.8 to 3.11).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_62 ["3.3.5" "3.8.4"]
    [MQTT_3_3_5_1 MQTT_3_8_4_6]
    [L_829]
    asks    "How many copies does a client with several matching subscriptions get, and at which \
             QoS?"
    etalon  "One copy, at the lower of the published QoS and the highest grant."
    why     "One copy at the highest QoS is the duty, further ones are permitted. Mosquitto 2.1 \
             sends one for each subscription; Mosquitto 2.0 sent one at QoS 1 where a grant of 2 \
             matched, which breaks the rule."
    accepts "A copy at min(published, highest grant); besides it at most one at min(published, \
             grant) for each other subscription, in any order, under identifiers of their own.";

    S_68 ["3.3.1.3"]
    [MQTT_3_3_1_7]
    []
    asks    "Is a retained message at QoS 0 kept?"
    etalon  "Kept like any other."
    why     "It should be kept and may be dropped at any time; a limit of its own would only be \
             one more thing to explain."
    accepts "The new message or none, never the old one.";

    S_70 ["3.3.1.3" "3.8.4"]
    [MQTT_3_3_1_6 MQTT_3_3_1_8 MQTT_3_3_1_9]
    []
    asks    "What does a subscriber see of a retained message that is published while it \
             subscribes?"
    etalon  "Subscribing and reading what is retained is one step: no older value after a newer \
             one, and nothing missed between."
    why     "The last message has a meaning only if the two cannot be interleaved."
    accepts "The old with RETAIN 1 and then the new with RETAIN 0, the new with RETAIN 1, or the \
             new twice; the last value seen is the newest.";

    S_71 ["3.3.1.3" "3.8.4" "4.1"]
    [MQTT_3_3_1_6 MQTT_3_3_1_8 MQTT_3_3_1_9 MQTT_3_8_4_3]
    [L_1165]
    asks    "Which retained messages come when a session resumes, on an identical subscription, \
             and after a restart?"
    etalon  "None on resumption; again with RETAIN 1 on an identical subscription; after a \
             restart only if a store is configured."
    why     "Resuming is not subscribing. What was queued for an established subscription keeps \
             RETAIN 0. Keeping over restarts is a SHOULD."
    accepts "RETAIN 1 without a SUBSCRIBE fails; loss over a restart is a warning.";

    S_72 ["3.3.1.3" "3.8.4"]
    [MQTT_3_3_1_6 MQTT_3_8_4_4]
    [L_973]
    asks    "Do overlapping filters in one packet bring one copy or one for each?"
    etalon  "One for each filter."
    why     "The packet counts as a sequence of packets, and each new subscription is sent what \
             matches it. Mosquitto and Paho do so."
    accepts "1 to n copies for n filters, at min(stored QoS, grant) of one of them, with RETAIN \
             1.";

    S_73 ["3.8.4"]
    [MQTT_3_8_4_1]
    [L_964]
    asks    "What comes first: the SUBACK, retained messages or live ones?"
    etalon  "SUBACK, then retained messages, then live ones. Only where a SUBSCRIBE is so costly \
             that it takes several turns, SUBACK comes with the last of them."
    why     "Messages may precede the SUBACK, but a client understands them better after it. Yet a \
             SUBACK must not promise what is not there, nor one client make all others wait. \
             Paho sends retained messages first, Mosquitto the SUBACK."
    accepts "Any order; a message published by another client after the SUBACK was received \
             arrives, an earlier one may.";

    S_74 ["3.8.4" "4.7.1.2" "4.7.1.3" "4.7.3" "4.8"]
    [MQTT_3_8_4_5 MQTT_4_7_1_2 MQTT_4_7_1_3 MQTT_4_7_3_1 MQTT_4_8_0_1]
    []
    asks    "Is a filter such as a+ or a/#/b a close or a failure code, and do the entries \
             before it count?"
    etalon  "The whole packet is checked first; if it is malformed the connection closes and no \
             entry takes effect."
    why     "The rules on form bind the client and a breach of them is a protocol violation; the \
             failure code is for requests that are valid. Mosquitto and Paho close but keep the \
             entries before."
    accepts "A close, or 0x80 for that entry with a warning; a grant fails. Entries before it \
             may count or not.";

    S_75 ["3.8.4"]
    [MQTT_3_8_4_3 MQTT_3_8_4_4 MQTT_3_8_4_5]
    []
    asks    "What is left of two entries with the same filter?"
    etalon  "The later one; both get a return code, and retained messages come for each."
    why     "The packet counts as a sequence, and the second entry replaces the first."
    accepts "Two return codes and the QoS of the last; retained messages once or twice.";

    S_76 ["3.8.4" "3.9.3"]
    [MQTT_3_8_4_3 MQTT_3_8_4_5 MQTT_3_8_4_6]
    []
    asks    "May a grant exceed the request, and what is left of a subscription when its renewal \
             fails?"
    etalon  "Grants what is asked; a refused renewal, which only authorisation can cause, keeps \
             the old subscription."
    why     "A lower grant is described and a higher one is not; a renewal that failed has \
             replaced nothing."
    accepts "Lower grants are legal, and tests go on from them; a higher one fails. After 0x80 \
             the old subscription may be kept or gone.";

    S_77 ["3.8.4"]
    [MQTT_3_8_4_3 MQTT_3_8_4_6]
    []
    asks    "At which QoS do messages go out that were queued before the subscription was \
             replaced?"
    etalon  "At the QoS computed when they were queued."
    why     "The flow must not be interrupted, and what is queued belongs to the subscription \
             that it matched."
    accepts "For messages published before the second SUBACK either grant; above QoS 0 none \
             lost, and none doubled except by overlap.";

    S_78 ["3.10.4" "4.7.1.2" "4.7.1.3" "4.8"]
    [MQTT_3_10_4_1 MQTT_3_10_4_5 MQTT_4_7_1_2 MQTT_4_7_1_3 MQTT_4_8_0_1]
    []
    asks    "Is a malformed filter a violation, or just one that is not found?"
    etalon  "Closes, as for SUBSCRIBE."
    why     "The comparison would find nothing, but a rule on form is broken before it. \
             Mosquitto and Paho close."
    accepts "A close, or UNSUBACK without effect.";

    S_79 ["3.10.4"]
    [MQTT_3_10_4_2 MQTT_3_10_4_3]
    [L_1083]
    asks    "Which messages may still come after a subscription is gone?"
    etalon  "Deliveries begun above QoS 0 are completed, also over a reconnect, and what is \
             queued is delivered."
    why     "Completing is a duty and delivering what is buffered is permitted."
    accepts "Any of these; only a message published after the UNSUBACK was received fails, and \
             not if another subscription matches it.";

    S_80 ["4.7.2"]
    [MQTT_4_7_3_4]
    []
    asks    "Is $share/group/filter a shared subscription?"
    etalon  "An ordinary filter."
    why     "Shared subscriptions came with MQTT 5. Mosquitto gives the filter that meaning for \
             3.1.1 as well."
    accepts "Either; such filters are not used.";

    S_81 ["3.8.3"]
    [MQTT_3_8_3_2 MQTT_3_8_4_5]
    [L_933]
    asks    "How does a server that does not support wildcards refuse a filter that has them?"
    etalon  "Supports them."
    why     "The duty is to refuse, and its form is left open."
    accepts "0x80 for that entry, or a close; never a grant that does not work.";

    S_82 ["2.3.1" "4.8"]
    [MQTT_2_3_1_2 MQTT_4_8_0_1]
    []
    asks    "What happens to a request under an identifier that, say, awaits PUBREL?"
    etalon  "Closes."
    why     "The client has broken the rule of unused identifiers in a way that the server sees. \
             Mosquitto and Paho answer as usual."
    accepts "A close, or the normal answer.";

    S_83 ["4.6"]
    [MQTT_4_6_0_2 MQTT_4_6_0_3 MQTT_4_6_0_4]
    []
    asks    "In which order do SUBACK, PUBACK and PINGRESP come?"
    etalon  "In the order of receipt."
    why     "The rules of order speak of one kind at a time; one order for all is the simplest \
             to reason about."
    accepts "Any order.";
}
