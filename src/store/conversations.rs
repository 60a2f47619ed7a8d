//! Conversations, their logs, and what a client's or a provider's id stood for.

use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteExecutor, SqlitePool};

use super::search::{and_called, containing, part_of_an_address};
use super::{Conn, StoreError, bulk, corrupt};
use crate::core::{
    Conversation, ConversationId, Event, Kind, LegId, OperatorId, Phase, Seq, Status, Timestamp,
    VisitorId,
};

/// A conversation as it is stored: the machine's state and what stands beside it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Whose it is.
    pub organization: String,
    /// Its id.
    pub id: ConversationId,
    /// The person on the other side.
    pub visitor: VisitorId,
    /// The web connection it belongs to.
    pub widget: String,
    /// Grows with every commit.
    pub version: i64,
    /// The machine.
    pub state: Conversation,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The last thing that was said.
    pub last_message: Option<LastMessage>,
    /// How far each side has got.
    pub cursors: Cursors,
    /// When a window of the visitor's was last seen, as stored.
    pub seen_at: Timestamp,
    /// What the visitor is called.
    pub visitor_name: Option<String>,
}

/// The last thing that was said, for the inbox.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LastMessage {
    /// The words, shortened.
    pub text: String,
    /// `visitor`, `operator` or `system`.
    pub author_kind: String,
    /// The channel it was said on.
    pub channel: String,
    /// When.
    pub at: i64,
}

/// How far each side has seen and read the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursors {
    /// Shown in a window of the visitor's.
    pub visitor_seen: Seq,
    /// Read there.
    pub visitor_read: Seq,
    /// Shown in an operator's console.
    pub operator_seen: Seq,
    /// Read there.
    pub operator_read: Seq,
}

#[derive(FromRow)]
struct Row {
    organization: String,
    id: String,
    visitor: String,
    widget: String,
    version: i64,
    state: String,
    created_at: i64,
    updated_at: i64,
    last_message: Option<String>,
    visitor_seen: i64,
    visitor_read: i64,
    operator_seen: i64,
    operator_read: i64,
    seen_at: i64,
    visitor_name: Option<String>,
}

/// The columns of [`Row`], in its order.
macro_rules! columns {
    () => {
        "c.organization, c.id, c.visitor, c.widget, c.version, c.state, c.created_at, c.updated_at, c.last_message, \
         c.visitor_seen, c.visitor_read, c.operator_seen, c.operator_read, v.seen_at, v.name AS visitor_name"
    };
}

impl Row {
    fn stored(self) -> Result<Stored, StoreError> {
        let unreadable = |error: uuid::Error| StoreError::Corrupt {
            what: "id",
            reason: error.to_string(),
        };
        Ok(Stored {
            id: self.id.parse().map_err(unreadable)?,
            visitor: self.visitor.parse().map_err(unreadable)?,
            organization: self.organization,
            widget: self.widget,
            version: self.version,
            state: serde_json::from_str(&self.state).map_err(corrupt("conversation"))?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            last_message: self
                .last_message
                .map(|text| serde_json::from_str(&text).map_err(corrupt("last message")))
                .transpose()?,
            cursors: Cursors {
                visitor_seen: self.visitor_seen.cast_unsigned(),
                visitor_read: self.visitor_read.cast_unsigned(),
                operator_seen: self.operator_seen.cast_unsigned(),
                operator_read: self.operator_read.cast_unsigned(),
            },
            seen_at: Timestamp(self.seen_at),
            visitor_name: self.visitor_name,
        })
    }
}

fn all(rows: Vec<Row>) -> Result<Vec<Stored>, StoreError> {
    rows.into_iter().map(Row::stored).collect()
}

/// The conversations of those ids, for deciding.
pub async fn load(
    conn: &mut Conn,
    ids: &[(String, ConversationId)],
) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = bulk::find(
        conn,
        concat!("SELECT ", columns!(), " FROM ("),
        ids,
        |columns, (organization, id)| {
            columns.push_bind(organization).push_bind(id.to_string());
        },
        ") AS r JOIN conversation c ON c.organization = r.column1 AND c.id = r.column2 \
         JOIN visitor v ON v.organization = c.organization AND v.id = c.visitor",
    )
    .await?;
    all(rows)
}

