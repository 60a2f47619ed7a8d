//! Twilio's HTTP API as far as messages go: create, fetch, list, redact, delete, and their media (version 2010-04-01);
//! templates (`v1/Content`); the typing indicator (`v3/Indicators`). And its webhooks.

mod auth;
mod content;
mod create;
mod error;
mod forms;
mod list;
mod log;
mod media;
mod resource;
mod signature;
mod typing;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};

use crate::BODY_LIMIT;
use crate::carrier::Carrier;
use crate::twilio::error::TwilioError;
pub(crate) use crate::twilio::forms::{callback_form, inbound_form};
pub(crate) use crate::twilio::webhook::Webhook;

/// The routes, from `/twilio` on.
pub(crate) fn routes(carrier: Arc<Carrier>) -> Router {
    let account = "/twilio/2010-04-01/Accounts/{account}";
    Router::new()
        .route(
            &format!("{account}/Messages.json"),
            post(create::create).get(list::list).fallback(wrong_method),
        )
        .route(
            &format!("{account}/Messages/{{message}}"),
            get(log::fetch)
                .post(log::update)
                .delete(log::delete)
                .fallback(wrong_method),
        )
        .route(
            &format!("{account}/Messages/{{message}}/Media.json"),
            get(media::list).fallback(wrong_method),
        )
        .route(
            &format!("{account}/Messages/{{message}}/Media/{{media}}"),
            get(media::fetch).fallback(wrong_method),
        )
        .route(
            "/twilio/v1/Content",
            get(content::list).fallback(wrong_method),
        )
        .route(
            "/twilio/v1/ContentAndApprovals",
            get(content::list_with_approvals).fallback(wrong_method),
        )
        .route(
            "/twilio/v1/Content/{sid}",
            get(content::fetch).fallback(wrong_method),
        )
        .route(
            "/twilio/v1/Content/{sid}/ApprovalRequests",
            get(content::approval).fallback(wrong_method),
        )
        .route(
            "/twilio/v3/Indicators/Typing.json",
            post(typing::indicate).fallback(wrong_method),
        )
        .route("/twilio/{*elsewhere}", any(nowhere))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(carrier)
}

async fn nowhere(uri: axum::http::Uri) -> TwilioError {
    TwilioError::NotFound(uri.path().to_owned())
}

async fn wrong_method() -> TwilioError {
    TwilioError::MethodNotAllowed
}
