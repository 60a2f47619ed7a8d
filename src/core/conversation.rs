//! What a conversation is, and what each event does to it.

use serde::{Deserialize, Serialize};

use super::command::{Context, FreeText, Rules};
use super::event::{Event, How, Kind, Lost, Message, Reach};
use super::words::{
    Actor, ConsentWord, InvitationId, LegId, OperatorId, Proof, Reason, Seq, SwitchId, Text,
    Timestamp,
};

/// One conversation: its place in the operators' work, and where its visitor can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conversation {
    /// The place of the last entry of its log.
    pub last_seq: Seq,
    /// Whose turn it is.
    pub status: Status,
    /// When it took its place in the queue.
    pub queued_at: Timestamp,
    /// When it was last resolved.
    pub resolved_at: Timestamp,
    /// Messages of the visitor that no operator has read.
    pub unread: u32,
    /// Every place where the visitor was reached or asked to be, in order; a [`LegId`] is an index from 1.
    pub legs: Vec<Leg>,
    /// Which of them is active, and what can still be put back.
    pub route: Route,
    /// The visitor action command that stands open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// How many invitations there have been.
    pub invitations: u32,
}

/// Whose turn it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(tag = "status", content = "holder", rename_all = "snake_case")]
pub enum Status {
    /// In the queue, held by nobody.
    #[default]
    Waiting,
    /// Held by an operator.
    InProgress(OperatorId),
    /// Closed, until somebody writes again.
    Resolved,
}

/// One place where the visitor can be reached: a pair of connection and address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Leg {
    /// How it is reached.
    pub reach: Reach,
    /// The configured account.
    pub connection: Text,
    /// Where on it.
    pub address: Text,
    /// How well we know that the address is this visitor's.
    pub proof: Proof,
    /// The visitor wrote on it, opt-out words aside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heard: bool,
    /// The visitor wrote on it since the active leg last changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wrote: bool,
    /// Something was heard from or delivered to it since a welcome made it active.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
    /// A switch to it was cancelled or reverted, and nobody has asked for it since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
    /// A welcome for it may have reached somebody: its answer must find this conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reached: bool,
    /// The pair was taken for this conversation and not given back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holds: bool,
    /// Since when it is left without having been heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_unheard: Option<Timestamp>,
    /// The switch whose welcome last made it active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_by: Option<SwitchId>,
    /// Messages up to here that were not handed over must not be: the leg was left by a revert or a loss.
    pub cut: Seq,
    /// Why it was lost, if it was and nobody has asked for it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By whom.
    pub opened_by: Actor,
}

/// Which leg is active, and what can still be put back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Route {
    /// Where operators' words go. None: *unreachable*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<LegId>,
    /// The leg that a revert or a loss returns to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<LegId>,
    /// What the last switch is doing. Read it with [`Conversation::phase`].
    pub phase: Phase,
    /// The last switch and how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastSwitch>,
}

/// What the last switch is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// Nothing.
    #[default]
    Settled,
    /// A welcome is on its way; the old leg is still active.
    Greeting(Greeting),
    /// The active leg has changed and the visitor can put it back.
    Reversible {
        /// The switch.
        switch: SwitchId,
        /// Until when, the grace aside.
        until: Timestamp,
    },
}

/// A switch whose welcome is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Greeting {
    /// The switch.
    pub switch: SwitchId,
    /// Where to.
    pub to: LegId,
    /// Who asked.
    pub by: Actor,
    /// An operator's reconnect: opens and assigns when accepted.
    pub reconnect: bool,
    /// When the old leg stays, whatever the provider says later.
    pub deadline: Timestamp,
}

/// The last switch and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LastSwitch {
    /// Its number.
    pub switch: SwitchId,
    /// Where it led or would have led.
    pub to: LegId,
    /// Who asked.
    pub by: Actor,
    /// How it ended, so far.
    pub outcome: Outcome,
}

/// How a switch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// Its welcome is on its way.
    Pending,
    /// The active leg changed.
    Kept,
    /// The visitor put it back.
    Reverted,
    /// It was called off.
    Cancelled,
    /// It came to nothing.
    Failed(Reason),
    /// The leg it led to was lost.
    Lost(Lost),
}

