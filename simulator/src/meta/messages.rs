//! `POST /{phone_number_id}/messages`: sends a message, or marks one as read.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::books::{Books, Entry};
use crate::carrier::Carrier;
use crate::faults::code_for;
use crate::message::{
    Channel, Choice, Content, Direction, End, Fate, Media, Message, Named, Provider,
};
use crate::meta::auth;
use crate::meta::error::MetaError;
use crate::meta::recipient::Recipient;
use crate::meta::template;
use crate::trouble;

const LONGEST_TEXT: usize = 4_096;
const LONGEST_CAPTION: usize = 1_024;
const LONGEST_OPAQUE: usize = 512;
const MOST_BUTTONS: usize = 3;
const MOST_ROWS: usize = 10;

type Fields = Map<String, Value>;

pub(super) async fn send(
    State(carrier): State<Arc<Carrier>>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, MetaError> {
    let _turn = carrier
        .requests
        .try_acquire()
        .map_err(|_| MetaError::throttled())?;
    let number = auth::number(&carrier.books(), &headers, &id)?
        .number
        .clone();
    let body = body.map_err(|_| MetaError::new(100, "The request body is larger than 64 KiB"))?;
    let given: Fields = serde_json::from_slice(&body)
        .map_err(|_| MetaError::new(100, "The request body must be a JSON object"))?;
    if text(&given, "messaging_product") != Some("whatsapp") {
        return Err(MetaError::required("messaging_product"));
    }
    if given.contains_key("status") {
        return mark(&carrier, &number, &given);
    }
    let network = carrier.clone();
    Ok(Json(
        trouble::meet(&carrier, move || accept(&network, &number, &given)).await?,
    ))
}

/// Marks a message, and all before it, as read; shows that an answer is being typed where that is asked for.
fn mark(carrier: &Arc<Carrier>, number: &str, given: &Fields) -> Result<Json<Value>, MetaError> {
    if text(given, "status") != Some("read") {
        return Err(MetaError::invalid("status", "\"read\""));
    }
    let id = text(given, "message_id").ok_or_else(|| MetaError::missing("message_id"))?;
    let message = carrier.books().any_message(id).cloned();
    let message = message
        .filter(|message| message.direction == Direction::Inbound && message.to == number)
        .ok_or_else(|| {
            MetaError::invalid("message_id", "the id of a message that the number received")
        })?;
    let typing = match given.get("typing_indicator") {
        None | Some(Value::Null) => false,
        Some(typing) if typing["type"] == "text" => true,
        Some(_) => {
            return Err(MetaError::invalid(
                "typing_indicator",
                "{\"type\": \"text\"}",
            ));
        }
    };
    carrier.mark_read(&message, typing);
    Ok(Json(json!({ "success": true })))
}

fn accept(carrier: &Arc<Carrier>, number: &str, given: &Fields) -> Result<Value, MetaError> {
    let (entry, input) = {
        let mut books = carrier.books();
        let (entry, input) = read(&books, number, given)?;
        if let Some(code) = books.faults.refuse {
            return Err(MetaError::told(code_for(Provider::Meta, code)));
        }
        if books.faults.pair_rate && !books.pace(&entry.to, number, carrier.clock.now()) {
            return Err(MetaError::new(
                131_056,
                "Too many messages to this recipient in a short time",
            ));
        }
        (entry, input)
    };
    let message = carrier.accept(entry).map_err(|_| MetaError::throttled())?;
    Ok(answer(&carrier.books(), &message, &input))
}

/// What a sender is answered: that the message was taken, and nothing of its fate.
fn answer(books: &Books, message: &Message, input: &str) -> Value {
    let mut contact = json!({ "input": input });
    let person = books.person(&message.to);
    match message.named {
        Named::ByUserId => contact["user_id"] = input.into(),
        Named::ByNumber => {
            contact["wa_id"] = message.to.trim_start_matches('+').into();
            contact["user_id"] = person.user_id.into();
        }
    }
    let mut taken = json!({ "id": message.sid });
    if matches!(message.content, Content::Template(_)) {
        taken["message_status"] = "accepted".into();
    }
    json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [taken] })
}