/// One conversation, for reading.
pub async fn get(
    pool: &SqlitePool,
    organization: &str,
    id: ConversationId,
) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ", columns!(), " FROM conversation c JOIN visitor v ON v.organization = c.organization AND v.id = c.visitor",
        " WHERE c.organization = $1 AND c.id = $2",
    ))
    .bind(organization)
    .bind(id.to_string())
    .fetch_optional(pool)
    .await?;
    row.map(Row::stored).transpose()
}

/// The visitor's open conversation on that widget, if there is one.
pub async fn open_of(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
    widget: &str,
) -> Result<Option<ConversationId>, StoreError> {
    let id: Option<String> = sqlx::query_scalar(
        "SELECT id FROM conversation WHERE organization = $1 AND visitor = $2 AND widget = $3 AND status <> 'resolved'",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .bind(widget)
    .fetch_optional(conn)
    .await?;
    Ok(id.and_then(|id| id.parse().ok()))
}

/// What the inbox is asked for.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    /// Only of this status.
    pub status: Option<String>,
    /// Only held by this operator.
    pub holder: Option<OperatorId>,
    /// Only held by nobody.
    pub unheld: bool,
    /// Only with this active channel.
    pub channel: Option<String>,
    /// Only where the visitor's name, an address of theirs or the last words contain this.
    pub words: Option<String>,
    /// Only this visitor's.
    pub visitor: Option<VisitorId>,
    /// After this row: its sort key and id.
    pub cursor: Option<(i64, String)>,
    /// At most so many.
    pub limit: u32,
}

impl Inbox {
    /// The queue shows who has waited longest first; every other list, what changed last.
    #[must_use]
    pub fn is_queue(&self) -> bool {
        self.status.as_deref() == Some("waiting")
    }
}

/// A page of the inbox.
pub async fn inbox(
    pool: &SqlitePool,
    organization: &str,
    wanted: &Inbox,
) -> Result<Vec<Stored>, StoreError> {
    let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM conversation c JOIN visitor v ON v.organization = c.organization AND v.id = c.visitor",
        " WHERE c.organization = ",
    ));
    query.push_bind(organization.to_owned());
    if wanted.is_queue() {
        // Said aloud, not bound: only so is the index of the queue known to fit.
        query.push(" AND c.status = 'waiting'");
    } else if let Some(status) = &wanted.status {
        query.push(" AND c.status = ").push_bind(status.clone());
    }
    if let Some(holder) = wanted.holder {
        query.push(" AND c.holder = ").push_bind(holder.to_string());
    }
    if wanted.unheld {
        query.push(" AND c.holder IS NULL");
    }
    if let Some(channel) = &wanted.channel {
        query.push(" AND c.channel = ").push_bind(channel.clone());
    }
    if let Some(visitor) = wanted.visitor {
        query
            .push(" AND c.visitor = ")
            .push_bind(visitor.to_string());
    }
    if let Some(words) = &wanted.words {
        let like = containing(words);
        query
            .push(" AND (v.name LIKE ")
            .push_bind(like.clone())
            .push(" ESCAPE '\\' OR json_extract(c.last_message, '$.text') LIKE ")
            .push_bind(like)
            .push(" ESCAPE '\\'");
        if let Some(address) = part_of_an_address(words) {
            for (whose, table) in [
                ("c.id", "SELECT conversation FROM pair p"),
                ("c.visitor", "SELECT visitor FROM identity p"),
            ] {
                query
                    .push(format!(" OR {whose} IN ({table} WHERE p.organization = "))
                    .push_bind(organization.to_owned());
                and_called(&mut query, &address);
                query.push(")");
            }
        }
        query.push(")");
    }
    let (key, order, after) = if wanted.is_queue() {
        ("c.queued_at", "ASC", ">")
    } else {
        ("c.updated_at", "DESC", "<")
    };
    if let Some((at, id)) = &wanted.cursor {
        query
            .push(format!(" AND ({key}, c.id) {after} ("))
            .push_bind(*at)
            .push(", ")
            .push_bind(id.clone())
            .push(")");
    }
    query
        .push(format!(" ORDER BY {key} {order}, c.id {order} LIMIT "))
        .push_bind(i64::from(wanted.limit));
    all(query.build_query_as().fetch_all(pool).await?)
}

