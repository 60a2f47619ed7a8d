//! The cast of the machine's tests: one visitor, two operators, a window, two phones, and a hand on the clock.

use std::collections::BTreeMap;

use crate::core::command::Words;
use crate::core::conversation::Outcome;
use crate::core::delivery::{Delivery, Gate, Happened, State, gate, next_in_lane};
use crate::core::event::{Lost, Message, Reach};
use crate::core::*;

pub const WINDOW: LegId = LegId(1);
pub const TELEPHONE: LegId = LegId(2);
pub const CHAT: LegId = LegId(3);

pub fn ada() -> OperatorId {
    OperatorId(uuid::Uuid::from_u128(1))
}

pub fn bob() -> OperatorId {
    OperatorId(uuid::Uuid::from_u128(2))
}

/// The visitor's window.
pub fn window() -> Target {
    Target {
        reach: Reach::View,
        connection: "window".into(),
        address: "visitor".into(),
        free: true,
        proof: Proof::Linked,
        welcome: "".into(),
        welcome_template: None,
    }
}

/// The visitor's telephone.
pub fn telephone() -> Target {
    phone("telephone", "+15005550001")
}

/// The same person on a second channel.
pub fn messenger() -> Target {
    phone("messenger", "15005550001")
}

pub fn phone(connection: &str, address: &str) -> Target {
    Target {
        reach: Reach::Remote,
        connection: connection.into(),
        address: address.into(),
        free: true,
        proof: Proof::Claimed,
        welcome: "Acme: reply to continue".into(),
        welcome_template: None,
    }
}

pub fn words(text: &str) -> Words {
    Words {
        text: text.into(),
        ..Words::default()
    }
}

pub fn stop() -> Words {
    Words {
        consent: Some(ConsentWord::OptOut),
        ..words("STOP")
    }
}

pub fn start() -> Words {
    Words {
        consent: Some(ConsentWord::OptIn),
        ..words("START")
    }
}

/// One conversation, its messages on their way, and what a shell would look up for it.
pub struct World {
    pub chat: Conversation,
    pub mail: Vec<Delivery>,
    pub log: Vec<Event>,
    pub now: Timestamp,
    pub rules: Rules,
    pub facts: BTreeMap<LegId, Facts>,
    pub here: bool,
    pub holder_present: bool,
    pub other_open: Option<ConversationId>,
}

impl World {
    /// Nothing has begun.
    pub fn empty() -> Self {
        Self {
            chat: Conversation::default(),
            mail: Vec::new(),
            log: Vec::new(),
            now: Timestamp(1_000_000),
            rules: Rules::default(),
            facts: BTreeMap::new(),
            here: true,
            holder_present: true,
            other_open: None,
        }
    }

    /// The visitor has opened a chat in the window.
    pub fn at_window() -> Self {
        let mut world = Self::empty();
        world.does(Command::Open {
            by: Actor::Visitor,
            target: window(),
        });
        world
    }

    /// The same, while a welcome is on its way to the telephone.
    pub fn greeting() -> Self {
        let mut world = Self::at_window();
        world.visitor_switches(telephone());
        world
    }

    /// The same, right after the provider took that welcome.
    pub fn reversible() -> Self {
        let mut world = Self::greeting();
        world.provider_takes_the_welcome();
        world
    }

    /// The same, after the window.
    pub fn on_telephone() -> Self {
        let mut world = Self::reversible();
        world.window_passes();
        world
    }

    /// A lead that was typed in: nobody has been reached yet.
    pub fn lead() -> Self {
        let mut world = Self::empty();
        world.does(Command::Open {
            by: Actor::Operator(ada()),
            target: telephone(),
        });
        world
    }

    /// A conversation that began with a text from the telephone.
    pub fn from_phone() -> Self {
        let mut world = Self::empty();
        world.does(Command::Open {
            by: Actor::Visitor,
            target: telephone(),
        });
        world.texts(telephone(), "hello");
        world
    }

