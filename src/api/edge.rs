//! What every request passes on its way in and out: a number of its own, its time taken, headers that keep browsers careful.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Api, Problem};
use crate::gateway::token;
use crate::telemetry::metrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is on an answer that says nothing else.
const DEFAULTS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// To come by TLS only, for a year: where browsers come by TLS.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The outermost layer.
pub async fn edge(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = next_id();
    let method = word(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path
        .as_ref()
        .map_or("unmatched", |path| template(path.as_str()));
    let mut response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status();
    metrics::http(method, route, status.as_u16(), took);
    if status.is_server_error() {
        tracing::warn!(%id, method, route, status = status.as_u16(), ms = took.as_millis(), "request failed");
    } else {
        tracing::debug!(%id, method, route, status = status.as_u16(), ms = took.as_millis(), "request");
    }
    dress(response.headers_mut(), &id);
    if api.secure() {
        let headers = response.headers_mut();
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    response
}

fn dress(headers: &mut HeaderMap, id: &str) {
    for (name, value) in DEFAULTS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// A route as it is counted: what is mounted as a whole counts as one.
fn template(path: &str) -> &str {
    if path.starts_with("/simulator") {
        "/simulator"
    } else {
        path
    }
}

fn word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Unique among the processes that run at the same time, and cheap.
fn next_id() -> String {
    static PROCESS: OnceLock<i64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let process = PROCESS.get_or_init(|| token::below(1 << 32));
    format!("{process:08x}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A handler panicked: whoever asked hears that it is our fault.
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!(
        cause = text.unwrap_or("unknown"),
        "a request handler panicked"
    );
    let detail = "something went wrong in the server; its log says what";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
}

/// No such path.
pub async fn nowhere() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "there is nothing at this address",
    )
}

/// Such a path, but not for this method; which it takes, the router adds in `Allow`.
pub async fn wrong_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let detail = "this address does not take this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).into_response()
}
