//! A number at Meta: `channel = "whatsapp"` with `provider = "meta"`.

use super::{Unique, e164};
use crate::config::address::{BaseUrl, api_base};
use crate::config::document::Value;
use crate::config::error::Problem;
use crate::config::reader::{Reader, Scope};
use crate::config::secret::Secret;
use crate::config::values::{Parsed, invalid, text};

const META_API: &str = "https://graph.facebook.com";

const META_VERSION: &str = "v23.0";

/// The longest name of a template, in characters (Meta's page "Templates").
const LONGEST_TEMPLATE: usize = 512;

/// Keys of Meta's.
pub(super) const KEYS: [&str; 18] = [
    "from",
    "phone_number_id",
    "business_account_id",
    "access_token",
    "access_token_env",
    "access_token_file",
    "app_secret",
    "app_secret_env",
    "app_secret_file",
    "app_secret_2",
    "app_secret_2_env",
    "app_secret_2_file",
    "verify_token",
    "verify_token_env",
    "verify_token_file",
    "welcome_template",
    "welcome_language",
    "api_version",
];

/// A number at Meta.
#[derive(Clone, Debug)]
pub struct Meta {
    /// The number itself, in E.164 form.
    pub from: String,
    /// Meta's id of the number.
    pub phone_number_id: String,
    /// Meta's id of the account that the number belongs to: for people who read the file.
    pub business_account_id: Option<String>,
    /// What requests are made with.
    pub access_token: Secret,
    /// What webhooks are signed with.
    pub app_secret: Secret,
    /// A second secret that signatures may be made with, while the first is reset.
    pub app_secret_2: Option<Secret>,
    /// What Meta shows to be given its challenge back.
    pub verify_token: Secret,
    /// The template that a welcome goes out as; none: as a text, which only reaches who wrote in the last 24 hours.
    pub welcome_template: Option<Template>,
    /// `v23.0`
    pub api_version: String,
    /// Where the API is; Meta's own path is appended.
    pub api_base: BaseUrl,
}

/// A template that Meta has approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language, such as `en` or `pt_BR`.
    pub language: String,
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    unique: &mut Unique,
) -> Option<Meta> {
    let from = reader.required(
        scope,
        "from",
        "the number as people know it, such as \"+15005550007\"",
        e164,
    );
    let phone_number_id = reader.required(
        scope,
        "phone_number_id",
        "Meta's id of the number, all digits; the app's page shows it under API setup",
        id,
    );
    let business_account_id = reader.optional(scope, "business_account_id", id);
    let access_token = secret(
        reader,
        scope,
        "access_token",
        "access_token_env or access_token_file",
    );
    let app_secret = secret(
        reader,
        scope,
        "app_secret",
        "app_secret_env or app_secret_file",
    );
    let app_secret_2 = reader.secret(scope, "app_secret_2");
    let verify_token = secret(
        reader,
        scope,
        "verify_token",
        "verify_token_env or verify_token_file: a text that you make up and tell Meta",
    );
    let template = reader.optional(scope, "welcome_template", template);
    let default = |text: &str| Value::Text(text.to_owned());
    let language = reader.or(scope, "welcome_language", default("en"), language);
    let api_version = reader.or(scope, "api_version", default(META_VERSION), version);
    let api_base = reader.or(scope, "api_base", default(META_API), api_base);
    if let Some(id) = &phone_number_id {
        // Two connections of one number could not tell whose an answer is.
        reader.once(scope, "phone_number_id", id.clone(), &mut unique.senders);
    }
    let (template, language) = (template?, language?);
    Some(Meta {
        from: from?,
        phone_number_id: phone_number_id?,
        business_account_id: business_account_id?,
        access_token: access_token?,
        app_secret: app_secret?,
        app_secret_2: app_secret_2?,
        verify_token: verify_token?,
        welcome_template: template.map(|name| Template { name, language }),
        api_version: api_version?,
        api_base: api_base?,
    })
}

/// A secret that must be there.
fn secret(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    key: &str,
    hint: &'static str,
) -> Option<Secret> {
    let given = reader.secret(scope, key)?;
    if given.is_none() {
        reader.wrong(scope, key, Problem::Missing(hint));
    }
    given
}

/// Digits at Meta; a number in its place is the most common slip.
fn id(value: &Value) -> Parsed<String> {
    let written = text(value)?;
    let fits = (1..=32).contains(&written.len()) && written.bytes().all(|b| b.is_ascii_digit());
    if fits {
        Ok(written.to_owned())
    } else {
        invalid("an id of Meta's, all digits, in quotes", value)
    }
}

fn template(value: &Value) -> Parsed<String> {
    let written = text(value)?;
    let fits = (1..=LONGEST_TEMPLATE).contains(&written.len())
        && written
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if fits {
        Ok(written.to_owned())
    } else {
        invalid(
            format!("a template's name: 1 to {LONGEST_TEMPLATE} of a-z, 0-9 and _"),
            value,
        )
    }
}

fn language(value: &Value) -> Parsed<String> {
    let written = text(value)?;
    let fits = (2..=16).contains(&written.len())
        && written
            .split('_')
            .all(|part| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    if fits {
        Ok(written.to_owned())
    } else {
        invalid(
            "a template's language as Meta writes it, such as \"en\" or \"pt_BR\"",
            value,
        )
    }
}

fn version(value: &Value) -> Parsed<String> {
    let written = text(value)?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fits = written
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor));
    if fits {
        Ok(written.to_owned())
    } else {
        invalid("a version of Meta's API, such as \"v23.0\"", value)
    }
}
