//! A valid packet, made of bytes: written, read, cut and followed by others.
#![no_main]

use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| laws::feed("inverse", bytes));
