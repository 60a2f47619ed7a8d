//! WhatsApp through Meta's Cloud API: signed webhooks in, texts and templates out.
//!
//! | module | its one job |
//! | --- | --- |
//! | [`config`] | what a connection is made of |
//! | `address` | what a person types, or Meta calls them → the address that is stored |
//! | `handshake` | the question that Meta asks of a new webhook |
//! | `signature` | is this request Meta's? |
//! | `webhook` | a verified request → its messages and receipts, one by one |
//! | `message` | one message → what a person said |
//! | `media` | what WhatsApp carries, and where Meta keeps what people sent |
//! | `status` | Meta's status words, in one table |
//! | `errors` | Meta's error codes, in one table |
//! | `json` | fields of what Meta sends, be they there or not |
//! | `rest` | one call to Meta, and what its failure means |
//! | `send` | create a message |
//! | `mark` | tell that a message was read, or that somebody writes |
//! | `templates` | list what Meta has approved |
//!
//! Meta has no list of messages to ask, so there is no `find`: every message carries our id, and a send whose outcome is
//! unknown is settled by the callback that brings it back.

mod address;
pub mod config;
mod errors;
mod handshake;
mod json;
mod mark;
mod media;
mod message;
mod rest;
mod send;
mod signature;
mod status;
mod templates;
mod webhook;

use std::borrow::Cow;
use std::fmt;

use contract::provider::{Caller, SettingError};
use contract::{
    Accepted, Address, AddressError, AddressKind, BoxFuture, Capabilities, Channel, Mark,
    MediaLink, MediaSource, Opening, Outbound, Received, Reject, SendError, Template,
    WebhookRequest,
};
use http::Method;

pub use config::{Config, PROVIDERS};

use handshake::Handshake;
use rest::Rest;
use signature::Verifier;

/// One number of a WhatsApp business account, as a channel.
pub struct Meta {
    capabilities: Capabilities,
    number: String,
    business_account_id: Option<String>,
    phone_number_id: String,
    handshake: Handshake,
    verifier: Verifier,
    rest: Rest,
}

impl Meta {
    /// A connection that calls Meta with `caller`.
    ///
    /// # Errors
    /// When the configuration could never work, with the key at fault.
    pub fn new(config: Config, caller: Caller) -> Result<Self, SettingError> {
        config.check()?;
        Ok(Self {
            capabilities: Capabilities {
                lists_templates: config.business_account_id.is_some(),
                ..whatsapp()
            },
            number: config.from.clone(),
            business_account_id: config.business_account_id.clone(),
            phone_number_id: config.phone_number_id.clone(),
            handshake: Handshake::new(&config.verify_token),
            verifier: Verifier::new(&config.app_secret, config.app_secret_2.as_deref()),
            rest: Rest::new(config, caller)?,
        })
    }
}

/// What WhatsApp offers, through Meta.
fn whatsapp() -> Capabilities {
    Capabilities {
        asks: Some(AddressKind::Phone),
        reports_delivered: true,
        reports_read: true,
        window: Some(contract::whatsapp::WINDOW),
        opens_with: Opening::Template,
        links: true,
        marks: true,
        media: Cow::Borrowed(media::RULES),
        ..Capabilities::plain("whatsapp", 4096)
    }
}

impl Channel for Meta {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self, raw: &str) -> Result<Address, AddressError> {
        address::parse(raw)
    }

    fn receive(&self, request: &WebhookRequest<'_>) -> Result<Received, Reject> {
        if *request.method == Method::GET {
            return self.handshake.answer(request.url);
        }
        self.verifier.verify(request)?;
        webhook::read(request.body, self.rest.graph())
    }

    fn send<'a>(&'a self, message: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>> {
        Box::pin(send::send(&self.rest, message))
    }

    fn link(&self, text: &str) -> Option<String> {
        Some(contract::link::whatsapp(&self.number, text))
    }

    fn templates(&self) -> BoxFuture<'_, Result<Vec<Template>, SendError>> {
        Box::pin(async {
            match &self.business_account_id {
                Some(account) => templates::list(&self.rest, account).await,
                None => Ok(Vec::new()),
            }
        })
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

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("phone_number_id", &self.phone_number_id)
            .finish_non_exhaustive()
    }
}
