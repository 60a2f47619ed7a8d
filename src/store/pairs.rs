//! Which conversation a pair leads to, who opted out, and whom the guard counted.

use super::{Conn, StoreError, bulk};
use crate::core::conversation::Hold;
use crate::core::{ConsentWord, ConversationId, Seq, Timestamp};

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
    let last: Option<String> = sqlx::query_scalar(
        "SELECT word FROM consent WHERE organization = $1 AND channel = $2 AND address = $3 ORDER BY n DESC LIMIT 1",
    )
    .bind(organization)
    .bind(channel)
    .bind(address)
    .fetch_optional(conn)
    .await?;
    Ok(last.as_deref() == Some("opt_out"))
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

/// A welcome that is handed over, as the guard counts it.
#[derive(Clone, Debug)]
pub struct Welcome<'a> {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its place in the log.
    pub seq: Seq,
    /// The number it goes to.
    pub number: &'a str,
    /// The visitor who asked.
    pub visitor: String,
    /// Their network.
    pub network: &'a str,
    /// The number's country code and first seven digits.
    pub prefix: &'a str,
    /// In the connection's price units.
    pub cost: f64,
}

/// What the guard counted in its windows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// To the number in a day.
    pub number: i64,
    /// To the number in a day, unanswered.
    pub unanswered: i64,
    /// By the visitor in a day.
    pub visitor: i64,
    /// From the network in an hour.
    pub network: i64,
    /// To the prefix in an hour.
    pub prefix: i64,
    /// By the organization in an hour.
    pub organization: i64,
    /// Money of the organization in a day.
    pub spent: f64,
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
    let (number, unanswered, visitor, network, prefix, all, spent): (i64, i64, i64, i64, i64, i64, f64) =
        sqlx::query_as(
            "SELECT (SELECT count(*) FROM welcome WHERE organization = $1 AND number = $2 AND at > $6), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND number = $2 AND at > $6 AND answered = 0), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND visitor = $3 AND at > $6), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND network = $4 AND at > $7), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND prefix = $5 AND at > $7), \
             (SELECT count(*) FROM welcome WHERE organization = $1 AND at > $7), \
             (SELECT coalesce(sum(cost), 0.0) FROM welcome WHERE organization = $1 AND at > $6)",
        )
        .bind(organization)
        .bind(welcome.number)
        .bind(&welcome.visitor)
        .bind(welcome.network)
        .bind(welcome.prefix)
        .bind(now.plus(-DAY).0)
        .bind(now.plus(-HOUR).0)
        .fetch_one(conn)
        .await?;
    Ok(Counts {
        number,
        unanswered,
        visitor,
        network,
        prefix,
        organization: all,
        spent,
    })
}

/// Counts a welcome.
pub async fn count(
    conn: &mut Conn,
    organization: &str,
    welcome: &Welcome<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO welcome (organization, conversation, seq, at, number, visitor, network, prefix, cost) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(welcome.conversation.to_string())
    .bind(welcome.seq.cast_signed())
    .bind(now.0)
    .bind(welcome.number)
    .bind(&welcome.visitor)
    .bind(welcome.network)
    .bind(welcome.prefix)
    .bind(welcome.cost)
    .execute(conn)
    .await?;
    Ok(())
}

/// The number has written: its welcomes are answered.
pub async fn answered(conn: &mut Conn, organization: &str, number: &str) -> Result<(), StoreError> {
    // Every time is after 0: said so that the index of the number is chosen.
    sqlx::query(
        "UPDATE welcome SET answered = 1 WHERE organization = $1 AND number = $2 AND at > 0 AND answered = 0",
    )
    .bind(organization)
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}
