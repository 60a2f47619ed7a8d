//! The set of rows that one transaction works on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::news::News;
use super::{Memory, Shared, Work};
use crate::bus::{Change, Hint};
use crate::core::delivery::State;
use crate::core::{Conversation, ConversationId, Event, LegId, Seq, Timestamp};
use crate::gateway::connections::{Connection, Organization, WEB};
use crate::gateway::{Caller, Fault};
use crate::store::conversations::{
    self, ClientKey, Cursors, Place, ProviderMessage, Stored, Writes,
};
use crate::store::outbox::{self, Outgoing};
use crate::store::pairs::{self, Holder};
use crate::store::{Conn, StoreError};

/// A key that something is looked up by: organization and two more words.
pub(super) type Triple = (String, String, String);

/// The rows of one transaction, as they stand while it is being decided.
pub(in crate::gateway) struct Working<'a> {
    pub conn: &'a mut Conn,
    pub shared: &'a Shared,
    pub memory: &'a mut Memory,
    pub now: Timestamp,
    pub(super) loaded: HashMap<ConversationId, Loaded>,
    pub(super) client_keys: HashMap<Triple, Vec<ClientKey>>,
    pub(super) provider_messages: HashSet<Triple>,
    pub(super) holders: HashMap<Triple, Holder>,
    pub(super) writes: Writes,
    pub(super) deliveries: BTreeMap<(ConversationId, Seq), Outgoing>,
    pub hints: Vec<(Arc<str>, ConversationId, Hint)>,
    /// Organizations that have other leads now, or know more of one.
    pub leads: HashSet<Arc<str>>,
    pub(super) wake: HashSet<Arc<str>>,
}

pub(super) struct Loaded {
    pub organization: Arc<Organization>,
    pub stored: Arc<Stored>,
    /// Its place as it is stored; none where it is not stored yet.
    place: Option<Place>,
    changed: bool,
    /// It is to be shown anew.
    touched: bool,
    pub entries: Vec<(Seq, Event)>,
}

impl Loaded {
    /// It, to be changed: the next version.
    pub fn change(&mut self) -> &mut Stored {
        let stored = Arc::make_mut(&mut self.stored);
        if !self.changed {
            stored.version += 1;
            self.changed = true;
        }
        stored
    }
}

impl<'a> Working<'a> {
    /// Reads what the group asks for, with one question a table.
    pub(super) async fn load(
        conn: &'a mut Conn,
        shared: &'a Shared,
        memory: &'a mut Memory,
        works: &[&Work],
    ) -> Result<Self, StoreError> {
        let now = shared.store.clock.now();
        let mut working = Self {
            conn,
            shared,
            memory,
            now,
            loaded: HashMap::new(),
            client_keys: HashMap::new(),
            provider_messages: HashSet::new(),
            holders: HashMap::new(),
            writes: Writes::default(),
            deliveries: BTreeMap::new(),
            hints: Vec::new(),
            leads: HashSet::new(),
            wake: HashSet::new(),
        };
        let (mut ids, mut keys, mut provider_ids, mut pairs) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for work in works {
            match work {
                Work::Act { caller, id, deed } => {
                    let organization = caller.organization().id.to_string();
                    if let Some(client_id) = deed.client_id() {
                        keys.push((
                            organization.clone(),
                            author_of(caller),
                            client_id.to_owned(),
                        ));
                    }
                    ids.push((organization, *id));
                }
                Work::Open {
                    visitor, client_id, ..
                } => {
                    let author = author_of(&Caller::Visitor(visitor.clone()));
                    keys.push((
                        visitor.organization.id.to_string(),
                        author,
                        client_id.clone(),
                    ));
                }
                Work::Inbound {
                    connection,
                    message,
                } => {
                    let organization = connection.organization.to_string();
                    let name = connection.id.to_string();
                    provider_ids.push((
                        organization.clone(),
                        name.clone(),
                        message.provider_id.clone(),
                    ));
                    pairs.push((organization, name, message.from.0.clone()));
                }
                Work::Dispatch {
                    organization, id, ..
                }
                | Work::Called {
                    organization, id, ..
                }
                | Work::Lapse { organization, id } => ids.push((organization.to_string(), *id)),
                Work::Receipt {
                    connection,
                    delivery: Some((id, _)),
                    ..
                } => {
                    ids.push((connection.organization.to_string(), *id));
                }
                Work::Code { visitor, id, .. } => {
                    ids.push((visitor.organization.id.to_string(), *id));
                }
                Work::Receipt { .. }
                | Work::Moved { .. }
                | Work::Return { .. }
                | Work::Reconnect { .. }
                | Work::Lead(_)
                | Work::Guard(_)
                | Work::Media(_)
                | Work::People(_)
                | Work::Ping => {}
            }
        }
        for key in conversations::client_keys(working.conn, &keys).await? {
            let triple = (
                key.organization.clone(),
                key.author.clone(),
                key.client_id.clone(),
            );
            working.client_keys.entry(triple).or_default().push(key);
        }
        working.provider_messages = conversations::provider_messages(working.conn, &provider_ids)
            .await?
            .into_iter()
            .collect();
        let remembered = &working.memory.holders;
        let (known, unknown): (Vec<Triple>, Vec<Triple>) = pairs
            .into_iter()
            .partition(|pair| remembered.contains_key(pair));
        let known = known
            .into_iter()
            .map(|pair| (remembered[&pair].clone(), pair));
        let mut held: Vec<(Triple, Holder)> = known.map(|(holder, pair)| (pair, holder)).collect();
        held.extend(pairs::holders(working.conn, &unknown).await?);
        for (pair, holder) in held {
            ids.push((pair.0.clone(), holder.conversation));
            working.holders.insert(pair, holder);
        }
        ids.sort_unstable();
        ids.dedup();
        working.read(ids).await?;
        Ok(working)
    }

