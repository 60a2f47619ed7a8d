//! One message → what a person said (Telegram's page "Bot API", *Message*).
//!
//! A message has no type: what it is shows in the field that it has. What has no words of its own is told in as few as it takes, in no
//! language. Everything that Telegram sent is kept beside it.

use contract::{Address, ConsentWord, Inbound, words};
use serde_json::{Map, Value};

use crate::json::Fields as _;
use crate::media;

/// What people say without words that would be shown as what it is: in brackets, by its field's name.
const WORDLESS: &[&str] = &["poll", "checklist", "story", "game", "paid_media"];

/// Reads a message.
///
/// # Errors
/// With what is odd about it.
pub(crate) fn read(
    mut fields: Map<String, Value>,
    own: &str,
    base: &str,
) -> Result<Inbound, String> {
    let odd = |why: &str| format!("a message {why}");
    let chat = fields.field("chat").ok_or_else(|| odd("without a chat"))?;
    match chat.text("type").as_deref() {
        Some("private") => {}
        kind => return Err(odd(&format!("in a {}", kind.unwrap_or("chat of no type")))),
    }
    let from = chat
        .number("id")
        .filter(|id| *id > 0)
        .ok_or_else(|| odd("whose chat has no id"))?
        .to_string();
    let id = fields
        .number("message_id")
        .ok_or_else(|| odd("without an id"))?;
    let media = media::incoming(&fields, base);
    let text = said(&fields)
        .or_else(|| media.as_ref().map(|_| String::new()))
        .ok_or_else(|| odd("in which nothing is said that can be read"))?;
    let name = fields.field("from").or(Some(chat)).and_then(name);
    let at = fields.number("date").filter(|at| *at > 0);
    for placed in ["message_id", "chat", "text"] {
        fields.remove(placed);
    }
    Ok(Inbound {
        provider_id: format!("{from}:{id}"),
        from: Address(from),
        also: Vec::new(),
        name,
        at: at.and_then(|at| at.checked_mul(1000)),
        to: own.to_owned(),
        word: word(&text),
        text,
        media: media.into_iter().collect(),
        // A bot answers nothing that we do not send.
        word_answered: false,
        extra: fields,
    })
}

/// The word that a message is. Who presses Start lets the bot write, after a block too, be there a code behind it or none.
fn word(text: &str) -> Option<ConsentWord> {
    let pressed = text.strip_prefix("/start ").map(|_| ConsentWord::OptIn);
    pressed.or_else(|| words::meant(text))
}

/// What they call themselves.
fn name(user: &Value) -> Option<String> {
    let parts = [user.text("first_name"), user.text("last_name")];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The words of a message.
fn said(fields: &Map<String, Value>) -> Option<String> {
    fields
        .text("text")
        .or_else(|| fields.text("caption"))
        .or_else(|| place(fields))
        .or_else(|| fields.field("contact").and_then(card))
        .or_else(|| fields.field("dice")?.text("emoji"))
        .or_else(|| {
            let kind = WORDLESS.iter().find(|kind| fields.field(kind).is_some())?;
            Some(format!("[{kind}]"))
        })
}

/// A place with a name has its coordinates beside it too.
fn place(fields: &Map<String, Value>) -> Option<String> {
    let location = fields.field("location")?;
    let (latitude, longitude) = (location.text("latitude")?, location.text("longitude")?);
    let venue = |name| fields.field("venue").and_then(|venue| venue.text(name));
    Some(joined(
        [
            venue("title"),
            venue("address"),
            Some(format!("{latitude}, {longitude}")),
        ],
        "\n",
    ))
}

fn card(contact: &Value) -> Option<String> {
    let card = joined([name(contact), contact.text("phone_number")], ", ");
    (!card.is_empty()).then_some(card)
}

fn joined(parts: impl IntoIterator<Item = Option<String>>, between: &str) -> String {
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(between)
}
