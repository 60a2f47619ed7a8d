//! Whom the guard counted, which challenges were met, what was stopped by hand, what is alarming, how far a provider's list was read.

use sqlx::SqlitePool;

use super::{Conn, StoreError};
use crate::core::{ConversationId, Seq, Timestamp};

/// A welcome as the guard counts it.
#[derive(Clone, Debug)]
pub struct Welcome<'a> {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its place in the log.
    pub seq: Seq,
    /// The number it goes to.
    pub number: &'a str,
    /// In the connection's price units.
    pub cost: f64,
    /// Who asks, and what kind of number it is.
    pub crowd: Crowd<'a>,
}

/// What many welcomes have in common. Nothing in here is one number's alone.
#[derive(Clone, Debug, Default)]
pub struct Crowd<'a> {
    /// The visitor who asked.
    pub visitor: String,
    /// Their network.
    pub network: &'a str,
    /// The number's country code and first seven digits.
    pub prefix: &'a str,
    /// The ISO code of the number's country; empty where it has none.
    pub country: String,
}

/// What the guard counted in its windows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// To the number in a day.
    pub number: i64,
    /// To the number in a day, unanswered.
    pub unanswered: i64,
    /// What was counted of its crowd.
    pub crowd: CrowdCounts,
    /// Money of the organization in a day.
    pub spent: f64,
}

/// What the guard counted of a crowd.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrowdCounts {
    /// By the visitor in a day, those that were refused too.
    pub visitor: i64,
    /// From the network in an hour, those that were refused too.
    pub network: i64,
    /// To the prefix in an hour.
    pub prefix: i64,
    /// To the prefix in an hour, unanswered.
    pub prefix_unanswered: i64,
    /// To the country in an hour.
    pub country: i64,
    /// By the organization in an hour.
    pub organization: i64,
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What the guard has counted for such a welcome until now.
pub async fn counts(
    conn: &mut Conn,
    organization: &str,
    welcome: &Welcome<'_>,
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let (number, unanswered): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM welcome WHERE organization = $1 AND number = $2 AND at > $3 AND refused = 0), \
         (SELECT count(*) FROM welcome WHERE organization = $1 AND number = $2 AND at > $3 AND refused = 0 AND answered = 0)",
    )
    .bind(organization)
    .bind(welcome.number)
    .bind(now.plus(-DAY).0)
    .fetch_one(&mut *conn)
    .await?;
    Ok(Counts {
        number,
        unanswered,
        crowd: crowd(conn, organization, &welcome.crowd, now).await?,
        spent: spent(conn, organization, now).await?,
    })
}

/// What the guard has counted of a crowd until now.
pub async fn crowd(
    conn: &mut Conn,
    organization: &str,
    crowd: &Crowd<'_>,
    now: Timestamp,
) -> Result<CrowdCounts, StoreError> {
    let (visitor, network, prefix, prefix_unanswered, country, all): (i64, i64, i64, i64, i64, i64) =
        sqlx::query_as(
            "SELECT (SELECT count(*) FROM welcome WHERE organization = $1 AND visitor = $2 AND at > $6), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND network = $3 AND at > $7), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND prefix = $4 AND at > $7 AND refused = 0), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND prefix = $4 AND at > $7 AND refused = 0 AND answered = 0), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND country = $5 AND at > $7 AND refused = 0), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND at > $7 AND refused = 0)",
        )
        .bind(organization)
        .bind(&crowd.visitor)
        .bind(crowd.network)
        .bind(crowd.prefix)
        .bind(&crowd.country)
        .bind(now.plus(-DAY).0)
        .bind(now.plus(-HOUR).0)
        .fetch_one(conn)
        .await?;
    Ok(CrowdCounts {
        visitor,
        network,
        prefix,
        prefix_unanswered,
        country,
        organization: all,
    })
}

