//! `/files`: what a phone sends is brought here first, and shown from here.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::carrier::Carrier;
use crate::control::problem::Problem;
use crate::files::File;

/// The largest file that a phone sends.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;
const LONGEST_NAME: usize = 200;
/// What a browser shows by itself without danger; it saves anything else.
const SHOWN: [&str; 4] = ["image/", "audio/", "video/", "application/pdf"];

/// Takes a file: the body is its bytes, `Content-Type` its type, `?name=` what it is called.
pub(super) async fn keep(
    State(carrier): State<Arc<Carrier>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let bytes = body.map_err(|_| Problem::TooLarge)?;
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let name = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(field, _)| field == "name")
        .map(|(_, name)| name.chars().take(LONGEST_NAME).collect::<String>());
    let file = File {
        id: String::new(),
        account: None,
        content_type: content_type
            .unwrap_or("application/octet-stream")
            .to_owned(),
        name,
        bytes,
        until: 0,
    };
    let mut books = carrier.books();
    let run = books.run;
    let file = books.files.put(run, file);
    Ok((
        StatusCode::CREATED,
        Json(json!({
            "id": file.id, "url": format!("/v1/simulator/files/{}", file.id), "content_type": file.content_type,
            "name": file.name, "size": file.bytes.len(),
        })),
    ))
}

pub(super) async fn fetch(
    State(carrier): State<Arc<Carrier>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let books = carrier.books();
    let gone = || Problem::NotFound("The network does not have this file, or no longer.".into());
    let file = books.files.get(&id).ok_or_else(gone)?;
    let shown = SHOWN.iter().any(|kind| file.content_type.starts_with(kind))
        && !file.content_type.contains("svg");
    let (content_type, place) = if shown {
        (file.content_type.as_str(), "inline")
    } else {
        ("application/octet-stream", "attachment")
    };
    // It comes from anybody: it runs nothing, and is nothing but what it says.
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, place),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ),
    ];
    Ok((headers, file.bytes.clone()).into_response())
}
