//! The codec within the crate `rumqttc`, 0.25.

use ::rumqttc::mqttbytes as library;
use bytes::BytesMut;

#[path = "v4.rs"]
mod v4;

fn read(stream: &mut BytesMut) -> Result<library::v4::Packet, library::Error> {
    library::v4::Packet::read(stream, usize::MAX)
}

#[test]
fn the_encoder_of_rumqttc_is_as_known() {
    crate::encoder("rumqttc", include_str!("known/rumqttc.encoder.txt"), v4::encode);
}

#[test]
fn the_decoder_of_rumqttc_is_as_known() {
    crate::decoder("rumqttc", include_str!("known/rumqttc.decoder.txt"), v4::decode);
}