    /// Takes conversations from memory, and what is not there from storage.
    async fn read(&mut self, mut ids: Vec<(String, ConversationId)>) -> Result<(), StoreError> {
        ids.retain(|(_, id)| match self.memory.known.get(id).cloned() {
            Some(stored) => {
                self.keep(stored);
                false
            }
            None => true,
        });
        for stored in conversations::load(self.conn, &ids).await? {
            self.keep(Arc::new(stored));
        }
        Ok(())
    }

    fn keep(&mut self, stored: Arc<Stored>) {
        if let Some(organization) = self.shared.directory.organization(&stored.organization) {
            let organization = organization.clone();
            let place = (stored.version > 0).then(|| Place::of(&stored.state));
            self.loaded.insert(
                stored.id,
                Loaded {
                    organization,
                    stored,
                    place,
                    changed: false,
                    touched: false,
                    entries: Vec::new(),
                },
            );
        }
    }

    /// A conversation of that organization, as it stands.
    pub async fn conversation(
        &mut self,
        organization: &str,
        id: ConversationId,
    ) -> Result<&Stored, Fault> {
        if !self.loaded.contains_key(&id) {
            self.read(vec![(organization.to_owned(), id)]).await?;
        }
        let loaded = self
            .loaded
            .get(&id)
            .filter(|loaded| loaded.stored.organization == organization);
        loaded
            .map(|loaded| &*loaded.stored)
            .ok_or(Fault::NotFound("conversation"))
    }

    /// The conversation as it stands; it must have been loaded.
    pub fn stored(&self, id: ConversationId) -> &Arc<Stored> {
        &self.loaded(id).stored
    }

    pub fn organization(&self, id: ConversationId) -> &Arc<Organization> {
        &self.loaded(id).organization
    }

    pub(super) fn loaded(&self, id: ConversationId) -> &Loaded {
        self.loaded
            .get(&id)
            .expect("a conversation is loaded before it is worked on")
    }

    /// A conversation that does not exist yet.
    pub fn begin(
        &mut self,
        organization: &Arc<Organization>,
        id: ConversationId,
        visitor: crate::core::VisitorId,
    ) {
        let stored = Stored {
            organization: organization.id.to_string(),
            id,
            visitor,
            widget: WEB.to_owned(),
            version: 0,
            state: Conversation::default(),
            created_at: self.now,
            updated_at: self.now,
            last_message: None,
            cursors: Cursors::default(),
            seen_at: Timestamp(0),
            visitor_name: None,
        };
        self.keep(Arc::new(stored));
    }

    /// What this transaction has added to a conversation's log.
    pub fn new_entries(&self, id: ConversationId) -> &[(Seq, Event)] {
        &self.loaded(id).entries
    }

