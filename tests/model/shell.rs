//! What the gateway does round the machines, one transaction at a time: load, decide, commit; gate, hand over, learn.

use std::sync::OnceLock;

use switchboard::core::command::Words;
use switchboard::core::conversation::Hold;
use switchboard::core::delivery::{Delivery, Gate, Happened, State, gate, next_in_lane};
use switchboard::core::event::{Lost, Reach};
use switchboard::core::{
    Actor, Command, ConsentWord, Context, Event, Facts, Kind, LegId, Phase, Proof, Reason, Refusal,
    Rules, Seq, Target, Text, decide,
};

use crate::Product;
use crate::bounds::Without;
use crate::landmarks::Landmark;
use crate::promises::Promise;
use crate::watch::rank;
use crate::world::{
    Call, Deed, Fate, Pair, Place, RULES, Race, Stage, Verdict, WEB, World, operator,
};

/// What is written in the model; nobody reads it.
struct Script {
    nothing: Text,
    window: Text,
    phones: [Text; 2],
}

fn script() -> &'static Script {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    SCRIPT.get_or_init(|| Script {
        nothing: "".into(),
        window: "w".into(),
        phones: ["a".into(), "b".into()],
    })
}

impl World {
    pub(crate) fn begin(&mut self, product: &Product) {
        let command = Command::Open {
            by: Actor::Visitor,
            target: self.target(Place::Window),
        };
        self.transact(product, command, false)
            .expect("a conversation can begin");
    }

    fn target(&self, place: Place) -> Target {
        let script = script();
        let (reach, connection, free) = match place {
            Place::Window => (Reach::View, &script.window, true),
            Place::Phone(phone) => {
                let phone = usize::from(phone);
                (
                    Reach::Remote,
                    &script.phones[phone],
                    self.pairs[phone] != Pair::Theirs,
                )
            }
        };
        Target {
            reach,
            connection: connection.clone(),
            address: script.nothing.clone(),
            free,
            proof: Proof::Claimed,
            welcome: script.nothing.clone(),
            welcome_template: None,
        }
    }

    pub(crate) fn leg_of(&self, phone: u8) -> Option<LegId> {
        self.chat.leg_to(&script().phones[usize::from(phone)], "")
    }

    pub(crate) fn phone_of(&self, leg: LegId) -> usize {
        let first = self
            .chat
            .leg(leg)
            .is_some_and(|leg| leg.connection == script().phones[0]);
        usize::from(!first)
    }

    pub(crate) fn facts(&self, leg: LegId) -> Facts {
        if leg == WEB {
            return Facts::FINE;
        }
        let phone = self.phone_of(leg);
        Facts {
            held: self.pairs[phone].leads_here(self.now),
            opted_out: self.opted_out[phone],
            ..Facts::FINE
        }
    }

    fn context(&self, product: &Product) -> Context {
        let legs = self
            .chat
            .numbered()
            .map(|(leg, _)| self.facts(leg))
            .collect();
        let pending = match &self.chat.route.phase {
            Phase::Greeting(greeting) => self
                .mail
                .iter()
                .find(|delivery| delivery.welcome == Some(greeting.switch)),
            _ => None,
        };
        Context {
            now: self.now,
            rules: Rules {
                hold_before_reply: product.bounds.hold,
                ..RULES
            },
            legs,
            here: self.here,
            holder_present: true,
            other_open: None,
            handed_over: pending.is_some_and(Delivery::handed_over),
        }
    }

    /// Something that a decision may have been based on has changed: its version says so.
    pub(crate) fn touch(&mut self) {
        if let Some(race) = &mut self.race {
            race.stale = true;
        }
    }

    // Commands.

    fn command(&self, deed: Deed) -> Command {
        let words = Words {
            text: script().nothing.clone(),
            ..Words::default()
        };
        match deed {
            Deed::Say => Command::Say { words },
            Deed::Tell(by) => Command::Tell {
                operator: operator(by),
                leg: self.chat.route.active,
                words,
            },
            Deed::Switch(by, place) => Command::Switch {
                by: by.actor(),
                target: self.target(place),
                own_text: false,
                invitation: None,
            },
            Deed::Reconnect(by, place) => Command::Reconnect {
                operator: operator(by),
                target: self.target(place),
            },
            Deed::Cancel(by) => Command::Cancel { by: by.actor() },
            Deed::Revert => Command::Revert,
            Deed::Resolve(by) => Command::Resolve { by: by.actor() },
        }
    }

