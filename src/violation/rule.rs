//! The causes of a breach: one variant for each that can be told apart, with its sentence.
//!
//! A statement is often broken in several ways, and some ways have no number of their own. The
//! rule is the cause; the statement stands in [`Violation::id`](super::Violation::id).

use crate::spec::Line;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// A statement of the standard is broken.
    Breach,
    /// A SHOULD or an unnumbered sentence is not followed.
    Warning,
    /// A legal choice, or a limit of this side.
    Note,
}

/// What exactly is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rule {
    /// Nothing to add to the statement itself.
    Statement,
    /// A text field is not well-formed UTF-8 (§1.5.3).
    TextNotUtf8,
    /// A text field contains U+0000 (§1.5.3).
    TextWithNul,
    /// A text has more bytes than its length field can say (§1.5.3).
    TextTooLong,
    /// A control character or a non-character: not malformed, but a receiver may close (§1.5.3).
    DubiousCharacter,
    /// Packet type 0 or 15 (Table 2.1).
    ReservedType,
    /// A packet that this side never receives (Table 2.1).
    WrongDirection,
    /// Fixed-header flags of a packet for which Table 2.2 has 0000.
    FlagsNotZero,
    /// Fixed-header flags of PUBREL, SUBSCRIBE or UNSUBSCRIBE.
    FlagsNotTwo,
    /// The fourth byte of Remaining Length announces a fifth (§2.2.3).
    LengthTooLong,
    /// Remaining Length takes more bytes than its value needs (Table 2.4).
    LengthNotMinimal,
    /// The packet is larger than this side is willing to take.
    PacketTooLarge,
    /// Bytes after the last field.
    LeftOver,
    /// The packet ends before a field that has no rule of its own.
    CutOff,
    /// No packet identifier, or half of one (§2.3.1).
    PacketIdMissing,
    /// Packet identifier 0 (§2.3.1).
    PacketIdZero,
    /// A packet identifier that another exchange of the sender still uses (§2.3.1).
    PacketIdInUse,
    /// A CONNECT longer than its five payload fields can be (§3.1.1).
    ConnectTooLong,
    /// Another packet before CONNECT (§3.1).
    ConnectNotFirst,
    /// A second CONNECT (§3.1).
    ConnectTwice,
    /// The protocol name is not `MQTT` (§3.1.2.1).
    ProtocolName,
    /// The protocol level is not 4 (§3.1.2.2).
    ProtocolLevel,
    /// Bit 0 of the Connect Flags (§3.1.2.3).
    ConnectFlagReserved,
    /// Will QoS without Will Flag (§3.1.2.5).
    WillQosWithoutWill,
    /// Will Retain without Will Flag (§3.1.2.5).
    WillRetainWithoutWill,
    /// Will QoS 3 (§3.1.2.6).
    WillQosThree,
    /// Password Flag without User Name Flag (§3.1.2.9).
    PasswordWithoutUserName,
    /// No Client Identifier, or one that is cut off (§3.1.3.1).
    ClientIdMissing,
    /// An empty Client Identifier with CleanSession 0 (§3.1.3.1).
    ClientIdEmpty,
    /// Will Flag 1 and no whole Will Topic (§3.1.2.5).
    WillTopicMissing,
    /// Will Flag 1 and no whole Will Message (§3.1.2.5).
    WillMessageMissing,
    /// User Name Flag 1 and no whole user name (§3.1.2.8).
    UserNameMissing,
    /// Password Flag 1 and no whole password (§3.1.2.9).
    PasswordMissing,
    /// Two more fields, and the Will Flag is 0 (§3.1.2.5).
    WillWithoutFlag,
    /// One more field, and the User Name Flag is 0 (§3.1.2.8).
    UserNameWithoutFlag,
    /// One more field, and the Password Flag is 0 (§3.1.2.9).
    PasswordWithoutFlag,
    /// Bits 7-1 of the Connect Acknowledge Flags (§3.2.2.1).
    ConnackFlags,
    /// Session Present beside a refusal (§3.2.2.2).
    SessionPresentWithRefusal,
    /// Connect Return code 6 to 255 (§3.2.2.3).
    ConnackCode,
    /// Another packet before CONNACK (§3.2).
    ConnackNotFirst,
    /// DUP 1 with QoS 0 (§3.3.1.1).
    DupAtQosZero,
    /// QoS 3 (§3.3.1.2).
    QosThree,
    /// No topic name, or one that is cut off (§3.3.2.1).
    TopicNameMissing,
    /// `#` or `+` in a topic name (§3.3.2.1, §4.7.1).
    WildcardInTopicName,
    /// A SUBSCRIBE without a filter (§3.8.3).
    RequestsMissing,
    /// The QoS byte behind a filter is not there (§3.8.3).
    RequestedQosMissing,
    /// Requested QoS 3 (§3.8.3).
    RequestedQosThree,
    /// Bits 7-2 of the requested QoS (§3.8.3).
    RequestedQosReserved,
    /// A SUBACK without a return code (§3.9.3).
    ReturnCodesMissing,
    /// A SUBACK code that is not 00, 01, 02 or 80 (§3.9.3).
    ReturnCode,
    /// An UNSUBSCRIBE without a filter (§3.10.3).
    FiltersMissing,
    /// The topic filter is cut off (§3.8.3, §3.10.3).
    FilterCutOff,
    /// An acknowledgement that does not fit the state of its exchange (§4.3).
    WrongAcknowledgement,
    /// `#` elsewhere than as whole last level (§4.7.1.2).
    MisplacedHash,
    /// `+` beside another character in its level (§4.7.1.3).
    MisplacedPlus,
    /// A topic name or topic filter without a character (§4.7.3).
    TopicEmpty,
    /// An answer to nothing that was sent (§2.3.1, §3.8.4, §4.3).
    Unsolicited,
    /// The same message again under an open identifier, and DUP is 0 (§3.3.1.1).
    DupMissing,
    /// DUP 1 from a Server on a message that it sends for the first time (§3.3.1.1).
    DupWithoutCause,
    /// A connection that has to be closed and is not (§4.8).
    StillOpen,
    /// A SUBACK code above the requested QoS (§3.8.4).
    GrantAboveRequest,
    /// More or fewer SUBACK codes than filters (§3.8.4).
    ReturnCodeCount,
    /// A message at QoS 1 or 2 that a session is owed and did not get (§4.5).
    MessageLost,
    /// A second delivery of a QoS 2 message (§4.3.3).
    MessageDoubled,
    /// A message that matches no filter of its receiver (§3.3.2.1).
    NotSubscribed,
    /// More answers than requests under one identifier (§4.3).
    AnsweredTwice,
    /// A malformed filter is refused by a return code, not by a close (§3.8.4).
    MalformedFilterAnswered,
    /// A CONNECT that could be answered is not (§3.2.2.3).
    RefusedSilently,
    /// The connection stays open after DISCONNECT (§3.14.4).
    OpenAfterDisconnect,
    /// A Client that waits too long for an answer (§3.1.2.10, §3.2).
    StillWaiting,
    /// A message that no Client has published.
    NobodyPublished,
    /// A message under another topic than it was published to (§3.3.2.1).
    TopicChanged,
    /// A message from one Client to another over a `$` topic (§4.7.2).
    ReservedTopicExchanged,
    /// A Server acknowledges in another order than that of receipt (§4.6).
    AnswerOrder,
    /// A Server closes for silence before one and a half Keep Alive periods (§3.1.2.10).
    ClosedEarly,
    /// A QoS 0 or 1 message delivered more often than it was published (§4.3.2).
    DeliveredAgain,
    /// An answer that is due, and everything has had its time (§3.3.4, §3.8.4, §3.12.4, §4.3).
    Unanswered,
    /// A repeated packet without an answer of its own; the first one was answered (§4.3.3).
    RepeatUnanswered,
}

