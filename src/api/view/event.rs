//! An entry of a conversation's log.

use serde::Serialize;
use utoipa::ToSchema;

use super::delivery::Delivery;
use super::{Attachment, Files, Holder, Reader, Scene, Who, lost_word, time};
use crate::core::delivery::State;
use crate::core::event::{Assignment, Closed, How, Message};
use crate::core::{Actor, ConsentWord, Event as Entry, Kind, LegId, Proof, Seq};

/// An entry of a conversation's log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Event {
    /// Its place: 1, 2, 3, …
    pub seq: Seq,
    /// When, RFC 3339 in UTC.
    at: String,
    /// What happened.
    #[serde(flatten)]
    what: What,
}

/// What happened. A reader passes over kinds that it does not know.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The conversation began.
    Opened {
        /// Who began it.
        by: Who,
        /// Where.
        channel: String,
    },
    /// Somebody said something; a welcome is a message of the system.
    Message {
        /// Who said it.
        author: Who,
        /// The leg that it was said on, or goes to.
        leg: String,
        /// The leg's channel.
        channel: String,
        /// The words, unchanged.
        text: String,
        /// Files that go with it.
        attachments: Vec<Attachment>,
        /// What the template is called that the words are of. Operators only.
        #[serde(skip_serializing_if = "Option::is_none")]
        template: Option<String>,
        /// The id that the author's program gave it.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// How far it has got.
        delivery: Delivery,
        /// Said in the window, and seen by no view when the chat went on elsewhere. Operators only.
        #[serde(skip_serializing_if = "Option::is_none")]
        not_seen: Option<bool>,
    },
    /// A place where the visitor may be reached joined. Operators only.
    LegOpened {
        /// Its id.
        leg: String,
        /// Its channel.
        channel: String,
        /// Where on it; none for a window.
        address: Option<String>,
        /// Who brought it.
        by: Who,
        /// What for.
        why: &'static str,
    },
    /// A switch was asked for; its welcome is on its way.
    SwitchAsked {
        /// Its id.
        switch: String,
        /// Who asked.
        by: Who,
        /// The channel that is active meanwhile.
        from_channel: Option<String>,
        /// The leg that it leads to.
        leg: String,
        /// The leg's channel.
        channel: String,
        /// Where on it.
        address: Option<String>,
        /// When it has failed unless it was accepted.
        deadline: String,
    },
    /// The active leg changed.
    Switched {
        /// The switch.
        switch: String,
        /// Who asked.
        by: Who,
        /// The channel that was active.
        from_channel: Option<String>,
        /// The leg that is.
        leg: String,
        /// The leg's channel.
        channel: String,
        /// Where on it.
        address: Option<String>,
        /// Until when the visitor can put it back.
        until: Option<String>,
        /// `welcome`, `asked`, `follow` or `adopted`.
        #[schema(value_type = String)]
        how: How,
    },
    /// A switch came to nothing.
    SwitchFailed {
        /// Which.
        switch: String,
        /// The channel that it would have led to.
        channel: String,
        /// Where on it.
        address: Option<String>,
        /// Why.
        reason: &'static str,
    },
    /// A switch was called off.
    SwitchCancelled {
        /// Which.
        switch: String,
        /// The channel that it would have led to.
        channel: String,
        /// Where on it.
        address: Option<String>,
        /// Who called it off.
        by: Who,
    },
    /// The last switch was put back.
    Reverted {
        /// Which.
        switch: String,
        /// The channel that was left.
        from_channel: String,
        /// The leg that is active again.
        leg: String,
        /// Its channel.
        channel: String,
        /// Where on it.
        address: Option<String>,
        /// Who put it back.
        by: Who,
    },
    /// The active leg cannot be written to any more.
    LegLost {
        /// Which.
        leg: String,
        /// Its channel.
        channel: String,
        /// Where on it.
        address: Option<String>,
        /// `opt_out`, `undeliverable`, `connection_off`, `wrong_person`, `moved` or `unusable`.
        why: &'static str,
        /// `opt_out`: who said so; its person, an operator for them, or the system for a provider. None in logs from before.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<Who>,
        /// Where the chat goes on, if anywhere.
        to_channel: Option<String>,
    },
    /// An operator asked for a number.
    Invited {
        /// The invitation.
        invitation: String,
        /// The channel that it asks for.
        channel: String,
        /// Until when it can be used.
        expires_at: String,
        /// Who asked.
        by: Who,
    },
    /// The number area was closed.
    InvitationClosed {
        /// Which invitation.
        invitation: String,
        /// `used`, `declined`, `replaced`, `left` or `resolved`.
        #[schema(value_type = String)]
        why: Closed,
    },
    /// Who holds the conversation changed. Operators only.
    Assigned {
        /// Who holds it now.
        operator: Option<Holder>,
        /// Who did it.
        by: Who,
        /// `claim`, `transfer`, `requeued` or `reconnect`.
        #[schema(value_type = String)]
        why: Assignment,
    },
    /// The conversation was closed.
    Resolved {
        /// By whom.
        by: Who,
    },
    /// The conversation was opened again.
    Reopened {
        /// By whom.
        by: Who,
    },
    /// An address is known better. Operators only.
    Proof {
        /// Whose.
        leg: String,
        /// Its channel.
        channel: String,
        /// The address.
        address: Option<String>,
        /// `claimed`, `delivered`, `replied` or `linked`.
        #[schema(value_type = String)]
        proof: Proof,
    },
    /// A word of consent was heard. Operators only.
    Consent {
        /// Where.
        leg: String,
        /// Its channel.
        channel: String,
        /// The address.
        address: Option<String>,
        /// `opt_out` or `opt_in`.
        #[schema(value_type = String)]
        word: ConsentWord,
        /// Who said it: its person, an operator for them, or the system for a provider.
        by: Who,
    },
}

