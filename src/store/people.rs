//! Organizations, operators, sessions, visitors.

use sqlx::{FromRow, SqlitePool};

use super::{Conn, StoreError};
use crate::core::{OperatorId, Timestamp, VisitorId};

/// A person who answers for an organization.
#[derive(Clone, Debug, FromRow)]
pub struct OperatorRow {
    /// Whose sub-account it is.
    pub organization: String,
    /// The id, as text.
    pub id: String,
    /// What they sign in with.
    pub email: String,
    /// What others see.
    pub name: String,
    /// `owner`, `admin` or `operator`.
    pub role: String,
    /// In the PHC format.
    pub password_hash: String,
    /// `online`, `busy` or `offline`.
    pub presence: String,
}

impl OperatorRow {
    /// The id.
    ///
    /// # Errors
    /// When the row holds none.
    pub fn operator(&self) -> Result<OperatorId, StoreError> {
        self.id
            .parse()
            .map_err(|error: uuid::Error| StoreError::Corrupt {
                what: "operator",
                reason: error.to_string(),
            })
    }
}

impl OperatorRow {
    /// Whether a configured row would change nothing of this one.
    #[must_use]
    pub fn says_the_same(&self, configured: &Self) -> bool {
        self.name == configured.name
            && self.role == configured.role
            && self.password_hash == configured.password_hash
    }
}

const OPERATOR: &str = "organization, id, email, name, role, password_hash, presence";

/// Creates an organization or brings it up to date.
pub async fn organization(
    conn: &mut Conn,
    id: &str,
    name: &str,
    widget_key: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO organization (id, name, widget_key) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, widget_key = excluded.widget_key",
    )
    .bind(id)
    .bind(name)
    .bind(widget_key)
    .execute(conn)
    .await?;
    Ok(())
}

/// An organization's name and widget key.
pub async fn organization_by_id(
    pool: &SqlitePool,
    id: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let found = sqlx::query_as("SELECT name, widget_key FROM organization WHERE id = $1")
        .bind(id)
        .fetch_optional(pool);
    Ok(found.await?)
}

/// Creates an operator, or brings the one with that e-mail up to date.
pub async fn put_operator(conn: &mut Conn, row: &OperatorRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO operator (organization, id, email, name, role, password_hash) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (organization, email) DO UPDATE SET name = excluded.name, role = excluded.role, \
         password_hash = excluded.password_hash",
    )
    .bind(&row.organization)
    .bind(&row.id)
    .bind(&row.email)
    .bind(&row.name)
    .bind(&row.role)
    .bind(&row.password_hash)
    .execute(conn)
    .await?;
    Ok(())
}

/// Every operator that signs in with that e-mail, in whatever organization.
pub async fn operators_by_email(
    pool: &SqlitePool,
    email: &str,
) -> Result<Vec<OperatorRow>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {OPERATOR} FROM operator WHERE email = $1 LIMIT 8"
    ));
    Ok(sqlx::query_as(sql).bind(email).fetch_all(pool).await?)
}

/// An organization's operators, by name.
pub async fn operators(
    pool: &SqlitePool,
    organization: &str,
) -> Result<Vec<OperatorRow>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {OPERATOR} FROM operator WHERE organization = $1 ORDER BY name, id LIMIT 1000"
    ));
    Ok(sqlx::query_as(sql)
        .bind(organization)
        .fetch_all(pool)
        .await?)
}

/// Every operator, for the names and presences that are kept at hand.
pub async fn all_operators(pool: &SqlitePool) -> Result<Vec<OperatorRow>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {OPERATOR} FROM operator ORDER BY organization, id"
    ));
    Ok(sqlx::query_as(sql).fetch_all(pool).await?)
}

/// Sets how an operator is present.
pub async fn set_presence(
    conn: &mut Conn,
    organization: &str,
    operator: OperatorId,
    presence: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE operator SET presence = $3 WHERE organization = $1 AND id = $2")
        .bind(organization)
        .bind(operator.to_string())
        .bind(presence)
        .execute(conn)
        .await?;
    Ok(())
}

/// Begins a session.
pub async fn begin_session(
    conn: &mut Conn,
    organization: &str,
    token_hash: &str,
    operator: OperatorId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM session WHERE organization = $1 AND expires_at <= $2")
        .bind(organization)
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO session (organization, token_hash, operator, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(organization)
    .bind(token_hash)
    .bind(operator.to_string())
    .bind(now.0)
    .bind(expires_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn end_session(
    conn: &mut Conn,
    organization: &str,
    token_hash: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM session WHERE organization = $1 AND token_hash = $2")
        .bind(organization)
        .bind(token_hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose session it is, if it has not expired.
pub async fn session(
    pool: &SqlitePool,
    organization: &str,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<OperatorId>, StoreError> {
    let operator: Option<String> = sqlx::query_scalar(
        "SELECT operator FROM session WHERE organization = $1 AND token_hash = $2 AND expires_at > $3",
    )
    .bind(organization)
    .bind(token_hash)
    .bind(now.0)
    .fetch_optional(pool)
    .await?;
    Ok(operator.and_then(|operator| operator.parse().ok()))
}

/// Makes a visitor. One without a token is known by an address alone.
pub async fn new_visitor(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
    token_hash: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO visitor (organization, id, token_hash, created_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(organization)
    .bind(visitor.to_string())
    .bind(token_hash)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose token it is.
pub async fn visitor_by_token(
    pool: &SqlitePool,
    organization: &str,
    token_hash: &str,
) -> Result<Option<VisitorId>, StoreError> {
    let id: Option<String> =
        sqlx::query_scalar("SELECT id FROM visitor WHERE organization = $1 AND token_hash = $2")
            .bind(organization)
            .bind(token_hash)
            .fetch_optional(pool)
            .await?;
    Ok(id.and_then(|id| id.parse().ok()))
}

/// Names a visitor. Answers whether there is one.
pub async fn name_visitor(
    conn: &mut Conn,
    organization: &str,
    visitor: VisitorId,
    name: Option<&str>,
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE visitor SET name = $3 WHERE organization = $1 AND id = $2")
        .bind(organization)
        .bind(visitor.to_string())
        .bind(name)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Writes down when visitors were last seen.
pub async fn seen(
    conn: &mut Conn,
    seen: &[(String, VisitorId, Timestamp)],
) -> Result<(), StoreError> {
    for (organization, visitor, at) in seen {
        sqlx::query(
            "UPDATE visitor SET seen_at = $3 WHERE organization = $1 AND id = $2 AND seen_at < $3",
        )
        .bind(organization)
        .bind(visitor.to_string())
        .bind(at.0)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
