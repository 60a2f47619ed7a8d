//! Leads, the addresses that were given for them, and those that conversations brought.

mod addresses;

use std::fmt;
use std::str::FromStr;

use sqlx::{FromRow, QueryBuilder, Sqlite};

pub use addresses::*;

use super::search::{and_called, containing, part_of_an_address};
use super::{Conn, StoreError};
use crate::core::{ConversationId, Timestamp, VisitorId};

/// A lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadId(pub uuid::Uuid);

impl fmt::Display for LeadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl FromStr for LeadId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where a lead came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The visitor filled the form in.
    Form,
    /// An operator wrote it down.
    Operator,
    /// It came with others, in a file.
    Import,
    /// A conversation brought an address.
    Conversation,
}

/// How far a lead has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadState {
    /// Nobody has reached them yet.
    New,
    /// An operator's reconnect has.
    Contacted,
    /// They bought.
    Won,
    /// Nothing more comes of it.
    Closed,
}

/// Makes the words by which an enum is stored.
macro_rules! stored_words {
    ($name:ident, $what:literal, $($variant:ident = $word:literal),+) => {
        impl $name {
            /// Its word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one of that word.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            fn read(word: &str) -> Result<Self, StoreError> {
                Self::of(word).ok_or_else(|| StoreError::Corrupt {
                    what: $what,
                    reason: format!("there is no {word:?}"),
                })
            }
        }
    };
}

stored_words!(
    Source,
    "source of a lead",
    Form = "form",
    Operator = "operator",
    Import = "import",
    Conversation = "conversation"
);
stored_words!(
    LeadState,
    "state of a lead",
    New = "new",
    Contacted = "contacted",
    Won = "won",
    Closed = "closed"
);
stored_words!(Kind, "kind of an address", Phone = "phone", Email = "email");
stored_words!(
    GivenIn,
    "giver of an address",
    Switch = "switch",
    Form = "form",
    Lead = "lead",
    Operator = "operator",
    Message = "message"
);
stored_words!(
    Gone,
    "loss of an address",
    TakenBack = "taken_back",
    Lost = "lost"
);

/// What is known of a visitor, or of somebody who never was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Whose it is.
    pub organization: String,
    /// Its id.
    pub id: LeadId,
    /// The visitor that it is about, where there is one.
    pub visitor: Option<VisitorId>,
    /// What was written down.
    pub about: About,
    /// Where it came from.
    pub source: Source,
    /// How far it has got.
    pub state: LeadState,
    /// The conversation of its reconnect.
    pub conversation: Option<ConversationId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What was written down about a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What they are called.
    pub name: Option<String>,
    /// Whom they work for.
    pub company: Option<String>,
    /// Where they are.
    pub place: Option<String>,
    /// What they do.
    pub industry: Option<String>,
    /// What they look for.
    pub needs: Option<String>,
    /// What they left word of.
    pub message: Option<String>,
}

#[derive(FromRow)]
struct LeadRow {
    organization: String,
    id: String,
    visitor: Option<String>,
    name: Option<String>,
    company: Option<String>,
    place: Option<String>,
    industry: Option<String>,
    needs: Option<String>,
    message: Option<String>,
    source: String,
    state: String,
    conversation: Option<String>,
    created_at: i64,
    updated_at: i64,
}

/// The columns of [`LeadRow`], in its order.
macro_rules! columns {
    () => {
        "l.organization, l.id, l.visitor, l.name, l.company, l.place, l.industry, l.needs, l.message, l.source, l.state, \
         l.conversation, l.created_at, l.updated_at"
    };
}

impl LeadRow {
    fn lead(self) -> Result<Lead, StoreError> {
        let unreadable = |error: uuid::Error| StoreError::Corrupt {
            what: "lead",
            reason: error.to_string(),
        };
        Ok(Lead {
            id: self.id.parse().map_err(unreadable)?,
            visitor: self
                .visitor
                .map(|id| id.parse())
                .transpose()
                .map_err(unreadable)?,
            conversation: self
                .conversation
                .map(|id| id.parse())
                .transpose()
                .map_err(unreadable)?,
            organization: self.organization,
            about: About {
                name: self.name,
                company: self.company,
                place: self.place,
                industry: self.industry,
                needs: self.needs,
                message: self.message,
            },
            source: Source::read(&self.source)?,
            state: LeadState::read(&self.state)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

/// One lead.
pub async fn get(
    conn: &mut Conn,
    organization: &str,
    id: LeadId,
) -> Result<Option<Lead>, StoreError> {
    let row: Option<LeadRow> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM lead l WHERE l.organization = $1 AND l.id = $2"
    ))
    .bind(organization)
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?;
    row.map(LeadRow::lead).transpose()
}

/// The lead that is about a visitor.
pub async fn of_visitor(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
) -> Result<Option<Lead>, StoreError> {
    let row: Option<LeadRow> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM lead l WHERE l.organization = $1 AND l.visitor = $2"
    ))
    .bind(organization)
    .bind(visitor.to_string())
    .fetch_optional(conn)
    .await?;
    row.map(LeadRow::lead).transpose()
}

