//! §3.1, §3.2 and §3.14: how connections and sessions begin and end.

use etalon::spec::Reading;

use super::Zone;

pub(super) const ZONES: &[Zone] = &[
    (
        Reading::S_19,
        &[
            ("a> ping; a< closed", "client 3.1.0-1"),
            ("a> ping; a< pong; a< closed", "3.2.0-1, client 3.1.0-1"),
            ("a> ping; wait 6", "4.8.0-1, client 3.1.0-1"),
        ],
    ),
    (Reading::S_20, &[("a> raw 10; wait 500; settled", ""), ("a> raw 10; wait 1; a< closed", "")]),
    (
        Reading::S_21,
        &[
            ("a> raw 10 0D 00 04 6D 71 74 74 04 02 00 00 00 01 61; a< closed", "client 3.1.2-1"),
            (
                "a> raw 10 0D 00 04 6D 71 74 74 04 02 00 00 00 01 61; a< refused 1; a< closed",
                "client 3.1.2-1",
            ),
            (
                "a> raw 10 0D 00 04 6D 71 74 74 04 02 00 00 00 01 61; a< ok",
                "3.1.2-1, client 3.1.2-1",
            ),
        ],
    ),
    (
        Reading::S_22,
        &[
            (
                "a> raw 10 0F 00 06 4D 51 49 73 64 70 03 02 00 00 00 01 61; a< closed",
                "client 3.1.2-1",
            ),
            (
                "a> raw 10 0F 00 06 4D 51 49 73 64 70 04 02 00 00 00 01 61; a< refused 1; a< closed",
                "client 3.1.2-1",
            ),
        ],
    ),
    (
        Reading::S_23,
        &[
            // A reserved flag, no Client Identifier, CleanSession 0.
            ("a> raw 10 0C 00 04 4D 51 54 54 04 01 00 00 00 00; a< closed", "client 3.1.2-3"),
            (
                "a> raw 10 0C 00 04 4D 51 54 54 04 01 00 00 00 00; a< refused 2; a< closed",
                "client 3.1.2-3",
            ),
            ("a> raw 10 0C 00 04 4D 51 54 54 04 01 00 00 00 00; a< ok", "3.1.4-1, client 3.1.2-3"),
            (
                "a> raw 10 0D 00 04 4D 51 54 54 04 03 00 00 00 01 61; a< refused 2; a< closed",
                "3.1.4-1, client 3.1.2-3",
            ),
        ],
    ),
    (
        Reading::S_25,
        &[
            (
                "a> raw 10 0D 00 04 4D 51 54 54 06 02 00 00 00 01 61; a< refused 1; a< closed",
                "client ~ProtocolLevel",
            ),
            (
                "a> raw 10 0D 00 04 4D 51 54 54 05 02 00 00 00 01 61; a< closed",
                "client ~ProtocolLevel",
            ),
            (
                "a> raw 10 0D 00 04 4D 51 54 54 06 02 00 00 00 01 61; a< refused 2; a< closed",
                "3.1.2-2, client ~ProtocolLevel",
            ),
        ],
    ),
    (
        Reading::S_26,
        &[
            ("a> connect; a< refused 4; a< closed", ""),
            ("a> connect; a< refused 5; a< closed", ""),
            ("a> connect; a< closed", "~RefusedSilently"),
            ("a> connect; a< refused 5; wait 6", "3.2.2-5"),
            ("a> connect; a> ping; a< refused 5; a< pong; a< closed", "3.1.4-5"),
            ("a> connect; settled", "3.1.4-4"),
            (
                "join s; held s # 1; a> connect; a> pub1 1 t x; a< refused 5; a< closed; \
                 got s 1 t x; settled",
                "3.1.4-5",
            ),
            (
                "a> connect; a> pub1 1 t x retain; a< refused 5; a< closed; join s; held s # 1; \
                 got s 1 t x retain; settled",
                "3.1.4-5",
            ),
        ],
    ),
    (
        Reading::S_27,
        &[
            ("a> connect will=a/#/x; a< closed", "client 4.7.1-1"),
            ("a> connect will=a/#/x; a< refused 5; a< closed", "client 4.7.1-1"),
            ("a> connect will=a/#/x; a< ok", "4.8.0-1, client 4.7.1-1"),
            ("a> connect will=/x; a< ok", "4.8.0-1, client 4.7.3-1"),
        ],
    ),
    (
        Reading::S_28,
        &[
            (
                "join p; join s kept; held s # 1; b> connect as=s; b< refused 5; b< closed; \
                 sent p 1 t x; got s 1 t x; settled",
                "",
            ),
            (
                "join p; join s kept; held s # 1; b> connect as=s; b< refused 5; b< closed; \
                 sent p 1 t x; settled",
                "4.5.0-1",
            ),
            (
                "join s kept; s> closed; b> connect as=s; b< refused 5; b< closed; \
                 join c as=s kept",
                "3.2.2-2",
            ),
            ("join s; held s # 1; b> connect will=w/x; b< refused 5; b< closed; settled", ""),
        ],
    ),
    (
        Reading::S_29,
        &[
            (
                "join s; held s # 1; join a kept will=w/x; join b as=a kept; a< closed; \
                 got s 1 w x; settled",
                "3.2.2-2",
            ),
            (
                "join s; held s # 1; join a kept will=w/x; got s 1 w x; back b as=a; a< closed; \
                 settled",
                "",
            ),
            (
                "join s; held s # 1; join a kept will=w/x; back b as=a; a< closed; settled",
                "3.1.2-8",
            ),
            ("join a; join b as=a; settled", "3.1.4-2"),
        ],
    ),
    (
        Reading::S_30,
        &[
            ("join s; held s # 1; join a will=w/x; a< closed; got s 1 w x; settled", ""),
            ("join s; held s # 1; join a will=w/x; a< closed; settled", "3.1.2-8"),
        ],
    ),
    (
        Reading::S_31,
        &[
            ("join s; held s # 1; a> connect will=w/x; a< refused 5; a< closed; settled", ""),
            ("join s; held s # 1; join a will=w/x; a> closed; settled", "3.1.2-8"),
        ],
    ),
    (
        Reading::S_32,
        &[
            ("join a as=; join b as=; settled", ""),
            ("a> connect as=; a< refused 2; a< closed", ""),
            ("a> connect as=; a< ok present", "3.2.2-1"),
            ("a> connect as= kept; a< ok", "3.1.3-8, client 3.1.3-8"),
        ],
    ),
    (
        Reading::S_33,
        &[
            ("join a as=a-name-of-more-than-23-bytes!", ""),
            ("a> connect as=a-name-of-more-than-23-bytes!; a< refused 2; a< closed", ""),
        ],
    ),
    (
        Reading::S_34,
        &[
            ("join a as=x kept; a> closed; join b as=X kept", ""),
            ("join a as=x kept; a> closed; back b as=X", "3.2.2-3"),
        ],
    ),
    (
        Reading::S_35,
        &[
            (
                "a> raw 10 10 00 04 4D 51 54 54 04 42 00 00 00 01 61 00 01 70; a< closed",
                "client 3.1.2-22",
            ),
            (
                "a> raw 10 10 00 04 4D 51 54 54 04 42 00 00 00 01 61 00 01 70; a< refused 4; \
                 a< closed",
                "3.1.4-1, client 3.1.2-22",
            ),
            ("a> raw 10 0F 00 04 4D 51 54 54 04 82 00 00 00 01 61 00 00; a< ok", ""),
        ],
    ),
    (
        Reading::S_36,
        &[
            ("join a kept; a> closed; back b as=a", ""),
            ("join a kept; a> closed; join b as=a kept", "3.2.2-2"),
            ("join a; join b as=a kept; a< closed", ""),
            ("join a; back b as=a; a< closed", "3.2.2-3"),
            ("join a kept; a> closed; b> connect as=a; b< ok present", "3.2.2-1"),
        ],
    ),
    (
        Reading::S_37,
        &[
            (
                "join a kept; a> pub1 1 t x; a> closed; wait 100; join b as=a kept; \
                 b> pub1 1 t x dup; b< puback 1; settled",
                "",
            ),
            (
                "join a kept; a> pub1 1 t x; a> closed; wait 100; join b as=a kept; \
                 b> pub1 2 t x; b< puback 2; settled",
                "",
            ),
            ("join a kept; a> pub1 1 t x; a> closed; back b as=a; b> closed; settled", ""),
        ],
    ),
    (
        Reading::S_38,
        &[
            ("join a kept; a> closed; wait 3600; join b as=a kept", ""),
            ("join a kept; a> closed; wait 10; join b as=a kept", "3.2.2-2"),
        ],
    ),
    (
        Reading::S_39,
        &[
            ("a> connect; a> sub 1 t 1; a> ping; a< ok; a< suback 1 1; a< pong; settled", ""),
            ("a> connect; a> ping; a< ok; settled", "3.12.4-1"),
            ("a> connect; a> ping; a< pong; a< ok", "3.2.0-1"),
            (
                "join p; a> connect; a> sub 1 t 1; a< ok; a< suback 1 1; sent p 1 t x; settled",
                "4.5.0-1",
            ),
        ],
    ),
    (
        Reading::S_40,
        &[
            ("join a keep=10; wait 15; a< closed", ""),
            ("join a keep=10; wait 17; a< closed", "client 3.1.2-23"),
            ("join a keep=10; wait 12; a< closed", "~ClosedEarly"),
            ("join a keep=10; wait 12; a> ping; a< pong; wait 12", ""),
            ("join a keep=10; wait 18", "3.1.2-24, client 3.1.2-23"),
            ("join a keep=10; a> raw C0; wait 18", "3.1.2-24, client 3.1.2-23"),
        ],
    ),
    (
        Reading::S_41,
        &[
            ("join a keep=0; wait 9000; a> ping; a< pong; settled", ""),
            ("join a keep=0; wait 9000; a> ping; settled", "3.12.4-1"),
        ],
    ),
    (
        Reading::S_42,
        &[
            ("a> connect; wait 120", ""),
            ("a> connect; wait 121", "client ~StillWaiting"),
            ("join a keep=20; a> ping; wait 25; a> ping; wait 20", "client ~StillWaiting"),
        ],
    ),
    (
        Reading::S_100,
        &[
            ("join a; a> bye; a> ping; a< closed; settled", "client 3.14.4-2"),
            ("join a; a> bye; a> ping; a< pong", "4.8.0-1, client 3.14.4-2"),
            ("join a; a> bye; a> sub 1 t 1; a< suback 1 1", "4.8.0-1, client 3.14.4-2"),
            (
                "join s; held s # 1; join a will=w/x; a> bye; a> ping; a> closed; got s 1 w x; settled",
                "3.14.4-3, client 3.14.4-2",
            ),
        ],
    ),
    (
        Reading::S_101,
        &[
            ("join a; a> bye; wait 5; a< closed", ""),
            ("join a; a> bye; wait 6; a< closed", "~OpenAfterDisconnect"),
            ("join a; a> bye; wait 6; a< sub 1 t 1", "4.8.0-1, ~OpenAfterDisconnect"),
        ],
    ),
    (
        Reading::S_103,
        &[
            (
                "join s; held s # 1; join a will=w/x; a> raw E1 00; a< closed; got s 1 w x; settled",
                "client 3.14.1-1",
            ),
            (
                "join s; held s # 1; join a will=w/x; a> raw E1 00; a< closed; settled",
                "3.1.2-8, client 3.14.1-1",
            ),
            ("join a; a> raw E0 01 00; wait 6", "4.8.0-1, client 4.8.0-1"),
        ],
    ),
];
