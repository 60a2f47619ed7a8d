//! The API document for people: a page of our own that needs nothing from anywhere else.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'self'";

const fn of(content_type: &'static str) -> [(HeaderName, &'static str); 3] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, CSP),
    ]
}

pub async fn page() -> impl IntoResponse {
    (
        of("text/html; charset=utf-8"),
        include_str!("docs/index.html"),
    )
}

pub async fn script() -> impl IntoResponse {
    (
        of("text/javascript; charset=utf-8"),
        include_str!("docs/docs.js"),
    )
}

pub async fn style() -> impl IntoResponse {
    (of("text/css; charset=utf-8"), include_str!("docs/docs.css"))
}
