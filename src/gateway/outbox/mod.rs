//! Carrying messages out: one carrier a connection, so that a sick one slows no other.
//!
//! A carrier looks for what is due, asks the committer whether it may still be handed over, calls the adapter outside of any transaction,
//! and has the outcome committed. It holds no state that matters: whatever it knew is in the rows, and after a crash the next one goes on.

mod settling;

use settling::handed_at;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use contract::{Accepted, Address, Found, Outbound, SendError, Wanted};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::calling::Calling;
use super::commit::{Outcome, Work};
use super::connections::{Connection, Directory};
use super::inbound::reason_of;
use super::{Fault, Gateway, token};
use crate::bus::unpoisoned;
use crate::core::delivery::State;
use crate::core::{ConversationId, Reason, Seq, Timestamp};
use crate::store::outbox::{self, Outgoing};
use crate::store::{StoreError, contacts};
use crate::telemetry::metrics;

/// A call that has not come back after this was lost with its process: its outcome is unknown.
const LEASE: i64 = 60_000;
/// Chat text that could not be handed over for so long is no longer worth sending.
const AGE_LIMIT: i64 = 15 * 60_000;
/// A provider's list that does not have a message proves it absent only so long after it was handed over. We hang up after ten seconds,
/// but the provider may still be at it: gateways give their own slowest part up to a minute, and lists are fed from copies that lag behind.
const ABSENT_AFTER: i64 = 60_000;
/// How often the list must say so after that: one answer may come from the one copy that lags.
const ABSENCES: u32 = 2;
/// How often the provider's list is asked for one message before it stays uncertain for good: for some twenty minutes.
pub(crate) const ASKED_AT_MOST: u32 = 16;
/// A refusal of our own is told within this: longer than any answer of a provider's that it is made to look like.
const REFUSED_WITHIN: i64 = 15_000;
/// Calls of one connection at once.
const CALLS_AT_ONCE: usize = 16;
/// Refusals of one connection that wait to be told. They take no turn from calls: a flood of them holds nobody up.
const REFUSALS_AT_ONCE: usize = 4_096;
/// Messages taken up in one look.
const LOOK: u32 = 64;
/// How long a carrier sleeps when nothing is due and nobody wakes it.
const NAP: Duration = Duration::from_secs(5);

/// What wakes the carriers, and how long their providers take to answer.
#[derive(Debug, Default)]
pub struct Carriers {
    bells: HashMap<Arc<str>, Bell>,
    pub(super) calling: Arc<Calling>,
}

#[derive(Debug, Default)]
struct Bell {
    rung: Notify,
    answers: Mutex<VecDeque<u64>>,
}

impl Carriers {
    /// A bell for every connection.
    #[must_use]
    pub fn new(directory: &Directory) -> Self {
        Self {
            bells: directory
                .carriers()
                .map(|connection| (connection.id.clone(), Bell::default()))
                .collect(),
            calling: Arc::default(),
        }
    }

    /// There may be something to carry.
    pub fn wake(&self, connection: &str) {
        if let Some(bell) = self.bells.get(connection) {
            bell.rung.notify_one();
        }
    }

    /// Time was moved: anything may be due.
    pub fn wake_all(&self) {
        for bell in self.bells.values() {
            bell.rung.notify_one();
        }
    }

