//! `[[organization.connection]]`: one configured account on a channel, by provider.

mod meta;

use super::address::{BaseUrl, api_base};
use super::document::Value;
use super::error::{Invalid, Problem};
use super::organization::id;
use super::reader::{Reader, Scope, Seen};
use super::secret::Secret;
use super::values::{Parsed, amount, flag, invalid, text};

pub use meta::{Meta, Template};

/// The placeholder for the organization's name in a welcome text.
const ORGANIZATION: &str = "{organization}";

/// The longest welcome text with the name filled in, in characters: what every provider of text messages takes.
const LONGEST_WELCOME: usize = 1600;

const DEFAULT_WELCOME: &str = "{organization}: somebody asked to go on with a chat here. Reply to continue; your answers show in \
                               that chat. Not you? Reply STOP.";

const TWILIO_API: &str = "https://api.twilio.com";

/// What this version can make: a channel by a provider.
const KINDS: [(&str, &str, Kind); 2] = [
    ("sms", "twilio", Kind::Twilio),
    ("whatsapp", "meta", Kind::Meta),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Twilio,
    Meta,
}

/// Keys of every connection.
const COMMON: [&str; 7] = [
    "id",
    "channel",
    "provider",
    "enabled",
    "price",
    "welcome_text",
    "api_base",
];

/// Keys of Twilio's.
const TWILIO: [&str; 9] = [
    "account_sid",
    "auth_token",
    "auth_token_env",
    "auth_token_file",
    "auth_token_2",
    "auth_token_2_env",
    "auth_token_2_file",
    "from",
    "messaging_service_sid",
];

/// One configured account on a channel.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Lower-case letters, digits and `-`; unique in the server. It names the webhook.
    pub id: String,
    /// The channel's word: `sms`, `whatsapp`.
    pub channel: String,
    /// Whether anything is sent by it.
    pub enabled: bool,
    /// What one segment costs, in whatever unit the organization counts in.
    pub price: f64,
    /// What a number is sent first, the organization's name filled in.
    pub welcome: String,
    /// Whose account it is, and how to use it.
    pub provider: Provider,
}

/// Whose account a connection is.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Twilio's Programmable Messaging.
    Twilio(Twilio),
    /// Meta's WhatsApp Cloud API.
    Meta(Meta),
}

/// An account at Twilio.
#[derive(Clone, Debug)]
pub struct Twilio {
    /// `AC…`
    pub account_sid: String,
    /// What requests are made with and webhooks are signed with.
    pub auth_token: Secret,
    /// A second token that signatures may be made with, while the first is rotated.
    pub auth_token_2: Option<Secret>,
    /// What messages are sent from.
    pub sender: Sender,
    /// Where the API is; Twilio's own path is appended.
    pub api_base: BaseUrl,
}

/// What messages are sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A number of ours in E.164 form.
    Number(String),
    /// A Messaging Service (`MG…`), which chooses among its numbers.
    Service(String),
}

impl Connection {
    /// The number of ours that it sends from, where it is one.
    #[must_use]
    pub fn own_number(&self) -> Option<&str> {
        match &self.provider {
            Provider::Twilio(Twilio {
                sender: Sender::Number(number),
                ..
            }) => Some(number),
            Provider::Twilio(Twilio {
                sender: Sender::Service(_),
                ..
            }) => None,
            Provider::Meta(meta) => Some(&meta.from),
        }
    }

    /// The template that its welcome goes out as.
    #[must_use]
    pub fn welcome_template(&self) -> Option<contract::TemplateUse> {
        let Provider::Meta(meta) = &self.provider else {
            return None;
        };
        let template = meta.welcome_template.as_ref()?;
        Some(contract::TemplateUse {
            id: template.name.clone(),
            language: template.language.clone(),
            variables: Vec::new(),
        })
    }

