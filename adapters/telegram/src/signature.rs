//! Is this request Telegram's? It carries the secret that we gave with the webhook (Telegram's page "Bot API", *setWebhook*). Nothing
//! is signed by it: it shows who calls, and TLS keeps what they say.

use contract::{Reject, WebhookRequest};
use subtle::ConstantTimeEq as _;

const HEADER: &str = "x-telegram-bot-api-secret-token";

/// Knows the secret.
pub(crate) struct Verifier {
    secret: String,
}

impl Verifier {
    pub(crate) fn new(secret: &str) -> Self {
        Self {
            secret: secret.to_owned(),
        }
    }

    /// Whether the request carries the secret, in constant time.
    pub(crate) fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), Reject> {
        let given = request.headers.get(HEADER).ok_or(Reject::Unsigned)?;
        let known = given.as_bytes().ct_eq(self.secret.as_bytes());
        if known.into() {
            Ok(())
        } else {
            Err(Reject::BadSignature(
                "is webhook_secret the one that setWebhook was called with?",
            ))
        }
    }
}
