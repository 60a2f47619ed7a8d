//! The committer: many commands, one transaction.
//!
//! One task owns the connection that writes. It takes what has gathered (up to `GROUP`), reads the rows of all of it with one question,
//! decides in memory, writes one statement a table and commits once; only then does it answer and tell. A command that waits for a commit
//! pays a part of one `fsync`, not a whole one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::connections::{Connection, Directory, WEB};
use super::deeds::Deed;
use super::guard::challenge::Key;
use super::guard::{Guard, GuardWork};
use super::inbound::Fate;
use super::leads::LeadWork;
use super::outbox::{Called, Carriers, Dispatch};
use super::presence::Presence;
use super::tickets::{Invitation, Returned};
use super::{Caller, Fault, OperatorCaller, VisitorCaller};
use crate::bus::Hub;
use crate::core::{ConversationId, Event, Rules, Seq, VisitorId};
use crate::media::link::Links;
use crate::store::attachments::Attachment;
use crate::store::conversations::Stored;
use crate::store::leads::LeadId;
use crate::store::pairs::Holder;
use crate::store::people::OperatorRow;
use crate::store::{Conn, Store, StoreError, conversations, people};
use crate::telemetry::metrics;

mod knowing;
mod news;
mod recording;
mod working;

pub(super) use working::{Working, author_of};

/// At most so many commands in one transaction.
const GROUP: usize = 256;
/// At most so many conversations, and pairs, are remembered as they were last committed; at more, all are read anew.
const REMEMBERED: usize = 4_096;
/// At most so many commands wait; more are told to come back.
const QUEUE: usize = 8_192;

/// What the committer works with.
#[derive(Debug)]
pub(super) struct Shared {
    pub store: Arc<Store>,
    pub directory: Arc<Directory>,
    pub hub: Arc<Hub>,
    pub presence: Arc<Presence>,
    pub carriers: Arc<Carriers>,
    pub links: Arc<Links>,
    pub rules: Rules,
    pub guard: Guard,
    pub challenge_key: Arc<Key>,
    pub posts_per_visitor_10s: u32,
    pub public_url: String,
}

/// One thing to commit.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Somebody asks something of a conversation.
    Act {
        caller: Caller,
        id: ConversationId,
        deed: Deed,
    },
    /// A visitor begins, or goes on with, their one open conversation.
    Open {
        visitor: VisitorCaller,
        client_id: String,
        text: Option<String>,
    },
    /// A person wrote through a provider.
    Inbound {
        connection: Arc<Connection>,
        message: contract::Inbound,
    },
    /// A provider tells what became of a message.
    Receipt {
        connection: Arc<Connection>,
        provider_id: String,
        delivery: Option<(ConversationId, Seq)>,
        also: Vec<contract::Address>,
        fate: Fate,
    },
    /// Somebody has another number or id now.
    Moved {
        connection: Arc<Connection>,
        from: contract::Address,
        to: contract::Address,
    },
    /// A visitor wants to go on by writing first.
    Code {
        visitor: VisitorCaller,
        id: ConversationId,
        channel: String,
    },
    /// Somebody opens a link that was asked for on a phone.
    Return {
        organization: Arc<str>,
        link_hash: String,
        known: Option<VisitorId>,
    },
    /// May this message be handed over now?
    Dispatch {
        organization: Arc<str>,
        id: ConversationId,
        seq: Seq,
    },
    /// The provider was called.
    Called {
        organization: Arc<str>,
        id: ConversationId,
        seq: Seq,
        attempt: u32,
        called: Called,
    },
    /// A greeting's deadline has passed.
    Lapse {
        organization: Arc<str>,
        id: ConversationId,
    },
    /// An operator reaches out to a lead.
    Reconnect {
        operator: OperatorCaller,
        lead: LeadId,
        channel: String,
    },
    /// Something about a lead.
    Lead(LeadWork),
    /// Something about a file.
    Media(MediaWork),
    /// Something about people.
    People(PeopleWork),
    /// Something about the guard.
    Guard(GuardWork),
    /// Nothing: is the committer there?
    Ping,
}

/// Writes about files, which no message waits for.
#[derive(Clone, Debug)]
pub(super) enum MediaWork {
    /// An upload is kept.
    Put(Attachment),
    /// What has come of asking its provider for it.
    Settle(Attachment),
    /// It was kept long enough.
    LetGo(Attachment),
    /// An upload that nobody used.
    Forget { organization: String, id: String },
}

