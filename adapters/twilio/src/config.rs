//! What a connection is made of: account, secrets, sender, and where Twilio is.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use contract::provider::{Account, Key, Provider, SettingError, Settings, base, number};

use crate::Twilio;

/// Where Twilio's API is.
const API: &str = "https://api.twilio.com";

/// The channels that Twilio has.
pub const PROVIDERS: &[Provider] = &[Provider {
    name: "twilio",
    channel: "sms",
    keys: KEYS,
    read: |settings| Ok(Config::read(settings)?.account()),
    connect: |settings, caller| Ok(Arc::new(Twilio::new(Config::read(settings)?, caller)?)),
}];

const KEYS: &[Key] = &[
    Key::text("account_sid", account_sid).needed("the account's SID, \"AC…\""),
    Key::secret("auth_token").needed("auth_token_env or auth_token_file"),
    Key::secret("auth_token_2"),
    Key::text("from", number),
    Key::text("messaging_service_sid", service_sid),
    Key::api_base(API),
];

/// One connection's settings.
#[derive(Clone)]
pub struct Config {
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The token that our calls carry, and that webhooks may be signed with.
    pub auth_token: String,
    /// The other token that webhooks may be signed with, while the token is rotated. Calls go through all the way when the new
    /// token is put in `auth_token`, and the old one here until Twilio has promoted the new one.
    pub auth_token_2: Option<String>,
    /// Whom messages come from.
    pub sender: Sender,
    /// `https://api.twilio.com`, or any other prefix: Twilio's own path is appended.
    pub api_base: String,
}

/// Whom messages come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Sender {
    /// One number of ours, or a short code or name.
    Number(String),
    /// A Messaging Service, which picks a number of its pool: `MG` and 32 hexadecimal digits.
    Service(String),
}

impl Config {
    fn read(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self {
            account_sid: settings.must("account_sid")?.to_owned(),
            auth_token: settings.must("auth_token")?.to_owned(),
            auth_token_2: settings.get("auth_token_2").map(str::to_owned),
            sender: Sender::read(settings)?,
            api_base: settings.get("api_base").unwrap_or(API).to_owned(),
        })
    }

    fn account(&self) -> Account {
        match &self.sender {
            Sender::Number(number) => Account {
                own: Some(number.clone()),
                number: Some(number.clone()),
                once: Some(("from", format!("{number} of {}", self.account_sid))),
                ..Account::default()
            },
            Sender::Service(_) => Account::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), SettingError> {
        account_sid(&self.account_sid).map_err(|why| SettingError::wrong("account_sid", why))?;
        let required = [
            ("auth_token", Some(&self.auth_token)),
            ("auth_token_2", self.auth_token_2.as_ref()),
            (self.sender.key(), Some(self.sender.id())),
        ];
        match required
            .into_iter()
            .find(|(_, value)| value.is_some_and(|value| value.is_empty()))
        {
            Some((key, _)) => Err(SettingError::missing(key, "a text that is not empty")),
            None => Ok(()),
        }
    }

    /// Where messages are created and listed.
    pub(crate) fn messages_url(&self) -> Result<reqwest::Url, SettingError> {
        let wrong = || SettingError::wrong("api_base", "an http or https address without query");
        let base = base(&self.api_base).ok_or_else(wrong)?;
        let url = format!(
            "{base}/2010-04-01/Accounts/{}/Messages.json",
            self.account_sid
        );
        reqwest::Url::parse(&url).map_err(|_| wrong())
    }
}

impl Sender {
    fn read(settings: &Settings) -> Result<Self, SettingError> {
        match (settings.get("from"), settings.get("messaging_service_sid")) {
            (Some(number), None) => Ok(Self::Number(number.to_owned())),
            (None, Some(service)) => Ok(Self::Service(service.to_owned())),
            (Some(_), Some(_)) => Err(SettingError::together("from", "messaging_service_sid")),
            (None, None) => Err(SettingError::missing(
                "from",
                "a number of yours such as \"+15005550006\", or messaging_service_sid",
            )),
        }
    }

    /// The number, or the service's id.
    pub(crate) fn id(&self) -> &String {
        match self {
            Self::Number(id) | Self::Service(id) => id,
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Number(_) => "from",
            Self::Service(_) => "messaging_service_sid",
        }
    }
}

fn account_sid(text: &str) -> Result<(), Cow<'static, str>> {
    sid(text, "AC")
}

fn service_sid(text: &str) -> Result<(), Cow<'static, str>> {
    sid(text, "MG")
}

/// Two letters and 32 hexadecimal digits at Twilio; a stand-in may count otherwise, so that only what would not fit in the path
/// of a request is refused.
fn sid(text: &str, kind: &str) -> Result<(), Cow<'static, str>> {
    let rest = text.strip_prefix(kind).unwrap_or_default();
    let fits = (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then_some(())
        .ok_or_else(|| format!("{kind:?} and 32 letters and digits").into())
}

impl fmt::Debug for Config {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("account_sid", &self.account_sid)
            .field("sender", &self.sender)
            .field("api_base", &self.api_base)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "Number({})", contract::mask(number)),
            Self::Service(sid) => write!(f, "Service({sid})"),
        }
    }
}
