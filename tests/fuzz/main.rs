//! Throws mutated bytes at everything that reads from outside.
fn main() {}
