//! What Meta's webhooks say: a message that came in, a status of one that went out, news of a person or a template.

use serde_json::{Value, json};

use crate::MetaNumber;
use crate::books::Books;
use crate::carrier::Carrier;
use crate::message::{Content, Message, Named, Status};
use crate::meta::error::title;
use crate::meta::{INBOUND_MEDIA, media};
use crate::people::Person;
use crate::templates::{Approval, Kept};

fn digits(number: &str) -> &str {
    number.trim_start_matches('+')
}

fn metadata(number: &MetaNumber) -> Value {
    json!({ "display_phone_number": digits(&number.number), "phone_number_id": number.phone_number_id })
}

fn value(number: &MetaNumber) -> Value {
    json!({ "messaging_product": "whatsapp", "metadata": metadata(number) })
}

fn seconds(millis: i64) -> String {
    (millis / 1_000).to_string()
}

/// How the business knows a person: their profile, their id, and their number unless they hide it.
fn contact(person: &Person, address: &str) -> Value {
    let mut contact = json!({ "profile": { "name": person.name }, "user_id": person.user_id });
    if !person.hidden {
        contact["wa_id"] = digits(address).into();
    }
    contact
}

/// A message that came in. The files that it carries may be fetched by the account from now on.
pub(crate) fn inbound(
    carrier: &Carrier,
    books: &mut Books,
    message: &Message,
    person: &Person,
) -> Value {
    let now = carrier.clock.now();
    for file in message.media.iter().filter_map(|media| media.file.as_ref()) {
        books
            .files
            .share(file, &message.account, now + INBOUND_MEDIA);
    }
    let Some(number) = books.accounts.meta_number(&message.to) else {
        return Value::Null;
    };
    let mut said = said(carrier, books, message, now);
    said["id"] = message.sid.clone().into();
    said["timestamp"] = seconds(message.created).into();
    let system = matches!(message.content, Content::System { .. });
    if !system {
        said["from_user_id"] = person.user_id.clone().into();
    }
    if !person.hidden {
        said["from"] = digits(&message.from).into();
    }
    if let Some(original) = &message.reply_to {
        said["context"] = json!({ "from": digits(&message.to), "id": original });
    }
    let mut value = value(number);
    if !system {
        value["contacts"] = json!([contact(person, &message.from)]);
    }
    value["messages"] = json!([said]);
    value
}

/// The type of a message and what belongs to it.
fn said(carrier: &Carrier, books: &Books, message: &Message, now: i64) -> Value {
    let of = |kind: &str, part: Value| json!({ "type": kind, kind: part });
    match &message.content {
        Content::Plain => match message.media.first() {
            Some(file) => {
                let kind = file.kind();
                let mut part = json!({ "mime_type": file.content_type });
                if let Some(kept) = file.file.as_ref().and_then(|id| books.files.get(id)) {
                    part["id"] = kept.id.clone().into();
                    part["sha256"] = kept.sha256_base64().into();
                    part["url"] = media::link(carrier, kept, now).into();
                }
                match kind {
                    "audio" => part["voice"] = file.voice.into(),
                    "sticker" => part["animated"] = false.into(),
                    _ if !message.text.is_empty() => part["caption"] = message.text.clone().into(),
                    _ => {}
                }
                if let Some(name) = file.name.as_ref().filter(|_| kind == "document") {
                    part["filename"] = name.clone().into();
                }
                of(kind, part)
            }
            None => of("text", json!({ "body": message.text })),
        },
        Content::Location {
            latitude,
            longitude,
            name,
            address,
        } => {
            let mut part = json!({ "latitude": latitude, "longitude": longitude });
            for (field, text) in [("name", name), ("address", address)] {
                if let Some(text) = text {
                    part[field] = text.clone().into();
                }
            }
            of("location", part)
        }
        Content::Reaction { to, emoji } if emoji.is_empty() => {
            of("reaction", json!({ "message_id": to }))
        }
        Content::Reaction { to, emoji } => {
            of("reaction", json!({ "message_id": to, "emoji": emoji }))
        }
        Content::Button { text, payload } => {
            of("button", json!({ "text": text, "payload": payload }))
        }
        Content::Chosen { choice, from_list } => {
            let kind = if *from_list {
                "list_reply"
            } else {
                "button_reply"
            };
            let mut part =
                json!({ "type": kind, kind: { "id": choice.id, "title": choice.title } });
            if *from_list {
                part[kind]["description"] = "".into();
            }
            of("interactive", part)
        }
        Content::Contacts(cards) => of("contacts", cards.clone()),
        Content::System {
            body,
            wa_id,
            user_id,
            number,
        } => {
            let kind = if *number {
                "user_changed_number"
            } else {
                "user_changed_user_id"
            };
            let mut part = json!({ "body": body, "type": kind });
            for (field, id) in [("wa_id", wa_id), ("user_id", user_id)] {
                if let Some(id) = id {
                    part[field] = id.clone().into();
                }
            }
            of("system", part)
        }
        // Neither can be written on a phone.
        Content::Template(_) | Content::Choices(_) => json!({
            "type": "unsupported",
            "errors": [{
                "code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
                "error_data": { "details": "Message type is currently not supported." },
            }],
        }),
    }
}

