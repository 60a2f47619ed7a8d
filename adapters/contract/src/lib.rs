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

use std::future::Future;
use std::pin::Pin;

mod address;
#[cfg(feature = "call")]
pub mod call;
mod capabilities;
mod heard;
pub mod link;
pub mod nul;
#[cfg(feature = "call")]
pub mod provider;
mod said;
#[cfg(feature = "testing")]
pub mod testing;
pub mod whatsapp;
pub mod words;

pub use address::*;
pub use capabilities::*;
pub use heard::*;
pub use said::*;

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
