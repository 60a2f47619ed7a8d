//! How things look from outside, to whom: what a reader may not see is not in what is written here.
//!
//! * [`conversation`]: a conversation as it stands
//! * [`event`]: an entry of its log
//! * [`delivery`]: how far a message has got
//! * [`lead`]: a lead
//! * [`attachment`]: a file that goes with a message

pub mod attachment;
pub mod conversation;
pub mod delivery;
pub mod event;
pub mod lead;
#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

use crate::core::event::{Lost, Reach};
use crate::core::{Actor, Leg, LegId, OperatorId, Reason, Timestamp};
use crate::gateway::Caller;
use crate::gateway::connections::Organization;
use crate::store::conversations::Stored;
use crate::store::outbox::reason_word;
use crate::store::tickets::Pass;
pub use attachment::{Attachment, Files};
pub use conversation::Conversation;
pub use delivery::{Delivery, seen_state};
pub use event::Event;
pub use lead::LeadView;

/// Whom something is shown to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The visitor whose conversation it is.
    Visitor,
    /// An operator of the organization.
    Operator,
}

impl Reader {
    /// Who asks is who reads.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Visitor(_) => Self::Visitor,
            Caller::Operator(_) => Self::Operator,
        }
    }
}

/// A conversation and who looks at it.
pub struct Scene<'a> {
    /// Whose conversation it is.
    pub organization: &'a Organization,
    /// It.
    pub stored: &'a Stored,
    /// Who looks.
    pub reader: Reader,
    /// What they may see, where they came by a link from a phone.
    pub pass: Option<Pass>,
    /// What operators are called.
    pub names: &'a (dyn Fn(OperatorId) -> Option<String> + Sync),
}

/// Who did something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Who {
    /// `visitor`, `operator`, `bot` or `system`.
    kind: &'static str,
    /// Which.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What others call them.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Who {
    /// Who is writing just now: what both sides may know of them.
    #[must_use]
    pub fn writing(actor: Actor, name: Option<String>) -> Self {
        match actor {
            Actor::Visitor => Self {
                kind: "visitor",
                id: None,
                name: None,
            },
            Actor::Operator(id) => Self {
                kind: "operator",
                id: Some(id.to_string()),
                name,
            },
            Actor::System => Self {
                kind: "system",
                id: None,
                name: None,
            },
        }
    }
}

/// An operator, in a few words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Holder {
    /// Who.
    id: String,
    /// What others call them.
    name: String,
}

impl Holder {
    /// An operator by id and name.
    #[must_use]
    pub fn new(id: OperatorId, name: String) -> Self {
        Self {
            id: id.to_string(),
            name,
        }
    }
}

impl Scene<'_> {
    /// Who did something, with what this reader may know of them.
    #[must_use]
    pub fn who(&self, actor: Actor) -> Who {
        match actor {
            Actor::Visitor => Who {
                kind: "visitor",
                id: Some(self.stored.visitor.to_string()),
                // The name is the operators' own note.
                name: self
                    .stored
                    .visitor_name
                    .clone()
                    .filter(|_| self.reader == Reader::Operator),
            },
            Actor::Operator(id) => Who {
                kind: "operator",
                id: Some(id.to_string()),
                name: (self.names)(id),
            },
            Actor::System => Who {
                kind: "system",
                id: None,
                name: None,
            },
        }
    }

    /// An operator by id and name.
    #[must_use]
    pub fn holder(&self, id: OperatorId) -> Holder {
        Holder::new(id, (self.names)(id).unwrap_or_default())
    }

    fn leg(&self, id: LegId) -> Option<&Leg> {
        self.stored.state.leg(id)
    }

    /// The channel's word of a leg; a connection that is no longer configured still has its own name.
    fn channel(&self, id: LegId) -> String {
        self.leg(id)
            .map(|leg| self.channel_of(leg))
            .unwrap_or_default()
    }

    fn channel_of(&self, leg: &Leg) -> String {
        let channel = self.organization.channel_of(Some(leg));
        channel.unwrap_or_else(|| leg.connection.to_string())
    }

    /// A remote leg's address; a window has none that anybody could use, and who came from one phone is shown no other's.
    fn address(&self, id: LegId) -> Option<String> {
        if self.pass.is_some_and(|pass| pass.leg != id) {
            return None;
        }
        self.leg(id).and_then(address_of)
    }

    /// Why something failed. To a visitor everything that depends on a number's history reads alike, so that nobody can ask us
    /// about a stranger's number; and so does what has nothing to do with it.
    fn reason(&self, reason: Reason) -> &'static str {
        match (self.reader, reason) {
            (Reader::Visitor, reason) if reason.tells_of_the_number() => "not_possible",
            (Reader::Operator, _) | (_, Reason::TimedOut) => reason_word(reason),
            (Reader::Visitor, _) => "unavailable",
        }
    }
}

fn address_of(leg: &Leg) -> Option<String> {
    (leg.reach == Reach::Remote).then(|| leg.address.to_string())
}

/// The word of a loss.
fn lost_word(lost: Lost) -> &'static str {
    match lost {
        Lost::OptOut => "opt_out",
        Lost::Undeliverable => "undeliverable",
        Lost::ConnectionOff => "connection_off",
        Lost::WrongPerson => "wrong_person",
        Lost::Moved => "moved",
        Lost::Unusable => "unusable",
    }
}

/// RFC 3339, UTC, with milliseconds.
#[must_use]
pub fn time(at: Timestamp) -> String {
    let time = chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
