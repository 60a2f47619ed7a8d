//! The shell round the core: load, decide, commit, then tell.
//!
//! * `forms`: by what address people are known, and when they last wrote
//! * [`connections`]: which organizations there are, and how each can be reached
//! * [`attachments`]: files that people bring, and who may have them
//! * [`commit`]: the committer: many commands, one transaction
//! * [`deeds`]: what people ask of a conversation
//! * `fetch`: fetching the media that messages brought
//! * [`inbound`]: what providers bring
//! * [`outbox`]: carrying messages out
//! * [`guard`]: who may be sent a welcome message, and what is alarming
//! * `knocks`: how often somebody tried a password or made visitors
//! * [`leads`]: what is known of visitors, and reaching out to them
//! * `marks`: telling people on phones that they were read, or that somebody writes
//! * [`presence`]: who is here
//! * `reconcile`: what no webhook brought
//! * `sweep`: what nobody asks for
//! * [`templates`]: what providers have approved to be sent
//! * [`tickets`]: one-time codes and links
//! * [`token`]: secrets and ids
//!
//! Any node can run any command on any conversation: nothing in here owns one.

pub mod attachments;
mod calling;
pub mod commit;
pub mod connections;
pub mod deeds;
mod fetch;
mod forms;
pub mod guard;
pub mod inbound;
mod knocks;
pub mod leads;
mod marks;
pub mod outbox;
pub mod people;
pub mod presence;
mod reconcile;
mod sweep;
pub mod templates;
pub mod tickets;
pub mod token;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::bus::{Hub, Mailbox, Topic};
use crate::core::event::Reach;
use crate::core::{
    ConversationId, Event, Facts, FreeText, OperatorId, Refusal, Rules, Seq, Timestamp, VisitorId,
};
use crate::store::conversations::{Inbox, Stored};
use crate::store::outbox::{self as outbox_rows, Outgoing};
use crate::store::tickets::Pass;
use crate::store::{Conn, Store, StoreError, contacts, conversations, pairs};
pub use commit::{Committer, Done};
use connections::{Connection, Directory, Organization};
pub use deeds::Deed;
use guard::Guard;
use presence::Presence;

/// Everything a request needs. Cheap to clone behind an [`Arc`].
#[derive(Debug)]
pub struct Gateway {
    /// Storage and its clock.
    pub store: Arc<Store>,
    /// Organizations and their connections.
    pub directory: Arc<Directory>,
    /// Who listens.
    pub hub: Arc<Hub>,
    /// Who is here.
    pub presence: Arc<Presence>,
    /// The machine's rules.
    pub rules: Rules,
    /// Where this server is reached: what providers sign and call back. No slash at the end.
    pub public_url: String,
    committer: Committer,
    carriers: Arc<outbox::Carriers>,
    guard: Guard,
    challenge_key: Arc<guard::challenge::Key>,
    watch: guard::watch::Watch,
    /// Time was moved by hand.
    moved: tokio::sync::Notify,
    /// Files.
    pub media: attachments::Media,
    people: people::People,
    templates: templates::Templates,
    marks: marks::Marks,
    visitors_per_network_hour: u32,
}

/// What a gateway is made of.
#[derive(Debug)]
pub struct Settings {
    /// The machine's rules.
    pub rules: Rules,
    /// Who may be sent a welcome message.
    pub guard: Guard,
    /// At most so many messages of one visitor in 10 s.
    pub posts_per_visitor_10s: u32,
    /// At most so many new visitors from one network in an hour.
    pub visitors_per_network_hour: u32,
    /// Where this server is reached.
    pub public_url: String,
    /// Files.
    pub media: attachments::Terms,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A visitor, by their token.
    Visitor(VisitorCaller),
    /// An operator, by their session.
    Operator(OperatorCaller),
}

/// A visitor who asks.
#[derive(Clone, Debug)]
pub struct VisitorCaller {
    /// Whose visitor.
    pub organization: Arc<Organization>,
    /// Who.
    pub id: VisitorId,
    /// From which network (IPv4 /24, IPv6 /56).
    pub network: String,
    /// They came by a link from a phone, and see no more than that phone may.
    pub pass: Option<Pass>,
}

