//! Messages on their way to a leg.

use serde_json::Value;
use sqlx::{FromRow, SqlitePool};

use super::{Conn, StoreError, bulk};
use crate::core::delivery::{Delivery, State};
use crate::core::event::Template;
use crate::core::{ConversationId, LegId, Reason, Seq, SwitchId, Timestamp};

/// A message on its way: the machine's state and what is needed to carry it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Whose it is.
    pub organization: String,
    /// The conversation it was said in.
    pub conversation: ConversationId,
    /// The machine.
    pub delivery: Delivery,
    /// The configured account that carries it.
    pub connection: String,
    /// Where to.
    pub address: String,
    /// The words.
    pub text: String,
    /// The template that they are of.
    pub template: Option<Template>,
    /// The client network of who asked for a welcome.
    pub network: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it may be looked at again.
    pub due_at: Timestamp,
    /// When it was last handed over.
    pub handed_at: Option<Timestamp>,
    /// How often the provider was asked whether it has it, since it was last handed over.
    pub asked: u32,
    /// How often its list did not have it, of the times when it had to.
    pub absent: u32,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// The provider's code, where it failed.
    pub code: Option<String>,
}

impl Outgoing {
    /// Our id of it, which providers carry back.
    #[must_use]
    pub fn id(&self) -> String {
        delivery_id(self.conversation, self.delivery.seq)
    }

    /// Whether the provider may know it by that id.
    #[must_use]
    pub fn carries(&self, provider_id: &str) -> bool {
        self.provider_id
            .as_deref()
            .is_none_or(|known| known == provider_id)
    }
}

/// Our id of the delivery of one message, which providers carry back.
#[must_use]
pub fn delivery_id(conversation: ConversationId, seq: Seq) -> String {
    format!("{conversation}-{seq}")
}

/// Reads such an id again.
#[must_use]
pub fn parse_delivery_id(text: &str) -> Option<(ConversationId, Seq)> {
    let (conversation, seq) = text.split_once('-')?;
    Some((conversation.parse().ok()?, seq.parse().ok()?))
}

#[derive(FromRow)]
struct Row {
    organization: String,
    conversation: String,
    seq: i64,
    leg: i64,
    connection: String,
    address: String,
    text: String,
    template: Option<String>,
    welcome: Option<i64>,
    network: Option<String>,
    state: String,
    reason: Option<String>,
    doubt: i64,
    attempt: i64,
    created_at: i64,
    due_at: i64,
    handed_at: Option<i64>,
    asked: i64,
    absent: i64,
    provider_id: Option<String>,
    code: Option<String>,
}

impl Row {
    fn outgoing(self) -> Result<Outgoing, StoreError> {
        let bad = |reason: String| StoreError::Corrupt {
            what: "delivery",
            reason,
        };
        let narrow = |number: i64| u32::try_from(number).map_err(|error| bad(error.to_string()));
        let state = state_from(&self.state, self.reason.as_deref())
            .ok_or_else(|| bad(self.state.clone()))?;
        let template: Option<Template> = self
            .template
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Outgoing {
            conversation: self
                .conversation
                .parse()
                .map_err(|error: uuid::Error| bad(error.to_string()))?,
            organization: self.organization,
            delivery: Delivery {
                leg: LegId(narrow(self.leg)?),
                seq: self.seq.cast_unsigned(),
                welcome: self.welcome.map(narrow).transpose()?.map(SwitchId),
                template: template.is_some(),
                state,
                doubt: self.doubt != 0,
                attempt: narrow(self.attempt)?,
            },
            connection: self.connection,
            address: self.address,
            text: self.text,
            template,
            network: self.network,
            created_at: Timestamp(self.created_at),
            due_at: Timestamp(self.due_at),
            handed_at: self.handed_at.map(Timestamp),
            asked: narrow(self.asked)?,
            absent: narrow(self.absent)?,
            provider_id: self.provider_id,
            code: self.code,
        })
    }
}

/// The word of a state, in the table and in the API, and its reason.
#[must_use]
pub fn words_of(state: State) -> (&'static str, Option<&'static str>) {
    match state {
        State::Held => ("held", None),
        State::Queued => ("queued", None),
        State::Sending => ("sending", None),
        State::Uncertain => ("uncertain", None),
        State::Failed(reason) => ("failed", Some(reason_word(reason))),
        State::Withdrawn => ("withdrawn", None),
        State::Sent => ("sent", None),
        State::Delivered => ("delivered", None),
        State::Read => ("read", None),
    }
}

fn state_from(word: &str, reason: Option<&str>) -> Option<State> {
    Some(match (word, reason) {
        ("held", None) => State::Held,
        ("queued", None) => State::Queued,
        ("sending", None) => State::Sending,
        ("uncertain", None) => State::Uncertain,
        ("failed", Some(reason)) => {
            State::Failed(serde_json::from_value(Value::String(reason.to_owned())).ok()?)
        }
        ("withdrawn", None) => State::Withdrawn,
        ("sent", None) => State::Sent,
        ("delivered", None) => State::Delivered,
        ("read", None) => State::Read,
        _ => return None,
    })
}

