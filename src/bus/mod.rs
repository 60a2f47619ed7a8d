//! "Something happened": hints from a commit to the sockets that follow it.
//!
//! A hint may be lost; the log is the truth, and who missed one reads it there. A hint carries what was just committed, so that a
//! socket that is up to date needs not read at all. Every listener has one [`Mailbox`] in which hints melt together: a reader that is
//! slow finds less detail, never a longer queue.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Notify, OnceCell};

use crate::core::delivery::State;
use crate::core::{Actor, ConversationId, Event, Seq};
use crate::store::attachments::Attachment;
use crate::store::conversations::{Cursors, Stored};

/// What can be listened to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// One conversation.
    Conversation(ConversationId),
    /// Everything that an organization's operators are shown.
    Organization(Arc<str>),
}

/// A conversation that was committed: how it stands and what was added.
#[derive(Debug)]
pub struct Change {
    /// How it stands now.
    pub stored: Arc<Stored>,
    /// What this commit added to its log, in order.
    pub entries: Vec<(Seq, Event)>,
    /// It as operators are shown it, written once for all of them.
    pub for_operators: OnceCell<Arc<str>>,
    /// It as its visitor is shown it.
    pub for_visitor: OnceCell<Arc<str>>,
}

/// One hint.
#[derive(Clone, Debug)]
pub enum Hint {
    /// A conversation changed.
    Changed(Arc<Change>),
    /// The fate of a message moved on.
    Delivery {
        /// Where it was said.
        conversation: ConversationId,
        /// Its place.
        seq: Seq,
        /// How far it has got.
        state: State,
    },
    /// A file that goes with a message came, or is gone.
    Attachment(Arc<Attachment>),
    /// One side has seen or read up to a place.
    Seen {
        /// Where.
        conversation: ConversationId,
        /// How far all sides have now.
        cursors: Cursors,
    },
    /// Somebody is writing, or has stopped.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        by: Actor,
        /// Whether they still are.
        typing: bool,
    },
    /// A visitor came to their window or left it.
    VisitorHere {
        /// Their conversation.
        conversation: ConversationId,
        /// Whether they are there.
        here: bool,
    },
    /// An operator came, went or is busy; or a session ended, so that whoever uses it must show it again.
    Presence,
    /// How it stands with an organization's messages has changed: something stops them, or is alarming.
    Standing,
    /// Something about an organization's leads has changed.
    Leads,
    /// A session was ended: sockets that use it must close.
    SignedOut {
        /// The hash of its token.
        token_hash: Arc<str>,
    },
}

/// What has gathered in a mailbox since it was last emptied.
#[derive(Debug, Default)]
pub struct Mail {
    /// The latest state of each conversation that changed, with the entries added since; a gap in them is to be read from the log.
    pub changed: HashMap<ConversationId, Vec<Arc<Change>>>,
    /// The latest fate of messages.
    pub deliveries: BTreeMap<(ConversationId, Seq), State>,
    /// Files that came or are gone, by conversation and id.
    pub files: BTreeMap<(ConversationId, String), Arc<Attachment>>,
    /// Conversations in which a side has read on.
    pub seen: HashMap<ConversationId, Cursors>,
    /// Who is writing.
    pub typing: HashMap<(ConversationId, Actor), bool>,
    /// Visitors who came or left.
    pub here: HashMap<ConversationId, bool>,
    /// Operators' presences changed.
    pub presence: bool,
    /// How it stands with the organization's messages has changed.
    pub standing: bool,
    /// Something about the organization's leads has changed.
    pub leads: bool,
    /// Sessions that ended.
    pub signed_out: Vec<Arc<str>>,
    /// More came than a mailbox holds: read everything that is followed anew.
    pub overflow: bool,
}

/// More than this of one kind in a mailbox, and it says `overflow` instead.
const MAIL_LIMIT: usize = 512;
/// More commits of one conversation than this, and only the latest is kept.
const CHANGES_KEPT: usize = 32;

