//! `GET /{id}`: what a number is, or where a file may be fetched.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::carrier::Carrier;
use crate::meta::error::MetaError;
use crate::meta::{auth, media};

pub(super) async fn node(
    State(carrier): State<Arc<Carrier>>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, MetaError> {
    let books = carrier.books();
    if books.accounts.meta(&id).is_none() {
        return media::describe(&carrier, &books, &headers, &id).map(Json);
    }
    let number = auth::number(&books, &headers, &id)?;
    Ok(Json(json!({
        "verified_name": number.name,
        "code_verification_status": "VERIFIED",
        "display_phone_number": number.number,
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": { "level": "STANDARD" },
        "id": number.phone_number_id,
    })))
}