/// Makes a lead, or writes it as it is now.
pub async fn put(conn: &mut Conn, lead: &Lead) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO lead (organization, id, visitor, name, company, place, industry, needs, message, source, state, \
         conversation, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (organization, id) DO UPDATE SET visitor = excluded.visitor, name = excluded.name, \
         company = excluded.company, place = excluded.place, industry = excluded.industry, needs = excluded.needs, \
         message = excluded.message, source = excluded.source, state = excluded.state, \
         conversation = excluded.conversation, updated_at = excluded.updated_at",
    )
    .bind(&lead.organization)
    .bind(lead.id.to_string())
    .bind(lead.visitor.map(|id| id.to_string()))
    .bind(&lead.about.name)
    .bind(&lead.about.company)
    .bind(&lead.about.place)
    .bind(&lead.about.industry)
    .bind(&lead.about.needs)
    .bind(&lead.about.message)
    .bind(lead.source.word())
    .bind(lead.state.word())
    .bind(lead.conversation.map(|id| id.to_string()))
    .bind(lead.created_at.0)
    .bind(lead.updated_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a lead of a visitor whose conversation brought an address, unless there is one about them already.
pub async fn of_conversation(
    conn: &mut Conn,
    organization: &str,
    (visitor, conversation): (VisitorId, ConversationId),
    id: LeadId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO lead (organization, id, visitor, source, conversation, created_at, updated_at) \
         VALUES ($1, $2, $3, 'conversation', $5, $4, $4) ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(id.to_string())
    .bind(visitor.to_string())
    .bind(now.0)
    .bind(conversation.to_string())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// An operator has reached them: a new lead is contacted.
pub async fn reached(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE lead SET state = 'contacted', updated_at = $3 WHERE organization = $1 AND visitor = $2 AND state = 'new'",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets a lead, what was given for it, and what conversations brought of its visitor's addresses.
pub async fn erase(conn: &mut Conn, lead: &Lead) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM lead_address WHERE organization = $1 AND lead = $2")
        .bind(&lead.organization)
        .bind(lead.id.to_string())
        .execute(&mut *conn)
        .await?;
    if let Some(visitor) = lead.visitor {
        sqlx::query("DELETE FROM identity WHERE organization = $1 AND visitor = $2")
            .bind(&lead.organization)
            .bind(visitor.to_string())
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query("DELETE FROM lead WHERE organization = $1 AND id = $2")
        .bind(&lead.organization)
        .bind(lead.id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Which leads are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only in this state.
    pub state: Option<LeadState>,
    /// Only where the name, the company, what they wrote or an address contains this.
    pub words: Option<String>,
    /// After this lead: when it was made, and its id.
    pub cursor: Option<(Timestamp, String)>,
    /// At most so many.
    pub limit: u32,
}

/// A page of leads, the newest first. One that a conversation made is shown while an address of it is the visitor's, or since somebody
/// wrote something down.
pub async fn list(
    conn: &mut Conn,
    organization: &str,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<Lead>, StoreError> {
    let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM lead l WHERE l.organization = "
    ));
    query.push_bind(organization.to_owned());
    if let Some(state) = wanted.state {
        query.push(" AND l.state = ").push_bind(state.word());
    }
    let (at, id) = wanted
        .cursor
        .clone()
        .unwrap_or((Timestamp(i64::MAX), String::new()));
    query
        .push(" AND (l.created_at, l.id) < (")
        .push_bind(at.0)
        .push(", ")
        .push_bind(id)
        .push(")");
    query
        .push(
            " AND (l.source <> 'conversation' OR l.updated_at > l.created_at OR EXISTS (SELECT 1 FROM identity i \
             WHERE i.organization = l.organization AND i.visitor = l.visitor AND i.gone IS NULL AND i.since <= ",
        )
        .push_bind(now.0)
        .push("))");
    if let Some(words) = &wanted.words {
        let like = containing(words);
        query.push(" AND (");
        for column in ["name", "company", "place", "needs", "message"] {
            query
                .push(format!("l.{column} LIKE "))
                .push_bind(like.clone())
                .push(" ESCAPE '\\' OR ");
        }
        query.push("EXISTS (SELECT 1 FROM lead_address p WHERE p.organization = l.organization AND p.lead = l.id");
        let part = part_of_an_address(words).unwrap_or_else(|| words.clone());
        and_called(&mut query, &part);
        query
            .push(
                ") OR EXISTS (SELECT 1 FROM identity p WHERE p.organization = l.organization \
                 AND p.visitor = l.visitor AND p.gone IS NULL AND p.since <= ",
            )
            .push_bind(now.0);
        and_called(&mut query, &part);
        query.push("))");
    }
    query
        .push(" ORDER BY l.created_at DESC, l.id DESC LIMIT ")
        .push_bind(i64::from(wanted.limit));
    let rows: Vec<LeadRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(LeadRow::lead).collect()
}

/// The conversation of a visitor's that last changed.
pub async fn last_conversation(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
) -> Result<Option<ConversationId>, StoreError> {
    let id: Option<String> = sqlx::query_scalar(
        "SELECT c.id FROM conversation c WHERE c.organization = $1 AND c.visitor = $2 \
         ORDER BY c.updated_at DESC, c.id DESC LIMIT 1",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(id.and_then(|id| id.parse().ok()))
}
