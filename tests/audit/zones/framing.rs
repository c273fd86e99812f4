//! §1.5 and §2: bytes that are nearly a packet.

use etalon::spec::Reading;

use super::Zone;

pub(super) const ZONES: &[Zone] = &[
    (
        Reading::S_01,
        &[
            ("join a; a> raw C0 80 00; a< pong; settled", "client ~LengthNotMinimal"),
            ("join a; a> raw C0 80 80 80 00; a< closed", "client ~LengthNotMinimal"),
            ("join a; a> ping; a< raw D0 80 00; settled", "~LengthNotMinimal"),
            ("join a; a> raw C0 80 00; settled", "3.12.4-1, client ~LengthNotMinimal"),
        ],
    ),
    (
        Reading::S_02,
        &[
            ("join a; a> raw C0 80 80 80 80 00; wait 5; a< closed", "client 4.8.0-1"),
            ("join a; a> raw C0 80 80 80 80 00; wait 6", "4.8.0-1, client 4.8.0-1"),
        ],
    ),
    (
        Reading::S_03,
        &[
            ("join p; join s; held s # 1; p> pub1 7 t large; p< closed; settled", ""),
            ("join p; join s; held s # 1; sent p 1 t large; got s 1 t large; settled", ""),
            ("join p; join s; held s # 1; sent p 1 t large; settled", "4.5.0-1"),
        ],
    ),
    (
        Reading::S_04,
        &[
            ("join a; a> raw F0 00; a< closed", "client 4.8.0-1"),
            ("join a; a> raw 00 00; a< closed", "client 4.8.0-1"),
            ("join a; a> raw F0 00; wait 6", "4.8.0-1, client 4.8.0-1"),
        ],
    ),
    (
        Reading::S_05,
        &[
            ("join a; a> pong; a< closed", "client 4.8.0-1"),
            ("join a; a> pong; wait 6", "4.8.0-1, client 4.8.0-1"),
            ("join a; a< ping; a> closed", "4.8.0-1"),
        ],
    ),
    (
        Reading::S_06,
        &[
            ("join a; a> raw 40 03 00 01 00; a< closed", "client 4.8.0-1"),
            ("join a; a> raw C0 01 00; wait 6", "4.8.0-1, client 4.8.0-1"),
            // That it was answered breaks nothing more, and whatever that was taken for is over.
            ("join a; a> raw 50 03 00 05 00; a< pubrel 5; a< closed", "client 4.8.0-1"),
            ("join a; a> raw 51 02 00 05; a< pubrel 5; wait 6", "2.2.2-2, client 2.2.2-2"),
            (
                "join p; join a; held a t 1; sent p 1 t x; a< pub1 1 t x; a> raw 41 02 00 01; \
                 sent p 1 t y; a< pub1 1 t y; a< closed",
                "client 2.2.2-2",
            ),
        ],
    ),
    (
        Reading::S_07,
        &[
            ("join a; a> raw 38 03 00 01 61; a< closed", "client 3.3.1-2"),
            ("join a; a> raw 38 03 00 01 61; wait 6", "3.3.1-2, client 3.3.1-2"),
            ("join a; held a # 0; a< raw 38 03 00 01 61; a> closed", "3.3.1-2"),
        ],
    ),
    (
        Reading::S_08,
        &[
            ("join a; a> puback 0; wait 9; settled", "client 2.3.1-6"),
            ("join a; a> pubrec 0; a< pubrel 0", "client 2.3.1-6"),
            ("join a; a> pubrel 0; a< pubcomp 0; wait 9", "client 2.3.1-6"),
            ("join a; a> pubrel 0; a< closed", "client 2.3.1-6"),
            ("join a; a< puback 0; a> closed", "2.3.1-6"),
        ],
    ),
    (
        Reading::S_09,
        &[
            (
                "join p; join s; held s # 1; sent p 1 a\u{1} x; got s 1 a\u{1} x; settled",
                "client ~DubiousCharacter",
            ),
            ("join p; p> pub1 1 a\u{1} x; p< closed; settled", "client ~DubiousCharacter"),
            ("join a; held a a\u{1} 1; settled", "client ~DubiousCharacter"),
            ("join a; a> unsub 1 a\u{1}; a< unsuback 1", "client ~DubiousCharacter"),
            ("join a as=a\u{1}", "client ~DubiousCharacter"),
            ("join a will=a\u{1}/x", "client ~DubiousCharacter"),
            (
                "join p; join s; held s # 1; sent p 1 a\u{1} x; settled",
                "4.5.0-1, client ~DubiousCharacter",
            ),
        ],
    ),
    (
        Reading::S_10,
        &[
            ("join a; a> raw C0; a> raw 00 C0; a> raw 00; a< pong; a< pong; settled", ""),
            ("join a; a> raw C0; settled", ""),
            ("join a; a> raw C0; a> raw 00; settled", "3.12.4-1"),
        ],
    ),
    (
        Reading::S_11,
        &[
            ("join a; a> raw C0 00 C1 00; a< pong; a< closed; settled", "client 2.2.2-2"),
            ("join a; a> raw C0 00 C1 00; a< closed; settled", "client 2.2.2-2"),
            ("join a; a> raw C0 00 C1 00; a< pong; wait 6", "2.2.2-2, client 2.2.2-2"),
        ],
    ),
];
