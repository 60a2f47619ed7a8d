//! A carrier network in a box: the product's adapters talk to it as they would to the real one, over HTTP.
//!
//! It serves Twilio's, Meta's and Telegram's own HTTP APIs and posts their webhooks back, signed as theirs are, so that an adapter needs nothing but another `api_base`.
//! Beside it stand phones, which anybody may pick up: every E.164 number is one. It shares no code with the adapter and reads
//! the provider's documents on its own, so that a mistake in one is not a mistake in both. Nothing is kept on disk.
//!
//! | where | what |
//! | --- | --- |
//! | [`Simulator`] | the whole of it, to mount in a host |
//! | `books`, `accounts`, `people`, `files`, `templates` | what the network knows: plain state, told the time |
//! | `carrier` | the network at work: callbacks in time, a phone's texts in order, faults |
//! | `twilio` | Twilio's API, under `/twilio`, and its webhooks: one signed post, tried again only as its URL says |
//! | `meta` | Meta's WhatsApp API, under `/meta`, and its webhooks: batched, tried again for seven days |
//! | `telegram` | Telegram's Bot API, under `/telegram`, and its webhooks: one update each, in order, tried again for a day |
//! | `control` | phones, faults, the clock and the stream of notices, for people and tests |
//! | `message`, `linked`, `faults`, `trouble`, `multipart`, `consent`, `segments`, `number`, `span`, `samples` | what they share |

mod accounts;
mod books;
mod carrier;
mod clock;
mod consent;
mod control;
mod faults;
mod files;
mod lanes;
mod linked;
mod message;
mod meta;
mod multipart;
mod number;
mod people;
mod samples;
mod segments;
mod span;
mod telegram;
mod templates;
mod trouble;
mod twilio;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::carrier::Carrier;
pub use crate::clock::{Clock, TooFar};

/// The largest body of any request.
const BODY_LIMIT: usize = 64 * 1024;

/// What a simulator starts with.
#[derive(Debug)]
pub struct SimulatorConfig {
    /// The accounts known from the start; more may be added by [`Simulator::connect`].
    pub accounts: Vec<Account>,
    /// The network's time.
    pub clock: Clock,
    /// The host's own address, such as `http://127.0.0.1:8080`: the links to files, which webhooks carry, begin with it.
    pub url: String,
    /// Posts the webhooks. It should not follow a proxy, and needs no time limit of its own.
    pub http: reqwest::Client,
    /// How soon what was accepted is reported on.
    pub pace: Pace,
}

/// An account at the provider.
#[derive(Clone)]
pub struct Account {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// Signs webhooks, and is the password of the API.
    pub auth_token: String,
    /// The numbers that it may send from.
    pub numbers: Vec<Number>,
    /// A messaging service that holds all its numbers, `MG` and 32 hexadecimal digits.
    pub messaging_service_sid: Option<String>,
}

impl fmt::Debug for Account {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            account_sid,
            numbers,
            ..
        } = self;
        f.debug_struct("Account")
            .field("account_sid", account_sid)
            .field("numbers", numbers)
            .finish_non_exhaustive()
    }
}

/// A number of an account.
#[derive(Clone, Debug)]
pub struct Number {
    /// In E.164 form, with `whatsapp:` before it for a WhatsApp sender.
    pub number: String,
    /// Where messages to it are posted, with Twilio's connection overrides in its fragment (`#rc=5&rp=all`). Empty: nowhere yet.
    pub webhook_url: String,
    /// Whom a phone's list of contacts shows for it.
    pub name: Option<String>,
}

/// A number on Meta's WhatsApp API.
#[derive(Clone)]
pub struct MetaNumber {
    /// Meta's id of the number, in digits.
    pub phone_number_id: String,
    /// The WhatsApp business account that it belongs to, in digits.
    pub business_account_id: String,
    /// In E.164 form.
    pub number: String,
    /// Whom a phone's list of contacts shows for it.
    pub name: Option<String>,
    /// The bearer token of the API.
    pub access_token: String,
    /// Signs webhooks.
    pub app_secret: String,
    /// What the handshake proves that both sides know.
    pub verify_token: String,
    /// Where webhooks are posted. Empty: nowhere yet.
    pub webhook_url: String,
}

