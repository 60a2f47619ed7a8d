//! `v1/Content`, in Twilio's own words at `content.twilio.com`: the templates of the account that asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::carrier::Carrier;
use crate::templates::{Kept, places};
use crate::twilio::auth;
use crate::twilio::error::TwilioError;

const PAGE_SIZE: usize = 50;
const LARGEST_PAGE: usize = 500;

pub(super) async fn list(
    State(carrier): State<Arc<Carrier>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, TwilioError> {
    page(&carrier, &headers, query.as_deref(), "Content", content)
}

pub(super) async fn list_with_approvals(
    State(carrier): State<Arc<Carrier>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, TwilioError> {
    page(
        &carrier,
        &headers,
        query.as_deref(),
        "ContentAndApprovals",
        |url, account, kept| {
            let mut item = content(url, account, kept);
            item["approval_requests"] = whatsapp(kept);
            item
        },
    )
}

pub(super) async fn fetch(
    State(carrier): State<Arc<Carrier>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, TwilioError> {
    one(&carrier, &headers, &sid, content)
}

pub(super) async fn approval(
    State(carrier): State<Arc<Carrier>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, TwilioError> {
    one(&carrier, &headers, &sid, |url, account, kept| {
        json!({
            "sid": kept.id, "account_sid": account, "whatsapp": whatsapp(kept),
            "url": format!("{url}/v1/Content/{}/ApprovalRequests", kept.id),
        })
    })
}

fn one(
    carrier: &Carrier,
    headers: &HeaderMap,
    sid: &str,
    show: impl Fn(&str, &str, &Kept) -> Value,
) -> Result<Json<Value>, TwilioError> {
    let books = carrier.books();
    let account = auth::caller(&books, headers)?;
    let kept = books
        .accounts
        .templates(&account)
        .iter()
        .find(|kept| kept.id == sid);
    let kept = kept.ok_or_else(|| TwilioError::NotFound(format!("/v1/Content/{sid}")))?;
    Ok(Json(show(&base(carrier), &account, kept)))
}

fn page(
    carrier: &Carrier,
    headers: &HeaderMap,
    query: Option<&str>,
    name: &str,
    show: impl Fn(&str, &str, &Kept) -> Value,
) -> Result<Json<Value>, TwilioError> {
    let books = carrier.books();
    let account = auth::caller(&books, headers)?;
    let number = |wanted: &str, default| {
        form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .find(|(name, _)| name == wanted)
            .map_or(Ok(default), |(_, value)| value.parse::<usize>())
            .map_err(|_| TwilioError::InvalidParameter("Page"))
    };
    let size = number("PageSize", PAGE_SIZE)?.clamp(1, LARGEST_PAGE);
    let at = number("Page", 0)?;
    let all = books.accounts.templates(&account);
    let url = base(carrier);
    let link = |page: usize| format!("{url}/v1/{name}?PageSize={size}&Page={page}");
    let start = at.saturating_mul(size);
    let items: Vec<Value> = all
        .iter()
        .skip(start)
        .take(size)
        .map(|kept| show(&url, &account, kept))
        .collect();
    let more = start.saturating_add(size) < all.len();
    Ok(Json(json!({
        "meta": {
            "page": at, "page_size": size, "first_page_url": link(0), "previous_page_url": at.checked_sub(1).map(link),
            "url": link(at), "next_page_url": more.then(|| link(at + 1)), "key": "contents",
        },
        "contents": items,
    })))
}

fn base(carrier: &Carrier) -> String {
    format!("{}/simulator/twilio", carrier.url)
}

fn content(url: &str, account: &str, kept: &Kept) -> Value {
    let sid = &kept.id;
    let date = DateTime::<Utc>::from_timestamp_millis(kept.created)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true);
    let variables: Map<String, Value> = places(kept.body())
        .into_iter()
        .map(|name| (name.to_owned(), json!("")))
        .collect();
    let buttons = kept.buttons();
    let types = if buttons.is_empty() {
        json!({ "twilio/text": { "body": kept.body() } })
    } else {
        let actions: Vec<Value> = buttons
            .iter()
            .map(|b| json!({ "title": b.title, "id": b.id }))
            .collect();
        json!({ "twilio/quick-reply": { "body": kept.body(), "actions": actions } })
    };
    json!({
        "sid": sid,
        "account_sid": account,
        "friendly_name": kept.name,
        "language": kept.language,
        "variables": variables,
        "types": types,
        "date_created": date,
        "date_updated": date,
        "url": format!("{url}/v1/Content/{sid}"),
        "links": {
            "approval_fetch": format!("{url}/v1/Content/{sid}/ApprovalRequests"),
            "approval_create": format!("{url}/v1/Content/{sid}/ApprovalRequests/whatsapp"),
        },
    })
}

fn whatsapp(kept: &Kept) -> Value {
    json!({
        "type": "whatsapp",
        "name": kept.name,
        "category": kept.category.as_str().to_ascii_uppercase(),
        "content_type": if kept.buttons().is_empty() { "twilio/text" } else { "twilio/quick-reply" },
        "status": kept.status.as_str().to_ascii_lowercase(),
        "rejection_reason": "",
        "allow_category_change": true,
    })
}