/// An operator who asks.
#[derive(Clone, Debug)]
pub struct OperatorCaller {
    /// Whose operator.
    pub organization: Arc<Organization>,
    /// Who.
    pub id: OperatorId,
    /// What others see.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// `owner`, `admin` or `operator`.
    pub role: String,
    /// The hash of the session's token.
    pub session: Arc<str>,
    /// From which network.
    pub network: String,
}

impl Caller {
    /// Whose data they may see.
    #[must_use]
    pub fn organization(&self) -> &Arc<Organization> {
        match self {
            Self::Visitor(visitor) => &visitor.organization,
            Self::Operator(operator) => &operator.organization,
        }
    }

    /// What they may see, where they came by a link.
    #[must_use]
    pub fn pass(&self) -> Option<Pass> {
        match self {
            Self::Visitor(visitor) => visitor.pass,
            Self::Operator(_) => None,
        }
    }

    /// Whether a conversation is theirs to see.
    #[must_use]
    pub fn may_see(&self, stored: &Stored) -> bool {
        stored.organization == *self.organization().id
            && match self {
                Self::Visitor(visitor) => {
                    let shown = visitor
                        .pass
                        .is_none_or(|pass| pass.conversation == stored.id);
                    shown && visitor.id == stored.visitor
                }
                Self::Operator(_) => true,
            }
    }
}

/// Why something was not done. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The machine refuses; with the conversation as it stands.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// The conversation as it stands.
        stored: Arc<Stored>,
    },
    /// Not there, or not theirs.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Theirs, but not for their role.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The e-mail address or the password is wrong.
    #[error("the e-mail address or the password is wrong")]
    WrongPassword,
    /// The text cannot be an address of the channel, or may not be used.
    #[error("{0}")]
    BadAddress(String),
    /// Neither given nor known.
    #[error(
        "there is no address to reach the visitor at on this channel: give one, or a number of theirs to the lead; where nobody is written to first, they write first"
    )]
    NoAddress,
    /// The organization has no such channel.
    #[error("this organization has no connection on the channel {0}")]
    NoSuchChannel(String),
    /// Longer than the leg takes.
    #[error(
        "the text has {length} characters; this channel takes {limit}: shorten it or send it in parts"
    )]
    TooLong {
        /// What the leg takes.
        limit: usize,
        /// What it has.
        length: usize,
    },
    /// Nothing to say.
    #[error("the text is empty")]
    Empty,
    /// The visitor must first meet a challenge.
    #[error("{}", .unmet.sentence())]
    ChallengeRequired {
        /// Why what was sent does not do.
        unmet: guard::challenge::Unmet,
        /// The one to meet.
        challenge: Box<guard::challenge::Challenge>,
    },
    /// No bytes.
    #[error("the file is empty")]
    EmptyFile,
    /// A larger file than is taken.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// What is taken.
        limit: u64,
    },
    /// More files than one message takes.
    #[error("a message takes {limit} attachments: send the others with another")]
    TooManyAttachments {
        /// What it takes.
        limit: usize,
    },
    /// Not there, not theirs, or used already.
    #[error("there is no unused attachment {0} of yours: upload the file, and send it once")]
    NoSuchAttachment(String),
    /// The id stood for something else before.
    #[error("this client_id was used for another request; make a new one")]
    ClientIdReused,
    /// Too often.
    #[error("too many requests; try again later")]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
    },
    /// There is no such template, or it cannot be sent so.
    #[error("{0}")]
    BadTemplate(String),
    /// The provider was asked and did not answer.
    #[error("the provider does not answer; try again in a moment")]
    ProviderUnavailable,
    /// The one-time link was used, is too old, or is none of ours.
    #[error("this link no longer opens anything: ask for another")]
    LinkGone,
    /// The cursor is beyond the log.
    #[error("the log ends at {last_seq}")]
    Ahead {
        /// Where it ends.
        last_seq: Seq,
    },
    /// More waits than we take on.
    #[error("the server has more to do than it can; try again in a moment")]
    Overloaded,
    /// The server is going down.
    #[error("the server is restarting; try again in a moment")]
    Stopping,
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Storage failed for everybody in the same commit.
    #[error("{0}")]
    Commit(Arc<StoreError>),
}

