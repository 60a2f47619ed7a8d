//! What a step must not do. The watchers know the rules by themselves and ask the machine nothing.

use switchboard::core::conversation::Route;
use switchboard::core::delivery::{Delivery, Gate, State};
use switchboard::core::event::How;
use switchboard::core::{
    Actor, Event, Kind, Leg, LegId, Phase, Proof, Reason, Seq, Status, SwitchId, Timestamp,
};

use crate::Product;
use crate::landmarks::Landmark;
use crate::promises::Promise;
use crate::world::{Fate, Pair, RULES, WEB, What, World};

/// How far a delivery has got, as people are told: a larger number is further.
pub fn rank(reads: State) -> u8 {
    match reads {
        State::Held => 0,
        State::Queued | State::Sending => 1,
        State::Uncertain => 2,
        State::Sent => 3,
        State::Failed(_) | State::Withdrawn => 4,
        State::Delivered => 5,
        State::Read => 6,
    }
}

/// How the conversation stood before an event.
struct Before {
    active: Option<LegId>,
    home: Option<LegId>,
    desk: (Status, Timestamp, u32),
    /// What handing the conversation on must leave alone.
    kept: Option<(Route, Vec<Leg>)>,
}

impl World {
    /// Applies an event and notes what it must not do.
    pub(crate) fn watch(&mut self, product: &Product, event: &Event, heard: bool) {
        if let Some(landmark) = Landmark::of(event) {
            landmark.pass();
        }
        let before = Before {
            active: self.chat.route.active,
            home: self.home(),
            desk: (self.chat.status, self.chat.queued_at, self.chat.unread),
            kept: matches!(event.kind, Kind::Assigned { .. })
                .then(|| (self.chat.route.clone(), self.chat.legs.clone())),
        };
        self.watch_asked(event);
        self.apply(product, event);
        if let Some((route, legs)) = &before.kept {
            let kept = self.chat.route == *route && self.chat.legs == *legs;
            self.broken
                .unless(kept, Promise::TransferTouchesNothingElse);
        }
        self.watch_message(event, &before);
        self.watch_switch(event, &before);
        self.watch_route(event, &before, heard);
    }

    /// A welcome is asked for where none is on its way, and nobody stands yet.
    pub(crate) fn watch_asked(&mut self, event: &Event) {
        if let Kind::SwitchAsked { to, .. } = event.kind {
            self.broken.unless(
                self.pending.is_none() && self.chat.route.active != Some(to),
                Promise::OneWelcome,
            );
        }
    }

    /// What is said goes to the leg that is active then, a welcome to the leg that is greeted, and the answer to who asks for the way
    /// back to where they asked.
    fn watch_message(&mut self, event: &Event, before: &Before) {
        let Kind::Message(message) = &event.kind else {
            return;
        };
        let goes_to = match (message.welcome, &self.chat.route.phase) {
            (Some(_), Phase::Greeting(greeting)) => Some(greeting.to),
            (Some(_), _) => None,
            (None, _) if message.author == Actor::System => self.asked_the_way_back(message.leg),
            (None, _) if message.outgoing.is_some() => before.active,
            (None, _) => Some(message.leg),
        };
        let joined = &mut self.joined[message.leg.0 as usize - 1];
        if message.author == Actor::Visitor && *joined == 0 {
            *joined = self.chat.last_seq;
        }
        self.broken
            .unless(goes_to == Some(message.leg), Promise::OneLeg);
        let sole = message
            .welcome
            .is_none_or(|switch| self.welcome_of(switch).is_none());
        self.broken.unless(sole, Promise::OneAtATime);
    }

