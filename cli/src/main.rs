//! The command `etalon`.

fn main() {
    println!("etalon {}", env!("CARGO_PKG_VERSION"));
}