    /// Does a deed in one transaction. False: it was refused, or changed nothing.
    pub(crate) fn perform(&mut self, product: &Product, deed: Deed) -> bool {
        let before = self.chat.last_seq;
        let expected = self.expected_of_a_revert();
        let answer = self.transact(product, self.command(deed), false);
        let changed = self.chat.last_seq > before;
        match deed {
            Deed::Say => {
                self.broken.unless(answer.is_ok(), Promise::NeverRefused);
                count(&mut self.said, product);
            }
            Deed::Tell(_) if changed => count(&mut self.told, product),
            Deed::Revert => {
                let reverted = answer.is_ok() && changed;
                self.broken
                    .unless(expected.is_none_or(|()| reverted), Promise::RevertRestores);
                self.broken
                    .unless(expected.is_some() || !reverted, Promise::LateRevertRefused);
            }
            _ => {}
        }
        changed
    }

    fn transact(
        &mut self,
        product: &Product,
        command: Command,
        heard: bool,
    ) -> Result<(), Refusal> {
        let events = decide(&self.chat, command, &self.context(product))?;
        self.commit(product, &events, heard);
        Ok(())
    }

    fn run(&mut self, product: &Product, command: Command) {
        // A provider's word is never refused; the machine may find nothing in it.
        let taken = self.transact(product, command, false);
        self.broken.unless(taken.is_ok(), Promise::NeverRefused);
    }

    /// Another node decides now and commits later.
    pub(crate) fn decide_elsewhere(&mut self, product: &Product, deed: Deed) -> bool {
        let Ok(events) = decide(&self.chat, self.command(deed), &self.context(product)) else {
            return false;
        };
        let changes = !events.is_empty();
        self.race = Some(Race {
            deed,
            events,
            based_on: self.chat.last_seq,
            stale: false,
        });
        changes
    }

    /// The other node commits: guarded by the version, or decided again.
    pub(crate) fn commit_elsewhere(&mut self, product: &Product) {
        let Some(race) = self.race.take() else { return };
        if race.stale && product.without != Some(Without::VersionCheck) {
            Landmark::DecidedAgain.pass();
            self.perform(product, race.deed);
            return;
        }
        let now = decide(&self.chat, self.command(race.deed), &self.context(product));
        self.broken
            .unless(now.as_ref() == Ok(&race.events), Promise::AsIfOneCameFirst);
        self.broken
            .unless(race.based_on == self.chat.last_seq, Promise::NoGapNoRepeat);
        if !self.broken.is_empty() {
            return;
        }
        self.commit(product, &race.events, false);
        match race.deed {
            Deed::Say => count(&mut self.said, product),
            Deed::Tell(_) => count(&mut self.told, product),
            _ => {}
        }
    }

    /// Writes events, row, deliveries and pairs, all or none.
    fn commit(&mut self, product: &Product, events: &[Event], heard: bool) {
        if events.is_empty() {
            return;
        }
        self.touch();
        let before = self.holds(product);
        let mut asked = Vec::new();
        for event in events {
            let place = self.chat.last_seq + 1;
            self.watch(event, heard);
            self.broken
                .unless(self.chat.last_seq == place, Promise::NoGapNoRepeat);
            if let Kind::LegOpened {
                leg, held: true, ..
            }
            | Kind::SwitchAsked {
                to: leg,
                held: true,
                ..
            } = event.kind
            {
                asked.push(leg);
            }
            let left = matches!(event.kind, Kind::Reverted { .. } | Kind::LegLost { .. });
            if !(left && product.without == Some(Without::WithdrawOnRevert)) {
                self.follow(event);
            }
            self.mail.extend(Delivery::start(place, event));
        }
        self.write_pairs(product, &before, &asked);
    }

    fn follow(&mut self, event: &Event) {
        for delivery in &mut self.mail {
            let before = rank(delivery.reads());
            delivery.follow(event);
            self.broken
                .unless(rank(delivery.reads()) >= before, Promise::NeverBackwards);
        }
    }

    fn holds(&self, product: &Product) -> Vec<Hold> {
        let rules = self.context(product).rules;
        let legs = self.chat.legs.iter();
        legs.map(|leg| self.chat.hold(leg, &rules)).collect()
    }