/// Checks a message and makes its entry; also how the sender named the recipient.
fn read(books: &Books, number: &str, given: &Fields) -> Result<(Entry, String), MetaError> {
    let line = books
        .accounts
        .meta_number(number)
        .ok_or_else(|| MetaError::no_object(number))?;
    if given
        .get("recipient_type")
        .is_some_and(|kind| kind != "individual")
    {
        return Err(MetaError::invalid("recipient_type", "\"individual\""));
    }
    let recipient = Recipient::read(books, given)?;
    if recipient.address == number {
        return Err(MetaError::new(
            131_021,
            "Recipient and sender are the same number",
        ));
    }
    let callback = match text(given, "biz_opaque_callback_data") {
        Some(data) if data.chars().count() > LONGEST_OPAQUE => {
            return Err(MetaError::new(
                100,
                "Param biz_opaque_callback_data must be at most 512 characters long.",
            ));
        }
        data => data.map(str::to_owned),
    };
    let draft = draft(books, &line.business_account_id, given)?;
    let reply_to = given
        .get("context")
        .and_then(|context| context["message_id"].as_str());
    let entry = Entry {
        provider: Provider::Meta,
        channel: Channel::WhatsApp,
        account: line.business_account_id.clone(),
        service: None,
        from: number.to_owned(),
        to: recipient.address,
        named: recipient.named,
        text: draft.text,
        media: draft.media,
        content: draft.content,
        reply_to: reply_to.map(str::to_owned),
        fate: Fate {
            callback,
            faults: books.faults.clone(),
            end: End::Delivered,
        },
    };
    Ok((entry, recipient.input))
}

/// What a message says.
struct Draft {
    text: String,
    media: Vec<Media>,
    content: Content,
}

impl Draft {
    fn of(text: impl Into<String>, content: Content) -> Self {
        Self {
            text: text.into(),
            media: Vec::new(),
            content,
        }
    }
}

fn draft(books: &Books, account: &str, given: &Fields) -> Result<Draft, MetaError> {
    let kind = match given.get("type") {
        None => "text",
        Some(Value::String(kind)) => kind,
        Some(_) => return Err(MetaError::invalid("type", "a text")),
    };
    let part = || given.get(kind).and_then(Value::as_object);
    let part = part().ok_or_else(|| MetaError::missing(kind));
    match kind {
        "text" => {
            let body = text(part?, "body").filter(|body| !body.is_empty());
            let body = body.ok_or_else(|| MetaError::missing("text.body"))?;
            if body.chars().count() > LONGEST_TEXT {
                return Err(MetaError::new(
                    100,
                    "Param text['body'] must be at most 4096 characters long.",
                ));
            }
            Ok(Draft::of(body, Content::Plain))
        }
        "image" | "audio" | "video" | "document" | "sticker" => media(books, account, kind, part?),
        "reaction" => reaction(books, part?),
        "location" => location(part?),
        "contacts" => {
            let cards = given
                .get(kind)
                .filter(|cards| cards.as_array().is_some_and(|all| !all.is_empty()));
            let cards = cards.ok_or_else(|| MetaError::missing(kind))?;
            Ok(Draft::of("", Content::Contacts(cards.clone())))
        }
        "interactive" => interactive(part?),
        "template" => {
            let (text, sent) = template::fill(books.accounts.templates(account), part?)?;
            Ok(Draft::of(text, Content::Template(sent)))
        }
        _ => Err(MetaError::new(
            131_051,
            format!("{kind:?} is no type of message that can be sent"),
        )),
    }
}