impl Rule {
    /// Every rule, in the order of the standard.
    pub const ALL: &'static [Rule] = &[
        Rule::Statement,
        Rule::TextNotUtf8,
        Rule::TextWithNul,
        Rule::TextTooLong,
        Rule::DubiousCharacter,
        Rule::ReservedType,
        Rule::WrongDirection,
        Rule::FlagsNotZero,
        Rule::FlagsNotTwo,
        Rule::LengthTooLong,
        Rule::LengthNotMinimal,
        Rule::PacketTooLarge,
        Rule::LeftOver,
        Rule::CutOff,
        Rule::PacketIdMissing,
        Rule::PacketIdZero,
        Rule::PacketIdInUse,
        Rule::ConnectTooLong,
        Rule::ConnectNotFirst,
        Rule::ConnectTwice,
        Rule::ProtocolName,
        Rule::ProtocolLevel,
        Rule::ConnectFlagReserved,
        Rule::WillQosWithoutWill,
        Rule::WillRetainWithoutWill,
        Rule::WillQosThree,
        Rule::PasswordWithoutUserName,
        Rule::ClientIdMissing,
        Rule::ClientIdEmpty,
        Rule::WillTopicMissing,
        Rule::WillMessageMissing,
        Rule::UserNameMissing,
        Rule::PasswordMissing,
        Rule::WillWithoutFlag,
        Rule::UserNameWithoutFlag,
        Rule::PasswordWithoutFlag,
        Rule::ConnackFlags,
        Rule::SessionPresentWithRefusal,
        Rule::ConnackCode,
        Rule::ConnackNotFirst,
        Rule::DupAtQosZero,
        Rule::QosThree,
        Rule::TopicNameMissing,
        Rule::WildcardInTopicName,
        Rule::RequestsMissing,
        Rule::RequestedQosMissing,
        Rule::RequestedQosThree,
        Rule::RequestedQosReserved,
        Rule::ReturnCodesMissing,
        Rule::ReturnCode,
        Rule::FiltersMissing,
        Rule::FilterCutOff,
        Rule::WrongAcknowledgement,
        Rule::MisplacedHash,
        Rule::MisplacedPlus,
        Rule::TopicEmpty,
        Rule::Unsolicited,
        Rule::DupMissing,
        Rule::DupWithoutCause,
        Rule::StillOpen,
        Rule::GrantAboveRequest,
        Rule::ReturnCodeCount,
        Rule::MessageLost,
        Rule::MessageDoubled,
        Rule::NotSubscribed,
        Rule::AnsweredTwice,
        Rule::MalformedFilterAnswered,
        Rule::RefusedSilently,
        Rule::OpenAfterDisconnect,
        Rule::StillWaiting,
        Rule::NobodyPublished,
        Rule::TopicChanged,
        Rule::ReservedTopicExchanged,
        Rule::AnswerOrder,
        Rule::ClosedEarly,
        Rule::DeliveredAgain,
        Rule::Unanswered,
        Rule::RepeatUnanswered,
    ];

    /// The rule as a sentence for the reader of a report.
    pub const fn text(self) -> &'static str {
        self.row().2
    }

    /// How much breaking it weighs.
    pub const fn weight(self) -> Weight {
        self.row().0
    }

    /// The sentence without a number on which the rule rests, whatever the packet.
    pub const fn line(self) -> Option<Line> {
        self.row().1
    }

    const fn row(self) -> (Weight, Option<Line>, &'static str) {
        use Weight::{Breach, Note, Warning};
        match self {
            Rule::Statement => (Breach, None, "the statement itself is broken"),
            Rule::TextNotUtf8 => (Breach, None, "text has to be well-formed UTF-8"),
            Rule::TextWithNul => (Breach, None, "text may not contain U+0000"),
            Rule::TextTooLong => (Breach, Some(Line::L_187), "text may not exceed 65,535 bytes"),
            Rule::DubiousCharacter => (
                Warning,
                Some(Line::L_199),
                "text should not contain control characters or non-characters",
            ),
            Rule::ReservedType => (Breach, Some(Line::L_237), "packet types 0 and 15 are reserved"),
            Rule::WrongDirection => {
                (Breach, Some(Line::L_237), "this packet may not flow in this direction")
            }
            Rule::FlagsNotZero => (Breach, None, "fixed-header flags have to be 0000"),
            Rule::FlagsNotTwo => (Breach, None, "fixed-header flags have to be 0010"),
            Rule::LengthTooLong => {
                (Breach, Some(Line::L_264), "Remaining Length has at most four bytes")
            }
            Rule::LengthNotMinimal => (
                Warning,
                Some(Line::L_264),
                "Remaining Length takes more bytes than its value needs",
            ),
            Rule::PacketTooLarge => (Note, None, "the packet is larger than this side accepts"),
            Rule::LeftOver => (Breach, None, "bytes are left over after the last field"),
            Rule::CutOff => (Breach, None, "the packet ends before this field is complete"),
            Rule::PacketIdMissing => (Breach, None, "the packet identifier is missing or cut off"),
            Rule::PacketIdZero => (Breach, None, "the packet identifier may not be 0"),
            Rule::PacketIdInUse => (Breach, None, "the packet identifier is still in use"),
            Rule::ConnectTooLong => (
                Breach,
                Some(Line::L_379),
                "a CONNECT has at most 327,695 bytes after its fixed header",
            ),
            Rule::ConnectNotFirst => {
                (Breach, None, "the first packet from a Client has to be CONNECT")
            }
            Rule::ConnectTwice => {
                (Breach, None, "a Client can send CONNECT only once on a connection")
            }
            Rule::ProtocolName => (Breach, None, "the protocol name has to be MQTT"),
            Rule::ProtocolLevel => (Note, None, "the protocol level is not 4, that of MQTT 3.1.1"),
            Rule::ConnectFlagReserved => {
                (Breach, None, "the reserved bit of the Connect Flags has to be 0")
            }
            Rule::WillQosWithoutWill => {
                (Breach, None, "Will QoS has to be 0 if the Will Flag is 0")
            }
            Rule::WillRetainWithoutWill => {
                (Breach, None, "Will Retain has to be 0 if the Will Flag is 0")
            }
            Rule::WillQosThree => (Breach, None, "Will QoS may not be 3"),
            Rule::PasswordWithoutUserName => {
                (Breach, None, "the Password Flag has to be 0 if the User Name Flag is 0")
            }
            Rule::ClientIdMissing => (Breach, None, "the Client Identifier is missing or cut off"),
            Rule::ClientIdEmpty => {
                (Breach, None, "an empty Client Identifier needs CleanSession 1")
            }
            Rule::WillTopicMissing => {
                (Breach, None, "the Will Flag is 1, but the Will Topic is missing or cut off")
            }
            Rule::WillMessageMissing => {
                (Breach, None, "the Will Flag is 1, but the Will Message is missing or cut off")
            }
            Rule::UserNameMissing => {
                (Breach, None, "the User Name Flag is 1, but the user name is missing or cut off")
            }
            Rule::PasswordMissing => {
                (Breach, None, "the Password Flag is 1, but the password is missing or cut off")
            }
            Rule::WillWithoutFlag => {
                (Breach, None, "Will fields stand in the payload, but the Will Flag is 0")
            }
            Rule::UserNameWithoutFlag => {
                (Breach, None, "a user name stands in the payload, but the User Name Flag is 0")
            }
            Rule::PasswordWithoutFlag => {
                (Breach, None, "a password stands in the payload, but the Password Flag is 0")
            }
            Rule::ConnackFlags => (
                Breach,
                Some(Line::L_673),
                "bits 7-1 of the Connect Acknowledge Flags have to be 0",
            ),
            Rule::SessionPresentWithRefusal => {
                (Breach, None, "Session Present has to be 0 if the return code is not 0")
            }
            Rule::ConnackCode => {
                (Breach, Some(Line::L_709), "Connect Return codes 6-255 are reserved")
            }
            Rule::ConnackNotFirst => {
                (Breach, None, "the first packet from a Server has to be CONNACK")
            }
            Rule::DupAtQosZero => (Breach, None, "DUP has to be 0 if QoS is 0"),
            Rule::QosThree => (Breach, None, "QoS may not be 3"),
            Rule::TopicNameMissing => (Breach, None, "the topic name is missing or cut off"),
            Rule::WildcardInTopicName => {
                (Breach, None, "a topic name may not contain wildcard characters")
            }
            Rule::RequestsMissing => {
                (Breach, None, "a SUBSCRIBE has at least one pair of topic filter and QoS")
            }
            Rule::RequestedQosMissing => {
                (Breach, None, "the requested QoS behind a topic filter is missing")
            }
            Rule::RequestedQosThree => (Breach, None, "the requested QoS may not be 3"),
            Rule::RequestedQosReserved => {
                (Breach, None, "bits 7-2 of the requested QoS have to be 0")
            }
            Rule::ReturnCodesMissing => {
                (Breach, None, "a SUBACK has one return code for every topic filter")
            }
            Rule::ReturnCode => (Breach, None, "a SUBACK return code is 00, 01, 02 or 80"),
            Rule::FiltersMissing => (Breach, None, "an UNSUBSCRIBE has at least one topic filter"),
            Rule::FilterCutOff => (Breach, None, "the topic filter is cut off"),
            Rule::WrongAcknowledgement => (
                Breach,
                None,
                "this acknowledgement does not belong to the exchange under its identifier",
            ),
            Rule::MisplacedHash => {
                (Breach, None, "# stands only alone or after a separator, and only at the end")
            }
            Rule::MisplacedPlus => (Breach, None, "+ fills a whole level"),
            Rule::TopicEmpty => {
                (Breach, None, "topic names and topic filters have at least one character")
            }
            Rule::Unsolicited => (Breach, None, "this packet answers nothing that was sent"),
            Rule::DupMissing => {
                (Breach, None, "what is sent again under the same identifier has DUP 1")
            }
            Rule::DupWithoutCause => {
                (Breach, None, "DUP is 1, but this message has not been sent before")
            }
            Rule::StillOpen => {
                (Breach, None, "the connection is still open, although it has to be closed")
            }
            Rule::GrantAboveRequest => (Breach, None, "the granted QoS is above the requested one"),
            Rule::ReturnCodeCount => (
                Breach,
                None,
                "the number of return codes differs from the number of topic filters",
            ),
            Rule::MessageLost => {
                (Breach, None, "a message that matches a subscription was not delivered")
            }
            Rule::MessageDoubled => (
                Breach,
                None,
                "a message published at QoS 2 was delivered more often than it may be",
            ),
            Rule::NotSubscribed => {
                (Breach, None, "no subscription of the receiver matches this topic")
            }
            Rule::AnsweredTwice => (Warning, None, "answered more often than it was asked"),
            Rule::MalformedFilterAnswered => (
                Warning,
                None,
                "a malformed topic filter is answered where the connection should be closed",
            ),
            Rule::RefusedSilently => (
                Warning,
                Some(Line::L_706),
                "a well-formed CONNECT should be answered before the connection is closed",
            ),
            Rule::OpenAfterDisconnect => {
                (Warning, Some(Line::L_1157), "the connection should be closed after DISCONNECT")
            }
            Rule::StillWaiting => (
                Warning,
                Some(Line::L_543),
                "a Client should close if the answer does not come in reasonable time",
            ),
            Rule::NobodyPublished => (Warning, None, "no Client has published this message"),
            Rule::TopicChanged => {
                (Warning, Some(Line::L_797), "the message was published to another topic")
            }
            Rule::ReservedTopicExchanged => (
                Warning,
                Some(Line::L_1421),
                "Clients should not exchange messages over topics that begin with $",
            ),
            Rule::AnswerOrder => (Note, None, "acknowledged in another order than received"),
            Rule::ClosedEarly => (
                Note,
                Some(Line::L_547),
                "closed before one and a half times the Keep Alive have passed",
            ),
            Rule::DeliveredAgain => (Note, None, "delivered more often than it was published"),
            Rule::Unanswered => (Breach, None, "this packet has to be answered and was not"),
            Rule::RepeatUnanswered => {
                (Warning, None, "this packet was sent again, and only the first was answered")
            }
        }
    }
}
