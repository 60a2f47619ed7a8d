//! SMS and WhatsApp through Twilio: signed webhooks in, messages and questions out.
//!
//! | module | its one job |
//! | --- | --- |
//! | [`config`] | what a connection is made of |
//! | `kind` | SMS and WhatsApp: all in which they differ |
//! | `address` | what a person types → an E.164 number |
//! | `signature` | is this request Twilio's? |
//! | `form` | a request's parameters, decoded once, in the order they are signed |
//! | `webhook` | a verified request → messages and receipts |
//! | `status` | Twilio's status words, in one table |
//! | `errors` | Twilio's error codes, in one table |
//! | `rest` | one call to Twilio, and what its failure means |
//! | `send` | create a message |
//! | `find` | ask whether Twilio holds a message |
//! | `inbound` | ask what people wrote |
//! | `templates` | list what WhatsApp has approved |
//! | `time` | when a message was made |

mod address;
pub mod config;
mod errors;
mod find;
mod form;
mod inbound;
mod kind;
mod rest;
mod send;
mod signature;
mod status;
mod templates;
mod time;
mod webhook;

use std::borrow::Cow;
use std::fmt;

use contract::provider::{Caller, SettingError};
use contract::{
    Accepted, Address, AddressError, BoxFuture, Capabilities, Channel, Found, Inbound, Mark,
    MediaLink, MediaSource, Millis, Outbound, Received, Reject, SendError, Template, Wanted,
    WebhookRequest,
};
use serde_json::json;

pub use config::{Config, PROVIDERS, Sender};
pub use kind::Kind;

use config::Line;
use rest::Rest;
use signature::Verifier;

/// One Twilio account's number or Messaging Service, as a channel.
pub struct Twilio {
    capabilities: Capabilities,
    line: Line,
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
            capabilities: config.kind.capabilities(&config.sender),
            line: Line {
                kind: config.kind,
                sender: config.sender.clone(),
            },
            verifier: Verifier::new(&config.auth_token, config.auth_token_2.as_deref()),
            rest: Rest::new(config, caller)?,
        })
    }
}

/// Where Twilio serves files from: its API leads there, and wants no header on the way.
const STORES: &[&str] = &[
    "api.twilio.com",
    ".twiliocdn.com",
    "s3-external-1.amazonaws.com",
];

impl Channel for Twilio {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self, raw: &str) -> Result<Address, AddressError> {
        self.line.kind.address(raw)
    }

    fn receive(&self, request: &WebhookRequest<'_>) -> Result<Received, Reject> {
        let form = self.verifier.verify(request)?;
        webhook::read(form, request.url, &self.line)
    }

    fn send<'a>(&'a self, message: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>> {
        Box::pin(send::send(&self.rest, &self.line, message))
    }

    fn find<'a>(&'a self, wanted: &'a Wanted) -> BoxFuture<'a, Result<Found, SendError>> {
        Box::pin(find::find(&self.rest, &self.line, wanted))
    }

    fn link(&self, text: &str) -> Option<String> {
        let number = self.line.sender.number()?;
        Some(self.line.kind.link(number, text))
    }

    fn templates(&self) -> BoxFuture<'_, Result<Vec<Template>, SendError>> {
        Box::pin(async {
            match self.line.kind {
                Kind::Sms => Ok(Vec::new()),
                Kind::WhatsApp => templates::list(&self.rest).await,
            }
        })
    }

    fn inbound_since(&self, since: Millis) -> BoxFuture<'_, Result<Vec<Inbound>, SendError>> {
        Box::pin(inbound::since(&self.rest, &self.line, since))
    }

    /// The link of a file is where Twilio keeps it; only this account's is told our token.
    fn media<'a>(
        &'a self,
        media: &'a MediaLink,
    ) -> BoxFuture<'a, Result<Option<MediaSource>, SendError>> {
        let source = self.rest.is_media(&media.url).then(|| MediaSource {
            url: media.url.clone(),
            authorization: Some(self.rest.basic()),
            hosts: Cow::Borrowed(STORES),
        });
        Box::pin(async { Ok(source) })
    }

    /// Twilio marks a message as read together with typing and not without: of reading alone nothing is told.
    fn mark<'a>(&'a self, mark: &'a Mark) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let (Kind::WhatsApp, Mark::Typing { provider_id, .. }) = (self.line.kind, mark) else {
                return Ok(());
            };
            let body = json!({ "channel": "WHATSAPP", "messageId": provider_id });
            self.rest.typing(&body).await.map(drop)
        })
    }
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio")
            .field("kind", &self.line.kind)
            .field("sender", &self.line.sender)
            .finish_non_exhaustive()
    }
}