/// A conversation's entries after a place, in order.
pub async fn events(
    db: impl SqliteExecutor<'_>,
    organization: &str,
    id: ConversationId,
    after: Seq,
    limit: u32,
) -> Result<Vec<(Seq, Event)>, StoreError> {
    let rows: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT seq, at, body FROM event WHERE organization = $1 AND conversation = $2 AND seq > $3 ORDER BY seq LIMIT $4",
    )
    .bind(organization)
    .bind(id.to_string())
    .bind(after.cast_signed())
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|(seq, at, body)| entry(seq, at, &body))
        .collect()
}

/// One entry.
pub async fn event(
    conn: &mut Conn,
    organization: &str,
    id: ConversationId,
    seq: Seq,
) -> Result<Option<(Seq, Event)>, StoreError> {
    let row: Option<(i64, i64, String)> =
        sqlx::query_as("SELECT seq, at, body FROM event WHERE organization = $1 AND conversation = $2 AND seq = $3")
            .bind(organization)
            .bind(id.to_string())
            .bind(seq.cast_signed())
            .fetch_optional(conn)
            .await?;
    row.map(|(seq, at, body)| entry(seq, at, &body)).transpose()
}

fn entry(seq: i64, at: i64, body: &str) -> Result<(Seq, Event), StoreError> {
    let kind: Kind = serde_json::from_str(body).map_err(corrupt("event"))?;
    Ok((
        seq.cast_unsigned(),
        Event {
            at: Timestamp(at),
            kind,
        },
    ))
}

/// How many of the visitor's messages stand after a place.
pub async fn unread(
    conn: &mut Conn,
    organization: &str,
    id: ConversationId,
    read: Seq,
) -> Result<u32, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM event WHERE organization = $1 AND conversation = $2 AND seq > $3 \
         AND body ->> 'kind' = 'message' AND body -> 'author' ->> 'kind' = 'visitor'",
    )
    .bind(organization)
    .bind(id.to_string())
    .bind(read.cast_signed())
    .fetch_one(conn)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What a client's id stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    /// Whose it is.
    pub organization: String,
    /// Who made it.
    pub author: String,
    /// The id.
    pub client_id: String,
    /// Where it was used.
    pub conversation: ConversationId,
    /// The entry it led to.
    pub seq: Seq,
    /// What was asked with it.
    pub digest: String,
}

/// What those client ids stood for, in any conversation. `asked` is organization, author, client id.
pub async fn client_keys(
    conn: &mut Conn,
    asked: &[(String, String, String)],
) -> Result<Vec<ClientKey>, StoreError> {
    let rows: Vec<(String, String, String, String, i64, String)> = bulk::find(
        conn,
        "SELECT k.organization, k.author, k.client_id, k.conversation, k.seq, k.digest FROM (",
        asked,
        three_words,
        ") AS r JOIN client_key k ON k.organization = r.column1 AND k.author = r.column2 AND k.client_id = r.column3",
    )
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(
            |(organization, author, client_id, conversation, seq, digest)| {
                let conversation = conversation.parse().ok()?;
                Some(ClientKey {
                    organization,
                    author,
                    client_id,
                    conversation,
                    seq: seq.cast_unsigned(),
                    digest,
                })
            },
        )
        .collect())
}

/// Which of those provider ids are in a log already. `asked` is organization, connection, provider id.
pub async fn provider_messages(
    conn: &mut Conn,
    asked: &[(String, String, String)],
) -> Result<Vec<(String, String, String)>, StoreError> {
    bulk::find(
        conn,
        "SELECT p.organization, p.connection, p.provider_id FROM (",
        asked,
        three_words,
        ") AS r JOIN provider_message p ON p.organization = r.column1 AND p.connection = r.column2 AND p.provider_id = r.column3",
    )
    .await
}

fn three_words(columns: &mut bulk::Columns<'_>, (one, two, three): &(String, String, String)) {
    columns.push_bind(one).push_bind(two).push_bind(three);
}

/// What one commit adds about conversations: filled while deciding, written with one statement a table.
#[derive(Debug, Default)]
pub struct Writes {
    events: Vec<EventRow>,
    keys: Vec<ClientKey>,
    provider_messages: Vec<ProviderMessage>,
}

