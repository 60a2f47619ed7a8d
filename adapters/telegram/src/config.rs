//! What a connection is made of: the bot, its secrets, and where Telegram is.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use contract::provider::{Account, Key, Provider, SettingError, Settings, base};

use crate::Telegram;

/// Where Telegram's Bot API is.
const API: &str = "https://api.telegram.org";

/// How long a bot's name may be (Telegram's page "Bot features", *Creating a new bot*). Older ones may be shorter than new ones.
const NAME: RangeInclusive<usize> = 3..=32;

/// How long a webhook's secret may be (Telegram's page "Bot API", *setWebhook*).
const SECRET: RangeInclusive<usize> = 1..=256;

/// The channels that Telegram has.
pub const PROVIDERS: &[Provider] = &[Provider {
    name: "telegram",
    channel: "telegram",
    keys: KEYS,
    read: account,
    connect: |settings, caller| Ok(Arc::new(Telegram::new(Config::read(settings)?, caller)?)),
}];

const KEYS: &[Key] = &[
    Key::text("bot_username", name)
        .needed("the bot's name without @, such as \"acme_pumps_bot\""),
    Key::secret("bot_token").needed("bot_token_env or bot_token_file: what BotFather gave you"),
    Key::secret("webhook_secret").needed(
        "webhook_secret_env or webhook_secret_file: a text that you make up and give setWebhook as secret_token",
    ),
    Key::api_base(API),
];

/// One connection's settings.
#[derive(Clone)]
pub struct Config {
    /// What calls of ours have in their path.
    pub bot_token: String,
    /// The bot's name, without `@`: links lead to it.
    pub bot_username: String,
    /// What webhooks carry.
    pub webhook_secret: String,
    /// `https://api.telegram.org`, or any other prefix: Telegram's own path is appended.
    pub api_base: String,
}

/// What the settings say together. A bot has one webhook, so two connections could not both have it.
fn account(settings: &Settings) -> Result<Account, SettingError> {
    let config = Config::read(settings)?;
    config.check()?;
    Ok(Account {
        own: Some(config.bot_username.clone()),
        once: Some(("bot_username", config.bot_username.to_ascii_lowercase())),
        ..Account::default()
    })
}

impl Config {
    fn read(settings: &Settings) -> Result<Self, SettingError> {
        let must = |key| settings.must(key).map(str::to_owned);
        Ok(Self {
            bot_token: must("bot_token")?,
            bot_username: must("bot_username")?,
            webhook_secret: must("webhook_secret")?,
            api_base: settings.get("api_base").unwrap_or(API).to_owned(),
        })
    }

    pub(crate) fn check(&self) -> Result<(), SettingError> {
        for (key, value, check) in [
            ("bot_username", &self.bot_username, name as fn(&str) -> _),
            ("bot_token", &self.bot_token, token),
            ("webhook_secret", &self.webhook_secret, secret),
        ] {
            check(value).map_err(|why| SettingError::wrong(key, why))?;
        }
        self.base().map(drop)
    }

    /// What every path of Telegram's begins with, without the token.
    pub(crate) fn base(&self) -> Result<String, SettingError> {
        let wrong = "an http or https address without query";
        base(&self.api_base).ok_or_else(|| SettingError::wrong("api_base", wrong))
    }
}

fn name(text: &str) -> Result<(), Cow<'static, str>> {
    let fits =
        NAME.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    fits.then_some(())
        .ok_or("a bot's name without @, such as \"acme_pumps_bot\"".into())
}

/// It becomes a part of a path, in which nothing else may stand.
fn token(text: &str) -> Result<(), Cow<'static, str>> {
    let fits = text.split_once(':').is_some_and(|(id, rest)| {
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && is_word(rest)
    });
    fits.then_some(()).ok_or(
        "a bot's token as BotFather gives it: digits, a colon, and A-Z, a-z, 0-9, _ and -".into(),
    )
}

fn secret(text: &str) -> Result<(), Cow<'static, str>> {
    let fits = SECRET.contains(&text.len()) && is_word(text);
    fits.then_some(())
        .ok_or("1 to 256 of A-Z, a-z, 0-9, _ and -".into())
}

fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    !text.is_empty() && text.bytes().all(plain)
}

impl fmt::Debug for Config {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("bot_username", &self.bot_username)
            .field("api_base", &self.api_base)
            .finish_non_exhaustive()
    }
}