/// A visitor action command that stands open.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Invitation {
    /// Its number.
    pub id: InvitationId,
    /// The channel it asks for.
    pub channel: Text,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// How firmly a leg's pair leads to this conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Nobody else can have it.
    Firm,
    /// It yields to the next that asks; unasked it is kept until then.
    Until(Timestamp),
    /// Not at all.
    Not,
}

impl Leg {
    /// Whether an operator's words would wait here until the visitor first writes: because that is the rule, or because only their
    /// answer opens the window in which free text may be sent.
    #[must_use]
    pub fn holds_words(&self, free: FreeText, now: Timestamp, rules: &Rules) -> bool {
        self.reach == Reach::Remote && !self.heard && (rules.hold_before_reply || !free.open(now))
    }

    /// Its pair was given back with a welcome that came to nothing, or was never ours. One that its person moved stays moved.
    pub(super) fn given_back(&self) -> bool {
        self.reach == Reach::Remote && !self.holds && self.lost != Some(Lost::Moved)
    }
}

impl Conversation {
    /// The leg of that number.
    #[must_use]
    pub fn leg(&self, id: LegId) -> Option<&Leg> {
        self.legs.get((id.0 as usize).checked_sub(1)?)
    }

    /// The legs with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (LegId, &Leg)> {
        (1..).map(LegId).zip(&self.legs)
    }

    /// The leg to that pair, if it was ever opened.
    #[must_use]
    pub fn leg_to(&self, connection: &str, address: &str) -> Option<LegId> {
        self.numbered()
            .find(|(_, leg)| &*leg.connection == connection && &*leg.address == address)
            .map(|(id, _)| id)
    }

    /// The leg of the window, if there is one.
    #[must_use]
    pub fn view(&self) -> Option<LegId> {
        self.numbered()
            .find(|(_, leg)| leg.reach == Reach::View)
            .map(|(id, _)| id)
    }

    /// The active leg.
    #[must_use]
    pub fn active(&self) -> Option<(LegId, &Leg)> {
        let id = self.route.active?;
        self.leg(id).map(|leg| (id, leg))
    }

    /// Who holds it.
    #[must_use]
    pub fn holder(&self) -> Option<OperatorId> {
        match self.status {
            Status::InProgress(operator) => Some(operator),
            Status::Waiting | Status::Resolved => None,
        }
    }

    /// The phase as it reads at `now`: a deadline or a window that is over reads as settled, whatever is stored.
    #[must_use]
    pub fn phase(&self, now: Timestamp, rules: &Rules) -> Phase {
        match &self.route.phase {
            Phase::Greeting(greeting) if now < greeting.deadline => self.route.phase.clone(),
            Phase::Reversible { until, .. } if now < until.plus(rules.grace) => {
                self.route.phase.clone()
            }
            _ => Phase::Settled,
        }
    }

    /// Where a revert or a loss of the active leg leads: `back` if it can be written to and was not taken back, else the window's
    /// leg, else nowhere.
    #[must_use]
    pub fn home(&self, context: &Context) -> Option<LegId> {
        let back = self.route.back.filter(|&id| {
            self.leg(id)
                .is_some_and(|leg| context.usable(id, leg) && !leg.taken_back)
        });
        back.or_else(|| self.view())
            .filter(|&id| Some(id) != self.route.active)
    }

    /// How firmly a leg's pair leads to this conversation: what others may be told when they ask for it.
    #[must_use]
    pub fn hold(&self, leg: &Leg, rules: &Rules) -> Hold {
        if !leg.holds || leg.reach == Reach::View {
            return Hold::Not;
        }
        // A reconnect may greet from a conversation that was resolved long ago: who is asked for is held.
        if let Phase::Greeting(greeting) = &self.route.phase
            && self.leg(greeting.to) == Some(leg)
        {
            return Hold::Firm;
        }
        let unheard = leg
            .left_unheard
            .map(|left| left.plus(rules.pair_kept_unheard));
        let resolved = (self.status == Status::Resolved)
            .then(|| self.resolved_at.plus(rules.pair_kept_resolved));
        unheard.max(resolved).map_or(Hold::Firm, Hold::Until)
    }

    /// Puts one event into effect. Every event that [`decide`](super::decide()) answers is applied once, in order; applying the
    /// log from its beginning gives the present state.
    pub fn apply(&mut self, event: &Event) {
        self.last_seq += 1;
        match &event.kind {
            Kind::Opened { .. } => self.queued_at = event.at,
            Kind::LegOpened {
                leg,
                reach,
                connection,
                address,
                held,
                proof,
                by,
            } => {
                debug_assert_eq!(
                    leg.0 as usize,
                    self.legs.len() + 1,
                    "legs are numbered in order"
                );
                self.legs.push(Leg {
                    reach: *reach,
                    connection: connection.clone(),
                    address: address.clone(),
                    proof: *proof,
                    heard: false,
                    wrote: false,
                    confirmed: false,
                    taken_back: false,
                    reached: false,
                    holds: *held,
                    left_unheard: None,
                    arrived_by: None,
                    cut: 0,
                    lost: None,
                    opened_at: event.at,
                    opened_by: *by,
                });
                // The first leg is where the conversation began; every later one must be switched to. A window can always be written
                // to, so that it is where the visitor is reached if there is nowhere else.
                let nowhere = *reach == Reach::View && self.route.active.is_none();
                if *by == Actor::Visitor && (self.legs.len() == 1 || nowhere) {
                    self.route.active = Some(*leg);
                }
            }
            Kind::Message(message) => self.apply_message(message),
            Kind::SwitchAsked {
                switch,
                by,
                reconnect,
                from: _,
                to,
                held,
                deadline,
            } => {
                self.asked(*to, *held);
                self.route.phase = Phase::Greeting(Greeting {
                    switch: *switch,
                    to: *to,
                    by: *by,
                    reconnect: *reconnect,
                    deadline: *deadline,
                });
                self.route.last = Some(LastSwitch {
                    switch: *switch,
                    to: *to,
                    by: *by,
                    outcome: Outcome::Pending,
                });
            }
            Kind::Switched {
                switch,
                by,
                from,
                to,
                until,
                how,
            } => {
                if let Some(from) = *from {
                    self.leave(from, event.at);
                }
                if *how != How::Welcome {
                    self.asked(*to, true);
                }
                self.route.back = *from;
                self.route.phase = match until {
                    Some(until) => Phase::Reversible {
                        switch: *switch,
                        until: *until,
                    },
                    None => Phase::Settled,
                };
                self.route.last = Some(LastSwitch {
                    switch: *switch,
                    to: *to,
                    by: *by,
                    outcome: Outcome::Kept,
                });
                self.stand_on(Some(*to));
                let leg = self.leg_mut(*to);
                leg.confirmed = false;
                leg.arrived_by = (*how == How::Welcome).then_some(*switch);
                leg.reached |= *how == How::Welcome;
            }
            Kind::SwitchFailed {
                switch: _,
                to,
                reason,
                released,
            } => {
                self.not_reached(*to, *released, event.at);
                self.ended(Outcome::Failed(*reason));
            }
            Kind::SwitchCancelled {
                switch: _,
                to,
                by: _,
                released,
            } => {
                self.not_reached(*to, *released, event.at);
                self.leg_mut(*to).taken_back = true;
                self.ended(Outcome::Cancelled);
            }
            Kind::Reverted {
                switch: _,
                from,
                to,
                by: _,
            } => {
                self.leave(*from, event.at);
                self.cut(*from);
                self.leg_mut(*from).taken_back = true;
                self.route.back = None;
                self.stand_on(Some(*to));
                self.ended(Outcome::Reverted);
            }
            Kind::LegLost { leg, why, to, .. } => {
                self.leave(*leg, event.at);
                self.cut(*leg);
                let lost = self.leg_mut(*leg);
                lost.lost = Some(*why);
                lost.holds &= *why != Lost::Moved;
                self.route.back = None;
                self.stand_on(*to);
                if !matches!(self.route.phase, Phase::Greeting(_)) {
                    self.route.phase = Phase::Settled;
                    if let Some(last) = self.route.last.as_mut().filter(|last| last.to == *leg) {
                        last.outcome = Outcome::Lost(*why);
                    }
                }
            }
            Kind::Invited {
                invitation,
                channel,
                expires_at,
                ..
            } => {
                self.invitations = invitation.0;
                self.invitation = Some(Invitation {
                    id: *invitation,
                    channel: channel.clone(),
                    expires_at: *expires_at,
                });
            }
            Kind::InvitationClosed { why: _, .. } => self.invitation = None,
            Kind::Assigned { operator, .. } => {
                self.status = operator.map_or(Status::Waiting, Status::InProgress);
            }
            Kind::Resolved { .. } => {
                self.status = Status::Resolved;
                self.resolved_at = event.at;
            }
            Kind::Reopened { .. } => {
                self.status = Status::Waiting;
                self.queued_at = event.at;
            }
            Kind::Proven { leg: id, proof } => {
                let leg = self.leg_mut(*id);
                leg.proof = leg.proof.max(*proof);
                leg.confirmed |= *proof >= Proof::Delivered;
                if leg.given_back() {
                    leg.reached = true;
                    leg.holds = true;
                    self.leave(*id, event.at);
                }
            }
            Kind::Consent { leg, word, .. } => {
                let leg = self.leg_mut(*leg);
                if *word == ConsentWord::OptIn && leg.lost == Some(Lost::OptOut) {
                    leg.lost = None;
                }
            }
        }
    }

    fn apply_message(&mut self, message: &Message) {
        match message.author {
            Actor::Visitor => self.unread += 1,
            Actor::Operator(_) => self.unread = 0,
            Actor::System => {}
        }
        if message.author == Actor::Visitor {
            let leg = self.leg_mut(message.leg);
            leg.reached = true;
            if !message.opts_out() {
                leg.heard = true;
                leg.wrote = true;
                leg.confirmed = true;
                leg.left_unheard = None;
            }
        }
    }

    fn leg_mut(&mut self, id: LegId) -> &mut Leg {
        &mut self.legs[id.0 as usize - 1]
    }

    /// Somebody asks for a leg: it is no longer taken back, and no longer what there is to go back to.
    fn asked(&mut self, id: LegId, held: bool) {
        let leg = self.leg_mut(id);
        leg.taken_back = false;
        leg.lost = None;
        leg.holds = held;
        if self.route.back == Some(id) {
            self.route.back = None;
        }
    }

    fn stand_on(&mut self, active: Option<LegId>) {
        self.route.active = active;
        for leg in &mut self.legs {
            leg.wrote = false;
        }
        if let Some(id) = active {
            self.leg_mut(id).left_unheard = None;
        }
    }

    fn leave(&mut self, id: LegId, at: Timestamp) {
        let leg = self.leg_mut(id);
        if !leg.heard {
            leg.left_unheard = Some(at);
        }
    }

    /// What was not handed over to this leg until now never will be.
    fn cut(&mut self, id: LegId) {
        let seq = self.last_seq;
        self.leg_mut(id).cut = seq;
    }

    fn not_reached(&mut self, id: LegId, released: bool, at: Timestamp) {
        let leg = self.leg_mut(id);
        leg.reached |= !released;
        leg.holds &= !released;
        self.leave(id, at);
    }

    fn ended(&mut self, outcome: Outcome) {
        self.route.phase = Phase::Settled;
        if let Some(last) = &mut self.route.last {
            last.outcome = outcome;
        }
    }
}

impl Message {
    /// Whether these are the visitor's words of opting out: they are logged, but prove no readiness to be written to.
    #[must_use]
    pub fn opts_out(&self) -> bool {
        self.consent == Some(ConsentWord::OptOut)
    }
}

impl Invitation {
    /// Whether it can still be used.
    #[must_use]
    pub fn open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
