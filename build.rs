//! Watches the built front ends, so that a build after theirs embeds them.

use std::path::Path;

fn main() {
    let dist = Path::new("web/dist");
    // A folder that is not there yet is watched through the one above it.
    let watched = if dist.exists() {
        dist
    } else {
        Path::new("web")
    };
    println!("cargo::rerun-if-changed={}", watched.display());
    println!("cargo::rerun-if-changed=build.rs");
}