/// What an organization's welcomes cost in the last day.
pub async fn spent(conn: &mut Conn, organization: &str, now: Timestamp) -> Result<f64, StoreError> {
    let spent = sqlx::query_scalar(
        "SELECT coalesce(sum(cost), 0.0) FROM welcome WHERE organization = $1 AND at > $2 AND refused = 0",
    )
    .bind(organization)
    .bind(now.plus(-DAY).0)
    .fetch_one(conn)
    .await?;
    Ok(spent)
}

/// Counts a welcome; one that is refused counts against whoever asked, and costs nothing.
pub async fn count(
    conn: &mut Conn,
    organization: &str,
    welcome: &Welcome<'_>,
    refused: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO welcome (organization, conversation, seq, at, number, visitor, network, prefix, country, cost, refused) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(welcome.conversation.to_string())
    .bind(welcome.seq.cast_signed())
    .bind(now.0)
    .bind(welcome.number)
    .bind(&welcome.crowd.visitor)
    .bind(welcome.crowd.network)
    .bind(welcome.crowd.prefix)
    .bind(&welcome.crowd.country)
    .bind(if refused { 0.0 } else { welcome.cost })
    .bind(refused)
    .execute(conn)
    .await?;
    Ok(())
}

/// The number has written: its welcomes are answered.
pub async fn answered(conn: &mut Conn, organization: &str, number: &str) -> Result<(), StoreError> {
    // Every time is after 0: said so that the index of the number is chosen.
    sqlx::query(
        "UPDATE welcome SET answered = 1 WHERE organization = $1 AND number = $2 AND at > 0 AND refused = 0 AND answered = 0",
    )
    .bind(organization)
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}

/// Of the last so many welcomes of an organization that were sent in the day before a time: how many there are, and how many were answered.
pub async fn answers(
    conn: &mut Conn,
    organization: &str,
    last: u32,
    before: Timestamp,
) -> Result<(u32, u32), StoreError> {
    let counted = sqlx::query_as(
        "SELECT count(*), coalesce(sum(answered), 0) FROM (SELECT answered FROM welcome \
         WHERE organization = $1 AND at > $2 AND at <= $3 AND refused = 0 ORDER BY at DESC LIMIT $4)",
    )
    .bind(organization)
    .bind(before.plus(-DAY).0)
    .bind(before.0)
    .bind(last)
    .fetch_one(conn)
    .await?;
    Ok(counted)
}

/// The secret of that name, where there is one.
pub async fn secret(pool: &SqlitePool, name: &str) -> Result<Option<String>, StoreError> {
    let found = sqlx::query_scalar("SELECT value FROM secret WHERE name = $1")
        .bind(name)
        .fetch_optional(pool);
    Ok(found.await?)
}

/// Keeps a secret, unless there is one of that name.
pub async fn keep_secret(conn: &mut Conn, name: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(name)
        .bind(value)
        .execute(conn)
        .await?;
    Ok(())
}

