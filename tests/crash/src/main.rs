//! Kills the server at random under mixed load.
fn main() {}
