//! `…/Messages/{sid}/Media`: the files that came with a message, for the account alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::books::Books;
use crate::carrier::Carrier;
use crate::message::Message;
use crate::twilio::error::TwilioError;
use crate::twilio::forms::media_sid;
use crate::twilio::{auth, resource};

pub(super) async fn list(
    State(carrier): State<Arc<Carrier>>,
    Path((account, sid)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, TwilioError> {
    let mut books = carrier.books();
    auth::check(&books, &headers, &account)?;
    let message = find(&mut books, &account, &sid)?;
    let uri = format!(
        "/{}/Accounts/{account}/Messages/{sid}/Media.json",
        resource::VERSION
    );
    let all = message
        .media
        .iter()
        .filter_map(|media| media.file.as_ref().map(|file| (media, file)));
    let items: Vec<Value> = all
        .map(|(media, file)| item(&message, file, &media.content_type))
        .collect();
    Ok(Json(json!({
        "media_list": items, "page": 0, "page_size": 50, "start": 0, "end": items.len().saturating_sub(1),
        "uri": uri, "first_page_uri": uri, "next_page_uri": null, "previous_page_uri": null,
    })))
}

/// The bytes, or with `.json` their description.
pub(super) async fn fetch(
    State(carrier): State<Arc<Carrier>>,
    Path((account, sid, media)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, TwilioError> {
    let mut books = carrier.books();
    auth::check(&books, &headers, &account)?;
    let message = find(&mut books, &account, &sid)?;
    let (wanted, described) = match media.strip_suffix(".json") {
        Some(wanted) => (wanted, true),
        None => (media.as_str(), false),
    };
    let missing = || {
        TwilioError::NotFound(format!(
            "/{}/Accounts/{account}/Messages/{sid}/Media/{media}",
            resource::VERSION
        ))
    };
    let mut files = message.media.iter().filter_map(|media| media.file.as_ref());
    let file = files
        .find(|file| media_sid(file) == wanted)
        .ok_or_else(missing)?;
    let file = books.files.get(file).ok_or_else(missing)?;
    if described {
        return Ok(Json(item(&message, &file.id, &file.content_type)).into_response());
    }
    let content_type = file.content_type.clone();
    Ok(([(header::CONTENT_TYPE, content_type)], file.bytes.clone()).into_response())
}

fn find(books: &mut Books, account: &str, sid: &str) -> Result<Message, TwilioError> {
    let missing = || {
        TwilioError::NotFound(format!(
            "/{}/Accounts/{account}/Messages/{sid}",
            resource::VERSION
        ))
    };
    books
        .message(account, sid)
        .map(|message| message.clone())
        .ok_or_else(missing)
}

fn item(message: &Message, file: &str, content_type: &str) -> Value {
    let (account, sid, date) = (
        &message.account,
        media_sid(file),
        resource::date(message.created),
    );
    json!({
        "account_sid": account,
        "content_type": content_type,
        "date_created": date,
        "date_updated": date,
        "parent_sid": message.sid,
        "sid": sid,
        "uri": format!("/{}/Accounts/{account}/Messages/{}/Media/{sid}.json", resource::VERSION, message.sid),
    })
}
