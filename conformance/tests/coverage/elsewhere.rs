//! The `upholds!` lines that no trace reaches, each with the reason, and what shows them instead.
//!
//! A scene is played by this test and recorded like a trace. A test stands in another crate and is
//! only found by its name, so it has to prove by itself that the lines run; those that cannot,
//! because another thread runs them, say so. An entry that is not needed is an error.

use etalon_spec::Id;

use crate::scan::Site;
use crate::scenes;

/// A function whose marks no trace reaches.
#[derive(Debug)]
pub struct Elsewhere {
    /// The file, from the root of the repository.
    pub file: &'static str,
    /// The function.
    pub item: &'static str,
    /// The statements; all marks of the function, if there are none.
    pub ids: &'static [Id],
    /// What shows them.
    pub shown: Shown,
    /// Why no trace can.
    pub why: &'static str,
}

/// What shows that a mark runs.
#[derive(Debug)]
pub enum Shown {
    /// Played and recorded here.
    Scene(&'static str, fn()),
    /// A test that records the lines itself: file and name.
    Witness(&'static str, &'static str),
    /// A test whose effect could not be without the line, which another thread runs.
    Effect(&'static str, &'static str),
}

impl Elsewhere {
    /// Whether it speaks of this mark.
    pub fn is_about(&self, site: &Site) -> bool {
        let of_item = self.file == site.file && self.item == site.item;
        of_item && (self.ids.is_empty() || self.ids.contains(&site.id))
    }
}

const LIMIT: &str = "it is a limit of the broker, which no trace may presume";
const CLIENT: &str =
    "it is what the command does as a client, and traces are played against a server";
const CLIENT_TEST: Shown =
    Shown::Witness("cli/src/client/tests/witness.rs", "every_mark_of_the_client_runs");

const fn client(file: &'static str, item: &'static str) -> Elsewhere {
    Elsewhere { file, item, ids: &[], shown: CLIENT_TEST, why: CLIENT }
}

/// The list.
pub const ELSEWHERE: &[Elsewhere] = &[
    Elsewhere {
        file: "src/broker/mod.rs",
        item: "arriving",
        ids: &[],
        shown: Shown::Scene(
            "incomplete_packets_exceed_their_limit",
            scenes::incomplete_packets_exceed_their_limit,
        ),
        why: LIMIT,
    },
    Elsewhere {
        file: "src/broker/mod.rs",
        item: "broken",
        ids: &[Id::MQTT_4_8_0_2],
        shown: Shown::Scene("a_packet_is_too_large", scenes::a_packet_is_too_large),
        why: LIMIT,
    },
    Elsewhere {
        file: "src/broker/publish.rs",
        item: "take_over",
        ids: &[Id::MQTT_4_8_0_2],
        shown: Shown::Scene("there_is_no_room_to_retain", scenes::there_is_no_room_to_retain),
        why: LIMIT,
    },
    Elsewhere {
        file: "src/broker/publish.rs",
        item: "take_over_once",
        ids: &[],
        shown: Shown::Scene("there_is_no_room_to_retain", scenes::there_is_no_room_to_retain),
        why: LIMIT,
    },
    Elsewhere {
        file: "src/broker/subscribe.rs",
        item: "too_many_filters",
        ids: &[],
        shown: Shown::Scene("there_are_too_many_filters", scenes::there_are_too_many_filters),
        why: LIMIT,
    },
    Elsewhere {
        file: "src/packet/connect.rs",
        item: "encode",
        ids: &[Id::MQTT_3_1_3_7],
        shown: Shown::Scene("no_such_connect_is_written", scenes::no_such_connect_is_written),
        why: "a trace writes such a CONNECT all the same, to see it refused",
    },
    Elsewhere {
        file: "src/router/mod.rs",
        item: "wild_targets",
        ids: &[],
        shown: Shown::Scene("a_reserved_topic_is_routed", scenes::a_reserved_topic_is_routed),
        why: "the broker drops what clients publish to such topics before it is routed (S-91)",
    },
    Elsewhere {
        file: "src/session/outbound.rs",
        item: "released",
        ids: &[],
        shown: Shown::Scene("a_slow_reader_resumes", scenes::a_slow_reader_resumes),
        why: "the peer has to leave bytes unread, and a trace always reads",
    },
    Elsewhere {
        file: "src/net/mod.rs",
        item: "start",
        ids: &[],
        shown: Shown::Effect(
            "cli/tests/serving.rs",
            "several_addresses_of_both_families_are_one_broker",
        ),
        why: "it is the socket, and traces are played without one",
    },
    client("cli/src/client/incoming.rs", "packet"),
    client("cli/src/client/incoming.rs", "message"),
    client("cli/src/client/incoming.rs", "acknowledged"),
    client("cli/src/client/mod.rs", "opened"),
    client("cli/src/client/mod.rs", "tick"),
    client("cli/src/client/mod.rs", "disconnect"),
    client("cli/src/client/mod.rs", "resend"),
    client("cli/src/client/mod.rs", "broken"),
    client("cli/src/client/session.rs", "answered"),
    client("cli/src/client/session.rs", "acknowledged"),
    client("cli/src/client/session.rs", "resend"),
    client("cli/src/client/session.rs", "end"),
    client("cli/src/client/session.rs", "free_id"),
    Elsewhere {
        file: "cli/src/link.rs",
        item: "connect",
        ids: &[],
        shown: Shown::Effect("cli/tests/publish.rs", "a_large_file_arrives_whole"),
        why: CLIENT,
    },
    Elsewhere {
        file: "cli/src/run.rs",
        item: "leave",
        ids: &[],
        shown: Shown::Effect(
            "cli/tests/subscribe.rs",
            "a_server_that_goes_on_sending_after_disconnect_is_left",
        ),
        why: CLIENT,
    },
    Elsewhere {
        file: "cli/src/watch.rs",
        item: "new",
        ids: &[],
        shown: Shown::Effect(
            "cli/tests/subscribe.rs",
            "a_reader_that_pauses_keeps_the_connection_and_nothing_unread_is_acknowledged",
        ),
        why: CLIENT,
    },
];
