//! Telegram through its Bot API: webhooks in, texts and files out.
//!
//! | module | its one job |
//! | --- | --- |
//! | [`config`] | what a connection is made of |
//! | `address` | the id of a chat → the address that is stored |
//! | `signature` | is this request Telegram's? |
//! | `webhook` | a verified request → its one update |
//! | `message` | one message → what a person said |
//! | `media` | what Telegram carries, and where it keeps what people sent |
//! | `errors` | Telegram's refusals, in one table |
//! | `json` | fields of what Telegram sends, be they there or not |
//! | `rest` | one call to Telegram, and what its failure means |
//! | `form` | a file and its fields as one body |
//! | `send` | send a message |
//! | `mark` | tell that somebody writes |
//!
//! A bot writes to nobody who has not written to it: people come by a link. Telegram tells nothing of what becomes of a message after
//! it has taken it, and has no list to ask, so there are no receipts and there is no `find`.

mod address;
pub mod config;
mod errors;
mod form;
mod json;
mod mark;
mod media;
mod message;
mod rest;
mod send;
mod signature;
mod webhook;

use std::borrow::Cow;
use std::fmt;

use contract::provider::{Caller, SettingError};
use contract::{
    Accepted, Address, AddressError, BoxFuture, Capabilities, Channel, Mark, MediaLink,
    MediaSource, Opening, Outbound, Received, Reject, SendError, WebhookRequest,
};

pub use config::{Config, PROVIDERS};

use rest::Rest;
use signature::Verifier;

/// The longest text behind `?start=` (Telegram's page "Bot features", *Deep linking*).
const LONGEST_START: usize = 64;

/// One bot, as a channel.
pub struct Telegram {
    capabilities: Capabilities,
    username: String,
    verifier: Verifier,
    rest: Rest,
}

impl Telegram {
    /// A connection that calls Telegram with `caller`.
    ///
    /// # Errors
    /// When the configuration could never work, with the key at fault.
    pub fn new(config: Config, caller: Caller) -> Result<Self, SettingError> {
        config.check()?;
        Ok(Self {
            capabilities: telegram(),
            username: config.bot_username.clone(),
            verifier: Verifier::new(&config.webhook_secret),
            rest: Rest::new(&config, caller)?,
        })
    }
}

/// What Telegram offers.
fn telegram() -> Capabilities {
    Capabilities {
        opens_with: Opening::Nothing,
        links: true,
        marks: true,
        media: Cow::Borrowed(media::RULES),
        uploads: true,
        ..Capabilities::plain("telegram", 4096)
    }
}

impl Channel for Telegram {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self, raw: &str) -> Result<Address, AddressError> {
        address::parse(raw)
    }

    fn receive(&self, request: &WebhookRequest<'_>) -> Result<Received, Reject> {
        self.verifier.verify(request)?;
        webhook::read(request.body, &self.username, self.rest.base())
    }

    fn send<'a>(&'a self, message: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>> {
        Box::pin(send::send(&self.rest, message))
    }

    fn link(&self, text: &str) -> Option<String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let fits = (1..=LONGEST_START).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| format!("https://t.me/{}?start={text}", self.username))
    }

    fn media<'a>(
        &'a self,
        media: &'a MediaLink,
    ) -> BoxFuture<'a, Result<Option<MediaSource>, SendError>> {
        Box::pin(media::source(&self.rest, media))
    }

    fn mark<'a>(&'a self, mark: &'a Mark) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(mark::mark(&self.rest, mark))
    }
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
