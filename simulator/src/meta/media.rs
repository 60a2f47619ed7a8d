//! Files: uploaded by the account, or sent by a phone; described by id, and fetched from an address that is short-lived.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::books::Books;
use crate::carrier::Carrier;
use crate::files::File;
use crate::meta::auth;
use crate::meta::error::MetaError;
use crate::multipart::Form;

/// A document of 100 MB and the form around it.
pub(super) const LARGEST_UPLOAD: usize = 101 * MB;
const MB: usize = 1024 * 1024;
/// How long an upload may be used.
const UPLOADED: i64 = 30 * 24 * 3_600_000;
/// How long an address leads to its file.
const LINK: i64 = 5 * 60_000;

/// What WhatsApp carries, and up to which size.
const LIMITS: [(&str, usize); 22] = [
    ("image/jpeg", 5 * MB),
    ("image/png", 5 * MB),
    ("image/webp", 500 * 1024),
    ("audio/aac", 16 * MB),
    ("audio/amr", 16 * MB),
    ("audio/mpeg", 16 * MB),
    ("audio/mp4", 16 * MB),
    ("audio/ogg", 16 * MB),
    ("audio/opus", 16 * MB),
    ("video/mp4", 16 * MB),
    ("video/3gpp", 16 * MB),
    ("text/plain", 100 * MB),
    ("application/pdf", 100 * MB),
    ("application/msword", 100 * MB),
    ("application/vnd.ms-excel", 100 * MB),
    ("application/vnd.ms-powerpoint", 100 * MB),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        100 * MB,
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        100 * MB,
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        100 * MB,
    ),
    ("application/zip", 100 * MB),
    ("text/csv", 100 * MB),
    ("application/octet-stream", 100 * MB),
];

/// The largest file of a type that WhatsApp carries; none for a type that it does not.
pub(crate) fn limit(content_type: &str) -> Option<usize> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    LIMITS
        .iter()
        .find(|(name, _)| essence.eq_ignore_ascii_case(name))
        .map(|(_, limit)| *limit)
}

pub(super) async fn upload(
    State(carrier): State<Arc<Carrier>>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, MetaError> {
    let account = auth::number(&carrier.books(), &headers, &id)?
        .business_account_id
        .clone();
    let body = body.map_err(|_| MetaError::new(131_053, "The file is larger than 100 MB"))?;
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let form = Form::read(content_type.unwrap_or_default(), &body)
        .ok_or_else(|| MetaError::new(100, "The request body must be multipart/form-data"))?;
    if form.text("messaging_product") != Some("whatsapp") {
        return Err(MetaError::required("messaging_product"));
    }
    let file = form
        .part("file")
        .ok_or_else(|| MetaError::required("file"))?;
    // Clients of the field name a mere kind here, such as `image`: then the file's own type counts.
    let named = form.text("type").filter(|named| named.contains('/'));
    let content_type = named
        .map(str::to_owned)
        .or_else(|| file.content_type.clone());
    let content_type = content_type.ok_or_else(|| MetaError::required("type"))?;
    let limit = limit(&content_type).ok_or_else(|| {
        MetaError::new(
            100,
            format!(
                "Param file must be a file of a type that WhatsApp carries, not {content_type:?}."
            ),
        )
    })?;
    if file.bytes.len() > limit {
        return Err(MetaError::new(
            131_053,
            format!("A file of type {content_type} has at most {limit} bytes"),
        ));
    }
    let kept = File {
        id: String::new(),
        account: Some(account),
        content_type,
        name: file.name.clone(),
        bytes: file.bytes.clone(),
        until: carrier.clock.now() + UPLOADED,
    };
    let mut books = carrier.books();
    let run = books.run;
    let kept = books.files.put(run, kept);
    Ok(Json(json!({ "id": kept.id })))
}

/// Where a file may be fetched in the next five minutes, and what it is.
pub(super) fn describe(
    carrier: &Carrier,
    books: &Books,
    headers: &HeaderMap,
    id: &str,
) -> Result<Value, MetaError> {
    let token = auth::token(books, headers)?;
    let now = carrier.clock.now();
    let file = find(books, token, id, now).ok_or_else(|| MetaError::no_object(id))?;
    Ok(json!({
        "url": link(carrier, file, now),
        "mime_type": file.content_type,
        "sha256": file.sha256_hex(),
        "file_size": file.bytes.len().to_string(),
        "id": file.id,
        "messaging_product": "whatsapp",
    }))
}

/// An address that leads to the file for five minutes, for who has the token.
pub(super) fn link(carrier: &Carrier, file: &File, now: i64) -> String {
    let ext = (now + LINK) / 1_000;
    format!(
        "{}/simulator/meta/lookaside/{}?mid={}&ext={ext}&hash={}",
        carrier.url,
        file.id,
        file.id,
        &file.sha256_hex()[..24]
    )
}

pub(super) async fn download(
    State(carrier): State<Arc<Carrier>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, MetaError> {
    let books = carrier.books();
    let token = auth::token(&books, &headers)?;
    let now = carrier.clock.now();
    let query = query.unwrap_or_default();
    let field = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let in_time = field("ext")
        .and_then(|ext| ext.parse::<i64>().ok())
        .is_some_and(|ext| ext * 1_000 >= now);
    let file = find(&books, token, &id, now)
        .filter(|file| in_time && field("hash").as_deref() == Some(&file.sha256_hex()[..24]))
        .ok_or_else(|| {
            MetaError::not_found("The media is not there, or its address has expired")
        })?;
    let content_type = file.content_type.clone();
    Ok(([(header::CONTENT_TYPE, content_type)], file.bytes.clone()).into_response())
}

fn find<'a>(books: &'a Books, token: &str, id: &str, now: i64) -> Option<&'a File> {
    books.files.get(id).filter(|file| {
        let account = file.account.as_deref();
        file.until > now
            && account.is_some_and(|account| books.accounts.opens(token, Some(account)))
    })
}
