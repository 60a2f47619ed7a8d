//! Whether a message may be handed over, and what its provider's answer makes of it.

use super::{
    ABSENCES, ABSENT_AFTER, AGE_LIMIT, ASKED_AT_MOST, Called, Dispatch, LEASE, REFUSED_WITHIN,
};
use crate::core::delivery::{Gate, Happened, State, gate, next_in_lane};
use crate::core::{Command, ConversationId, Reason, Seq, Timestamp};
use crate::gateway::commit::Working;
use crate::gateway::inbound::Fate;
use crate::gateway::{Fault, token};
use crate::store::conversations::Stored;
use crate::store::outbox::Outgoing;

impl Working<'_> {
    /// Whether a message may be handed over now; if so, it is from this commit on.
    pub(in crate::gateway) async fn dispatch(
        &mut self,
        organization: &str,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Dispatch, Fault> {
        let stored = self.conversation(organization, id).await?.clone();
        let lane = self.lane(id, seq).await?;
        let Some(message) = lane.into_iter().find(|message| message.delivery.seq == seq) else {
            return Ok(Dispatch::Not);
        };
        if message.due_at > self.now {
            return Ok(Dispatch::Not);
        }
        let verdict = match self.gate_of(id, &stored, &message).await? {
            gate if message.delivery.welcome.is_some() => {
                self.guarded(&stored, &message, gate).await?
            }
            Gate::Go if self.all_stopped(organization).await? => Gate::Refuse(Reason::MessagingOff),
            Gate::Go if self.now >= message.created_at.plus(AGE_LIMIT) => {
                Gate::Refuse(Reason::Unavailable)
            }
            verdict => verdict,
        };
        match verdict {
            Gate::Go => Ok(Dispatch::Go(Box::new(self.handed_over(message)))),
            Gate::Withdraw => {
                self.step(message, Happened::Withdrawn, self.now);
                Ok(Dispatch::Not)
            }
            Gate::Refuse(reason) if message.delivery.welcome.is_some() => {
                let attempt = message.delivery.attempt;
                // Whoever dies before it was said says it then.
                self.put_off(message, self.now.plus(REFUSED_WITHIN));
                Ok(Dispatch::RefuseLater { reason, attempt })
            }
            Gate::Refuse(reason) => {
                self.learn(message, &Fate::Failed { reason, code: None }, None)
                    .await?;
                Ok(Dispatch::Not)
            }
        }
    }

    /// The messages of a leg that are still on their way, where that one is the next to go; else none.
    async fn lane(&mut self, id: ConversationId, seq: Seq) -> Result<Vec<Outgoing>, Fault> {
        let mut lane = self.on_their_way(id).await?;
        let Some(leg) = lane
            .iter()
            .find(|message| message.delivery.seq == seq)
            .map(|message| message.delivery.leg)
        else {
            return Ok(Vec::new());
        };
        lane.retain(|message| message.delivery.leg == leg && message.asked < ASKED_AT_MOST);
        let deliveries: Vec<_> = lane
            .iter()
            .map(|message| message.delivery.clone())
            .collect();
        if next_in_lane(&deliveries).is_none_or(|next| next.seq != seq) {
            lane.clear();
        }
        Ok(lane)
    }

    async fn gate_of(
        &mut self,
        id: ConversationId,
        stored: &Stored,
        message: &Outgoing,
    ) -> Result<Gate, Fault> {
        let context = crate::core::Context {
            now: self.now,
            rules: self.shared.rules,
            legs: self.facts(id).await?,
            here: false,
            holder_present: true,
            other_open: None,
            handed_over: false,
        };
        Ok(gate(&stored.state, &message.delivery, &context))
    }

    fn handed_over(&mut self, mut message: Outgoing) -> Outgoing {
        message.handed_at = Some(self.now);
        (message.asked, message.absent) = (0, 0);
        self.step(message, Happened::Dispatched, self.now.plus(LEASE))
    }

    fn step(&mut self, mut message: Outgoing, happened: Happened, due_at: Timestamp) -> Outgoing {
        let before = message.delivery.reads();
        message.delivery.learn(happened);
        message.due_at = due_at;
        self.update(before, message.clone());
        message
    }

    /// What came of calling the provider, and what that means for the conversation.
    pub(in crate::gateway) async fn called(
        &mut self,
        organization: &str,
        id: ConversationId,
        seq: Seq,
        attempt: u32,
        called: &Called,
    ) -> Result<bool, Fault> {
        let Some(mut message) = self.outgoing(organization, id, seq).await? else {
            return Ok(false);
        };
        let current = message.delivery.attempt == attempt;
        match called {
            Called::Accepted(accepted) => {
                message
                    .provider_id
                    .get_or_insert_with(|| accepted.provider_id.clone());
                let fate = Fate::of(&accepted.fate).unwrap_or(Fate::Accepted);
                if let Some(connection) = self.shared.directory.connection(&message.connection) {
                    self.also_called(&connection.clone(), &message.address, &accepted.also)
                        .await?;
                }
                self.learn(message.clone(), &Fate::Accepted, None).await?;
                if !matches!(fate, Fate::Accepted)
                    && let Some(message) = self.outgoing(organization, id, seq).await?
                {
                    self.learn(message, &fate, None).await?;
                }
                self.catch_up(&message).await?;
            }
            Called::Refused { reason, code } if current => {
                self.learn(
                    message,
                    &Fate::Failed {
                        reason: *reason,
                        code: code.clone(),
                    },
                    None,
                )
                .await?;
            }
            Called::RefusedByUs(reason) if current && message.delivery.state == State::Queued => {
                self.refuse_welcome(message, *reason).await?;
            }
            Called::NotTaken { after } if current => {
                let wait = after.map_or_else(
                    || backoff(attempt),
                    |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
                );
                let due_at = self.now.plus(wait);
                let message = self.step(message, Happened::NotTaken { attempt }, due_at);
                self.gate_again(organization, id, message).await?;
            }
            Called::Unknown if current => {
                let due_at = next_look(handed_at(&message), message.asked, self.now);
                self.step(message, Happened::Unknown { attempt }, due_at);
            }
            Called::NotListed { look, asked_at } if current && awaits(&message, *look) => {
                self.not_listed(message, *asked_at).await?;
            }
            Called::CannotTell { look } if current && awaits(&message, *look) => {
                self.look_again(message);
            }
            Called::NotAsked { look } if current && awaits(&message, *look) => {
                self.go_on_without(message);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The provider's list does not have a message: proof that nobody has it, or a reason to look again.
    async fn not_listed(
        &mut self,
        mut message: Outgoing,
        asked_at: Timestamp,
    ) -> Result<(), Fault> {
        message.absent += u32::from(asked_at >= handed_at(&message).plus(ABSENT_AFTER));
        if message.absent < ABSENCES {
            self.look_again(message);
            return Ok(());
        }
        let (organization, id) = (message.organization.clone(), message.conversation);
        let message = self.step(message, Happened::ProvenAbsent, self.now);
        let Some(switch) = message.delivery.welcome else {
            return self.gate_again(&organization, id, message).await;
        };
        let reason = Reason::Unavailable;
        self.conversation(&organization, id).await?;
        self.run(id, Command::Refused { switch, reason }).await?;
        Ok(())
    }

    fn look_again(&mut self, mut message: Outgoing) {
        message.asked += 1;
        let due_at = next_look(handed_at(&message), message.asked, self.now);
        self.put_off(message, due_at);
    }

    /// Nobody can be asked: it is never sent again, so it holds up what follows only for as long as a slow provider may still be at it.
    fn go_on_without(&mut self, mut message: Outgoing) {
        let over = handed_at(&message).plus(ABSENT_AFTER);
        if self.now < over {
            return self.put_off(message, over);
        }
        message.asked = ASKED_AT_MOST;
        self.put_off(message, Timestamp(i64::MAX));
    }

    fn put_off(&mut self, mut message: Outgoing, due_at: Timestamp) {
        message.due_at = due_at;
        let before = message.delivery.reads();
        self.update(before, message);
    }

    /// Our own no to a welcome.
    async fn refuse_welcome(&mut self, message: Outgoing, reason: Reason) -> Result<(), Fault> {
        let (organization, id, welcome) = (
            message.organization.clone(),
            message.conversation,
            message.delivery.welcome,
        );
        self.step(message, Happened::Refused(reason), self.now);
        self.conversation(&organization, id).await?;
        if let Some(switch) = welcome {
            self.run(id, Command::Refused { switch, reason }).await?;
        }
        Ok(())
    }

    /// A message that returns to the queue asks anew whether anybody still waits for it there.
    async fn gate_again(
        &mut self,
        organization: &str,
        id: ConversationId,
        message: Outgoing,
    ) -> Result<(), Fault> {
        let stored = self.conversation(organization, id).await?.clone();
        match self.gate_of(id, &stored, &message).await? {
            Gate::Go => {}
            Gate::Withdraw => {
                self.step(message, Happened::Withdrawn, self.now);
            }
            Gate::Refuse(reason) if message.delivery.welcome.is_some() => {
                self.refuse_welcome(message, reason).await?
            }
            Gate::Refuse(reason) => {
                self.step(message, Happened::Refused(reason), self.now);
            }
        }
        Ok(())
    }

    /// Says aloud that nobody confirmed a greeting in time.
    pub(in crate::gateway) async fn lapse(
        &mut self,
        organization: &str,
        id: ConversationId,
    ) -> Result<bool, Fault> {
        self.conversation(organization, id).await?;
        self.run(id, Command::Lapse).await?;
        Ok(true)
    }
}

/// Full jitter: anything up to a bound that doubles with every attempt, so that many that failed together do not come back together.
fn backoff(attempt: u32) -> i64 {
    const FIRST: i64 = 500;
    const LONGEST: i64 = 60_000;
    let bound = FIRST.saturating_mul(1 << attempt.min(10)).min(LONGEST);
    100 + token::below(bound)
}

/// Whether that look at the provider's list is the one that is to come.
fn awaits(message: &Outgoing, look: u32) -> bool {
    message.delivery.state == State::Uncertain && message.asked == look
}

pub(super) fn handed_at(message: &Outgoing) -> Timestamp {
    message.handed_at.unwrap_or(message.created_at)
}

/// When the provider's list is asked next: early, for what is there is found at once; when not being there begins to prove something; and
/// then more and more rarely, for a provider that cannot be asked.
fn next_look(handed_at: Timestamp, asked: u32, now: Timestamp) -> Timestamp {
    const LOOKS: [i64; 6] = [2_000, 5_000, 10_000, 20_000, 40_000, ABSENT_AFTER];
    const APART: i64 = 2_000;
    const LATER: i64 = 5_000;
    const LONGEST: i64 = 240_000;
    if asked >= ASKED_AT_MOST {
        return Timestamp(i64::MAX);
    }
    let asked = asked as usize;
    match LOOKS.get(asked) {
        Some(look) => handed_at.plus(*look).max(now.plus(APART)),
        None => now.plus((LATER << (asked - LOOKS.len())).min(LONGEST)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backing_off_stays_within_its_bounds() {
        for attempt in 0..40 {
            assert!((100..=60_100).contains(&backoff(attempt)));
        }
    }

    /// Seconds from the hand-over at which the list is asked, where nobody knew the outcome from `doubt` on.
    fn looks(doubt: i64) -> Vec<i64> {
        let mut now = Timestamp(doubt * 1_000);
        let mut looks = Vec::new();
        for asked in 0..ASKED_AT_MOST {
            now = next_look(Timestamp(0), asked, now);
            looks.push(now.0 / 1_000);
        }
        assert_eq!(
            next_look(Timestamp(0), ASKED_AT_MOST, now),
            Timestamp(i64::MAX)
        );
        looks
    }

    #[test]
    fn the_list_is_asked_early_and_twice_as_soon_as_its_word_counts() {
        assert_eq!(looks(0)[..8], [2, 5, 10, 20, 40, 60, 65, 75]);
        assert_eq!(looks(10)[..8], [12, 14, 16, 20, 40, 60, 65, 75]);
        assert_eq!(looks(100)[..2], [102, 104], "after a long time down");
    }

    #[test]
    fn the_list_is_asked_for_some_twenty_minutes() {
        let last = looks(10).pop();
        assert!(last.is_some_and(|last| (1_100..1_400).contains(&last)));
    }
}
