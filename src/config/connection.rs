//! `[[organization.connection]]`: one configured account on a channel. What a provider's own keys are is its adapter's to say.

use contract::provider::{Account, Key, Kind, Provider, SettingError, SettingFault, Settings};

use super::document::Value;
use super::error::{Invalid, Problem};
use super::organization::id;
use super::reader::{Reader, Scope, Seen};
use super::values::{Parsed, amount, flag, invalid, text};
use crate::providers;

/// The placeholder for the organization's name in a welcome text.
const ORGANIZATION: &str = "{organization}";

/// The longest welcome text with the name filled in, in characters: what every provider of text messages takes.
const LONGEST_WELCOME: usize = 1600;

const DEFAULT_WELCOME: &str = "{organization}: somebody asked to go on with a chat here. Reply to continue; your answers show in \
                               that chat. Not you? Reply STOP.";

/// Keys of every connection.
const COMMON: [&str; 6] = [
    "id",
    "channel",
    "provider",
    "enabled",
    "price",
    "welcome_text",
];

/// One configured account on a channel.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Lower-case letters, digits and `-`; unique in the server. It names the webhook.
    pub id: String,
    /// Whether anything is sent by it.
    pub enabled: bool,
    /// What one segment costs, in whatever unit the organization counts in.
    pub price: f64,
    /// What a number is sent first, the organization's name filled in.
    pub welcome: String,
    /// The channel, and whose account it is.
    pub provider: &'static Provider,
    /// The values of the provider's keys.
    pub settings: Settings,
    /// What they say together.
    pub account: Account,
}

impl Connection {
    /// The origin of the provider's API, as it is called.
    #[must_use]
    pub fn api_origin(&self) -> Option<url::Origin> {
        let base = self.settings.get("api_base")?;
        Some(url::Url::parse(base).ok()?.origin())
    }

    /// Gives one of the provider's keys another value.
    ///
    /// # Errors
    /// When the settings cannot be together then; the value is changed all the same.
    pub fn set(&mut self, key: &'static str, value: impl Into<String>) -> Result<(), SettingError> {
        self.settings.set(key, value);
        self.account = (self.provider.read)(&self.settings)?;
        Ok(())
    }
}

/// What only one connection in the server may have.
#[derive(Default)]
pub(super) struct Unique {
    ids: Seen,
    senders: Seen,
}

/// One connection of the organization that visitors know as `organization`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    organization: &str,
    unique: &mut Unique,
) -> Option<Connection> {
    // What else a connection may have is its provider's to say, so that an unknown provider is one error and not many.
    let provider = provider(reader, scope)?;
    reader.only(scope, &known(provider));
    let id = reader.required(
        scope,
        "id",
        "a short name of a-z, 0-9 and -, such as \"acme-sms\"",
        id,
    );
    if let Some(id) = &id {
        reader.once(scope, "id", id.clone(), &mut unique.ids);
    }
    let (channels, providers) = (
        words(providers::all().map(|known| known.channel)),
        words(providers::all().map(|known| known.name)),
    );
    reader.required(scope, "channel", channels, text_owned);
    reader.required(scope, "provider", providers, text_owned);
    let settings = settings(reader, scope, provider);
    let account = settings
        .as_ref()
        .and_then(|settings| account(reader, scope, provider, settings, unique));
    let enabled = reader.or(scope, "enabled", Value::Flag(true), flag);
    let price = reader.or(scope, "price", Value::Fraction(1.0), amount);
    let default = Value::Text(DEFAULT_WELCOME.to_owned());
    let welcome = reader.or(scope, "welcome_text", default, |value| {
        welcome(value, organization)
    });

    Some(Connection {
        id: id?,
        enabled: enabled?,
        price: price?,
        welcome: welcome?,
        provider,
        settings: settings?,
        account: account?,
    })
}

/// What is to be made, if this version can. What is missing is told by whoever reads it.
fn provider(reader: &mut Reader<'_>, scope: &Scope<'_>) -> Option<&'static Provider> {
    let (channel, provider) = (scope.word("channel"), scope.word("provider"));
    let on_channel: Vec<_> = providers::all()
        .filter(|known| channel.is_none_or(|word| word == known.channel))
        .collect();
    if let (Some(word), []) = (channel, &on_channel[..]) {
        let channels = words(providers::all().map(|known| known.channel));
        reader.wrong(scope, "channel", none_of(channels, word));
        return None;
    }
    let found = on_channel
        .iter()
        .find(|known| provider.is_none_or(|word| word == known.name));
    if let (Some(word), None) = (provider, found) {
        let names = words(on_channel.iter().map(|known| known.name));
        reader.wrong(scope, "provider", none_of(names, word));
    }
    found.copied()
}

