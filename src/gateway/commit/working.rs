//! The set of rows that one transaction works on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Memory, Shared, Work};
use crate::bus::{Change, Hint};
use crate::core::conversation::Hold;
use crate::core::delivery::{Delivery, State};
use crate::core::event::{Message, Reach};
use crate::core::{
    Actor, Command, Context, Conversation, ConversationId, Event, Facts, Kind, Leg, LegId, Phase,
    Seq, Status, Timestamp, decide,
};
use crate::gateway::connections::{Connection, Organization, WEB};
use crate::gateway::{Caller, Fault, leg_facts};
use crate::store::conversations::{
    self, ClientKey, Cursors, LastMessage, ProviderMessage, Stored, Writes,
};
use crate::store::outbox::{self, Outgoing};
use crate::store::pairs::{self, Holder, Right};
use crate::store::{Conn, StoreError};

/// A key that something is looked up by: organization and two more words.
type Triple = (String, String, String);

/// The rows of one transaction, as they stand while it is being decided.
pub(in crate::gateway) struct Working<'a> {
    pub conn: &'a mut Conn,
    pub shared: &'a Shared,
    pub memory: &'a mut Memory,
    pub now: Timestamp,
    loaded: HashMap<ConversationId, Loaded>,
    client_keys: HashMap<Triple, Vec<ClientKey>>,
    provider_messages: HashSet<Triple>,
    holders: HashMap<Triple, Holder>,
    writes: Writes,
    deliveries: BTreeMap<(ConversationId, Seq), Outgoing>,
    hints: Vec<(Arc<str>, ConversationId, Hint)>,
    wake: HashSet<Arc<str>>,
}

struct Loaded {
    organization: Arc<Organization>,
    stored: Arc<Stored>,
    changed: bool,
    /// It is to be shown anew.
    touched: bool,
    entries: Vec<(Seq, Event)>,
}

/// What is told once the transaction is committed.
pub(super) struct News {
    /// Every conversation that was worked on, as it stands.
    pub stands: Vec<Arc<Stored>>,
    changes: Vec<(Arc<Organization>, Arc<Change>)>,
    hints: Vec<(Arc<str>, ConversationId, Hint)>,
    wake: HashSet<Arc<str>>,
}

impl News {
    pub(super) fn tell(self, shared: &Shared) {
        for (organization, change) in self.changes {
            let id = change.stored.id;
            count(&organization, &change);
            shared
                .hub
                .tell(&organization.id, id, &Hint::Changed(change));
        }
        for (organization, id, hint) in self.hints {
            shared.hub.tell(&organization, id, &hint);
        }
        for connection in self.wake {
            shared.carriers.wake(&connection);
        }
    }
}

