//! Hands one message to Meta: `POST …/{phone number id}/messages`, once.

use contract::{Accepted, Fate, Outbound, SendError};
use serde_json::{Value, json};

use crate::config::Template;
use crate::json::Fields as _;
use crate::rest::Rest;
use crate::webhook::DELIVERY;
use crate::{address, errors, status};

pub(crate) async fn send(
    rest: &Rest,
    template: Option<&Template>,
    message: &Outbound,
) -> Result<Accepted, SendError> {
    let reply = rest.create(&body(template, message)).await?;
    accepted(&reply.json).ok_or_else(|| {
        SendError::OutcomeUnknown(format!(
            "{} without a message that can be read",
            reply.status
        ))
    })
}

/// The message as Meta wants it. Where callbacks go is a setting of the app, so that only our id is told.
fn body(template: Option<&Template>, message: &Outbound) -> Value {
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
    let (kind, content) = match template.filter(|template| template.text == message.text) {
        Some(template) => (
            "template",
            json!({ "name": template.name, "language": { "code": template.language } }),
        ),
        None => (
            "text",
            json!({ "body": message.text, "preview_url": false }),
        ),
    };
    body["type"] = json!(kind);
    body[kind] = content;
    body
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
    })
}
