//! The words of the domain that are smaller than a conversation.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A moment by the store's clock: milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and so many milliseconds.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// An entry's place in its conversation's log: 1, 2, 3, … without a gap.
pub type Seq = u64;

/// A text that many owners share: what was said, a connection's name, an address.
pub type Text = Arc<str>;

/// Makes a number that names a thing within one conversation; opaque text to everybody outside.
macro_rules! local_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

local_id! {
    /// A leg of one conversation, numbered in the order of opening.
    LegId
}
local_id! {
    /// A switch of one conversation, numbered in the order of asking.
    SwitchId
}
local_id! {
    /// A visitor action command of one conversation, numbered in the order of asking.
    InvitationId
}

/// Makes an opaque id that is unique everywhere.
macro_rules! global_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.simple().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

global_id! {
    /// A conversation.
    ConversationId
}
global_id! {
    /// A person who answers for an organization.
    OperatorId
}
global_id! {
    /// The person on the other side.
    VisitorId
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// The person on the other side.
    Visitor,
    /// A person who answers for the organization.
    Operator(OperatorId),
    /// The gateway itself, by a rule.
    System,
}

/// How we know that an address is this visitor's; only ever rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Typed in.
    Claimed,
    /// The carrier confirmed a delivery there.
    Delivered,
    /// They wrote from it.
    Replied,
    /// They sent our one-time code, or opened our signed link.
    Linked,
}

/// A word of consent that a person wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentWord {
    /// Do not write here again.
    OptOut,
    /// You may write here again.
    OptIn,
}

/// Why a switch did not come about, or why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The address has opted out.
    OptedOut,
    /// Another conversation holds the pair.
    Held,
    /// The guard's limit for this number is used up.
    NumberLimit,
    /// The guard's limit for numbers of this prefix or country is used up.
    AreaLimit,
    /// The guard's limit for this visitor, network or organization is used up.
    RateLimit,
    /// The day's money is spent.
    SpendLimit,
    /// Somebody has stopped messages by hand.
    MessagingOff,
    /// The connection is switched off or its account is at fault.
    ConnectionOff,
    /// There is no such recipient, or it cannot receive.
    BadRecipient,
    /// The recipient could not be reached.
    UnreachableHandset,
    /// The provider would not take the text.
    BadContent,
    /// A carrier or the provider filtered it.
    Filtered,
    /// Only a template may be sent now.
    WindowClosed,
    /// The template is gone, not approved, or its variables do not fit.
    Template,
    /// The provider refused for a reason that we have no word for.
    ProviderRefused,
    /// The provider could not be reached, or did not take it in time.
    Unavailable,
    /// Nobody confirmed it before the deadline.
    TimedOut,
}

impl Reason {
    /// Whether it tells something about the number's history: to a visitor these all read alike.
    #[must_use]
    pub fn tells_of_the_number(self) -> bool {
        !matches!(
            self,
            Self::RateLimit
                | Self::SpendLimit
                | Self::MessagingOff
                | Self::Unavailable
                | Self::TimedOut
        )
    }
}
