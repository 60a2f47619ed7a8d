//! Files that go with messages: what is known of each.

use contract::MediaLink;
use sqlx::{FromRow, SqlitePool};

use super::{Conn, StoreError, bulk, corrupt};
use crate::core::{ConversationId, Seq, Timestamp};

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its provider is still to be asked for it.
    Waiting,
    /// Its bytes are here.
    Here,
    /// Its bytes cannot be had any more.
    Gone,
    /// Its bytes were not wanted: too large, or in no place that we ask.
    Refused,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Here => "here",
            Self::Gone => "gone",
            Self::Refused => "refused",
        }
    }
}

/// A file that goes with a message, or is about to.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Whose it is.
    pub organization: String,
    /// Its id.
    pub id: String,
    /// The message that it goes with; none: an upload that nobody has used yet.
    pub place: Option<(ConversationId, Seq)>,
    /// Its place among the files of that message.
    pub nth: u32,
    /// Who brought it: `v:` and a visitor, `o:` and an operator, `p:` and a connection.
    pub uploader: String,
    /// What it is called.
    pub name: String,
    /// What it is, or as long as its bytes are not here, what is said of it.
    pub content_type: String,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// Their SHA-256, in hexadecimal.
    pub sha256: Option<String>,
    /// Which file holds them.
    pub key: Option<String>,
    /// How far it is.
    pub state: State,
    /// What its provider says of it.
    pub source: Option<MediaLink>,
    /// How often the provider was asked.
    pub attempts: u32,
    /// When it is asked next.
    pub due_at: Option<Timestamp>,
    /// When we heard of it.
    pub created_at: Timestamp,
}

impl Attachment {
    /// The connection that it came in by, if it came so.
    #[must_use]
    pub fn connection(&self) -> Option<&str> {
        self.uploader.strip_prefix("p:")
    }
}

/// How a connection is named as the one who brought something.
#[must_use]
pub fn brought_by(connection: &str) -> String {
    format!("p:{connection}")
}

#[derive(FromRow)]
struct Row {
    organization: String,
    id: String,
    conversation: Option<String>,
    seq: Option<i64>,
    nth: i64,
    uploader: String,
    name: String,
    content_type: String,
    size: Option<i64>,
    sha256: Option<String>,
    key: Option<String>,
    state: String,
    source: Option<String>,
    attempts: i64,
    due_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn attachment(self) -> Result<Attachment, StoreError> {
        let bad = |reason: String| StoreError::Corrupt {
            what: "attachment",
            reason,
        };
        let narrow = |number: i64| u32::try_from(number).map_err(|error| bad(error.to_string()));
        let state = match self.state.as_str() {
            "waiting" => State::Waiting,
            "here" => State::Here,
            "gone" => State::Gone,
            "refused" => State::Refused,
            other => return Err(bad(other.to_owned())),
        };
        let place = match (self.conversation, self.seq) {
            (Some(id), Some(seq)) => Some((
                id.parse()
                    .map_err(|error: uuid::Error| bad(error.to_string()))?,
                seq.cast_unsigned(),
            )),
            _ => None,
        };
        let source = self
            .source
            .map(|text| serde_json::from_str(&text).map_err(corrupt("attachment")))
            .transpose()?;
        Ok(Attachment {
            organization: self.organization,
            id: self.id,
            place,
            nth: narrow(self.nth)?,
            uploader: self.uploader,
            name: self.name,
            content_type: self.content_type,
            size: self.size.map(i64::cast_unsigned),
            sha256: self.sha256,
            key: self.key,
            state,
            source,
            attempts: narrow(self.attempts)?,
            due_at: self.due_at.map(Timestamp),
            created_at: Timestamp(self.created_at),
        })
    }
}

macro_rules! columns {
    () => {
        "organization, id, conversation, seq, nth, uploader, name, content_type, size, sha256, key, state, source, attempts, due_at, created_at"
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Attachment>, StoreError> {
    rows.into_iter().map(Row::attachment).collect()
}

/// Writes new ones.
pub async fn put(conn: &mut Conn, new: &[Attachment]) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(new.len());
    for attachment in new {
        let source = attachment
            .source
            .as_ref()
            .map(|source| serde_json::to_string(source).map_err(corrupt("attachment")))
            .transpose()?;
        rows.push((attachment, source));
    }
    let head = concat!("INSERT INTO attachment (", columns!(), ") ");
    let bind = |columns: &mut bulk::Columns<'_>, (new, source): &(&Attachment, Option<String>)| {
        columns
            .push_bind(new.organization.clone())
            .push_bind(new.id.clone())
            .push_bind(new.place.map(|(id, _)| id.to_string()))
            .push_bind(new.place.map(|(_, seq)| seq.cast_signed()))
            .push_bind(i64::from(new.nth))
            .push_bind(new.uploader.clone())
            .push_bind(new.name.clone())
            .push_bind(new.content_type.clone())
            .push_bind(new.size.map(u64::cast_signed))
            .push_bind(new.sha256.clone())
            .push_bind(new.key.clone())
            .push_bind(new.state.word())
            .push_bind(source.clone())
            .push_bind(i64::from(new.attempts))
            .push_bind(new.due_at.map(|at| at.0))
            .push_bind(new.created_at.0);
    };
    bulk::write(conn, head, &rows, bind, "").await.map(drop)
}

