//! §3.3.1.3, §3.3.5, §3.8 to §3.10 and §4.7: subscriptions, retained messages and matching.

use etalon::spec::Reading;

use super::Zone;

pub(super) const ZONES: &[Zone] = &[
    (
        Reading::S_62,
        &[
            ("join p; join s; held s t 0 + 2 # 1; sent p 2 t x; got s 2 t x; settled", ""),
            (
                "join p; join s; held s t 0 + 2 # 1; sent p 2 t x; got s 1 t x; got s 0 t x; \
                 got s 2 t x; settled",
                "",
            ),
            ("join p; join s; held s t 0 + 2 # 1; sent p 2 t x; got s 1 t x; settled", "3.3.5-1"),
            (
                "join p; join s; held s t 0 + 2; sent p 2 t x; got s 2 t x; got s 0 t x; \
                 got s 0 t x; settled",
                "4.3.3-2",
            ),
        ],
    ),
    (
        Reading::S_68,
        &[
            (
                "join p; sent p 1 t x retain; sent p 0 t y retain; settled; join s; held s # 1; \
                 got s 0 t y retain; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; sent p 0 t y retain; settled; join s; held s # 1; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; sent p 0 t y retain; settled; join s; held s # 1; \
                 got s 1 t x retain; settled",
                "3.3.1-5",
            ),
        ],
    ),
    (
        Reading::S_70,
        &[
            (
                "join p; sent p 1 t x retain; join s; s> sub 1 # 1; sent p 1 t y retain; \
                 s< suback 1 1; got s 1 t x retain; got s 1 t y; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; join s; s> sub 1 # 1; sent p 1 t y retain; \
                 s< suback 1 1; got s 1 t y retain; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; join s; s> sub 1 # 1; sent p 1 t y retain; \
                 s< suback 1 1; got s 1 t y retain; got s 1 t y; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; join s; s> sub 1 # 1; sent p 1 t y retain; \
                 s< suback 1 1; got s 1 t y; got s 1 t x retain; settled",
                "3.3.1-6",
            ),
        ],
    ),
    (
        Reading::S_71,
        &[
            (
                "join p; sent p 1 t x retain; join s kept; held s # 1; got s 1 t x retain; \
                 s> closed; back b as=s; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; join s kept; held s # 1; got s 1 t x retain; \
                 s> closed; back b as=s; got b 1 t x retain; settled",
                "3.3.1-9",
            ),
            (
                "join p; sent p 1 t x retain; join s; held s # 1; got s 1 t x retain; held s # 1; \
                 got s 1 t x retain; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; join s; held s # 1; got s 1 t x retain; held s # 1; \
                 settled",
                "3.8.4-3",
            ),
            (
                "join p; join s kept; held s # 1; s> closed; sent p 1 t x retain; back b as=s; \
                 got b 1 t x retain; settled",
                "3.3.1-9",
            ),
            ("join p; sent p 1 t x retain; p> closed; join s; held s # 1; settled", "3.3.1-6"),
            (
                "join w retained will=t/x; w> closed; settled; join s; held s # 1; settled",
                "3.1.2-17",
            ),
            (
                "join w will=t/x; w> closed; settled; join s; held s # 1; got s 1 t x retain; settled",
                "3.1.2-16",
            ),
            ("join s; held s # 2; join w will=t/x; w> closed; got s 2 t x; settled", "3.1.2-9"),
        ],
    ),
    (
        Reading::S_72,
        &[
            (
                "join p; sent p 2 t x retain; join s; held s t 0 + 2; got s 0 t x retain; \
                 got s 2 t x retain; settled",
                "",
            ),
            (
                "join p; sent p 2 t x retain; join s; held s t 0 + 2; got s 2 t x retain; settled",
                "",
            ),
            (
                "join p; sent p 2 t x retain; join s; held s t 0 + 2; got s 1 t x retain; settled",
                "3.8.4-6",
            ),
            (
                "join p; sent p 2 t x retain; join s; held s t 2; got s 2 t x retain; \
                 got s 2 t x retain; settled",
                "3.3.1-9",
            ),
            (
                "join p; sent p 2 t x retain; join s; held s t 2; got s 2 t x; settled",
                "3.3.1-6, 3.3.1-8",
            ),
        ],
    ),
    (
        Reading::S_73,
        &[
            ("join p; join s; s> sub 1 t 1; sent p 1 t x; got s 1 t x; s< suback 1 1; settled", ""),
            ("join p; join s; s> sub 1 t 1; sent p 1 t x; s< suback 1 1; settled", ""),
            ("join p; join s; s> sub 1 t 1; s< suback 1 1; sent p 1 t x; settled", "4.5.0-1"),
        ],
    ),
    (
        Reading::S_74,
        &[
            ("join a; a> sub 1 ok 1 a+ 1; a< closed", "client 4.7.1-3"),
            (
                "join a; a> sub 1 ok 1 a+ 1; a< suback 1 1 128; settled",
                "client 4.7.1-3, ~MalformedFilterAnswered",
            ),
            ("join a; a> sub 1 ok 1 a/#/b 1; a< suback 1 1 1", "4.8.0-1, client 4.7.1-2"),
        ],
    ),
    (
        Reading::S_75,
        &[
            (
                "join p; join s; s> sub 1 t 2 t 1; s< suback 1 2 1; sent p 2 t x; got s 1 t x; settled",
                "",
            ),
            (
                "join p; sent p 1 t x retain; join s; s> sub 1 t 1 t 1; s< suback 1 1 1; \
                 got s 1 t x retain; got s 1 t x retain; settled",
                "",
            ),
            (
                "join p; join s; s> sub 1 t 2 t 1; s< suback 1 2 1; sent p 2 t x; got s 2 t x; settled",
                "3.8.4-6",
            ),
            ("join s; s> sub 1 t 2 t 1; s< suback 1 1", "3.8.4-5"),
        ],
    ),
    (
        Reading::S_76,
        &[
            ("join p; join s; s> sub 1 t 2; s< suback 1 0; sent p 2 t x; got s 0 t x; settled", ""),
            (
                "join p; join s; held s t 1; s> sub 1 t 2; s< suback 1 128; sent p 1 t x; settled",
                "",
            ),
            (
                "join p; join s; held s t 1; s> sub 1 t 2; s< suback 1 128; sent p 1 t x; got s 1 t x; settled",
                "",
            ),
            ("join s; s> sub 1 t 1; s< suback 1 2", "3.8.4-5"),
            ("join s; s> sub 1 t 0 u 2; s< suback 1 2 0", "3.9.3-1"),
            ("join s; s> sub 1 t 0; s< raw 90 03 00 01 03", "3.9.3-2"),
        ],
    ),
    (
        Reading::S_77,
        &[
            (
                "join p; join s kept; held s t 2; s> closed; sent p 2 t x; back b as=s; \
                 b> sub 1 t 1; b< suback 1 1; got b 2 t x; settled",
                "",
            ),
            (
                "join p; join s kept; held s t 2; s> closed; sent p 2 t x; back b as=s; \
                 b> sub 1 t 1; b< suback 1 1; got b 1 t x; settled",
                "",
            ),
            (
                "join p; join s kept; held s t 2; s> closed; sent p 2 t x; back b as=s; \
                 b> sub 1 t 1; b< suback 1 1; settled",
                "3.1.2-5",
            ),
        ],
    ),
    (
        Reading::S_78,
        &[
            ("join a; a> unsub 1 a+; a< closed", "client 4.7.1-3"),
            ("join a; a> unsub 1 a+; a< unsuback 1; settled", "client 4.7.1-3"),
            ("join a; a> unsub 1 a; a< unsuback 2", "3.10.4-4"),
            ("join a; a> unsub 1 a; settled", "3.10.4-4"),
        ],
    ),
    (
        Reading::S_79,
        &[
            (
                "join p; join s; held s t 1; sent p 1 t x; s> unsub 1 t; s< unsuback 1; \
                 got s 1 t x; settled",
                "",
            ),
            ("join p; join s; held s t 1; sent p 1 t x; s> unsub 1 t; s< unsuback 1; settled", ""),
            (
                "join p; join s; held s t 1 # 1; s> unsub 1 t; s< unsuback 1; sent p 1 t x; \
                 got s 1 t x; settled",
                "",
            ),
            (
                "join p; join s; held s t 1; s> unsub 1 t; s< unsuback 1; sent p 1 t x; \
                 got s 1 t x; settled",
                "3.10.4-2",
            ),
            (
                "join p; join s; held s t 1 # 1; s> unsub 1 t; s< unsuback 1; sent p 1 t x; settled",
                "4.5.0-1",
            ),
            (
                "join p; join s; held s t 2; sent p 2 t x; s< pub2 1 t x; s> unsub 1 t; \
                 s< unsuback 1; s> pubrec 1; settled",
                "4.3.3-1",
            ),
            (
                "join p; join s kept; held s t 1; s> closed; join b as=s; sent p 1 t x; \
                 got b 1 t x; settled",
                "3.1.2-6",
            ),
        ],
    ),
    (
        Reading::S_81,
        &[
            ("join a; a> sub 1 a/+ 1; a< suback 1 128; settled", ""),
            ("join a; a> sub 1 a/+ 1; a< closed", ""),
            ("join p; join a; held a a/+ 1; sent p 1 a/b x; settled", "4.5.0-1"),
        ],
    ),
    (
        Reading::S_82,
        &[
            (
                "join a; a> pub2 1 t x; a< pubrec 1; a> sub 1 t 1; a< suback 1 1; settled",
                "client 2.3.1-2",
            ),
            ("join a; a> pub2 1 t x; a< pubrec 1; a> sub 1 t 1; a< closed", "client 2.3.1-2"),
            (
                "join a; a> pub2 1 t x; a< pubrec 1; a> sub 1 t 1; settled",
                "3.8.4-1, client 2.3.1-2",
            ),
        ],
    ),
    (
        Reading::S_83,
        &[
            (
                "join a; a> sub 1 t 1; a> pub1 2 u x; a> ping; a< pong; a< puback 2; \
                 a< suback 1 1; settled",
                "",
            ),
            ("join a; a> sub 1 t 1; a> pub1 2 u x; a> ping; a< pong; settled", "3.8.4-1, 4.3.2-2"),
        ],
    ),
    (
        Reading::S_90,
        &[
            ("join p; join s; held s # 1; sent p 1 a/$x x; got s 1 a/$x x; settled", ""),
            ("join s; held s $SYS/# 1; got s 0 $SYS/up 5; got s 0 $SYS 5; settled", ""),
            ("join s; held s $SYS/# 1; got s 0 $SYS/up 5 retain; settled", ""),
            ("join s; held s # 1; got s 0 $SYS/up 5; settled", "4.7.2-1"),
            ("join s; held s +/up 1; got s 0 $SYS/up 5 retain; settled", "4.7.2-1"),
            ("join p; join s; held s a/+ 1; sent p 1 a/$x x; settled", "4.5.0-1"),
        ],
    ),
    (
        Reading::S_91,
        &[
            ("join p; join s; held s $T/# 1; sent p 1 $T/x x; settled", ""),
            ("join p; p> pub1 1 $T/x x; p< closed; settled", ""),
            (
                "join p; join s; held s $T/# 1; sent p 1 $T/x x; got s 1 $T/x x; settled",
                "~ReservedTopicExchanged",
            ),
            ("join p; join s; held s # 1; sent p 1 $T/x x; got s 1 $T/x x; settled", "4.7.2-1"),
        ],
    ),
    (
        Reading::S_92,
        &[
            ("join p; join s; held s a/# 1; sent p 1 a x; got s 1 a x; settled", ""),
            ("join p; join s; held s a/+ 1; sent p 1 a/ x; got s 1 a/ x; settled", ""),
            ("join p; join s; held s a/+ 1; sent p 1 a x; got s 1 a x; settled", "3.3.2-3"),
            ("join p; join s; held s a/+ 1; sent p 1 a/ x; settled", "4.5.0-1"),
            ("join p; join s; held s a/# 1; sent p 1 a x; settled", "4.5.0-1"),
        ],
    ),
    (
        Reading::S_94,
        &[
            ("join p; join s; held s T 1; sent p 1 t x; settled", ""),
            ("join p; join s; held s T 1; sent p 1 t x; got s 1 t x; settled", "3.3.2-3"),
            ("join p; join s; held s a//b 1; sent p 1 a/b x; got s 1 a/b x; settled", "3.3.2-3"),
            ("join p; join s; held s \u{FEFF}a 1; sent p 1 \u{FEFF}a x; settled", "4.5.0-1"),
        ],
    ),
];
