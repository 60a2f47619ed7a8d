//! `…/Messages/{sid}.json`: an account reads, redacts or deletes one message of its log.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde_json::Value;

use crate::books::Books;
use crate::carrier::Carrier;
use crate::message::Message;
use crate::twilio::error::TwilioError;
use crate::twilio::{auth, resource};

pub(super) async fn fetch(
    State(carrier): State<Arc<Carrier>>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, TwilioError> {
    let mut books = carrier.books();
    auth::check(&books, &headers, &account)?;
    Ok(Json(resource::message(find(&mut books, &account, &file)?)))
}

/// An empty `Body` takes the text out of the log. `Status=canceled` is for scheduled messages, of which there are none here.
pub(super) async fn update(
    State(carrier): State<Arc<Carrier>>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, TwilioError> {
    let body = body.map_err(|_| TwilioError::BodyTooLarge)?;
    let now = carrier.clock.now();
    let mut books = carrier.books();
    auth::check(&books, &headers, &account)?;
    let message = find(&mut books, &account, &file)?;
    for (name, value) in form_urlencoded::parse(&body) {
        match (&*name, &*value) {
            ("Body", "") => {
                message.redacted = true;
                message.updated = now;
            }
            ("Body", _) => {
                return Err(TwilioError::InvalidParameter("Body can only be made empty"));
            }
            ("Status", "canceled") => return Err(TwilioError::CannotCancel),
            ("Status", _) => return Err(TwilioError::InvalidParameter("Status")),
            _ => {}
        }
    }
    Ok(Json(resource::message(message)))
}

pub(super) async fn delete(
    State(carrier): State<Arc<Carrier>>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, TwilioError> {
    let mut books = carrier.books();
    auth::check(&books, &headers, &account)?;
    find(&mut books, &account, &file)?.deleted = true;
    Ok(StatusCode::NO_CONTENT)
}

fn find<'a>(
    books: &'a mut Books,
    account: &str,
    file: &str,
) -> Result<&'a mut Message, TwilioError> {
    let missing = || {
        TwilioError::NotFound(format!(
            "/{}/Accounts/{account}/Messages/{file}",
            resource::VERSION
        ))
    };
    let sid = file.strip_suffix(".json").ok_or_else(missing)?;
    books.message(account, sid).ok_or_else(missing)
}
