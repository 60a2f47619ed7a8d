//! What people and tests do with the network: pick up a phone, ask for faults, move the clock, watch.

mod body;
mod clock;
mod faults;
mod files;
mod people;
mod phones;
mod problem;
mod stream;
mod templates;
mod write;

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
            "/phones/{address}/person",
            get(people::person)
                .put(people::change)
                .fallback(wrong_method),
        )
        .route(
            "/phones/{address}/number",
            post(people::change_number).fallback(wrong_method),
        )
        .route(
            "/numbers/{id}/verify",
            post(people::verify).fallback(wrong_method),
        )
        .route("/templates", get(templates::list).fallback(wrong_method))
        .route(
            "/templates/{id}",
            post(templates::judge).fallback(wrong_method),
        )
        .route(
            "/files",
            post(files::keep)
                .fallback(wrong_method)
                .layer(DefaultBodyLimit::max(files::LARGEST)),
        )
        .route("/files/{id}", get(files::fetch).fallback(wrong_method))
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