/// Counts what was committed, for whoever watches the numbers.
fn count(organization: &Organization, change: &Change) {
    use crate::telemetry::metrics;
    let channel = |leg: LegId| {
        channel_of(organization, change.stored.state.leg(leg)).unwrap_or_else(|| "gone".to_owned())
    };
    for (_, event) in &change.entries {
        match &event.kind {
            Kind::Message(message) => {
                let direction = if message.author == Actor::Visitor {
                    metrics::Direction::In
                } else {
                    metrics::Direction::Out
                };
                metrics::message(direction, &channel(message.leg));
            }
            Kind::SwitchAsked { to, .. } => metrics::switch(&channel(*to), "asked"),
            Kind::Switched { to, .. } => metrics::switch(&channel(*to), "switched"),
            Kind::SwitchFailed { to, .. } => metrics::switch(&channel(*to), "failed"),
            Kind::SwitchCancelled { to, .. } => metrics::switch(&channel(*to), "cancelled"),
            Kind::Reverted { from, .. } => metrics::switch(&channel(*from), "reverted"),
            Kind::LegLost { leg, .. } => metrics::switch(&channel(*leg), "lost"),
            _ => {}
        }
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
                Work::Receipt { .. } | Work::People(_) | Work::Ping => {}
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
        for (pair, holder) in pairs::holders(working.conn, &pairs).await? {
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
            self.loaded.insert(
                stored.id,
                Loaded {
                    organization,
                    stored,
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

    fn loaded(&self, id: ConversationId) -> &Loaded {
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
        let stored = Arc::make_mut(&mut loaded.stored);
        stored.cursors = cursors;
        if let Some(unread) = unread {
            loaded.touched |= stored.state.unread != unread;
            stored.state.unread = unread;
        }
        loaded.changed = true;
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

    /// What may have changed about each leg since its last event.
    pub async fn facts(&mut self, id: ConversationId) -> Result<Vec<Facts>, StoreError> {
        let organization = self.organization(id).clone();
        let legs: Vec<Leg> = self.stored(id).state.legs.clone();
        let mut facts = Vec::with_capacity(legs.len());
        for leg in legs {
            facts.push(match organization.connection(&leg.connection) {
                _ if leg.reach == Reach::View => Facts::FINE,
                None => Facts::GONE,
                Some(connection) => {
                    let holder = self.holder(connection, &leg.address).await?;
                    leg_facts(self.conn, connection, &leg.address, holder, id, self.now).await?
                }
            });
        }
        Ok(facts)
    }

    /// Decides a command and records what it comes to. Answers the places of the new entries, none where nothing changed.
    pub async fn decide(
        &mut self,
        id: ConversationId,
        command: Command,
        network: Option<&str>,
    ) -> Result<std::ops::RangeInclusive<Seq>, Fault> {
        let context = self.context(id, &command).await?;
        let stored = self.stored(id);
        let first = stored.state.last_seq + 1;
        let events =
            decide(&stored.state, command, &context).map_err(|refusal| Fault::Refused {
                refusal,
                stored: stored.clone(),
            })?;
        self.record(id, events, network).await?;
        Ok(first..=self.stored(id).state.last_seq)
    }

    async fn context(
        &mut self,
        id: ConversationId,
        command: &Command,
    ) -> Result<Context, StoreError> {
        let stored = self.stored(id).clone();
        let state = &stored.state;
        let remote = state.legs.iter().any(|leg| leg.reach == Reach::Remote);
        let resolved = state.status == Status::Resolved;
        let legs = if remote && (resolved || asks_of_legs(state, command)) {
            self.facts(id).await?
        } else {
            Vec::new()
        };
        let other_open = if resolved {
            self.save_conversations().await?;
            let widget = &stored.widget;
            conversations::open_of(self.conn, &stored.organization, stored.visitor, widget).await?
        } else {
            None
        };
        let handed_over = match &state.route.phase {
            Phase::Greeting(greeting) => {
                let switch = greeting.switch;
                let on_their_way = self.on_their_way(id).await?;
                let welcome = on_their_way
                    .iter()
                    .find(|message| message.delivery.welcome == Some(switch));
                welcome.is_none_or(|message| message.delivery.handed_over())
            }
            _ => false,
        };
        let presence = &self.shared.presence;
        Ok(Context {
            now: self.now,
            rules: self.shared.rules,
            legs,
            here: presence.here(stored.visitor, stored.seen_at, self.now),
            holder_present: state.holder().is_none_or(|holder| presence.present(holder)),
            other_open,
            handed_over,
        })
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
            crate::telemetry::metrics::delivery(&message.connection, outbox::words_of(reads).0);
            self.hints
                .push((Arc::from(message.organization.as_str()), id, hint));
        }
        self.wake.insert(Arc::from(message.connection.as_str()));
        self.deliveries
            .insert((message.conversation, message.delivery.seq), message);
    }

    /// Puts events into effect: the log, the state, the messages on their way, the pairs.
    async fn record(
        &mut self,
        id: ConversationId,
        events: Vec<Event>,
        network: Option<&str>,
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut on_their_way = if events.iter().any(|event| self.moves_messages(id, event)) {
            self.on_their_way(id).await?
        } else {
            Vec::new()
        };
        let before: Vec<Hold> = self.holds(id);
        let mut asked: Vec<LegId> = Vec::new();
        for event in events {
            let loaded = self
                .loaded
                .get_mut(&id)
                .expect("a conversation is loaded before it is worked on");
            let stored = Arc::make_mut(&mut loaded.stored);
            stored.state.apply(&event);
            stored.updated_at = self.now;
            let seq = stored.state.last_seq;
            self.writes
                .event(&loaded.stored.organization, id, seq, &event)?;
            for message in &mut on_their_way {
                let before = message.delivery.reads();
                message.delivery.follow(&event);
                if message.delivery.reads() != before {
                    message.due_at = self.now;
                    self.update(before, message.clone());
                }
            }
            match &event.kind {
                Kind::LegOpened {
                    leg, held: true, ..
                }
                | Kind::SwitchAsked {
                    to: leg,
                    held: true,
                    ..
                } => asked.push(*leg),
                Kind::Message(message) => {
                    self.remember_words(id, message);
                    if let Some(delivery) = Delivery::start(seq, &event) {
                        let outgoing = self.outgoing_of(id, delivery, message, network);
                        self.wake.insert(Arc::from(outgoing.connection.as_str()));
                        on_their_way.push(outgoing.clone());
                        self.deliveries.insert((id, seq), outgoing);
                    }
                }
                _ => {}
            }
            let loaded = self
                .loaded
                .get_mut(&id)
                .expect("a conversation is loaded before it is worked on");
            loaded.changed = true;
            loaded.entries.push((seq, event));
        }
        self.write_pairs(id, &before, &asked).await
    }

    /// Whether an event may change the fate of messages that are on their way.
    fn moves_messages(&self, id: ConversationId, event: &Event) -> bool {
        match &event.kind {
            Kind::SwitchCancelled { .. }
            | Kind::SwitchFailed { .. }
            | Kind::Reverted { .. }
            | Kind::LegLost { .. }
            | Kind::Switched { .. } => self
                .stored(id)
                .state
                .legs
                .iter()
                .any(|leg| leg.reach == Reach::Remote),
            Kind::Message(message) => {
                let state = &self.stored(id).state;
                message.author == Actor::Visitor
                    && state
                        .leg(message.leg)
                        .is_some_and(|leg| leg.reach == Reach::Remote && !leg.heard)
            }
            _ => false,
        }
    }

    fn outgoing_of(
        &self,
        id: ConversationId,
        delivery: Delivery,
        message: &Message,
        network: Option<&str>,
    ) -> Outgoing {
        let stored = self.stored(id);
        let leg = stored
            .state
            .leg(message.leg)
            .expect("a message names a leg of its conversation");
        Outgoing {
            organization: stored.organization.clone(),
            conversation: id,
            connection: leg.connection.to_string(),
            address: leg.address.to_string(),
            text: message.text.to_string(),
            network: delivery.welcome.and(network).map(str::to_owned),
            delivery,
            created_at: self.now,
            due_at: self.now,
            handed_at: None,
            asked: 0,
            absent: 0,
            provider_id: None,
            code: None,
        }
    }

    fn remember_words(&mut self, id: ConversationId, message: &Message) {
        const SHOWN: usize = 120;
        if message.welcome.is_some() {
            return;
        }
        let channel = self.channel(id, message.leg);
        let author_kind = match message.author {
            Actor::Visitor => "visitor",
            Actor::Operator(_) => "operator",
            Actor::System => "system",
        };
        let last = LastMessage {
            text: message.text.chars().take(SHOWN).collect(),
            author_kind: author_kind.to_owned(),
            channel,
            at: self.now.0,
        };
        let loaded = self
            .loaded
            .get_mut(&id)
            .expect("a conversation is loaded before it is worked on");
        Arc::make_mut(&mut loaded.stored).last_message = Some(last);
    }

    /// The word of a leg's channel.
    pub fn channel(&self, id: ConversationId, leg: LegId) -> String {
        let loaded = self.loaded(id);
        channel_of(&loaded.organization, loaded.stored.state.leg(leg)).unwrap_or_default()
    }

    fn holds(&self, id: ConversationId) -> Vec<Hold> {
        let state = &self.stored(id).state;
        state
            .legs
            .iter()
            .map(|leg| state.hold(leg, &self.shared.rules))
            .collect()
    }

    /// Writes how firmly each pair leads here, where that has changed.
    async fn write_pairs(
        &mut self,
        id: ConversationId,
        before: &[Hold],
        asked: &[LegId],
    ) -> Result<(), StoreError> {
        let after = self.holds(id);
        for (index, hold) in after.into_iter().enumerate() {
            let leg_id = LegId(u32::try_from(index).unwrap_or(u32::MAX - 1) + 1);
            let held = before.get(index).copied().unwrap_or(Hold::Not);
            let right = if asked.contains(&leg_id) {
                Right::Asked
            } else if held == hold {
                continue;
            } else if held == Hold::Not {
                Right::Reached(self.now)
            } else {
                Right::Held
            };
            let stored = self.stored(id);
            let leg = &stored.state.legs[index];
            let (organization, connection, address) = (
                stored.organization.clone(),
                leg.connection.to_string(),
                leg.address.to_string(),
            );
            pairs::hold(
                self.conn,
                &organization,
                (&connection, &address),
                id,
                hold,
                right,
            )
            .await?;
            self.holders.remove(&(organization, connection, address));
        }
        Ok(())
    }

    /// Writes the rows of messages that a question is about to read.
    pub async fn settle_deliveries(&mut self) -> Result<(), StoreError> {
        if self.deliveries.is_empty() {
            return Ok(());
        }
        let changed: Vec<Outgoing> = std::mem::take(&mut self.deliveries).into_values().collect();
        outbox::save(self.conn, &changed).await
    }

    async fn save_conversations(&mut self) -> Result<(), StoreError> {
        let mut changed: Vec<&Loaded> = self
            .loaded
            .values()
            .filter(|loaded| loaded.changed)
            .collect();
        changed.sort_unstable_by_key(|loaded| loaded.stored.id);
        let rows: Vec<&Stored> = changed.iter().map(|loaded| &*loaded.stored).collect();
        let expected = rows.len() as u64;
        let channel = |stored: &Stored| {
            let organization = self.shared.directory.organization(&stored.organization)?;
            channel_of(organization, stored.state.active().map(|(_, leg)| leg))
        };
        let written = conversations::save(self.conn, &rows, channel).await?;
        if written != expected {
            return Err(StoreError::Corrupt {
                what: "version",
                reason: "another process writes this database".to_owned(),
            });
        }
        for loaded in self.loaded.values_mut().filter(|loaded| loaded.changed) {
            Arc::make_mut(&mut loaded.stored).version += 1;
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
            changes,
            hints: self.hints,
            wake: self.wake,
        })
    }
}

/// Whether a command asks of legs what only a look-up tells.
fn asks_of_legs(state: &Conversation, command: &Command) -> bool {
    match command {
        Command::Say { .. }
        | Command::Tell { .. }
        | Command::Claim { .. }
        | Command::Transfer { .. }
        | Command::Accepted { .. }
        | Command::Refused { .. }
        | Command::Delivered { .. }
        | Command::Decline
        | Command::Lapse => false,
        Command::Text { target, words } => {
            let here = state.leg_to(&target.connection, &target.address);
            let unheard = here
                .and_then(|leg| state.leg(leg))
                .is_none_or(|leg| !leg.heard);
            words.consent.is_some() || unheard || here != state.route.active
        }
        _ => true,
    }
}

/// The word of a leg's channel.
fn channel_of(organization: &Organization, leg: Option<&Leg>) -> Option<String> {
    let connection = organization.connection(&leg?.connection)?;
    Some(connection.capabilities.channel.to_string())
}

/// How an author is named in the table of client ids.
pub(in crate::gateway) fn author_of(caller: &Caller) -> String {
    match caller {
        Caller::Visitor(visitor) => format!("v:{}", visitor.id),
        Caller::Operator(operator) => format!("o:{}", operator.id),
    }
}
