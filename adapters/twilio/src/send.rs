//! Hands one message to Twilio: `POST …/Messages.json`, once.

use contract::{Accepted, Fate, Outbound, SendError};
use serde_json::Value;

use crate::config::Sender;
use crate::rest::{Rest, text};
use crate::webhook::DELIVERY;
use crate::{errors, status};

/// How many seconds Twilio may keep a message in its queue. Its default is ten hours: by then the chat is over.
const VALIDITY: &str = "3600";

pub(crate) async fn send(
    rest: &Rest,
    sender: &Sender,
    message: &Outbound,
) -> Result<Accepted, SendError> {
    let callback = callback(&message.callback_url, &message.delivery);
    let reply = rest
        .create(&[
            ("To", message.to.as_str()),
            (parameter(sender), sender.id()),
            ("Body", &message.text),
            ("StatusCallback", &callback),
            ("ValidityPeriod", VALIDITY),
        ])
        .await?;
    accepted(&reply.json).ok_or_else(|| {
        SendError::OutcomeUnknown(format!(
            "{} without a message that can be read",
            reply.status
        ))
    })
}

fn parameter(sender: &Sender) -> &'static str {
    match sender {
        Sender::Number(_) => "From",
        Sender::Service(_) => "MessagingServiceSid",
    }
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