impl Event {
    /// Its files as they are now.
    pub fn stand(&mut self, files: &Files<'_>) {
        if let What::Message { attachments, .. } = &mut self.what {
            for attachment in attachments {
                attachment.stand(files);
            }
        }
    }
}

impl Scene<'_> {
    /// An entry as this reader sees it; none where it is not theirs to see.
    #[must_use]
    pub fn event(&self, seq: Seq, entry: &Entry, on_its_way: Option<State>) -> Option<Event> {
        let hidden = matches!(
            entry.kind,
            Kind::LegOpened { .. }
                | Kind::Assigned { .. }
                | Kind::Proven { .. }
                | Kind::Consent { .. }
        );
        if hidden && self.reader == Reader::Visitor {
            return None;
        }
        if self.pass.is_some_and(|pass| seq < pass.since) {
            return None;
        }
        Some(Event {
            seq,
            at: time(entry.at),
            what: self.what(seq, &entry.kind, on_its_way),
        })
    }

    /// Whether an entry is words of the other side's.
    #[must_use]
    pub fn is_from_the_other_side(&self, entry: &Entry) -> bool {
        match &entry.kind {
            Kind::Message(message) => {
                (message.author == Actor::Visitor) == (self.reader == Reader::Operator)
            }
            _ => false,
        }
    }

    fn what(&self, seq: Seq, kind: &Kind, on_its_way: Option<State>) -> What {
        match kind {
            Kind::Opened { by } => What::Opened {
                by: self.who(*by),
                channel: self.channel(LegId(1)),
            },
            Kind::Message(message) => self.message(seq, message, on_its_way),
            Kind::LegOpened { leg, by, .. } => What::LegOpened {
                leg: leg.to_string(),
                channel: self.channel(*leg),
                address: self.address(*leg),
                by: self.who(*by),
                why: opened_for(*leg),
            },
            Kind::SwitchAsked {
                switch,
                by,
                from,
                to,
                deadline,
                ..
            } => What::SwitchAsked {
                switch: switch.to_string(),
                by: self.who(*by),
                from_channel: from.map(|from| self.channel(from)),
                leg: to.to_string(),
                channel: self.channel(*to),
                address: self.address(*to),
                deadline: time(*deadline),
            },
            Kind::Switched {
                switch,
                by,
                from,
                to,
                until,
                how,
            } => What::Switched {
                switch: switch.to_string(),
                by: self.who(*by),
                from_channel: from.map(|from| self.channel(from)),
                leg: to.to_string(),
                channel: self.channel(*to),
                address: self.address(*to),
                until: until.map(time),
                how: *how,
            },
            Kind::SwitchFailed {
                switch, to, reason, ..
            } => What::SwitchFailed {
                switch: switch.to_string(),
                channel: self.channel(*to),
                address: self.address(*to),
                reason: self.reason(*reason),
            },
            Kind::SwitchCancelled { switch, to, by, .. } => What::SwitchCancelled {
                switch: switch.to_string(),
                channel: self.channel(*to),
                address: self.address(*to),
                by: self.who(*by),
            },
            Kind::Reverted {
                switch,
                from,
                to,
                by,
            } => What::Reverted {
                switch: switch.to_string(),
                from_channel: self.channel(*from),
                leg: to.to_string(),
                channel: self.channel(*to),
                address: self.address(*to),
                by: self.who(*by),
            },
            Kind::LegLost { leg, why, by, to } => What::LegLost {
                leg: leg.to_string(),
                channel: self.channel(*leg),
                address: self.address(*leg),
                why: lost_word(*why),
                by: by.map(|by| self.who(by)),
                to_channel: to.map(|to| self.channel(to)),
            },
            Kind::Invited {
                invitation,
                channel,
                expires_at,
                by,
            } => What::Invited {
                invitation: invitation.to_string(),
                channel: channel.to_string(),
                expires_at: time(*expires_at),
                by: self.who(*by),
            },
            Kind::InvitationClosed { invitation, why } => What::InvitationClosed {
                invitation: invitation.to_string(),
                why: *why,
            },
            Kind::Assigned { operator, by, why } => What::Assigned {
                operator: operator.map(|operator| self.holder(operator)),
                by: self.who(*by),
                why: *why,
            },
            Kind::Resolved { by } => What::Resolved { by: self.who(*by) },
            Kind::Reopened { by } => What::Reopened { by: self.who(*by) },
            Kind::Proven { leg, proof } => What::Proof {
                leg: leg.to_string(),
                channel: self.channel(*leg),
                address: self.address(*leg),
                proof: *proof,
            },
            Kind::Consent { leg, word, by } => What::Consent {
                leg: leg.to_string(),
                channel: self.channel(*leg),
                address: self.address(*leg),
                word: *word,
                by: self.who(*by),
            },
        }
    }

    fn message(&self, seq: Seq, message: &Message, on_its_way: Option<State>) -> What {
        What::Message {
            author: self.who(message.author),
            leg: message.leg.to_string(),
            channel: self.channel(message.leg),
            text: message.text.to_string(),
            attachments: message.attachments.iter().map(Attachment::of).collect(),
            template: message
                .template
                .as_ref()
                .filter(|_| self.reader == Reader::Operator)
                .map(|template| template.id.to_string()),
            client_id: message.client_id.as_deref().map(str::to_owned),
            delivery: self.delivery(seq, message, on_its_way),
            not_seen: (self.reader == Reader::Operator && self.not_seen(seq, message))
                .then_some(true),
        }
    }
}

/// The first leg is where the conversation began; every later one was brought by a switch.
pub(super) fn opened_for(leg: LegId) -> &'static str {
    if leg.0 == 1 { "opened" } else { "switch" }
}
