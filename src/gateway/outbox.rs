//! Carrying messages out: one carrier a connection, so that a sick one slows no other.
//!
//! A carrier looks for what is due, asks the committer whether it may still be handed over, calls the adapter outside of any transaction,
//! and has the outcome committed. It holds no state that matters: whatever it knew is in the rows, and after a crash the next one goes on.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use contract::{Accepted, Address, Found, Outbound, SendError, Wanted};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::calling::Calling;
use super::commit::{Outcome, Work, Working};
use super::connections::{Connection, Directory};
use super::inbound::{Fate, reason_of};
use super::{Fault, Gateway, token};
use crate::bus::unpoisoned;
use crate::core::delivery::{Gate, Happened, State, gate, next_in_lane};
use crate::core::{Command, ConversationId, Reason, Seq, Timestamp};
use crate::store::conversations::Stored;
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
            text: message.text.clone(),
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

impl Working<'_> {
    /// Whether a message may be handed over now; if so, it is from this commit on.
    pub(super) async fn dispatch(
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
    pub(super) async fn called(
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
    pub(super) async fn lapse(
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

fn handed_at(message: &Outgoing) -> Timestamp {
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

    #[test]
    fn an_unknown_provider_answers_within_a_second() {
        let took = Carriers::default().time_of_an_answer("acme-sms");
        assert!(took >= Duration::from_millis(250) && took < Duration::from_secs(1));
    }
}
