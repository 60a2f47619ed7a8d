//! What a channel adapter promises to the gateway, and the only thing it may know of it.
//!
//! # To add a channel
//!
//! 1. Make a crate `adapters/<provider>` that depends on this one and on nothing else of ours.
//! 2. Describe the channel as data: its [`Capabilities`].
//! 3. Implement [`Channel`]: [`address`](Channel::address) (what the visitor typed → the one form we store),
//!    [`receive`](Channel::receive) (verify over the raw bytes, then parse; pure), [`send`](Channel::send) (one call, no
//!    retry, no sleep: name what happened in a [`SendError`]).
//! 4. Keep the provider's words (status words, error codes) in one table; an unknown word is kept and reported, never guessed.
//! 5. If the provider can be asked what it holds, implement [`find`](Channel::find): without it an unknown outcome can only
//!    wait for a callback.
//! 6. Put raw provider requests under `fixtures/<provider>/` and a row for each in the crate's table test.
//! 7. Register it: one line in `src/gateway/connections.rs`.
//!
//! An adapter never retries, sleeps, reads a clock, logs a secret or touches storage: it is told, it answers, and the core decides.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub mod nul;
#[cfg(feature = "testing")]
pub mod testing;

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
}

/// The kind of address that a channel is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// An E.164 telephone number.
    Phone,
}

/// An address in the one form we store and compare: `+15005550006` for a telephone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
        for media in &mut self.media {
            nul::mend(&mut media.url);
            nul::mend(&mut media.content_type);
        }
        nul::mend_fields(&mut self.extra);
    }
}

/// One message that a person wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound {
    /// The provider's id: unique for ever within the connection.
    pub provider_id: String,
    /// Who wrote.
    pub from: Address,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLink {
    /// Where the provider keeps it.
    pub url: String,
    /// What the provider says it is.
    pub content_type: String,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of our message.
    pub provider_id: String,
    /// Our own id, where the callback carries it back: it settles an unknown outcome.
    pub delivery: Option<String>,
    /// What happened.
    pub fate: Fate,
}

/// A provider's word on a message, in our words. Ordered by how far the message got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The provider has it.
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
            Self::Misconfigured => "misconfigured",
            Self::Other => "provider_refused",
        }
    }
}

/// One message to hand to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Our id of this delivery: the adapter makes the provider carry it back in callbacks.
    pub delivery: String,
    /// Whom it goes to.
    pub to: Address,
    /// The text, to be sent unchanged.
    pub text: String,
    /// Where the provider should post what becomes of it: `public_url` + `/webhooks/{connection}`, without our id.
    pub callback_url: String,
}

/// The provider has taken the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's id of it.
    pub provider_id: String,
    /// How far it has got already.
    pub fate: Fate,
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
