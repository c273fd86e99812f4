//! Subscriptions, retained messages and routes: the router does what a plain list does.
#![no_main]

use etalon_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| laws::feed("router_ops", bytes));
