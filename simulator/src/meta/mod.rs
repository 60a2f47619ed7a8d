//! Meta's WhatsApp Cloud API: messages, marks, media and templates, under any version. And its webhooks.

mod auth;
mod error;
mod hook;
mod media;
mod messages;
mod numbers;
mod post;
mod recipient;
mod template;
mod templates;
mod value;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post as on_post};

use crate::BODY_LIMIT;
use crate::carrier::Carrier;
use crate::meta::error::MetaError;
pub(crate) use crate::meta::hook::handshake;
pub(crate) use crate::meta::post::{Event, Gathering, flush_all, post};
pub(crate) use crate::meta::value::{changed_number, inbound, marketing, status, template_status};

/// How long the account may fetch a file that came in a webhook.
pub(crate) const INBOUND_MEDIA: i64 = 7 * 24 * 3_600_000;

/// The routes, from `/meta` on.
pub(crate) fn routes(carrier: Arc<Carrier>) -> Router {
    let limit = DefaultBodyLimit::max(media::LARGEST_UPLOAD);
    Router::new()
        .route(
            "/meta/{version}/{id}/messages",
            on_post(messages::send).fallback(wrong_method),
        )
        .route(
            "/meta/{version}/{id}/media",
            on_post(media::upload).fallback(wrong_method).layer(limit),
        )
        .route(
            "/meta/{version}/{id}/message_templates",
            get(templates::list)
                .post(templates::create)
                .fallback(wrong_method),
        )
        .route(
            "/meta/{version}/{id}",
            get(numbers::node).fallback(wrong_method),
        )
        .route(
            "/meta/lookaside/{id}",
            get(media::download).fallback(wrong_method),
        )
        .route("/meta/{version}", any(nowhere))
        .route("/meta/{version}/{id}/{elsewhere}", any(nowhere))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(carrier)
}

async fn nowhere() -> MetaError {
    MetaError::unknown_path()
}

async fn wrong_method() -> MetaError {
    MetaError::new(100, "Unsupported request method")
}