/// One by its id.
pub async fn get(
    pool: &SqlitePool,
    organization: &str,
    id: &str,
) -> Result<Option<Attachment>, StoreError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM attachment WHERE organization = $1 AND id = $2",
    ))
    .bind(organization)
    .bind(id)
    .fetch_optional(pool)
    .await?;
    row.map(Row::attachment).transpose()
}

/// An upload that its uploader may use in a message: here, theirs, and not used yet.
pub async fn unused(
    conn: &mut Conn,
    organization: &str,
    uploader: &str,
    id: &str,
) -> Result<Option<Attachment>, StoreError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM attachment WHERE organization = $1 AND id = $2 AND uploader = $3 AND conversation IS NULL AND state = 'here'",
    ))
    .bind(organization)
    .bind(id)
    .bind(uploader)
    .fetch_optional(conn)
    .await?;
    row.map(Row::attachment).transpose()
}

/// An upload goes with a message from now on.
pub async fn use_in(
    conn: &mut Conn,
    organization: &str,
    id: &str,
    (conversation, seq): (ConversationId, Seq),
    nth: u32,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE attachment SET conversation = $3, seq = $4, nth = $5 WHERE organization = $1 AND id = $2 AND conversation IS NULL",
    )
    .bind(organization)
    .bind(id)
    .bind(conversation.to_string())
    .bind(seq.cast_signed())
    .bind(i64::from(nth))
    .execute(conn)
    .await?;
    Ok(())
}

/// Those that go with the messages of a stretch of a log, in order.
pub async fn in_stretch(
    pool: &SqlitePool,
    organization: &str,
    conversation: ConversationId,
    from: Seq,
    to: Seq,
) -> Result<Vec<Attachment>, StoreError> {
    all(sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM attachment WHERE organization = $1 AND conversation = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq, nth",
    ))
    .bind(organization)
    .bind(conversation.to_string())
    .bind(from.cast_signed())
    .bind(to.cast_signed())
    .fetch_all(pool)
    .await?)
}

/// Those whose provider is to be asked now, the longest due first.
pub async fn due(
    pool: &SqlitePool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Attachment>, StoreError> {
    all(sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM attachment WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
    ))
    .bind(now.0)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// When the next is due.
pub async fn next_due(pool: &SqlitePool) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> =
        sqlx::query_scalar("SELECT min(due_at) FROM attachment WHERE due_at IS NOT NULL")
            .fetch_one(pool)
            .await?;
    Ok(next.map(Timestamp))
}

/// Writes how far one that waited is now. False: it does not wait any more, and nothing was written.
pub async fn settle(conn: &mut Conn, now: &Attachment) -> Result<bool, StoreError> {
    let written = sqlx::query(
        "UPDATE attachment SET name = $3, content_type = $4, size = $5, sha256 = $6, key = $7, state = $8, attempts = $9, due_at = $10 \
         WHERE organization = $1 AND id = $2 AND state = 'waiting'",
    )
    .bind(&now.organization)
    .bind(&now.id)
    .bind(&now.name)
    .bind(&now.content_type)
    .bind(now.size.map(u64::cast_signed))
    .bind(&now.sha256)
    .bind(&now.key)
    .bind(now.state.word())
    .bind(i64::from(now.attempts))
    .bind(now.due_at.map(|at| at.0))
    .execute(conn)
    .await?;
    Ok(written.rows_affected() > 0)
}

/// Uploads from before a time that nobody has used.
pub async fn forgotten(
    pool: &SqlitePool,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<Attachment>, StoreError> {
    all(sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM attachment WHERE conversation IS NULL AND created_at < $1 LIMIT $2",
    ))
    .bind(before.0)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// Those from before a time whose bytes are still here.
pub async fn kept_since(
    pool: &SqlitePool,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<Attachment>, StoreError> {
    all(sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM attachment WHERE key IS NOT NULL AND conversation IS NOT NULL AND created_at < $1 LIMIT $2",
    ))
    .bind(before.0)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// Takes away an upload that nobody has used. False: somebody has, meanwhile.
pub async fn forget(conn: &mut Conn, organization: &str, id: &str) -> Result<bool, StoreError> {
    let written = sqlx::query(
        "DELETE FROM attachment WHERE organization = $1 AND id = $2 AND conversation IS NULL",
    )
    .bind(organization)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(written.rows_affected() > 0)
}

/// The bytes of one that was here are to be taken away.
pub async fn let_go(conn: &mut Conn, organization: &str, id: &str) -> Result<bool, StoreError> {
    let written = sqlx::query(
        "UPDATE attachment SET state = 'gone', key = NULL WHERE organization = $1 AND id = $2 AND state = 'here'",
    )
    .bind(organization)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(written.rows_affected() > 0)
}

/// Whether a row names that file.
pub async fn names(pool: &SqlitePool, key: &str) -> Result<bool, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM attachment WHERE key = $1)")
            .bind(key)
            .fetch_one(pool)
            .await?,
    )
}

/// The key that links are signed with: the one that is stored, or from now on this one.
pub async fn link_key(conn: &mut Conn, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
    let stored: Option<Vec<u8>> = sqlx::query_scalar("SELECT key FROM link_key")
        .fetch_optional(&mut *conn)
        .await?;
    if let Some(stored) = stored {
        return <[u8; 32]>::try_from(stored).map_err(|_| StoreError::Corrupt {
            what: "link key",
            reason: "it does not have 32 bytes".to_owned(),
        });
    }
    sqlx::query("INSERT INTO link_key (one, key) VALUES (1, $1)")
        .bind(fresh.to_vec())
        .execute(conn)
        .await?;
    Ok(fresh)
}