/// Writes about people, which no conversation waits for.
#[derive(Clone, Debug)]
pub(super) enum PeopleWork {
    Organization {
        id: Arc<str>,
        name: String,
        widget_key: String,
    },
    Operator(OperatorRow),
    Presence {
        organization: Arc<str>,
        operator: crate::core::OperatorId,
        word: String,
    },
    BeginSession {
        organization: Arc<str>,
        token_hash: String,
        operator: crate::core::OperatorId,
        lasts: i64,
    },
    EndSession {
        organization: Arc<str>,
        token_hash: String,
    },
    Visitor {
        organization: Arc<str>,
        visitor: VisitorId,
        token_hash: Option<String>,
    },
    Name {
        organization: Arc<str>,
        visitor: VisitorId,
        name: Option<String>,
    },
    Seen(Vec<(String, VisitorId, crate::core::Timestamp)>),
}

/// What a piece of work came to.
#[derive(Debug)]
pub(super) enum Outcome {
    Done(Box<Done>),
    Dispatch(Box<Dispatch>),
    Code(Box<Invitation>),
    Returned(Box<Returned>),
    /// Which lead it is about, and whether it is new.
    Lead(LeadId, bool),
    /// Whether there was something to do it to.
    Written(bool),
}

/// What a command on a conversation came to.
#[derive(Debug)]
pub struct Done {
    /// The conversation as it stands after it.
    pub stored: Arc<Stored>,
    /// The message that it was about, if it was about one.
    pub message: Option<(Seq, Event)>,
    /// The conversation is new.
    pub created: bool,
    /// It had been done before: nothing was done again.
    pub repeated: bool,
}

#[derive(Debug)]
struct Job {
    work: Work,
    reply: oneshot::Sender<Result<Outcome, Fault>>,
}

/// The way to the committer.
#[derive(Clone, Debug)]
pub struct Committer {
    queue: mpsc::Sender<Job>,
}

/// What the committer remembers between transactions.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// How much each visitor has said in the present ten seconds.
    pub said: HashMap<VisitorId, (i64, u32)>,
    /// Conversations as they were last committed. Nobody else writes them, and the version in each row would tell.
    pub known: HashMap<ConversationId, Arc<Stored>>,
    /// Who has a pair, likewise.
    pub holders: HashMap<working::Triple, Holder>,
}

impl Committer {
    /// Starts the task that writes. It ends when the last handle is gone and everything that was taken on is committed.
    ///
    /// It has a thread of its own: between its questions to storage it must not stand in line behind sockets.
    pub(super) async fn start(shared: Shared) -> Result<Self, StoreError> {
        let conn = shared.store.writer().await?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(sqlx::Error::Io)?;
        std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || runtime.block_on(run(conn, jobs, shared)))
            .map_err(sqlx::Error::Io)?;
        Ok(Self { queue })
    }

    pub(super) async fn ping(&self) -> Result<(), Fault> {
        self.submit(Work::Ping).await.map(drop)
    }

    pub(super) async fn guard(&self, work: GuardWork) -> Result<bool, Fault> {
        let written = self.submit(Work::Guard(work)).await?;
        Ok(matches!(written, Outcome::Written(true)))
    }

    pub(super) async fn submit(&self, work: Work) -> Result<Outcome, Fault> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(Job { work, reply })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => Fault::Overloaded,
                mpsc::error::TrySendError::Closed(_) => Fault::Stopping,
            })?;
        answer.await.map_err(|_| Fault::Stopping)?
    }

    pub(super) async fn done(&self, work: Work) -> Result<Done, Fault> {
        match self.submit(work).await? {
            Outcome::Done(done) => Ok(*done),
            other => {
                unreachable!("a command on a conversation answers how it stands, not {other:?}")
            }
        }
    }

    pub(super) async fn people(&self, work: PeopleWork) -> Result<bool, Fault> {
        match self.submit(Work::People(work)).await? {
            Outcome::Written(written) => Ok(written),
            other => {
                unreachable!("a write about people answers whether it was written, not {other:?}")
            }
        }
    }
}

