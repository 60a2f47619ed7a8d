//! Everybody but the gateway: the visitor and their tabs, operators, phones, the provider, the network, the clock, and the hand that
//! pulls the plug.

use switchboard::core::delivery::{Delivery, State};
use switchboard::core::{
    Actor, ConsentWord, Conversation, Event, LegId, OperatorId, Phase, Rules, Seq, SwitchId,
    Timestamp,
};

use crate::Product;
use crate::bounds::Without;
use crate::promises::Broken;

/// The clock of the model ticks in these.
pub const RULES: Rules = Rules {
    revert_window: 2,
    grace: 1,
    greeting_timeout: 4,
    hold_before_reply: false,
    pair_kept_unheard: 40,
    pair_kept_resolved: 60,
    invitation_expires: 100,
};

/// The window's leg: it is opened first.
pub const WEB: LegId = LegId(1);
/// A window and two phones.
const LEGS: usize = 3;

/// The store, what processes and networks remember, and what we watch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    // What is stored.
    pub chat: Conversation,
    pub mail: Vec<Delivery>,
    pub pairs: [Pair; 2],
    pub opted_out: [bool; 2],
    pub here: bool,
    pub now: Timestamp,
    /// How often each message of the visitor's window is in the log.
    pub said: Vec<u8>,
    /// The same of operators' messages.
    pub told: Vec<u8>,
    /// Texts of the phones.
    pub written: Vec<Text>,

    // What processes hold and a crash takes.
    pub calls: Vec<Call>,
    pub race: Option<Race>,

    /// What the provider has.
    pub carried: Vec<Carried>,

    // What we watch.
    /// The leg that the last switch was asked on.
    pub asked_on: Option<LegId>,
    /// The switch that was asked and has not ended.
    pub pending: Option<SwitchId>,
    /// Where the log stood when each leg was left by revert or loss.
    pub left: [Seq; LEGS],
    /// Where it stood when each leg first became active.
    pub joined: [Seq; LEGS],
    pub broken: Broken,
    spent: Spent,
}

/// Whom a pair leads to: a row under a unique key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pair {
    #[default]
    Nobody,
    /// To our conversation; where there is a time, it yields, and leads nowhere after it.
    Ours(Option<Timestamp>),
    /// To another conversation.
    Theirs,
}

impl Pair {
    pub fn leads_here(self, now: Timestamp) -> bool {
        matches!(self, Self::Ours(until) if until.is_none_or(|until| now < until))
    }

    fn yields(self) -> bool {
        matches!(self, Self::Nobody | Self::Ours(Some(_)))
    }
}

/// A text that a phone sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    pub phone: u8,
    pub word: Option<ConsentWord>,
    /// Its webhook was answered with success.
    pub taken: bool,
    /// How often it is in our log.
    pub here: u8,
    /// How often it is in another.
    pub elsewhere: u8,
}

/// A provider call of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub seq: Seq,
    pub leg: LegId,
    pub attempt: u32,
    pub welcome: bool,
    pub stage: Stage,
}

/// How far a call has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// On its way to the provider.
    Out,
    /// The provider has answered; we have not stored it.
    Back(Verdict),
}

/// What a provider says to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Accept,
    Refuse,
    PutOff,
}

/// A message that the provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Carried {
    pub seq: Seq,
    pub leg: LegId,
    pub welcome: bool,
    pub fate: Fate,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    Accepted,
    Delivered,
    Undelivered,
}

/// A command that another node has decided and not committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Race {
    pub deed: Deed,
    pub events: Vec<Event>,
    /// Where the log stood when it was decided.
    pub based_on: Seq,
    /// Something that it was decided on has changed since: the versions say so.
    pub stale: bool,
}

/// What somebody wants of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    Say,
    Tell(u8),
    Switch(By, Place),
    Reconnect(u8, Place),
    Cancel(By),
    Revert,
    Resolve(By),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    Visitor,
    Operator(u8),
}

impl By {
    pub fn actor(self) -> Actor {
        match self {
            Self::Visitor => Actor::Visitor,
            Self::Operator(number) => Actor::Operator(operator(number)),
        }
    }
}

pub fn operator(number: u8) -> OperatorId {
    OperatorId(uuid::Uuid::from_u128(u128::from(number) + 1))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Window,
    Phone(u8),
}