    /// One switch after the other, and none of their steps touches the operators' side.
    fn watch_switch(&mut self, event: &Event, before: &Before) {
        let (ends, begins) = match event.kind {
            Kind::SwitchAsked { switch, .. } => (None, Some(switch)),
            Kind::SwitchFailed { switch, .. } | Kind::SwitchCancelled { switch, .. } => {
                (Some(switch), None)
            }
            Kind::Switched {
                switch,
                how: How::Welcome,
                ..
            } => (Some(switch), None),
            Kind::Switched { .. } | Kind::Reverted { .. } => (None, None),
            Kind::LegLost { .. } => (self.pending, self.pending),
            _ => return,
        };
        self.broken
            .unless(self.pending == ends, Promise::OneAtATime);
        self.pending = begins;
        let desk = (self.chat.status, self.chat.queued_at, self.chat.unread);
        self.broken
            .unless(desk == before.desk, Promise::RevertTouchesNothingElse);
    }

    /// Only a switch that was accepted or needs no welcome, a revert and a loss move the active leg.
    fn watch_route(&mut self, event: &Event, before: &Before, heard: bool) {
        let (was, is) = (before.active, self.chat.route.active);
        let seq = self.chat.last_seq;
        match &event.kind {
            Kind::LegOpened { leg: WEB, .. } => {}
            Kind::SwitchAsked { from, .. } => {
                self.broken
                    .unless(was == is && *from == was, Promise::FailureMovesNothing);
                self.asked_on = *from;
            }
            Kind::Switched {
                switch,
                from,
                to,
                how,
                ..
            } => {
                self.broken.unless(
                    *from == was && is == Some(*to),
                    Promise::FailureMovesNothing,
                );
                if *how == How::Welcome {
                    let has = self.welcome_of(*switch).is_some_and(|welcome| {
                        self.carried
                            .iter()
                            .any(|carried| carried.seq == welcome.seq)
                    });
                    self.broken.unless(has || heard, Promise::OnlyAcceptedMoves);
                } else {
                    self.asked_on = *from;
                }
                let joined = &mut self.joined[to.0 as usize - 1];
                if *joined == 0 {
                    *joined = seq;
                }
            }
            Kind::Reverted { from, to, .. } => {
                self.broken.unless(
                    before.home == Some(*to) && is == Some(*to),
                    Promise::RevertRestores,
                );
                self.left[from.0 as usize - 1] = seq;
            }
            Kind::LegLost { leg, to, .. } => {
                self.broken
                    .unless(was == Some(*leg) && is == *to, Promise::FailureMovesNothing);
                self.left[leg.0 as usize - 1] = seq;
                if self.asked_on == Some(*leg) {
                    self.asked_on = *to;
                }
            }
            _ => self.broken.unless(was == is, Promise::FailureMovesNothing),
        }
    }

    fn welcome_of(&self, switch: SwitchId) -> Option<&Delivery> {
        self.mail
            .iter()
            .find(|delivery| delivery.welcome == Some(switch))
    }

    /// That leg, if its phone has asked for the way back.
    fn asked_the_way_back(&self, leg: LegId) -> Option<LegId> {
        let phone = self.phone_of(leg);
        self.written
            .iter()
            .any(|text| usize::from(text.phone) == phone && text.what == What::WayBack)
            .then_some(leg)
    }

    /// A phone has answered here: nothing has to wait for that.
    pub(crate) fn has_answered(&self, leg: LegId) -> bool {
        let phone = self.phone_of(leg);
        self.written
            .iter()
            .any(|text| usize::from(text.phone) == phone && text.here > 0 && text.what.answers())
    }

    /// A conversation was handed on.
    pub(crate) fn watch_transfer(&self) {
        if self.expected_of_a_revert().is_some() {
            Landmark::HandedOnInTheWindow.pass();
        }
    }

    /// A template is not held to the window.
    pub(crate) fn watch_verdict(&mut self, next: &Delivery, verdict: Gate) {
        let stopped = next.template && verdict == Gate::Refuse(Reason::WindowClosed);
        self.broken.unless(!stopped, Promise::TemplatesPass);
    }

