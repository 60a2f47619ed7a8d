//! Addresses that were given for leads, and those that conversations brought.

use sqlx::FromRow;

use super::LeadId;
use crate::core::{Proof, Timestamp, VisitorId};
use crate::store::{Conn, StoreError, corrupt};

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
