//! What a provider tells us: what people wrote, and what became of what we sent.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Address, Millis, nul};

/// A webhook as it came in.
#[derive(Clone, Copy, Debug)]
pub struct WebhookRequest<'a> {
    /// `GET` or `POST`.
    pub method: &'a http::Method,
    /// The whole URL as the provider was told it: configured `public_url` + path + raw query, never from headers.
    pub url: &'a str,
    /// The headers as received.
    pub headers: &'a http::HeaderMap,
    /// The body's raw bytes.
    pub body: &'a Bytes,
}

/// What one webhook told us.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Messages that people wrote.
    pub messages: Vec<Inbound>,
    /// What became of messages that we sent.
    pub receipts: Vec<Receipt>,
    /// People whose address has changed.
    pub moves: Vec<Move>,
    /// Elements that we verified but could not read: recorded and counted, never guessed at.
    pub odd: Vec<String>,
    /// What to answer once everything above is committed.
    pub answer: Answer,
}

/// The body that a provider expects on success.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its media type; empty for none.
    pub content_type: Cow<'static, str>,
    /// The body itself.
    pub body: Cow<'static, str>,
}

impl Inbound {
    /// Mends what cannot be stored as it came: see [`nul`].
    pub fn mend(&mut self) {
        for text in [
            &mut self.provider_id,
            &mut self.from.0,
            &mut self.to,
            &mut self.text,
        ] {
            nul::mend(text);
        }
        for text in self
            .name
            .iter_mut()
            .chain(self.also.iter_mut().map(|form| &mut form.0))
        {
            nul::mend(text);
        }
        for media in &mut self.media {
            nul::mend(&mut media.url);
            nul::mend(&mut media.content_type);
        }
        nul::mend_fields(&mut self.extra);
    }
}

/// One message that a person wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inbound {
    /// The provider's id: unique for ever within the connection.
    pub provider_id: String,
    /// Who wrote: the provider's own id of them where it gives one, else their number. An answer goes there.
    pub from: Address,
    /// What else the provider calls the same person: their number beside an id, an older form.
    pub also: Vec<Address>,
    /// What they call themselves there.
    pub name: Option<String>,
    /// When they wrote it, by the provider's clock, if it says so.
    pub at: Option<Millis>,
    /// Our own address that it was written to, as the provider names it (a number, a service id).
    pub to: String,
    /// The text, unchanged; empty for media alone.
    pub text: String,
    /// Media that came along, as links at the provider.
    pub media: Vec<MediaLink>,
    /// Whether it is an opt-out, opt-in or help word, by the provider's rules.
    pub word: Option<ConsentWord>,
    /// The provider has answered the consent word already: never answer it again.
    pub word_answered: bool,
    /// Everything else the provider sent, kept as it came.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// Media at the provider, not fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLink {
    /// Where the provider keeps it.
    pub url: String,
    /// What the provider says it is.
    pub content_type: String,
    /// What its sender called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where the bytes of media are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaSource {
    /// To be asked with `GET`.
    pub url: String,
    /// The `Authorization` that it wants, for its own host alone.
    pub authorization: Option<String>,
    /// Hosts of the provider that may have it; one that begins with a dot stands for all below it. Any other is not asked.
    pub hosts: Cow<'static, [&'static str]>,
}

/// A person whose address has changed: what led to them leads to the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// What they were called.
    pub from: Address,
    /// What they are called now.
    pub to: Address,
    /// Our own address that was told, as the provider names it.
    pub own: String,
}

/// A word that changes or asks about consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentWord {
    /// Stop writing to me.
    OptOut,
    /// You may write to me again.
    OptIn,
    /// Who is this?
    Help,
}

/// What became of a message that we sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of our message.
    pub provider_id: String,
    /// Our own address that it was sent from, as the provider names it, if it says so.
    pub own: Option<String>,
    /// What the provider calls the person it went to, the first of which is the best: a new id, a number in another form.
    pub also: Vec<Address>,
    /// Our own id, where the callback carries it back: it settles an unknown outcome.
    pub delivery: Option<String>,
    /// What happened.
    pub fate: Fate,
}

/// A provider's word on a message, in our words. Ordered by how far the message got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// The provider has it.
    #[default]
    Accepted,
    /// It left the provider.
    Sent,
    /// It reached the device.
    Delivered,
    /// A person opened it.
    Read,
    /// It will not arrive.
    Failed(Failure),
    /// A word we do not know: recorded, changes nothing.
    Unknown(String),
}

/// Why a message was not or will not be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reason in our closed list.
    pub reason: Reason,
    /// The provider's own code, for the operator and the log.
    pub code: Option<String>,
    /// The provider's own words, for the log.
    pub detail: String,
}

/// Why a provider would not take or deliver a message: one closed list for every channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// There is no such recipient on this channel, or it cannot receive.
    BadRecipient,
    /// The recipient has opted out.
    OptedOut,
    /// The recipient could not be reached just now.
    Unreachable,
    /// The text or media is not acceptable.
    BadContent,
    /// A carrier or the provider filtered it.
    Filtered,
    /// Only a template may be sent now.
    WindowClosed,
    /// The template is gone, not approved, or its variables do not fit.
    Template,
    /// Our sender, account or credentials are at fault.
    Misconfigured,
    /// The provider gave a code we do not know.
    Other,
}

impl Reason {
    /// The word used in the API and the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRecipient => "bad_recipient",
            Self::OptedOut => "opted_out",
            Self::Unreachable => "unreachable_handset",
            Self::BadContent => "bad_content",
            Self::Filtered => "filtered",
            Self::WindowClosed => "window_closed",
            Self::Template => "template",
            Self::Misconfigured => "misconfigured",
            Self::Other => "provider_refused",
        }
    }
}

/// Why a webhook is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// There is no signature, and no secret in its place.
    #[error("the request carries nothing that shows it to be the provider's")]
    Unsigned,
    /// The signature, or the secret, is not the provider's; and what to look at.
    #[error("the request is not shown to be the provider's: {0}")]
    BadSignature(&'static str),
    /// Signed, but not a request of this provider.
    #[error("the request cannot be read: {0}")]
    Malformed(Cow<'static, str>),
}