/// A page of a conversation's log.
#[derive(Debug)]
pub struct Page {
    /// The conversation as it stands.
    pub stored: Stored,
    /// What came after the cursor, in order, without gaps.
    pub entries: Vec<(Seq, Event)>,
    /// More follows.
    pub more: bool,
}

/// Entries in one page of a log.
pub const PAGE: u32 = 200;

impl Gateway {
    /// Starts the committer and the carriers; they end when `stop` is cancelled and what they have begun is done.
    ///
    /// # Errors
    /// When storage cannot be written.
    pub async fn start(
        store: Store,
        directory: Directory,
        settings: Settings,
        stop: &CancellationToken,
    ) -> Result<Arc<Self>, StoreError> {
        let store = Arc::new(store);
        let directory = Arc::new(directory);
        let hub = Arc::new(Hub::default());
        let presence = Arc::new(Presence::default());
        let people = people::People::load(&store, &presence).await?;
        let carriers = Arc::new(outbox::Carriers::new(&directory));
        let challenge_key = Arc::new(guard::challenge::Key::load(&store).await?);
        let media = attachments::Media::open(&store, settings.media, &settings.public_url).await?;
        let clients = fetch::Clients::new()
            .map_err(|error| StoreError::Engine(sqlx::Error::Configuration(Box::new(error))))?;
        let committer = Committer::start(commit::Shared {
            store: store.clone(),
            directory: directory.clone(),
            hub: hub.clone(),
            presence: presence.clone(),
            carriers: carriers.clone(),
            links: media.links.clone(),
            rules: settings.rules,
            guard: settings.guard.clone(),
            challenge_key: challenge_key.clone(),
            posts_per_visitor_10s: settings.posts_per_visitor_10s,
            public_url: settings.public_url.clone(),
        })
        .await?;
        let gateway = Arc::new(Self {
            store,
            directory,
            hub,
            presence,
            rules: settings.rules,
            public_url: settings.public_url,
            committer,
            carriers,
            guard: settings.guard,
            challenge_key,
            watch: guard::watch::Watch::default(),
            moved: tokio::sync::Notify::new(),
            media,
            people,
            templates: templates::Templates::default(),
            marks: marks::Marks::default(),
            visitors_per_network_hour: settings.visitors_per_network_hour,
        });
        gateway.recover().await?;
        for organization in gateway.directory.organizations() {
            // What cannot be read now is read by the first round.
            let _ = gateway.look_at(organization).await;
        }
        outbox::start(&gateway, stop);
        reconcile::start(&gateway, stop);
        fetch::start(&gateway, clients, stop);
        sweep::start(&gateway, stop);
        Ok(gateway)
    }

    /// The time that decides.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    /// Time was moved by hand: what waits for a time is looked at anew.
    pub fn time_moved(&self) {
        self.carriers.wake_all();
        self.moved.notify_waiters();
        self.wake_fetcher();
    }

    /// Writes and reads are possible.
    ///
    /// # Errors
    /// When they are not.
    pub async fn ready(&self) -> Result<(), Fault> {
        self.store.ping().await?;
        self.committer.ping().await
    }

    /// One conversation that the caller may see.
    ///
    /// # Errors
    /// `NotFound` also for what is somebody else's.
    pub async fn conversation(&self, caller: &Caller, id: ConversationId) -> Result<Stored, Fault> {
        let stored = conversations::get(&self.store.reads, &caller.organization().id, id).await?;
        let stored = stored
            .filter(|stored| caller.may_see(stored))
            .ok_or(Fault::NotFound("conversation"))?;
        if let Caller::Visitor(visitor) = caller {
            self.visitor_is_at(visitor, id);
        }
        Ok(stored)
    }

