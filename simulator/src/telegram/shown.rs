//! How Telegram shows people, messages and files to a bot.

use serde_json::{Map, Value, json};

use crate::books::Books;
use crate::files::File;
use crate::message::{Content, Direction, Media, Message};
use crate::people::Person;

/// Nobody looks into pictures here: each is as large as this, and its smaller size as that.
const PICTURE: (u32, u32) = (1280, 853);
const SMALL: (u32, u32) = (320, 213);
/// What stands behind the id of a picture to mean its smaller size.
pub(super) const SMALLER: &str = "-s";
/// Nor does anybody listen: a sound or film takes so many seconds.
const SECONDS: u32 = 3;

/// A person. Telegram knows their number, and tells it to no bot.
pub(super) fn user(person: &Person) -> Value {
    let mut user = named(person);
    user["is_bot"] = false.into();
    user["language_code"] = "en".into();
    user
}

/// The chat of a person with a bot.
pub(super) fn chat(person: &Person) -> Value {
    let mut chat = named(person);
    chat["type"] = "private".into();
    chat
}

fn named(person: &Person) -> Value {
    let mut named = json!({ "id": number(&person.chat_id) });
    match person.name.split_once(' ') {
        Some((first, last)) => {
            named["first_name"] = first.into();
            named["last_name"] = last.into();
        }
        None => named["first_name"] = person.name.clone().into(),
    }
    named
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}

/// A message, with the one that it answers.
pub(super) fn message(books: &Books, message: &Message) -> Value {
    let mut shown = alone(books, message);
    let original = message.reply_to.as_deref();
    if let Some(original) = original.and_then(|id| books.any_message(id)) {
        shown["reply_to_message"] = alone(books, original);
    }
    shown
}

fn alone(books: &Books, message: &Message) -> Value {
    let person = books.person(message.phone());
    let from = match message.direction {
        Direction::Inbound => user(&person),
        _ => books
            .accounts
            .bot(&message.from)
            .map_or(Value::Null, super::Bot::user),
    };
    let mut shown = Map::new();
    shown.insert(
        "message_id".to_owned(),
        books.message_number(message.serial).into(),
    );
    shown.insert("from".to_owned(), from);
    shown.insert("chat".to_owned(), chat(&person));
    shown.insert("date".to_owned(), (message.created / 1_000).into());
    shown.extend(said(books, message));
    shown.into()
}

/// What is said in it.
fn said(books: &Books, message: &Message) -> Map<String, Value> {
    let mut said = Map::new();
    if let Content::Location {
        latitude,
        longitude,
        name,
        address,
    } = &message.content
    {
        let place = json!({ "latitude": latitude, "longitude": longitude });
        if let Some(name) = name {
            let address = address.as_deref().unwrap_or_default();
            let venue = json!({ "location": place, "title": name, "address": address });
            said.insert("venue".to_owned(), venue);
        }
        said.insert("location".to_owned(), place);
        return said;
    }
    let mut words = "text";
    if let Some(media) = message.media.first() {
        words = "caption";
        let kept = media.file.as_ref().and_then(|id| books.files.get(id));
        said.insert(kind(media).to_owned(), file(media, kept, message.serial));
    }
    if !message.text.is_empty() {
        if let Some(entity) = command(&message.text) {
            let entities = match words {
                "text" => "entities",
                _ => "caption_entities",
            };
            said.insert(entities.to_owned(), json!([entity]));
        }
        said.insert(words.to_owned(), message.text.clone().into());
    }
    said
}

/// The command that a text begins with, such as `/start`.
fn command(text: &str) -> Option<Value> {
    let name = text.strip_prefix('/')?.split_whitespace().next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_one = text.as_bytes().get(1).is_some_and(|b| plain(*b)) && name.bytes().all(plain);
    is_one.then(|| json!({ "offset": 0, "length": name.len() + 1, "type": "bot_command" }))
}

/// The field in which a file stands.
fn kind(media: &Media) -> &'static str {
    let essence = media.content_type.split(';').next().unwrap_or_default();
    match essence.trim() {
        _ if media.sticker => "sticker",
        _ if media.voice => "voice",
        "image/jpeg" | "image/png" => "photo",
        "audio/mpeg" | "audio/mp4" => "audio",
        "video/mp4" => "video",
        _ => "document",
    }
}

fn file(media: &Media, kept: Option<&File>, serial: u64) -> Value {
    // What was sent by its address has not been looked at.
    let id = kept.map_or_else(|| format!("link{serial}"), |file| file.id.clone());
    let size = kept.map(|file| file.bytes.len());
    let one = |id: String, size: Option<usize>| {
        let mut one = json!({ "file_unique_id": format!("AQAD{id}"), "file_id": id });
        if let Some(size) = size {
            one["file_size"] = size.into();
        }
        one
    };
    let sized = |mut one: Value, (width, height): (u32, u32)| {
        one["width"] = width.into();
        one["height"] = height.into();
        one
    };
    let typed = |mut one: Value| {
        one["mime_type"] = media.content_type.clone().into();
        if let Some(name) = &media.name {
            one["file_name"] = name.clone().into();
        }
        one
    };
    let timed = |mut one: Value| {
        one["duration"] = SECONDS.into();
        one
    };
    let whole = one(id.clone(), size);
    match kind(media) {
        "photo" => {
            json!([
                sized(one(format!("{id}{SMALLER}"), None), SMALL),
                sized(whole, PICTURE)
            ])
        }
        "sticker" => {
            let mut sticker = sized(whole, (512, 512));
            sticker["type"] = "regular".into();
            sticker["is_animated"] = false.into();
            sticker["is_video"] = false.into();
            sticker
        }
        "voice" | "audio" => timed(typed(whole)),
        "video" => timed(sized(typed(whole), PICTURE)),
        _ => typed(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_marked_and_a_path_is_not() {
        let marked = command("/start Chat-1").expect("a command");
        assert_eq!(
            marked,
            json!({ "offset": 0, "length": 6, "type": "bot_command" })
        );
        for text in ["start", "/", "/ start", "/etc/passwd", "see /start"] {
            assert_eq!(command(text), None, "{text:?}");
        }
    }
}