    fn write_pairs(&mut self, product: &Product, before: &[Hold], asked: &[LegId]) {
        let rules = self.context(product).rules;
        for (id, leg) in self.chat.numbered() {
            if leg.reach == Reach::View {
                continue;
            }
            let phone = self.phone_of(id);
            let pair = &mut self.pairs[phone];
            // Left out: the pair is written only once the welcome was taken.
            if product.without == Some(Without::BindBeforeSend) && leg.arrived_by.is_none() {
                continue;
            }
            let ours = matches!(pair, Pair::Ours(_));
            let asks = asked.contains(&id) && *pair != Pair::Theirs;
            let held = before.get(id.0 as usize - 1);
            let reached = held == Some(&Hold::Not) && *pair == Pair::Nobody;
            let takes = asks || reached;
            match self.chat.hold(leg, &rules) {
                Hold::Firm if ours || takes => *pair = Pair::Ours(None),
                Hold::Until(until) if ours || takes => *pair = Pair::Ours(Some(until)),
                Hold::Not if ours => *pair = Pair::Nobody,
                _ => {}
            }
        }
    }

    // The outbox.

    fn learn(&mut self, seq: Seq, happened: Happened) -> bool {
        self.touch();
        let delivery = self
            .mail
            .iter_mut()
            .find(|delivery| delivery.seq == seq)
            .expect("only what was stored is carried");
        let before = (delivery.state, rank(delivery.reads()));
        delivery.learn(happened);
        let (state, reads) = (delivery.state, rank(delivery.reads()));
        self.broken
            .unless(reads >= before.1, Promise::NeverBackwards);
        state != before.0
    }

    fn gate(&self, product: &Product, delivery: &Delivery) -> Gate {
        let mut context = self.context(product);
        for facts in &mut context.legs {
            facts.opted_out &= product.without != Some(Without::ConsentAtDispatch);
            facts.held |= product.without == Some(Without::BindBeforeSend);
        }
        gate(&self.chat, delivery, &context)
    }

    /// Hands a leg's next message over, or not: one transaction before the provider is called.
    pub(crate) fn hand_over(&mut self, product: &Product, leg: LegId) {
        let lane = self.lane(leg);
        let Some(next) = next_in_lane(&lane) else {
            return;
        };
        let seq = next.seq;
        match self.gate(product, next) {
            Gate::Go => {
                self.watch_hand_over(next, &lane);
                self.learn(seq, Happened::Dispatched);
                let Delivery {
                    attempt, welcome, ..
                } = *self.delivery(seq);
                self.calls.push(Call {
                    seq,
                    leg,
                    attempt,
                    welcome: welcome.is_some(),
                    stage: Stage::Out,
                });
            }
            Gate::Withdraw => {
                self.learn(seq, Happened::Withdrawn);
            }
            Gate::Refuse(reason) => self.refuse(product, seq, reason),
        }
    }

    /// We, or the provider, say no for good.
    fn refuse(&mut self, product: &Product, seq: Seq, reason: Reason) {
        if !self.learn(seq, Happened::Refused(reason)) {
            return;
        }
        if let Some(switch) = self.delivery(seq).welcome {
            self.run(product, Command::Refused { switch, reason });
            self.run(product, Command::Undeliverable { switch });
        }
    }

    /// What came of a call.
    pub(crate) fn answer(&mut self, product: &Product, call: usize) {
        let Call {
            seq,
            attempt,
            stage,
            ..
        } = self.calls.remove(call);
        let current = self.delivery(seq).attempt == attempt;
        match stage {
            Stage::Back(Verdict::Accept) => self.accepted(product, seq),
            Stage::Back(Verdict::Refuse) if current => {
                self.refuse(product, seq, Reason::BadRecipient)
            }
            Stage::Back(Verdict::PutOff) if current => {
                self.learn(seq, Happened::NotTaken { attempt });
                self.gate_again(product, seq);
            }
            Stage::Back(_) | Stage::Out => {}
        }
    }

    fn accepted(&mut self, product: &Product, seq: Seq) {
        if self.learn(seq, Happened::Accepted)
            && let Some(switch) = self.delivery(seq).welcome
        {
            let leg = self.delivery(seq).leg;
            self.run(product, Command::Accepted { switch });
            self.run(product, Command::Reached { leg });
        }
    }