    /// What a conversation's log has after a place.
    ///
    /// # Errors
    /// `Ahead` when the log does not reach that far.
    pub async fn events(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Seq,
    ) -> Result<Page, Fault> {
        let stored = self.conversation(caller, id).await?;
        if after > stored.state.last_seq {
            return Err(Fault::Ahead {
                last_seq: stored.state.last_seq,
            });
        }
        let entries =
            conversations::events(&self.store.reads, &stored.organization, id, after, PAGE).await?;
        let more = entries
            .last()
            .is_some_and(|(seq, _)| *seq < stored.state.last_seq);
        Ok(Page {
            stored,
            entries,
            more,
        })
    }

    /// A page of the inbox.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn inbox(
        &self,
        operator: &OperatorCaller,
        wanted: &Inbox,
    ) -> Result<Vec<Stored>, Fault> {
        Ok(conversations::inbox(&self.store.reads, &operator.organization.id, wanted).await?)
    }

    /// What may have changed about each leg since its last event.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn facts(&self, stored: &Stored) -> Result<Vec<Facts>, Fault> {
        let organization = self.directory.organization(&stored.organization);
        let mut facts = Vec::with_capacity(stored.state.legs.len());
        let mut conn = None;
        for leg in &stored.state.legs {
            let connection =
                organization.and_then(|organization| organization.connection(&leg.connection));
            facts.push(match (leg.reach, connection) {
                (Reach::View, _) => Facts::FINE,
                (Reach::Remote, None) => Facts::GONE,
                (Reach::Remote, Some(connection)) => {
                    if conn.is_none() {
                        conn = Some(self.store.reads.acquire().await.map_err(StoreError::from)?);
                    }
                    let conn = conn.as_mut().expect("it was acquired just now");
                    let holder =
                        pairs::holder(conn, &stored.organization, &leg.connection, &leg.address)
                            .await?;
                    leg_facts(
                        conn,
                        connection,
                        &leg.address,
                        holder,
                        stored.id,
                        self.now(),
                    )
                    .await?
                }
            });
        }
        Ok(facts)
    }

    /// What has become of a conversation's messages in a stretch of its log.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn deliveries(
        &self,
        stored: &Stored,
        from: Seq,
        to: Seq,
    ) -> Result<Vec<Outgoing>, Fault> {
        Ok(
            outbox_rows::states(&self.store.reads, &stored.organization, stored.id, from, to)
                .await?,
        )
    }

    /// A mailbox that hears of one topic, and can be made to hear of more.
    #[must_use]
    pub fn listen(&self, topics: impl IntoIterator<Item = Topic>) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox::default());
        for topic in topics {
            self.hub.listen(topic, &mailbox);
        }
        mailbox
    }
}

/// Until when an address may be sent free text.
async fn free_text(
    conn: &mut Conn,
    connection: &Connection,
    address: &str,
) -> Result<FreeText, StoreError> {
    let can = &connection.capabilities;
    if !can.bounds_free_text() {
        return Ok(FreeText::Always);
    }
    let contact = contacts::get(conn, &connection.organization, &connection.id, address).await?;
    Ok(match (contact.heard_at, can.window) {
        (None, _) => FreeText::CLOSED,
        (Some(_), None) => FreeText::Always,
        (Some(heard), Some(window)) => FreeText::Until(heard.plus(window)),
    })
}

/// What a look-up tells of a remote leg.
async fn leg_facts(
    conn: &mut Conn,
    connection: &Connection,
    address: &str,
    holder: Option<pairs::Holder>,
    id: ConversationId,
    now: Timestamp,
) -> Result<Facts, StoreError> {
    let channel = &connection.capabilities.channel;
    Ok(Facts {
        held: holder.is_some_and(|holder| holder.conversation == id && holder.leads(now)),
        on: connection.enabled,
        opted_out: pairs::opted_out(conn, &connection.organization, channel, address).await?,
        free: free_text(conn, connection, address).await?,
    })
}
