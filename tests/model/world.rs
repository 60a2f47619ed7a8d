//! Everybody but the gateway: the visitor and their tabs, operators, phones, the provider, the network, the clock, and the hand that
//! pulls the plug.

use switchboard::core::delivery::Delivery;
use switchboard::core::{
    Actor, ConsentWord, Conversation, Event, LegId, OperatorId, Rules, Seq, SwitchId, Timestamp,
};

use crate::Product;
use crate::promises::{Broken, Watched};

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
    /// When each phone last wrote, as far as that opens a window for free text.
    pub heard: [Option<Timestamp>; 2],
    pub here: bool,
    pub now: Timestamp,
    /// How often each message of the visitor's window is in the log.
    pub said: Vec<u8>,
    /// The same of operators' messages.
    pub told: Vec<u8>,
    /// Texts of the phones.
    pub written: Vec<Text>,
    /// How often the one-time code was used.
    pub code_used: u8,
    /// The one-time links that phones were sent.
    pub links: Vec<Link>,
    /// Messages whose id at the provider is known, and receipts for those whose is not.
    pub known: Vec<Seq>,
    pub parked: Vec<(Seq, Fate)>,

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
    /// Where it stood when each leg was first switched to or written on.
    pub joined: [Seq; LEGS],
    /// Phones of which we have heard that they opted out, and not in since.
    pub silenced: [bool; 2],
    /// Phones of which the provider has said that they take no free text, and which have not written since.
    pub closed: [bool; 2],
    /// The first phone's pair had yielded when another conversation took it, and was not had again.
    pub yielded: bool,
    pub broken: Broken,
    pub spent: Spent,
}

impl Watched for World {
    fn broken(&self) -> Broken {
        self.broken
    }
}

/// Whom a pair leads to: a row under a unique key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pair {
    #[default]
    Nobody,
    /// To our conversation; where there is a time, it yields, and leads nowhere after it.
    Ours(Option<Timestamp>),
    /// To another conversation; where there is a time, likewise.
    Theirs(Option<Timestamp>),
}

impl Pair {
    pub fn leads_here(self, now: Timestamp) -> bool {
        matches!(self, Self::Ours(until) if until.is_none_or(|until| now < until))
    }

    /// Whether it may be taken by a conversation that it does not lead to.
    pub fn yields(self) -> bool {
        matches!(
            self,
            Self::Nobody | Self::Ours(Some(_)) | Self::Theirs(Some(_))
        )
    }

    /// Whether it may be taken by one that it was given back by.
    pub fn is_over(self, now: Timestamp) -> bool {
        match self {
            Self::Nobody => true,
            Self::Ours(_) => false,
            Self::Theirs(until) => until.is_some_and(|until| until <= now),
        }
    }
}

/// A text that a phone sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    pub phone: u8,
    pub what: What,
    /// When it was written, where that matters.
    pub at: Timestamp,
    /// Its webhook was answered with success.
    pub taken: bool,
    /// How often it is in our log.
    pub here: u8,
    /// How often it is in another.
    pub elsewhere: u8,
}

/// What a phone writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Words,
    Consent(ConsentWord),
    /// The one-time code of the window.
    Code,
    /// The word that asks for the way back.
    WayBack,
}

impl What {
    pub fn consent(self) -> Option<ConsentWord> {
        match self {
            Self::Consent(word) => Some(word),
            _ => None,
        }
    }

    pub fn answers(self) -> bool {
        self != Self::Consent(ConsentWord::OptOut)
    }
}

/// A one-time link that a phone was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// The leg that it was asked for on.
    pub leg: LegId,
    /// How often it was opened.
    pub opened: u8,
}

/// A provider call of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub seq: Seq,
    pub leg: LegId,
    pub attempt: u32,
    pub welcome: bool,
    pub template: bool,
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
    /// The phone has opted out, which only the provider knows.
    Bar,
    /// The phone takes no free text now.
    Close,
}

/// A message that the provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Carried {
    pub seq: Seq,
    pub leg: LegId,
    pub welcome: bool,
    pub fate: Fate,
    /// What receipts have told of it, as far as that is watched.
    pub told: Told,
}

/// What receipts have told of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Told {
    pub delivered: bool,
    pub read: bool,
    pub undelivered: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    Accepted,
    Delivered,
    Read,
    Undelivered,
}

/// A command that another node has decided and not committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Race {
    pub deed: Deed,
    pub events: Vec<Event>,
    /// Where the log stood when it was decided.
    pub based_on: Seq,
    /// Whether the visitor was at the window then. Coming and going has no version: whoever decides has seen it as it was.
    pub here: bool,
    /// Something that it was decided on has changed since: the versions say so.
    pub stale: bool,
}

