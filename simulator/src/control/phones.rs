//! `/phones`: every E.164 number is a phone. Read what is on it, write from it, put it back.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::carrier::{Carrier, NotWritten};
use crate::control::body;
use crate::control::problem::Problem;
use crate::control::write;
use crate::message::{Channel, Choice, Content, Direction, Media, Message, Sent, Told};
use crate::number::is_e164;

/// A message as its phone shows it.
#[derive(Serialize)]
pub(super) struct OnPhone<'a> {
    id: &'a str,
    /// Its place in the order of the network.
    seq: u64,
    /// `in`: the phone received it; `out`: it was written on the phone.
    direction: &'static str,
    from: &'a str,
    to: &'a str,
    text: &'a str,
    media: &'a [Media],
    channel: Channel,
    at: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a Sent>,
    /// Answers that it offers.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    choices: &'a [Choice],
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reaction: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
}

impl<'a> OnPhone<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        let written = message.direction == Direction::Inbound;
        let mut shown = Self {
            id: &message.sid,
            seq: message.serial,
            direction: if written { "out" } else { "in" },
            from: &message.from,
            to: &message.to,
            text: &message.text,
            media: &message.media,
            channel: message.channel,
            at: time(message.created),
            status: match message.told {
                _ if !written => "received",
                Told::Pending => "sending",
                Told::Yes => "delivered",
                Told::Read => "read",
                Told::No => "failed",
            },
            template: None,
            choices: &[],
            location: None,
            reaction: None,
            reply_to: message.reply_to.as_deref(),
        };
        match &message.content {
            Content::Plain => {}
            Content::Template(sent) => {
                shown.choices = &sent.buttons;
                shown.template = Some(sent);
            }
            Content::Choices(choices) => shown.choices = choices,
            Content::Location {
                latitude,
                longitude,
                name,
                address,
            } => {
                shown.location = Some(
                    json!({ "latitude": latitude, "longitude": longitude, "name": name, "address": address }),
                );
            }
            Content::Reaction { to, emoji } => {
                shown.reaction = Some(json!({ "to": to, "emoji": emoji }))
            }
            Content::Button { text, .. } => shown.text = text,
            Content::Chosen { choice, .. } => shown.text = &choice.title,
            Content::Contacts(cards) => {
                shown.text = cards[0]["name"]["formatted_name"]
                    .as_str()
                    .unwrap_or("Contact");
            }
            Content::System { body, .. } => shown.text = body,
        }
        shown
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
    channel: Channel,
}

pub(super) async fn numbers(State(carrier): State<Arc<Carrier>>) -> Json<Value> {
    let books = carrier.books();
    whole(books.accounts.lines().map(|line| Contact {
        number: line.number,
        name: line.name,
        channel: line.channel,
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
    let write = write::read(&carrier, phone(address)?, given)?;
    let to = write.to.clone();
    let message = carrier.write(write).map_err(|why| match why {
        NotWritten::NoSuchNumber => {
            Problem::NotFound(format!("No account has the number {to:?} on that channel."))
        }
        NotWritten::Busy => Problem::Busy,
    })?;
    Ok((StatusCode::CREATED, Json(json!(OnPhone::of(&message)))))
}

/// The whole phone was looked at, or with a body `{channel, from}` one thread of it.
pub(super) async fn read(
    State(carrier): State<Arc<Carrier>>,
    Path(address): Path<String>,
    given: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    const SHAPE: &str = "nothing, or {channel, from}";
    let phone = phone(address)?;
    if given.as_ref().is_ok_and(Bytes::is_empty) {
        carrier.look(&phone, None);
        return Ok(StatusCode::NO_CONTENT);
    }
    let given = body::object(given, SHAPE)?;
    body::only(&given, &["channel", "from"])?;
    let channel = write::channel(&given, SHAPE)?;
    let from = body::text(&given, "from", SHAPE)?.ok_or(Problem::Malformed(SHAPE))?;
    carrier.look(&phone, Some((channel, from)));
    Ok(StatusCode::NO_CONTENT)
}

/// A list in one page: the network bounds what it keeps.
pub(super) fn whole(items: impl Iterator<Item = impl Serialize>) -> Json<Value> {
    Json(json!({ "items": items.collect::<Vec<_>>(), "next_cursor": null }))
}

pub(super) fn phone(address: String) -> Result<String, Problem> {
    if is_e164(&address) {
        Ok(address)
    } else {
        Err(Problem::BadAddress(address))
    }
}

/// A time as the API writes it: RFC 3339, UTC, with milliseconds.
pub(super) fn time(millis: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(millis)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}
