//! `/{business_account_id}/message_templates`: lists the account's templates, in pages, and takes new ones for review.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::Category;
use crate::carrier::Carrier;
use crate::meta::auth;
use crate::meta::error::MetaError;
use crate::meta::messages::text;
use crate::templates::{Kept, places};

const PAGE: usize = 25;
const LARGEST_PAGE: usize = 100;

pub(super) async fn list(
    State(carrier): State<Arc<Carrier>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, MetaError> {
    let books = carrier.books();
    auth::account(&books, &headers, &id)?;
    let query = query.unwrap_or_default();
    let field = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let limit = match field("limit") {
        None => PAGE,
        Some(limit) => limit
            .parse::<usize>()
            .map_err(|_| MetaError::new(100, "Param limit must be an integer"))?
            .clamp(1, LARGEST_PAGE),
    };
    let is = |wanted: &str, value: &str| {
        field(wanted).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let all: Vec<&Kept> = books
        .accounts
        .templates(&id)
        .iter()
        .filter(|kept| {
            is("name", &kept.name)
                && is("language", &kept.language)
                && is("status", kept.status.as_str())
        })
        .collect();
    let place = |cursor: Option<String>| -> Result<Option<usize>, MetaError> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let id = STANDARD
            .decode(&cursor)
            .ok()
            .and_then(|id| String::from_utf8(id).ok());
        let at = id.and_then(|id| all.iter().position(|kept| kept.id == id));
        at.map(Some)
            .ok_or_else(|| MetaError::new(100, "Invalid cursor"))
    };
    let start = match (place(field("after"))?, place(field("before"))?) {
        (Some(after), _) => after + 1,
        (None, Some(before)) => before.saturating_sub(limit),
        (None, None) => 0,
    };
    let page: Vec<&&Kept> = all.iter().skip(start).take(limit).collect();
    let mut paging = json!({});
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        let cursor = |kept: &Kept| STANDARD.encode(&kept.id);
        paging["cursors"] = json!({ "before": cursor(first), "after": cursor(last) });
        if start + page.len() < all.len() {
            let mut next = form_urlencoded::Serializer::new(String::new());
            next.extend_pairs(
                form_urlencoded::parse(query.as_bytes())
                    .filter(|(name, _)| !matches!(&**name, "after" | "before")),
            );
            next.append_pair("after", &cursor(last));
            paging["next"] = json!(format!(
                "{}/simulator/meta/{version}/{id}/message_templates?{}",
                carrier.url,
                next.finish()
            ));
        }
    }
    let data: Vec<Value> = page.into_iter().map(|kept| show(kept)).collect();
    Ok(Json(json!({ "data": data, "paging": paging })))
}

fn show(kept: &Kept) -> Value {
    let named = kept.components.iter().any(|component| {
        let places = places(component["text"].as_str().unwrap_or_default());
        places.iter().any(|name| name.parse::<u32>().is_err())
    });
    json!({
        "name": kept.name,
        "parameter_format": if named { "NAMED" } else { "POSITIONAL" },
        "components": kept.components,
        "language": kept.language,
        "status": kept.status.as_str(),
        "category": kept.category.as_str().to_ascii_uppercase(),
        "id": kept.id,
    })
}

pub(super) async fn create(
    State(carrier): State<Arc<Carrier>>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, MetaError> {
    auth::account(&carrier.books(), &headers, &id)?;
    let body = body.map_err(|_| MetaError::new(100, "The request body is larger than 64 KiB"))?;
    let given: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|_| MetaError::new(100, "The request body must be a JSON object"))?;
    let is_name = |name: &&str| {
        (1..=512).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let name = text(&given, "name").ok_or_else(|| MetaError::required("name"))?;
    let name = Some(name).filter(is_name);
    let name = name.ok_or_else(|| {
        MetaError::new(
            100,
            "Param name must be small letters, digits and underscores.",
        )
    })?;
    let language = text(&given, "language").ok_or_else(|| MetaError::required("language"))?;
    let category = text(&given, "category").ok_or_else(|| MetaError::required("category"))?;
    let category = Category::read(category).ok_or_else(|| {
        MetaError::new(
            100,
            "Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}.",
        )
    })?;
    let components = given.get("components").and_then(Value::as_array);
    let components = components.ok_or_else(|| MetaError::required("components"))?;
    let has_body = components.iter().any(|component| {
        component["type"]
            .as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("body"))
            && component["text"].is_string()
    });
    if !has_body {
        return Err(MetaError::new(100, "A template needs a BODY with a text."));
    }
    let now = carrier.clock.now();
    let mut books = carrier.books();
    let taken = books
        .accounts
        .templates(&id)
        .iter()
        .any(|kept| kept.name == name && kept.language == language);
    if taken {
        return Err(MetaError::new(
            100,
            format!("There is already {language} content for this template."),
        ));
    }
    let kept = books
        .accounts
        .submit(&id, (name, language), category, components.clone(), now)
        .map_err(|_| MetaError::new(100, "The account has as many templates as it may have."))?;
    Ok(Json(json!({
        "id": kept.id,
        "status": kept.status.as_str(),
        "category": kept.category.as_str().to_ascii_uppercase(),
    })))
}
