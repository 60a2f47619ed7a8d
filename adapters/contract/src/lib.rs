//! What a channel adapter promises to the gateway, and the only thing it may know of it.
//!
//! # To add a channel
//!
//! 1. Make a crate `adapters/<provider>` that depends on this one and on nothing else of ours.
//! 2. Describe the channel as data: its [`Capabilities`].
//! 3. Implement [`Channel`]: [`address`](Channel::address) (what the visitor typed → the one form we store),
//!    [`receive`](Channel::receive) (verify over the raw bytes, then parse; pure), [`send`](Channel::send) (one call, no
//!    retry, no sleep: name what happened in a [`SendError`]; over HTTP, the feature `call` makes it).
//! 4. Keep the provider's words (status words, error codes) in one table; an unknown word is kept and reported, never guessed.
//! 5. If the provider can be asked what it holds, implement [`find`](Channel::find): without it an unknown outcome can only
//!    wait for a callback.
//! 6. Implement what else the provider has, each with its capability: [`link`](Channel::link), [`templates`](Channel::templates),
//!    [`inbound_since`](Channel::inbound_since), [`media`](Channel::media), [`mark`](Channel::mark).
//! 7. Put raw provider requests under `fixtures/<provider>/` and a row for each in the crate's table test.
//! 8. Say how it is configured: a [`Provider`](provider::Provider) with the keys of its table and what is made of them.
//! 9. Register it: one line in `src/providers.rs`.
//!
//! An adapter never retries, sleeps, reads a clock, logs a secret or touches storage: it is told, it answers, and the core decides.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

#[cfg(feature = "call")]
pub mod call;
pub mod link;
pub mod nul;
#[cfg(feature = "call")]
pub mod provider;
#[cfg(feature = "testing")]
pub mod testing;
pub mod whatsapp;
pub mod words;

/// A future that an object-safe trait can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Milliseconds since the Unix epoch, UTC: the one unit of time that crosses this seam.
pub type Millis = i64;

/// One configured account on a channel: a Twilio number, a WhatsApp phone-number id, a web widget.
pub trait Channel: Send + Sync + 'static {
    /// What this connection can do, as data. The core and the front ends ask nothing else about a channel.
    fn capabilities(&self) -> &Capabilities;

    /// The one form in which we store what a person typed or a provider sent as an address of this channel.
    ///
    /// # Errors
    /// When the text alone shows that it cannot be an address of this channel.
    fn address(&self, raw: &str) -> Result<Address, AddressError>;

    /// Verifies a webhook over its raw bytes and parses it. Pure: no clock, no storage, no network.
    ///
    /// # Errors
    /// When the request is not proven to come from the provider, or cannot be read at all. One odd element never fails its
    /// batch: it goes to [`Received::odd`].
    fn receive(&self, request: &WebhookRequest<'_>) -> Result<Received, Reject>;

    /// Hands one message to the provider: one call, at most one attempt.
    fn send<'a>(&'a self, message: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>>;

    /// Asks the provider whether it holds a message whose outcome we do not know. Only where [`Capabilities::finds`].
    fn find<'a>(&'a self, wanted: &'a Wanted) -> BoxFuture<'a, Result<Found, SendError>> {
        let _ = wanted;
        Box::pin(async { Ok(Found::CannotTell) })
    }

    /// A link that opens a person's own program with that text written and us as the recipient: what they send is theirs. Only where
    /// [`Capabilities::links`]; pure.
    fn link(&self, text: &str) -> Option<String> {
        let _ = text;
        None
    }

    /// What the provider has approved to be sent to people who have not written lately. Only where [`Capabilities::lists_templates`].
    fn templates(&self) -> BoxFuture<'_, Result<Vec<Template>, SendError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What people wrote to us since a time, by the provider's own list, the oldest first, so that what no webhook brought is not
    /// lost. Only where [`Capabilities::lists_inbound`].
    fn inbound_since(&self, since: Millis) -> BoxFuture<'_, Result<Vec<Inbound>, SendError>> {
        let _ = since;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Where the bytes of media are that a message brought, and with what they are asked for. The gateway fetches them, guarded. `None`:
    /// they are gone, or were never ours.
    fn media<'a>(
        &'a self,
        media: &'a MediaLink,
    ) -> BoxFuture<'a, Result<Option<MediaSource>, SendError>> {
        let _ = media;
        Box::pin(async { Ok(None) })
    }

    /// Tells a person that their message was read, or that somebody writes to them. Only where [`Capabilities::marks`].
    fn mark<'a>(&'a self, mark: &'a Mark) -> BoxFuture<'a, Result<(), SendError>> {
        let _ = mark;
        Box::pin(async { Ok(()) })
    }
}

