//! `/templates`: what the accounts may send outside the window, and the judgement on each.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::carrier::Carrier;
use crate::control::body;
use crate::control::phones::whole;
use crate::control::problem::Problem;
use crate::meta::{self, Event};
use crate::templates::{Approval, Kept};

const SHAPE: &str = "{status}";

fn shown(account: &str, kept: &Kept) -> Value {
    json!({
        "id": kept.id, "account": account, "name": kept.name, "language": kept.language,
        "category": kept.category.as_str(), "status": kept.status.as_str(), "body": kept.body(),
    })
}

pub(super) async fn list(State(carrier): State<Arc<Carrier>>) -> Json<Value> {
    let books = carrier.books();
    whole(
        books
            .accounts
            .all_templates()
            .map(|(account, kept)| shown(account, kept)),
    )
}

/// Approves a template, or takes the approval away; the account's server at Meta is told.
pub(super) async fn judge(
    State(carrier): State<Arc<Carrier>>,
    Path(id): Path<String>,
    given: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    let given = body::object(given, SHAPE)?;
    body::only(&given, &["status"])?;
    let status = body::text(&given, "status", SHAPE)?.ok_or(Problem::Malformed(SHAPE))?;
    let status = Approval::read(status).ok_or_else(|| Problem::BadValue {
        field: "status",
        expected: format!("one of {}", Approval::ALL.map(Approval::as_str).join(", ")),
    })?;
    let mut books = carrier.books();
    let judged = books.accounts.judge(&id, status);
    let (account, kept) =
        judged.ok_or_else(|| Problem::NotFound(format!("There is no template {id:?}.")))?;
    // Numbers of one account mostly share a server: each server is told once.
    let mut told: Vec<&str> = Vec::new();
    for number in books
        .accounts
        .meta_numbers()
        .filter(|number| number.business_account_id == account)
    {
        if number.webhook_url.is_empty() || told.contains(&number.webhook_url.as_str()) {
            continue;
        }
        told.push(&number.webhook_url);
        let place = carrier.place().ok_or(Problem::Busy)?;
        let event = Event::new(
            number,
            "message_template_status_update",
            meta::template_status(&kept),
            place,
        );
        meta::post(&carrier, event, &kept.id, &books.faults);
    }
    Ok(Json(shown(&account, &kept)))
}
