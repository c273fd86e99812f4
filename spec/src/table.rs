//! The 141 numbered statements, in the order of the standard.
//!
//! One invocation of [`statements!`] makes the enum, the table and the documentation.
//! Each sentence is ours; the standard's own sentence stands in the section named beside it.

use crate::statement::statements;
use crate::{Binds, Shows, Statement};

statements! {

    // 1.5.3
    MQTT_1_5_3_1 "1.5.3" Both Bytes
    "Every length-prefixed text field holds well-formed UTF-8 (no surrogates), and whoever \
     receives an ill-formed one closes the connection.";
    MQTT_1_5_3_2 "1.5.3" Both Bytes
    "No text field carries U+0000, and whoever receives one closes the connection.";
    MQTT_1_5_3_3 "1.5.3" Both Flow
    "The bytes EF BB BF are the character U+FEFF wherever they stand in a string and are never \
     dropped as a byte-order mark.";

    // 2.2.2
    MQTT_2_2_2_1 "2.2.2" Both Bytes
    "A sender sets reserved fixed-header flag bits to the value that Table 2.2 gives for the \
     packet type.";
    MQTT_2_2_2_2 "2.2.2" Both Reply
    "A receiver of invalid fixed-header flags closes the connection.";

    // 2.3.1
    MQTT_2_3_1_1 "2.3.1" Both Bytes
    "SUBSCRIBE, UNSUBSCRIBE and PUBLISH at QoS 1 or 2 carry a packet identifier that is not zero.";
    MQTT_2_3_1_2 "2.3.1" Client Flow
    "A client gives every new SUBSCRIBE, UNSUBSCRIBE and QoS>0 PUBLISH an identifier that it is \
     not using for another of them.";
    MQTT_2_3_1_3 "2.3.1" Client Reconnect
    "A client re-sends a packet under its first identifier and frees the identifier only when the \
     closing acknowledgement (PUBACK, PUBCOMP, SUBACK, UNSUBACK) has been processed.";
    MQTT_2_3_1_4 "2.3.1" Server Flow
    "The assignment, re-send and release rules for identifiers bind a server for the QoS>0 \
     PUBLISH packets it sends.";
    MQTT_2_3_1_5 "2.3.1" Both Flow
    "A QoS 0 PUBLISH has no packet identifier: its payload starts right after the topic.";
    MQTT_2_3_1_6 "2.3.1" Both Reply
    "PUBACK, PUBREC and PUBREL repeat the identifier of the PUBLISH they belong to.";
    MQTT_2_3_1_7 "2.3.1" Server Reply
    "SUBACK and UNSUBACK repeat the identifier of the packet they answer.";

    // 3.1
    MQTT_3_1_0_1 "3.1" Client Flow
    "The first packet that a client sends on a connection is CONNECT.";
    MQTT_3_1_0_2 "3.1" Server Reply
    "A server treats a second CONNECT on a connection as a protocol violation and disconnects \
     that client.";

    // 3.1.2.1
    MQTT_3_1_2_1 "3.1.2.1" Server Reply
    "On a wrong protocol name a server may disconnect or serve another specification, but never \
     continues as MQTT 3.1.1.";

    // 3.1.2.2
    MQTT_3_1_2_2 "3.1.2.2" Server Reply
    "An unsupported protocol level is answered with CONNACK return code 1, and then the client is \
     disconnected.";

    // 3.1.2.3
    MQTT_3_1_2_3 "3.1.2.3" Server Reply
    "A server checks that bit 0 of the Connect Flags is zero and disconnects the client if it is \
     not.";

    // 3.1.2.4
    MQTT_3_1_2_4 "3.1.2.4" Both Reconnect
    "With CleanSession 0 the server resumes the session of that ClientId or creates one, and both \
     sides keep it after disconnection.";
    MQTT_3_1_2_5 "3.1.2.4" Server Reconnect
    "While a client with a kept session is away, the server stores the QoS 1 and QoS 2 messages \
     that match the subscriptions it had when it disconnected.";
    MQTT_3_1_2_6 "3.1.2.4" Both Reconnect
    "With CleanSession 1 both sides drop any earlier session, the new one ends with the \
     connection, and its state is never used again.";
    MQTT_3_1_2_7 "3.1.2.4" Server Flow
    "The end of a session does not delete retained messages.";

    // 3.1.2.5
    MQTT_3_1_2_8 "3.1.2.5" Server Flow
    "An accepted CONNECT with Will Flag 1 makes the server hold the Will for that connection and \
     publish it when the connection closes, unless a DISCONNECT removed it.";
    MQTT_3_1_2_9 "3.1.2.5" Both Bytes
    "With Will Flag 1 the Will QoS and Will Retain bits are used and the payload holds Will Topic \
     and Will Message.";
    MQTT_3_1_2_10 "3.1.2.5" Server Reconnect
    "The server forgets a Will once it has published it or received a DISCONNECT, so that nothing \
     of it is left in the session.";
    MQTT_3_1_2_11 "3.1.2.5" Client Bytes
    "With Will Flag 0 the Will QoS and Will Retain bits are zero and no Will fields stand in the \
     payload.";
    MQTT_3_1_2_12 "3.1.2.5" Server Flow
    "With Will Flag 0 no Will is published when that connection ends.";

    // 3.1.2.6
    MQTT_3_1_2_13 "3.1.2.6" Client Bytes
    "With Will Flag 0 the Will QoS is 0.";
    MQTT_3_1_2_14 "3.1.2.6" Client Bytes
    "With Will Flag 1 the Will QoS is 0, 1 or 2, never 3.";

    // 3.1.2.7
    MQTT_3_1_2_15 "3.1.2.7" Client Bytes
    "With Will Flag 0 the Will Retain bit is 0.";
    MQTT_3_1_2_16 "3.1.2.7" Server Flow
    "A Will with Will Retain 0 is published as a non-retained message.";
    MQTT_3_1_2_17 "3.1.2.7" Server Flow
    "A Will with Will Retain 1 is published as a retained message.";

    // 3.1.2.8
    MQTT_3_1_2_18 "3.1.2.8" Client Bytes
    "With User Name Flag 0 the payload has no user name.";
    MQTT_3_1_2_19 "3.1.2.8" Client Bytes
    "With User Name Flag 1 the payload has a user name.";

    // 3.1.2.9
    MQTT_3_1_2_20 "3.1.2.9" Client Bytes
    "With Password Flag 0 the payload has no password.";
    MQTT_3_1_2_21 "3.1.2.9" Client Bytes
    "With Password Flag 1 the payload has a password.";
    MQTT_3_1_2_22 "3.1.2.9" Client Bytes
    "With User Name Flag 0 the Password Flag is 0 as well.";

    // 3.1.2.10
    MQTT_3_1_2_23 "3.1.2.10" Client Flow
    "A client keeps the gap between its packets within Keep Alive and sends PINGREQ when it has \
     nothing else to send.";
    MQTT_3_1_2_24 "3.1.2.10" Server Flow
    "With a non-zero Keep Alive the server drops a client from which no packet arrived for one \
     and a half times that period, as if the network had failed.";

    // 3.1.3
    MQTT_3_1_3_1 "3.1.3" Client Bytes
    "The CONNECT payload fields stand in the order Client Identifier, Will Topic, Will Message, \
     User Name, Password.";

    // 3.1.3.1
    MQTT_3_1_3_2 "3.1.3.1" Both Reconnect
    "A ClientId belongs to one client, and both sides find the state of the session by it.";
    MQTT_3_1_3_3 "3.1.3.1" Client Bytes
    "The Client Identifier is present and is the first payload field.";
    MQTT_3_1_3_4 "3.1.3.1" Client Bytes
    "The Client Identifier is a UTF-8 string in the sense of 1.5.3.";
    MQTT_3_1_3_5 "3.1.3.1" Server Reply
    "A server accepts every ClientId of 1 to 23 bytes made of the digits and the ASCII letters.";
    MQTT_3_1_3_6 "3.1.3.1" Server Flow
    "A server that lets a ClientId be empty assigns the client a unique one and then treats the \
     CONNECT as if it had carried it.";
    MQTT_3_1_3_7 "3.1.3.1" Client Bytes
    "A client that sends an empty ClientId sets CleanSession to 1.";
    MQTT_3_1_3_8 "3.1.3.1" Server Reply
    "An empty ClientId with CleanSession 0 is answered with CONNACK return code 2, and then the \
     connection is closed.";
    MQTT_3_1_3_9 "3.1.3.1" Server Reply
    "Any refusal of a ClientId is answered with CONNACK return code 2, and then the server closes \
     the connection.";

    // 3.1.3.2
    MQTT_3_1_3_10 "3.1.3.2" Client Bytes
    "The Will Topic is a UTF-8 string in the sense of 1.5.3.";

    // 3.1.3.4
    MQTT_3_1_3_11 "3.1.3.4" Client Bytes
    "The User Name is a UTF-8 string in the sense of 1.5.3.";

    // 3.1.4
    MQTT_3_1_4_1 "3.1.4" Server Reply
    "A server checks CONNECT against section 3.1 and closes without a CONNACK if it does not \
     conform.";
    MQTT_3_1_4_2 "3.1.4" Server Flow
    "A valid CONNECT for a ClientId that is already connected makes the server disconnect the \
     earlier client.";
    MQTT_3_1_4_3 "3.1.4" Server Reconnect
    "After successful validation the server carries out the CleanSession processing of 3.1.2.4.";
    MQTT_3_1_4_4 "3.1.4" Server Reply
    "After successful validation the server answers with CONNACK return code 0.";
    MQTT_3_1_4_5 "3.1.4" Server Flow
    "When the CONNECT is rejected, nothing the client sent after it is processed.";

    // 3.2
    MQTT_3_2_0_1 "3.2" Server Flow
    "The first packet that a server sends on a connection is CONNACK.";

    // 3.2.2.2
    MQTT_3_2_2_1 "3.2.2.2" Server Reply
    "Accepting with CleanSession 1, the server sends Session Present 0.";
    MQTT_3_2_2_2 "3.2.2.2" Server Reconnect
    "Accepting with CleanSession 0 while it holds session state for the ClientId, the server \
     sends Session Present 1.";
    MQTT_3_2_2_3 "3.2.2.2" Server Reply
    "Accepting with CleanSession 0 while it holds no session state, the server sends Session \
     Present 0.";
    MQTT_3_2_2_4 "3.2.2.2" Server Bytes
    "A CONNACK with a non-zero return code has Session Present 0.";

    // 3.2.2.3
    MQTT_3_2_2_5 "3.2.2.3" Server Reply
    "After a CONNACK with a non-zero return code the server closes the connection.";
    MQTT_3_2_2_6 "3.2.2.3" Server Reply
    "If no return code of Table 3.1 fits, the server closes without a CONNACK.";

    // 3.3.1.1
    MQTT_3_3_1_1 "3.3.1.1" Both Reconnect
    "A PUBLISH that is delivered again has DUP 1.";
    MQTT_3_3_1_2 "3.3.1.1" Both Bytes
    "A QoS 0 PUBLISH has DUP 0.";
    MQTT_3_3_1_3 "3.3.1.1" Server Flow
    "The DUP flag that a server sends depends only on whether it is itself re-sending, never on \
     the DUP flag it received.";

    // 3.3.1.2
    MQTT_3_3_1_4 "3.3.1.2" Both Bytes
    "No PUBLISH has both QoS bits set, and whoever receives one closes the connection.";

    // 3.3.1.3
    MQTT_3_3_1_5 "3.3.1.3" Server Flow
    "A PUBLISH with RETAIN 1 makes the server store the message with its QoS for future matching \
     subscribers.";
    MQTT_3_3_1_6 "3.3.1.3" Server Flow
    "A new subscription is sent the last retained message, if there is one, of each topic name \
     that matches.";
    MQTT_3_3_1_7 "3.3.1.3" Server Flow
    "A retained PUBLISH at QoS 0 discards what was retained before; the new message should be \
     kept but may be dropped at any time.";
    MQTT_3_3_1_8 "3.3.1.3" Server Flow
    "A PUBLISH sent because a client made a new subscription has RETAIN 1.";
    MQTT_3_3_1_9 "3.3.1.3" Server Flow
    "A PUBLISH sent because of an established subscription has RETAIN 0, whatever was received.";
    MQTT_3_3_1_10 "3.3.1.3" Server Flow
    "A retained PUBLISH with an empty payload goes to current subscribers as usual and removes \
     the retained message of that topic, so that later subscribers get none.";
    MQTT_3_3_1_11 "3.3.1.3" Server Flow
    "An empty retained message is not stored.";
    MQTT_3_3_1_12 "3.3.1.3" Server Flow
    "A PUBLISH with RETAIN 0 is not stored as retained and leaves the retained message of the \
     topic alone.";

    // 3.3.2.1
    MQTT_3_3_2_1 "3.3.2.1" Both Bytes
    "The topic name is present as the first field of the PUBLISH variable header and is a UTF-8 \
     string.";
    MQTT_3_3_2_2 "3.3.2.1" Both Bytes
    "The topic name of a PUBLISH contains neither # nor +.";
    MQTT_3_3_2_3 "3.3.2.1" Server Flow
    "The topic name of a PUBLISH that a server sends matches a filter of the subscription it is \
     sent for.";

    // 3.3.4
    MQTT_3_3_4_1 "3.3.4" Both Reply
    "A PUBLISH is answered by its QoS: nothing at 0, PUBACK at 1, PUBREC at 2.";

    // 3.3.5
    MQTT_3_3_5_1 "3.3.5" Server Flow
    "When several subscriptions of one client match a message, the server delivers it at the \
     highest QoS that any of them allows.";
    MQTT_3_3_5_2 "3.3.5" Server Reply
    "A server that does not authorise a PUBLISH either acknowledges it in the normal way or \
     closes the connection.";

    // 3.6.1
    MQTT_3_6_1_1 "3.6.1" Both Bytes
    "PUBREL has flag bits 0010, and a server closes the connection on any other value.";

    // 3.8.1
    MQTT_3_8_1_1 "3.8.1" Both Bytes
    "SUBSCRIBE has flag bits 0010, and a server closes the connection on any other value.";

    // 3.8.3
    MQTT_3_8_3_1 "3.8.3" Client Bytes
    "The topic filters of a SUBSCRIBE are UTF-8 strings in the sense of 1.5.3.";
    MQTT_3_8_3_2 "3.8.3" Server Reply
    "A server that does not support wildcard filters refuses every subscription that uses one.";
    MQTT_3_8_3_3 "3.8.3" Client Bytes
    "A SUBSCRIBE has at least one pair of filter and QoS; one without any is a protocol \
     violation.";
    MQTT_3_8_3_4 "3.8.3" Server Reply
    "A server treats a SUBSCRIBE as malformed and closes if a reserved bit of a requested QoS \
     byte is set or the QoS is 3.";

    // 3.8.4
    MQTT_3_8_4_1 "3.8.4" Server Reply
    "Every SUBSCRIBE is answered with a SUBACK.";
    MQTT_3_8_4_2 "3.8.4" Server Reply
    "The SUBACK repeats the identifier of its SUBSCRIBE.";
    MQTT_3_8_4_3 "3.8.4" Server Flow
    "A SUBSCRIBE for a filter that the session already holds replaces that subscription, its \
     maximum QoS included, re-sends matching retained messages and does not interrupt the flow of \
     publications.";
    MQTT_3_8_4_4 "3.8.4" Server Flow
    "A SUBSCRIBE with several filters acts like that many SUBSCRIBEs in order, with one SUBACK \
     for all.";
    MQTT_3_8_4_5 "3.8.4" Server Reply
    "The SUBACK has one return code per pair of filter and QoS: the granted maximum QoS or \
     failure.";
    MQTT_3_8_4_6 "3.8.4" Server Flow
    "A message goes out at the lower of its published QoS and the granted QoS; the grant may be \
     lower than the request, and a QoS 1 publication may be duplicated on a QoS 0 subscription.";

    // 3.9.3
    MQTT_3_9_3_1 "3.9.3" Server Reply
    "SUBACK return codes stand in the order of the filters.";
    MQTT_3_9_3_2 "3.9.3" Server Bytes
    "SUBACK return codes other than 00, 01, 02 and 80 are not used.";

    // 3.10.1
    MQTT_3_10_1_1 "3.10.1" Both Bytes
    "UNSUBSCRIBE has flag bits 0010, and a server closes the connection on any other value.";

    // 3.10.3
    MQTT_3_10_3_1 "3.10.3" Client Bytes
    "The topic filters of an UNSUBSCRIBE are UTF-8 strings that follow one another without gaps.";
    MQTT_3_10_3_2 "3.10.3" Client Bytes
    "An UNSUBSCRIBE has at least one filter; an empty one is a protocol violation.";

    // 3.10.4
    MQTT_3_10_4_1 "3.10.4" Server Flow
    "UNSUBSCRIBE removes exactly the subscription whose filter is character for character the \
     same, and nothing else.";
    MQTT_3_10_4_2 "3.10.4" Server Flow
    "After deleting a subscription the server adds no new message to the client's delivery \
     because of it.";
    MQTT_3_10_4_3 "3.10.4" Server Flow
    "After deleting a subscription the server still completes QoS 1 and QoS 2 deliveries that it \
     has begun.";
    MQTT_3_10_4_4 "3.10.4" Server Reply
    "UNSUBSCRIBE is answered with an UNSUBACK under the same identifier.";
    MQTT_3_10_4_5 "3.10.4" Server Reply
    "UNSUBACK comes even if no subscription was deleted.";
    MQTT_3_10_4_6 "3.10.4" Server Flow
    "An UNSUBSCRIBE with several filters acts like that many UNSUBSCRIBEs in order, with one \
     UNSUBACK for all.";

    // 3.12.4
    MQTT_3_12_4_1 "3.12.4" Server Reply
    "PINGREQ is answered with PINGRESP.";

    // 3.14.1
    MQTT_3_14_1_1 "3.14.1" Server Reply
    "A server checks the reserved bits of DISCONNECT and disconnects the client if they are not \
     zero.";

    // 3.14.4
    MQTT_3_14_4_1 "3.14.4" Client Flow
    "After sending DISCONNECT the client closes the connection.";
    MQTT_3_14_4_2 "3.14.4" Client Flow
    "After sending DISCONNECT the client sends nothing more on that connection.";
    MQTT_3_14_4_3 "3.14.4" Server Flow
    "On DISCONNECT the server drops the Will of that connection without publishing it.";

    // 4.1
    MQTT_4_1_0_1 "4.1" Both Reconnect
    "Both sides keep the session state for the whole of the session.";
    MQTT_4_1_0_2 "4.1" Both Flow
    "A session lasts at least as long as its connection.";

    // 4.3.1
    MQTT_4_3_1_1 "4.3.1" Both Bytes
    "A QoS 0 delivery is a PUBLISH with QoS 0 and DUP 0.";

    // 4.3.2
    MQTT_4_3_2_1 "4.3.2" Both Flow
    "A QoS 1 sender takes an unused identifier for each new message, sends PUBLISH with QoS 1 and \
     DUP 0, and holds it as unacknowledged until the PUBACK.";
    MQTT_4_3_2_2 "4.3.2" Both Flow
    "A QoS 1 receiver answers with PUBACK once it has taken ownership, and treats any later \
     PUBLISH with that identifier as new, whatever its DUP flag.";

    // 4.3.3
    MQTT_4_3_3_1 "4.3.3" Both Flow
    "A QoS 2 sender takes an unused identifier, sends PUBLISH with QoS 2 and DUP 0, answers \
     PUBREC with PUBREL under the same identifier, holds first PUBLISH and then PUBREL as \
     unacknowledged, and never sends the PUBLISH again after the PUBREL.";
    MQTT_4_3_3_2 "4.3.3" Both Flow
    "A QoS 2 receiver answers PUBLISH with PUBREC once it has taken ownership, answers repeats \
     with PUBREC without delivering again until PUBREL, answers PUBREL with PUBCOMP, and \
     afterwards treats the identifier as new.";

    // 4.4
    MQTT_4_4_0_1 "4.4" Both Reconnect
    "When a client reconnects with CleanSession 0, both sides re-send unacknowledged QoS>0 \
     PUBLISH and PUBREL packets under their first identifiers.";

    // 4.5
    MQTT_4_5_0_1 "4.5" Server Flow
    "A message that the server has taken ownership of is added to the session of every client \
     with a matching subscription.";
    MQTT_4_5_0_2 "4.5" Client Reply
    "A client acknowledges every PUBLISH by its QoS, whether or not it makes use of the message.";

    // 4.6
    MQTT_4_6_0_1 "4.6" Client Reconnect
    "A client re-sends PUBLISH packets in the order of their first sending, QoS 1 and 2 together.";
    MQTT_4_6_0_2 "4.6" Client Flow
    "A client sends PUBACKs in the order in which the QoS 1 PUBLISH packets arrived.";
    MQTT_4_6_0_3 "4.6" Client Flow
    "A client sends PUBRECs in the order in which the QoS 2 PUBLISH packets arrived.";
    MQTT_4_6_0_4 "4.6" Client Flow
    "A client sends PUBRELs in the order in which the PUBRECs arrived.";
    MQTT_4_6_0_5 "4.6" Server Flow
    "A server treats every topic as ordered unless it has been told otherwise, by an \
     administrator or by other means that it may offer.";
    MQTT_4_6_0_6 "4.6" Server Flow
    "On an ordered topic the server keeps the four rules for clients when it delivers, and sends \
     messages of one topic and QoS from one client in the order received.";

    // 4.7.1
    MQTT_4_7_1_1 "4.7.1" Both Bytes
    "The wildcard characters # and + may stand in topic filters but never in topic names.";

    // 4.7.1.2
    MQTT_4_7_1_2 "4.7.1.2" Client Bytes
    "The wildcard # stands alone or right after a separator, and is the last character of the \
     filter.";

    // 4.7.1.3
    MQTT_4_7_1_3 "4.7.1.3" Client Bytes
    "The wildcard + may stand at any level of a filter but then fills the whole level.";

    // 4.7.2
    MQTT_4_7_2_1 "4.7.2" Server Flow
    "Filters that begin with # or + do not match topic names that begin with $.";

    // 4.7.3
    MQTT_4_7_3_1 "4.7.3" Both Bytes
    "Topic names and filters have at least one character.";
    MQTT_4_7_3_2 "4.7.3" Both Bytes
    "Topic names and filters do not contain U+0000.";
    MQTT_4_7_3_3 "4.7.3" Both Nowhere
    "Topic names and filters do not exceed 65535 bytes in UTF-8.";
    MQTT_4_7_3_4 "4.7.3" Server Flow
    "Matching takes topic names and filters as they are: no normalisation, and unknown characters \
     are neither changed nor replaced.";

    // 4.8
    MQTT_4_8_0_1 "4.8" Both Reply
    "Unless stated otherwise, a protocol violation makes the side that meets it close the \
     connection on which it came.";
    MQTT_4_8_0_2 "4.8" Both Reply
    "A side that meets a transient error while processing a packet closes the connection on which \
     that packet came.";

    // 6
    MQTT_6_0_0_1 "6" Both Reply
    "Over WebSocket, MQTT travels in binary data frames only; a receiver of another kind of data \
     frame closes the connection.";
    MQTT_6_0_0_2 "6" Both Flow
    "A receiver does not assume that MQTT packets line up with WebSocket frames.";
    MQTT_6_0_0_3 "6" Client Bytes
    "A client offers 'mqtt' among its WebSocket subprotocols.";
    MQTT_6_0_0_4 "6" Server Reply
    "The subprotocol that the server selects and returns is 'mqtt'.";

    // 7
    MQTT_7_0_0_1 "7" Server Nowhere
    "A server that also opens connections to other servers conforms as client and as server.";
    MQTT_7_0_0_2 "7" Both Nowhere
    "A conforming implementation needs no extension from outside the specification to work with \
     another that conforms.";

    // 7.1.1
    MQTT_7_1_1_1 "7.1.1" Server Nowhere
    "A server supports at least one transport that carries an ordered, lossless byte stream both \
     ways.";

    // 7.1.2
    MQTT_7_1_2_1 "7.1.2" Client Nowhere
    "A client supports at least one transport that carries an ordered, lossless byte stream both \
     ways.";
}
