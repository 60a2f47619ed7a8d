//! A verified request → its one update (Telegram's page "Bot API", *Update*).
//!
//! What is said of an odd one has neither its text nor its sender in it: it ends in a log.

use std::collections::BTreeMap;

use contract::{Inbound, Received, Reject};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json::Fields as _;
use crate::message;

/// What makes an update one: its own number, and what happened.
const ID: &str = "update_id";

/// The one kind of update in which somebody says something to the bot.
const MESSAGE: &str = "message";

/// Somebody blocked the bot or let it write again. It is no message, so the log has no place for it; what is sent after a block is refused
/// as opted out, which does.
const MEMBER: &str = "my_chat_member";

/// Its fields, each opened by itself: one that cannot be read is odd, and Telegram repeats what is refused.
type Update = BTreeMap<String, Box<RawValue>>;

/// Reads a body; `own` is the bot's name, `base` what the addresses of media begin with.
pub(crate) fn read(body: &[u8], own: &str, base: &str) -> Result<Received, Reject> {
    let malformed = || Reject::Malformed("it is not one of Telegram's updates".into());
    let text = String::from_utf8_lossy(body);
    let update: Update = serde_json::from_str(&text).map_err(|_| malformed())?;
    if !update.contains_key(ID) {
        return Err(malformed());
    }
    let mut received = Received::default();
    match message(&update, own, base) {
        Ok(message) => received.messages.push(message),
        Err(why) => received.odd.push(why),
    }
    Ok(received)
}

fn message(update: &Update, own: &str, base: &str) -> Result<Inbound, String> {
    let raw = update.get(MESSAGE).ok_or_else(|| not_read(update))?;
    let fields: Map<String, Value> =
        serde_json::from_str(raw.get()).map_err(|_| "a message that cannot be read".to_owned())?;
    message::read(fields, own, base)
}

fn not_read(update: &Update) -> String {
    let change: Option<Value> = update
        .get(MEMBER)
        .and_then(|raw| serde_json::from_str(raw.get()).ok());
    if let Some(status) = change
        .as_ref()
        .and_then(|change| change.field("new_chat_member")?.text("status"))
    {
        return format!("a person to whom the bot is now: {status}");
    }
    let kinds: Vec<&str> = update
        .keys()
        .map(String::as_str)
        .filter(|kind| *kind != ID)
        .collect();
    format!("an update that is not read: {}", kinds.join(", "))
}
