//! `/phones`: every E.164 number is a phone. Read what is on it, write from it, put it back.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::books::Write;
use crate::carrier::{Carrier, NotWritten};
use crate::control::body;
use crate::control::problem::Problem;
use crate::message::{Direction, Media, Message, Told};
use crate::number::is_e164;

const SHAPE: &str = "{to, text, channel: \"sms\", media?: [{url, content_type}]}";
const LONGEST_TEXT: usize = 1_600;
const MOST_MEDIA: usize = 10;

/// A message as its phone shows it.
#[derive(Serialize)]
pub(super) struct OnPhone<'a> {
    id: &'a str,
    /// `in`: the phone received it; `out`: it was written on the phone.
    direction: &'static str,
    from: &'a str,
    to: &'a str,
    text: &'a str,
    media: &'a [Media],
    channel: &'static str,
    at: String,
    status: &'static str,
}

impl<'a> OnPhone<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        let written = message.direction == Direction::Inbound;
        Self {
            id: &message.sid,
            direction: if written { "out" } else { "in" },
            from: &message.from,
            to: &message.to,
            text: &message.text,
            media: &message.media,
            channel: "sms",
            at: time(message.created),
            status: match message.told {
                _ if !written => "received",
                Told::Pending => "sending",
                Told::Yes => "delivered",
                Told::No => "failed",
            },
        }
    }
}

/// A phone in use.
#[derive(Serialize)]
struct InUse<'a> {
    address: &'a str,
    unread: usize,
    last: Option<Last<'a>>,
}

#[derive(Serialize)]
struct Last<'a> {
    text: &'a str,
    at: String,
    from: &'a str,
}

/// A number that phones can write to.
#[derive(Serialize)]
struct Contact<'a> {
    number: &'a str,
    name: Option<&'a str>,
}

pub(super) async fn numbers(State(carrier): State<Arc<Carrier>>) -> Json<Value> {
    let books = carrier.books();
    whole(books.lines().map(|line| Contact {
        number: &line.number,
        name: line.name.as_deref(),
    }))
}

pub(super) async fn list(State(carrier): State<Arc<Carrier>>) -> Json<Value> {
    let books = carrier.books();
    whole(books.phones().into_iter().map(|phone| InUse {
        address: phone.address,
        unread: phone.unread,
        last: phone.last.map(|last| Last {
            text: &last.text,
            at: time(last.created),
            from: &last.from,
        }),
    }))
}

pub(super) async fn messages(
    State(carrier): State<Arc<Carrier>>,
    Path(address): Path<String>,
) -> Result<Json<Value>, Problem> {
    let address = phone(address)?;
    let books = carrier.books();
    Ok(whole(books.on_phone(&address).map(OnPhone::of)))
}

pub(super) async fn write(
    State(carrier): State<Arc<Carrier>>,
    Path(address): Path<String>,
    given: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let phone = phone(address)?;
    let given = body::object(given, SHAPE)?;
    body::only(&given, &["to", "text", "channel", "media"])?;
    let to = body::text(&given, "to", SHAPE)?
        .ok_or(Problem::Malformed(SHAPE))?
        .to_owned();
    let text = body::text(&given, "text", SHAPE)?
        .unwrap_or_default()
        .to_owned();
    match body::text(&given, "channel", SHAPE)? {
        None | Some("sms") => {}
        Some(other) => return Err(Problem::UnknownChannel(other.to_owned())),
    }
    let media = media(&given)?;
    if text.is_empty() && media.is_empty() {
        return Err(Problem::Empty);
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(Problem::TooLong(LONGEST_TEXT));
    }
    let message = carrier
        .write(Write {
            phone,
            to: to.clone(),
            text,
            media,
        })
        .map_err(|why| match why {
            NotWritten::NoSuchNumber => {
                Problem::NotFound(format!("No account has the number {to:?}."))
            }
            NotWritten::Busy => Problem::Busy,
        })?;
    Ok((StatusCode::CREATED, Json(json!(OnPhone::of(&message)))))
}

pub(super) async fn read(
    State(carrier): State<Arc<Carrier>>,
    Path(address): Path<String>,
) -> Result<StatusCode, Problem> {
    carrier.books().looked_at(&phone(address)?);
    Ok(StatusCode::NO_CONTENT)
}

/// A list in one page: the network bounds what it keeps.
fn whole(items: impl Iterator<Item = impl Serialize>) -> Json<Value> {
    Json(json!({ "items": items.collect::<Vec<_>>(), "next_cursor": null }))
}

fn phone(address: String) -> Result<String, Problem> {
    if is_e164(&address) {
        Ok(address)
    } else {
        Err(Problem::BadAddress(address))
    }
}

/// Each file is an address, or an object with one and a type.
fn media(given: &Map<String, Value>) -> Result<Vec<Media>, Problem> {
    let files = match given.get("media") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(files)) => files,
        Some(_) => return Err(Problem::Malformed(SHAPE)),
    };
    if files.len() > MOST_MEDIA {
        return Err(Problem::TooManyMedia(MOST_MEDIA));
    }
    let file = |file: &Value| match file {
        Value::String(url) => Ok(Media::at(url.clone())),
        Value::Object(file) => {
            body::only(file, &["url", "content_type"])?;
            let url = body::text(file, "url", SHAPE)?
                .ok_or(Problem::Malformed(SHAPE))?
                .to_owned();
            let content_type = body::text(file, "content_type", SHAPE)?.map(str::to_owned);
            let unknown = Media::at(url);
            Ok(Media {
                content_type: content_type.unwrap_or(unknown.content_type),
                url: unknown.url,
            })
        }
        _ => Err(Problem::Malformed(SHAPE)),
    };
    files.iter().map(file).collect()
}

/// A time as the API writes it: RFC 3339, UTC, with milliseconds.
pub(super) fn time(millis: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(millis)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}