#[derive(Debug)]
struct EventRow {
    organization: String,
    conversation: ConversationId,
    seq: Seq,
    at: Timestamp,
    body: String,
}

/// A provider's message that is in a log.
#[derive(Debug)]
pub struct ProviderMessage {
    /// Whose it is.
    pub organization: String,
    /// Where it came in.
    pub connection: String,
    /// The provider's id of it.
    pub provider_id: String,
    /// The log that it is in.
    pub conversation: ConversationId,
    /// Its place there.
    pub seq: Seq,
    /// What the provider told of it that we have no word for.
    pub extra: Value,
}

impl Writes {
    /// An entry of a log.
    ///
    /// # Errors
    /// Never for the events we make; named all the same.
    pub fn event(
        &mut self,
        organization: &str,
        id: ConversationId,
        seq: Seq,
        event: &Event,
    ) -> Result<(), StoreError> {
        self.events.push(EventRow {
            organization: organization.to_owned(),
            conversation: id,
            seq,
            at: event.at,
            body: serde_json::to_string(&event.kind).map_err(corrupt("event"))?,
        });
        Ok(())
    }

    /// What a client's id stands for from now on.
    pub fn client_key(&mut self, key: ClientKey) {
        self.keys.push(key);
    }

    /// A provider's message that is in the log now.
    pub fn provider_message(&mut self, message: ProviderMessage) {
        self.provider_messages.push(message);
    }

    /// Writes it all.
    ///
    /// # Errors
    /// When the engine fails; the transaction must then be given up.
    pub async fn flush(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        bulk::write(
            conn,
            "INSERT INTO event (organization, conversation, seq, at, body) ",
            &std::mem::take(&mut self.events),
            |columns, event| {
                columns
                    .push_bind(&event.organization)
                    .push_bind(event.conversation.to_string())
                    .push_bind(event.seq.cast_signed())
                    .push_bind(event.at.0)
                    .push_bind(&event.body);
            },
            "",
        )
        .await?;
        bulk::write(
            conn,
            "INSERT INTO client_key (organization, author, client_id, conversation, seq, digest) ",
            &std::mem::take(&mut self.keys),
            |columns, key| {
                columns
                    .push_bind(&key.organization)
                    .push_bind(&key.author)
                    .push_bind(&key.client_id)
                    .push_bind(key.conversation.to_string())
                    .push_bind(key.seq.cast_signed())
                    .push_bind(&key.digest);
            },
            " ON CONFLICT DO NOTHING",
        )
        .await?;
        bulk::write(
            conn,
            "INSERT INTO provider_message (organization, connection, provider_id, conversation, seq, extra) ",
            &std::mem::take(&mut self.provider_messages),
            |columns, message| {
                columns
                    .push_bind(&message.organization)
                    .push_bind(&message.connection)
                    .push_bind(&message.provider_id)
                    .push_bind(message.conversation.to_string())
                    .push_bind(message.seq.cast_signed())
                    .push_bind(message.extra.to_string());
            },
            " ON CONFLICT DO NOTHING",
        )
        .await?;
        Ok(())
    }
}

/// What the lists are ordered and filtered by. A conversation that keeps its place is written by [`update`], which leaves their indexes
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    status: Status,
    queued_at: Timestamp,
    due_at: Option<Timestamp>,
    active: Option<LegId>,
}

impl Place {
    /// The place that a conversation has.
    #[must_use]
    pub fn of(state: &Conversation) -> Self {
        let due_at = match &state.route.phase {
            Phase::Greeting(greeting) => Some(greeting.deadline),
            _ => None,
        };
        Self {
            status: state.status,
            queued_at: state.queued_at,
            due_at,
            active: state.route.active,
        }
    }
}

