//! Files that came in: an id becomes a path, and for an hour the path leads to the bytes.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::carrier::Carrier;
use crate::files::File;
use crate::telegram::call;
use crate::telegram::error::TelegramError;
use crate::telegram::params::Params;
use crate::telegram::shown::SMALLER;

const MB: usize = 1_000_000;
/// The largest picture and the largest file that a bot may send.
pub(super) const LARGEST_PHOTO: usize = 10 * MB;
pub(super) const LARGEST_FILE: usize = 50 * MB;
/// A file and the form around it.
pub(super) const LARGEST_UPLOAD: usize = LARGEST_FILE + MB;
/// The largest file that a bot may fetch.
const LARGEST_FETCHED: usize = 20 * MB;
/// How long a path leads to its file.
const PATH: i64 = 3_600_000;

/// Says where a file may be fetched in the next hour.
pub(super) fn describe(
    carrier: &Arc<Carrier>,
    bot: &str,
    params: &Params,
) -> Result<Value, TelegramError> {
    let wrong = || TelegramError::bad("wrong file_id or the file is temporarily unavailable");
    let asked = params
        .text("file_id")
        .ok_or_else(|| TelegramError::bad("file_id not specified"))?;
    let mut books = carrier.books();
    let account = books.accounts.bot(bot).map(|bot| bot.id().to_owned());
    let account = account.ok_or_else(TelegramError::unauthorized)?;
    let id = asked.strip_suffix(SMALLER).unwrap_or(&asked).to_owned();
    let file = books.files.get(&id);
    let file = file
        .filter(|file| file.account.as_ref() == Some(&account))
        .ok_or_else(wrong)?;
    if file.bytes.len() > LARGEST_FETCHED {
        return Err(TelegramError::bad("file is too big"));
    }
    let described = json!({
        "file_id": asked,
        "file_unique_id": format!("AQAD{asked}"),
        "file_size": file.bytes.len(),
        "file_path": path(file),
    });
    let until = carrier.clock.now() + PATH;
    books.files.share(&id, &account, until);
    Ok(described)
}

/// A path in the way of Telegram's: what it is, and which.
fn path(file: &File) -> String {
    let kind = file.content_type.split(['/', ';']).next();
    let folder = match kind {
        Some("image") => "photos",
        Some("audio") => "voice",
        Some("video") => "videos",
        _ => "documents",
    };
    format!("{folder}/file_{}", file.id)
}

pub(super) async fn download(
    State(carrier): State<Arc<Carrier>>,
    Path((bot, path)): Path<(String, String)>,
) -> Result<Response, TelegramError> {
    let books = carrier.books();
    let bot = call::of_path(&books, &bot)?;
    let id = path.rsplit_once("/file_").map(|(_, id)| id);
    let file = id.and_then(|id| books.files.get(id));
    let now = carrier.clock.now();
    let file = file
        .filter(|file| file.account.as_deref() == Some(bot.id()) && file.until > now)
        .ok_or_else(TelegramError::not_found)?;
    // Telegram does not say what it is: whoever asked has the type from the message.
    let content_type = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((content_type, file.bytes.clone()).into_response())
}
