//! What a connection is made of: account, secrets, sender, and where Twilio is.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use contract::provider::{Account, Caller, Key, Provider, SettingError, Settings, base, number};
use contract::{Channel, TemplateUse};

use crate::Twilio;
use crate::kind::Kind;

/// Where Twilio's API is, and the parts of it that have hosts of their own.
pub(crate) const API: &str = "https://api.twilio.com";
const MESSAGING: &str = "https://messaging.twilio.com";
const CONTENT: &str = "https://content.twilio.com";

/// The channels that Twilio has.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        name: "twilio",
        channel: "sms",
        keys: &[ACCOUNT, TOKEN, TOKEN_2, FROM, SERVICE, BASE],
        read: |settings| Config::read(Kind::Sms, settings)?.account(settings),
        connect: |settings, caller| connect(Kind::Sms, settings, caller),
    },
    Provider {
        name: "twilio",
        channel: "whatsapp",
        keys: &[ACCOUNT, TOKEN, TOKEN_2, FROM, SERVICE, BASE, WELCOME],
        read: |settings| Config::read(Kind::WhatsApp, settings)?.account(settings),
        connect: |settings, caller| connect(Kind::WhatsApp, settings, caller),
    },
];

const ACCOUNT: Key = Key::text("account_sid", account_sid).needed("the account's SID, \"AC…\"");
const TOKEN: Key = Key::secret("auth_token").needed("auth_token_env or auth_token_file");
const TOKEN_2: Key = Key::secret("auth_token_2");
const FROM: Key = Key::text("from", number);
const SERVICE: Key = Key::text("messaging_service_sid", service_sid);
const BASE: Key = Key::api_base(API);
const WELCOME: Key = Key::text("welcome_template", content_sid);

fn connect(
    kind: Kind,
    settings: &Settings,
    caller: Caller,
) -> Result<Arc<dyn Channel>, SettingError> {
    Ok(Arc::new(Twilio::new(
        Config::read(kind, settings)?,
        caller,
    )?))
}

/// One connection's settings.
#[derive(Clone)]
pub struct Config {
    /// The channel.
    pub kind: Kind,
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
    fn read(kind: Kind, settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self {
            kind,
            account_sid: settings.must("account_sid")?.to_owned(),
            auth_token: settings.must("auth_token")?.to_owned(),
            auth_token_2: settings.get("auth_token_2").map(str::to_owned),
            sender: Sender::read(settings)?,
            api_base: settings.get("api_base").unwrap_or(API).to_owned(),
        })
    }

    fn account(&self, settings: &Settings) -> Result<Account, SettingError> {
        let welcome_template = settings.get("welcome_template").map(|sid| TemplateUse {
            id: sid.to_owned(),
            // A ContentSid is of one language.
            language: String::new(),
            variables: Vec::new(),
        });
        let number = self.sender.number();
        let own = number.map(|number| self.kind.told(number));
        Ok(Account {
            own: number.map(str::to_owned),
            number: number.map(str::to_owned),
            reaches_numbers: true,
            welcome_template,
            once: own.map(|own| ("from", format!("{own} of {}", self.account_sid))),
        })
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

    /// Where the API is, where typing is told and where templates are listed. A prefix of anybody else's is one for all of them.
    pub(crate) fn bases(&self) -> Result<[String; 3], SettingError> {
        let wrong = || SettingError::wrong("api_base", "an http or https address without query");
        let base = base(&self.api_base).ok_or_else(wrong)?;
        Ok(match base.as_str() {
            API => [API, MESSAGING, CONTENT].map(str::to_owned),
            _ => [base.clone(), base.clone(), base],
        })
    }
}

/// Which channel, and whom its messages come from.
pub(crate) struct Line {
    pub(crate) kind: Kind,
    pub(crate) sender: Sender,
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

    /// The number, where it is one.
    pub(crate) fn number(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number),
            Self::Service(_) => None,
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

fn content_sid(text: &str) -> Result<(), Cow<'static, str>> {
    sid(text, "HX")
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
            .field("kind", &self.kind)
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
