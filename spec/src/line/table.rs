//! The unnumbered sentences, in the order of the standard.
//!
//! One invocation of `lines!` makes the enum, the table and the documentation. After the number of
//! the line stand its section, who is bound, how strongly, the sentence in our words and, where
//! Etalon makes a choice, what it does.

use super::{Level, Sentence, lines};
use crate::Binds;

lines! {
    L_24 24 "1.2" Client Fact
    "It is always the client that opens the network connection.";
    L_39 39 "1.2" Server Fact
    "A subscription belongs to one session, and no two subscriptions of a session have the same \
     filter.";
    L_43 43 "1.2" Server Fact
    "Each client with a matching subscription is sent a copy of the message.";
    L_174 174 "1.5.2" Both Fact
    "An integer field is 16 bits wide, most significant byte first.";
    L_182 182 "1.5.3" Both Fact
    "A text field begins with two bytes that give the length of its UTF-8 bytes, so it cannot be \
     longer than 65535.";
    L_187 187 "1.5.3" Both Fact
    "A text field may be empty and may be as long as 65535 bytes, unless its own section says \
     otherwise.";
    L_199 199 "1.5.3" Both Should
    "A sender keeps control characters (U+0001 to U+001F, U+007F to U+009F) and non-characters \
     out of text."
    => "Never sends them.";
    L_200 200 "1.5.3" Both May
    "A receiver is free to close the connection on control characters and non-characters."
    => "Closes on them by default; a switch turns this off.";

    L_237 237 "2.2.1" Both Fact
    "Table 2.1: packet types 0 and 15 are forbidden, and every other type travels in the \
     directions given there."
    => "Closes on a forbidden type and on one that came the wrong way.";
    L_264 264 "2.2.3" Both Fact
    "The Remaining Length takes one to four bytes, and Table 2.4 gives the range of each size."
    => "Refuses it once the fourth byte announces a fifth; accepts longer forms than needed up \
        to four bytes.";
    L_344 344 "2.3.1" Both Fact
    "Client and server choose packet identifiers independently, so the same number may be open \
     in both directions at once.";

    L_368 368 "3.1" Client Fact
    "CONNECT is sent once on a connection and not again.";
    L_379 379 "3.1.1" Client Fact
    "The Remaining Length of CONNECT is ten bytes of variable header plus its payload.";
    L_387 387 "3.1.2.1" Client Fact
    "The protocol name is the text MQTT, in capitals.";
    L_423 423 "3.1.2.4" Server May
    "Messages at QoS 0 for a client that is away can be stored as well."
    => "Does not store them.";
    L_429 429 "3.1.2.4" Client Fact
    "The session state of a client is what it has sent at QoS 1 and 2 and received at QoS 2 \
     without the exchange being complete.";
    L_435 435 "3.1.2.4" Server Fact
    "The session state of a server is the session itself, its subscriptions, messages waiting or \
     in flight at QoS 1 and 2, open QoS 2 receipts, and QoS 0 messages if it likes.";
    L_436 436 "3.1.2.4" Server Fact
    "That a session exists is state in itself, even if it holds nothing else."
    => "Answers Session Present 1 for an empty session.";
    L_450 450 "3.1.2.4" Both Fact
    "Deleting the state for CleanSession 1 does not have to be one atomic step.";
    L_478 478 "3.1.2.5" Server Fact
    "Network failure, Keep Alive running out, a close without DISCONNECT and a close by the \
     server after a protocol error are among the cases that publish the Will.";
    L_493 493 "3.1.2.5" Server Should
    "Wills are published without delay."
    => "Publishes a Will as soon as the close is known.";
    L_494 494 "3.1.2.5" Server May
    "On shutdown or failure the server can hold Wills back until it runs again."
    => "Publishes them in an orderly shutdown; over a crash they last only if a store is \
        configured.";
    L_529 529 "3.1.2.10" Client Fact
    "Keep Alive bounds the time from the end of one packet to the start of the next, in seconds.";
    L_535 535 "3.1.2.10" Client Fact
    "PINGREQ is allowed at any time, whatever the Keep Alive.";
    L_543 543 "3.1.2.10" Client Should
    "A client whose PINGREQ stays unanswered for a reasonable time closes the connection."
    => "Its client closes after one Keep Alive.";
    L_545 545 "3.1.2.10" Server Fact
    "Keep Alive 0 turns the mechanism off: silence alone obliges the server to nothing."
    => "Runs no timer then.";
    L_547 547 "3.1.2.10" Server Fact
    "A server can disconnect a client that it finds inactive or unresponsive at any time, \
     whatever the Keep Alive."
    => "Does not make use of it by default.";
    L_574 574 "3.1.3.1" Server May
    "ClientIds of more than 23 bytes, and ones with other characters than digits and ASCII \
     letters, can be accepted."
    => "Accepts any well-formed text up to 65535 bytes.";
    L_597 597 "3.1.3.3" Client Fact
    "The Will Message is two bytes of length and then zero or more bytes.";
    L_603 603 "3.1.3.3" Server Fact
    "The length bytes of the Will Message are not part of what is published.";
    L_610 610 "3.1.3.5" Client Fact
    "The password is two bytes of length and then 0 to 65535 bytes of any value.";
    L_616 616 "3.1.4" Server May
    "One endpoint can serve other protocols and earlier versions besides this one."
    => "Serves 3.1.1 only.";
    L_621 621 "3.1.4" Server Should
    "A connection on which no CONNECT comes within reasonable time is closed."
    => "Waits 10 seconds unless configured otherwise.";
    L_626 626 "3.1.4" Server May
    "The content of a CONNECT can be checked against further restrictions."
    => "Applies configured ones only.";
    L_627 627 "3.1.4" Server Should
    "A server that authenticates or authorises, as it may, answers a failed check with the \
     fitting non-zero CONNACK."
    => "Does so.";
    L_629 629 "3.1.4" Server Must
    "Whatever is answered to a CONNECT that fails a check, the connection is closed."
    => "Does so.";
    L_642 642 "3.1.4" Server Fact
    "Delivery of messages and Keep Alive monitoring begin after the CONNACK.";
    L_644 644 "3.1.4" Client Fact
    "A client need not wait for the CONNACK before it sends more packets.";
    L_661 661 "3.2" Client Should
    "A client that gets no CONNACK within reasonable time closes the connection."
    => "Its client waits 10 seconds unless configured otherwise.";
    L_668 668 "3.2.1" Server Fact
    "The Remaining Length of CONNACK is 2.";
    L_673 673 "3.2.2.1" Server Must
    "Bits 7 to 1 of the Connect Acknowledge Flags are zero."
    => "Cannot encode anything else; its client closes on them.";
    L_692 692 "3.2.2.2" Client Fact
    "A client for which Session Present is not as expected can go on or disconnect.";
    L_706 706 "3.2.2.3" Server Should
    "A well-formed CONNECT that cannot be served is answered with the fitting non-zero return \
     code."
    => "Does so.";
    L_709 709 "3.2.2.3" Server Fact
    "CONNACK return codes 6 to 255 are reserved.";
    L_714 714 "3.2.3" Server Fact
    "CONNACK has no payload.";
    L_724 724 "3.3.1.1" Both Fact
    "DUP 0 marks a first attempt, and DUP 1 says that there may have been an earlier one.";
    L_751 751 "3.3.1.2" Both Fact
    "Table 3.2: the QoS value with both bits set is reserved and not used.";
    L_774 774 "3.3.1.3" Server Fact
    "Clients that are already subscribed get an empty retained message with RETAIN 0.";
    L_788 788 "3.3.2" Both Fact
    "In the variable header of PUBLISH the topic name comes first and the packet identifier \
     second.";
    L_797 797 "3.3.2.1" Server Fact
    "A server can put another topic name in the place of the published one."
    => "Never does.";
    L_800 800 "3.3.2.2" Both Fact
    "Only a PUBLISH at QoS 1 or 2 has the packet identifier field.";
    L_812 812 "3.3.3" Both Fact
    "A PUBLISH with an empty payload is valid.";
    L_829 829 "3.3.5" Server May
    "Overlapping subscriptions can bring further copies, one for each further match and at its \
     QoS."
    => "Sends one copy.";
    L_844 844 "3.4.1" Both Fact
    "The Remaining Length of PUBACK is 2.";
    L_850 850 "3.4.3" Both Fact
    "PUBACK has no payload.";
    L_860 860 "3.5.1" Both Fact
    "The Remaining Length of PUBREC is 2.";
    L_866 866 "3.5.3" Both Fact
    "PUBREC has no payload.";
    L_880 880 "3.6.1" Both Fact
    "The Remaining Length of PUBREL is 2.";
    L_887 887 "3.6.3" Both Fact
    "PUBREL has no payload.";
    L_898 898 "3.7.1" Both Fact
    "The Remaining Length of PUBCOMP is 2.";
    L_905 905 "3.7.3" Both Fact
    "PUBCOMP has no payload.";
    L_933 933 "3.8.3" Server Should
    "Filters with wildcards are supported."
    => "Supports them.";
    L_943 943 "3.8.3" Client Fact
    "In SUBSCRIBE each filter is followed by its QoS byte, and the pairs follow one another \
     without gaps.";
    L_964 964 "3.8.4" Server Fact
    "Messages for a new subscription may come before its SUBACK."
    => "Sends the SUBACK first, then retained messages, then live ones.";
    L_973 973 "3.8.4" Server Fact
    "A filter that the session does not hold yet makes a new subscription, and the retained \
     messages that match it are sent.";
    L_1083 1083 "3.10.4" Server May
    "Messages that were buffered before the UNSUBSCRIBE can still be delivered."
    => "Delivers what is already queued.";
    L_1100 1100 "3.11.1" Server Fact
    "The Remaining Length of UNSUBACK is 2.";
    L_1107 1107 "3.11.3" Server Fact
    "UNSUBACK has no payload.";
    L_1121 1121 "3.12.2" Client Fact
    "PINGREQ has no variable header and no payload: its Remaining Length is 0.";
    L_1135 1135 "3.13.2" Server Fact
    "PINGRESP has no variable header and no payload: its Remaining Length is 0.";
    L_1146 1146 "3.14.2" Client Fact
    "DISCONNECT has no variable header and no payload: its Remaining Length is 0.";
    L_1157 1157 "3.14.4" Server Should
    "The server closes after a DISCONNECT if the client has not done so."
    => "Closes at once.";

    L_1165 1165 "4.1" Server Should
    "Retained messages are kept until a client deletes them."
    => "Keeps them for one run, and over restarts if a store is configured.";
    L_1202 1202 "4.2" Both Fact
    "The transport underneath is a stream of bytes each way that loses nothing and keeps the \
     order.";
    L_1214 1214 "4.2" Both Fact
    "Transports without connections, such as UDP, are not enough by themselves.";
    L_1217 1217 "4.3" Both Fact
    "The delivery protocol is symmetric: each side can be sender or receiver.";
    L_1220 1220 "4.3" Server Fact
    "Delivery to each client stands alone, and its QoS may differ from that of the message \
     received.";
    L_1226 1226 "4.3.1" Both Fact
    "At QoS 0 nothing is answered and nothing is sent again: the message arrives once or not at \
     all.";
    L_1234 1234 "4.3.1" Both Fact
    "The receiver of a QoS 0 message owns it from the moment it has the PUBLISH.";
    L_1249 1249 "4.3.2" Both Fact
    "At QoS 1 the identifier is free again once the sender has the PUBACK.";
    L_1251 1251 "4.3.2" Both Fact
    "At QoS 1 further messages under other identifiers may be sent while acknowledgements are \
     awaited.";
    L_1264 1264 "4.3.2" Both Fact
    "PUBACK does not have to wait for onward delivery, and with it the ownership passes to the \
     receiver.";
    L_1288 1288 "4.3.3" Both Fact
    "At QoS 2 the identifier is free again once the sender has the PUBCOMP.";
    L_1290 1290 "4.3.3" Both Fact
    "At QoS 2 further messages under other identifiers may be sent while acknowledgements are \
     awaited.";
    L_1307 1307 "4.3.3" Both Fact
    "PUBREC and PUBCOMP do not have to wait for onward delivery, and with PUBREC the ownership \
     passes to the receiver.";
    L_1312 1312 "4.3.3" Both Fact
    "A QoS 2 receiver hands the message on at PUBLISH or at PUBREL, and keeps to exactly one of \
     these methods."
    => "Hands it on at PUBLISH.";
    L_1318 1318 "4.4" Both May
    "Nothing has to be sent again except after a reconnect, so at other times it is left to the \
     sender."
    => "Sends again after a reconnect only.";
    L_1330 1330 "4.5" Client Fact
    "A client may get messages that match none of its own subscriptions, and may get them while \
     it unsubscribes.";
    L_1380 1380 "4.7.1.1" Both Fact
    "Separators may stand anywhere in a topic, and two in a row enclose an empty level.";
    L_1383 1383 "4.7.1.2" Server Fact
    "The wildcard # stands for the level above it and any number of levels below.";
    L_1402 1402 "4.7.1.3" Server Fact
    "The wildcard + stands for exactly one level, at any place.";
    L_1405 1405 "4.7.1.3" Both Fact
    "The wildcard + may occur several times in a filter, and together with #.";
    L_1421 1421 "4.7.2" Server Should
    "Clients are kept from exchanging messages over topics that begin with $."
    => "Acknowledges such messages and neither delivers nor retains them.";
    L_1422 1422 "4.7.2" Server May
    "Topics that begin with $ are there for the server's own purposes."
    => "Publishes nothing under $SYS unless configured.";
    L_1444 1444 "4.7.3" Both Fact
    "Upper and lower case make different topics.";
    L_1445 1445 "4.7.3" Both Fact
    "A space is an ordinary character in a topic.";
    L_1446 1446 "4.7.3" Both Fact
    "A separator at the beginning or the end makes a different topic.";
    L_1447 1447 "4.7.3" Both Fact
    "A single separator is a valid topic.";
    L_1452 1452 "4.7.3" Both Fact
    "A topic may have as many levels as fit into its 65535 bytes."
    => "Sets no limit of its own.";
    L_1456 1456 "4.7.3" Server Fact
    "A level without wildcard matches only the same level, character for character.";
    L_1470 1470 "4.7.3" Server May
    "Topics can be set up beforehand by an administrator, or come into being with the first \
     message or subscription."
    => "Lets them come into being on use.";
    L_1472 1472 "4.7.3" Server May
    "Actions on a topic can be authorised client by client."
    => "Has a hook for it that allows everything by default.";
    L_1483 1483 "4.8" Server Should
    "A transient error met on one connection does not touch other clients."
    => "Isolates it.";

    L_1488 1488 "5.1" Server Should
    "TLS is offered on port 8883; the sentence stands in a chapter that is not normative.";

    L_1682 1682 "6" Both Fact
    "The URI of a WebSocket connection means nothing to MQTT."
    => "Accepts every path.";

    L_1693 1693 "7" Both May
    "One implementation can be client and server at the same time."
    => "Is both, separately.";
    L_1702 1702 "7.1.1" Server Fact
    "Every packet that a conforming server sends has the format of chapters 2 and 3.";
    L_1704 1704 "7.1.1" Server Fact
    "A conforming server matches topics by the rules of section 4.7.";
    L_1705 1705 "7.1.1" Server Fact
    "A conforming server satisfies every MUST of chapters 1 to 4, 6 and 7 that is not for \
     clients alone.";
    L_1716 1716 "7.1.1" Server May
    "A server can use any transport that is suitable."
    => "Uses TCP or WebSocket.";
    L_1723 1723 "7.1.2" Client Fact
    "A conforming client satisfies every MUST of chapters 1 to 4, 6 and 7 that is not for \
     servers alone.";
    L_1734 1734 "7.1.2" Client May
    "A client can use any transport that is suitable."
    => "Uses TCP or WebSocket.";
}