    /// The address of ours that its webhooks name: the number, or the provider's id of it.
    #[must_use]
    pub fn own_address(&self) -> Option<&str> {
        match &self.provider {
            Provider::Twilio(_) => self.own_number(),
            Provider::Meta(meta) => Some(&meta.phone_number_id),
        }
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
    let kind = kind(reader, scope)?;
    let keys = match kind {
        Kind::Twilio => &TWILIO[..],
        Kind::Meta => &meta::KEYS[..],
    };
    reader.only(scope, &[&COMMON[..], keys].concat());
    let id = reader.required(
        scope,
        "id",
        "a short name of a-z, 0-9 and -, such as \"acme-sms\"",
        id,
    );
    if let Some(id) = &id {
        reader.once(scope, "id", id.clone(), &mut unique.ids);
    }
    let channel = reader.required(scope, "channel", "\"sms\" or \"whatsapp\"", text_owned);
    reader.required(scope, "provider", "\"twilio\" or \"meta\"", text_owned);
    let provider = match kind {
        Kind::Twilio => twilio(reader, scope, unique).map(Provider::Twilio),
        Kind::Meta => meta::read(reader, scope, unique).map(Provider::Meta),
    };
    let enabled = reader.or(scope, "enabled", Value::Flag(true), flag);
    let price = reader.or(scope, "price", Value::Fraction(1.0), amount);
    let default = Value::Text(DEFAULT_WELCOME.to_owned());
    let welcome = reader.or(scope, "welcome_text", default, |value| {
        welcome(value, organization)
    });
    Some(Connection {
        id: id?,
        channel: channel?,
        enabled: enabled?,
        price: price?,
        welcome: welcome?,
        provider: provider?,
    })
}

/// What is to be made, if this version can. What is missing is told by whoever reads it.
fn kind(reader: &mut Reader<'_>, scope: &Scope<'_>) -> Option<Kind> {
    let (channel, provider) = (scope.word("channel"), scope.word("provider"));
    let on_channel: Vec<_> = KINDS
        .iter()
        .filter(|(has, ..)| channel.is_none_or(|word| word == *has))
        .collect();
    if let (Some(word), []) = (channel, &on_channel[..]) {
        let has = KINDS.iter().map(|(channel, ..)| *channel);
        reader.wrong(scope, "channel", none_of(has, word));
        return None;
    }
    let found = on_channel
        .iter()
        .find(|(_, has, _)| provider.is_none_or(|word| word == *has));
    if let (Some(word), None) = (provider, found) {
        let problem = match (channel, word) {
            (Some("whatsapp"), "twilio") => Problem::NotYet {
                value: "\"twilio\" for channel \"whatsapp\"".to_owned(),
                instead: "this version has channel \"whatsapp\" with provider \"meta\"",
            },
            _ => none_of(on_channel.iter().map(|(_, provider, _)| *provider), word),
        };
        reader.wrong(scope, "provider", problem);
    }
    found.map(|(.., kind)| *kind)
}

fn none_of<'a>(known: impl Iterator<Item = &'a str>, word: &str) -> Problem {
    let known: Vec<_> = known.map(|known| format!("{known:?}")).collect();
    Problem::Invalid(Invalid {
        expected: known.join(" or "),
        found: format!("{word:?}"),
    })
}

fn twilio(reader: &mut Reader<'_>, scope: &Scope<'_>, unique: &mut Unique) -> Option<Twilio> {
    let account_sid = reader.required(
        scope,
        "account_sid",
        "the account's SID, \"AC…\"",
        |value| sid(value, "AC"),
    );
    let auth_token = reader.secret(scope, "auth_token");
    if let Some(None) = auth_token {
        reader.wrong(
            scope,
            "auth_token",
            Problem::Missing("auth_token_env or auth_token_file"),
        );
    }
    let auth_token_2 = reader.secret(scope, "auth_token_2");
    let sender = sender(reader, scope);
    let api_base = reader.or(
        scope,
        "api_base",
        Value::Text(TWILIO_API.to_owned()),
        api_base,
    );
    if let (Some(account), Some(Sender::Number(number))) = (&account_sid, &sender) {
        // Two connections of one number could not tell whose an answer is.
        reader.once(
            scope,
            "from",
            format!("{number} of {account}"),
            &mut unique.senders,
        );
    }
    Some(Twilio {
        account_sid: account_sid?,
        auth_token: auth_token??,
        auth_token_2: auth_token_2?,
        sender: sender?,
        api_base: api_base?,
    })
}

fn sender(reader: &mut Reader<'_>, scope: &Scope<'_>) -> Option<Sender> {
    let number = reader.optional(scope, "from", e164);
    let service = reader.optional(scope, "messaging_service_sid", |value| sid(value, "MG"));
    match (number?, service?) {
        (Some(number), None) => Some(Sender::Number(number)),
        (None, Some(service)) => Some(Sender::Service(service)),
        (Some(_), Some(_)) => {
            reader.wrong(
                scope,
                "from",
                Problem::OneOf {
                    other: scope.key("messaging_service_sid"),
                },
            );
            None
        }
        (None, None) => {
            reader.wrong(
                scope,
                "from",
                Problem::Missing(
                    "a number of yours such as \"+15005550006\", or messaging_service_sid",
                ),
            );
            None
        }
    }
}

fn text_owned(value: &Value) -> Parsed<String> {
    text(value).map(str::to_owned)
}

/// Two letters and 32 hexadecimal digits at Twilio; a stand-in may count otherwise, so that only what would not fit in the path
/// of a request is refused.
fn sid(value: &Value, kind: &str) -> Parsed<String> {
    let written = text(value)?;
    let rest = written.strip_prefix(kind).unwrap_or_default();
    let fits = (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits {
        Ok(written.to_owned())
    } else {
        invalid(format!("{kind:?} and 32 letters and digits"), value)
    }
}

/// A number of ours is taken as it is written: whether it is in service only the provider knows, and test numbers are not.
fn e164(value: &Value) -> Parsed<String> {
    let written = text(value)?;
    let digits = written.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if fits {
        Ok(written.to_owned())
    } else {
        invalid(
            "a number with + and its country code, such as \"+15005550006\"",
            value,
        )
    }
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
