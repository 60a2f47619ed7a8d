//! One-time words: a code that a phone sends, a link that a browser opens, and the passes of those who came by one.

use sqlx::{FromRow, SqlitePool};

use super::{Conn, StoreError};
use crate::core::{ConversationId, LegId, Seq, Timestamp, VisitorId};

/// What a one-time word is, and whom it opens its conversation for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// A code: for whoever sends it from a phone.
    Code,
    /// A link: for whoever opens it in a browser.
    Return,
}

impl Opens {
    fn kind(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Return => "return",
        }
    }
}

/// A one-time word that was used just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Where it leads.
    pub conversation: ConversationId,
    /// The leg that a link was asked for on.
    pub leg: Option<LegId>,
}

/// A browser that came by a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Whose it is.
    pub visitor: VisitorId,
    /// The one conversation that it shows.
    pub conversation: ConversationId,
    /// The leg that its link came by.
    pub leg: LegId,
    /// The first entry that it may read.
    pub since: Seq,
}

/// Issues a one-time word; a link with the leg that it was asked for on.
pub async fn issue(
    conn: &mut Conn,
    organization: &str,
    hash: &str,
    opens: Opens,
    (conversation, leg): (ConversationId, Option<LegId>),
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ticket (organization, hash, kind, conversation, leg, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(organization)
    .bind(hash)
    .bind(opens.kind())
    .bind(conversation.to_string())
    .bind(leg.map(|leg| leg.0))
    .bind(now.0)
    .bind(expires_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// How many words of a kind a conversation was issued since a time.
pub async fn issued_since(
    conn: &mut Conn,
    organization: &str,
    conversation: ConversationId,
    opens: Opens,
    since: Timestamp,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT count(*) FROM ticket WHERE organization = $1 AND conversation = $2 AND created_at > $3 AND kind = $4",
    )
    .bind(organization)
    .bind(conversation.to_string())
    .bind(since.0)
    .bind(opens.kind())
    .fetch_one(conn)
    .await?)
}

/// Uses a word up: once, by one of however many who have it, and not after its time.
pub async fn use_up(
    conn: &mut Conn,
    organization: &str,
    hash: &str,
    opens: Opens,
    now: Timestamp,
) -> Result<Option<Ticket>, StoreError> {
    let used: Option<(String, Option<i64>)> = sqlx::query_as(
        "UPDATE ticket SET used_at = $4 WHERE organization = $1 AND hash = $2 AND kind = $3 AND used_at IS NULL AND expires_at > $4 \
         RETURNING conversation, leg",
    )
    .bind(organization)
    .bind(hash)
    .bind(opens.kind())
    .bind(now.0)
    .fetch_optional(conn)
    .await?;
    Ok(used.and_then(ticket))
}

/// What a word would open that nobody has used, and whose time is not over.
pub async fn find(
    conn: &mut Conn,
    organization: &str,
    hash: &str,
    opens: Opens,
    now: Timestamp,
) -> Result<Option<Ticket>, StoreError> {
    let found: Option<(String, Option<i64>)> = sqlx::query_as(
        "SELECT conversation, leg FROM ticket WHERE organization = $1 AND hash = $2 AND kind = $3 AND used_at IS NULL AND expires_at > $4",
    )
    .bind(organization)
    .bind(hash)
    .bind(opens.kind())
    .bind(now.0)
    .fetch_optional(conn)
    .await?;
    Ok(found.and_then(ticket))
}

fn ticket((conversation, leg): (String, Option<i64>)) -> Option<Ticket> {
    Some(Ticket {
        conversation: conversation.parse().ok()?,
        leg: leg.and_then(|leg| u32::try_from(leg).ok()).map(LegId),
    })
}

/// Gives a browser its pass.
pub async fn give_pass(
    conn: &mut Conn,
    organization: &str,
    token_hash: &str,
    pass: Pass,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pass (organization, token_hash, visitor, conversation, leg, since, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(organization)
    .bind(token_hash)
    .bind(pass.visitor.to_string())
    .bind(pass.conversation.to_string())
    .bind(pass.leg.0)
    .bind(pass.since.cast_signed())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    visitor: String,
    conversation: String,
    leg: u32,
    since: i64,
}

/// Whose pass it is.
pub async fn pass(
    pool: &SqlitePool,
    organization: &str,
    token_hash: &str,
) -> Result<Option<Pass>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT visitor, conversation, leg, since FROM pass WHERE organization = $1 AND token_hash = $2",
    )
    .bind(organization)
    .bind(token_hash)
    .fetch_optional(pool)
    .await?;
    Ok(row.and_then(|row| {
        Some(Pass {
            visitor: row.visitor.parse().ok()?,
            conversation: row.conversation.parse().ok()?,
            leg: LegId(row.leg),
            since: row.since.cast_unsigned(),
        })
    }))
}
