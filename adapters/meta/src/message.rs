//! One message → what a person said (Meta's page "Messages webhook reference", by type).
//!
//! What has no words of its own is told in as few as it takes, in no language: a place by its name and coordinates, a reaction by
//! its emoji, what cannot be shown by its type in brackets. Everything that Meta sent is kept beside it.

use contract::{Address, Inbound, MediaLink, Millis, Move};
use contract::{whatsapp, words};
use serde_json::{Map, Value};

use crate::address;
use crate::json::Fields as _;

/// The number of ours that messages came to, and what was said of their senders.
pub(crate) struct Line<'a> {
    /// Meta's id of the number.
    pub(crate) to: &'a str,
    /// The number as people read it.
    pub(crate) display: Option<String>,
    /// Who wrote, as far as Meta tells.
    pub(crate) contacts: &'a [Value],
    /// What the addresses of media begin with.
    pub(crate) graph: &'a str,
}

/// What a message says.
#[derive(Default)]
struct Said {
    text: String,
    media: Option<MediaLink>,
    /// What a button stands for, which may be a consent word where its label is none.
    payload: Option<String>,
}

/// What came of reading one of Meta's messages.
pub(crate) enum Told {
    /// What a person said.
    Message(Box<Inbound>),
    /// They have another address.
    Moves(Vec<Move>),
    /// It says nothing more, such as a reaction taken back.
    Nothing,
}

/// Reads a message.
///
/// # Errors
/// With what is odd about it.
pub(crate) fn read(mut fields: Map<String, Value>, line: &Line<'_>) -> Result<Told, String> {
    let kind = fields.text("type").unwrap_or_else(|| "unknown".to_owned());
    let odd = |why: &str| format!("a message of type {kind}: {why}");
    if kind == "system" {
        let moves = moves(&fields, line.to);
        return moves.ok_or_else(|| odd("nobody's address has changed by it"));
    }
    if let Some(why) = not_said(&kind) {
        return Err(odd(why));
    }
    if fields.field("group_id").is_some() {
        return Err(odd("written in a group, where only a group can answer"));
    }
    let contact = contact(&fields, line.contacts);
    let mut names = sender(&fields, contact).into_iter();
    let from = names.next().ok_or_else(|| odd("without a sender"))?;
    let provider_id = fields.text("id").ok_or_else(|| odd("without an id"))?;
    let said = match said(&kind, &fields, line.graph) {
        Some(Some(said)) => said,
        Some(None) => return Ok(Told::Nothing),
        // That they wrote is not lost with what cannot be read of it.
        None => unread(&kind, &fields),
    };
    let word = words::meant(&said.text).or_else(|| words::meant(said.payload.as_deref()?));
    let at = fields.text("timestamp").and_then(|time| millis(&time));
    keep(&mut fields, &kind, contact, line);
    Ok(Told::Message(Box::new(Inbound {
        provider_id,
        from,
        also: names.collect(),
        name: contact.and_then(name),
        at,
        to: line.to.to_owned(),
        text: said.text,
        media: said.media.into_iter().collect(),
        word,
        // WhatsApp answers no word by itself.
        word_answered: false,
        extra: fields,
    })))
}

/// What Meta tells as a message though nobody wrote it, and why it is not put into a log as one.
fn not_said(kind: &str) -> Option<&'static str> {
    match kind {
        "edit" | "revoke" => Some("what was said stays as it was said"),
        "request_welcome" => Some("a chat was opened and nothing written"),
        _ => None,
    }
}

/// Whose address has changed. An id that was is told beside the new one or, by then, only in Meta's own sentence.
fn moves(fields: &Map<String, Value>, own: &str) -> Option<Told> {
    let system = fields.field("system")?;
    let new = [system.text("user_id"), system.text("wa_id")];
    let to = whatsapp::called(new.iter().flatten().map(String::as_str))
        .into_iter()
        .next()?;
    let (number, id) = (fields.text("from"), fields.text("from_user_id"));
    let body = system.text("body").unwrap_or_default();
    let old: Vec<&str> = match system.text("type")?.as_str() {
        "user_changed_number" => number.iter().chain(&id).map(String::as_str).collect(),
        "user_changed_user_id" => {
            let told = address::ids_in(&body, to.as_str());
            let mut ids: Vec<&str> = id.iter().map(String::as_str).chain(told).collect();
            ids.retain(|old| *old != to.as_str());
            if ids.is_empty() {
                ids.extend(number.as_deref());
            }
            ids
        }
        _ => return None,
    };
    let moves: Vec<Move> = whatsapp::called(old)
        .into_iter()
        .filter(|from| *from != to)
        .map(|from| Move {
            from,
            to: to.clone(),
            own: own.to_owned(),
        })
        .collect();
    (!moves.is_empty()).then_some(Told::Moves(moves))
}

/// Seconds since the epoch; some have seen milliseconds.
fn millis(time: &str) -> Option<Millis> {
    /// In seconds, the year 5138; in milliseconds, 1973.
    const SECONDS_UP_TO: Millis = 100_000_000_000;
    let time: Millis = time.parse().ok().filter(|time| *time > 0)?;
    Some(if time < SECONDS_UP_TO {
        time * 1000
    } else {
        time
    })
}

