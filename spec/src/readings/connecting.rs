//! Readings, group B.
//! Connecting: CONNECT and its answers, Will, Session Present, Keep Alive (3.1, 3.2).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_19 ["3.1" "3.2"]
    [MQTT_3_1_0_1 MQTT_3_2_0_1 MQTT_4_8_0_1]
    []
    asks    "What does a server do when the first packet is not a CONNECT?"
    etalon  "Closes and sends nothing."
    why     "The rule binds the client; the close comes from the rule on violations, and nothing \
             may precede a CONNACK. Mosquitto and Paho do the same."
    accepts "A close, and not one byte before it.";

    S_20 ["3.1.4"]
    []
    [L_621]
    asks    "What is a reasonable time to wait for CONNECT?"
    etalon  "10 seconds, configurable."
    why     "A connection without CONNECT costs memory and has no owner. Mosquitto closes after \
             31 seconds; Paho was still waiting after 45."
    accepts "Any time; it is noted.";

    S_21 ["3.1.2.1" "3.1.4"]
    [MQTT_3_1_2_1 MQTT_3_1_4_1]
    []
    asks    "Is a wrong protocol name answered before the connection is closed?"
    etalon  "Closes without a CONNACK."
    why     "The close is only permitted, and the silent check of section 3.1 begins after the \
             protocol is known to be this one; a CONNACK would claim that it is. Mosquitto and \
             Paho are silent for \"mqtt\" at level 4."
    accepts "A silent close, a refusing CONNACK and a close, or service as another protocol; not \
             CONNACK 0 with the behaviour of 3.1.1.";

    S_22 ["3.1.2.1" "3.1.4"]
    [MQTT_3_1_2_1]
    [L_616]
    asks    "What happens to a CONNECT of MQTT 3.1?"
    etalon  "Closes without a CONNACK."
    why     "Serving it as another specification would be legal; Mosquitto serves it and Paho \
             closes. Etalon speaks one protocol."
    accepts "Service or any refusal; it is no test of a wrong name. With level 4 it may be \
             refused in any way.";

    S_23 ["3.1.4" "3.2.2.3"]
    [MQTT_3_1_2_2 MQTT_3_1_3_8 MQTT_3_1_3_9 MQTT_3_1_4_1 MQTT_3_2_2_6]
    []
    asks    "In which order are the parts of CONNECT checked?"
    etalon  "Flags of the fixed header; protocol name; level, code 1 without looking further; \
             form of the whole packet, silent close; ClientId, code 2; availability, 3; \
             credentials, 4; authorisation, 5."
    why     "The standard gives no order. Another level may have another layout, so it comes \
             before the form of the rest. MQTT 5 allows any order and any of the errors."
    accepts "One fault for each vector; where a vector has two, any outcome that fits one of \
             them.";

    S_24 ["3.1.2.2"]
    [MQTT_3_1_2_2]
    []
    asks    "Is level 0x84 an unsupported level?"
    etalon  "Answers with return code 1, as for every level but 4."
    why     "Mosquitto takes 0x84 for level 4 from a bridge and accepts: a private extension \
             under which the level is supported."
    accepts "Anything; 0x83 and 0x84 are never used as unsupported levels.";

    S_25 ["3.1.2.2" "3.2.2.3"]
    [MQTT_3_1_2_2]
    [L_616]
    asks    "How does a server that also speaks MQTT 5 refuse a level that it does not know?"
    etalon  "20 02 00 01 and a close for every level but 4."
    why     "The rule is unconditional and names the code. Mosquitto 2.1 answers levels 0, 2, 6 \
             and 255 in the format of MQTT 5; Paho closes silently."
    accepts "For levels 0, 2 and 6 only 20 02 00 01 and a close; level 5 is left out unless the \
             server is declared to speak 3.1.1 alone.";

    S_26 ["3.1.4" "3.2.2.3"]
    [MQTT_3_2_2_5 MQTT_3_2_2_6]
    [L_627 L_629 L_706 L_709]
    asks    "Which refusals have a fitting return code, and when do 3, 4 and 5 fit?"
    etalon  "Wrong credentials 4, identity not allowed 5, shutting down or at the limit of \
             connections 3."
    why     "Table 3.1 describes code 4 as malformed data, but malformed data is already a \
             silent close; its name says bad user name or password. Mosquitto sends 5 for wrong \
             credentials."
    accepts "For wrong credentials 4 or 5, or a silent close with a warning; code 3 is not \
             provoked.";

    S_27 ["3.1.3.2" "4.7.1" "4.7.3"]
    [MQTT_3_1_3_10 MQTT_3_1_4_1 MQTT_4_7_1_1 MQTT_4_7_3_1 MQTT_4_8_0_1]
    []
    asks    "Do the rules for topic names hold for the Will Topic when CONNECT comes?"
    etalon  "A malformed CONNECT: silent close."
    why     "Section 3.1 asks for UTF-8 only, but the Will Topic is a topic name, and the rules \
             of 4.7 cover all of them. Mosquitto closes silently; Paho accepts."
    accepts "A silent close, or a refusing CONNACK and a close; CONNACK 0 fails.";

    S_28 ["3.1.4"]
    [MQTT_3_1_2_6 MQTT_3_1_2_8 MQTT_3_1_4_2 MQTT_3_1_4_3]
    []
    asks    "Does a refused CONNECT take over, clear a session or leave a Will behind?"
    etalon  "None of these: the earlier client stays, the stored session stays, and no Will is \
             published."
    why     "Take-over, CleanSession and the Will all stand after the point at which validation \
             has succeeded."
    accepts "No side effect at all.";

    S_29 ["3.1.2.5" "3.1.4"]
    [MQTT_3_1_2_8 MQTT_3_1_4_2]
    [L_478]
    asks    "Is the Will of a client published when another connection takes its ClientId over?"
    etalon  "Always, once, before the new client's CONNACK is sent."
    why     "The server closes the old connection and has seen no DISCONNECT; the list of cases \
             is not closed. MQTT 5 says so outright. Paho publishes it; Mosquitto does not if \
             both connections use CleanSession 0."
    accepts "The Will is published, before or after the CONNACK; the new client may itself \
             receive it.";

    S_30 ["3.1.2.5" "4.8"]
    [MQTT_3_1_2_8]
    [L_478 L_494]
    asks    "Is the Will published when the server closes because of shutdown, refusal, a \
             transient error or its own policy?"
    etalon  "Published."
    why     "Any close without a DISCONNECT publishes it; only a shutdown may put it off. Paho \
             does not publish it after a protocol error."
    accepts "The Will is published; on a shutdown it may come after the restart.";

    S_31 ["3.1.2.5" "3.1.4" "3.3.5"]
    [MQTT_3_1_2_8 MQTT_3_3_5_2]
    [L_627]
    asks    "When is the right to publish a Will checked?"
    etalon  "At CONNECT: refused with code 5."
    why     "The rule on refused publications speaks of PUBLISH only. Refusing early tells the \
             client, and later there is nobody left to tell."
    accepts "A refusal at CONNECT, or a Will that is dropped when it is due.";

    S_32 ["3.1.3.1"]
    [MQTT_3_1_3_6 MQTT_3_1_3_9]
    [L_574]
    asks    "Is an empty ClientId accepted, and what identity does it get?"
    etalon  "Accepted, under an identity that no client can name."
    why     "Accepting is permitted; the identity must be unique and must not be guessed, or a \
             stranger could take the client over."
    accepts "CONNACK 0 with an identity of its own, or CONNACK 2 and a close.";

    S_33 ["3.1.3.1"]
    [MQTT_3_1_3_5 MQTT_3_1_3_9]
    [L_574]
    asks    "Which ClientIds are accepted besides the ones that have to be?"
    etalon  "Any well-formed text up to 65535 bytes."
    why     "Refusing is permitted, but nothing in the protocol needs it."
    accepts "CONNACK 0, or CONNACK 2 and a close; a harness uses 1 to 23 letters and digits for \
             itself.";

    S_34 ["3.1.3.1" "4.7.3"]
    [MQTT_3_1_3_2 MQTT_3_1_3_4 MQTT_4_7_3_4]
    []
    asks    "When are two ClientIds the same?"
    etalon  "When their bytes are the same: no case folding, no normalisation, no trimming."
    why     "The standard says only that they are UTF-8; topics are compared without \
             normalisation, and identities deserve no less."
    accepts "Only what Etalon does: different bytes are different clients.";

    S_35 ["3.1.2.8" "3.1.2.9" "3.1.3.4" "3.1.3.5"]
    [MQTT_3_1_2_18 MQTT_3_1_2_19 MQTT_3_1_2_20 MQTT_3_1_2_21 MQTT_3_1_2_22 MQTT_3_1_4_1]
    [L_610]
    asks    "Which combinations of user name and password are valid?"
    etalon  "A password without a user name is malformed: silent close. Empty ones are valid, \
             and so is a user name without a password."
    why     "The combination is forbidden by the flags, so it is a fault of form and not a \
             matter for code 4. MQTT 5 lifts the rule; Mosquitto and Paho close silently."
    accepts "Only what Etalon does.";

    S_36 ["3.1.2.4" "3.2.2.2"]
    [MQTT_3_1_2_4 MQTT_3_1_2_6 MQTT_3_2_2_1 MQTT_3_2_2_2 MQTT_3_2_2_3]
    [L_435 L_436]
    asks    "Is a session without content stored state, and what does a take-over inherit?"
    etalon  "A second connect with CleanSession 0 gets 1 even if nothing was subscribed; taking \
             over a client with CleanSession 1 gets 0 and inherits nothing."
    why     "The existence of a session counts as state, and a session made with CleanSession 1 \
             ends with its connection. Mosquitto and Paho agree."
    accepts "Only what Etalon does.";

    S_37 ["3.2.2.2" "4.4"]
    [MQTT_3_1_2_4 MQTT_4_4_0_1]
    [L_692]
    asks    "What does a client do when the server has forgotten, or remembers what the client \
             does not?"
    etalon  "On 0 with state of its own, the client re-sends under the old identifiers, forgets \
             which QoS 2 messages it received, and subscribes again. On 1 without state it \
             starts over with CleanSession 1."
    why     "Re-sending is the literal rule and harms nobody; received identifiers would make a \
             new message look like a repeat, because the server numbers afresh."
    accepts "Re-sending under old identifiers, sending as new, or disconnecting.";

    S_38 ["3.1.2.4" "4.1"]
    [MQTT_3_1_2_4 MQTT_4_1_0_1]
    [L_435]
    asks    "How long is a session kept while its client is away?"
    etalon  "Without end by default; a configured expiry ends the session as a whole."
    why     "The rule sets no limit, and comments allow administrative ones. Ending it as a \
             whole shows as Session Present 0, so the client can tell."
    accepts "A session that lives through an absence of a few seconds; longer ones are not \
             tested.";

    S_39 ["3.1.4"]
    [MQTT_3_1_4_5 MQTT_3_2_0_1]
    [L_642 L_644]
    asks    "What happens to packets that come before the CONNACK has been sent?"
    etalon  "Processed in order after it if the CONNECT is accepted; reading stops after a small \
             amount while a decision is pending."
    why     "Sending them is allowed, and a refusal forbids processing them, so they wait. \
             Mosquitto and Paho answer a whole conversation in one write."
    accepts "Processing, in order, after the CONNACK.";

    S_40 ["3.1.2.10"]
    [MQTT_3_1_2_23 MQTT_3_1_2_24]
    [L_529 L_547]
    asks    "From when is the time counted, how finely, and does a half-received packet count?"
    etalon  "From the end of the last packet, or from accepting the CONNECT, in milliseconds; \
             bytes of an unfinished packet extend it only while a packet of that size explains \
             them."
    why     "The rule counts packets, not bytes, but a long transfer of a conforming client must \
             not be cut. A single byte kept a connection to Paho open for 20 seconds."
    accepts "For silence, a close before 1.5 K + max(2 s, K/4); a close before 1.5 K is a \
             warning, as is not surviving a gap of 1.2 K. What the server sends does not count.";

    S_41 ["3.1.2.10"]
    [MQTT_3_1_2_24]
    [L_545 L_547]
    asks    "May a server refuse or change a Keep Alive, and does 0 mean for ever?"
    etalon  "Accepts every value; with 0 there is no timer."
    why     "3.1.1 has no way to impose a value, as MQTT 5 has; but inactive clients can be \
             disconnected at any time."
    accepts "Moderate values work; a close for silence at Keep Alive 0 is a warning.";

    S_42 ["3.1.2.10" "3.2"]
    [MQTT_3_1_2_23]
    [L_543 L_661]
    asks    "What is a reasonable time for a client to wait?"
    etalon  "Its client waits 10 seconds for CONNACK and one Keep Alive for PINGRESP."
    why     "A client that waits for ever does not notice a dead server; the standard leaves the \
             number open."
    accepts "Any time; still waiting after two minutes, or after two Keep Alives for PINGRESP, \
             is a warning.";
}