    fn answered_in(&self, connection: &str, took: Duration) {
        const KEPT: usize = 32;
        if let Some(bell) = self.bells.get(connection) {
            let mut answers = unpoisoned(&bell.answers);
            if answers.len() == KEPT {
                answers.pop_front();
            }
            answers.push_back(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        }
    }

    /// The time that a refusal of this connection's provider takes: one of the last answers' times, so that a refusal of our own cannot be
    /// told from one of theirs.
    fn time_of_an_answer(&self, connection: &str) -> Duration {
        const UNKNOWN: (i64, i64) = (250, 500);
        let answers = self
            .bells
            .get(connection)
            .map(|bell| unpoisoned(&bell.answers).clone())
            .unwrap_or_default();
        let millis = match answers.len() {
            0 => (UNKNOWN.0 + token::below(UNKNOWN.1)).unsigned_abs(),
            many => answers[token::below(i64::try_from(many).unwrap_or(1)).unsigned_abs() as usize],
        };
        Duration::from_millis(millis)
    }
}

/// Whether a message may be handed over.
#[derive(Debug)]
pub(super) enum Dispatch {
    /// Do it: it is marked as handed over.
    Go(Box<Outgoing>),
    /// Say no, but only after the time that a provider's refusal takes.
    RefuseLater { reason: Reason, attempt: u32 },
    /// Not now, or not any more.
    Not,
}

/// What came of calling the provider.
#[derive(Clone, Debug)]
pub(super) enum Called {
    /// The provider has it.
    Accepted(Accepted),
    /// A definite no.
    Refused {
        reason: Reason,
        code: Option<String>,
    },
    /// Our own no to a welcome, told in a provider's time.
    RefusedByUs(Reason),
    /// Not taken; may go again, not before this.
    NotTaken { after: Option<Duration> },
    /// Nobody knows.
    Unknown,
    /// The provider's list, asked at this time, does not have it. The number of the look fences off one that was taken up twice.
    NotListed { look: u32, asked_at: Timestamp },
    /// The provider's list does not tell.
    CannotTell { look: u32 },
    /// The provider has no list.
    NotAsked { look: u32 },
}

/// Starts a carrier for every connection.
pub(super) fn start(gateway: &Arc<Gateway>, stop: &CancellationToken) {
    for connection in gateway.directory.carriers() {
        let carrier = Carrier {
            gateway: gateway.clone(),
            connection: connection.clone(),
            refusals: Arc::new(Semaphore::new(REFUSALS_AT_ONCE)),
        };
        tokio::spawn(carrier.run(stop.clone()));
    }
}

impl Gateway {
    /// What was in a provider call when the process ended has an unknown outcome.
    pub(super) async fn recover(&self) -> Result<(), crate::store::StoreError> {
        for (organization, id, seq) in outbox::in_flight(&self.store.reads).await? {
            let organization: Arc<str> = Arc::from(organization);
            let mut conn = self.store.reads.acquire().await?;
            let attempt = outbox::get(&mut conn, &organization, id, seq)
                .await?
                .map_or(0, |message| message.delivery.attempt);
            drop(conn);
            let work = Work::Called {
                organization,
                id,
                seq,
                attempt,
                called: Called::Unknown,
            };
            if let Err(error) = self.committer.submit(work).await {
                tracing::error!(%error, "a message that was in a provider call when the process ended could not be marked");
            }
        }
        Ok(())
    }
}

struct Carrier {
    gateway: Arc<Gateway>,
    connection: Arc<Connection>,
    refusals: Arc<Semaphore>,
}

impl Carrier {
    async fn run(self, stop: CancellationToken) {
        let carrier = Arc::new(self);
        let calls = Arc::new(Semaphore::new(CALLS_AT_ONCE));
        let busy: Arc<Mutex<HashSet<(ConversationId, Seq)>>> = Arc::default();
        let mut tasks = JoinSet::new();
        while !stop.is_cancelled() {
            let nap = match carrier.look(&calls, &busy, &mut tasks).await {
                Ok(nap) => nap,
                Err(error) => {
                    tracing::error!(%error, connection = %carrier.connection.id, "the outbox could not be read");
                    Duration::from_secs(1)
                }
            };
            while tasks.try_join_next().is_some() {}
            tokio::select! {
                () = stop.cancelled() => break,
                () = carrier.bell().rung.notified() => {}
                () = tokio::time::sleep(nap) => {}
            }
        }
        // What is being called now may still come back; what does not is unknown at the next start.
        while tasks.join_next().await.is_some() {}
    }

    fn bell(&self) -> &Bell {
        &self.gateway.carriers.bells[&self.connection.id]
    }