/// How far a message that went out has got.
pub(crate) fn status(books: &mut Books, message: &Message) -> Value {
    let person = books.person(&message.to);
    let Some(number) = books.accounts.meta_number(&message.from) else {
        return Value::Null;
    };
    let word = match message.status {
        Status::Undelivered => Status::Failed,
        status => status,
    };
    let failed = word == Status::Failed;
    let mut status = json!({
        "id": message.sid,
        "status": word.as_str(),
        "timestamp": seconds(message.updated),
    });
    let named_by_id = failed && message.named == Named::ByUserId;
    if !person.hidden && !named_by_id {
        status["recipient_id"] = digits(&message.to).into();
    }
    // A failure names the recipient as the sender did.
    if !failed || message.named == Named::ByUserId {
        status["recipient_user_id"] = person.user_id.clone().into();
    }
    if failed && message.named == Named::ByUserId && !message.to.starts_with('+') {
        status["recipient_user_id"] = message.to.clone().into();
    }
    if let Some(data) = &message.fate.callback {
        status["biz_opaque_callback_data"] = data.clone().into();
    }
    if matches!(word, Status::Sent | Status::Delivered) {
        status["pricing"] = pricing(message);
    }
    if failed {
        status["errors"] = json!([failure(message.error_code.unwrap_or(131_000))]);
    }
    let mut value = value(number);
    if !failed {
        value["contacts"] = json!([contact(&person, &message.to)]);
    }
    value["statuses"] = json!([status]);
    value
}

fn pricing(message: &Message) -> Value {
    let template = match &message.content {
        Content::Template(sent) => Some(sent.category),
        _ => None,
    };
    json!({
        "billable": template.is_some(),
        "pricing_model": "PMP",
        "type": if template.is_some() { "regular" } else { "free_customer_service" },
        "category": template.unwrap_or("service"),
    })
}

fn failure(code: u32) -> Value {
    let details = match code {
        131_047 => {
            "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
        }
        131_026 => "Message Undeliverable.",
        131_050 => "The recipient has chosen to stop receiving marketing messages.",
        _ => "The message could not be delivered.",
    };
    json!({
        "code": code,
        "title": title(code),
        "message": title(code),
        "error_data": { "details": details },
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

/// A person has another number: what businesses that knew the old one are told, and those that knew the old id.
pub(crate) fn changed_number(
    name: &str,
    old: (&str, &str),
    new: (&str, &str),
    hidden: bool,
) -> Vec<Content> {
    let changed = |from: &str, to: &str| format!("User {name} changed from {from} to {to}");
    let by_number = Content::System {
        body: changed(digits(old.0), digits(new.0)),
        wa_id: Some(digits(new.0).to_owned()),
        user_id: Some(new.1.to_owned()),
        number: true,
    };
    let by_id = Content::System {
        body: changed(old.1, new.1),
        wa_id: None,
        user_id: Some(new.1.to_owned()),
        number: false,
    };
    if hidden {
        vec![by_id]
    } else {
        vec![by_number, by_id]
    }
}

/// A person has stopped, or allowed again, messages that offer something.
pub(crate) fn marketing(number: &MetaNumber, person: &Person, address: &str, now: i64) -> Value {
    let word = if person.marketing { "resume" } else { "stop" };
    let mut preference = json!({
        "user_id": person.user_id,
        "detail": format!("User requested to {word} marketing messages"),
        "category": "marketing_messages",
        "value": word,
        "timestamp": now / 1_000,
    });
    if !person.hidden {
        preference["wa_id"] = digits(address).into();
    }
    let mut value = value(number);
    value["contacts"] = json!([contact(person, address)]);
    value["user_preferences"] = json!([preference]);
    value
}

/// A template was approved, or is no longer.
pub(crate) fn template_status(kept: &Kept) -> Value {
    let reason = match kept.status {
        Approval::Rejected => "INVALID_FORMAT",
        _ => "NONE",
    };
    json!({
        "event": kept.status.as_str(),
        "message_template_id": kept.id.parse::<u64>().map_or_else(|_| json!(kept.id), |id| json!(id)),
        "message_template_name": kept.name,
        "message_template_language": kept.language,
        "message_template_category": kept.category.as_str().to_ascii_uppercase(),
        "reason": reason,
    })
}
