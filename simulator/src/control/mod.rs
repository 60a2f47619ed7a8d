//! What people and tests do with the network: pick up a phone, ask for faults, move the clock, watch.

mod body;
mod clock;
mod faults;
mod phones;
mod problem;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::BODY_LIMIT;
use crate::carrier::Carrier;
use crate::control::problem::Problem;

/// The routes, from `/v1/simulator` on.
pub(crate) fn routes(carrier: Arc<Carrier>) -> Router {
    Router::new()
        .route("/numbers", get(phones::numbers).fallback(wrong_method))
        .route("/phones", get(phones::list).fallback(wrong_method))
        .route(
            "/phones/{address}/messages",
            get(phones::messages)
                .post(phones::write)
                .fallback(wrong_method),
        )
        .route(
            "/phones/{address}/read",
            post(phones::read).fallback(wrong_method),
        )
        .route(
            "/faults",
            get(faults::get).put(faults::put).fallback(wrong_method),
        )
        .route(
            "/clock",
            get(clock::get).post(clock::advance).fallback(wrong_method),
        )
        .route("/stream", get(stream::stream).fallback(wrong_method))
        .fallback(nowhere)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(carrier)
}

async fn nowhere() -> Problem {
    Problem::NotFound("The simulator has nothing at this address.".into())
}

async fn wrong_method() -> Problem {
    Problem::MethodNotAllowed
}
