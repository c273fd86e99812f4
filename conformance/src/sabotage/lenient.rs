//! Saboteurs of what binds the Client: Servers that let it pass.
//!
//! A Client breaks these statements. A Server that meets such a breach has to close
//! ([MQTT-3.1.4-1], [MQTT-4.8.0-1]); one that does not is caught under the statement of the Client,
//! which says more.

use etalon::spec::Id::*;
use etalon::violation::Rule;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(
        MQTT_3_1_0_1,
        "talks_to_strangers",
        "Takes no notice of packets that come before CONNECT.",
        || {
            Box::new(|wires, event| {
                let Event::Said(link, piece) = event else { return Pass };
                lose_if(wires.connect(link).is_none() && piece.bytes.first() != Some(&0x10))
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_11,
        "overlooks_a_will_retain_without_will",
        "Takes no notice of a CONNECT with Will Retain and without a Will.",
        || overlooks(|fault| fault.rule == Rule::WillRetainWithoutWill),
    ),
    saboteur(
        MQTT_3_1_2_13,
        "overlooks_a_will_qos_without_will",
        "Takes no notice of a CONNECT with a Will QoS and without a Will.",
        || overlooks(|fault| fault.rule == Rule::WillQosWithoutWill),
    ),
    saboteur(
        MQTT_3_1_2_14,
        "overlooks_will_qos_3",
        "Takes no notice of a CONNECT with Will QoS 3.",
        || overlooks(|fault| fault.rule == Rule::WillQosThree),
    ),
    saboteur(
        MQTT_3_1_2_15,
        "takes_will_retain_without_will",
        "Accepts a CONNECT with Will Retain and without a Will.",
        || accepts(Rule::WillRetainWithoutWill),
    ),
    saboteur(
        MQTT_3_1_2_18,
        "overlooks_a_user_name_without_flag",
        "Accepts a CONNECT with a User Name that no flag announces.",
        || accepts(Rule::UserNameWithoutFlag),
    ),
    saboteur(
        MQTT_3_1_2_19,
        "overlooks_a_missing_user_name",
        "Accepts a CONNECT whose User Name is missing.",
        || accepts(Rule::UserNameMissing),
    ),
    saboteur(
        MQTT_3_1_2_20,
        "overlooks_a_password_without_flag",
        "Accepts a CONNECT with a Password that no flag announces.",
        || accepts(Rule::PasswordWithoutFlag),
    ),
    saboteur(
        MQTT_3_1_2_21,
        "overlooks_a_missing_password",
        "Accepts a CONNECT whose Password is missing.",
        || accepts(Rule::PasswordMissing),
    ),
    saboteur(
        MQTT_3_1_2_22,
        "takes_a_password_alone",
        "Accepts a Password without a User Name.",
        || accepts(Rule::PasswordWithoutUserName),
    ),
    saboteur(
        MQTT_3_1_3_3,
        "overlooks_a_missing_client_id",
        "Accepts a CONNECT without a Client Identifier.",
        || accepts(Rule::ClientIdMissing),
    ),
    saboteur(
        MQTT_3_1_3_4,
        "overlooks_ill_formed_client_ids",
        "Takes no notice of a Client Identifier that is not UTF-8.",
        || overlooks(|fault| fault.id == MQTT_3_1_3_4),
    ),
    saboteur(
        MQTT_3_1_3_7,
        "overlooks_the_nameless",
        "Takes no notice of an empty Client Identifier with Clean Session 0.",
        || overlooks(|fault| fault.rule == Rule::ClientIdEmpty),
    ),
    saboteur(
        MQTT_3_1_3_10,
        "overlooks_ill_formed_will_topics",
        "Takes no notice of a Will Topic that is not UTF-8.",
        || overlooks(|fault| fault.id == MQTT_3_1_3_10),
    ),
    saboteur(
        MQTT_3_1_3_11,
        "overlooks_ill_formed_user_names",
        "Takes no notice of a User Name that is not UTF-8.",
        || overlooks(|fault| fault.id == MQTT_3_1_3_11),
    ),
    saboteur(
        MQTT_3_8_3_1,
        "overlooks_filters_past_the_end",
        "Takes no notice of a SUBSCRIBE whose filter is longer than its packet.",
        || overlooks(|fault| fault.id == MQTT_3_8_3_1),
    ),
    saboteur(
        MQTT_3_8_3_3,
        "overlooks_subscribe_for_nothing",
        "Takes no notice of a SUBSCRIBE without a filter.",
        || overlooks(|fault| fault.rule == Rule::RequestsMissing),
    ),
    saboteur(
        MQTT_3_10_3_1,
        "overlooks_unsubscribe_past_the_end",
        "Takes no notice of an UNSUBSCRIBE whose filter is longer than its packet.",
        || overlooks(|fault| fault.id == MQTT_3_10_3_1),
    ),
    saboteur(
        MQTT_3_10_3_2,
        "overlooks_unsubscribe_for_nothing",
        "Takes no notice of an UNSUBSCRIBE without a filter.",
        || overlooks(|fault| fault.rule == Rule::FiltersMissing),
    ),
    saboteur(
        MQTT_4_7_1_2,
        "overlooks_misplaced_hashes",
        "Takes no notice of filters with a # in the wrong place.",
        || overlooks(|fault| fault.rule == Rule::MisplacedHash),
    ),
    saboteur(
        MQTT_4_7_1_3,
        "overlooks_misplaced_pluses",
        "Takes no notice of filters with a + that shares its level.",
        || overlooks(|fault| fault.rule == Rule::MisplacedPlus),
    ),
];

/// Accepts a CONNECT that breaks this rule, as if nothing were wrong.
fn accepts(rule: Rule) -> Habit {
    malformed(move |_, _, _, fault| match fault.rule == rule {
        true => Become(craft::connect("hidden")),
        false => Pass,
    })
}
