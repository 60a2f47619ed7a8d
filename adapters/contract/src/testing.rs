//! The table harness: what every adapter's tests run on.
//!
//! A case is a raw file and a row. The file holds a request or an answer as it stands on the wire (`*.http`: a start line,
//! headers, an empty line, the body; requests name the whole URL), the row names the file and what must come of it. So the next
//! adapter starts by adding files.
//!
//! - [`receive_table`] runs webhooks through [`Channel::receive`], and asks of every one that is taken what holds for all:
//!   without its signature, with a shorter one, at another URL or with another body, it is refused.
//! - [`send_table`] runs [`Channel::send`] against a [`StandIn`] for the provider on the loopback interface.
//!
//! Everything here panics with the name of the case: it is for tests.

mod receiving;
mod sending;
mod stand_in;
mod wire;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use receiving::{Gives, Hook, Refusal, failed, kept, receive_table};
pub use sending::{Outcome, Sent, send_table};
pub use stand_in::{StandIn, caller, nobody};
pub use wire::{Reply, Request};

/// A folder of a provider's fixtures.
#[must_use]
pub fn fixtures(provider: &str, folder: &str) -> PathBuf {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    all.join(provider).join(folder)
}

/// What was written by others and stands beside the repository: JSON. Says so where it is not at hand.
#[must_use]
pub fn by_others(name: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let path = folder.join(name);
    let Ok(raw) = std::fs::read(&path) else {
        println!("not run: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_slice(&raw).expect("JSON"))
}

/// The JSON that a request carries.
#[must_use]
pub fn json_of(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

/// The names of a schema's properties in an OpenAPI description, wherever it takes them from.
#[must_use]
pub fn properties(description: &Value, schema: &Value) -> BTreeSet<String> {
    let own = schema["properties"].as_object();
    let mut names: BTreeSet<String> = own
        .into_iter()
        .flat_map(|all| all.keys().cloned())
        .collect();
    if let Some(elsewhere) = schema["$ref"].as_str() {
        let schema = description.pointer(elsewhere.trim_start_matches('#'));
        names.extend(properties(description, schema.expect("it is there")));
    }
    for joined in ["allOf", "anyOf", "oneOf"] {
        for schema in schema[joined].as_array().into_iter().flatten() {
            names.extend(properties(description, schema));
        }
    }
    names
}
