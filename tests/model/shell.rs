//! What the gateway does round the machines, one transaction at a time: load, decide, commit.

use std::sync::OnceLock;

use switchboard::core::command::Words;
use switchboard::core::conversation::Hold;
use switchboard::core::delivery::{Delivery, State};
use switchboard::core::event::{Assignment, Reach, Template};
use switchboard::core::{
    Actor, Command, Context, Event, Facts, FreeText, Kind, LegId, Phase, Proof, Refusal, Rules,
    Target, Text, decide,
};

use crate::Product;
use crate::bounds::Without;
use crate::landmarks::Landmark;
use crate::promises::Promise;
use crate::watch::rank;
use crate::world::{Deed, Pair, Place, RULES, Race, WEB, World, operator};

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

/// What somebody says.
pub fn words() -> Words {
    Words {
        text: script().nothing.clone(),
        ..Words::default()
    }
}

fn template() -> Template {
    let nothing = &script().nothing;
    Template {
        id: nothing.clone(),
        language: nothing.clone(),
        variables: Vec::new(),
    }
}

impl World {
    pub(crate) fn begin(&mut self, product: &Product) {
        let command = Command::Open {
            by: Actor::Visitor,
            target: self.target(product, Place::Window),
        };
        self.transact(product, command, false)
            .expect("a conversation can begin");
    }