/// What they call themselves.
fn name(contact: &Value) -> Option<String> {
    let profile = contact.field("profile")?;
    let name = profile.text("name").or_else(|| profile.text("username"))?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Outer `None`: what makes the message is missing. Inner: it is there, and nothing is said by it.
fn said(kind: &str, fields: &Map<String, Value>, graph: &str) -> Option<Option<Said>> {
    let content = fields.field(kind);
    let text = |text: String| Said {
        text,
        ..Said::default()
    };
    let said = match kind {
        "text" => text(content?.get("body")?.as_str()?.to_owned()),
        "image" | "video" | "document" | "audio" | "voice" | "sticker" => media(content?, graph)?,
        "location" => text(place(content?)?),
        "contacts" => text(cards(fields.list("contacts"))?),
        "interactive" => text(choice(content?)?),
        "button" => Said {
            payload: content?.text("payload"),
            ..text(content?.text("text").or_else(|| content?.text("payload"))?)
        },
        "reaction" => match content.and_then(|reaction| reaction.text("emoji")) {
            Some(emoji) => text(emoji),
            None => return Some(None),
        },
        "order" => text(order(content?)),
        _ => text(format!("[{kind}]")),
    };
    Some(Some(said))
}

/// What stands for a message that cannot be read: its type, and what was written beside it.
fn unread(kind: &str, fields: &Map<String, Value>) -> Said {
    let caption = fields
        .field(kind)
        .and_then(|content| content.text("caption"));
    Said {
        text: joined([Some(format!("[{kind}]")), caption]),
        ..Said::default()
    }
}

/// Media by Meta's id of it, under which it can be asked for during seven days; the `url` that may stand beside it lasts five minutes.
fn media(media: &Value, graph: &str) -> Option<Said> {
    let url = media
        .text("id")
        .filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric()))
        .map(|id| format!("{graph}/{id}"))
        .or_else(|| media.text("url").filter(|url| is_web(url)))?;
    Some(Said {
        text: media.text("caption").unwrap_or_default(),
        media: Some(MediaLink {
            url,
            content_type: media.text("mime_type").unwrap_or_default(),
            name: media.text("filename"),
        }),
        payload: None,
    })
}

fn is_web(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn place(location: &Value) -> Option<String> {
    let (latitude, longitude) = (location.text("latitude")?, location.text("longitude")?);
    let lines = [
        location.text("name"),
        location.text("address"),
        Some(format!("{latitude}, {longitude}")),
        location.text("url"),
    ];
    Some(joined(lines))
}

/// A line a card: its name, telephone numbers and e-mail addresses.
fn cards(cards: &[Value]) -> Option<String> {
    let card = |card: &Value| {
        let name = card
            .field("name")
            .and_then(|name| name.text("formatted_name"));
        let phones = card.list("phones").iter();
        let phones = phones.map(|phone| phone.text("phone").or_else(|| phone.text("wa_id")));
        let emails = card.list("emails").iter().map(|email| email.text("email"));
        let parts: Vec<String> = std::iter::once(name)
            .chain(phones)
            .chain(emails)
            .flatten()
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    };
    let text = joined(cards.iter().map(card));
    (!text.is_empty()).then_some(text)
}

/// The label of what was chosen; of a filled form, what Meta shows for it.
fn choice(interactive: &Value) -> Option<String> {
    let kind = interactive.text("type")?;
    let Some(reply) = interactive.field(&kind) else {
        return Some(format!("[{kind}]"));
    };
    reply
        .text("title")
        .or_else(|| reply.text("body"))
        .or_else(|| reply.text("name"))
        .or_else(|| Some(format!("[{kind}]")))
}

fn order(order: &Value) -> String {
    let item = |item: &Value| {
        let quantity = item.text("quantity").unwrap_or_else(|| "1".to_owned());
        let product = item.text("product_retailer_id")?;
        Some(format!("{quantity} × {product}"))
    };
    let items = order.list("product_items").iter().map(item);
    let text = joined(std::iter::once(order.text("text")).chain(items));
    if text.is_empty() {
        "[order]".to_owned()
    } else {
        text
    }
}

fn joined(lines: impl IntoIterator<Item = Option<String>>) -> String {
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What Meta tells of the sender. A message that does not name its sender has the only contact there is.
fn contact<'a>(fields: &Map<String, Value>, contacts: &'a [Value]) -> Option<&'a Value> {
    let names = [fields.text("from"), fields.text("from_user_id")];
    if names.iter().all(Option::is_none) {
        return match contacts {
            [only] => Some(only),
            _ => None,
        };
    }
    contacts.iter().find(|contact| {
        [contact.text("wa_id"), contact.text("user_id")]
            .iter()
            .any(|name| name.is_some() && names.contains(name))
    })
}

/// What Meta calls the sender, the best first.
fn sender(fields: &Map<String, Value>, contact: Option<&Value>) -> Vec<Address> {
    let of_contact = |name| contact.and_then(|contact| contact.text(name));
    let names = [
        fields.text("from_user_id"),
        of_contact("user_id"),
        fields.text("from"),
        of_contact("wa_id"),
        fields.text("from_parent_user_id"),
        of_contact("parent_user_id"),
    ];
    whatsapp::called(names.iter().flatten().map(String::as_str))
}

/// Leaves in the fields what has no place of its own, and puts in what Meta told of the sender and the number.
fn keep(fields: &mut Map<String, Value>, kind: &str, contact: Option<&Value>, line: &Line<'_>) {
    fields.remove("id");
    fields.remove("from");
    if kind == "text" {
        fields.remove("text");
    }
    if let Some(contact) = contact {
        fields.insert("contact".to_owned(), contact.clone());
    }
    if let Some(display) = &line.display {
        fields.insert("display_phone_number".to_owned(), display.clone().into());
    }
}