/// Uses up a challenge, and forgets those that have expired. False: it was used before.
pub async fn use_challenge(
    conn: &mut Conn,
    organization: &str,
    signature: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    sqlx::query("DELETE FROM challenge WHERE organization = $1 AND expires_at <= $2")
        .bind(organization)
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    let written = sqlx::query(
        "INSERT INTO challenge (organization, signature, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(signature)
    .bind(expires_at.0)
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// All organizations, where one is asked for.
pub const ALL: &str = "";

/// What somebody last said of an organization's messages, or of everybody's.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Messaging {
    /// Whose; [`ALL`] for everybody's.
    pub organization: String,
    /// `welcomes` or `all`; none: nothing is stopped.
    pub stopped: Option<String>,
    /// Why, for people.
    pub reason: Option<String>,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: i64,
}

/// What was said of an organization's messages and of everybody's.
pub async fn messaging(conn: &mut Conn, organization: &str) -> Result<Vec<Messaging>, StoreError> {
    let found = sqlx::query_as(
        "SELECT organization, stopped, reason, by, at FROM messaging WHERE organization IN ($1, '')",
    )
    .bind(organization)
    .fetch_all(conn);
    Ok(found.await?)
}

/// Says that messages are stopped, or that they go again.
pub async fn set_messaging(conn: &mut Conn, said: &Messaging) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO messaging (organization, stopped, reason, by, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (organization) DO UPDATE SET stopped = excluded.stopped, reason = excluded.reason, by = excluded.by, at = excluded.at",
    )
    .bind(&said.organization)
    .bind(&said.stopped)
    .bind(&said.reason)
    .bind(&said.by)
    .bind(said.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Something that an organization's people should look at.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Alarm {
    /// `few_answers`, `spend_near_limit`, `connection_sick` or `webhook_gap`.
    pub kind: String,
    /// Which connection it is about; empty where it is about none.
    pub connection: String,
    /// Since when it is so.
    pub since: i64,
    /// What is so, for people.
    pub detail: String,
}

/// An organization's alarms, the oldest first.
pub async fn alarms(conn: &mut Conn, organization: &str) -> Result<Vec<Alarm>, StoreError> {
    let mut found: Vec<Alarm> =
        sqlx::query_as("SELECT kind, connection, since, detail FROM alarm WHERE organization = $1")
            .bind(organization)
            .fetch_all(conn)
            .await?;
    found.sort_by(|one, other| (one.since, &one.kind).cmp(&(other.since, &other.kind)));
    Ok(found)
}

/// Whether an alarm of that kind stands.
pub async fn stands(
    conn: &mut Conn,
    organization: &str,
    kind: &str,
    connection: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT since FROM alarm WHERE organization = $1 AND kind = $2 AND connection = $3",
    )
    .bind(organization)
    .bind(kind)
    .bind(connection)
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Raises an alarm; one that stands keeps its time. False: it stood with these words.
pub async fn raise(conn: &mut Conn, organization: &str, alarm: &Alarm) -> Result<bool, StoreError> {
    let written = sqlx::query(
        "INSERT INTO alarm (organization, kind, connection, since, detail) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (organization, kind, connection) DO UPDATE SET detail = excluded.detail WHERE alarm.detail <> excluded.detail",
    )
    .bind(organization)
    .bind(&alarm.kind)
    .bind(&alarm.connection)
    .bind(alarm.since)
    .bind(&alarm.detail)
    .execute(conn)
    .await?;
    Ok(written.rows_affected() > 0)
}

/// Ends an alarm. False: there was none.
pub async fn clear(
    conn: &mut Conn,
    organization: &str,
    kind: &str,
    connection: &str,
) -> Result<bool, StoreError> {
    let written =
        sqlx::query("DELETE FROM alarm WHERE organization = $1 AND kind = $2 AND connection = $3")
            .bind(organization)
            .bind(kind)
            .bind(connection)
            .execute(conn)
            .await?;
    Ok(written.rows_affected() > 0)
}

/// How far a provider's list of what people wrote was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// When it was read first: what is older was never ours to read.
    pub began_at: Timestamp,
    /// Everything up to here is in a log.
    pub read_to: Timestamp,
}

/// How far a connection's list was read, where it ever was.
pub async fn watermark(
    pool: &SqlitePool,
    organization: &str,
    connection: &str,
) -> Result<Option<Watermark>, StoreError> {
    let found: Option<(i64, i64)> = sqlx::query_as(
        "SELECT began_at, read_to FROM watermark WHERE organization = $1 AND connection = $2",
    )
    .bind(organization)
    .bind(connection)
    .fetch_optional(pool)
    .await?;
    Ok(found.map(|(began_at, read_to)| Watermark {
        began_at: Timestamp(began_at),
        read_to: Timestamp(read_to),
    }))
}

/// A connection's list was read up to a time. It never goes back.
pub async fn set_watermark(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    read_to: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO watermark (organization, connection, began_at, read_to) VALUES ($1, $2, $3, $3) \
         ON CONFLICT (organization, connection) DO UPDATE SET read_to = max(watermark.read_to, excluded.read_to)",
    )
    .bind(organization)
    .bind(connection)
    .bind(read_to.0)
    .execute(conn)
    .await?;
    Ok(())
}
