//! SMS through Twilio: signed webhooks in, messages and questions out.
//!
//! | module | its one job |
//! | --- | --- |
//! | [`config`] | what a connection is made of |
//! | `address` | what a person types → an E.164 number |
//! | `signature` | is this request Twilio's? |
//! | `form` | a request's parameters, decoded once, in the order they are signed |
//! | `webhook` | a verified request → messages and receipts |
//! | `words` | STOP, START and HELP |
//! | `status` | Twilio's status words, in one table |
//! | `errors` | Twilio's error codes, in one table |
//! | `rest` | one call to Twilio, and what its failure means |
//! | `send` | create a message |
//! | `find` | ask whether Twilio holds a message |

mod address;
pub mod config;
mod errors;
mod find;
mod form;
mod rest;
mod send;
mod signature;
mod status;
mod webhook;
mod words;

use std::fmt;

use contract::provider::{Caller, SettingError};
use contract::{
    Accepted, Address, AddressError, AddressKind, BoxFuture, Capabilities, Channel, Found,
    Outbound, Received, Reject, SendError, Wanted, WebhookRequest,
};

pub use config::{Config, PROVIDERS, Sender};

use rest::Rest;
use signature::Verifier;

/// One Twilio account's number or Messaging Service, as a channel for SMS.
pub struct Twilio {
    capabilities: Capabilities,
    sender: Sender,
    verifier: Verifier,
    rest: Rest,
}

impl Twilio {
    /// A connection that calls Twilio with `caller`.
    ///
    /// # Errors
    /// When the configuration could never work, with the key at fault.
    pub fn new(config: Config, caller: Caller) -> Result<Self, SettingError> {
        config.check()?;
        Ok(Self {
            capabilities: sms(),
            sender: config.sender.clone(),
            verifier: Verifier::new(&config.auth_token, config.auth_token_2.as_deref()),
            rest: Rest::new(config, caller)?,
        })
    }
}

/// What SMS offers, through Twilio.
fn sms() -> Capabilities {
    Capabilities {
        asks: Some(AddressKind::Phone),
        reports_delivered: true,
        finds: true,
        counts_segments: true,
        ..Capabilities::plain("sms", 1600)
    }
}

impl Channel for Twilio {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self, raw: &str) -> Result<Address, AddressError> {
        address::parse(raw)
    }

    fn receive(&self, request: &WebhookRequest<'_>) -> Result<Received, Reject> {
        let form = self.verifier.verify(request)?;
        webhook::read(form, request.url, &self.sender)
    }

    fn send<'a>(&'a self, message: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>> {
        Box::pin(send::send(&self.rest, &self.sender, message))
    }

    fn find<'a>(&'a self, wanted: &'a Wanted) -> BoxFuture<'a, Result<Found, SendError>> {
        Box::pin(find::find(&self.rest, &self.sender, wanted))
    }
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio")
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}
