//! Leads, the addresses that were given for them, and those that conversations brought.

use std::fmt;
use std::str::FromStr;

use sqlx::{FromRow, QueryBuilder, Sqlite};

use super::{Conn, StoreError, containing, corrupt};
use crate::core::{ConversationId, Proof, Timestamp, VisitorId};

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

/// What kind of address something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An E.164 number.
    Phone,
    /// An e-mail address.
    Email,
}

/// By what an address came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenIn {
    /// The visitor typed it to go on there.
    Switch,
    /// The visitor answered an operator's invitation with it.
    Form,
    /// The visitor left it with the lead.
    Lead,
    /// An operator typed it.
    Operator,
    /// They wrote from it.
    Message,
}

/// An address that was given for a lead itself: at most one of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What kind.
    pub kind: Kind,
    /// It.
    pub address: String,
    /// When.
    pub given_at: Timestamp,
    /// By whom.
    pub given_in: GivenIn,
    /// What shows that it may be used.
    pub consent: Option<Consent>,
}

/// What shows that somebody may be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// What they agreed to, in the words that they were shown.
    pub text: Option<String>,
    /// When.
    pub at: Timestamp,
    /// `form`: they did so in a form of ours; `operator`: an operator says so.
    pub source: String,
}

/// Why an address is nobody's to offer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The visitor cancelled or put back the switch that led to it.
    TakenBack,
    /// The leg was lost.
    Lost,
}

/// An address that a conversation brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// On which channel.
    pub channel: String,
    /// Where on it.
    pub address: String,
    /// How well we know that it is theirs.
    pub proof: Proof,
    /// When somebody first asked for it, or wrote from it.
    pub given_at: Timestamp,
    /// How.
    pub given_in: GivenIn,
    /// From when on it is the visitor's: none, it never arrived there.
    pub since: Option<Timestamp>,
    /// When they first wrote from it.
    pub heard_at: Option<Timestamp>,
    /// Why and when it was taken away again.
    pub gone: Option<(Gone, Timestamp)>,
}

impl Identity {
    /// Whether it is the visitor's now: heard, or the window of its switch is over, and not taken back or lost.
    #[must_use]
    pub fn is_theirs(&self, now: Timestamp) -> bool {
        self.gone.is_none() && self.since.is_some_and(|since| since <= now)
    }
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
    visitor: VisitorId,
    id: LeadId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO lead (organization, id, visitor, source, created_at, updated_at) \
         VALUES ($1, $2, $3, 'conversation', $4, $4) ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(id.to_string())
    .bind(visitor.to_string())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// An operator has reached them: a new lead is contacted.
pub async fn reached(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE lead SET state = 'contacted', updated_at = $3 WHERE organization = $1 AND visitor = $2 AND state = 'new'",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
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
        query
            .push("EXISTS (SELECT 1 FROM lead_address a WHERE a.organization = l.organization AND a.lead = l.id AND a.address LIKE ")
            .push_bind(like.clone())
            .push(
                " ESCAPE '\\') OR EXISTS (SELECT 1 FROM identity i WHERE i.organization = l.organization \
                 AND i.visitor = l.visitor AND i.gone IS NULL AND i.since <= ",
            )
            .push_bind(now.0)
            .push(" AND i.address LIKE ")
            .push_bind(like)
            .push(" ESCAPE '\\'))");
    }
    query
        .push(" ORDER BY l.created_at DESC, l.id DESC LIMIT ")
        .push_bind(i64::from(wanted.limit));
    let rows: Vec<LeadRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(LeadRow::lead).collect()
}