    pub fn context(&self) -> Context {
        let legs = self.chat.numbered().map(|(id, leg)| {
            self.facts.get(&id).copied().unwrap_or(Facts {
                held: leg.holds,
                ..Facts::FINE
            })
        });
        Context {
            now: self.now,
            rules: self.rules,
            legs: legs.collect(),
            here: self.here,
            holder_present: self.holder_present,
            other_open: self.other_open,
            handed_over: self.pending_welcome().is_some_and(Delivery::handed_over),
        }
    }

    fn pending_welcome(&self) -> Option<&Delivery> {
        let Phase::Greeting(greeting) = &self.chat.route.phase else {
            return None;
        };
        self.mail
            .iter()
            .find(|delivery| delivery.welcome == Some(greeting.switch))
    }

    pub fn tries(&mut self, command: Command) -> Result<Vec<Kind>, Refusal> {
        let events = decide(&self.chat, command, &self.context())?;
        for event in &events {
            self.chat.apply(event);
            for delivery in &mut self.mail {
                delivery.follow(event);
            }
            self.mail.extend(Delivery::start(self.chat.last_seq, event));
        }
        let kinds = events.iter().map(|event| event.kind.clone()).collect();
        self.log.extend(events);
        self.holds_together();
        Ok(kinds)
    }

    /// What must be true of every state, whatever the test is about.
    fn holds_together(&self) {
        let mut replayed = Conversation::default();
        for event in &self.log {
            replayed.apply(event);
        }
        assert_eq!(
            replayed, self.chat,
            "the log from its beginning gives the present state"
        );
        assert_eq!(self.chat.last_seq as usize, self.log.len());
        if self.chat.view().is_some() {
            assert!(
                self.chat.route.active.is_some(),
                "one with a window always has an active leg"
            );
        }
    }

    pub fn does(&mut self, command: Command) -> Vec<Kind> {
        let said = format!("{command:?}");
        self.tries(command)
            .unwrap_or_else(|refusal| panic!("{said} was refused: {refusal}"))
    }

    pub fn refuses(&mut self, command: Command) -> Refusal {
        let before = self.chat.clone();
        let refusal = self.tries(command).expect_err("this must be refused");
        assert_eq!(before, self.chat, "what is refused changes nothing");
        refusal
    }

    pub fn changes_nothing(&mut self, command: Command) {
        assert_eq!(self.does(command), []);
    }

    // What people do.

    pub fn visitor_asks(&self, target: Target) -> Command {
        Command::Switch {
            by: Actor::Visitor,
            target,
            own_text: false,
            invitation: None,
        }
    }

    pub fn visitor_switches(&mut self, target: Target) -> Vec<Kind> {
        let command = self.visitor_asks(target);
        self.does(command)
    }

    pub fn own_text_asks(&mut self, target: Target) -> Vec<Kind> {
        self.does(Command::Switch {
            by: Actor::Visitor,
            target,
            own_text: true,
            invitation: None,
        })
    }

    pub fn operator_asks(&self, target: Target) -> Command {
        Command::Switch {
            by: Actor::Operator(ada()),
            target,
            own_text: false,
            invitation: None,
        }
    }

    pub fn operator_switches(&mut self, target: Target) -> Vec<Kind> {
        let command = self.operator_asks(target);
        self.does(command)
    }

    pub fn says(&mut self, text: &str) -> Vec<Kind> {
        self.does(Command::Say { words: words(text) })
    }

    pub fn texts(&mut self, target: Target, text: &str) -> Vec<Kind> {
        self.does(Command::Text {
            target,
            words: words(text),
        })
    }

    /// A text of STOP: the ledger knows before the machine is asked.
    pub fn stops(&mut self, leg: LegId, target: Target) -> Vec<Kind> {
        self.facts.insert(
            leg,
            Facts {
                opted_out: true,
                ..Facts::FINE
            },
        );
        self.does(Command::Text {
            target,
            words: stop(),
        })
    }