impl Mail {
    fn put(&mut self, hint: &Hint) {
        match hint {
            Hint::Changed(change) => {
                let changes = self.changed.entry(change.stored.id).or_default();
                if changes.len() >= CHANGES_KEPT {
                    changes.clear();
                }
                changes.push(change.clone());
            }
            Hint::Delivery {
                conversation,
                seq,
                state,
            } => {
                self.deliveries.insert((*conversation, *seq), *state);
            }
            Hint::Attachment(file) => {
                if let Some((conversation, _)) = file.place {
                    let key = (conversation, file.id.clone());
                    self.files.insert(key, file.clone());
                }
            }
            Hint::Seen {
                conversation,
                cursors,
            } => {
                self.seen.insert(*conversation, *cursors);
            }
            Hint::Typing {
                conversation,
                by,
                typing,
            } => {
                self.typing.insert((*conversation, *by), *typing);
            }
            Hint::VisitorHere { conversation, here } => {
                self.here.insert(*conversation, *here);
            }
            Hint::Presence => self.presence = true,
            Hint::Standing => self.standing = true,
            Hint::Leads => self.leads = true,
            Hint::SignedOut { token_hash } => self.signed_out.push(token_hash.clone()),
        }
        if self.changed.len() > MAIL_LIMIT
            || self.deliveries.len() > MAIL_LIMIT
            || self.files.len() > MAIL_LIMIT
            || self.seen.len() > MAIL_LIMIT
            || self.typing.len() > MAIL_LIMIT
        {
            let signed_out = std::mem::take(&mut self.signed_out);
            *self = Self {
                overflow: true,
                presence: true,
                standing: true,
                leads: true,
                signed_out,
                ..Self::default()
            };
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
            && self.deliveries.is_empty()
            && self.files.is_empty()
            && self.seen.is_empty()
            && self.typing.is_empty()
            && self.here.is_empty()
            && !self.presence
            && !self.standing
            && !self.leads
            && self.signed_out.is_empty()
            && !self.overflow
    }
}

/// Where a listener's hints gather.
#[derive(Debug, Default)]
pub struct Mailbox {
    mail: Mutex<Mail>,
    arrived: Notify,
}

impl Mailbox {
    fn put(&self, hint: &Hint) {
        unpoisoned(&self.mail).put(hint);
        self.arrived.notify_one();
    }

    /// Waits until there is something, and takes it all.
    pub async fn take(&self) -> Mail {
        loop {
            let mail = std::mem::take(&mut *unpoisoned(&self.mail));
            if !mail.is_empty() {
                return mail;
            }
            self.arrived.notified().await;
        }
    }
}

/// The hub of one node: who listens to what.
#[derive(Debug)]
pub struct Hub {
    shards: Vec<Mutex<HashMap<Topic, Vec<Weak<Mailbox>>>>>,
    hasher: RandomState,
}

const SHARDS: usize = 64;

impl Default for Hub {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Hub {
    /// Lets a mailbox hear of a topic, until the mailbox is dropped or [`ignore`](Self::ignore)s it.
    pub fn listen(&self, topic: Topic, mailbox: &Arc<Mailbox>) {
        let mut shard = self.shard(&topic);
        let listeners = shard.entry(topic).or_default();
        listeners.retain(|listener| {
            listener.strong_count() > 0 && !std::ptr::eq(listener.as_ptr(), Arc::as_ptr(mailbox))
        });
        listeners.push(Arc::downgrade(mailbox));
    }

    /// Takes a mailbox off a topic.
    pub fn ignore(&self, topic: &Topic, mailbox: &Arc<Mailbox>) {
        let mut shard = self.shard(topic);
        if let Some(listeners) = shard.get_mut(topic) {
            listeners.retain(|listener| {
                listener.strong_count() > 0
                    && !std::ptr::eq(listener.as_ptr(), Arc::as_ptr(mailbox))
            });
            if listeners.is_empty() {
                shard.remove(topic);
            }
        }
    }

    /// Tells everybody who listens to the topic.
    pub fn publish(&self, topic: &Topic, hint: &Hint) {
        let shard = self.shard(topic);
        for listener in shard.get(topic).into_iter().flatten() {
            if let Some(mailbox) = listener.upgrade() {
                mailbox.put(hint);
            }
        }
    }

    /// Tells the followers of a conversation and the operators of its organization.
    pub fn tell(&self, organization: &Arc<str>, conversation: ConversationId, hint: &Hint) {
        self.publish(&Topic::Conversation(conversation), hint);
        self.publish(&Topic::Organization(organization.clone()), hint);
    }

    fn shard(&self, topic: &Topic) -> MutexGuard<'_, HashMap<Topic, Vec<Weak<Mailbox>>>> {
        let index = usize::try_from(self.hasher.hash_one(topic) % SHARDS as u64).unwrap_or(0);
        unpoisoned(&self.shards[index])
    }
}

/// A lock whose holder panicked still guards good data here: every change under it is whole.
pub(crate) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
