//! Hands one message to Telegram: one call of a `send…` method.

use contract::{Accepted, Fate, Outbound, OutboundMedia, SendError};
use serde_json::{Value, json};

use crate::form::Form;
use crate::json::Fields as _;
use crate::media;
use crate::rest::Rest;

pub(crate) async fn send(rest: &Rest, message: &Outbound) -> Result<Accepted, SendError> {
    let sent = match with_file(message) {
        Some((method, form)) => rest.upload(method, form).await,
        None => rest.call("sendMessage", &text(message)).await,
    };
    let sent = sent.map_err(|refusal| refusal.error)?;
    accepted(message, &sent).ok_or_else(|| {
        SendError::OutcomeUnknown("a success without a message that can be read".to_owned())
    })
}

/// A message of words alone, as they stand: nothing in them is markup, and no page that they name is shown below.
fn text(message: &Outbound) -> Value {
    json!({
        "chat_id": message.to.as_str(),
        "text": with_links(&message.text, &message.media),
        "link_preview_options": { "is_disabled": true },
    })
}

/// A message with its first file, which goes with its bytes: of a link, Telegram takes only a few kinds. None where there is no file, or
/// the words have no place beside it.
fn with_file(message: &Outbound) -> Option<(&'static str, Form)> {
    let (first, more) = message.media.split_first()?;
    let bytes = first.bytes.as_ref()?;
    let caption = with_links(&message.text, more);
    if caption.chars().count() > media::LONGEST_CAPTION {
        return None;
    }
    let (method, field) = media::method(&first.content_type, bytes.len());
    let chat = message.to.as_str();
    let texts = [chat, &caption, &first.name, &first.content_type];
    let mut form = Form::around(&texts, bytes).field("chat_id", chat);
    if !caption.is_empty() {
        form = form.field("caption", &caption);
    }
    Some((
        method,
        form.file(field, &first.name, &first.content_type, bytes),
    ))
}

/// A text, and where the files are that do not stand beside it.
fn with_links(text: &str, files: &[OutboundMedia]) -> String {
    let links = files.iter().map(|file| file.link.as_str());
    let text = Some(text).filter(|text| !text.is_empty());
    text.into_iter().chain(links).collect::<Vec<_>>().join("\n")
}

/// Ids of messages are counted in each chat by itself. Telegram tells nothing more of a message than that it has it.
fn accepted(message: &Outbound, sent: &Value) -> Option<Accepted> {
    let id = sent.number("message_id")?;
    Some(Accepted {
        provider_id: format!("{}:{id}", message.to.as_str()),
        fate: Fate::Sent,
        also: Vec::new(),
    })
}
