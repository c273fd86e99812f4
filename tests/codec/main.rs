//! The codec, from outside: vectors, exhaustive tables, laws, and a second decoder to compare with.

mod file;
mod vectors;
