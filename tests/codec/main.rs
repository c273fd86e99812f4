//! The codec, from outside: vectors, exhaustive tables, laws, and a second decoder to compare with.

mod exhaustive;
mod file;
mod samples;
mod vectors;