    /// One entry of a conversation's log, added just now or long ago.
    pub async fn entry(
        &mut self,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<(Seq, Event)>, StoreError> {
        if let Some(entry) = self.new_entries(id).iter().find(|(of, _)| *of == seq) {
            return Ok(Some(entry.clone()));
        }
        let organization = self.organization(id).id.clone();
        conversations::event(self.conn, &organization, id, seq).await
    }

    /// Writes the rows that a question is about to read.
    pub async fn settle_rows(&mut self) -> Result<(), StoreError> {
        self.save_conversations().await?;
        self.writes.flush(self.conn).await
    }

    /// The visitor of a conversation is called something else now.
    pub fn rename_visitor(&mut self, id: ConversationId, name: Option<String>) {
        if let Some(loaded) = self.loaded.get_mut(&id) {
            Arc::make_mut(&mut loaded.stored).visitor_name = name;
            loaded.touched = true;
        }
    }

    /// Something about it that is kept elsewhere has changed: it is shown anew.
    pub fn touch(&mut self, id: ConversationId) {
        if let Some(loaded) = self.loaded.get_mut(&id) {
            loaded.touched = true;
        }
    }

    /// Marks how far somebody has read.
    pub fn set_cursors(&mut self, id: ConversationId, cursors: Cursors, unread: Option<u32>) {
        let organization = self.organization(id).id.clone();
        let loaded = self
            .loaded
            .get_mut(&id)
            .expect("a conversation is loaded before it is worked on");
        if loaded.stored.cursors == cursors
            && unread.is_none_or(|unread| unread == loaded.stored.state.unread)
        {
            return;
        }
        let stored = loaded.change();
        stored.cursors = cursors;
        if let Some(unread) = unread {
            let touched = stored.state.unread != unread;
            stored.state.unread = unread;
            loaded.touched |= touched;
        }
        let seen = Hint::Seen {
            conversation: id,
            cursors,
        };
        self.hints.push((organization, id, seen));
    }

    /// What a client's id stood for, if it was used before: in this conversation, or in any for an author who has one at a time.
    pub fn client_key(
        &self,
        organization: &str,
        author: &str,
        client_id: &str,
        id: Option<ConversationId>,
    ) -> Option<&ClientKey> {
        let triple = (
            organization.to_owned(),
            author.to_owned(),
            client_id.to_owned(),
        );
        self.client_keys
            .get(&triple)?
            .iter()
            .find(|key| id.is_none_or(|id| key.conversation == id))
    }

    /// Remembers what a client's id stands for from now on.
    pub fn use_client_key(&mut self, key: ClientKey) {
        self.writes.client_key(key.clone());
        let triple = (
            key.organization.clone(),
            key.author.clone(),
            key.client_id.clone(),
        );
        self.client_keys.entry(triple).or_default().push(key);
    }

    /// Whether a provider's message is in a log already; from now on it is.
    pub fn seen_provider_message(&mut self, connection: &Connection, provider_id: &str) -> bool {
        let triple = (
            connection.organization.to_string(),
            connection.id.to_string(),
            provider_id.to_owned(),
        );
        !self.provider_messages.insert(triple)
    }

    pub fn log_provider_message(&mut self, message: ProviderMessage) {
        self.writes.provider_message(message);
    }

    /// Which conversation a pair leads to now.
    pub async fn holder(
        &mut self,
        connection: &Connection,
        address: &str,
    ) -> Result<Option<Holder>, StoreError> {
        let triple = (
            connection.organization.to_string(),
            connection.id.to_string(),
            address.to_owned(),
        );
        if let Some(holder) = self.holders.get(&triple) {
            return Ok(Some(holder.clone()));
        }
        let found =
            pairs::holder(self.conn, &connection.organization, &connection.id, address).await?;
        if let Some(holder) = &found {
            self.holders.insert(triple, holder.clone());
        }
        Ok(found)
    }

    /// What was remembered of a pair is no longer so.
    pub fn forget_holder(&mut self, connection: &Connection, address: &str) {
        let triple = (
            connection.organization.to_string(),
            connection.id.to_string(),
            address.to_owned(),
        );
        self.holders.remove(&triple);
        self.memory.holders.remove(&triple);
    }

    /// A conversation's messages that are still on their way.
    pub async fn on_their_way(&mut self, id: ConversationId) -> Result<Vec<Outgoing>, StoreError> {
        self.settle_deliveries().await?;
        let organization = self.organization(id).id.clone();
        outbox::on_their_way(self.conn, &organization, id).await
    }

    /// One message's way.
    pub async fn outgoing(
        &mut self,
        organization: &str,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<Outgoing>, StoreError> {
        self.settle_deliveries().await?;
        outbox::get(self.conn, organization, id, seq).await
    }

    /// Takes a message's way as it stands now, and tells of it if it reads differently.
    pub fn update(&mut self, before: State, message: Outgoing) {
        let reads = message.delivery.reads();
        if reads != before {
            let (id, seq) = (message.conversation, message.delivery.seq);
            let hint = Hint::Delivery {
                conversation: id,
                seq,
                state: reads,
            };
            let directory = &self.shared.directory;
            let connection = directory.connection(&message.connection);
            let channel = connection.map_or("gone", |known| &known.capabilities.channel);
            crate::telemetry::metrics::delivery(channel, outbox::words_of(reads).0);
            self.hints
                .push((Arc::from(message.organization.as_str()), id, hint));
        }
        self.wake.insert(Arc::from(message.connection.as_str()));
        self.deliveries
            .insert((message.conversation, message.delivery.seq), message);
    }

    /// The word of a leg's channel.
    pub fn channel(&self, id: ConversationId, leg: LegId) -> String {
        let loaded = self.loaded(id);
        loaded
            .organization
            .channel_of(loaded.stored.state.leg(leg))
            .unwrap_or_default()
    }

    /// Writes the rows of messages that a question is about to read.
    pub async fn settle_deliveries(&mut self) -> Result<(), StoreError> {
        if self.deliveries.is_empty() {
            return Ok(());
        }
        let changed: Vec<Outgoing> = std::mem::take(&mut self.deliveries).into_values().collect();
        outbox::save(self.conn, &changed).await
    }

    pub(super) async fn save_conversations(&mut self) -> Result<(), StoreError> {
        let mut changed: Vec<&Loaded> = self
            .loaded
            .values()
            .filter(|loaded| loaded.changed)
            .collect();
        changed.sort_unstable_by_key(|loaded| loaded.stored.id);
        let expected = changed.len() as u64;
        let stays = |loaded: &&Loaded| loaded.place == Some(Place::of(&loaded.stored.state));
        let (stay, moved): (Vec<&Loaded>, Vec<&Loaded>) = changed.into_iter().partition(stays);
        let stay: Vec<&Stored> = stay.iter().map(|loaded| &*loaded.stored).collect();
        let moved: Vec<&Stored> = moved.iter().map(|loaded| &*loaded.stored).collect();
        let channel = |stored: &Stored| {
            let organization = self.shared.directory.organization(&stored.organization)?;
            organization.channel_of(stored.state.active().map(|(_, leg)| leg))
        };
        let written = conversations::update(self.conn, &stay).await?
            + conversations::save(self.conn, &moved, channel).await?;
        if written != expected {
            return Err(StoreError::Corrupt {
                what: "version",
                reason: "another process writes this database".to_owned(),
            });
        }
        for loaded in self.loaded.values_mut().filter(|loaded| loaded.changed) {
            loaded.place = Some(Place::of(&loaded.stored.state));
            loaded.changed = false;
        }
        Ok(())
    }

    /// Writes everything, one statement a table, and gathers what is to be told.
    pub(super) async fn finish(mut self) -> Result<News, StoreError> {
        self.save_conversations().await?;
        self.writes.flush(self.conn).await?;
        self.settle_deliveries().await?;
        conversations::keep_time(self.conn, self.now).await?;
        let mut stands = Vec::with_capacity(self.loaded.len());
        let mut changes = Vec::new();
        for loaded in self.loaded.into_values() {
            // One that came to nothing was never written.
            if loaded.stored.version > 0 {
                stands.push(loaded.stored.clone());
            }
            if loaded.entries.is_empty() && !loaded.touched {
                continue;
            }
            let change = Change {
                stored: loaded.stored,
                entries: loaded.entries,
                for_operators: tokio::sync::OnceCell::new(),
                for_visitor: tokio::sync::OnceCell::new(),
            };
            changes.push((loaded.organization, Arc::new(change)));
        }
        Ok(News {
            stands,
            holders: self.holders,
            changes,
            hints: self.hints,
            leads: self.leads,
            wake: self.wake,
        })
    }
}

/// How an author is named in the table of client ids.
pub(in crate::gateway) fn author_of(caller: &Caller) -> String {
    match caller {
        Caller::Visitor(visitor) => format!("v:{}", visitor.id),
        Caller::Operator(operator) => format!("o:{}", operator.id),
    }
}