/// The word of a reason, in the table and in the API.
#[must_use]
pub fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::OptedOut => "opted_out",
        Reason::Held => "held",
        Reason::NumberLimit => "number_limit",
        Reason::AreaLimit => "area_limit",
        Reason::RateLimit => "rate_limit",
        Reason::SpendLimit => "spend_limit",
        Reason::MessagingOff => "messaging_off",
        Reason::ConnectionOff => "connection_off",
        Reason::BadRecipient => "bad_recipient",
        Reason::UnreachableHandset => "unreachable_handset",
        Reason::BadContent => "bad_content",
        Reason::Filtered => "filtered",
        Reason::WindowClosed => "window_closed",
        Reason::Template => "template",
        Reason::ProviderRefused => "provider_refused",
        Reason::Unavailable => "unavailable",
        Reason::TimedOut => "timed_out",
    }
}

macro_rules! columns {
    () => {
        "organization, conversation, seq, leg, connection, address, text, template, welcome, network, state, reason, doubt, attempt, \
         created_at, due_at, handed_at, asked, absent, provider_id, code"
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Outgoing>, StoreError> {
    rows.into_iter().map(Row::outgoing).collect()
}

/// A conversation's messages that are still on their way, in log order.
pub async fn on_their_way(
    conn: &mut Conn,
    organization: &str,
    id: ConversationId,
) -> Result<Vec<Outgoing>, StoreError> {
    all(sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM delivery WHERE organization = $1 AND conversation = $2 \
         AND state IN ('held', 'queued', 'sending', 'uncertain') ORDER BY seq",
    ))
    .bind(organization)
    .bind(id.to_string())
    .fetch_all(conn)
    .await?)
}

/// One message's way.
pub async fn get(
    conn: &mut Conn,
    organization: &str,
    id: ConversationId,
    seq: Seq,
) -> Result<Option<Outgoing>, StoreError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM delivery WHERE organization = $1 AND conversation = $2 AND seq = $3",
    ))
    .bind(organization)
    .bind(id.to_string())
    .bind(seq.cast_signed())
    .fetch_optional(conn)
    .await?;
    row.map(Row::outgoing).transpose()
}

/// The message that a provider knows by that id.
pub async fn by_provider_id(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    provider_id: &str,
) -> Result<Option<Outgoing>, StoreError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM delivery WHERE organization = $1 AND connection = $2 AND provider_id = $3",
    ))
    .bind(organization)
    .bind(connection)
    .bind(provider_id)
    .fetch_optional(conn)
    .await?;
    row.map(Row::outgoing).transpose()
}

/// What has become of a conversation's messages in a stretch of its log.
pub async fn states(
    pool: &SqlitePool,
    organization: &str,
    id: ConversationId,
    from: Seq,
    to: Seq,
) -> Result<Vec<Outgoing>, StoreError> {
    all(sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM delivery WHERE organization = $1 AND conversation = $2 AND seq BETWEEN $3 AND $4",
    ))
    .bind(organization)
    .bind(id.to_string())
    .bind(from.cast_signed())
    .bind(to.cast_signed())
    .fetch_all(pool)
    .await?)
}

/// Only the head of each lane: what waits for another message of its leg is not due. A welcome waits for none, and what has been asked about
/// so often (`$3`) that it stays uncertain holds nobody up.
macro_rules! heads {
    () => {
        "state IN ('queued', 'sending', 'uncertain') AND (welcome IS NOT NULL OR NOT EXISTS (SELECT 1 FROM delivery e \
         WHERE e.organization = d.organization AND e.conversation = d.conversation AND e.leg = d.leg AND e.seq < d.seq \
         AND e.asked < $3 AND (e.state IN ('held', 'queued', 'sending') OR (e.state = 'uncertain' AND e.welcome IS NULL))))"
    };
}

/// A connection's messages that want looking at, the longest due first.
pub async fn due(
    pool: &SqlitePool,
    organization: &str,
    connection: &str,
    asked_at_most: u32,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Outgoing>, StoreError> {
    all(sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM delivery d WHERE organization = $1 AND connection = $2 AND due_at <= $4 AND ",
        heads!(),
        " ORDER BY due_at LIMIT $5",
    ))
    .bind(organization)
    .bind(connection)
    .bind(asked_at_most)
    .bind(now.0)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// When the next of them is due.
pub async fn next_due(
    pool: &SqlitePool,
    organization: &str,
    connection: &str,
    asked_at_most: u32,
) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = sqlx::query_scalar(concat!(
        "SELECT min(due_at) FROM delivery d WHERE organization = $1 AND connection = $2 AND ",
        heads!(),
    ))
    .bind(organization)
    .bind(connection)
    .bind(asked_at_most)
    .fetch_one(pool)
    .await?;
    Ok(next.map(Timestamp))
}

