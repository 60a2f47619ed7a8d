//! The floor of a webhook: parse the form, verify the signature over it, commit the row under its unique id, then answer 200.

use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use rusqlite::Connection;
use subtle::ConstantTimeEq as _;
use tokio::sync::{mpsc, oneshot};

use super::{durable, group, serve};
use crate::Failed;
use crate::twilio::sign;

const SCHEMA: &str = "CREATE TABLE message (sid TEXT NOT NULL PRIMARY KEY, sender TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID";

struct Row {
    sid: String,
    from: String,
    body: String,
    stored: oneshot::Sender<()>,
}

#[derive(Clone)]
struct Floor {
    rows: mpsc::Sender<Row>,
    token: String,
}

/// Serves until it is killed.
pub async fn run(store: &Path, token: String) -> Result<(), Failed> {
    let write = |database: &Connection, row: &Row| {
        database
            .prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute((&row.sid, &row.from, &row.body))
    };
    let rows = group::start(durable(store, SCHEMA)?, write, |row, _| {
        // A caller that has hung up needs no answer.
        let _ = row.stored.send(());
    });
    serve(
        Router::new()
            .route("/webhooks/{connection}", post(receive))
            .with_state(Floor { rows, token }),
    )
    .await
}

async fn receive(
    State(floor): State<Floor>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    let url = format!("http://{}{}", host.unwrap_or_default(), uri.path());
    let mut fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let signature = headers
        .get("x-twilio-signature")
        .map_or(&b""[..], |value| value.as_bytes());
    if !bool::from(
        sign(&floor.token, &url, &mut fields)
            .as_bytes()
            .ct_eq(signature),
    ) {
        return StatusCode::FORBIDDEN;
    }
    let mut take = |name: &str| {
        fields
            .iter_mut()
            .find(|(key, _)| key == name)
            .map(|(_, value)| std::mem::take(value))
            .unwrap_or_default()
    };
    let (stored, answer) = oneshot::channel();
    let row = Row {
        sid: take("MessageSid"),
        from: take("From"),
        body: take("Body"),
        stored,
    };
    match floor.rows.send(row).await {
        Ok(()) if answer.await.is_ok() => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
