//! What can be asked of a conversation, with what facts, and how it may refuse.

use super::conversation::Leg;
use super::event::{Attachment, Lost, Reach, Template};
use super::words::{
    Actor, ConsentWord, ConversationId, InvitationId, LegId, OperatorId, Proof, Reason, SwitchId,
    Text, Timestamp,
};

/// Something that a person, a provider or the clock wants of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Begin: the visitor (or, for a lead, an operator) brings the first leg.
    Open {
        /// Who.
        by: Actor,
        /// Where they are reached.
        target: Target,
    },
    /// The visitor has come to a window of theirs: it is a leg of the conversation from now on, and moves nothing.
    Join {
        /// The window.
        target: Target,
    },
    /// The visitor says something in a window.
    Say {
        /// What.
        words: Words,
    },
    /// An operator says something to the visitor.
    Tell {
        /// Who.
        operator: OperatorId,
        /// The leg that the operator believes to be active.
        leg: Option<LegId>,
        /// What.
        words: Words,
    },
    /// The visitor's text came in on a remote leg.
    Text {
        /// Where they wrote from.
        target: Target,
        /// What.
        words: Words,
    },
    /// Move the active leg.
    Switch {
        /// Who asks: the visitor, or an operator.
        by: Actor,
        /// Where to.
        target: Target,
        /// Asked by the visitor's own text on that leg: it needs no welcome.
        own_text: bool,
        /// The visitor action command that it answers.
        invitation: Option<InvitationId>,
    },
    /// Reach the visitor of any conversation, or of a lead, on a remote leg.
    Reconnect {
        /// Who asks.
        operator: OperatorId,
        /// Where to.
        target: Target,
    },
    /// The provider has this switch's welcome.
    Accepted {
        /// The switch.
        switch: SwitchId,
    },
    /// We ourselves answer what the visitor asked for on a remote leg.
    Notify {
        /// Where.
        leg: LegId,
        /// What.
        words: Words,
    },
    /// We know better than before that an address is the visitor's.
    Prove {
        /// Whose.
        leg: LegId,
        /// How well.
        proof: Proof,
    },
    /// A welcome for that leg was taken, whatever has become of its switch.
    Reached {
        /// The leg.
        leg: LegId,
    },
    /// The provider or the guard would not take this switch's welcome.
    Refused {
        /// The switch.
        switch: SwitchId,
        /// Why.
        reason: Reason,
    },
    /// Call the switch off whose welcome is on its way.
    Cancel {
        /// Who.
        by: Actor,
    },
    /// Put the last switch back.
    Revert,
    /// A leg cannot be written to any more.
    Lost {
        /// Which.
        leg: LegId,
        /// Why.
        why: Lost,
    },
    /// A leg's address has opted out, in other words than a text on it.
    OptOut {
        /// Which.
        leg: LegId,
        /// Who says so.
        by: Actor,
    },
    /// The welcome of that switch was reported undeliverable.
    Undeliverable {
        /// The switch.
        switch: SwitchId,
    },
    /// Something was delivered on a leg.
    Delivered {
        /// Which.
        leg: LegId,
    },
    /// Close the conversation.
    Resolve {
        /// Who.
        by: Actor,
    },
    /// Open it again, as an operator.
    Reopen {
        /// Who.
        operator: OperatorId,
    },
    /// Take it out of the queue.
    Claim {
        /// Who.
        operator: OperatorId,
    },
    /// Hand it on.
    Transfer {
        /// Who hands it on.
        by: OperatorId,
        /// To whom.
        to: OperatorId,
    },
    /// Push the number area into the visitor's window.
    Invite {
        /// Who.
        operator: OperatorId,
        /// For which channel.
        channel: Text,
    },
    /// Close the number area unused.
    Decline,
    /// Write down what the clock alone has changed: a greeting that nobody confirmed.
    Lapse,
}

/// What somebody says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words {
    /// The text, unchanged.
    pub text: Text,
    /// Media that came along.
    pub attachments: Vec<Attachment>,
    /// The template that the text is of.
    pub template: Option<Template>,
    /// The id that the author's program gave it.
    pub client_id: Option<Text>,
    /// The word of consent that it is, if it is one.
    pub consent: Option<ConsentWord>,
}

/// A pair that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// How it is reached.
    pub reach: Reach,
    /// The configured account.
    pub connection: Text,
    /// Where on it.
    pub address: Text,
    /// Whether this conversation holds or may take the pair.
    pub free: bool,
    /// What is known of the address from elsewhere.
    pub proof: Proof,
    /// What the leg would be greeted with.
    pub welcome: Text,
    /// The template that those words are of.
    pub welcome_template: Option<Template>,
}