/// One step of anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Somebody does a deed; it is committed, whether or not they hear of it.
    Do(Deed),
    /// They did not hear of it, and do it again under the same client id.
    SayAgain,
    TellAgain(u8),
    /// Another node decides a deed, and commits it later.
    Decide(Deed),
    Commit,
    /// The visitor closes the last window, or opens one.
    Leave,
    Return,
    /// The carrier of a leg takes up its next message.
    HandOver(LegId),
    /// The provider hears a call.
    Arrive(usize, Verdict),
    /// We hear its answer.
    Answer(usize),
    /// We never do: the call or its answer is lost.
    Lose(usize),
    /// The lease of a call runs out while a slow node is still at it.
    Outlive(usize),
    /// A status callback, for the first time or again, in any order.
    Callback(usize, Fate),
    /// The provider's list is asked about a message whose outcome is unknown.
    Ask(Seq),
    /// Somebody writes on a phone.
    Write(u8, Option<ConsentWord>),
    /// The webhook of a text.
    Webhook(usize),
    /// The same webhook again.
    WebhookAgain(usize),
    /// Time passes, up to the next moment that matters.
    Pass,
    /// The sweeper says aloud what the clock has changed.
    Lapse,
    /// The process ends and starts again.
    Crash,
    /// Another conversation asks for a pair.
    Stranger(u8),
}

/// How much of what is bounded has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Spent {
    stops: u8,
    switches: u8,
    operator_switches: u8,
    losses: u8,
    refusals: u8,
    undeliverables: u8,
    crashes: u8,
    resolves: u8,
    leaves: u8,
    strangers: u8,
    races: u8,
}

impl World {
    /// The visitor has opened a chat in a window.
    pub fn begun(product: &Product) -> Self {
        let mut world = Self {
            chat: Conversation::default(),
            mail: Vec::new(),
            pairs: [Pair::Nobody; 2],
            opted_out: [false; 2],
            here: true,
            now: Timestamp(0),
            said: Vec::new(),
            told: Vec::new(),
            written: Vec::new(),
            calls: Vec::new(),
            race: None,
            carried: Vec::new(),
            asked_on: None,
            pending: None,
            left: [0; LEGS],
            joined: [0; LEGS],
            broken: Broken::default(),
            spent: Spent::default(),
        };
        world.begin(product);
        world
    }

    /// Every step that anybody could take now.
    pub fn possible(&self, product: &Product, actions: &mut Vec<Action>) {
        self.deeds(product, &mut |deed| {
            actions.push(Action::Do(deed));
            if self.race.is_none() && self.spent.races < product.bounds.races {
                actions.push(Action::Decide(deed));
            }
        });
        if self.race.is_some() {
            actions.push(Action::Commit);
        }
        self.steps_of_the_visitor(product, actions);
        self.steps_of_the_gateway(product, actions);
        self.steps_of_the_provider(product, actions);
        self.steps_of_the_world(product, actions);
    }

    fn deeds(&self, product: &Product, push: &mut impl FnMut(Deed)) {
        let bounds = &product.bounds;
        let places = || std::iter::once(Place::Window).chain((0..bounds.phones).map(Place::Phone));
        if self.said.len() < usize::from(bounds.says) {
            push(Deed::Say);
        }
        if self.told.len() < usize::from(bounds.tells) {
            (0..bounds.operators).map(Deed::Tell).for_each(&mut *push);
        }
        if self.spent.switches < bounds.switches {
            places()
                .map(|place| Deed::Switch(By::Visitor, place))
                .for_each(&mut *push);
        }
        if self.spent.operator_switches < bounds.operator_switches {
            let last = bounds.operators - 1;
            places()
                .map(|place| Deed::Switch(By::Operator(last), place))
                .for_each(&mut *push);
            if bounds.resolves > 0 {
                push(Deed::Reconnect(last, Place::Phone(0)));
            }
        }
        match self.chat.route.phase {
            Phase::Greeting(_) => {
                push(Deed::Cancel(By::Visitor));
                if bounds.operator_switches > 0 {
                    push(Deed::Cancel(By::Operator(bounds.operators - 1)));
                }
            }
            Phase::Reversible { .. } => push(Deed::Revert),
            Phase::Settled => {}
        }
        if self.spent.resolves < bounds.resolves {
            push(Deed::Resolve(By::Visitor));
        }
    }

