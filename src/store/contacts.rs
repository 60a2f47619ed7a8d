//! People on channels: when they last wrote, and what else they are called.

use sqlx::FromRow;

use super::{Conn, StoreError};
use crate::core::{Timestamp, VisitorId};

/// What is known of an address on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Their last message.
    pub heard_at: Option<Timestamp>,
    /// The provider's id of it.
    pub last_message: Option<String>,
    /// The form that messages go to, where it is not the address itself.
    pub sends_to: Option<String>,
    /// The visitor whose it is beyond doubt.
    pub visitor: Option<VisitorId>,
}

#[derive(FromRow)]
struct Row {
    heard_at: Option<i64>,
    last_message: Option<String>,
    sends_to: Option<String>,
    visitor: Option<String>,
}

/// What is known of an address.
pub async fn get(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    address: &str,
) -> Result<Contact, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT heard_at, last_message, sends_to, visitor FROM contact WHERE organization = $1 AND connection = $2 AND address = $3",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(Contact::default, |row| Contact {
        heard_at: row.heard_at.map(Timestamp),
        last_message: row.last_message,
        sends_to: row.sends_to,
        visitor: row.visitor.and_then(|id| id.parse().ok()),
    }))
}

/// They wrote this message: when, and by what form of their address. An older one never takes back what a newer one said.
pub async fn heard(
    conn: &mut Conn,
    organization: &str,
    (connection, address): (&str, &str),
    (provider_id, form): (&str, &str),
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO contact (organization, connection, address, heard_at, sends_to, last_message) \
         VALUES ($1, $2, $3, $4, nullif($5, $3), $6) ON CONFLICT (organization, connection, address) DO UPDATE SET \
         heard_at = excluded.heard_at, sends_to = excluded.sends_to, last_message = excluded.last_message \
         WHERE contact.heard_at IS NULL OR contact.heard_at <= excluded.heard_at",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .bind(at.0)
    .bind(form)
    .bind(provider_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// The provider says that the window was closed for a message that was handed over then, whatever we thought. What they wrote since
/// opened it again.
pub async fn window_closed(
    conn: &mut Conn,
    organization: &str,
    (connection, address): (&str, &str),
    handed_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE contact SET heard_at = NULL WHERE organization = $1 AND connection = $2 AND address = $3 AND heard_at <= $4",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .bind(handed_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// They are known by another form now: messages go there.
pub async fn moved(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    address: &str,
    form: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO contact (organization, connection, address, sends_to) VALUES ($1, $2, $3, nullif($4, $3)) \
         ON CONFLICT (organization, connection, address) DO UPDATE SET sends_to = excluded.sends_to",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .bind(form)
    .execute(conn)
    .await?;
    Ok(())
}

/// The address is that visitor's beyond doubt.
pub async fn link(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    address: &str,
    visitor: VisitorId,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO contact (organization, connection, address, visitor) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (organization, connection, address) DO UPDATE SET visitor = excluded.visitor",
    )
    .bind(organization)
    .bind(connection)
    .bind(address)
    .bind(visitor.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// The address that a form stands for, if it was ever seen beside one.
pub async fn address_of(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    form: &str,
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT address FROM form WHERE organization = $1 AND connection = $2 AND form = $3",
    )
    .bind(organization)
    .bind(connection)
    .bind(form)
    .fetch_optional(conn)
    .await?)
}

/// A form stands for an address from now on.
pub async fn stands_for(
    conn: &mut Conn,
    organization: &str,
    connection: &str,
    form: &str,
    address: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO form (organization, connection, form, address) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (organization, connection, form) DO UPDATE SET address = excluded.address WHERE form.address <> excluded.address",
    )
    .bind(organization)
    .bind(connection)
    .bind(form)
    .bind(address)
    .execute(conn)
    .await?;
    Ok(())
}

/// The number of somebody who is known by something else, as far as a provider has told it.
pub async fn number_of(
    conn: &mut Conn,
    organization: &str,
    address: &str,
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT form FROM form WHERE organization = $1 AND address = $2 AND form LIKE '+%' LIMIT 1",
    )
    .bind(organization)
    .bind(address)
    .fetch_optional(conn)
    .await?)
}