    pub fn tell(&self, text: &str) -> Command {
        Command::Tell {
            operator: ada(),
            leg: self.chat.route.active,
            words: words(text),
        }
    }

    pub fn tells(&mut self, text: &str) -> Seq {
        let command = self.tell(text);
        self.does(command);
        self.chat.last_seq
    }

    pub fn lost(&mut self, leg: LegId, why: Lost) -> Vec<Kind> {
        self.does(Command::Lost { leg, why })
    }

    // What the clock and the providers do.

    pub fn passes(&mut self, millis: i64) {
        self.now = self.now.plus(millis);
    }

    pub fn window_passes(&mut self) {
        self.passes(self.rules.revert_window + self.rules.grace);
    }

    /// Hands the next message of a leg over, if the gate lets it go.
    pub fn hand_over(&mut self, leg: LegId) -> Option<(Seq, Gate)> {
        let lane: Vec<_> = self
            .mail
            .iter()
            .filter(|delivery| delivery.leg == leg)
            .cloned()
            .collect();
        let seq = next_in_lane(&lane)?.seq;
        let verdict = self.gate(seq);
        self.learn(
            seq,
            match verdict {
                Gate::Go => Happened::Dispatched,
                Gate::Withdraw => Happened::Withdrawn,
                Gate::Refuse(reason) => Happened::Refused(reason),
            },
        );
        Some((seq, verdict))
    }

    pub fn gate(&self, seq: Seq) -> Gate {
        gate(&self.chat, self.delivery(seq), &self.context())
    }

    pub fn delivery(&self, seq: Seq) -> &Delivery {
        self.mail
            .iter()
            .find(|delivery| delivery.seq == seq)
            .expect("that message is on its way")
    }

    pub fn state(&self, seq: Seq) -> State {
        self.delivery(seq).state
    }

    pub fn learn(&mut self, seq: Seq, happened: Happened) {
        let delivery = self.mail.iter_mut().find(|delivery| delivery.seq == seq);
        delivery
            .expect("that message is on its way")
            .learn(happened);
    }

    pub fn hand_over_the_welcome(&mut self) -> (SwitchId, Seq) {
        let welcome = self
            .pending_welcome()
            .expect("a welcome is on its way")
            .clone();
        assert_eq!(self.hand_over(welcome.leg), Some((welcome.seq, Gate::Go)));
        (welcome.welcome.expect("it is a welcome"), welcome.seq)
    }

    pub fn provider_takes_the_welcome(&mut self) -> Vec<Kind> {
        let (switch, seq) = self.hand_over_the_welcome();
        self.learn(seq, Happened::Accepted);
        self.does(Command::Accepted { switch })
    }

    // What can be asked of it.

    pub fn phase(&self) -> Phase {
        self.chat.phase(self.now, &self.rules)
    }

    pub fn settled(&self) -> bool {
        self.phase() == Phase::Settled
    }

    pub fn reversible_now(&self) -> bool {
        matches!(self.phase(), Phase::Reversible { .. })
    }

    pub fn greets(&self, leg: LegId) -> bool {
        matches!(self.phase(), Phase::Greeting(greeting) if greeting.to == leg)
    }

    pub fn active(&self) -> Option<LegId> {
        self.chat.route.active
    }

    pub fn leg(&self, id: LegId) -> &Leg {
        self.chat.leg(id).expect("that leg was opened")
    }

    pub fn outcome(&self) -> Option<Outcome> {
        self.chat.route.last.map(|last| last.outcome)
    }

    pub fn messages(&self) -> Vec<&Message> {
        self.log
            .iter()
            .filter_map(|event| match &event.kind {
                Kind::Message(message) => Some(message),
                _ => None,
            })
            .collect()
    }

    /// The operators' side of it, which a switch must not touch.
    pub fn desk(&self) -> (Status, Timestamp, u32) {
        (self.chat.status, self.chat.queued_at, self.chat.unread)
    }
}
