//! §2.3.1, §3.3, §4.3 to §4.6: exchanges, what is sent again, and order.

use etalon::spec::Reading;

use super::Zone;

pub(super) const ZONES: &[Zone] = &[
    (
        Reading::S_50,
        &[
            (
                "join p; join s; held s t 2; p> pub2 1 t x; p< pubrec 1; got s 2 t x; \
                 p> pubrel 1; p< pubcomp 1; settled",
                "",
            ),
            ("join p; join s; held s t 2; sent p 2 t x; got s 2 t x; settled", ""),
            ("join p; join s; held s t 2; p> pub2 1 t x; p< pubrec 1; settled", ""),
            (
                "join p; join s; held s t 2; sent p 2 t x; got s 2 t x; got s 2 t x; settled",
                "4.3.3-2",
            ),
            ("join p; join s; held s t 2; sent p 2 t x; settled", "4.5.0-1"),
        ],
    ),
    (
        Reading::S_51,
        &[
            ("join p; p> pub1 1 t x; p> pub1 1 t x dup; p< puback 1; p< puback 1; settled", ""),
            (
                "join p; join s; held s t 2; p> pub2 1 t x; p< pubrec 1; p> pub2 1 t x dup; \
                 p< pubrec 1; p> pubrel 1; p< pubcomp 1; got s 2 t x; got s 2 t x",
                "4.3.3-2",
            ),
            ("join p; p> pub1 1 t x; p> pub1 1 t x; p< closed", "client 3.3.1-1"),
        ],
    ),
    (
        Reading::S_52,
        &[
            (
                "join p; join s; held s t 1; sent p 1 t x; s< pub1 1 t x; s< pub1 1 t x dup; \
                 s> puback 1; s> puback 1; settled",
                "",
            ),
            (
                "join p; join s; held s t 1; sent p 1 t x; s< pub1 1 t x; s< pub1 1 t x; \
                 s> puback 1; settled",
                "3.3.1-1",
            ),
        ],
    ),
    (
        Reading::S_53,
        &[
            ("join p; join s; held s t 1; sent p 1 t x; sent p 1 t y; s< pub1 1 t x; settled", ""),
            (
                "join p; join s; held s t 1; sent p 1 t x; sent p 1 t y; got s 1 t x; settled",
                "4.5.0-1",
            ),
            (
                "join p; join s; held s t 1; sent p 1 t x; sent p 1 t y; s< pub1 1 t x; \
                 s< pub1 1 t y",
                "2.3.1-4",
            ),
        ],
    ),
    (
        Reading::S_54,
        &[
            (
                "join a; held a t 1; a> pub1 1 t x; a< pub1 1 t x; a> puback 1; a< puback 1; \
                 settled",
                "",
            ),
            ("join a; a> sub 1 t 1; a> pub1 1 u x; a< closed", "client 2.3.1-2"),
            (
                "join a; held a t 1; a> pub1 1 t x; a< pub1 2 t x; a> puback 2; a< puback 2",
                "2.3.1-6",
            ),
        ],
    ),
    (
        Reading::S_55,
        &[
            (
                "join p; join s kept; held s t 1; s> closed; sent p 1 t x; back b as=s; \
                 got b 1 t x; settled",
                "",
            ),
            (
                "join p; join s kept; held s t 1; s> closed; sent p 1 t x; back b as=s; settled",
                "3.1.2-5",
            ),
            (
                "join p; join s kept; held s t 1; s> closed; sent p 1 t x; join b as=s kept",
                "3.2.2-2",
            ),
        ],
    ),
    (
        Reading::S_56,
        &[
            ("join p; join s kept; held s t 1; sent p 0 t x; settled", ""),
            ("join p; join s kept; held s t 1; s> closed; sent p 0 t x; back b as=s; settled", ""),
            (
                "join p; join s kept; held s t 1; s> closed; sent p 0 t x; back b as=s; \
                 got b 0 t x; settled",
                "",
            ),
            ("join p; join s; held s t 1; sent p 0 t x; got s 1 t x; settled", "3.8.4-6"),
            ("join p; join s; held s t 1; sent p 0 t x; s< pub t 01x; settled", "2.3.1-5"),
        ],
    ),
    (
        Reading::S_57,
        &[
            (
                "join p; join s kept; held s t 0; s> closed; sent p 1 t x; back b as=s; \
                 got b 0 t x; settled",
                "",
            ),
            ("join p; join s kept; held s t 0; s> closed; sent p 1 t x; back b as=s; settled", ""),
            (
                "join p; join s kept; held s t 0; s> closed; sent p 1 t x; back b as=s; \
                 got b 1 t x; settled",
                "3.8.4-6",
            ),
        ],
    ),
    (
        Reading::S_58,
        &[
            ("join a; a> puback 9; wait 9; settled", "client 2.3.1-6"),
            ("join a; a> puback 9; a< closed", "client 2.3.1-6"),
            ("join a; a> puback 9; a< pubrel 9; settled", "4.3.3-1, client 2.3.1-6"),
        ],
    ),
    (
        Reading::S_59,
        &[
            (
                "join p; join a; held a t 2; sent p 2 t x; a< pub2 1 t x; a> pubrec 1; a< pubrel 1; \
                 a> pubrec 1; a< pubrel 1; a> pubcomp 1; settled",
                "client ~AnsweredTwice",
            ),
            (
                "join p; join a; held a t 2; sent p 2 t x; a< pub2 1 t x; a> pubrec 1; a< pubrel 1; \
                 a> pubrec 1; settled",
                "client ~AnsweredTwice, ~RepeatUnanswered",
            ),
            (
                "join p; join a; held a t 2; sent p 2 t x; a< pub2 1 t x; a> pubrec 1; settled",
                "4.3.3-1",
            ),
            ("join a; a> pubrec 9; a< pubrel 9; settled", "client 2.3.1-6"),
            ("join a; a> pubrec 9; wait 9; settled", "client 2.3.1-6"),
            ("join a; a> pubrec 9; a< closed", "client 2.3.1-6"),
        ],
    ),
    (
        Reading::S_60,
        &[
            ("join a; a> pub2 1 t x; a< pubrec 1; a> pub1 1 t y; a< closed", "client 2.3.1-2"),
            (
                "join a; a> pub2 1 t x; a< pubrec 1; a> pub1 1 t y; a< puback 1; settled",
                "client 2.3.1-2",
            ),
            (
                "join a; a> pub2 1 t x; a< pubrec 1; a> pub1 1 t y; settled",
                "4.3.2-2, client 2.3.1-2",
            ),
        ],
    ),
    (
        Reading::S_61,
        &[
            (
                "join a; a> pub2 1 t x; a< pubrec 1; a> pub2 1 t x; a< pubrec 1; settled",
                "client 3.3.1-1",
            ),
            ("join a; a> pub2 1 t x; a< pubrec 1; a> pub2 1 t y; a< closed", "client 2.3.1-2"),
            (
                "join a; a> pub2 1 t x; a< pubrec 1; a> pub2 1 t y; a< pubrec 1; settled",
                "client 2.3.1-2",
            ),
            (
                "join a; a> pub2 1 t x; a< pubrec 1; a> pub2 1 t x dup; a< pubrec 1; \
                 a> pub2 1 t x dup; settled",
                "4.3.3-2",
            ),
        ],
    ),
    (
        Reading::S_63,
        &[
            ("join a kept; a> pubrel 9; a< pubcomp 9; settled", ""),
            ("join a; a> pubrel 9; a< pubcomp 9; settled", "client 4.3.3-1"),
            ("join a kept; a> pubrel 9; settled", "4.3.3-2"),
        ],
    ),
    (
        Reading::S_64,
        &[
            (
                "join p; join a; held a t 1; sent p 1 t x; a< pub1 1 t x; a> pubrec 1; a< closed",
                "client 4.3.2-2",
            ),
            (
                "join p; join a; held a t 1; sent p 1 t x; a< pub1 1 t x; a> pubrec 1; a> puback 1; \
                 settled",
                "client 4.3.2-2",
            ),
            (
                "join p; join a; held a t 1; sent p 1 t x; sent p 1 t y; a< pub1 1 t x; a> pubrec 1; \
                 a< pub1 1 t y",
                "4.3.2-1, client 4.3.2-2",
            ),
            (
                "join p; join a; held a t 2; sent p 2 t x; sent p 2 t y; a< pub2 1 t x; a> pubcomp 1; \
                 a< pub2 1 t y",
                "4.3.3-1, client 4.3.3-2",
            ),
        ],
    ),
    (
        Reading::S_65,
        &[
            (
                "join a kept; a> sub 1 t 1; a> closed; back b as=a; b> sub 1 t 1; b< suback 1 1; \
                 settled",
                "",
            ),
            ("join a kept; a> sub 1 t 1; a> closed; back b as=a; settled", ""),
            ("join a kept; a> sub 1 t 1; a> closed; back b as=a; b> sub 2 t 1; settled", "3.8.4-1"),
            ("join a kept; a> sub 1 t 1; a> closed; back b as=a; b< suback 1 1", "3.8.4-2"),
        ],
    ),
    (
        Reading::S_66,
        &[
            ("join p; join s; held s # 1; sent p 1 t x; got s 1 u x; settled", "~TopicChanged"),
            ("join s; held s # 1; got s 1 t x; settled", "~NobodyPublished"),
            ("join p; join s; held s t 1; sent p 1 t x; got s 1 u x; settled", "3.3.2-3, 4.5.0-1"),
            ("join s; got s 0 t x; settled", "3.3.2-3"),
            (
                "join p; join s; held s # 1; sent p 1 t x; got s 1 t y; settled",
                "4.5.0-1, ~NobodyPublished",
            ),
        ],
    ),
    (
        Reading::S_67,
        &[
            ("join p; sent p 1 t x; settled", ""),
            ("join p; p> pub1 1 t x; p< closed; settled", ""),
            ("join p; p> pub1 1 t x; settled", "4.3.2-2"),
        ],
    ),
    (
        Reading::S_69,
        &[
            ("join a; held a t 1; sent a 1 t x; got a 1 t x; settled", ""),
            ("join a; held a t 1; sent a 1 t x; settled", "4.5.0-1"),
        ],
    ),
    (
        Reading::S_110,
        &[
            (
                "join p; join s; held s # 2; sent p 1 t x; sent p 2 t y; got s 2 t y; got s 1 t x; \
                 settled",
                "",
            ),
            (
                "join p; join s; held s # 2; sent p 1 t x; sent p 1 t y; got s 1 t y; got s 1 t x; \
                 settled",
                "4.6.0-6",
            ),
        ],
    ),
    (
        Reading::S_111,
        &[
            (
                "join p; join s; held s # 1; sent p 1 t x; sent p 2 t y; got s 1 t y; got s 1 t x; \
                 settled",
                "",
            ),
            (
                "join p; join s; held s # 1; sent p 2 t x; sent p 2 t y; got s 1 t y; got s 1 t x; \
                 settled",
                "4.6.0-6",
            ),
        ],
    ),
    (
        Reading::S_112,
        &[
            (
                concat!(
                    "join p; join s kept; held s # 2; sent p 1 t x; sent p 2 t y; s< pub1 1 t x; ",
                    "s< pub2 2 t y; s> pubrec 2; s< pubrel 2; s> closed; back b as=s; b< pubrel 2; ",
                    "b< pub1 1 t x dup; settled"
                ),
                "",
            ),
            (
                concat!(
                    "join p; join s kept; held s # 2; sent p 1 t x; sent p 2 t y; s< pub1 1 t x; ",
                    "s< pub2 2 t y; s> closed; back b as=s; b< pub2 2 t y dup; b< pub1 1 t x dup"
                ),
                "4.6.0-6",
            ),
            (
                concat!(
                    "join p; join s kept; held s # 2; sent p 2 t x; sent p 2 t y; s< pub2 1 t x; ",
                    "s< pub2 2 t y; s> pubrec 1; s> pubrec 2; s> closed; back b as=s; b< pubrel 1; ",
                    "b< pubrel 2; settled"
                ),
                "",
            ),
            (
                concat!(
                    "join p; join s kept; held s # 2; sent p 2 t x; sent p 2 t y; s< pub2 1 t x; ",
                    "s< pub2 2 t y; s> pubrec 1; s> pubrec 2; s> closed; back b as=s; b< pubrel 2; ",
                    "b< pubrel 1; settled"
                ),
                "4.6.0-6",
            ),
            // The PUBRECs came in another order than the PUBLISHes: either may be followed.
            (
                concat!(
                    "join p; join s kept; held s # 2; sent p 2 t x; sent p 2 t y; s< pub2 1 t x; ",
                    "s< pub2 2 t y; s> pubrec 2; s> pubrec 1; s> closed; back b as=s; b< pubrel 1; ",
                    "b< pubrel 2; settled"
                ),
                "client 4.6.0-3",
            ),
            (
                concat!(
                    "join p; join s kept; held s # 2; sent p 2 t x; sent p 2 t y; s< pub2 1 t x; ",
                    "s< pub2 2 t y; s> pubrec 2; s> pubrec 1; s> closed; back b as=s; b< pubrel 2; ",
                    "b< pubrel 1; settled"
                ),
                "client 4.6.0-3",
            ),
            (
                concat!(
                    "join p; join s kept; held s # 1; sent p 1 t x; sent p 1 t y; s< pub1 1 t x; ",
                    "s> closed; back b as=s; got b 1 t y; b< pub1 1 t x dup; settled"
                ),
                "4.6.0-6",
            ),
            (
                concat!(
                    "join p; join s kept; held s # 1; sent p 1 t x; sent p 1 u y; s< pub1 1 t x; ",
                    "s> closed; back b as=s; got b 1 u y; b< pub1 1 t x dup; settled"
                ),
                "",
            ),
            (
                concat!(
                    "join p; join s kept; held s # 1; sent p 1 t x; s< pub1 1 t x; s> closed; ",
                    "back b as=s; settled"
                ),
                "4.4.0-1",
            ),
            // The same of a Client.
            (
                concat!(
                    "join a kept; a> pub1 1 t x; a> pub2 2 t y; a> closed; back b as=a; ",
                    "b> pub1 1 t x dup; b< puback 1; b> pub2 2 t y dup; b< pubrec 2; settled"
                ),
                "",
            ),
            (
                concat!(
                    "join a kept; a> pub1 1 t x; a> pub2 2 t y; a> closed; back b as=a; ",
                    "b> pub2 2 t y dup; b< pubrec 2; b> pub1 1 t x dup; b< puback 1; settled"
                ),
                "client 4.6.0-1",
            ),
            (
                concat!(
                    "join a kept; a> pub1 1 t x; a> closed; back b as=a; b> pub1 1 t x; ",
                    "b< puback 1; settled"
                ),
                "client 3.3.1-1",
            ),
            (
                concat!(
                    "join a kept; a> pub1 1 t x; a> closed; back b as=a; b> pub1 1 t y; ",
                    "b< puback 1; settled"
                ),
                "client 2.3.1-2",
            ),
            (
                "join a kept; a> pub1 1 t x; a> closed; back b as=a; settled; settled",
                "client 4.4.0-1",
            ),
            (
                concat!(
                    "join a kept; a> pub2 1 t x; a< pubrec 1; a> pubrel 1; a> closed; back b as=a; ",
                    "b> pub2 1 t x dup; b< pubrec 1; settled"
                ),
                "client 4.3.3-1",
            ),
            (
                concat!(
                    "join a kept; a> pub2 1 t x; a< pubrec 1; a> closed; back b as=a; ",
                    "b> pub2 1 t x dup; b< pubrec 1; settled"
                ),
                "",
            ),
            (
                concat!(
                    "join a kept; a> pub2 1 t x; a< pubrec 1; a> closed; back b as=a; ",
                    "b> pubrel 1; b< pubcomp 1; settled"
                ),
                "",
            ),
            (
                concat!(
                    "join a kept; a> pub2 1 t x; a> pub2 2 t y; a< pubrec 1; a< pubrec 2; ",
                    "a> closed; back b as=a; b> pubrel 2; b> pubrel 1; b< pubcomp 1; b< pubcomp 2; ",
                    "settled"
                ),
                "client 4.6.0-4",
            ),
            (
                concat!(
                    "join a kept; a> pub1 1 t x; a> closed; join b as=a; b> pub1 1 t x; ",
                    "b< puback 1; settled"
                ),
                "",
            ),
        ],
    ),
    (
        Reading::S_113,
        &[
            ("join a; a> pub1 1 t x; a> pub1 2 t y; a< puback 1; a< puback 2; settled", ""),
            (
                "join a; a> pub1 1 t x; a> pub1 2 t y; a< puback 2; a< puback 1; settled",
                "~AnswerOrder",
            ),
            (
                "join a; a> pub2 1 t x; a> pub2 2 t y; a< pubrec 2; a< pubrec 1; settled",
                "~AnswerOrder",
            ),
        ],
    ),
    (
        Reading::S_114,
        &[
            (
                "join p; join q; join s; held s # 1; sent p 1 t x; sent q 1 t y; got s 1 t y; \
                 got s 1 t x; settled",
                "",
            ),
            (
                "join p will=t/w; join s; held s # 1; sent p 1 t x; p> closed; got s 1 t w; \
                 got s 1 t x; settled",
                "",
            ),
            (
                "join p will=t/w; join s; held s # 1; p> closed; got s 1 t w; got s 1 t w; settled",
                "3.1.2-10",
            ),
        ],
    ),
];
