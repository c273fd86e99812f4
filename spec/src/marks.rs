//! The marks that tie code to statements, except the value that reports a breach.
//!
//! Each takes bare names, so that a mark reads like a citation, and each fails to compile on a
//! name that is no statement. A scan of the sources finds them; `upholds!` also shows that it ran.

/// This line does what the statements require.
///
/// It is the one mark that can be seen at run time: with feature `witness` it notes the
/// statement, the file and the line for [`witness::record`](crate::witness::record). Without the
/// feature it expands to nothing that survives compilation. It cannot stand in a `const fn`.
///
/// ```
/// use etalon_spec as spec;
///
/// fn answer_ping(out: &mut Vec<u8>) {
///     spec::upholds!(MQTT_3_12_4_1);
///     out.extend([0xD0, 0x00]);
/// }
/// # answer_ping(&mut Vec::new());
/// ```
///
/// A statement that does not exist does not compile:
///
/// ```compile_fail,E0599
/// etalon_spec::upholds!(MQTT_3_14_4_9);
/// ```
#[macro_export]
macro_rules! upholds {
    ($($id:ident),+ $(,)?) => {{ $($crate::witness::upheld($crate::Id::$id);)+ }};
}

/// An item: the type leaves no other way.
///
/// It stands beside the type, at module level or in a function, not inside an `impl`.
///
/// ```
/// use std::num::NonZeroU16;
///
/// etalon_spec::by_construction!(MQTT_2_3_1_1);
/// /// A Packet Identifier, never zero.
/// pub struct PacketId(NonZeroU16);
/// ```
///
/// ```compile_fail,E0599
/// etalon_spec::by_construction!(MQTT_2_3_1_8);
/// ```
#[macro_export]
macro_rules! by_construction {
    ($($id:ident),+ $(,)?) => { $(const _: $crate::Id = $crate::Id::$id;)+ };
}

/// An item: not done, and why.
///
/// ```
/// etalon_spec::deviates!(MQTT_6_0_0_1, "no WebSocket yet");
/// ```
///
/// A deviation has a reason:
///
/// ```compile_fail,E0080
/// etalon_spec::deviates!(MQTT_6_0_0_1, "");
/// ```
///
/// ```compile_fail,E0599
/// etalon_spec::deviates!(MQTT_6_0_0_5, "no such statement");
/// ```
#[macro_export]
macro_rules! deviates {
    ($id:ident, $why:literal $(,)?) => {
        const _: $crate::Id = {
            assert!(!$why.is_empty(), "a deviation needs a reason");
            $crate::Id::$id
        };
    };
}

/// First line of a test: the statements that it covers.
///
/// ```
/// fn zero_packet_id_is_refused() {
///     etalon_spec::covers!(MQTT_2_3_1_1);
///     assert_eq!(std::num::NonZeroU16::new(0), None);
/// }
/// # zero_packet_id_is_refused();
/// ```
///
/// ```compile_fail,E0599
/// etalon_spec::covers!(MQTT_2_3_1_1, MQTT_2_3_2_1);
/// ```
#[macro_export]
macro_rules! covers {
    ($($id:ident),+ $(,)?) => { $(const _: $crate::Id = $crate::Id::$id;)+ };
}
