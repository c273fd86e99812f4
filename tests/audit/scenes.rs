//! What is easily mistaken, and the statement of each remark: one scene for each single check.

use etalon::audit::Declared;

use crate::script::{findings, remarks};

/// Scenes and all that is found in them.
const SCENES: &[(&str, &str)] = &[
    // After DISCONNECT a Client has no Keep Alive.
    ("join a keep=1; a> bye; wait 5; a< closed", ""),
    ("join a; a> bye; a> raw C1 00; a< closed", "client 3.14.4-2"),
    (
        "join a; a> pub1 1 t x; a> bye; a> ping; a< puback 1; a< puback 1",
        "client 3.14.4-2, ~AnsweredTwice",
    ),
    ("join a; a> pub2 1 t x; a> bye; a> ping; a< puback 1", "4.3.3-2, client 3.14.4-2"),
    (
        "a> raw 10 10 00 04 4D 51 54 54 04 82 00 00 00 01 61 00 01 01; a< ok",
        "client ~DubiousCharacter",
    ),
    // A CONNECT that has to be closed, one way or the other.
    (
        "a> raw 10 0D 00 04 4D 51 54 54 06 02 00 00 00 01 61; wait 6",
        "3.1.2-2, client ~ProtocolLevel",
    ),
    ("a> connect as= kept; wait 6", "3.1.3-8, client 3.1.3-8"),
    ("a> raw 10 0C 00 04 4D 51 54 54 04 03 00 00 00 00; a< refused 2", "3.1.4-1, client 3.1.2-3"),
    (
        "a> raw 10 0D 00 04 4D 51 54 54 04 01 00 00 00 01 61; a< refused 2",
        "3.1.4-1, client 3.1.2-3",
    ),
    ("a> raw 80 00; a< ok", "4.8.0-1, client 3.8.1-1"),
    ("a> connect kept; a< refused 5; a< ok; a< closed; join b as=a kept", "4.8.0-1"),
    // The Server may have closed before it came to the DISCONNECT.
    (
        "join s; held s # 1; join a will=w/x; a> sub 1 t 1; a> bye; a> closed; got s 1 w x; settled",
        "",
    ),
    (
        "join s; held s # 1; join a will=w/x; a> unsub 1 t; a> bye; a> closed; got s 1 w x; settled",
        "",
    ),
    // What is sent ahead of a CONNACK outlives the session before.
    (
        "join p; join a; b> connect as=a; b> sub 1 t 1; sent p 1 t x; a< closed; b< ok; \
         got b 1 t x; b< suback 1 1; settled",
        "",
    ),
    // Sending again without a reconnect has no order.
    (
        "join a kept; a> closed; back b as=a; b> pub1 1 t x; b> pub1 2 t y; b> pub1 2 t y dup; \
         b> pub1 1 t x dup",
        "",
    ),
    (
        "join a kept; a> pub1 1 t x; a> pub1 1 t y; a> closed; back b as=a; settled",
        "client 2.3.1-2",
    ),
    (
        "join a kept; a> pub1 1 t x; a> closed; back b as=a; b> pub2 1 t x; b< pubrec 1",
        "client 2.3.1-2",
    ),
    (
        "join p; join s kept; held s # 2; sent p 2 t x; sent p 2 t y; s< pub2 1 t x; s> pubrec 1; \
         s< pubrel 1; s> closed; back b as=s; b< pub2 2 t y; b< pubrel 1; settled",
        "",
    ),
    // A wrong acknowledgement takes nothing over.
    ("join p; join s; held s t 2; p> pub2 1 t x; p< puback 1; settled", "4.3.3-2"),
    ("join a; a< pubcomp 9", "4.3.3-2"),
    ("join a; a< pubrel 0", "2.3.1-6"),
    ("join a; a< raw D1 00; wait 6", "2.2.2-2, client 4.8.0-1"),
    // Identifier 0 is repeated as it came; that it was answered is the breach.
    ("join a; a> raw 32 07 00 01 74 00 00 78 79; a< puback 0; wait 6", "4.8.0-1, client 2.3.1-1"),
    ("join a; a> raw 34 07 00 01 74 00 00 78 79; a< pubrec 0; wait 6", "4.8.0-1, client 2.3.1-1"),
    ("join a; a> sub 0 t 0; a< suback 0 0; wait 6", "4.8.0-1, client 2.3.1-1"),
    ("join a; a> unsub 0 t; a< unsuback 0; wait 6", "4.8.0-1, client 2.3.1-1"),
    ("join a; a> pub1 1 t x; a< puback 0", "2.3.1-6"),
    // What answers something behind unreadable bytes accuses nobody.
    ("join a; a> raw 40 02 00 00; a< pong", "client 2.3.1-6"),
    ("join a; a> raw 40 02 00 00; a< suback 3 0; a< unsuback 4", "client 2.3.1-6"),
    ("join a; a> raw 82 06 00 01 00 01 FF 00; a< suback 1 0", "1.5.3-1, client 3.8.3-1"),
    ("join a; a> raw 82 06 00 01 00 01 FF 00; a< suback 2 0", "client 3.8.3-1"),
    ("join a; a> raw 82 06 00 01 00 01 FF 00; join p; sent p 0 t x; a< pub t x", "client 3.8.3-1"),
    // An accepted Will Topic that is none: section 3.1 asks for no more than text.
    (
        "a> raw 10 15 00 04 4D 51 54 54 04 06 00 00 00 01 61 00 03 61 2F 23 00 01 78; a< ok; wait 6",
        "4.8.0-1, client 4.7.1-1",
    ),
    // A session that is denied and goes on is one breach.
    (
        "join s kept; held s t 1; join p; sent p 1 t x; s< pub1 1 t x; s> unsub 2 t; \
         s< unsuback 2; s> closed; b> connect as=s kept; b< ok; b< pub1 1 t x",
        "3.2.2-2",
    ),
    (
        "join s kept; held s t 2; join p; sent p 2 t x; s< pub2 1 t x; s> pubrec 1; \
         s> closed; b> connect as=s kept; b< ok; b< pubrel 1",
        "3.2.2-2",
    ),
    ("join s; held s t 1; join a; a> bye; a> pub1 1 t x; got s 1 t x", "client 3.14.4-2"),
    // An empty message that waited has the wrong flag, and was not stored.
    (
        "join s kept; held s t 1; s> closed; join p; sent p 1 t - retain; back b as=s; \
         got b 1 t - retain",
        "3.3.1-9",
    ),
    // An identifier is in use again as soon as it is used again.
    ("join a; sent a 2 t x; a> pub2 99 t x; a> pub2 99 t y; a< closed", "client 2.3.1-2"),
    // Retained messages.
    (
        "join p; sent p 1 t x retain; join s; held s t 1; sent p 1 t y; got s 1 t y; settled",
        "3.3.1-6",
    ),
    ("join p; sent p 1 u x retain; join s; held s t 1; settled", ""),
    (
        "join p; sent p 0 t x retain; sent p 1 t y retain; join s; held s t 1; got s 0 t x retain; \
         settled",
        "3.3.1-5",
    ),
    (
        "join p; sent p 1 t x retain; sent p 0 t y retain; p> closed; settled; join s; held s # 1; \
         got s 1 t x retain; settled",
        "",
    ),
    (
        "join p; sent p 1 t x retain; join s; s> sub 1 t 1; got s 1 t x retain; s< suback 1 1; settled",
        "",
    ),
    (
        "join w retained will=t/x qos=2; w> closed; settled; join s; held s # 2; \
         got s 1 t x retain; settled",
        "3.1.2-9",
    ),
    (
        "join p; sent p 1 t x retain; sent p 1 t y retain; join s; s> sub 1 t 1; \
         sent p 1 t z retain; s< suback 1 1; got s 1 t x retain; settled",
        "3.3.1-5",
    ),
    ("join w will=t/x; join s; held s # 1; got s 1 t x retain", "~NobodyPublished"),
    // Of two equal messages one need not have come.
    (
        "join s; held s # 1; a> connect; a> pub1 1 t x; a< refused 5; a< closed; join p; \
         sent p 1 t x; got s 1 t x; settled",
        "",
    ),
    (
        "join s; held s # 1; join a; a> pub1 1 t x; a> closed; join b as=a; sent b 1 t x; \
         got s 1 t x; settled",
        "",
    ),
    (
        "join p; join s; held s # 1; sent p 1 t x; got s 1 t x; settled; sent p 1 t x; settled",
        "4.5.0-1",
    ),
    // Topics that begin with $.
    ("join p; join s; held s $SYS/# 1; sent p 1 $SYS/x x; got s 1 $SYS/x x; settled", ""),
    ("join s; held s +/other 1; got s 0 $SYS/up 5; settled", "3.3.2-3"),
    ("join p; join s; held s t 2; sent p 2 t x; got s 2 t x; s< pub2 77 t x dup", "4.3.3-1"),
    ("join a; a> pub2 1 t x; a> pub2 1 t y; a< pubrec 1; settled", "client 2.3.1-2"),
    // Whom a violation excuses from answering.
    ("join a; a> ping; a> sub 1 a+ 1; settled", "client 4.7.1-3"),
    ("join a; a> ping; a> pong; settled", "client 4.8.0-1"),
    (
        "join a keep=10; a> ping; a> ping; a< pong; wait 14; a> ping; wait 10",
        "client ~StillWaiting",
    ),
];

