//! Hands one message to Meta: `POST …/{phone number id}/messages`, once.

use contract::whatsapp;
use contract::{Accepted, Address, Fate, Outbound, OutboundMedia, SendError, TemplateUse};
use serde_json::{Value, json};

use crate::json::Fields as _;
use crate::rest::Rest;
use crate::webhook::DELIVERY;
use crate::{address, errors, media, status};

pub(crate) async fn send(rest: &Rest, message: &Outbound) -> Result<Accepted, SendError> {
    let reply = rest.create(&body(message)).await?;
    accepted(&reply.json).ok_or_else(|| {
        SendError::OutcomeUnknown(format!(
            "{} without a message that can be read",
            reply.status
        ))
    })
}

/// The message as Meta wants it. Where callbacks go is a setting of the app, so that only our id is told.
fn body(message: &Outbound) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        DELIVERY: message.delivery,
    });
    // A number with its `+`: without, Meta may put our own country code before it.
    let recipient = if address::is_number(&message.to) {
        "to"
    } else {
        "recipient"
    };
    body[recipient] = json!(message.to.as_str());
    let (kind, content) = content(message);
    body["type"] = json!(kind);
    body[kind] = content;
    body
}

/// The type of the message, and what it says. One message carries one file: what has no place in it is told by its link, so that nothing
/// is lost.
fn content(message: &Outbound) -> (&'static str, Value) {
    if let Some(template) = &message.template {
        return ("template", filled_in(template));
    }
    let (first, more) = match message.media.split_first() {
        Some((first, more)) => (Some(first), more),
        None => (None, &[][..]),
    };
    if let Some(content) =
        first.and_then(|first| media::outgoing(first, &with_links(&message.text, more)))
    {
        return content;
    }
    let text = with_links(&message.text, &message.media);
    ("text", json!({ "body": text, "preview_url": false }))
}

/// A text, and where the files are that do not stand beside it.
fn with_links(text: &str, files: &[OutboundMedia]) -> String {
    let links = files.iter().map(|file| file.link.as_str());
    let text = Some(text).filter(|text| !text.is_empty());
    text.into_iter().chain(links).collect::<Vec<_>>().join("\n")
}

/// A template with its variables. Meta numbers them where they have no names of their own.
fn filled_in(template: &TemplateUse) -> Value {
    let mut content = json!({ "name": template.id, "language": { "code": template.language } });
    let parameters: Vec<Value> = template
        .variables
        .iter()
        .map(|(name, value)| {
            let mut parameter = json!({ "type": "text", "text": value });
            if !name.bytes().all(|b| b.is_ascii_digit()) {
                parameter["parameter_name"] = json!(name);
            }
            parameter
        })
        .collect();
    if !parameters.is_empty() {
        content["components"] = json!([{ "type": "body", "parameters": parameters }]);
    }
    content
}

/// Meta's answer: the message's id, and how far it has got.
fn accepted(answer: &Value) -> Option<Accepted> {
    let message = answer.list("messages").first()?;
    let fate = match message.text("message_status") {
        Some(word) => status::fate(&word, || errors::failure(None, &word)),
        None => Fate::Accepted,
    };
    Some(Accepted {
        provider_id: message.text("id")?,
        fate,
        also: recipient(answer),
    })
}

/// What Meta calls the person that it goes to.
fn recipient(answer: &Value) -> Vec<Address> {
    let contact = answer.list("contacts").first();
    let names = ["user_id", "wa_id"].map(|name| contact.and_then(|contact| contact.text(name)));
    whatsapp::called(names.iter().flatten().map(String::as_str))
}
