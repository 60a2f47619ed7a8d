//! `setWebhook`, `deleteWebhook`, `getWebhookInfo`: where the updates of a bot go.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::books::Books;
use crate::carrier::Carrier;
use crate::telegram::bot::CONNECTIONS;
use crate::telegram::call::Done;
use crate::telegram::error::TelegramError;
use crate::telegram::params::Params;

const LONGEST_SECRET: usize = 256;
const MOST_CONNECTIONS: u64 = 100;

/// Sets where updates go; without an address they go nowhere. Telegram asks for https; this network posts to http as well, being for
/// one machine.
pub(super) fn set(
    carrier: &Arc<Carrier>,
    bot: &str,
    params: &Params,
) -> Result<Done, TelegramError> {
    let Some(url) = params.text("url") else {
        return Ok(delete(carrier, bot, params));
    };
    let is_web = reqwest::Url::parse(&url).is_ok_and(|url| url.scheme().starts_with("http"));
    if !is_web {
        return Err(TelegramError::bad(
            "bad webhook: An HTTPS URL must be provided for webhook",
        ));
    }
    let secret = params.text("secret_token").unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !secret.bytes().all(plain) {
        return Err(TelegramError::bad(
            "secret token contains unallowed characters",
        ));
    }
    if secret.len() > LONGEST_SECRET {
        return Err(TelegramError::bad("secret token is too long"));
    }
    let allowed = params.value("allowed_updates");
    let mut books = carrier.books();
    if let Some(bot) = books.accounts.bot_mut(bot) {
        bot.listen_at(url.into_owned(), secret.into_owned());
        bot.connections = params
            .number("max_connections")
            .filter(|n| (1..=MOST_CONNECTIONS).contains(n))
            .unwrap_or(CONNECTIONS);
        // What is not named stays as it was.
        if let Some(kinds) = allowed.as_ref().and_then(Value::as_array) {
            bot.allowed = kinds
                .iter()
                .filter_map(|kind| kind.as_str().map(str::to_owned))
                .collect();
        }
        bot.failed = None;
        drop_waiting(bot, params);
    }
    Ok((true.into(), Some("Webhook was set")))
}

/// Sends updates nowhere.
pub(super) fn delete(carrier: &Arc<Carrier>, bot: &str, params: &Params) -> Done {
    let mut books = carrier.books();
    let Some(bot) = books.accounts.bot_mut(bot) else {
        return (true.into(), None);
    };
    drop_waiting(bot, params);
    if bot.webhook_url().is_empty() {
        return (true.into(), Some("Webhook is already deleted"));
    }
    bot.listen_at(String::new(), String::new());
    bot.failed = None;
    (true.into(), Some("Webhook was deleted"))
}

fn drop_waiting(bot: &mut super::Bot, params: &Params) {
    if params.is_on("drop_pending_updates") {
        bot.epoch += 1;
    }
}

pub(super) fn info(books: &Books, bot: &str) -> Value {
    let Some(bot) = books.accounts.bot(bot) else {
        return Value::Null;
    };
    let mut info = json!({
        "url": bot.webhook_url(),
        "has_custom_certificate": false,
        "pending_update_count": bot.waiting,
    });
    if bot.webhook_url().is_empty() {
        return info;
    }
    info["max_connections"] = bot.connections.into();
    if !bot.allowed.is_empty() {
        info["allowed_updates"] = bot.allowed.clone().into();
    }
    if let Some((at, why)) = &bot.failed {
        info["last_error_date"] = (at / 1_000).into();
        info["last_error_message"] = why.clone().into();
    }
    info
}