/// What a channel offers. Differences between channels are these fields and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// The channel's word in configuration, API and log (`web`, `sms`, …).
    pub channel: Cow<'static, str>,
    /// We hold the visitor's live connections ourselves: a leg is always usable, needs no welcome, and is a view of the log.
    pub holds_connections: bool,
    /// What a visitor must give to be reached here, if anything.
    pub asks: Option<AddressKind>,
    /// The longest text of one message, in Unicode characters.
    pub text_limit: usize,
    /// The provider reports delivery to the device.
    pub reports_delivered: bool,
    /// The provider reports that a person opened the message.
    pub reports_read: bool,
    /// [`Channel::find`] can settle an unknown outcome.
    pub finds: bool,
    /// Text is billed by segments (GSM-7 / UCS-2): the console shows the count.
    pub counts_segments: bool,
    /// For how long after a person's message free text may be sent to them; outside, only a template. None: at any time.
    pub window: Option<Millis>,
    /// What somebody who has not written may be sent first.
    pub opens_with: Opening,
    /// [`Channel::link`] leads a person to write to us first.
    pub links: bool,
    /// [`Channel::templates`] lists what has been approved.
    pub lists_templates: bool,
    /// [`Channel::inbound_since`] lists what people wrote, for what no webhook brought.
    pub lists_inbound: bool,
    /// [`Channel::mark`] tells a person that their message was read, or that somebody writes.
    pub marks: bool,
    /// The media that it carries; what it does not goes as a link.
    pub media: Cow<'static, [MediaRule]>,
    /// How many files go with one message; the others go as links in its text.
    pub media_at_once: usize,
    /// Media go with their bytes, and not by a link that the provider fetches.
    pub uploads: bool,
}

impl Capabilities {
    /// A channel of that name that takes text of that length, at any time, and nothing else: the rest is said with `..`.
    #[must_use]
    pub const fn plain(channel: &'static str, text_limit: usize) -> Self {
        Self {
            channel: Cow::Borrowed(channel),
            holds_connections: false,
            asks: None,
            text_limit,
            reports_delivered: false,
            reports_read: false,
            finds: false,
            counts_segments: false,
            window: None,
            opens_with: Opening::Text,
            links: false,
            lists_templates: false,
            lists_inbound: false,
            marks: false,
            media: Cow::Borrowed(&[]),
            media_at_once: 1,
            uploads: false,
        }
    }

    /// Whether it depends on what a person wrote, and when, what they may be sent.
    #[must_use]
    pub fn bounds_free_text(&self) -> bool {
        self.window.is_some() || self.opens_with != Opening::Text
    }

    /// Whether a file can go as what it is. Its type is compared without parameters, in any case.
    #[must_use]
    pub fn carries(&self, content_type: &str, bytes: u64) -> bool {
        self.rule_for(content_type, bytes).is_some()
    }

    /// The rule by which a file can go as what it is, if it can.
    #[must_use]
    pub fn rule_for(&self, content_type: &str, bytes: u64) -> Option<&MediaRule> {
        let bare = content_type.split(';').next().unwrap_or_default().trim();
        let family = bare.split('/').next().unwrap_or_default();
        self.media.iter().find(|rule| {
            bytes <= rule.limit
                && match rule.content_type.strip_suffix("/*") {
                    Some(of) => of.eq_ignore_ascii_case(family),
                    None => bare.eq_ignore_ascii_case(&rule.content_type),
                }
        })
    }
}

/// What somebody who has not written yet may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// Any text.
    Text,
    /// A template that the provider has approved.
    Template,
    /// Nothing: they must write first.
    Nothing,
}

/// A kind of file that a channel carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaRule {
    /// `image/png`, or `image/*` for all of a family.
    pub content_type: Cow<'static, str>,
    /// The largest, in bytes.
    pub limit: u64,
    /// The longest text that goes with it, in Unicode characters, where that is less than of any message; 0: it goes without words.
    pub caption: Option<usize>,
}

impl MediaRule {
    /// A rule of that type and limit.
    #[must_use]
    pub const fn new(content_type: &'static str, limit: u64) -> Self {
        Self {
            content_type: Cow::Borrowed(content_type),
            limit,
            caption: None,
        }
    }

    /// The same with no more than so much text beside it.
    #[must_use]
    pub const fn captioned(mut self, limit: usize) -> Self {
        self.caption = Some(limit);
        self
    }
}

/// The kind of address that a channel is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// An E.164 telephone number.
    Phone,
}

/// An address in the one form we store and compare: `+15005550006` for a telephone.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(pub String);

