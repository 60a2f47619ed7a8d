//! The entries of a conversation's log.

use serde::{Deserialize, Serialize};

use super::words::{
    Actor, ConsentWord, InvitationId, LegId, OperatorId, Proof, Reason, SwitchId, Text, Timestamp,
};

/// One entry of a conversation's log. Its `seq` is its place: the first is 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// When it was decided, by the store's clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: Kind,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The conversation began.
    Opened {
        /// Who began it.
        by: Actor,
    },
    /// A place where the visitor may be reached joined the conversation.
    LegOpened {
        /// Its number.
        leg: LegId,
        /// How it is reached.
        reach: Reach,
        /// The configured account.
        connection: Text,
        /// Where on it.
        address: Text,
        /// Whether the pair is ours: another conversation may hold it.
        held: bool,
        /// What is known of it from elsewhere.
        proof: Proof,
        /// Who brought it.
        by: Actor,
    },
    /// Somebody said something.
    Message(Message),
    /// A switch was asked for; its welcome message follows.
    SwitchAsked {
        /// Its number.
        switch: SwitchId,
        /// Who asked.
        by: Actor,
        /// An operator's reconnect: opens and assigns when accepted.
        reconnect: bool,
        /// The leg active then, if any.
        from: Option<LegId>,
        /// Where to.
        to: LegId,
        /// Whether the pair is ours now.
        held: bool,
        /// When the old leg stays, whatever the provider says later.
        deadline: Timestamp,
    },
    /// The active leg changed.
    Switched {
        /// The switch that did it.
        switch: SwitchId,
        /// Who asked.
        by: Actor,
        /// The leg that was active.
        from: Option<LegId>,
        /// The leg that is.
        to: LegId,
        /// Until when the visitor can put it back; none where nothing can be put back.
        until: Option<Timestamp>,
        /// What brought it about.
        how: How,
    },
    /// A switch came to nothing; the old leg stays.
    SwitchFailed {
        /// Which.
        switch: SwitchId,
        /// Where it would have gone.
        to: LegId,
        /// Why not.
        reason: Reason,
        /// The pair is given back.
        released: bool,
    },
    /// A switch was called off; the old leg stays.
    SwitchCancelled {
        /// Which.
        switch: SwitchId,
        /// Where it would have gone.
        to: LegId,
        /// Who called it off.
        by: Actor,
        /// The pair is given back.
        released: bool,
    },
    /// The visitor put the last switch back.
    Reverted {
        /// Which.
        switch: SwitchId,
        /// The leg that is left.
        from: LegId,
        /// The leg that is active again.
        to: LegId,
        /// Who put it back.
        by: Actor,
    },
    /// The active leg cannot be written to any more.
    LegLost {
        /// Which.
        leg: LegId,
        /// Why.
        why: Lost,
        /// Who opted out, if that is why; logs from before say nothing of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Actor>,
        /// Where the conversation stands now, if anywhere.
        to: Option<LegId>,
    },
    /// An operator pushed the number area into the visitor's window.
    Invited {
        /// Its number.
        invitation: InvitationId,
        /// The channel it asks for.
        channel: Text,
        /// Until when it can be used.
        expires_at: Timestamp,
        /// Who asked.
        by: Actor,
    },
    /// The number area was closed.
    InvitationClosed {
        /// Which.
        invitation: InvitationId,
        /// Why.
        why: Closed,
    },
    /// Who holds the conversation changed.
    Assigned {
        /// Who holds it now; none: it waits.
        operator: Option<OperatorId>,
        /// Who did it.
        by: Actor,
        /// Why.
        why: Assignment,
    },
    /// The conversation was closed.
    Resolved {
        /// By whom.
        by: Actor,
    },
    /// The conversation was opened again.
    Reopened {
        /// By whom.
        by: Actor,
    },
    /// We know an address better than before: how well it is proven, or only that a welcome did reach it which was believed lost.
    Proven {
        /// Whose.
        leg: LegId,
        /// How well.
        proof: Proof,
    },
    /// A word of consent was heard.
    Consent {
        /// Where.
        leg: LegId,
        /// Which.
        word: ConsentWord,
        /// Who said it: its person, an operator for them, or a provider. In logs from before, its person.
        #[serde(default = "their_own")]
        by: Actor,
    },
}

fn their_own() -> Actor {
    Actor::Visitor
}

/// Something that was said, or a welcome that we sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Who said it.
    pub author: Actor,
    /// The leg it was said on, or goes to.
    pub leg: LegId,
    /// The words, unchanged.
    pub text: Text,
    /// Media that came along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The word of consent that it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentWord>,
    /// The template that the words are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// The id that the author's program gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Text>,
    /// How it starts its way to a remote leg; none where the log itself is the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outgoing: Option<Outgoing>,
    /// Set on the welcome of a switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome: Option<SwitchId>,
}

/// A message that the provider has approved beforehand, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Template {
    /// What it is called at the provider.
    pub id: Text,
    /// Its language.
    pub language: Text,
    /// The names of its variables and what they stand for, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<(Text, Text)>,
}

/// A file that goes with a message. Whether its bytes are here is no part of the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attachment {
    /// Our id of it; logs from before files were kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// What it is, or what its provider said that it is.
    pub content_type: Text,
    /// Its size in bytes, where it was known when the message was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Where its provider keeps it; none where it was brought to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Text>,
}

/// How a message starts its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outgoing {
    /// To be sent at once.
    Queued,
    /// To wait until the leg has been heard.
    Held,
}

/// How a leg is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// We hold the visitor's connections: every window is a view of the log.
    View,
    /// Through a provider, message by message.
    Remote,
}

/// What brought a change of the active leg about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The provider took its welcome message.
    Welcome,
    /// Asked for, and no welcome was needed.
    Asked,
    /// The visitor, away from the window, wrote on a leg that was heard before.
    Follow,
    /// There was no active leg, and the visitor wrote on this one.
    Adopted,
}

/// Why a leg was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// Its address opted out.
    OptOut,
    /// The welcome that made it active was never delivered.
    Undeliverable,
    /// Its connection was switched off.
    ConnectionOff,
    /// Whoever answers there is somebody else.
    WrongPerson,
    /// Its person moved the pair to another conversation.
    Moved,
    /// It could not be written to when the conversation was opened again.
    Unusable,
}

/// Why an invitation was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// The visitor asked for a switch.
    Used,
    /// The visitor declined.
    Declined,
    /// A newer one took its place.
    Replaced,
    /// The active leg changed.
    Left,
    /// The conversation was resolved.
    Resolved,
}

/// Why the holder changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// An operator took it, or wrote first.
    Claim,
    /// It was handed on.
    Transfer,
    /// Its holder was away when the visitor wrote.
    Requeued,
    /// An operator's reconnect succeeded.
    Reconnect,
}
