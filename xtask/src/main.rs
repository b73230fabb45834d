//! Everything that is more than `cargo build`.

fn main() {}
