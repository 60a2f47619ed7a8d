//! How far a message has got.

use serde::Serialize;
use utoipa::ToSchema;

use super::Scene;
use crate::core::delivery::State;
use crate::core::event::{Message, Outgoing, Reach};
use crate::core::{Actor, Seq};
use crate::store::conversations::Cursors;
use crate::store::outbox::words_of;

/// How far a message has got. It only ever moves forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivery {
    /// `held`, `queued`, `sent`, `uncertain`, `failed`, `delivered`, `read` or `withdrawn`.
    pub state: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl Delivery {
    /// Of a message that the log itself carries.
    #[must_use]
    pub fn as_seen(state: State) -> Self {
        Self {
            state: words_of(state).0,
            reason: None,
        }
    }
}

impl Scene<'_> {
    /// How far a message has got: on a remote leg as its way says, else as the other side has seen and read.
    #[must_use]
    pub fn delivery(&self, seq: Seq, message: &Message, on_its_way: Option<State>) -> Delivery {
        let state = match message.outgoing {
            Some(outgoing) => on_its_way.unwrap_or(match outgoing {
                Outgoing::Queued => State::Queued,
                Outgoing::Held => State::Held,
            }),
            None => seen_state(seq, message.author, self.stored.cursors),
        };
        match state {
            State::Failed(reason) => Delivery {
                state: "failed",
                reason: Some(self.reason(reason)),
            },
            state => Delivery::as_seen(state),
        }
    }

    /// An operator's words in the window that no view had shown when the chat went on elsewhere.
    #[must_use]
    pub fn not_seen(&self, seq: Seq, message: &Message) -> bool {
        let state = &self.stored.state;
        let elsewhere = state
            .active()
            .is_none_or(|(_, leg)| leg.reach == Reach::Remote);
        matches!(message.author, Actor::Operator(_))
            && state.view() == Some(message.leg)
            && elsewhere
            && seq > self.stored.cursors.visitor_seen
    }
}

/// How far a message has got where the log itself is the way.
#[must_use]
pub fn seen_state(seq: Seq, author: Actor, cursors: Cursors) -> State {
    let (seen, read) = match author {
        Actor::Visitor => (cursors.operator_seen, cursors.operator_read),
        Actor::Operator(_) | Actor::System => (cursors.visitor_seen, cursors.visitor_read),
    };
    if seq <= read {
        State::Read
    } else if seq <= seen {
        State::Delivered
    } else {
        State::Sent
    }
}
