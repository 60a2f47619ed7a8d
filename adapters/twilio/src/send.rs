//! Hands one message to Twilio: `POST …/Messages.json`, once.

use contract::{Accepted, Fate, Outbound, SendError, TemplateUse};
use serde_json::{Map, Value};

use crate::config::{Line, Sender};
use crate::rest::{Rest, text};
use crate::webhook::DELIVERY;
use crate::{errors, status};

/// How many seconds Twilio may keep a message in its queue. Its default is ten hours: by then the chat is over.
const VALIDITY: &str = "3600";

pub(crate) async fn send(
    rest: &Rest,
    line: &Line,
    message: &Outbound,
) -> Result<Accepted, SendError> {
    let parameters = parameters(line, message);
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let reply = rest.create(&parameters).await?;
    let accepted = accepted(&reply.json).ok_or_else(|| {
        SendError::OutcomeUnknown(format!(
            "{} without a message that can be read",
            reply.status
        ))
    })?;
    let to = text(&reply.json, "to");
    Ok(Accepted {
        also: line.kind.called(to.as_deref()),
        ..accepted
    })
}

fn parameters(line: &Line, message: &Outbound) -> Vec<(&'static str, String)> {
    let sender = match &line.sender {
        Sender::Number(number) => ("From", line.kind.told(number)),
        Sender::Service(service) => ("MessagingServiceSid", service.clone()),
    };
    let mut parameters = vec![("To", line.kind.told(message.to.as_str())), sender];
    match &message.template {
        Some(template) => parameters.extend(filled_in(template)),
        None => parameters.extend(said(line, message)),
    }
    let callback = callback(&message.callback_url, &message.delivery);
    parameters.push(("StatusCallback", callback));
    parameters.push(("ValidityPeriod", VALIDITY.to_owned()));
    parameters
}

/// A template with its variables. A text beside it would be refused.
fn filled_in(template: &TemplateUse) -> Vec<(&'static str, String)> {
    let mut parameters = vec![("ContentSid", template.id.clone())];
    if !template.variables.is_empty() {
        let named = template.variables.iter();
        let named: Map<String, Value> = named
            .map(|(name, value)| (name.clone(), Value::String(value.clone())))
            .collect();
        parameters.push(("ContentVariables", Value::Object(named).to_string()));
    }
    parameters
}

/// The text and its files. They go by their links, which Twilio fetches; a file that has no place beside the text is told by its link, so
/// that nothing is lost.
fn said(line: &Line, message: &Outbound) -> Vec<(&'static str, String)> {
    let files = &message.media;
    let carried = line.kind.carried(files, &message.text, message.to.as_str());
    let (carried, told) = files.split_at(carried);
    let text = Some(message.text.as_str()).filter(|text| !text.is_empty());
    let lines = text
        .into_iter()
        .chain(told.iter().map(|file| file.link.as_str()));
    let body = lines.collect::<Vec<_>>().join("\n");
    let mut parameters = Vec::new();
    if !body.is_empty() || carried.is_empty() {
        parameters.push(("Body", body));
    }
    parameters.extend(carried.iter().map(|file| ("MediaUrl", file.link.clone())));
    parameters
}

/// The callback's URL with our id in its query: callbacks then settle a send whose answer never came.
fn callback(url: &str, delivery: &str) -> String {
    let (url, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let separator = if url.contains('?') { '&' } else { '?' };
    let delivery: String = form_urlencoded::byte_serialize(delivery.as_bytes()).collect();
    format!("{url}{separator}{DELIVERY}={delivery}{fragment}")
}

/// A message as Twilio's API shows it: its id, and how far it has got.
pub(crate) fn accepted(message: &Value) -> Option<Accepted> {
    let provider_id = text(message, "sid").filter(|sid| !sid.is_empty())?;
    Some(Accepted {
        provider_id,
        fate: fate(message),
        also: Vec::new(),
    })
}

fn fate(message: &Value) -> Fate {
    let Some(word) = text(message, "status") else {
        return Fate::Accepted;
    };
    status::fate(&word, || {
        let detail = text(message, "error_message").unwrap_or_else(|| word.clone());
        errors::failure(text(message, "error_code"), detail)
    })
}

#[cfg(test)]
mod tests {
    use super::callback;

    #[test]
    fn our_id_joins_whatever_query_the_callback_has() {
        for (url, expected) in [
            (
                "https://gw.example/webhooks/acme-sms",
                "https://gw.example/webhooks/acme-sms?delivery=d%261",
            ),
            (
                "https://gw.example/in?a=1",
                "https://gw.example/in?a=1&delivery=d%261",
            ),
            (
                "https://gw.example/in#rc=5",
                "https://gw.example/in?delivery=d%261#rc=5",
            ),
        ] {
            assert_eq!(callback(url, "d&1"), expected);
        }
    }
}
