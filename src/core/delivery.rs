//! The second machine: the fate of one message on one leg.
//!
//! It only ever moves forward. What is handed over is never handed over again unless it is proven that nobody has it, and every
//! dispatch and every return to the queue asks the [`gate`] anew: the world may have changed since the message was written.

use serde::{Deserialize, Serialize};

use super::command::Context;
use super::conversation::{Conversation, Phase};
use super::event::{Event, Kind, Outgoing};
use super::words::{Actor, LegId, Reason, Seq, SwitchId};

/// One message on its way to one remote leg.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Delivery {
    /// The leg it goes to.
    pub leg: LegId,
    /// The message's place in the log.
    pub seq: Seq,
    /// The switch that it is the welcome of.
    pub welcome: Option<SwitchId>,
    /// It is a template, which may be sent at any time.
    pub template: bool,
    /// How far it has got.
    pub state: State,
    /// A call's outcome was unknown once: it reads `uncertain` until settled, and goes again only to the active leg.
    pub doubt: bool,
    /// How often it was handed over. The number of the present attempt fences off the answers of earlier ones.
    pub attempt: u32,
}

/// How far a message has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum State {
    /// Waiting for the leg to be heard.
    Held,
    /// Waiting for its turn.
    Queued,
    /// Handed over; the provider has not answered yet.
    Sending,
    /// Handed over; whether the provider has it is unknown.
    Uncertain,
    /// It will not arrive; yields only to proof that it did.
    Failed(Reason),
    /// It was not sent and will not be.
    Withdrawn,
    /// The provider has it.
    Sent,
    /// It reached the device.
    Delivered,
    /// A person opened it.
    Read,
}

/// Something that we learn of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happened {
    /// It is handed over.
    Dispatched,
    /// The provider has it: by its answer, a callback or its list.
    Accepted,
    /// It reached the device.
    Delivered,
    /// A person opened it.
    Read,
    /// The provider or the gate said no, for good.
    Refused(Reason),
    /// The provider did not take it: it may go again.
    NotTaken {
        /// The attempt that this is the answer of.
        attempt: u32,
    },
    /// Nobody knows whether the provider has it.
    Unknown {
        /// The attempt that this is the answer of.
        attempt: u32,
    },
    /// The provider was asked and does not have it.
    ProvenAbsent,
    /// The gate let it go no further.
    Withdrawn,
}

/// Whether a message may be handed over now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Go,
    /// It must not, and that is no failure: nobody waits for it there any more.
    Withdraw,
    /// It must not, for a reason to be told.
    Refuse(Reason),
}

impl Delivery {
    /// A message as it starts its way, if the event is one that has a way to go.
    #[must_use]
    pub fn start(seq: Seq, event: &Event) -> Option<Self> {
        let Kind::Message(message) = &event.kind else {
            return None;
        };
        let state = match message.outgoing? {
            Outgoing::Queued => State::Queued,
            Outgoing::Held => State::Held,
        };
        Some(Self {
            leg: message.leg,
            seq,
            welcome: message.welcome,
            template: message.template.is_some(),
            state,
            doubt: false,
            attempt: 0,
        })
    }

    /// The state as people are told it.
    #[must_use]
    pub fn reads(&self) -> State {
        match self.state {
            State::Queued | State::Sending if self.doubt => State::Uncertain,
            State::Sending => State::Queued,
            state => state,
        }
    }

    /// Whether it may have left us.
    #[must_use]
    pub fn handed_over(&self) -> bool {
        self.doubt || !matches!(self.state, State::Held | State::Queued | State::Withdrawn)
    }

    /// Whether messages behind it on the same leg must wait for it. A welcome whose outcome is unknown holds nobody up: it is never sent
    /// again, so nothing can come out of order.
    #[must_use]
    pub fn blocks(&self) -> bool {
        match self.state {
            State::Held | State::Queued | State::Sending => true,
            State::Uncertain => self.welcome.is_none(),
            _ => false,
        }
    }

