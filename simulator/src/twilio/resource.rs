//! A message as Twilio's API shows it: numbers as strings, dates as in e-mail, paths relative to the API.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::message::Message;
use crate::twilio::forms::address;

/// The API version, which begins every path.
pub(super) const VERSION: &str = "2010-04-01";

/// The Message resource.
pub(super) fn message(message: &Message) -> Value {
    let uri = format!(
        "/{VERSION}/Accounts/{}/Messages/{}",
        message.account, message.sid
    );
    let open = message.sender_is_open();
    json!({
        "account_sid": message.account,
        "api_version": VERSION,
        "body": if message.redacted { "" } else { &message.text },
        "date_created": date(message.created),
        "date_sent": message.sent.map(date),
        "date_updated": date(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_code.map(error_message),
        "from": (!open).then(|| address(message.channel, &message.from)),
        "messaging_service_sid": message.service,
        "num_media": message.media.len().to_string(),
        "num_segments": if open { 0 } else { message.segments }.to_string(),
        "price": null,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": { "media": format!("{uri}/Media.json") },
        "to": address(message.channel, &message.to),
        "uri": format!("{uri}.json"),
    })
}

pub(super) fn date(millis: i64) -> String {
    let at = DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

pub(super) fn error_message(code: u32) -> &'static str {
    match code {
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30008 => "Unknown error",
        63016 => {
            "Failed to send freeform message because you are outside the allowed window. Use a template."
        }
        63018 => "Rate limit exceeded for channel",
        63024 => "Invalid message recipient",
        63049 => "The recipient takes no marketing messages",
        _ => "Message could not be delivered",
    }
}
