//! Readings, group C.
//! Delivery: the flows of QoS 0, 1 and 2, identifiers, re-sending, queues (3.3, 4.3 to 4.5).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_50 ["4.3.3" "4.6"]
    [MQTT_4_3_3_2 MQTT_4_6_0_6 MQTT_3_3_1_5]
    [L_1307 L_1312]
    asks    "At which moment is a QoS 2 message handed on and a retained one stored?"
    etalon  "At PUBLISH, which figure 4.3 calls method B, and the same for storing."
    why     "The order of receipt holds whatever the order of the PUBRELs, and a message owned \
             since PUBREC is not lost with its session. Mosquitto uses method A; Paho uses B by \
             default."
    accepts "Delivery before or after PUBREL, exactly once; without PUBREL it may come or not. \
             Nothing is concluded before PUBCOMP.";

    S_51 ["4.4"]
    [MQTT_3_3_1_1 MQTT_4_3_2_2 MQTT_4_3_3_2 MQTT_4_4_0_1]
    [L_1318]
    asks    "May a client send a message again on the same connection?"
    etalon  "Its client never does; its server treats the repeat by the rules for receivers."
    why     "It is nowhere required and nowhere forbidden in 3.1.1; MQTT 5 forbids it."
    accepts "A repeat with DUP 1 is legal input to a server.";

    S_52 ["4.4"]
    [MQTT_3_3_1_1 MQTT_4_4_0_1]
    [L_1318]
    asks    "May a server send a message again on the same connection, say by a timer?"
    etalon  "Never does."
    why     "Over a transport that loses nothing it only makes duplicates; but the standard does \
             not forbid it."
    accepts "Repeats with DUP 1 under the same identifier at any time: messages are counted by \
             identifier and payload, not by packets.";

    S_53 ["2.3.1" "4.3.2" "4.3.3"]
    [MQTT_2_3_1_2 MQTT_2_3_1_4]
    [L_1251 L_1290]
    asks    "How many messages may await acknowledgement, and what if no identifier is free?"
    etalon  "A configured window, 1024 by default; the rest waits in order, identifiers in use \
             are skipped, and nothing is sent while none is free."
    why     "The standard sets no window, and there are 65535 identifiers. Mosquitto keeps 20 in \
             flight; Paho sends all."
    accepts "A subscriber that withholds acknowledgements may stop getting messages above QoS 0; \
             more than one in flight is never required.";

    S_54 ["2.3.1"]
    [MQTT_2_3_1_2 MQTT_2_3_1_4]
    [L_344]
    asks    "Which packets share one space of identifiers?"
    etalon  "Each direction has its own; within it SUBSCRIBE, UNSUBSCRIBE and PUBLISH share one."
    why     "Each side assigns by itself, and an identifier must be unused by any of the three \
             types, which MQTT 5 spells out."
    accepts "Only what Etalon does; equal numbers are used in both directions on purpose.";

    S_55 ["3.1.2.4" "4.1" "4.5" "4.8"]
    [MQTT_3_1_2_5 MQTT_4_5_0_1 MQTT_4_8_0_2]
    []
    asks    "What does a server of finite memory do with a session that takes in more than it \
             may hold?"
    etalon  "Never drops a message above QoS 0 out of a live session: it ends the session that \
             overflows as a whole; the publisher is not touched."
    why     "The duty to store has no limit, and comments admit that storage has. Of the ways \
             out, Session Present 0 is one that the client can see. Mosquitto drops silently \
             beyond 1000."
    accepts "Nothing is missing below 100 small messages; beyond that the outcome is noted.";

    S_56 ["3.1.2.4" "4.3.1"]
    [MQTT_3_1_2_5]
    [L_43 L_423 L_1226]
    asks    "Is a QoS 0 message kept for a client that cannot take it at once?"
    etalon  "Not for an absent client; for a slow one it is dropped only when its output buffer \
             is full."
    why     "Queueing is permitted for absent clients, and at most once leaves room to drop; but \
             an idle connection gives no reason for it."
    accepts "Loss under load or absence; in a quiet test, absence three times in a row is a \
             warning against the definition that each client gets a copy.";

    S_57 ["3.1.2.4" "3.8.4"]
    [MQTT_3_1_2_5 MQTT_3_8_4_6]
    [L_423]
    asks    "Is a message that would be delivered at QoS 0 stored because it was published at \
             QoS 1?"
    etalon  "Stored, and delivered at QoS 0 on return."
    why     "The duty to store speaks of QoS 1 and 2 messages and any subscription, and Etalon \
             takes it at its word. Mosquitto and Paho drop it."
    accepts "Delivery at QoS 0, or none.";

    S_58 ["4.3.2" "4.8"]
    [MQTT_4_3_2_1 MQTT_4_8_0_1]
    [L_1249]
    asks    "Is an acknowledgement of nothing a protocol violation?"
    etalon  "Ignored and counted."
    why     "It can be innocent: a sender that re-sent gets two. Mosquitto and Paho ignore it."
    accepts "No reaction, or a close; never an answer.";

    S_59 ["4.3.3"]
    [MQTT_4_3_3_1]
    []
    asks    "Is every PUBREC answered with PUBREL?"
    etalon  "PUBREL in both cases."
    why     "The rule makes no exception, and PUBREL lets the peer finish. For an unknown one \
             Mosquitto sends PUBREL and Paho nothing; for a second one likewise."
    accepts "For a second one PUBREL, and silence is a warning; for an unknown one PUBREL, \
             nothing, or a close.";

    S_60 ["2.3.1" "4.3.2" "4.8"]
    [MQTT_2_3_1_2 MQTT_4_3_2_2 MQTT_4_8_0_1]
    []
    asks    "What happens to a message at QoS 1 under an identifier that awaits PUBREL?"
    etalon  "Closes. A repeat at QoS 1 that has not been acknowledged is answered and delivered, \
             because nobody can tell a re-send from a fault there."
    why     "The client has broken the rule of unused identifiers, and the receiver sees it. \
             Mosquitto drops the older message; Paho takes both."
    accepts "A close, or PUBACK and delivery; the message at QoS 2 gets no verdict.";

    S_61 ["2.3.1" "3.3.1.1" "4.3.3"]
    [MQTT_2_3_1_2 MQTT_3_3_1_1 MQTT_4_3_3_2]
    []
    asks    "Is it a repeat if DUP is 0, or if the content is another?"
    etalon  "PUBREC, and the first message is kept; contents are not compared."
    why     "The receiver's rule goes by the identifier alone, whatever the sender broke. \
             Mosquitto closes at the third repeat; of two contents it delivers the second and \
             Paho the first."
    accepts "PUBREC and one delivery for a true repeat; a close is accepted only with DUP 0 or \
             other content, and of two contents at most one is delivered for each PUBREL.";

    S_63 ["4.3.3"]
    [MQTT_4_3_3_2]
    []
    asks    "Is PUBREL answered if nothing awaits it?"
    etalon  "PUBCOMP."
    why     "The rule answers every PUBREL, and after a lost PUBCOMP it is the normal case. \
             Mosquitto and Paho do so."
    accepts "PUBCOMP only.";

    S_64 ["4.3.2" "4.3.3" "4.8"]
    [MQTT_4_3_2_1 MQTT_4_3_3_1 MQTT_4_8_0_1]
    [L_1249 L_1288]
    asks    "What happens on PUBREC for QoS 1, PUBACK for QoS 2, or PUBCOMP before PUBREC?"
    etalon  "Closes on a wrong kind or state; ignores an unknown PUBCOMP."
    why     "The peer and the sender disagree about the exchange, and no later packet can mend \
             that. Mosquitto closes; Paho ignores it."
    accepts "A close, or no reaction with the message still open; taking it for the completion \
             fails.";

    S_65 ["2.3.1" "4.4"]
    [MQTT_2_3_1_3 MQTT_4_4_0_1]
    []
    asks    "Is an unanswered SUBSCRIBE or UNSUBSCRIBE sent again when the session resumes?"
    etalon  "Its client makes the request again as a new one."
    why     "Only PUBLISH and PUBREL have to be re-sent; an identifier is fixed only if one \
             re-sends."
    accepts "Either.";

    S_66 ["3.3.2.1" "4.5" "4.7.3"]
    [MQTT_3_3_2_3 MQTT_4_5_0_2 MQTT_4_7_3_4]
    [L_797 L_1330]
    asks    "May a client receive another topic name than was published, or one that none of its \
             filters matches?"
    etalon  "Never changes a topic name and never assigns subscriptions."
    why     "Both are permitted, yet what is sent must match the filter of the subscription it \
             is sent for, so the assigned subscription counts."
    accepts "Messages are told apart by payload; a changed name that still matches is a warning; \
             one that matches nothing fails, unless the server is declared to assign \
             subscriptions.";

    S_67 ["3.3.5"]
    [MQTT_3_3_5_2 MQTT_3_3_1_5 MQTT_3_3_1_10]
    [L_1472]
    asks    "Is a refused message acknowledged, and does it touch what is retained?"
    etalon  "Acknowledged as usual, without any effect: a refused retained message neither \
             stores nor clears."
    why     "The two ways out are an acknowledgement and a close; a close would stop the \
             client's permitted messages as well."
    accepts "The normal acknowledgement without effect, or a close; never silence on an open \
             connection.";

    S_69 ["3.3.5" "4.5"]
    [MQTT_4_5_0_1]
    [L_43]
    asks    "Does a publisher with a matching subscription get its own message?"
    etalon  "Delivered."
    why     "The standard makes no exception for the publisher."
    accepts "Delivery only.";
}