#[test]
fn each_check_decides_something() {
    let mut wrong = Vec::new();
    for (script, expected) in SCENES {
        let found = findings(script, Declared::default()).join(", ");
        if found != *expected {
            wrong.push(format!("{script}\n  expected: {expected}\n  found:    {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_server_with_short_queues_is_not_held_to_longer_ones() {
    let short = Declared { queue: 0, ..Declared::default() };
    let script = "join p; join s; held s t 1; sent p 1 t x; settled";
    assert_eq!(findings(script, short), [""; 0]);
    assert_eq!(findings(script, Declared::default()), ["4.5.0-1"]);
}

/// Scenes with a remark, and under which statement it stands.
const REMARKS: &[(&str, &str)] = &[
    ("join a as=a\u{1}", "DubiousCharacter 1.5.3-2"),
    ("join a; a> raw C0 80 00", "LengthNotMinimal 4.8.0-1"),
    ("join a; a> sub 1 ok 1 a+ 1; a< suback 1 1 128", "MalformedFilterAnswered 4.8.0-1"),
    ("a> connect; a< closed", "RefusedSilently 3.2.2-6"),
    ("a> connect; wait 121", "StillWaiting 3.2.0-1"),
    ("join a keep=10; wait 12; a< closed", "ClosedEarly 3.1.2-24"),
    ("join a; a> bye; wait 6", "OpenAfterDisconnect 3.14.4-1"),
    ("join a; a> ping; a< pong; a< pong", "AnsweredTwice 3.12.4-1"),
    ("join a; a> pub1 1 t x; a< puback 1; a< puback 1", "AnsweredTwice 4.3.2-2"),
    ("join a; a> pub2 1 t x; a< pubrec 1; a< pubrec 1", "AnsweredTwice 4.3.3-2"),
    ("join a; sent a 2 t x; a< pubcomp 99", "AnsweredTwice 4.3.3-2"),
    ("join a; a> pub1 1 t x; a> pub1 2 t y; a< puback 2; a< puback 1", "AnswerOrder 4.6.0-2"),
    ("join a; a> pub2 1 t x; a> pub2 2 t y; a< pubrec 2; a< pubrec 1", "AnswerOrder 4.6.0-3"),
    (
        "join p; join a; held a t 2; sent p 2 t x; a< pub2 1 t x; a> pubrec 1; a< pubrel 1; \
         a> pubrec 1; settled",
        "AnsweredTwice 4.3.3-2, RepeatUnanswered 4.3.3-1",
    ),
    ("join s; held s # 1; got s 0 t x", "NobodyPublished 4.5.0-1"),
    ("join s; held s # 1; got s 0 t x retain", "NobodyPublished 3.3.1-6"),
    ("join p; join s; held s # 1; sent p 1 t x; got s 1 u x", "TopicChanged 3.3.2-3"),
    (
        "join p; join s; held s $T/# 1; sent p 1 $T/x x; got s 1 $T/x x",
        "ReservedTopicExchanged 4.7.2-1",
    ),
    (
        "join p; join s; held s t 1; sent p 1 t x; got s 1 t x; got s 1 t x",
        "DeliveredAgain 3.3.5-1",
    ),
    ("join p; sent p 1 t x; join s; held s t 1; got s 1 t x", "DeliveredAgain 4.5.0-1"),
];

#[test]
fn each_remark_stands_under_its_statement() {
    for (script, expected) in REMARKS {
        assert_eq!(remarks(script).join(", "), *expected, "{script}");
    }
}