/// Since when the oldest message waits to be handed over or settled, and how many do.
pub async fn waiting(pool: &SqlitePool) -> Result<(Option<Timestamp>, u64), StoreError> {
    let (oldest, count): (Option<i64>, i64) = sqlx::query_as(
        "SELECT min(created_at), count(*) FROM delivery WHERE state IN ('queued', 'sending', 'uncertain')",
    )
    .fetch_one(pool)
    .await?;
    Ok((oldest.map(Timestamp), count.unsigned_abs()))
}

/// Provider ids of our other messages to that address: none of them can be the one that is looked for.
pub async fn known_to(
    pool: &SqlitePool,
    organization: &str,
    connection: &str,
    address: &str,
    since: Timestamp,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT provider_id FROM delivery WHERE organization = $1 AND connection = $2 AND address = $3 AND created_at >= $4 \
         AND provider_id IS NOT NULL LIMIT 1000",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .bind(since.0)
    .fetch_all(pool)
    .await?)
}

/// Another message to the same address whose outcome is just as unknown, and whose words are the same or, where this is a template, any: the
/// list could not tell them apart.
pub async fn has_twin(pool: &SqlitePool, message: &Outgoing) -> Result<bool, StoreError> {
    // Every time is after 0: said so that the index of the address is chosen.
    let twins: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM delivery WHERE organization = $1 AND connection = $2 AND address = $3 AND created_at > 0 AND (text = $4 OR $7) \
         AND provider_id IS NULL AND (state IN ('sending', 'uncertain') OR doubt = 1) AND NOT (conversation = $5 AND seq = $6)",
    )
    .bind(&message.organization)
    .bind(&message.connection)
    .bind(&message.address)
    .bind(&message.text)
    .bind(message.conversation.to_string())
    .bind(message.delivery.seq.cast_signed())
    .bind(message.template.is_some())
    .fetch_one(pool)
    .await?;
    Ok(twins > 0)
}

/// What was in a provider call when the process ended: its outcome is unknown.
pub async fn in_flight(
    pool: &SqlitePool,
) -> Result<Vec<(String, ConversationId, Seq)>, StoreError> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        // The second condition says nothing new; the index of what is on its way has it.
        "SELECT organization, conversation, seq FROM delivery WHERE state = 'sending' \
         AND state IN ('queued', 'sending', 'uncertain')",
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(organization, id, seq)| {
            Some((organization, id.parse().ok()?, seq.cast_unsigned()))
        })
        .collect())
}

/// Writes messages as they stand now. One that has been handed over again since it was read is left as it is.
pub async fn save(conn: &mut Conn, changed: &[Outgoing]) -> Result<(), StoreError> {
    bulk::write(
        conn,
        concat!("INSERT INTO delivery (", columns!(), ") "),
        changed,
        |columns, message| {
            let delivery = &message.delivery;
            let (state, reason) = words_of(delivery.state);
            columns
                .push_bind(&message.organization)
                .push_bind(message.conversation.to_string())
                .push_bind(delivery.seq.cast_signed())
                .push_bind(delivery.leg.0)
                .push_bind(&message.connection)
                .push_bind(&message.address)
                .push_bind(&message.text)
                .push_bind(message.template.as_ref().map(|template| {
                    serde_json::to_string(template).expect("a template is made of texts")
                }))
                .push_bind(delivery.welcome.map(|switch| switch.0))
                .push_bind(message.network.as_deref())
                .push_bind(state)
                .push_bind(reason)
                .push_bind(i64::from(delivery.doubt))
                .push_bind(delivery.attempt)
                .push_bind(message.created_at.0)
                .push_bind(message.due_at.0)
                .push_bind(message.handed_at.map(|at| at.0))
                .push_bind(message.asked)
                .push_bind(message.absent)
                .push_bind(message.provider_id.as_deref())
                .push_bind(message.code.as_deref());
        },
        " ON CONFLICT (organization, conversation, seq) DO UPDATE SET state = excluded.state, reason = excluded.reason, \
         doubt = excluded.doubt, attempt = excluded.attempt, due_at = excluded.due_at, handed_at = excluded.handed_at, \
         asked = excluded.asked, absent = excluded.absent, provider_id = coalesce(delivery.provider_id, excluded.provider_id), code = excluded.code \
         WHERE delivery.attempt <= excluded.attempt",
    )
    .await?;
    Ok(())
}

/// Keeps a callback for a message whose id we have not learnt yet.
pub async fn park(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    provider_id: &str,
    fate: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    const KEPT_FOR: i64 = 10 * 60_000;
    sqlx::query("DELETE FROM parked_receipt WHERE organization = $1 AND at < $2")
        .bind(organization)
        .bind(now.plus(-KEPT_FOR).0)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO parked_receipt (organization, connection, provider_id, fate, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(connection)
    .bind(provider_id)
    .bind(fate)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the callbacks that came before we learnt the id.
pub async fn unpark(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    provider_id: &str,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "DELETE FROM parked_receipt WHERE organization = $1 AND connection = $2 AND provider_id = $3 RETURNING fate",
    )
    .bind(organization)
    .bind(connection)
    .bind(provider_id)
    .fetch_all(conn)
    .await?)
}