fn media(books: &Books, account: &str, kind: &str, part: &Fields) -> Result<Draft, MetaError> {
    let caption = text(part, "caption").unwrap_or_default();
    if caption.chars().count() > LONGEST_CAPTION {
        return Err(MetaError::new(
            100,
            format!("Param {kind}['caption'] must be at most 1024 characters long."),
        ));
    }
    let mut media = match (text(part, "id"), text(part, "link")) {
        (Some(id), _) => {
            let file = books
                .files
                .get(id)
                .filter(|file| file.account.as_deref() == Some(account));
            let file = file.ok_or_else(|| {
                MetaError::invalid(
                    &format!("{kind}.id"),
                    "the id of a file that was uploaded here",
                )
            })?;
            Media {
                content_type: file.content_type.clone(),
                name: file.name.clone(),
                file: Some(file.id.clone()),
                ..Media::at(format!("/v1/simulator/files/{id}"))
            }
        }
        (None, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => {
            Media {
                content_type: by_ending(kind, link).to_owned(),
                ..Media::at(link.to_owned())
            }
        }
        (None, Some(_)) => {
            return Err(MetaError::invalid(&format!("{kind}.link"), "a web address"));
        }
        (None, None) => return Err(MetaError::missing(&format!("{kind}.id or {kind}.link"))),
    };
    media.sticker = kind == "sticker";
    media.voice = kind == "audio" && part.get("voice") == Some(&Value::Bool(true));
    media.name = text(part, "filename")
        .map(str::to_owned)
        .or(media.name)
        .filter(|_| kind == "document");
    Ok(Draft {
        text: caption.to_owned(),
        media: vec![media],
        content: Content::Plain,
    })
}

/// What a link most likely leads to.
fn by_ending(kind: &str, link: &str) -> &'static str {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    match (kind, path.rsplit('.').next().unwrap_or_default()) {
        ("image", "png") => "image/png",
        ("image", _) => "image/jpeg",
        ("sticker", _) => "image/webp",
        ("audio", "mp3") => "audio/mpeg",
        ("audio", _) => "audio/ogg",
        ("video", _) => "video/mp4",
        (_, "pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

fn reaction(books: &Books, part: &Fields) -> Result<Draft, MetaError> {
    let to = text(part, "message_id").ok_or_else(|| MetaError::missing("reaction.message_id"))?;
    if books.any_message(to).is_none() {
        return Err(MetaError::invalid(
            "reaction.message_id",
            "the id of a message of this chat",
        ));
    }
    let emoji = text(part, "emoji").unwrap_or_default().to_owned();
    Ok(Draft::of(
        "",
        Content::Reaction {
            to: to.to_owned(),
            emoji,
        },
    ))
}

fn location(part: &Fields) -> Result<Draft, MetaError> {
    let degrees = |name: &str| {
        let value = part
            .get(name)
            .ok_or_else(|| MetaError::missing(&format!("location.{name}")))?;
        let read = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        read.ok_or_else(|| MetaError::invalid(&format!("location.{name}"), "a number of degrees"))
    };
    let name = |name: &str| text(part, name).map(str::to_owned);
    Ok(Draft::of(
        "",
        Content::Location {
            latitude: degrees("latitude")?,
            longitude: degrees("longitude")?,
            name: name("name"),
            address: name("address"),
        },
    ))
}

fn interactive(part: &Fields) -> Result<Draft, MetaError> {
    let part = Value::Object(part.clone());
    let body = part["body"]["text"]
        .as_str()
        .filter(|body| !body.is_empty());
    let body = body.ok_or_else(|| MetaError::missing("interactive.body.text"))?;
    let action = &part["action"];
    let choice = |answer: &Value| {
        let field = |name: &str| answer[name].as_str().map(str::to_owned);
        Some(Choice {
            id: field("id")?,
            title: field("title")?,
            url: None,
        })
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (choices, most) = match part["type"].as_str() {
        Some("button") => {
            let all = list(&action["buttons"]);
            (
                all.iter()
                    .map(|button| choice(&button["reply"]))
                    .collect::<Option<Vec<_>>>(),
                MOST_BUTTONS,
            )
        }
        Some("list") => {
            let sections = list(&action["sections"]);
            let rows = sections.iter().flat_map(|section| list(&section["rows"]));
            (rows.map(|row| choice(&row)).collect(), MOST_ROWS)
        }
        Some("cta_url") => {
            let link = &action["parameters"];
            let title = link["display_text"].as_str().map(str::to_owned);
            let url = link["url"].as_str().map(str::to_owned);
            (
                title.zip(url).map(|(title, url)| {
                    vec![Choice {
                        id: title.clone(),
                        title,
                        url: Some(url),
                    }]
                }),
                1,
            )
        }
        Some(_) => {
            return Err(MetaError::invalid(
                "interactive.type",
                "\"button\", \"list\" or \"cta_url\" here",
            ));
        }
        None => return Err(MetaError::missing("interactive.type")),
    };
    let choices = choices.filter(|all| !all.is_empty() && all.len() <= most);
    let choices = choices.ok_or_else(|| {
        MetaError::invalid(
            "interactive.action",
            "answers with an id and a title, as many as the type allows",
        )
    })?;
    Ok(Draft::of(body, Content::Choices(choices)))
}

pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}