/// What the shell looked up for one command.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// The store's clock.
    pub now: Timestamp,
    /// The configured rules.
    pub rules: Rules,
    /// Of each leg, in order, what may have changed since its last event.
    pub legs: Vec<Facts>,
    /// A window of the visitor's was seen in the last 30 s.
    pub here: bool,
    /// The holder is not away.
    pub holder_present: bool,
    /// Another open conversation of the same visitor and widget.
    pub other_open: Option<ConversationId>,
    /// The pending switch's welcome may have left us.
    pub handed_over: bool,
}

/// What may have changed about a leg since its last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facts {
    /// The pair still leads here.
    pub held: bool,
    /// Its connection is switched on.
    pub on: bool,
    /// Its address has opted out.
    pub opted_out: bool,
    /// Until when it may be sent free text.
    pub free: FreeText,
}

/// Until when a leg may be sent free text; templates always may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FreeText {
    /// At any time.
    Always,
    /// Until then: their last message opened a window. Long ago, where they have never written.
    Until(Timestamp),
}

impl FreeText {
    /// It may not be sent any.
    pub const CLOSED: Self = Self::Until(Timestamp(0));

    /// Whether it may be sent now.
    #[must_use]
    pub fn open(self, now: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Until(until) => now < until,
        }
    }
}

impl Facts {
    /// Nothing stands in the way.
    pub const FINE: Self = Self {
        held: true,
        on: true,
        opted_out: false,
        free: FreeText::Always,
    };
    /// Its connection is no longer configured.
    pub const GONE: Self = Self {
        held: false,
        on: false,
        opted_out: false,
        free: FreeText::CLOSED,
    };
}

impl Context {
    /// What was looked up of a leg; a leg that was opened by this very command is as its target said.
    #[must_use]
    pub fn facts(&self, id: LegId, leg: &Leg) -> Facts {
        let looked_up = (id.0 as usize)
            .checked_sub(1)
            .and_then(|index| self.legs.get(index));
        looked_up.copied().unwrap_or(Facts {
            held: leg.holds,
            ..Facts::FINE
        })
    }

    /// Whether a leg can be written to.
    #[must_use]
    pub fn usable(&self, id: LegId, leg: &Leg) -> bool {
        let facts = self.facts(id, leg);
        leg.reach == Reach::View || (facts.held && facts.on && !facts.opted_out)
    }
}

/// The configured rules, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// How long the visitor can put a switch back.
    pub revert_window: i64,
    /// What the visitor's network may take away from it.
    pub grace: i64,
    /// How long a welcome may take to be accepted.
    pub greeting_timeout: i64,
    /// Operators' words wait until a remote leg has been heard.
    pub hold_before_reply: bool,
    /// How long a pair that was left unheard still leads to its conversation.
    pub pair_kept_unheard: i64,
    /// How long the pairs of a resolved conversation still lead to it.
    pub pair_kept_resolved: i64,
    /// How long an invitation stands.
    pub invitation_expires: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            revert_window: 10_000,
            grace: 1_500,
            greeting_timeout: 30_000,
            hold_before_reply: false,
            pair_kept_unheard: 3_600_000,
            pair_kept_resolved: 72 * 3_600_000,
            invitation_expires: 15 * 60_000,
        }
    }
}

/// Why a conversation does not do what it was asked. It has not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another switch's welcome is on its way.
    #[error("another switch is being confirmed; cancel it or wait for it")]
    SwitchPending,
    /// An operator inside the visitor's window.
    #[error("the visitor can still put the last switch back; try again when the window is over")]
    WindowOpen,
    /// An operator to a window that nobody is at.
    #[error("the visitor is not at the chat window")]
    NotThere,
    /// Another operator holds it.
    #[error("another operator holds this conversation")]
    Held(OperatorId),
    /// The visitor has another open conversation.
    #[error("the visitor has another open conversation")]
    Superseded(ConversationId),
    /// No switch is being confirmed, or it is not theirs to cancel.
    #[error("there is no switch to cancel")]
    NothingToCancel,
    /// There was no switch, or nowhere to go back to.
    #[error("there is no switch to put back")]
    NothingToRevert,
    /// The window is over.
    #[error("the time to put the switch back is over; switch back instead")]
    WindowClosed,
    /// There is no active leg.
    #[error("the visitor cannot be reached on any channel now")]
    Unreachable,
    /// Closed to operators' words.
    #[error("the conversation is resolved; reopen it first")]
    Resolved,
    /// Nobody has written on the active leg lately: it takes only templates.
    #[error("they have not written on this channel lately: only a template can be sent now")]
    TemplateNeeded,
    /// The leg that was named is no longer the active one, and nobody has answered on the new one.
    #[error("the conversation has moved to another channel, where nobody has answered yet")]
    LegChanged(LegId),
    /// The visitor is at the window: no need to reconnect.
    #[error("the visitor is at the chat window; write to them there")]
    Reachable,
    /// The invitation was used, closed or has expired.
    #[error("this invitation is no longer open")]
    InvitationGone,
    /// It has begun already.
    #[error("the conversation has begun already")]
    Begun,
}
