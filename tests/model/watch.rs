//! The watchers: what a step must not do, and what a state must not be. They know the rules by themselves and ask the machine nothing.

use switchboard::core::delivery::{Delivery, State, next_in_lane};
use switchboard::core::event::{How, Reach};
use switchboard::core::{Event, Kind, LegId, Phase, Seq, Status, SwitchId, Timestamp};

use crate::landmarks::Landmark;
use crate::promises::Promise;
use crate::world::{Fate, Pair, RULES, WEB, World};

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
}

impl World {
    // What a step must not do.

    /// Applies an event and notes what it must not do.
    pub(crate) fn watch(&mut self, event: &Event, heard: bool) {
        if let Some(landmark) = Landmark::of(event) {
            landmark.pass();
        }
        let before = Before {
            active: self.chat.route.active,
            home: self.home(),
            desk: (self.chat.status, self.chat.queued_at, self.chat.unread),
        };
        self.chat.apply(event);
        self.watch_message(event, &before);
        self.watch_switch(event, &before);
        self.watch_route(event, &before, heard);
    }

    /// What is said goes to the leg that is active then, a welcome to the leg that is greeted.
    fn watch_message(&mut self, event: &Event, before: &Before) {
        let Kind::Message(message) = &event.kind else {
            return;
        };
        let goes_to = match (message.welcome, &self.chat.route.phase) {
            (Some(_), Phase::Greeting(greeting)) => Some(greeting.to),
            (Some(_), _) => None,
            (None, _) if message.outgoing.is_some() => before.active,
            (None, _) => Some(message.leg),
        };
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

    /// What is handed over now may be.
    pub(crate) fn watch_hand_over(&mut self, next: &Delivery, lane: &[Delivery]) {
        if next.doubt {
            Landmark::SentAgain.pass();
        }
        let phone = self.phone_of(next.leg);
        self.broken
            .unless(!self.opted_out[phone], Promise::OptOutIsFinal);
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
            !answers || self.pairs[phone] != Pair::Nobody,
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

    // What a state must not be.

    /// Looks at the state that was reached.
    pub fn look(&mut self) {
        self.look_at_the_log();
        self.look_at_the_route();
        self.look_at_the_mail();
    }

    fn look_at_the_log(&mut self) {
        let once = self
            .said
            .iter()
            .chain(&self.told)
            .all(|logged| *logged == 1)
            && self
                .written
                .iter()
                .all(|text| text.here + text.elsewhere == u8::from(text.taken));
        self.broken.unless(once, Promise::LoggedOnce);
    }

    fn look_at_the_route(&mut self) {
        let active = self.chat.active().map(|(id, leg)| (id, leg.reach));
        self.broken.unless(
            active.is_some() || self.chat.view().is_none(),
            Promise::OneActiveLeg,
        );
        if let Some((id, Reach::Remote)) = active
            && self.chat.status != Status::Resolved
        {
            let facts = self.facts(id);
            self.broken.unless(
                facts.held && facts.on && !facts.opted_out,
                Promise::ActiveLegUsable,
            );
        }
        if let Phase::Greeting(greeting) = &self.chat.route.phase {
            let pending = self.mail.iter().any(|delivery| {
                delivery.welcome == Some(greeting.switch)
                    && matches!(
                        delivery.state,
                        State::Queued | State::Sending | State::Uncertain
                    )
            });
            let over = self.now >= greeting.deadline;
            self.broken.unless(pending || over, Promise::EndsTogether);
        }
    }

    fn look_at_the_mail(&mut self) {
        let waits = |state| matches!(state, State::Held | State::Queued);
        for delivery in &self.mail {
            let left = delivery.welcome.is_none()
                && waits(delivery.state)
                && delivery.seq <= self.left[delivery.leg.0 as usize - 1];
            self.broken.unless(!left, Promise::NothingWaitsWhereLeft);
            if delivery.state == State::Queued {
                let lane = self.lane(delivery.leg);
                let on_its_way = lane
                    .iter()
                    .any(|other| matches!(other.state, State::Sending | State::Uncertain));
                self.broken.unless(
                    next_in_lane(&lane).is_some() || on_its_way,
                    Promise::NothingIsStuck,
                );
            }
        }
    }
}