    pub(crate) fn outcome_unknown(&mut self, call: Call) {
        self.learn(
            call.seq,
            Happened::Unknown {
                attempt: call.attempt,
            },
        );
    }

    pub(crate) fn called_back(&mut self, product: &Product, seq: Seq, fate: Fate) {
        match fate {
            Fate::Accepted => self.accepted(product, seq),
            Fate::Undelivered => self.refuse(product, seq, Reason::UnreachableHandset),
            Fate::Delivered => {
                if !self.learn(seq, Happened::Delivered) {
                    return;
                }
                let Delivery { leg, welcome, .. } = *self.delivery(seq);
                if let Some(switch) = welcome {
                    self.run(product, Command::Accepted { switch });
                }
                self.run(product, Command::Delivered { leg });
                if welcome.is_some() {
                    self.run(product, Command::Reached { leg });
                }
            }
        }
    }

    /// The provider's list settles an unknown outcome before anything is sent again.
    pub(crate) fn ask(&mut self, product: &Product, seq: Seq) {
        let there = self.carried.iter().any(|carried| carried.seq == seq);
        if there && product.without != Some(Without::Reconcile) {
            return self.accepted(product, seq);
        }
        self.learn(seq, Happened::ProvenAbsent);
        match self.delivery(seq).welcome {
            Some(switch) => self.run(
                product,
                Command::Refused {
                    switch,
                    reason: Reason::Unavailable,
                },
            ),
            None => self.gate_again(product, seq),
        }
    }

    /// What returns to the queue asks anew whether anybody still waits for it there.
    fn gate_again(&mut self, product: &Product, seq: Seq) {
        let delivery = self.delivery(seq);
        if delivery.state != State::Queued || product.without == Some(Without::WithdrawAtRequeue) {
            return;
        }
        match self.gate(product, delivery) {
            Gate::Go => {}
            Gate::Withdraw => {
                Landmark::WithdrawnAtRequeue.pass();
                self.learn(seq, Happened::Withdrawn);
            }
            Gate::Refuse(reason) => self.refuse(product, seq, reason),
        }
    }

    /// What a process knew is gone; what it had handed over has an unknown outcome.
    pub(crate) fn crash(&mut self) {
        self.calls.clear();
        self.race = None;
        let sending: Vec<_> = self
            .mail
            .iter()
            .filter(|delivery| delivery.state == State::Sending)
            .map(|delivery| (delivery.seq, delivery.attempt))
            .collect();
        for (seq, attempt) in sending {
            self.learn(seq, Happened::Unknown { attempt });
        }
    }

    pub(crate) fn lapse(&mut self, product: &Product) {
        self.run(product, Command::Lapse);
    }

    // What phones send.

    /// A webhook: stored once, in the conversation that the pair leads to, else in a new one.
    pub(crate) fn webhook(&mut self, product: &Product, index: usize) {
        let text = self.written[index];
        let phone = usize::from(text.phone);
        let leg = self.leg_of(text.phone);
        self.touch();
        match text.word {
            Some(ConsentWord::OptOut) => self.opted_out[phone] = true,
            Some(ConsentWord::OptIn) => self.opted_out[phone] = false,
            None => {}
        }
        if self.pairs[phone].leads_here(self.now) {
            let words = Words {
                text: script().nothing.clone(),
                consent: text.word,
                ..Words::default()
            };
            let target = self.target(Place::Phone(text.phone));
            let taken = self.transact(product, Command::Text { target, words }, true);
            self.broken.unless(taken.is_ok(), Promise::NeverRefused);
            self.written[index].here += 1;
        } else {
            self.watch_elsewhere(phone, leg);
            self.pairs[phone] = Pair::Theirs;
            self.written[index].elsewhere += 1;
            if let (Some(leg), Some(ConsentWord::OptOut)) = (leg, text.word) {
                self.run(
                    product,
                    Command::Lost {
                        leg,
                        why: Lost::OptOut,
                    },
                );
            }
        }
        self.written[index].taken = true;
    }
}

/// A message that its author's program numbered is in the log.
fn count(log: &mut Vec<u8>, product: &Product) {
    if product.without == Some(Without::Dedup)
        && let Some(first) = log.first_mut()
    {
        *first += 1;
    } else {
        log.push(1);
    }
}
