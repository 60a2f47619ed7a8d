//! Reads the JSON body of a control request: an object with known fields and nothing else.

use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::control::problem::Problem;

/// The body's fields; `shape` tells the caller what was expected.
pub(super) fn object(
    body: Result<Bytes, BytesRejection>,
    shape: &'static str,
) -> Result<Map<String, Value>, Problem> {
    let body = body.map_err(|_| Problem::TooLarge)?;
    serde_json::from_slice(&body).map_err(|_| Problem::Malformed(shape))
}

/// Refuses a field that is not among those known.
pub(super) fn only(given: &Map<String, Value>, known: &[&str]) -> Result<(), Problem> {
    match given.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Problem::UnknownField(name.clone())),
        None => Ok(()),
    }
}

/// A text field; `None` where it is absent or null.
pub(super) fn text<'a>(
    given: &'a Map<String, Value>,
    name: &str,
    shape: &'static str,
) -> Result<Option<&'a str>, Problem> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::Malformed(shape)),
    }
}