    /// Takes up what is due. Answers how long there is nothing to do.
    async fn look(
        self: &Arc<Self>,
        calls: &Arc<Semaphore>,
        busy: &Arc<Mutex<HashSet<(ConversationId, Seq)>>>,
        tasks: &mut JoinSet<()>,
    ) -> Result<Duration, crate::store::StoreError> {
        let (store, now) = (&self.gateway.store, self.gateway.now());
        let due = outbox::due(
            &store.reads,
            &self.connection.organization,
            &self.connection.id,
            ASKED_AT_MOST,
            now,
            LOOK,
        )
        .await?;
        let mut taken_up = 0;
        for message in due {
            let key = (message.conversation, message.delivery.seq);
            if !unpoisoned(busy).insert(key) {
                continue;
            }
            let Ok(turn) = calls.clone().acquire_owned().await else {
                break;
            };
            taken_up += 1;
            let (carrier, busy) = (self.clone(), busy.clone());
            tasks.spawn(async move {
                carrier.attend(message, turn).await;
                unpoisoned(&busy).remove(&key);
                carrier.bell().rung.notify_one();
            });
        }
        if taken_up > 0 {
            return Ok(Duration::ZERO);
        }
        let next = outbox::next_due(
            &store.reads,
            &self.connection.organization,
            &self.connection.id,
            ASKED_AT_MOST,
        )
        .await?;
        let ahead = next.map_or(NAP, |at| {
            Duration::from_millis((at.0 - now.0).max(20).unsigned_abs())
        });
        Ok(ahead.min(NAP))
    }

    async fn attend(&self, message: Outgoing, turn: OwnedSemaphorePermit) {
        let outcome = match message.delivery.state {
            State::Queued => self.hand_over(message, turn).await,
            State::Sending => self.report(&message, Called::Unknown).await,
            State::Uncertain => self.ask(message).await,
            _ => Ok(()),
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, connection = %self.connection.id, "a message could not be attended to; it will be looked at again");
            // Storage is in trouble (a full disk, say): do not spin.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn hand_over(&self, message: Outgoing, turn: OwnedSemaphorePermit) -> Result<(), Fault> {
        let calling = &self.gateway.carriers.calling;
        let under_way = calling.begin(&self.connection, &message.address);
        let work = Work::Dispatch {
            organization: self.connection.organization.clone(),
            id: message.conversation,
            seq: message.delivery.seq,
        };
        let Outcome::Dispatch(dispatch) = self.gateway.committer.submit(work).await? else {
            return Ok(());
        };
        match *dispatch {
            Dispatch::Not => Ok(()),
            Dispatch::RefuseLater { reason, attempt } => {
                drop(under_way);
                let _waits = self.refusals.acquire().await.map_err(|_| Fault::Stopping)?;
                drop(turn);
                tokio::time::sleep(self.gateway.carriers.time_of_an_answer(&self.connection.id))
                    .await;
                tracing::info!(connection = %self.connection.id, to = %contract::mask(&message.address), ?reason, "a welcome message was not sent");
                let mut message = message;
                message.delivery.attempt = attempt;
                self.report(&message, Called::RefusedByUs(reason)).await
            }
            Dispatch::Go(message) => {
                let called = match self.recipient(&message).await {
                    Ok(to) => self.call(&message, to).await,
                    // Nothing has left us.
                    Err(_) => Called::NotTaken { after: None },
                };
                let reported = self.report(&message, called).await;
                drop((turn, under_way));
                reported
            }
        }
    }

    /// What the provider calls whom a message goes to: the form that was last seen.
    async fn recipient(&self, message: &Outgoing) -> Result<Address, StoreError> {
        let (store, connection) = (&self.gateway.store, &self.connection);
        if !connection.capabilities.bounds_free_text() {
            return Ok(Address(message.address.clone()));
        }
        let mut conn = store.reads.acquire().await?;
        let (organization, name) = (&connection.organization, &connection.id);
        let contact = contacts::get(&mut conn, organization, name, &message.address).await?;
        Ok(Address(
            contact.sends_to.unwrap_or_else(|| message.address.clone()),
        ))
    }