impl Address {
    /// The address as the provider wants it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    /// Masked, so that no log line or panic shows a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

/// A telephone number or other address with its middle hidden: `+1500•••0006` becomes readable enough to tell two apart.
#[must_use]
pub fn mask(address: &str) -> String {
    let chars: Vec<char> = address.chars().collect();
    if chars.len() < 8 {
        return "•".repeat(chars.len());
    }
    let head: String = chars[..4].iter().collect();
    let tail: String = chars[chars.len() - 2..].iter().collect();
    format!("{head}{}{tail}", "•".repeat(chars.len() - 6))
}

/// Why a text is not an address. The sentence is for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(pub Cow<'static, str>);

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

/// Something that a person is told which is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Their message was read, and those before it.
    Read {
        /// The provider's id of their message.
        provider_id: String,
        /// Who wrote it.
        to: Address,
    },
    /// Somebody writes to them.
    Typing {
        /// The provider's id of their last message.
        provider_id: String,
        /// Whom it goes to.
        to: Address,
    },
}

/// A message that the provider has approved beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// What it is called at the provider: a name, a `ContentSid`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its language, as the provider writes it.
    pub language: String,
    /// What it is for, as the provider says: `utility`, `marketing`, …
    pub category: String,
    /// It may be sent now.
    pub approved: bool,
    /// The provider's own word for how far its approval is.
    pub status: String,
    /// Its text, each variable as `{{name}}`.
    pub body: String,
    /// The names of its variables, in order, each once.
    pub variables: Vec<String>,
}

impl Template {
    /// The names of the variables of a text, in order, each once: what stands between `{{` and `}}`.
    #[must_use]
    pub fn variables_of(body: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in body.split("{{").skip(1) {
            let Some((name, _)) = part.split_once("}}") else {
                continue;
            };
            if !name.is_empty() && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// The text with its variables filled in: what the person will read. None where one is missing or left empty.
    #[must_use]
    pub fn preview(&self, variables: &[(String, String)]) -> Option<String> {
        let mut text = self.body.clone();
        for wanted in &self.variables {
            let (_, value) = variables
                .iter()
                .find(|(name, value)| name == wanted && !value.trim().is_empty())?;
            text = text.replace(&format!("{{{{{wanted}}}}}"), value);
        }
        Some(text)
    }
}

/// A template as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TemplateUse {
    /// What it is called at the provider.
    pub id: String,
    /// Its language.
    pub language: String,
    /// The names of its variables and what they stand for, in order.
    pub variables: Vec<(String, String)>,
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundMedia {
    /// What it is.
    pub content_type: String,
    /// What it is called.
    pub name: String,
    /// Where anybody can fetch it for a short time.
    pub link: String,
    /// Its bytes; only where [`Capabilities::uploads`].
    pub bytes: Option<Bytes>,
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

/// One message to hand to the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbound {
    /// Our id of this delivery: the adapter makes the provider carry it back in callbacks.
    pub delivery: String,
    /// Whom it goes to.
    pub to: Address,
    /// The text, to be sent unchanged; of a template, what the person will read.
    pub text: String,
    /// The template that the text is of.
    pub template: Option<TemplateUse>,
    /// Files that go with it; each is one that the channel carries.
    pub media: Vec<OutboundMedia>,
    /// Where the provider should post what becomes of it: `public_url` + `/webhooks/{connection}`, without our id.
    pub callback_url: String,
}

/// The provider has taken the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's id of it.
    pub provider_id: String,
    /// How far it has got already.
    pub fate: Fate,
    /// What the provider calls the person it goes to, the first of which is the best.
    pub also: Vec<Address>,
}

/// What can go wrong with a call to the provider. The variant says whether trying again may help and is safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// A definite no: never tried again.
    #[error("refused: {}", .0.detail)]
    Rejected(Failure),
    /// Not processed, come back later: safe to try again.
    #[error("throttled")]
    Throttled {
        /// As the provider asked, if it did.
        retry_after: Option<Duration>,
    },
    /// The request never reached the provider: safe to try again.
    #[error("not reached: {0}")]
    Unavailable(String),
    /// The provider may or may not have it: never repeated blindly.
    #[error("outcome unknown: {0}")]
    OutcomeUnknown(String),
}

/// A message whose outcome we do not know, as the provider would list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whom it went to.
    pub to: Address,
    /// Its text.
    pub text: String,
    /// Not handed over before this time.
    pub since: Millis,
    /// Provider ids that are known to be other messages of ours.
    pub known: Vec<String>,
}

/// What the provider's list says of a wanted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has it.
    There(Accepted),
    /// It answered, and does not have it.
    Absent,
    /// It could not be asked, or two messages fit.
    CannotTell,
}

/// Why a webhook is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// There is no signature.
    #[error("the request carries no signature")]
    Unsigned,
    /// The signature is not the provider's over these bytes and this URL.
    #[error(
        "the signature does not match this body and URL; is public_url what the provider calls?"
    )]
    BadSignature,
    /// Signed, but not a request of this provider.
    #[error("the request cannot be read: {0}")]
    Malformed(Cow<'static, str>),
}