impl fmt::Debug for MetaNumber {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetaNumber")
            .field("phone_number_id", &self.phone_number_id)
            .field("business_account_id", &self.business_account_id)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// A bot on Telegram.
#[derive(Clone)]
pub struct TelegramBot {
    /// The bot's id, a colon and a secret, as BotFather gives it.
    pub token: String,
    /// The bot's name, without `@`: people write to it.
    pub username: String,
    /// Whom a phone's list of contacts shows for it.
    pub name: Option<String>,
    /// Where updates are posted. Empty: nowhere yet.
    pub webhook_url: String,
    /// What each update carries in `X-Telegram-Bot-Api-Secret-Token`. Empty: no such header.
    pub webhook_secret: String,
}

impl fmt::Debug for TelegramBot {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramBot")
            .field("username", &self.username)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A WhatsApp template that is approved from the start.
#[derive(Clone, Debug)]
pub struct Template {
    /// Twilio's ContentSid, `HX` and 32 hexadecimal digits, or Meta's digits; the network's own choice where none is given.
    pub id: Option<String>,
    /// In small letters, digits and underscores.
    pub name: String,
    /// Such as `en` or `pt_BR`.
    pub language: String,
    /// What it is for.
    pub category: Category,
    /// Its text; `{{1}}` or `{{name}}` are places for words.
    pub body: String,
    /// Quick answers below it, at most ten.
    pub buttons: Vec<String>,
}

/// What a template is for: it decides the price, and whether people can refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// About something that the person does with the business.
    Utility,
    /// Offers.
    Marketing,
    /// One-time codes.
    Authentication,
}

impl Category {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Utility => "utility",
            Self::Marketing => "marketing",
            Self::Authentication => "authentication",
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::Utility, Self::Marketing, Self::Authentication]
            .into_iter()
            .find(|category| category.as_str().eq_ignore_ascii_case(word))
    }
}

/// How soon a message is reported on, by the simulator's clock.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From accepted to `sent`.
    pub sent: Duration,
    /// From `sent` to `delivered` or `undelivered`.
    pub delivered: Duration,
}

impl Pace {
    /// Everything at once, for tests.
    pub const IMMEDIATE: Self = Self {
        sent: Duration::ZERO,
        delivered: Duration::ZERO,
    };
}

impl Default for Pace {
    /// 150 ms and 400 ms: quick enough to watch, slow enough to see.
    fn default() -> Self {
        Self {
            sent: Duration::from_millis(150),
            delivered: Duration::from_millis(400),
        }
    }
}

/// A carrier network with its phones. Clones share it. Its requests and webhooks need a Tokio runtime.
#[derive(Clone)]
pub struct Simulator {
    carrier: Arc<Carrier>,
}

impl Simulator {
    /// A network with nobody on the phone yet.
    ///
    /// # Errors
    /// When the system gives no randomness for the ids of this run.
    pub fn new(config: SimulatorConfig) -> Result<Self, NoRandomness> {
        let run = getrandom::u64().map_err(|_| NoRandomness)?;
        Ok(Self {
            carrier: Arc::new(Carrier::new(config, run)),
        })
    }

    /// Adds an account, or brings one up to date: its token, its service and each number named. Numbers that are not named
    /// stay. So webhook URLs may be given once the host knows its own address.
    pub fn connect(&self, account: Account) {
        self.carrier.books().accounts.connect(account);
    }

    /// Adds a number at Meta, or brings one up to date. Numbers of one business account share its templates.
    pub fn connect_meta(&self, number: MetaNumber) {
        self.carrier.books().accounts.connect_meta(number);
    }

    /// Adds a bot on Telegram, or brings one up to date.
    pub fn connect_telegram(&self, bot: TelegramBot) {
        self.carrier.books().accounts.connect_telegram(bot);
    }

    /// Gives an account (a Twilio account's sid, or a WhatsApp business account's id) a template that is approved. One of the
    /// same id, or of the same name and language, is replaced.
    pub fn add_template(&self, account: &str, template: Template) {
        let now = self.carrier.clock.now();
        self.carrier
            .books()
            .accounts
            .add_template(account, template, now);
    }

    /// The network's clock. Who moves it moves delays, dates and reports; who reads it can move along.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.carrier.clock
    }

    /// The providers' own APIs, to be mounted at `/simulator`: Twilio's stands under `/twilio`, Meta's under `/meta`, Telegram's under
    /// `/telegram`. They check their callers themselves, as the providers do.
    pub fn provider_routes(&self) -> Router {
        twilio::routes(self.carrier.clone())
            .merge(meta::routes(self.carrier.clone()))
            .merge(telegram::routes(self.carrier.clone()))
    }

    /// Phones, faults, clock and stream, to be mounted at `/v1/simulator` behind whatever authorization the host wants: these
    /// routes ask for none.
    pub fn control_routes(&self) -> Router {
        control::routes(self.carrier.clone())
    }

    /// Ends hanging requests and streams and drops webhooks still to be posted, so that the host can shut down.
    pub fn close(&self) {
        self.carrier.closed.cancel();
    }
}

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness for the ids of messages")]
pub struct NoRandomness;