async fn run(mut conn: Conn, mut jobs: mpsc::Receiver<Job>, shared: Shared) {
    let mut memory = Memory::default();
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let began = Instant::now();
        let works: Vec<&Work> = group.iter().map(|job| &job.work).collect();
        let answers = match together(&mut conn, &shared, &mut memory, &works).await {
            Ok(answers) => answers,
            // One bad element must not take the others with it: each is decided again alone.
            Err(error)
                if works.len() > 1
                    && matches!(error, StoreError::Engine(_) | StoreError::Corrupt { .. }) =>
            {
                tracing::warn!(%error, commands = works.len(), "a group could not be committed; trying each alone");
                alone(&mut conn, &shared, &mut memory, &works).await
            }
            Err(error) => all_failed(error, works.len()),
        };
        metrics::commit(began.elapsed());
        for (job, answer) in group.drain(..).zip(answers) {
            // Whoever asked may have gone; it is committed all the same.
            let _ = job.reply.send(answer);
        }
        memory.forget(shared.store.clock.now().0);
    }
}

type Answers = Vec<Result<Outcome, Fault>>;

fn all_failed(error: StoreError, count: usize) -> Answers {
    tracing::error!(%error, commands = count, "nothing of this group was stored");
    let error = Arc::new(error);
    (0..count)
        .map(|_| Err(Fault::Commit(error.clone())))
        .collect()
}

async fn alone(conn: &mut Conn, shared: &Shared, memory: &mut Memory, works: &[&Work]) -> Answers {
    let mut answers = Vec::with_capacity(works.len());
    for work in works {
        match together(conn, shared, memory, &[work]).await {
            Ok(answer) => answers.extend(answer),
            Err(error) => answers.extend(all_failed(error, 1)),
        }
    }
    answers
}

/// One transaction: all of it is stored, or none.
async fn together(
    conn: &mut Conn,
    shared: &Shared,
    memory: &mut Memory,
    works: &[&Work],
) -> Result<Answers, StoreError> {
    if works.iter().all(|work| matches!(work, Work::Ping)) {
        crate::store::try_to_write(conn).await?;
        return Ok(works.iter().map(|_| Ok(Outcome::Written(true))).collect());
    }
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    let decided = decided(conn, shared, memory, works).await;
    let committed = match decided {
        Ok((answers, news)) => match sqlx::query("COMMIT").execute(&mut *conn).await {
            Ok(_) => Ok((answers, news)),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error),
    };
    match committed {
        Ok((answers, mut news)) => {
            memory.remember(&mut news);
            news.tell(shared);
            Ok(answers)
        }
        Err(error) => {
            memory.known.clear();
            memory.holders.clear();
            roll_back(conn).await;
            Err(error)
        }
    }
}

async fn roll_back(conn: &mut Conn) {
    // The engine may have rolled back already (a full disk); then there is nothing to roll back and it says so.
    let _ = sqlx::query("ROLLBACK").execute(conn).await;
}

async fn decided(
    conn: &mut Conn,
    shared: &Shared,
    memory: &mut Memory,
    works: &[&Work],
) -> Result<(Answers, news::News), StoreError> {
    let mut working = Working::load(conn, shared, memory, works).await?;
    let mut answers = Vec::with_capacity(works.len());
    for work in works {
        match working.perform(work).await {
            Err(Fault::Store(error)) => return Err(error),
            answer => answers.push(answer),
        }
    }
    let news = working.finish().await?;
    Ok((answers, news))
}

