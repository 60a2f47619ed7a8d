//! Twilio's HTTP API, version 2010-04-01, as far as messages go: create, fetch, list, redact, delete.

mod auth;
mod create;
mod error;
mod list;
mod log;
mod resource;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};

use crate::BODY_LIMIT;
use crate::carrier::Carrier;
use crate::twilio::error::TwilioError;

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
