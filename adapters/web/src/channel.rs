//! What the web can do, as data. It has no provider: sending and receiving are the log's.

use std::borrow::Cow;
use std::sync::LazyLock;

use contract::{
    Accepted, Address, AddressError, BoxFuture, Capabilities, Channel, Failure, Outbound, Reason,
    Received, Reject, SendError, WebhookRequest,
};

/// Every character escaped, such a text still fits into one frame and one request body.
const TEXT_LIMIT: usize = 10_000;

static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| Capabilities {
    holds_connections: true,
    reports_delivered: true,
    reports_read: true,
    ..Capabilities::plain("web", TEXT_LIMIT)
});

/// The web, as a channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Web;

impl Channel for Web {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn address(&self, _raw: &str) -> Result<Address, AddressError> {
        Err(AddressError(Cow::Borrowed(
            "a chat window is reached by its visitor's token, not by an address",
        )))
    }

    fn receive(&self, _request: &WebhookRequest<'_>) -> Result<Received, Reject> {
        Err(Reject::Malformed(Cow::Borrowed(
            "the web channel takes no webhooks",
        )))
    }

    fn send<'a>(&'a self, _message: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>> {
        let failure = Failure {
            reason: Reason::Misconfigured,
            code: None,
            detail: "the web channel has no provider to send through".to_owned(),
        };
        Box::pin(async { Err(SendError::Rejected(failure)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_text_fits_into_a_frame_even_when_every_character_is_escaped() {
        let longest = serde_json::to_string(&"\u{1}".repeat(TEXT_LIMIT)).unwrap();
        assert!(
            longest.len() + 1_024 < crate::FRAME_LIMIT,
            "{}",
            longest.len()
        );
    }

    #[test]
    fn the_web_is_asked_for_no_address_and_has_no_provider() {
        let web = Web;
        assert!(web.capabilities().holds_connections);
        assert!(web.address("+15005550006").is_err());
    }
}