    /// What is handed over now may be.
    pub(crate) fn watch_hand_over(
        &mut self,
        product: &Product,
        next: &Delivery,
        lane: &[Delivery],
    ) {
        if next.doubt {
            Landmark::SentAgain.pass();
        }
        let phone = self.phone_of(next.leg);
        self.broken
            .unless(!self.silenced[phone], Promise::OptOutIsFinal);
        let answered = next.welcome.is_some() || self.has_answered(next.leg);
        self.broken
            .unless(answered || !product.bounds.hold, Promise::WaitsForTheAnswer);
        self.broken.unless(
            next.template || self.in_the_window(product, next.leg),
            Promise::FreeTextInItsWindow,
        );
        let active = self.chat.route.active == Some(next.leg);
        self.broken
            .unless(active || !next.doubt, Promise::OnlyWhileActive);
        // A welcome waits for nothing; whatever else goes, nothing before it is open.
        let first = next.welcome.is_some()
            || lane
                .iter()
                .all(|other| other.seq >= next.seq || !other.blocks());
        self.broken.unless(first, Promise::InOrder);
    }

    /// A phone gets a message.
    pub(crate) fn received(&mut self, seq: Seq, leg: LegId, welcome: bool) {
        let mut before = self.carried.iter().filter(|carried| carried.leg == leg);
        let twice = before.clone().any(|carried| carried.seq == seq);
        let ordered = welcome || before.all(|carried| carried.welcome || carried.seq <= seq);
        let joined = self.joined[leg.0 as usize - 1];
        self.broken.unless(!twice, Promise::ReceivedOnce);
        self.broken.unless(ordered, Promise::InOrder);
        self.broken.unless(
            welcome || (joined > 0 && joined < seq),
            Promise::NothingFromBefore,
        );
    }

    /// It must have been nobody's, given away, or kept longer than was promised.
    pub(crate) fn watch_elsewhere(&mut self, phone: usize, leg: Option<LegId>) {
        Landmark::HeardElsewhere.pass();
        let answers = self
            .carried
            .iter()
            .any(|carried| Some(carried.leg) == leg && carried.fate != Fate::Undelivered);
        self.broken.unless(
            !answers || self.yielded || self.pairs[phone] != Pair::Nobody,
            Promise::AnswersComeHere,
        );
    }

    /// Whether a revert is in time and has somewhere to go.
    pub(crate) fn expected_of_a_revert(&self) -> Option<()> {
        let Phase::Reversible { until, .. } = self.chat.route.phase else {
            return None;
        };
        let in_time = self.now < until.plus(RULES.grace);
        (in_time && self.home().is_some()).then_some(())
    }

    /// Where a revert must lead, by what was watched.
    fn home(&self) -> Option<LegId> {
        let asked_on = self.asked_on.filter(|&leg| {
            let facts = self.facts(leg);
            facts.held && facts.on && !facts.opted_out
        });
        asked_on
            .or(self.chat.view())
            .filter(|&leg| Some(leg) != self.chat.route.active)
    }

    /// Whether that leg takes free text, by the texts that were taken and what the provider said since.
    fn in_the_window(&self, product: &Product, leg: LegId) -> bool {
        let phone = self.phone_of(leg);
        product.bounds.window.is_none_or(|window| {
            let wrote = |text: &&crate::world::Text| text.taken && usize::from(text.phone) == phone;
            let last = self.written.iter().filter(wrote).map(|text| text.at).max();
            !self.closed[phone] && last.is_some_and(|last| self.now < last.plus(window.open_for))
        })
    }

    /// Whether an operator's free text must not be sent now.
    pub(crate) fn outside_of_the_window(&self, product: &Product) -> bool {
        let active = self.chat.route.active;
        active.is_some_and(|leg| leg != WEB && !self.in_the_window(product, leg))
    }

    pub(crate) fn is_linked(&self, leg: LegId) -> bool {
        self.chat
            .leg(leg)
            .is_some_and(|leg| leg.proof == Proof::Linked)
    }

    /// What a link shows begins where its leg joined, unless that is the visitor's own beyond doubt.
    pub(crate) fn watch_link(&mut self, leg: LegId, since: Seq) {
        let kept = self.is_linked(leg) || since >= self.joined[leg.0 as usize - 1];
        self.broken.unless(kept, Promise::NothingFromBefore);
    }
}
