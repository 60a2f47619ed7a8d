//! What a connection is made of: number, secrets, template, and where Meta is.

use std::fmt;
use std::time::Duration;

/// One connection's settings.
#[derive(Clone)]
pub struct Config {
    /// Meta's id of the number that messages come from: digits, and not the number itself.
    pub phone_number_id: String,
    /// What our calls carry.
    pub access_token: String,
    /// What webhooks are signed with.
    pub app_secret: String,
    /// The other secret that webhooks may be signed with, while it is reset.
    pub app_secret_2: Option<String>,
    /// What Meta must know to be shown that the webhook is ours.
    pub verify_token: String,
    /// `https://graph.facebook.com`, or any other prefix: Meta's own path is appended.
    pub api_base: String,
    /// `v23.0`
    pub api_version: String,
    /// How long one call may take, connecting included.
    pub timeout: Duration,
}

/// What is wrong with a connection's settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An id with characters that would change the path of a call.
    #[error("phone_number_id is not an id of Meta's: digits")]
    PhoneNumberId,
    /// A version that would change the path of a call.
    #[error("api_version is not a version such as v23.0")]
    ApiVersion,
    /// Anyone can sign with an empty secret, and know an empty token.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A base that nothing can be appended to.
    #[error("api_base is not an http or https address without query: {0}")]
    ApiBase(String),
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_id(&self.phone_number_id) {
            return Err(ConfigError::PhoneNumberId);
        }
        if !is_id(&self.api_version.replacen('.', "", 1)) {
            return Err(ConfigError::ApiVersion);
        }
        let required = [
            ("access_token", Some(&self.access_token)),
            ("app_secret", Some(&self.app_secret)),
            ("app_secret_2", self.app_secret_2.as_ref()),
            ("verify_token", Some(&self.verify_token)),
        ];
        match required
            .into_iter()
            .find(|(_, value)| value.is_some_and(|value| value.is_empty()))
        {
            Some((key, _)) => Err(ConfigError::Empty(key)),
            None => Ok(()),
        }
    }

    /// What every path of Meta's begins with: the base and the version.
    pub(crate) fn graph(&self) -> Result<String, ConfigError> {
        let wrong = || ConfigError::ApiBase(self.api_base.clone());
        let base = reqwest::Url::parse(&self.api_base).map_err(|_| wrong())?;
        if !matches!(base.scheme(), "http" | "https")
            || base.query().is_some()
            || base.fragment().is_some()
        {
            return Err(wrong());
        }
        let base = base.as_str().trim_end_matches('/');
        Ok(format!("{base}/{}", self.api_version))
    }

    /// Where messages are created.
    pub(crate) fn messages_url(&self) -> Result<reqwest::Url, ConfigError> {
        let url = format!("{}/{}/messages", self.graph()?, self.phone_number_id);
        reqwest::Url::parse(&url).map_err(|_| ConfigError::ApiBase(self.api_base.clone()))
    }
}

impl fmt::Debug for Config {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("phone_number_id", &self.phone_number_id)
            .field("api_base", &self.api_base)
            .field("api_version", &self.api_version)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
