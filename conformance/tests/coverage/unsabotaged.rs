//! Statements that bind the Server and show on the wire, and that no saboteur breaks: why not.
//!
//! A statement that stands here although a saboteur breaks it is an error, so the list only shrinks.

use etalon_spec::Id;

/// The list.
pub const UNSABOTAGED: &[(&[Id], &str)] = &[
    (&[Id::MQTT_3_3_5_2], "only a broker that refuses a PUBLISH can break it, and ours takes all"),
    (
        &[Id::MQTT_4_6_0_5],
        "what breaks it is seen as a breach of [MQTT-4.6.0-6], which rests on it",
    ),
    (&[Id::MQTT_4_8_0_2], "nobody can make a broker fail for a moment from outside"),
    (
        &[Id::MQTT_6_0_0_1, Id::MQTT_6_0_0_2, Id::MQTT_6_0_0_4],
        "saboteurs stand between byte streams, and this is about WebSocket frames",
    ),
    (
        &[
            Id::MQTT_1_5_3_1,
            Id::MQTT_1_5_3_2,
            Id::MQTT_1_5_3_3,
            Id::MQTT_2_2_2_1,
            Id::MQTT_2_2_2_2,
            Id::MQTT_2_3_1_1,
            Id::MQTT_2_3_1_4,
            Id::MQTT_2_3_1_5,
            Id::MQTT_2_3_1_6,
            Id::MQTT_3_3_2_3,
            Id::MQTT_3_6_1_1,
            Id::MQTT_3_8_1_1,
            Id::MQTT_3_8_3_4,
            Id::MQTT_3_10_1_1,
            Id::MQTT_3_14_1_1,
            Id::MQTT_4_3_1_1,
            Id::MQTT_4_3_2_1,
            Id::MQTT_4_3_2_2,
            Id::MQTT_4_3_3_1,
            Id::MQTT_4_3_3_2,
            Id::MQTT_4_4_0_1,
            Id::MQTT_4_5_0_1,
            Id::MQTT_4_6_0_6,
            Id::MQTT_4_7_1_1,
            Id::MQTT_4_7_2_1,
            Id::MQTT_4_7_3_1,
            Id::MQTT_4_7_3_2,
            Id::MQTT_4_7_3_4,
            Id::MQTT_4_8_0_1,
        ],
        "nobody has written one yet",
    ),
];
