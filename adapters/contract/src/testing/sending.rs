//! The table of answers: what a provider says to a message, and what the channel makes of it.

use std::time::Duration;

use super::stand_in::StandIn;
use super::wire::Reply;
use crate::{Accepted, Channel, Fate, Outbound, Reason, SendError};

/// A message to send, and what must come of the provider's reply.
pub struct Sent {
    /// The rule, in words.
    pub rule: &'static str,
    /// What the provider replies.
    pub reply: Reply,
    /// What the adapter makes of it.
    pub gives: Outcome,
}

impl Sent {
    /// A row.
    #[must_use]
    pub fn row(rule: &'static str, reply: Reply, gives: Outcome) -> Self {
        Self { rule, reply, gives }
    }
}

/// What came of a send: the closed list of a program, without the sentences for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken, under this id.
    Accepted(&'static str, Fate),
    /// [`SendError::Rejected`], with the provider's code.
    Rejected(Reason, Option<&'static str>),
    /// [`SendError::Throttled`]
    Throttled(Option<Duration>),
    /// [`SendError::Unavailable`]
    Unavailable,
    /// [`SendError::OutcomeUnknown`]
    Unknown,
}

impl Outcome {
    /// Whether the adapter named what happened.
    #[must_use]
    pub fn is(&self, result: &Result<Accepted, SendError>) -> bool {
        match (self, result) {
            (Self::Accepted(id, fate), Ok(accepted)) => {
                accepted.provider_id == *id && accepted.fate == *fate
            }
            (Self::Rejected(reason, code), Err(SendError::Rejected(failure))) => {
                failure.reason == *reason && failure.code.as_deref() == *code
            }
            (Self::Throttled(wait), Err(SendError::Throttled { retry_after })) => {
                wait == retry_after
            }
            (Self::Unavailable, Err(SendError::Unavailable(_)))
            | (Self::Unknown, Err(SendError::OutcomeUnknown(_))) => true,
            _ => false,
        }
    }
}

/// Sends the message to a provider that replies as each row says. `connect` makes the channel for a provider at that base.
pub async fn send_table<C: Channel>(
    connect: impl Fn(&str) -> C,
    message: &Outbound,
    rows: Vec<Sent>,
) {
    for Sent { rule, reply, gives } in rows {
        let provider = StandIn::replying([reply]);
        let result = connect(&provider.base()).send(message).await;
        assert!(
            gives.is(&result),
            "{rule}: {result:?}, where {gives:?} was expected"
        );
        assert_eq!(
            provider.requests().len(),
            1,
            "{rule}: one call, at most one attempt"
        );
    }
}
