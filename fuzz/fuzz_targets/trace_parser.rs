//! Any text: what is read as a trace is printed as a text that is read as the same.
#![no_main]

use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| laws::feed("trace_parser", bytes));