fn none_of(known: String, word: &str) -> Problem {
    Problem::Invalid(Invalid {
        expected: known,
        found: format!("{word:?}"),
    })
}

/// Each word once, in quotes.
fn words(all: impl Iterator<Item = &'static str>) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in all.map(|word| format!("{word:?}")) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" or ")
}

/// Every key that a connection of this provider may have.
fn known(provider: &Provider) -> Vec<String> {
    let mut known: Vec<String> = COMMON.map(str::to_owned).into();
    for key in provider.keys {
        known.push(key.name.to_owned());
        if matches!(key.kind, Kind::Secret) {
            known.extend(["env", "file"].map(|form| format!("{}_{form}", key.name)));
        }
    }
    known
}

/// The values of the provider's keys; every key that is wrong is told.
fn settings(reader: &mut Reader<'_>, scope: &Scope<'_>, provider: &Provider) -> Option<Settings> {
    let mut settings = Some(Settings::default());
    for key in provider.keys {
        match (setting(reader, scope, key), &mut settings) {
            (Some(Some(value)), Some(settings)) => settings.set(key.name, value),
            (None, _) => settings = None,
            _ => {}
        }
    }
    settings
}

/// The value of a key: `Some(None)` when it has none and needs none.
fn setting(reader: &mut Reader<'_>, scope: &Scope<'_>, key: &Key) -> Option<Option<String>> {
    let value = match (key.kind, key.default) {
        (Kind::Secret, _) => reader
            .secret(scope, key.name)?
            .map(|secret| secret.expose().to_owned()),
        (Kind::Text(check), None) => {
            reader.optional(scope, key.name, |value| checked(value, check))?
        }
        (Kind::Text(check), Some(default)) => {
            let default = Value::Text(default.to_owned());
            Some(reader.or(scope, key.name, default, |value| checked(value, check))?)
        }
    };
    if let (None, Some(hint)) = (&value, key.needed) {
        reader.wrong(scope, key.name, Problem::Missing(hint.into()));
        return None;
    }
    Some(value)
}

fn checked(value: &Value, check: contract::provider::Check) -> Parsed<String> {
    let written = text(value)?;
    match check(written) {
        Ok(()) => Ok(written.to_owned()),
        Err(expected) => invalid(expected, value),
    }
}

fn account(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    provider: &Provider,
    settings: &Settings,
    unique: &mut Unique,
) -> Option<Account> {
    match (provider.read)(settings) {
        Ok(account) => {
            if let Some((key, value)) = &account.once {
                reader.once(scope, key, value.clone(), &mut unique.senders);
            }
            Some(account)
        }
        Err(error) => {
            let problem = problem(&error, scope, provider, settings);
            reader.wrong(scope, error.key, problem);
            None
        }
    }
}

/// What the provider says against its settings, in our words.
fn problem(
    error: &SettingError,
    scope: &Scope<'_>,
    provider: &Provider,
    settings: &Settings,
) -> Problem {
    let secret = |key: &Key| key.name == error.key && matches!(key.kind, Kind::Secret);
    match &error.fault {
        SettingFault::Missing(hint) => Problem::Missing((*hint).into()),
        SettingFault::Together(other) => Problem::OneOf {
            other: scope.key(other),
        },
        SettingFault::Wrong(expected) if provider.keys.iter().any(secret) => {
            Problem::Invalid(Invalid {
                expected: expected.to_string(),
                found: "a secret that is not shown".to_owned(),
            })
        }
        SettingFault::Wrong(expected) => Problem::Invalid(Invalid {
            expected: expected.to_string(),
            found: format!("{:?}", settings.get(error.key).unwrap_or_default()),
        }),
    }
}

fn text_owned(value: &Value) -> Parsed<String> {
    text(value).map(str::to_owned)
}

/// A welcome names the organization, and carries neither a link nor anything that a visitor wrote.
fn welcome(value: &Value, organization: &str) -> Parsed<String> {
    let written = text(value)?;
    if written.replace(ORGANIZATION, "").contains(['{', '}']) {
        return invalid(
            format!("a text with no other placeholder than {ORGANIZATION}"),
            value,
        );
    }
    if ["://", "www."]
        .iter()
        .any(|link| written.to_lowercase().contains(link))
    {
        return invalid(
            "a text without a link: it goes to people who may not have asked for it",
            value,
        );
    }
    let welcome = written.replace(ORGANIZATION, organization);
    let fits = !welcome.trim().is_empty() && welcome.chars().count() <= LONGEST_WELCOME;
    if fits {
        Ok(welcome)
    } else {
        invalid(format!("1 to {LONGEST_WELCOME} characters"), value)
    }
}