    fn steps_of_the_visitor(&self, product: &Product, actions: &mut Vec<Action>) {
        let bounds = &product.bounds;
        // With dedup a repeat changes nothing, whenever it comes; without, one is enough.
        if product.without == Some(Without::Dedup) {
            if !self.said.is_empty() {
                actions.push(Action::SayAgain);
            }
            if !self.told.is_empty() {
                actions.push(Action::TellAgain(0));
            }
            actions.extend(
                (0..self.written.len())
                    .filter(|&text| self.written[text].taken)
                    .map(Action::WebhookAgain),
            );
        }
        if self.here && self.spent.leaves < bounds.leaves {
            actions.push(Action::Leave);
        }
        if !self.here {
            actions.push(Action::Return);
        }
        if self.written.len() < usize::from(bounds.writes) {
            actions.extend((0..bounds.phones).map(|phone| Action::Write(phone, None)));
        }
        if self.spent.stops < bounds.stops {
            let word = if self.spent.stops == 0 {
                ConsentWord::OptOut
            } else {
                ConsentWord::OptIn
            };
            actions.extend((0..bounds.phones).map(|phone| Action::Write(phone, Some(word))));
        }
        actions.extend(
            (0..self.written.len())
                .filter(|&text| !self.written[text].taken)
                .map(Action::Webhook),
        );
    }

    fn steps_of_the_gateway(&self, product: &Product, actions: &mut Vec<Action>) {
        for (leg, _) in self.chat.numbered().skip(1) {
            if switchboard::core::delivery::next_in_lane(&self.lane(leg)).is_some() {
                actions.push(Action::HandOver(leg));
            }
        }
        for (index, call) in self.calls.iter().enumerate() {
            if matches!(call.stage, Stage::Back(_)) {
                actions.push(Action::Answer(index));
            }
            if matches!(call.stage, Stage::Out | Stage::Back(Verdict::Accept))
                && self.spent.losses < product.bounds.losses
            {
                actions.push(Action::Lose(index));
                actions.push(Action::Outlive(index));
            }
        }
        for delivery in self
            .mail
            .iter()
            .filter(|delivery| delivery.state == State::Uncertain)
        {
            // Not being listed proves nothing while the provider may still be at it, though we may have hung up long ago.
            let out = self
                .calls
                .iter()
                .any(|call| call.seq == delivery.seq && call.stage == Stage::Out);
            if !out || product.without == Some(Without::Reconcile) {
                actions.push(Action::Ask(delivery.seq));
            }
        }
        if self.spent.crashes < product.bounds.crashes {
            actions.push(Action::Crash);
        }
        if matches!(&self.chat.route.phase, Phase::Greeting(greeting) if self.now >= greeting.deadline)
        {
            actions.push(Action::Lapse);
        }
    }

    fn steps_of_the_provider(&self, product: &Product, actions: &mut Vec<Action>) {
        for (index, call) in self.calls.iter().enumerate() {
            if call.stage == Stage::Out {
                actions.push(Action::Arrive(index, Verdict::Accept));
                if self.spent.refusals < product.bounds.refusals {
                    actions.push(Action::Arrive(index, Verdict::Refuse));
                    actions.push(Action::Arrive(index, Verdict::PutOff));
                }
            }
        }
        for (index, carried) in self.carried.iter().enumerate() {
            let state = self.delivery(carried.seq).state;
            // A callback that tells nothing new changes nothing: the machine's own tests say so of every one.
            if state <= State::Uncertain {
                actions.push(Action::Callback(index, Fate::Accepted));
            }
            if carried.fate != Fate::Undelivered && state < State::Delivered {
                actions.push(Action::Callback(index, Fate::Delivered));
            }
            let may_fail = match carried.fate {
                Fate::Accepted => self.spent.undeliverables < product.bounds.undeliverables,
                Fate::Delivered => false,
                Fate::Undelivered => !matches!(state, State::Failed(_)),
            };
            if may_fail {
                actions.push(Action::Callback(index, Fate::Undelivered));
            }
        }
    }

    fn steps_of_the_world(&self, product: &Product, actions: &mut Vec<Action>) {
        if self.next_moment(product).is_some() {
            actions.push(Action::Pass);
        }
        if self.spent.strangers < product.bounds.strangers && self.pairs[0].yields() {
            actions.push(Action::Stranger(0));
        }
    }

