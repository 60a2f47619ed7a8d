//! Which conversation a pair leads to, and who opted out.

use super::{Conn, StoreError, bulk};
use crate::core::conversation::Hold;
use crate::core::{ConsentWord, ConversationId, Timestamp};

/// Who has a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The conversation that it leads to.
    pub conversation: ConversationId,
    /// Past this it leads nowhere; before, it yields to whoever asks. None: firmly held.
    pub kept_until: Option<Timestamp>,
}

impl Holder {
    /// Whether the pair still leads there.
    #[must_use]
    pub fn leads(&self, now: Timestamp) -> bool {
        self.kept_until.is_none_or(|until| now < until)
    }

    /// Whether another conversation may take it.
    #[must_use]
    pub fn yields(&self) -> bool {
        self.kept_until.is_some()
    }
}

/// Who has a pair, if anybody ever asked for it.
pub async fn holder(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    address: &str,
) -> Result<Option<Holder>, StoreError> {
    let row: Option<(String, Option<i64>)> = sqlx::query_as(
        "SELECT conversation, kept_until FROM pair WHERE organization = $1 AND connection = $2 AND address = $3",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|(conversation, kept_until)| {
        Some(Holder {
            conversation: conversation.parse().ok()?,
            kept_until: kept_until.map(Timestamp),
        })
    }))
}

/// Who has those pairs. `asked` is organization, connection, address.
pub async fn holders(
    conn: &mut Conn,
    asked: &[(String, String, String)],
) -> Result<Vec<((String, String, String), Holder)>, StoreError> {
    let found: Vec<(String, String, String, String, Option<i64>)> = bulk::find(
        conn,
        "SELECT p.organization, p.connection, p.address, p.conversation, p.kept_until FROM (",
        asked,
        |columns, (organization, connection, address)| {
            columns
                .push_bind(organization)
                .push_bind(connection)
                .push_bind(address);
        },
        ") AS r JOIN pair p ON p.organization = r.column1 AND p.connection = r.column2 AND p.address = r.column3",
    )
    .await?;
    Ok(found
        .into_iter()
        .filter_map(
            |(organization, connection, address, conversation, kept_until)| {
                let holder = Holder {
                    conversation: conversation.parse().ok()?,
                    kept_until: kept_until.map(Timestamp),
                };
                Some(((organization, connection, address), holder))
            },
        )
        .collect())
}

/// Every conversation that has an address on any connection.
pub async fn conversations_with(
    conn: &mut Conn,
    organization: &str,
    address: &str,
) -> Result<Vec<(String, ConversationId)>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT connection, conversation FROM pair WHERE organization = $1 AND address = $2 LIMIT 100",
    )
    .bind(organization)
    .bind(address)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(connection, id)| Some((connection, id.parse().ok()?)))
        .collect())
}

/// By what right a conversation's hold on a pair is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// It is its holder's already; else nothing is written.
    Held,
    /// It asks for it: it may take one that yields.
    Asked,
    /// It turned out to have reached it: it may take one that by now leads nowhere.
    Reached(Timestamp),
}

/// Writes how firmly a pair leads to a conversation. Nothing ever takes one that is firmly held by another: the unique key and the
/// condition say so again.
pub async fn hold(
    conn: &mut Conn,
    organization: &str,
    (connection, address): (&str, &str),
    conversation: ConversationId,
    hold: Hold,
    right: Right,
) -> Result<(), StoreError> {
    const TAKE: &str = "INSERT INTO pair (organization, connection, address, conversation, kept_until) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (organization, connection, address) DO UPDATE SET conversation = excluded.conversation, \
         kept_until = excluded.kept_until WHERE pair.conversation = excluded.conversation OR pair.kept_until IS NOT NULL";
    const TAKE_UP: &str = "INSERT INTO pair (organization, connection, address, conversation, kept_until) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (organization, connection, address) DO UPDATE SET conversation = excluded.conversation, \
         kept_until = excluded.kept_until WHERE pair.conversation = excluded.conversation OR pair.kept_until <= $6";
    const KEEP: &str = "UPDATE pair SET kept_until = $5 WHERE organization = $1 AND connection = $2 AND address = $3 AND conversation = $4";
    const GIVE_BACK: &str = "DELETE FROM pair WHERE organization = $1 AND connection = $2 AND address = $3 AND conversation = $4";
    let sql = match (hold, right) {
        (Hold::Not, _) => GIVE_BACK,
        (_, Right::Held) => KEEP,
        (_, Right::Asked) => TAKE,
        (_, Right::Reached(_)) => TAKE_UP,
    };
    let query = sqlx::query(sql)
        .bind(organization)
        .bind(connection)
        .bind(address)
        .bind(conversation.to_string());
    let query = match hold {
        Hold::Not => query,
        Hold::Firm => query.bind(None::<i64>),
        Hold::Until(until) => query.bind(until.0),
    };
    let query = match right {
        Right::Reached(now) if hold != Hold::Not => query.bind(now.0),
        _ => query,
    };
    query.execute(conn).await?;
    Ok(())
}

/// A pair leads to that conversation from now on, whoever had it: its person sent that conversation's one-time code.
pub async fn move_to(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    address: &str,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pair (organization, connection, address, conversation, kept_until) VALUES ($1, $2, $3, $4, NULL) \
         ON CONFLICT (organization, connection, address) DO UPDATE SET conversation = excluded.conversation, kept_until = NULL",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .bind(conversation.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an address has opted out of a channel.
pub async fn opted_out(
    conn: &mut Conn,
    organization: &str,
    channel: &str,
    address: &str,
) -> Result<bool, StoreError> {
    let last = last_word(conn, organization, (channel, address)).await?;
    Ok(last.is_some_and(|(word, _)| word == "opt_out"))
}

/// Whether an address has opted in to a channel after a time, and not out again.
pub async fn opted_in_since(
    conn: &mut Conn,
    organization: &str,
    pair: (&str, &str),
    since: Timestamp,
) -> Result<bool, StoreError> {
    let last = last_word(conn, organization, pair).await?;
    Ok(last.is_some_and(|(word, at)| word == "opt_in" && at > since.0))
}

/// The last word of consent in the ledger, and when it was said.
async fn last_word(
    conn: &mut Conn,
    organization: &str,
    (channel, address): (&str, &str),
) -> Result<Option<(String, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT word, at FROM consent WHERE organization = $1 AND channel = $2 AND address = $3 ORDER BY n DESC LIMIT 1",
    )
    .bind(organization)
    .bind(channel)
    .bind(address)
    .fetch_optional(conn)
    .await?)
}

/// Adds a word of consent to the ledger.
pub async fn consent(
    conn: &mut Conn,
    organization: &str,
    (channel, address): (&str, &str),
    word: ConsentWord,
    source: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let word = match word {
        ConsentWord::OptOut => "opt_out",
        ConsentWord::OptIn => "opt_in",
    };
    sqlx::query(
        "INSERT INTO consent (organization, channel, address, n, at, word, source) SELECT $1, $2, $3, \
         coalesce(max(n), 0) + 1, $4, $5, $6 FROM consent WHERE organization = $1 AND channel = $2 AND address = $3",
    )
    .bind(organization)
    .bind(channel)
    .bind(address)
    .bind(now.0)
    .bind(word)
    .bind(source)
    .execute(conn)
    .await?;
    Ok(())
}
