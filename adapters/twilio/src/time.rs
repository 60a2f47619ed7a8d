//! When a message was made, as Twilio's lists say it (RFC 2822).

use chrono::DateTime;
use contract::Millis;
use serde_json::Value;

pub(crate) fn created(message: &Value) -> Option<Millis> {
    let date = message.get("date_created")?.as_str()?;
    let at = DateTime::parse_from_rfc2822(date).ok()?;
    Some(at.timestamp_millis())
}
