//! A filter and a Topic Name: they match exactly if the oracle says so.
#![no_main]

use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| laws::feed("matching", bytes));