/// What somebody wants of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    Say,
    Tell(u8),
    /// An operator sends a template.
    Template(u8),
    Switch(By, Place),
    Reconnect(u8, Place),
    Cancel(By),
    Revert,
    Resolve(By),
    /// One operator hands the conversation on to another.
    Transfer(u8, u8),
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
    Write(u8, What),
    /// The webhook of a text.
    Webhook(usize),
    /// The same webhook again.
    WebhookAgain(usize),
    /// Somebody opens a link that a phone was sent; the visitor, or nobody that we know.
    Open(usize, bool),
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
pub struct Spent {
    pub templates: u8,
    pub stops: u8,
    pub codes: u8,
    pub ways_back: u8,
    pub switches: u8,
    pub operator_switches: u8,
    pub reconnects: u8,
    pub transfers: u8,
    pub losses: u8,
    pub refusals: u8,
    pub bars: u8,
    pub undeliverables: u8,
    pub crashes: u8,
    pub resolves: u8,
    pub leaves: u8,
    pub strangers: u8,
    pub races: u8,
}

impl World {
    /// The visitor has opened a chat in a window.
    pub fn begun(product: &Product) -> Self {
        let mut world = Self {
            chat: Conversation::default(),
            mail: Vec::new(),
            pairs: [Pair::Nobody; 2],
            opted_out: [false; 2],
            heard: [None; 2],
            here: true,
            now: Timestamp(0),
            said: Vec::new(),
            told: Vec::new(),
            written: Vec::new(),
            code_used: 0,
            links: Vec::new(),
            known: Vec::new(),
            parked: Vec::new(),
            calls: Vec::new(),
            race: None,
            carried: Vec::new(),
            asked_on: None,
            pending: None,
            left: [0; LEGS],
            joined: [0; LEGS],
            silenced: [false; 2],
            closed: [false; 2],
            yielded: false,
            broken: Broken::default(),
            spent: Spent::default(),
        };
        world.begin(product);
        world
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
            Action::Arrive(call, verdict) => self.arrive(product, call, verdict),
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
                if fate > self.carried[carried].fate {
                    self.carried[carried].fate = fate;
                }
                if fate == Fate::Undelivered && first {
                    self.spent.undeliverables += 1;
                }
                self.called_back(product, carried, fate);
            }
            Action::Ask(seq) => self.ask(product, seq),
            Action::Write(phone, what) => {
                let text = self.write(product, phone, what);
                self.written.push(text);
            }
            Action::Webhook(text) | Action::WebhookAgain(text) => self.webhook(product, text),
            Action::Open(link, known) => return self.open_link(product, link, known),
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
                self.pairs[usize::from(phone)] = Pair::Theirs(None);
                self.touch();
            }
        }
        true
    }

    fn spend(&mut self, deed: Deed) {
        match deed {
            Deed::Template(_) => self.spent.templates += 1,
            Deed::Switch(By::Visitor, _) => self.spent.switches += 1,
            Deed::Switch(By::Operator(_), _) => self.spent.operator_switches += 1,
            Deed::Reconnect(..) => self.spent.reconnects += 1,
            Deed::Transfer(..) => self.spent.transfers += 1,
            Deed::Resolve(_) => self.spent.resolves += 1,
            _ => {}
        }
    }

    /// Somebody writes on a phone: it is on its way to us.
    pub fn write(&mut self, product: &Product, phone: u8, what: What) -> Text {
        match what {
            What::Words => {}
            What::Consent(_) => self.spent.stops += 1,
            What::Code => self.spent.codes += 1,
            What::WayBack => self.spent.ways_back += 1,
        }
        self.answered_by(phone);
        let windowed = product.bounds.window.is_some();
        Text {
            phone,
            what,
            at: if windowed { self.now } else { Timestamp(0) },
            taken: false,
            here: 0,
            elsewhere: 0,
        }
    }

    /// Whoever answers has got what was sent.
    pub fn answered_by(&mut self, phone: u8) {
        let leg = self.leg_of(phone);
        for carried in &mut self.carried {
            if Some(carried.leg) == leg && carried.fate == Fate::Accepted {
                carried.fate = Fate::Delivered;
            }
        }
    }

    fn arrive(&mut self, product: &Product, call: usize, verdict: Verdict) {
        let Call {
            seq,
            leg,
            welcome,
            template,
            ..
        } = self.calls[call];
        let free_for_them = template || self.takes_free_text(product, leg);
        self.calls[call].stage = Stage::Back(verdict);
        match verdict {
            Verdict::Accept => {
                self.received(seq, leg, welcome);
                self.carried.push(Carried {
                    seq,
                    leg,
                    welcome,
                    fate: Fate::Accepted,
                    told: Told::default(),
                });
            }
            Verdict::Bar => self.spent.bars += 1,
            Verdict::Close if !free_for_them => {}
            Verdict::Refuse | Verdict::PutOff | Verdict::Close => self.spent.refusals += 1,
        }
    }

    /// Whether a phone takes free text now, as its provider knows: it has seen every text when it was written.
    pub fn takes_free_text(&self, product: &Product, leg: LegId) -> bool {
        let phone = self.phone_of(leg);
        product.bounds.window.is_none_or(|window| {
            self.written.iter().any(|text| {
                usize::from(text.phone) == phone && self.now < text.at.plus(window.open_for)
            })
        })
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