/// Writes conversations as they stand now, each only over the version before its own. Answers how many were written.
pub async fn save(
    conn: &mut Conn,
    changed: &[&Stored],
    channel_of: impl Fn(&Stored) -> Option<String>,
) -> Result<u64, StoreError> {
    bulk::write(
        conn,
        "INSERT INTO conversation (organization, id, visitor, widget, version, state, status, holder, channel, last_seq, \
         created_at, updated_at, queued_at, due_at, last_message, visitor_seen, visitor_read, operator_seen, operator_read) ",
        &documents(changed)?,
        |columns, (stored, state, last)| {
            let place = Place::of(&stored.state);
            let (status, holder) = match stored.state.status {
                Status::Waiting => ("waiting", None),
                Status::InProgress(operator) => ("in_progress", Some(operator.to_string())),
                Status::Resolved => ("resolved", None),
            };
            columns
                .push_bind(&stored.organization)
                .push_bind(stored.id.to_string())
                .push_bind(stored.visitor.to_string())
                .push_bind(&stored.widget)
                .push_bind(stored.version)
                .push_bind(state)
                .push_bind(status)
                .push_bind(holder)
                .push_bind(channel_of(stored))
                .push_bind(stored.state.last_seq.cast_signed())
                .push_bind(stored.created_at.0)
                .push_bind(stored.updated_at.0)
                .push_bind(stored.state.queued_at.0)
                .push_bind(place.due_at.map(|at| at.0))
                .push_bind(last.as_deref())
                .push_bind(stored.cursors.visitor_seen.cast_signed())
                .push_bind(stored.cursors.visitor_read.cast_signed())
                .push_bind(stored.cursors.operator_seen.cast_signed())
                .push_bind(stored.cursors.operator_read.cast_signed());
        },
        " ON CONFLICT (organization, id) DO UPDATE SET version = excluded.version, state = excluded.state, status = excluded.status, \
         holder = excluded.holder, channel = excluded.channel, last_seq = excluded.last_seq, updated_at = excluded.updated_at, \
         queued_at = excluded.queued_at, due_at = excluded.due_at, last_message = excluded.last_message, \
         visitor_seen = excluded.visitor_seen, visitor_read = excluded.visitor_read, operator_seen = excluded.operator_seen, \
         operator_read = excluded.operator_read WHERE conversation.version = excluded.version - 1",
    )
    .await
}

/// Writes conversations that keep their [`Place`], as [`save`] does.
pub async fn update(conn: &mut Conn, changed: &[&Stored]) -> Result<u64, StoreError> {
    bulk::write(
        conn,
        "UPDATE conversation SET version = r.column3, state = r.column4, last_seq = r.column5, updated_at = r.column6, \
         last_message = r.column7, visitor_seen = r.column8, visitor_read = r.column9, operator_seen = r.column10, \
         operator_read = r.column11 FROM (",
        &documents(changed)?,
        |columns, (stored, state, last)| {
            columns
                .push_bind(&stored.organization)
                .push_bind(stored.id.to_string())
                .push_bind(stored.version)
                .push_bind(state)
                .push_bind(stored.state.last_seq.cast_signed())
                .push_bind(stored.updated_at.0)
                .push_bind(last.as_deref())
                .push_bind(stored.cursors.visitor_seen.cast_signed())
                .push_bind(stored.cursors.visitor_read.cast_signed())
                .push_bind(stored.cursors.operator_seen.cast_signed())
                .push_bind(stored.cursors.operator_read.cast_signed());
        },
        ") AS r WHERE conversation.organization = r.column1 AND conversation.id = r.column2 AND conversation.version = r.column3 - 1",
    )
    .await
}

/// A conversation with its state and last words as they are stored.
type Documents<'s> = (&'s Stored, String, Option<String>);

fn documents<'s>(changed: &[&'s Stored]) -> Result<Vec<Documents<'s>>, StoreError> {
    let document = |stored: &&'s Stored| {
        let state = serde_json::to_string(&stored.state).map_err(corrupt("conversation"))?;
        let last = stored.last_message.as_ref().map(serde_json::to_string);
        let last = last.transpose().map_err(corrupt("last message"))?;
        Ok((*stored, state, last))
    };
    changed.iter().map(document).collect()
}

/// The conversations whose greeting nobody confirmed in time.
pub async fn due(
    pool: &SqlitePool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(String, ConversationId)>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT organization, id FROM conversation WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(organization, id)| Some((organization, id.parse().ok()?)))
        .collect())
}

/// Keeps the last time that was given out.
pub async fn keep_time(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE clock SET last = $1 WHERE last < $1")
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}
