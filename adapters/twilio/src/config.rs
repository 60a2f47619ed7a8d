//! What a connection is made of: account, secrets, sender, and where Twilio is.

use std::fmt;
use std::time::Duration;

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
    /// How long one call may take, connecting included.
    pub timeout: Duration,
}

/// Whom messages come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Sender {
    /// One number of ours, or a short code or name.
    Number(String),
    /// A Messaging Service, which picks a number of its pool: `MG` and 32 hexadecimal digits.
    Service(String),
}

/// What is wrong with a connection's settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An account id with characters that would change the path of a call.
    #[error("account_sid is not an account id: AC and 32 hexadecimal digits")]
    AccountSid,
    /// Anyone can sign with an empty token.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A base that nothing can be appended to.
    #[error("api_base is not an http or https address without query: {0}")]
    ApiBase(String),
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.account_sid.is_empty()
            || !self.account_sid.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            return Err(ConfigError::AccountSid);
        }
        let required = [
            ("auth_token", Some(&self.auth_token)),
            ("auth_token_2", self.auth_token_2.as_ref()),
            (self.sender.key(), Some(self.sender.id())),
        ];
        match required
            .into_iter()
            .find(|(_, value)| value.is_some_and(|value| value.is_empty()))
        {
            Some((key, _)) => Err(ConfigError::Empty(key)),
            None => Ok(()),
        }
    }

    /// Where messages are created and listed.
    pub(crate) fn messages_url(&self) -> Result<reqwest::Url, ConfigError> {
        let wrong = || ConfigError::ApiBase(self.api_base.clone());
        let base = reqwest::Url::parse(&self.api_base).map_err(|_| wrong())?;
        if !matches!(base.scheme(), "http" | "https")
            || base.query().is_some()
            || base.fragment().is_some()
        {
            return Err(wrong());
        }
        let base = base.as_str().trim_end_matches('/');
        let url = format!(
            "{base}/2010-04-01/Accounts/{}/Messages.json",
            self.account_sid
        );
        reqwest::Url::parse(&url).map_err(|_| wrong())
    }
}

impl Sender {
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

impl fmt::Debug for Config {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("account_sid", &self.account_sid)
            .field("sender", &self.sender)
            .field("api_base", &self.api_base)
            .field("timeout", &self.timeout)
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
