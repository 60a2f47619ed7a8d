//! What the gateway does with messages on their way: gate, hand over, learn.

use switchboard::core::delivery::{Delivery, Gate, Happened, State, gate, next_in_lane};
use switchboard::core::{Actor, Command, FreeText, LegId, Reason, Seq};

use crate::Product;
use crate::bounds::Without;
use crate::landmarks::Landmark;
use crate::promises::Promise;
use crate::watch::rank;
use crate::world::{Call, Fate, Stage, Verdict, World};

impl World {
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
            if product.without == Some(Without::WindowAtDispatch) {
                facts.free = FreeText::Always;
            }
        }
        let mut delivery = delivery.clone();
        delivery.template &= product.without != Some(Without::TemplatesPass);
        gate(&self.chat, &delivery, &context)
    }

    /// Hands a leg's next message over, or not: one transaction before the provider is called.
    pub(crate) fn hand_over(&mut self, product: &Product, leg: LegId) {
        let lane = self.lane(leg);
        let last = lane
            .iter()
            .rfind(|delivery| delivery.state == State::Queued)
            .filter(|_| product.without == Some(Without::LaneOrder));
        let Some(next) = last.or(next_in_lane(&lane)) else {
            return;
        };
        let seq = next.seq;
        let verdict = self.gate(product, next);
        self.watch_verdict(next, verdict);
        match verdict {
            Gate::Go => {
                self.watch_hand_over(product, next, &lane);
                self.learn(seq, Happened::Dispatched);
                let Delivery {
                    attempt,
                    welcome,
                    template,
                    ..
                } = *self.delivery(seq);
                self.calls.push(Call {
                    seq,
                    leg,
                    attempt,
                    welcome: welcome.is_some(),
                    template,
                    stage: Stage::Out,
                });
            }
            Gate::Withdraw => {
                self.learn(seq, Happened::Withdrawn);
            }
            Gate::Refuse(reason) if next.welcome.is_some() => {
                self.refuse_welcome(product, seq, reason);
            }
            Gate::Refuse(reason) => self.failed(product, seq, reason),
        }
    }

    /// Our own no to a welcome.
    fn refuse_welcome(&mut self, product: &Product, seq: Seq, reason: Reason) {
        if self.learn(seq, Happened::Refused(reason))
            && let Some(switch) = self.delivery(seq).welcome
        {
            self.run(product, Command::Refused { switch, reason });
        }
    }

    /// Somebody says no for good.
    fn failed(&mut self, product: &Product, seq: Seq, reason: Reason) {
        if !self.learn(seq, Happened::Refused(reason)) {
            return;
        }
        let Delivery { leg, welcome, .. } = *self.delivery(seq);
        let phone = self.phone_of(leg);
        match reason {
            Reason::WindowClosed => {
                self.closed[phone] = true;
                if product.without != Some(Without::ProvidersWindow) {
                    self.heard[phone] = None;
                }
            }
            Reason::OptedOut => {
                self.silenced[phone] = true;
                self.opted_out[phone] |= product.without != Some(Without::ProvidersConsent);
                if product.without != Some(Without::LossByProvidersConsent) {
                    let by = Actor::System;
                    self.run(product, Command::OptOut { leg, by });
                }
            }
            _ => {}
        }
        if let Some(switch) = welcome {
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
            Stage::Back(Verdict::Accept) => self.taken(product, seq),
            Stage::Back(Verdict::Refuse) if current => {
                self.failed(product, seq, Reason::BadRecipient);
            }
            Stage::Back(Verdict::Bar) if current => {
                Landmark::Barred.pass();
                self.failed(product, seq, Reason::OptedOut);
            }
            Stage::Back(Verdict::Close) if current => {
                Landmark::ClosedByProvider.pass();
                self.failed(product, seq, Reason::WindowClosed);
            }
            Stage::Back(Verdict::PutOff) if current => {
                self.learn(seq, Happened::NotTaken { attempt });
                self.gate_again(product, seq);
            }
            Stage::Back(_) | Stage::Out => {}
        }
    }

    /// The provider has it and says what it calls it: what was told of that id before takes effect now.
    fn taken(&mut self, product: &Product, seq: Seq) {
        self.accepted(product, seq);
        if !product.bounds.receipts || self.known.contains(&seq) {
            return;
        }
        self.known.push(seq);
        let (told, parked) = self.parked.iter().partition(|(of, _)| *of == seq);
        self.parked = parked;
        let told: Vec<(Seq, Fate)> = told;
        for (seq, fate) in told {
            self.tell(product, seq, fate);
        }
    }

    fn accepted(&mut self, product: &Product, seq: Seq) {
        // What was withdrawn reads so even if the provider turns out to have it: that it has it counts all the same.
        let given_up = self.delivery(seq).state == State::Withdrawn;
        if (self.learn(seq, Happened::Accepted) || given_up)
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

    /// A receipt: for a message that the provider was told our name of, or by an id of its own, which we may not know yet.
    pub(crate) fn called_back(&mut self, product: &Product, carried: usize, fate: Fate) {
        let seq = self.carried[carried].seq;
        if product.bounds.receipts {
            let told = &mut self.carried[carried].told;
            match fate {
                Fate::Accepted => {}
                Fate::Delivered => told.delivered = true,
                Fate::Read => told.read = true,
                Fate::Undelivered => told.undelivered = true,
            }
            if !self.known.contains(&seq) {
                Landmark::Parked.pass();
                if product.without != Some(Without::Parking) && !self.parked.contains(&(seq, fate))
                {
                    self.parked.push((seq, fate));
                    self.parked.sort_unstable();
                }
                return;
            }
        }
        self.tell(product, seq, fate);
    }

    fn tell(&mut self, product: &Product, seq: Seq, fate: Fate) {
        if product.without == Some(Without::ForwardOnly) {
            return self.overwrite(seq, fate);
        }
        let happened = match fate {
            Fate::Accepted => return self.accepted(product, seq),
            Fate::Undelivered => {
                return self.failed(product, seq, Reason::UnreachableHandset);
            }
            Fate::Delivered => Happened::Delivered,
            Fate::Read => Happened::Read,
        };
        if !self.learn(seq, happened) {
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

    /// The rule turned round: the last word counts.
    fn overwrite(&mut self, seq: Seq, fate: Fate) {
        let delivery = self
            .mail
            .iter_mut()
            .find(|delivery| delivery.seq == seq)
            .expect("only what was stored is carried");
        let before = rank(delivery.reads());
        delivery.state = match fate {
            Fate::Accepted => State::Sent,
            Fate::Delivered => State::Delivered,
            Fate::Read => State::Read,
            Fate::Undelivered => State::Failed(Reason::UnreachableHandset),
        };
        self.broken
            .unless(rank(delivery.reads()) >= before, Promise::NeverBackwards);
    }

    /// The provider's list settles an unknown outcome before anything is sent again.
    pub(crate) fn ask(&mut self, product: &Product, seq: Seq) {
        let there = self.carried.iter().any(|carried| carried.seq == seq);
        if there && product.without != Some(Without::Reconcile) {
            return self.taken(product, seq);
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
            Gate::Refuse(reason) if delivery.welcome.is_some() => {
                self.refuse_welcome(product, seq, reason);
            }
            Gate::Refuse(reason) => {
                self.learn(seq, Happened::Refused(reason));
            }
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
}
