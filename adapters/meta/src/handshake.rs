//! The question that Meta asks of a new webhook: a `GET` that knows our token and wants its challenge back
//! (Meta's page "Create a webhook endpoint").

use std::borrow::Cow;

use contract::{Answer, Received, Reject};
use subtle::ConstantTimeEq as _;

/// Knows the token that we told Meta.
pub(crate) struct Handshake {
    verify_token: String,
}

impl Handshake {
    pub(crate) fn new(verify_token: &str) -> Self {
        Self {
            verify_token: verify_token.to_owned(),
        }
    }

    /// The challenge, for whoever knows the token.
    pub(crate) fn answer(&self, url: &str) -> Result<Received, Reject> {
        let token = parameter(url, "hub.verify_token").ok_or(Reject::Unsigned)?;
        let known = bool::from(token.as_bytes().ct_eq(self.verify_token.as_bytes()));
        if !known || parameter(url, "hub.mode").as_deref() != Some("subscribe") {
            return Err(Reject::BadSignature(
                "is verify_token the one that was typed at Meta?",
            ));
        }
        let challenge = parameter(url, "hub.challenge")
            .ok_or(Reject::Malformed("it has no hub.challenge".into()))?;
        Ok(Received {
            answer: Answer {
                content_type: Cow::Borrowed("text/plain; charset=utf-8"),
                body: Cow::Owned(challenge),
            },
            ..Received::default()
        })
    }
}

fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let found = form_urlencoded::parse(query.as_bytes()).find(|(other, _)| other == name);
    found.map(|(_, value)| value.into_owned())
}