impl Working<'_> {
    async fn perform(&mut self, work: &Work) -> Result<Outcome, Fault> {
        match work {
            Work::Act { caller, id, deed } => {
                Ok(Outcome::Done(Box::new(self.act(caller, *id, deed).await?)))
            }
            Work::Open {
                visitor,
                client_id,
                text,
            } => Ok(Outcome::Done(Box::new(
                self.open(visitor, client_id, text.as_deref()).await?,
            ))),
            Work::Inbound {
                connection,
                message,
            } => self
                .inbound(connection, message)
                .await
                .map(Outcome::Written),
            Work::Receipt {
                connection,
                provider_id,
                delivery,
                also,
                fate,
            } => self
                .receipt(connection, provider_id, *delivery, also, fate)
                .await
                .map(Outcome::Written),
            Work::Moved {
                connection,
                from,
                to,
            } => self.moved(connection, from, to).await.map(Outcome::Written),
            Work::Code {
                visitor,
                id,
                channel,
            } => Ok(Outcome::Code(Box::new(
                self.issue_code(visitor, *id, channel).await?,
            ))),
            Work::Return {
                organization,
                link_hash,
                known,
            } => Ok(Outcome::Returned(Box::new(
                self.come_back(organization, link_hash, *known).await?,
            ))),
            Work::Dispatch {
                organization,
                id,
                seq,
            } => Ok(Outcome::Dispatch(Box::new(
                self.dispatch(organization, *id, *seq).await?,
            ))),
            Work::Called {
                organization,
                id,
                seq,
                attempt,
                called,
            } => self
                .called(organization, *id, *seq, *attempt, called)
                .await
                .map(Outcome::Written),
            Work::Lapse { organization, id } => {
                self.lapse(organization, *id).await.map(Outcome::Written)
            }
            Work::Reconnect {
                operator,
                lead,
                channel,
            } => Ok(Outcome::Done(Box::new(
                self.reconnect_lead(operator, *lead, channel).await?,
            ))),
            Work::Lead(work) => self.lead(work).await,
            Work::Media(work) => self.media(work).await.map(Outcome::Written),
            Work::People(work) => self.people(work).await.map(Outcome::Written),
            Work::Guard(work) => self.guard(work).await.map(Outcome::Written),
            Work::Ping => Ok(Outcome::Written(true)),
        }
    }

    async fn people(&mut self, work: &PeopleWork) -> Result<bool, Fault> {
        let now = self.now;
        match work {
            PeopleWork::Organization {
                id,
                name,
                widget_key,
            } => {
                people::organization(self.conn, id, name, widget_key).await?;
            }
            PeopleWork::Operator(row) => people::put_operator(self.conn, row).await?,
            PeopleWork::Presence {
                organization,
                operator,
                word,
            } => {
                people::set_presence(self.conn, organization, *operator, word).await?;
            }
            PeopleWork::BeginSession {
                organization,
                token_hash,
                operator,
                lasts,
            } => {
                people::begin_session(
                    self.conn,
                    organization,
                    token_hash,
                    *operator,
                    now,
                    now.plus(*lasts),
                )
                .await?;
            }
            PeopleWork::EndSession {
                organization,
                token_hash,
            } => {
                people::end_session(self.conn, organization, token_hash).await?;
            }
            PeopleWork::Visitor {
                organization,
                visitor,
                token_hash,
            } => {
                people::new_visitor(
                    self.conn,
                    organization,
                    *visitor,
                    token_hash.as_deref(),
                    now,
                )
                .await?;
            }
            PeopleWork::Name {
                organization,
                visitor,
                name,
            } => {
                return self
                    .name_visitor(organization, *visitor, name.clone())
                    .await;
            }
            PeopleWork::Seen(seen) => people::seen(self.conn, seen).await?,
        }
        Ok(true)
    }
}

impl Working<'_> {
    pub(super) async fn name_visitor(
        &mut self,
        organization: &str,
        visitor: VisitorId,
        name: Option<String>,
    ) -> Result<bool, Fault> {
        let known = people::name_visitor(self.conn, organization, visitor, name.as_deref()).await?;
        self.memory
            .known
            .retain(|_, stored| stored.visitor != visitor);
        let open = conversations::open_of(self.conn, organization, visitor, WEB).await?;
        if let Some(id) = open {
            self.conversation(organization, id).await?;
            self.rename_visitor(id, name);
        }
        Ok(known)
    }
}

const TEN_SECONDS: i64 = 10_000;

impl Memory {
    /// Counts one more message of a visitor's. False: it would be one too many.
    pub(super) fn may_say(&mut self, visitor: VisitorId, now: i64, limit: u32) -> bool {
        let (since, count) = self.said.entry(visitor).or_insert((now, 0));
        if now >= *since + TEN_SECONDS {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        limit == 0 || *count <= limit
    }

    fn remember(&mut self, news: &mut news::News) {
        if self.known.len() + GROUP > REMEMBERED {
            self.known.clear();
        }
        let known = news.stands.iter();
        self.known
            .extend(known.map(|stored| (stored.id, stored.clone())));
        if self.holders.len() + GROUP > REMEMBERED {
            self.holders.clear();
        }
        self.holders.extend(std::mem::take(&mut news.holders));
    }

    fn forget(&mut self, now: i64) {
        if self.said.len() > 4 * GROUP {
            self.said.retain(|_, (since, _)| now < *since + TEN_SECONDS);
        }
    }
}