    pub(crate) fn target(&self, product: &Product, place: Place) -> Target {
        let script = script();
        let (reach, connection, free) = match place {
            Place::Window => (Reach::View, &script.window, true),
            Place::Phone(phone) => {
                let phone = usize::from(phone);
                let free = self.pairs[phone] != Pair::Theirs(None)
                    || product.without == Some(Without::Yielding);
                (Reach::Remote, &script.phones[phone], free)
            }
        };
        Target {
            reach,
            connection: connection.clone(),
            address: script.nothing.clone(),
            free,
            proof: Proof::Claimed,
            welcome: script.nothing.clone(),
            welcome_template: product.bounds.window.map(|_| template()),
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

    /// What the ledger of those who wrote tells of free text.
    fn free_text(&self, product: &Product, leg: LegId) -> FreeText {
        match (leg, product.bounds.window) {
            (WEB, _) | (_, None) => FreeText::Always,
            (_, Some(window)) => self.heard[self.phone_of(leg)].map_or(FreeText::CLOSED, |heard| {
                FreeText::Until(heard.plus(window.open_for))
            }),
        }
    }

    pub(crate) fn context(&self, product: &Product) -> Context {
        let legs = self
            .chat
            .numbered()
            .map(|(leg, _)| Facts {
                free: self.free_text(product, leg),
                ..self.facts(leg)
            })
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
                hold_before_reply: product.bounds.hold && product.without != Some(Without::Holding),
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

    fn command(&self, product: &Product, deed: Deed) -> Command {
        match deed {
            Deed::Say => Command::Say { words: words() },
            Deed::Tell(by) => Command::Tell {
                operator: operator(by),
                leg: self.chat.route.active,
                words: words(),
            },
            Deed::Template(by) => Command::Tell {
                operator: operator(by),
                leg: self.chat.route.active,
                words: Words {
                    template: Some(template()),
                    ..words()
                },
            },
            Deed::Switch(by, place) => Command::Switch {
                by: by.actor(),
                target: self.target(product, place),
                own_text: false,
                invitation: None,
            },
            Deed::Reconnect(by, place) => Command::Reconnect {
                operator: operator(by),
                target: self.target(product, place),
            },
            Deed::Cancel(by) => Command::Cancel { by: by.actor() },
            Deed::Revert => Command::Revert,
            Deed::Resolve(by) => Command::Resolve { by: by.actor() },
            Deed::Transfer(by, to) => Command::Transfer {
                by: operator(by),
                to: operator(to),
            },
        }
    }

    fn decided(&self, product: &Product, deed: Deed) -> Result<Vec<Event>, Refusal> {
        let mut context = self.context(product);
        if product.without == Some(Without::WindowAtDecision) {
            for facts in &mut context.legs {
                facts.free = FreeText::Always;
            }
        }
        decide(&self.chat, self.command(product, deed), &context)
    }

    /// Does a deed in one transaction. False: it was refused, or changed nothing.
    pub(crate) fn perform(&mut self, product: &Product, deed: Deed) -> bool {
        let before = self.chat.last_seq;
        let expected = self.expected_of_a_revert();
        let silent = self.outside_of_the_window(product);
        let answer = self
            .decided(product, deed)
            .map(|events| self.commit(product, &events, false));
        let changed = self.chat.last_seq > before;
        match deed {
            Deed::Say => {
                self.broken.unless(answer.is_ok(), Promise::NeverRefused);
                count(&mut self.said, product);
            }
            Deed::Tell(_) => {
                if answer == Err(Refusal::TemplateNeeded) {
                    Landmark::TemplateNeeded.pass();
                }
                if changed {
                    let waits = self
                        .mail
                        .last()
                        .is_some_and(|last| last.state == State::Held);
                    self.broken
                        .unless(!silent || waits, Promise::RefusedWhenWritten);
                    count(&mut self.told, product);
                }
            }
            Deed::Transfer(..) if changed => self.watch_transfer(),
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

    pub(crate) fn transact(
        &mut self,
        product: &Product,
        command: Command,
        heard: bool,
    ) -> Result<(), Refusal> {
        let events = decide(&self.chat, command, &self.context(product))?;
        self.commit(product, &events, heard);
        Ok(())
    }

    pub(crate) fn run(&mut self, product: &Product, command: Command) {
        // A provider's word is never refused; the machine may find nothing in it.
        let taken = self.transact(product, command, false);
        self.broken.unless(taken.is_ok(), Promise::NeverRefused);
    }

    /// Another node decides now and commits later.
    pub(crate) fn decide_elsewhere(&mut self, product: &Product, deed: Deed) -> bool {
        let Ok(events) = self.decided(product, deed) else {
            return false;
        };
        let changes = !events.is_empty();
        self.race = Some(Race {
            deed,
            events,
            based_on: self.chat.last_seq,
            here: self.here,
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
        let here = std::mem::replace(&mut self.here, race.here);
        let now = self.decided(product, race.deed);
        self.here = here;
        self.broken
            .unless(now.as_ref() == Ok(&race.events), Promise::AsIfOneCameFirst);
        self.broken
            .unless(race.based_on == self.chat.last_seq, Promise::NoGapNoRepeat);
        if !self.broken.is_empty() {
            // They do not fit on what stands now: they are not put into effect, only looked at.
            for event in &race.events {
                self.watch_asked(event);
            }
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
            self.watch(product, event, heard);
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
            if !turned_round(product, event) {
                self.follow(event);
            }
            self.mail.extend(Delivery::start(place, event));
        }
        self.write_pairs(product, &before, &asked);
    }

    fn follow(&mut self, event: &Event) {
        for delivery in &mut self.mail {
            let before = rank(delivery.reads());
            let waited = delivery.state == State::Held;
            delivery.follow(event);
            match delivery.state {
                State::Queued if waited => Landmark::Released.pass(),
                State::Withdrawn if waited => Landmark::WithdrawnHeld.pass(),
                _ => {}
            }
            self.broken
                .unless(rank(delivery.reads()) >= before, Promise::NeverBackwards);
        }
    }

    /// Puts an event into effect.
    pub(crate) fn apply(&mut self, product: &Product, event: &Event) {
        self.chat.apply(event);
        let transfer = Assignment::Transfer;
        if product.without == Some(Without::WindowOutlivesTransfer)
            && matches!(event.kind, Kind::Assigned { why, .. } if why == transfer)
        {
            self.chat.route.phase = Phase::Settled;
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
            let takes_over = product.without == Some(Without::Yielding);
            let asks = asked.contains(&id) && (pair.yields() || takes_over);
            let held = before.get(id.0 as usize - 1);
            let reached = held == Some(&Hold::Not) && pair.is_over(self.now);
            let takes = asks || reached;
            match self.chat.hold(leg, &rules) {
                Hold::Firm if ours || takes => *pair = Pair::Ours(None),
                Hold::Until(until) if ours || takes => *pair = Pair::Ours(Some(until)),
                Hold::Not if ours => *pair = Pair::Nobody,
                _ => {}
            }
        }
    }
}

/// Whether what an event means for messages on their way is left out.
fn turned_round(product: &Product, event: &Event) -> bool {
    match (product.without, &event.kind) {
        (Some(Without::WithdrawOnRevert), Kind::Reverted { .. } | Kind::LegLost { .. })
        | (Some(Without::WithdrawOnLeaving), Kind::Switched { .. }) => true,
        (Some(Without::ReleaseOnAnswer), Kind::Message(message)) => {
            message.author == Actor::Visitor
        }
        _ => false,
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
