//! The crate `mqttbytes`, 0.6.0.

use ::mqttbytes as library;
use bytes::BytesMut;

#[path = "v4.rs"]
mod v4;

fn read(stream: &mut BytesMut) -> Result<library::v4::Packet, library::Error> {
    library::v4::read(stream, usize::MAX)
}

#[test]
fn the_encoder_of_mqttbytes_is_as_known() {
    crate::encoder("mqttbytes", include_str!("known/mqttbytes.encoder.txt"), v4::encode);
}

#[test]
fn the_decoder_of_mqttbytes_is_as_known() {
    crate::decoder("mqttbytes", include_str!("known/mqttbytes.decoder.txt"), v4::decode);
}
