//! Updates to a bot's server: one in each post, those of one chat one after the other, tried again after growing pauses for a day.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName};
use serde_json::{Map, Value};
use tokio::sync::OwnedSemaphorePermit;

use crate::carrier::Carrier;
use crate::message::{Message, Serial, Told};
use crate::telegram::bot::Bot;

const SECRET: HeaderName = HeaderName::from_static("x-telegram-bot-api-secret-token");
/// A server that takes longer has not taken it; in real time.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause before an update is tried again, by the network's clock; each is twice the one before.
const PAUSE: i64 = 1_000;
const LONGEST_PAUSE: i64 = 60_000;
/// Telegram keeps an update no longer than this.
const GIVE_UP: i64 = 24 * 3_600_000;

/// Something to tell a bot.
pub(super) struct Update {
    bot: String,
    body: String,
    /// Updates that are older than the bot's epoch were dropped.
    epoch: u64,
    /// The phone's message that it tells of.
    serial: Option<Serial>,
    _place: OwnedSemaphorePermit,
}

impl Update {
    /// The bot's next update: `what`, of this kind.
    pub(super) fn new(
        bot: &mut Bot,
        run: u64,
        kind: &str,
        what: Value,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let mut update = Map::new();
        update.insert("update_id".to_owned(), bot.count(run).into());
        update.insert(kind.to_owned(), what);
        bot.waiting += 1;
        Self {
            bot: bot.username().to_owned(),
            body: Value::Object(update).to_string(),
            epoch: bot.epoch,
            serial: None,
            _place: place,
        }
    }

    /// The message's phone is shown whether it was taken.
    pub(super) fn of(mut self, message: &Message) -> Self {
        self.serial = Some(message.serial);
        self
    }
}

/// Has it posted, behind what else its bot is to hear of this phone.
pub(super) fn post(carrier: &Arc<Carrier>, update: Update, phone: &str, twice: bool) {
    let lane = format!("{} {phone}", update.bot);
    let work = deliver(carrier.clone(), update, twice);
    carrier.lanes.run(&lane, carrier.clone().until_closed(work));
}

async fn deliver(carrier: Arc<Carrier>, update: Update, twice: bool) {
    let taken = until_taken(&carrier, &update).await;
    if taken && twice {
        // What comes of the second makes no difference.
        let _ = attempt(&carrier, &update).await;
    }
    if let Some(bot) = carrier.books().accounts.bot_mut(&update.bot) {
        bot.waiting = bot.waiting.saturating_sub(1);
    }
    if let Some(serial) = update.serial {
        carrier.told(serial, if taken { Told::Yes } else { Told::No });
    }
}

async fn until_taken(carrier: &Carrier, update: &Update) -> bool {
    let end = carrier.clock.now().saturating_add(GIVE_UP);
    let mut pause = PAUSE;
    loop {
        let why = match attempt(carrier, update).await {
            Tried::Taken => return true,
            Tried::Dropped => return false,
            Tried::Failed(why) => why,
        };
        tracing::warn!(%why, "an update was not taken");
        let now = carrier.clock.now();
        if let Some(bot) = carrier.books().accounts.bot_mut(&update.bot) {
            bot.failed = Some((now, why));
        }
        let next = now.saturating_add(pause);
        if next > end {
            tracing::warn!("an update was given up after a day");
            return false;
        }
        carrier.clock.reach(next).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What became of one try.
enum Tried {
    Taken,
    /// The bot does not want it any more, or nowhere.
    Dropped,
    Failed(String),
}

async fn attempt(carrier: &Carrier, update: &Update) -> Tried {
    let Some((url, secret)) = server(carrier, update) else {
        return Tried::Dropped;
    };
    let Some(_turn) = carrier.turn().await else {
        return Tried::Dropped;
    };
    let mut request = carrier
        .http
        .post(&url)
        .header(CONTENT_TYPE, "application/json")
        .timeout(PATIENCE)
        .body(update.body.clone());
    if !secret.is_empty() {
        request = request.header(SECRET, secret);
    }
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Tried::Taken,
        Ok(answer) => Tried::Failed(format!(
            "Wrong response from the webhook: {}",
            answer.status()
        )),
        // What failed is told without the address.
        Err(failed) => Tried::Failed(failed.without_url().to_string()),
    }
}

/// Where it goes now, and with which secret.
fn server(carrier: &Carrier, update: &Update) -> Option<(String, String)> {
    let books = carrier.books();
    let bot = books.accounts.bot(&update.bot)?;
    let wanted = bot.epoch == update.epoch && !bot.webhook_url().is_empty();
    wanted.then(|| (bot.webhook_url().to_owned(), bot.secret().to_owned()))
}