    /// The next moment at which anything changes by itself.
    fn next_moment(&self, product: &Product) -> Option<Timestamp> {
        let phase = match &self.chat.route.phase {
            Phase::Greeting(greeting) => Some(greeting.deadline),
            Phase::Reversible { until, .. } => Some(until.plus(RULES.grace)),
            Phase::Settled => None,
        };
        let kept = self.pairs.iter().filter_map(|pair| match pair {
            Pair::Ours(until) if product.bounds.strangers > 0 => *until,
            _ => None,
        });
        phase
            .into_iter()
            .chain(kept)
            .filter(|moment| *moment > self.now)
            .min()
    }

    /// Takes one step. False: nothing came of it.
    pub fn does(&mut self, product: &Product, action: Action) -> bool {
        let done = self.takes(product, action);
        if done {
            self.look();
        }
        done
    }

    fn takes(&mut self, product: &Product, action: Action) -> bool {
        match action {
            Action::Do(deed) => {
                self.spend(deed);
                return self.perform(product, deed);
            }
            Action::Decide(deed) => {
                self.spend(deed);
                self.spent.races += 1;
                return self.decide_elsewhere(product, deed);
            }
            Action::Commit => self.commit_elsewhere(product),
            Action::SayAgain => return self.perform(product, Deed::Say),
            Action::TellAgain(by) => return self.perform(product, Deed::Tell(by)),
            Action::Leave => {
                self.here = false;
                self.spent.leaves += 1;
            }
            Action::Return => self.here = true,
            Action::HandOver(leg) => self.hand_over(product, leg),
            Action::Arrive(call, verdict) => self.arrive(call, verdict),
            Action::Answer(call) => self.answer(product, call),
            Action::Lose(call) => {
                self.spent.losses += 1;
                let call = self.calls.remove(call);
                self.outcome_unknown(call);
            }
            Action::Outlive(call) => {
                self.spent.losses += 1;
                self.outcome_unknown(self.calls[call]);
            }
            Action::Callback(carried, fate) => {
                let first = self.carried[carried].fate != fate;
                if fate != Fate::Accepted {
                    self.carried[carried].fate = fate;
                }
                if fate == Fate::Undelivered && first {
                    self.spent.undeliverables += 1;
                }
                self.called_back(product, self.carried[carried].seq, fate);
            }
            Action::Ask(seq) => self.ask(product, seq),
            Action::Write(phone, word) => self.write(phone, word),
            Action::Webhook(text) | Action::WebhookAgain(text) => self.webhook(product, text),
            Action::Pass => {
                self.now = self.next_moment(product).unwrap_or(self.now);
                self.touch();
            }
            Action::Lapse => self.lapse(product),
            Action::Crash => {
                self.spent.crashes += 1;
                self.crash();
            }
            Action::Stranger(phone) => {
                self.spent.strangers += 1;
                self.pairs[usize::from(phone)] = Pair::Theirs;
                self.touch();
            }
        }
        true
    }

    fn spend(&mut self, deed: Deed) {
        match deed {
            Deed::Switch(By::Visitor, _) => self.spent.switches += 1,
            Deed::Switch(By::Operator(_), _) | Deed::Reconnect(..) => {
                self.spent.operator_switches += 1
            }
            Deed::Resolve(_) => self.spent.resolves += 1,
            _ => {}
        }
    }

    fn write(&mut self, phone: u8, word: Option<ConsentWord>) {
        if word.is_some() {
            self.spent.stops += 1;
        }
        let leg = self.leg_of(phone);
        for carried in &mut self.carried {
            // Whoever answers has got what was sent.
            if Some(carried.leg) == leg && carried.fate == Fate::Accepted {
                carried.fate = Fate::Delivered;
            }
        }
        self.written.push(Text {
            phone,
            word,
            taken: false,
            here: 0,
            elsewhere: 0,
        });
    }

    fn arrive(&mut self, call: usize, verdict: Verdict) {
        let Call {
            seq, leg, welcome, ..
        } = self.calls[call];
        self.calls[call].stage = Stage::Back(verdict);
        if verdict == Verdict::Accept {
            self.received(seq, leg, welcome);
            self.carried.push(Carried {
                seq,
                leg,
                welcome,
                fate: Fate::Accepted,
            });
        } else {
            self.spent.refusals += 1;
        }
    }

    pub fn delivery(&self, seq: Seq) -> &Delivery {
        self.mail
            .iter()
            .find(|delivery| delivery.seq == seq)
            .expect("only what was stored is carried")
    }

    /// A leg's messages in log order.
    pub fn lane(&self, leg: LegId) -> Vec<Delivery> {
        self.mail
            .iter()
            .filter(|delivery| delivery.leg == leg)
            .cloned()
            .collect()
    }
}