    /// Puts into effect what we learn; what does not lead forward changes nothing.
    pub fn learn(&mut self, happened: Happened) {
        use State::{Delivered, Failed, Held, Queued, Read, Sending, Sent, Uncertain, Withdrawn};
        self.state = match (self.state, happened) {
            (Queued, Happened::Dispatched) => {
                self.attempt += 1;
                Sending
            }
            (Queued | Sending | Uncertain, Happened::Accepted) => Sent,
            (state, Happened::Delivered) if state < Delivered => Delivered,
            (state, Happened::Read) if state < Read => Read,
            (Held | Queued | Sending | Uncertain | Sent, Happened::Refused(reason)) => {
                Failed(reason)
            }
            (Sending, Happened::NotTaken { attempt }) if attempt == self.attempt => Queued,
            (Sending, Happened::Unknown { attempt }) if attempt == self.attempt => {
                self.doubt = true;
                Uncertain
            }
            // A welcome is never sent twice: trying again is a new switch.
            (Uncertain, Happened::ProvenAbsent) if self.welcome.is_some() => Withdrawn,
            (Uncertain, Happened::ProvenAbsent) => Queued,
            (Held | Queued, Happened::Withdrawn) => Withdrawn,
            (state, _) => state,
        };
    }

    /// What an event of its conversation does to it.
    pub fn follow(&mut self, event: &Event) {
        let waiting = matches!(self.state, State::Held | State::Queued);
        match &event.kind {
            Kind::SwitchCancelled { switch, .. } | Kind::SwitchFailed { switch, .. }
                if self.welcome == Some(*switch) && waiting =>
            {
                self.state = State::Withdrawn;
            }
            Kind::Reverted { from: leg, .. } | Kind::LegLost { leg, .. }
                if *leg == self.leg && waiting =>
            {
                self.state = State::Withdrawn;
            }
            Kind::Switched {
                from: Some(from), ..
            } if *from == self.leg && self.state == State::Held => {
                self.state = State::Withdrawn;
            }
            Kind::Message(message)
                if message.author == Actor::Visitor
                    && message.leg == self.leg
                    && !message.opts_out()
                    && self.state == State::Held =>
            {
                self.state = State::Queued;
            }
            _ => {}
        }
    }
}

/// Whether a message may be handed over now: consent, pair and route are asked at every dispatch and every return to the queue.
#[must_use]
pub fn gate(conversation: &Conversation, delivery: &Delivery, context: &Context) -> Gate {
    let Some(leg) = conversation.leg(delivery.leg) else {
        return Gate::Withdraw;
    };
    match delivery.welcome {
        Some(switch) => match conversation.phase(context.now, &context.rules) {
            Phase::Greeting(greeting) if greeting.switch == switch => {}
            _ => return Gate::Withdraw,
        },
        None => {
            let elsewhere = conversation.route.active != Some(delivery.leg);
            if delivery.seq <= leg.cut || (delivery.doubt && elsewhere) {
                return Gate::Withdraw;
            }
        }
    }
    let facts = context.facts(delivery.leg, leg);
    if facts.opted_out {
        Gate::Refuse(Reason::OptedOut)
    } else if !facts.on {
        Gate::Refuse(Reason::ConnectionOff)
    } else if !facts.held {
        Gate::Refuse(Reason::Held)
    } else if !delivery.template && !facts.free.open(context.now) {
        Gate::Refuse(Reason::WindowClosed)
    } else {
        Gate::Go
    }
}

/// The message of a lane to hand over next: a leg's messages leave in log order, each after the one before it is settled; a
/// welcome waits for none, and later ones wait for it.
#[must_use]
pub fn next_in_lane(lane: &[Delivery]) -> Option<&Delivery> {
    let welcome = lane
        .iter()
        .find(|delivery| delivery.welcome.is_some() && delivery.state == State::Queued);
    let first = lane
        .iter()
        .find(|delivery| delivery.blocks())
        .filter(|first| first.state == State::Queued);
    welcome.or(first)
}
