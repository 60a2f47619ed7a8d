//! How configuration makes a connection: which keys a provider has, and what is made of them.
//!
//! An adapter lists a [`Provider`] for each channel that it has. Whoever reads the configuration knows nothing else of it: the keys say
//! what each may be, [`Provider::read`] what they are together, and [`Provider::connect`] makes the channel.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Channel, TemplateUse};

/// A channel by a provider.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// The provider's word in configuration: `twilio`.
    pub name: &'static str,
    /// The channel's word: `sms`.
    pub channel: &'static str,
    /// The keys of its table, besides those that every connection has.
    pub keys: &'static [Key],
    /// What the settings say together. Each has passed the check of its key.
    pub read: fn(&Settings) -> Result<Account, SettingError>,
    /// Makes the channel. It calls nobody yet.
    pub connect: Connect,
}

/// Makes a channel of its settings.
pub type Connect = fn(&Settings, Caller) -> Result<Arc<dyn Channel>, SettingError>;

/// One key of a connection's table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key as it is written.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// It must be given: what to give.
    pub needed: Option<&'static str>,
    /// What holds where it is not given.
    pub default: Option<&'static str>,
}

/// What the value of a key may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text that passes a check.
    Text(Check),
    /// A text that is shown nowhere. It may be given by `…_env` and `…_file` too.
    Secret,
}

/// Whether a text may be a key's value. An error says what would have been right: it reads on from *must be*.
pub type Check = fn(&str) -> Result<(), Cow<'static, str>>;

impl Key {
    /// A text.
    #[must_use]
    pub const fn text(name: &'static str, check: Check) -> Self {
        Self::new(name, Kind::Text(check))
    }

    /// A secret.
    #[must_use]
    pub const fn secret(name: &'static str) -> Self {
        Self::new(name, Kind::Secret)
    }

    /// The address of the provider's API, to which the provider's own paths are appended.
    #[must_use]
    pub const fn api_base(default: &'static str) -> Self {
        Self::text("api_base", base_address).or(default)
    }

    /// It must be given; `hint` says what.
    #[must_use]
    pub const fn needed(self, hint: &'static str) -> Self {
        Self {
            needed: Some(hint),
            ..self
        }
    }

    /// What holds where it is not given.
    #[must_use]
    pub const fn or(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            needed: None,
            default: None,
        }
    }
}

/// The values of a connection's keys, secrets among them.
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    /// The value of a key, if it has one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The value of a key that must have one.
    ///
    /// # Errors
    /// When it has none.
    pub fn must(&self, key: &'static str) -> Result<&str, SettingError> {
        self.get(key)
            .ok_or_else(|| SettingError::missing(key, "a value"))
    }

    /// Gives a key its value.
    pub fn set(&mut self, key: &'static str, value: impl Into<String>) {
        self.0.insert(key, value.into());
    }
}

impl fmt::Debug for Settings {
    /// Names alone: which of the values are secrets is not known here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What a connection's settings say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Our own address as webhooks name it: a number, the provider's id of one.
    pub own: Option<String>,
    /// Our own number as people write to it.
    pub number: Option<String>,
    /// It writes to numbers that somebody typed: the countries where it may must be known.
    pub reaches_numbers: bool,
    /// The template that a welcome goes out as.
    pub welcome_template: Option<TemplateUse>,
    /// What only one connection may have, and the key that says it: two could not tell whose an answer is.
    pub once: Option<(&'static str, String)>,
}

/// What a channel calls its provider with.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The client that all share. It follows no redirects: what a provider has to say, it says at once.
    pub http: reqwest::Client,
    /// How long one call may take, connecting included.
    pub timeout: Duration,
}

/// A setting that could never work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} {fault}")]
pub struct SettingError {
    /// Its key.
    pub key: &'static str,
    /// What is wrong with it.
    pub fault: SettingFault,
}

/// What is wrong with a setting. It reads on from the key's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingFault {
    /// It is not there.
    #[error("is missing: give {0}")]
    Missing(&'static str),
    /// It excludes another key that is there too.
    #[error("is given together with {0}: keep one of them")]
    Together(&'static str),
    /// It is something else than it must be.
    #[error("must be {0}")]
    Wrong(Cow<'static, str>),
}

impl SettingError {
    /// The key is not there; `hint` says what to give.
    #[must_use]
    pub const fn missing(key: &'static str, hint: &'static str) -> Self {
        Self {
            key,
            fault: SettingFault::Missing(hint),
        }
    }

    /// The key excludes another that is there too.
    #[must_use]
    pub const fn together(key: &'static str, other: &'static str) -> Self {
        Self {
            key,
            fault: SettingFault::Together(other),
        }
    }

    /// The key must be something else.
    #[must_use]
    pub fn wrong(key: &'static str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            key,
            fault: SettingFault::Wrong(expected.into()),
        }
    }
}

/// A number of ours. It is taken as it is written: whether it is in service only the provider knows, and test numbers are not.
///
/// # Errors
/// With what would have been right.
pub fn number(text: &str) -> Result<(), Cow<'static, str>> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    fits.then_some(())
        .ok_or("a number with + and its country code, such as \"+15005550006\"".into())
}

/// The address of an API, as [`base`] takes it.
///
/// # Errors
/// With what would have been right.
pub fn base_address(text: &str) -> Result<(), Cow<'static, str>> {
    let expected =
        "an address such as \"https://api.example.com\", without name, query or fragment";
    base(text).map(drop).ok_or(expected.into())
}

/// An address that paths are put behind, without a slash at its end: `http` or `https`, a host, perhaps a port and a path; no name,
/// password, query or fragment.
#[must_use]
pub fn base(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}
