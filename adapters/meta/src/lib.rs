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
//! | `words` | STOP, START and HELP |
//! | `status` | Meta's status words, in one table |
//! | `errors` | Meta's error codes, in one table |
//! | `json` | fields of what Meta sends, be they there or not |
//! | `rest` | one call to Meta, and what its failure means |
//! | `send` | create a message |
//!
//! Meta has no list of messages to ask, so there is no `find`: every message carries our id, and a send whose outcome is
//! unknown is settled by the callback that brings it back.

mod address;
pub mod config;
mod errors;
mod handshake;
mod json;
mod message;
mod rest;
mod send;
mod signature;
mod status;
mod webhook;
mod words;

use std::fmt;

use contract::provider::{Caller, SettingError};
use contract::{
    Accepted, Address, AddressError, AddressKind, BoxFuture, Capabilities, Channel, Opening,
    Outbound, Received, Reject, SendError, WebhookRequest,
};
use http::Method;

pub use config::{Config, PROVIDERS};

use handshake::Handshake;
use rest::Rest;
use signature::Verifier;

/// One number of a WhatsApp business account, as a channel.
pub struct Meta {
    capabilities: Capabilities,
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
            capabilities: whatsapp(),
            phone_number_id: config.phone_number_id.clone(),
            handshake: Handshake::new(&config.verify_token),
            verifier: Verifier::new(&config.app_secret, config.app_secret_2.as_deref()),
            rest: Rest::new(config, caller)?,
        })
    }
}

/// For so long after a person's message they may be sent free text (Meta's page "Send messages").
const WINDOW: i64 = 24 * 3_600_000;

/// What WhatsApp offers, through Meta.
fn whatsapp() -> Capabilities {
    Capabilities {
        asks: Some(AddressKind::Phone),
        reports_delivered: true,
        reports_read: true,
        window: Some(WINDOW),
        opens_with: Opening::Template,
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
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("phone_number_id", &self.phone_number_id)
            .finish_non_exhaustive()
    }
}
