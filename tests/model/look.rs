//! What a state must not be.

use switchboard::core::delivery::{State, next_in_lane};
use switchboard::core::event::Reach;
use switchboard::core::{Phase, Status};

use crate::promises::Promise;
use crate::watch::rank;
use crate::world::World;

impl World {
    /// Looks at the state that was reached.
    pub fn look(&mut self) {
        self.look_at_the_log();
        self.look_at_the_route();
        self.look_at_the_mail();
        self.look_at_receipts();
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
            let in_vain = delivery.state == State::Held
                && (self.has_answered(delivery.leg)
                    || self.chat.route.active != Some(delivery.leg));
            self.broken.unless(!in_vain, Promise::LeavesWithTheAnswer);
            if delivery.state == State::Queued {
                let lane = self.lane(delivery.leg);
                let on_its_way = lane
                    .iter()
                    .any(|other| matches!(other.state, State::Sending | State::Uncertain));
                // A template does not overtake words that wait for the phone's answer.
                let behind_held = lane
                    .iter()
                    .any(|other| other.seq < delivery.seq && other.state == State::Held);
                self.broken.unless(
                    next_in_lane(&lane).is_some() || on_its_way || behind_held,
                    Promise::NothingIsStuck,
                );
            }
        }
    }

    /// What was told of a message is known as soon as we know which message that is.
    fn look_at_receipts(&mut self) {
        for carried in &self.carried {
            if !self.known.contains(&carried.seq) {
                continue;
            }
            let reads = rank(self.delivery(carried.seq).reads());
            let told = [
                (carried.told.delivered, State::Delivered),
                (carried.told.read, State::Read),
                (carried.told.undelivered, State::Withdrawn),
            ];
            let all = told
                .into_iter()
                .all(|(told, state)| !told || reads >= rank(state));
            self.broken.unless(all, Promise::ReadsWhatWasTold);
        }
    }
}