/// Gives a lead an address, in place of the one of that kind that it had.
pub async fn give(
    conn: &mut Conn,
    organization: &str,
    lead: LeadId,
    given: &Given,
) -> Result<(), StoreError> {
    let consent = given.consent.as_ref();
    sqlx::query(
        "INSERT INTO lead_address (organization, lead, kind, address, given_at, given_in, consent_text, consent_at, \
         consent_source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (organization, lead, kind) DO UPDATE SET \
         address = excluded.address, given_at = excluded.given_at, given_in = excluded.given_in, \
         consent_text = excluded.consent_text, consent_at = excluded.consent_at, consent_source = excluded.consent_source",
    )
    .bind(organization)
    .bind(lead.to_string())
    .bind(given.kind.word())
    .bind(&given.address)
    .bind(given.given_at.0)
    .bind(given.given_in.word())
    .bind(consent.and_then(|consent| consent.text.as_deref()))
    .bind(consent.map(|consent| consent.at.0))
    .bind(consent.map(|consent| consent.source.as_str()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an address of that kind from a lead.
pub async fn take(
    conn: &mut Conn,
    organization: &str,
    lead: LeadId,
    kind: Kind,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM lead_address WHERE organization = $1 AND lead = $2 AND kind = $3")
        .bind(organization)
        .bind(lead.to_string())
        .bind(kind.word())
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(FromRow)]
struct GivenRow {
    kind: String,
    address: String,
    given_at: i64,
    given_in: String,
    consent_text: Option<String>,
    consent_at: Option<i64>,
    consent_source: Option<String>,
}

/// What was given for a lead.
pub async fn given(
    conn: &mut Conn,
    organization: &str,
    lead: LeadId,
) -> Result<Vec<Given>, StoreError> {
    let rows: Vec<GivenRow> = sqlx::query_as(
        "SELECT kind, address, given_at, given_in, consent_text, consent_at, consent_source FROM lead_address \
         WHERE organization = $1 AND lead = $2",
    )
    .bind(organization)
    .bind(lead.to_string())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(GivenRow::given).collect()
}

impl GivenRow {
    fn given(self) -> Result<Given, StoreError> {
        let consent = self.consent_at.zip(self.consent_source);
        Ok(Given {
            kind: Kind::read(&self.kind)?,
            address: self.address,
            given_at: Timestamp(self.given_at),
            given_in: GivenIn::read(&self.given_in)?,
            consent: consent.map(|(at, source)| Consent {
                text: self.consent_text,
                at: Timestamp(at),
                source,
            }),
        })
    }
}

#[derive(FromRow)]
struct IdentityRow {
    channel: String,
    address: String,
    proof: String,
    given_at: i64,
    given_in: String,
    since: Option<i64>,
    heard_at: Option<i64>,
    gone: Option<String>,
    gone_at: Option<i64>,
}

impl IdentityRow {
    fn identity(self) -> Result<Identity, StoreError> {
        let gone = self.gone.as_deref().map(Gone::read).transpose()?;
        Ok(Identity {
            channel: self.channel,
            address: self.address,
            proof: serde_json::from_value(self.proof.into()).map_err(corrupt("proof"))?,
            given_at: Timestamp(self.given_at),
            given_in: GivenIn::read(&self.given_in)?,
            since: self.since.map(Timestamp),
            heard_at: self.heard_at.map(Timestamp),
            gone: gone.zip(self.gone_at.map(Timestamp)),
        })
    }
}

/// Every address that a visitor's conversations brought, whatever became of it.
pub async fn identities(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
) -> Result<Vec<Identity>, StoreError> {
    let rows: Vec<IdentityRow> = sqlx::query_as(
        "SELECT channel, address, proof, given_at, given_in, since, heard_at, gone, gone_at FROM identity \
         WHERE organization = $1 AND visitor = $2 LIMIT 100",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(IdentityRow::identity).collect()
}

/// One of them.
pub async fn identity(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
    (channel, address): (&str, &str),
) -> Result<Option<Identity>, StoreError> {
    let row: Option<IdentityRow> = sqlx::query_as(
        "SELECT channel, address, proof, given_at, given_in, since, heard_at, gone, gone_at FROM identity \
         WHERE organization = $1 AND visitor = $2 AND channel = $3 AND address = $4",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .bind(channel)
    .bind(address)
    .fetch_optional(conn)
    .await?;
    row.map(IdentityRow::identity).transpose()
}

/// Writes an address of a visitor's as it stands now.
pub async fn put_identity(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
    identity: &Identity,
) -> Result<(), StoreError> {
    let proof = serde_json::to_value(identity.proof).map_err(corrupt("proof"))?;
    sqlx::query(
        "INSERT INTO identity (organization, visitor, channel, address, proof, given_at, given_in, since, heard_at, gone, \
         gone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (organization, visitor, channel, address) DO UPDATE SET proof = excluded.proof, \
         given_at = excluded.given_at, given_in = excluded.given_in, since = excluded.since, heard_at = excluded.heard_at, \
         gone = excluded.gone, gone_at = excluded.gone_at",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .bind(&identity.channel)
    .bind(&identity.address)
    .bind(proof.as_str().unwrap_or_default().to_owned())
    .bind(identity.given_at.0)
    .bind(identity.given_in.word())
    .bind(identity.since.map(|at| at.0))
    .bind(identity.heard_at.map(|at| at.0))
    .bind(identity.gone.map(|(gone, _)| gone.word()))
    .bind(identity.gone.map(|(_, at)| at.0))
    .execute(conn)
    .await?;
    Ok(())
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
