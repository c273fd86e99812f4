//! A run of operations: the broker does what the oracle says.
#![no_main]

use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| laws::feed("broker_ops", bytes));