    async fn call(&self, message: &Outgoing, to: Address) -> Called {
        let media = match self.gateway.enclosed(message, &self.connection).await {
            Ok(media) => media,
            Err(called) => return called,
        };
        let outbound = Outbound {
            delivery: message.id(),
            to,
            text: message.text.clone(),
            template: message.template.as_ref().map(Into::into),
            media,
            callback_url: format!(
                "{}/webhooks/{}",
                self.gateway.public_url, self.connection.id
            ),
        };
        let began = Instant::now();
        let answer = self.connection.channel.send(&outbound).await;
        let took = began.elapsed();
        let (called, word) = match answer {
            Ok(accepted) => {
                self.gateway.is_well(&self.connection).await;
                (Called::Accepted(accepted), "accepted")
            }
            Err(SendError::Rejected(failure)) => {
                tracing::warn!(connection = %self.connection.id, code = failure.code, detail = %failure.detail, "the provider refused a message");
                if failure.reason == contract::Reason::Misconfigured {
                    let code = failure.code.as_deref();
                    self.gateway.is_sick(&self.connection, code).await;
                }
                (
                    Called::Refused {
                        reason: reason_of(failure.reason),
                        code: failure.code,
                    },
                    "refused",
                )
            }
            Err(SendError::Throttled { retry_after }) => {
                (Called::NotTaken { after: retry_after }, "throttled")
            }
            Err(SendError::Unavailable(why)) => {
                tracing::warn!(connection = %self.connection.id, %why, "the provider could not be reached");
                (Called::NotTaken { after: None }, "unavailable")
            }
            Err(SendError::OutcomeUnknown(why)) => {
                tracing::warn!(connection = %self.connection.id, %why, "the outcome of a call is unknown");
                (Called::Unknown, "unknown")
            }
        };
        if matches!(called, Called::Accepted(_) | Called::Refused { .. }) {
            self.gateway.carriers.answered_in(&self.connection.id, took);
        }
        metrics::provider(&self.connection.id, word, took);
        called
    }

    /// Asks the provider whether it has a message whose outcome nobody knows.
    async fn ask(&self, message: Outgoing) -> Result<(), Fault> {
        let called = if self.connection.capabilities.finds {
            self.look_up(&message).await?
        } else {
            Called::NotAsked {
                look: message.asked,
            }
        };
        self.report(&message, called).await
    }

    async fn look_up(&self, message: &Outgoing) -> Result<Called, Fault> {
        let (asked_at, handed_at) = (self.gateway.now(), handed_at(message));
        let look = message.asked;
        // Asked before the list is: one that is settled meanwhile could be taken for this one.
        let has_twin = outbox::has_twin(&self.gateway.store.reads, message).await?;
        let since = handed_at.plus(-10 * 60_000);
        let known = outbox::known_to(
            &self.gateway.store.reads,
            &message.organization,
            &message.connection,
            &message.address,
            since,
        )
        .await?;
        let wanted = Wanted {
            to: self.recipient(message).await?,
            text: message.template.is_none().then(|| message.text.clone()),
            since: handed_at.0,
            known,
        };
        Ok(match self.connection.channel.find(&wanted).await {
            // Of two that read alike nobody can say which it is; that there is neither, the list does say.
            Ok(Found::There(_)) if has_twin => Called::CannotTell { look },
            Ok(Found::There(accepted)) => Called::Accepted(accepted),
            Ok(Found::Absent) => Called::NotListed { look, asked_at },
            Ok(Found::CannotTell) | Err(_) => Called::CannotTell { look },
        })
    }

    async fn report(&self, message: &Outgoing, called: Called) -> Result<(), Fault> {
        let work = Work::Called {
            organization: self.connection.organization.clone(),
            id: message.conversation,
            seq: message.delivery.seq,
            attempt: message.delivery.attempt,
            called,
        };
        // The outcome of a call is worth more than a place in the queue.
        let mut wait = Duration::from_millis(50);
        loop {
            match self.gateway.committer.submit(work.clone()).await {
                Err(Fault::Overloaded | Fault::Commit(_)) if wait < Duration::from_secs(10) => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                other => return other.map(drop),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_provider_answers_within_a_second() {
        let took = Carriers::default().time_of_an_answer("acme-sms");
        assert!(took >= Duration::from_millis(250) && took < Duration::from_secs(1));
    }
}
