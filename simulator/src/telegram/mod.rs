//! Telegram's Bot API: who the bot is, its webhook, messages, files. And its updates.
//!
//! Markup in texts is not read: a text is shown as it stands. `getUpdates` is not there: updates are posted.

mod bot;
mod call;
mod draft;
mod error;
mod files;
mod hook;
mod params;
mod post;
mod send;
mod shown;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use crate::books::Books;
use crate::carrier::Carrier;
use crate::message::{Message, Told};
use crate::people::Person;
pub(crate) use crate::telegram::bot::Bot;
use crate::telegram::post::Update;

/// The routes, from `/telegram` on.
pub(crate) fn routes(carrier: Arc<Carrier>) -> Router {
    Router::new()
        .route("/telegram/file/{bot}/{*path}", get(files::download))
        .route("/telegram/{bot}/{method}", any(call::call))
        .layer(DefaultBodyLimit::max(files::LARGEST_UPLOAD))
        .with_state(carrier)
}

/// Has a message that somebody wrote posted to its bot's server, behind what else they wrote to it.
pub(crate) fn bring(
    carrier: &Arc<Carrier>,
    books: &mut Books,
    message: &Message,
    place: OwnedSemaphorePermit,
) {
    for file in message.media.iter().filter_map(|media| media.file.as_ref()) {
        // Until `getFile` gives it an address, nobody fetches it.
        books.files.share(file, &message.account, 0);
    }
    let said = shown::message(books, message);
    let run = books.run;
    let Some(bot) = books.accounts.bot_mut(&message.to) else {
        return;
    };
    if !bot.wants("message") {
        if let Some(message) = books.told(message.serial, Told::No) {
            carrier.tell_of(&message);
        }
        return;
    }
    let update = Update::new(bot, run, "message", said, place).of(message);
    post::post(
        carrier,
        update,
        message.phone(),
        message.fate.faults.duplicate,
    );
}

/// Tells the bots that a person wrote to that they are blocked from now on, or no more.
pub(crate) fn tell_blocked(carrier: &Arc<Carrier>, person: &Person, address: &str) {
    let mut books = carrier.books();
    let (run, twice) = (books.run, books.faults.duplicate);
    let date = carrier.clock.now() / 1_000;
    for line in books.heard_by(address) {
        let (Some(bot), Some(place)) = (books.accounts.bot_mut(&line), carrier.place()) else {
            continue;
        };
        if bot.webhook_url().is_empty() || !bot.wants("my_chat_member") {
            continue;
        }
        let member = |status: &str| json!({ "user": bot.user(), "status": status });
        let (before, after) = match person.blocks {
            true => ("member", "kicked"),
            false => ("kicked", "member"),
        };
        let mut after = member(after);
        if person.blocks {
            after["until_date"] = 0.into();
        }
        let change = json!({
            "chat": shown::chat(person),
            "from": shown::user(person),
            "date": date,
            "old_chat_member": member(before),
            "new_chat_member": after,
        });
        let update = Update::new(bot, run, "my_chat_member", change, place);
        post::post(carrier, update, address, twice);
    }
}
