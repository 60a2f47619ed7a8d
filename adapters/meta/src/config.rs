//! What a connection is made of: number, secrets, template, and where Meta is.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use contract::TemplateUse;
use contract::provider::{Account, Key, Provider, SettingError, Settings, base, number};

use crate::Meta;

/// Where Meta's API is.
const API: &str = "https://graph.facebook.com";

const VERSION: &str = "v23.0";

/// The longest name of a template, in characters (Meta's page "Templates").
const LONGEST_TEMPLATE: usize = 512;

/// The channels that Meta has.
pub const PROVIDERS: &[Provider] = &[Provider {
    name: "meta",
    channel: "whatsapp",
    keys: KEYS,
    read: account,
    connect: |settings, caller| Ok(Arc::new(Meta::new(Config::read(settings)?, caller)?)),
}];

const KEYS: &[Key] = &[
    Key::text("from", number).needed("the number as people know it, such as \"+15005550007\""),
    Key::text("phone_number_id", id)
        .needed("Meta's id of the number, all digits; the app's page shows it under API setup"),
    Key::text("business_account_id", id),
    Key::secret("access_token").needed("access_token_env or access_token_file"),
    Key::secret("app_secret").needed("app_secret_env or app_secret_file"),
    Key::secret("app_secret_2"),
    Key::secret("verify_token")
        .needed("verify_token_env or verify_token_file: a text that you make up and tell Meta"),
    Key::text("welcome_template", template),
    Key::text("welcome_language", language).or("en"),
    Key::text("api_version", version).or(VERSION),
    Key::api_base(API),
];

/// One connection's settings.
#[derive(Clone)]
pub struct Config {
    /// The number as people know it: links lead to it.
    pub from: String,
    /// Meta's id of the account that the number belongs to, where its templates are listed.
    pub business_account_id: Option<String>,
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
}

/// What the settings say together.
fn account(settings: &Settings) -> Result<Account, SettingError> {
    let own = settings.must("phone_number_id")?;
    let template = settings.get("welcome_template").map(|name| TemplateUse {
        id: name.to_owned(),
        language: settings.get("welcome_language").unwrap_or("en").to_owned(),
        variables: Vec::new(),
    });
    Ok(Account {
        own: Some(own.to_owned()),
        number: Some(settings.must("from")?.to_owned()),
        reaches_numbers: true,
        welcome_template: template,
        once: Some(("phone_number_id", own.to_owned())),
    })
}

impl Config {
    fn read(settings: &Settings) -> Result<Self, SettingError> {
        let must = |key| settings.must(key).map(str::to_owned);
        Ok(Self {
            from: must("from")?,
            business_account_id: settings.get("business_account_id").map(str::to_owned),
            phone_number_id: must("phone_number_id")?,
            access_token: must("access_token")?,
            app_secret: must("app_secret")?,
            app_secret_2: settings.get("app_secret_2").map(str::to_owned),
            verify_token: must("verify_token")?,
            api_base: settings.get("api_base").unwrap_or(API).to_owned(),
            api_version: settings.get("api_version").unwrap_or(VERSION).to_owned(),
        })
    }

    pub(crate) fn check(&self) -> Result<(), SettingError> {
        if let Some(account) = &self.business_account_id {
            id(account).map_err(|why| SettingError::wrong("business_account_id", why))?;
        }
        id(&self.phone_number_id).map_err(|why| SettingError::wrong("phone_number_id", why))?;
        version(&self.api_version).map_err(|why| SettingError::wrong("api_version", why))?;
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
            Some((key, _)) => Err(SettingError::missing(key, "a text that is not empty")),
            None => Ok(()),
        }
    }

    /// What every path of Meta's begins with: the base and the version.
    pub(crate) fn graph(&self) -> Result<String, SettingError> {
        let base = base(&self.api_base).ok_or_else(wrong_base)?;
        Ok(format!("{base}/{}", self.api_version))
    }

    /// Where messages are created.
    pub(crate) fn messages_url(&self) -> Result<reqwest::Url, SettingError> {
        let url = format!("{}/{}/messages", self.graph()?, self.phone_number_id);
        reqwest::Url::parse(&url).map_err(|_| wrong_base())
    }
}

fn wrong_base() -> SettingError {
    SettingError::wrong("api_base", "an http or https address without query")
}

/// Digits at Meta; a number in its place is the most common slip.
fn id(text: &str) -> Result<(), Cow<'static, str>> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(())
        .ok_or("an id of Meta's, all digits, in quotes".into())
}

fn template(text: &str) -> Result<(), Cow<'static, str>> {
    let fits = (1..=LONGEST_TEMPLATE).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    fits.then_some(()).ok_or_else(|| {
        format!("a template's name: 1 to {LONGEST_TEMPLATE} of a-z, 0-9 and _").into()
    })
}

fn language(text: &str) -> Result<(), Cow<'static, str>> {
    let fits = (2..=16).contains(&text.len())
        && text
            .split('_')
            .all(|part| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    fits.then_some(())
        .ok_or("a template's language as Meta writes it, such as \"en\" or \"pt_BR\"".into())
}

fn version(text: &str) -> Result<(), Cow<'static, str>> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fits = text
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor));
    fits.then_some(())
        .ok_or("a version of Meta's API, such as \"v23.0\"".into())
}

impl fmt::Debug for Config {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("phone_number_id", &self.phone_number_id)
            .field("api_base", &self.api_base)
            .field("api_version", &self.api_version)
            .finish_non_exhaustive()
    }
}
