//! `GET` and `POST /clock`: the network's time, and moving it ahead.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use serde::Serialize;

use crate::Clock;
use crate::carrier::Carrier;
use crate::control::body;
use crate::control::phones::time;
use crate::control::problem::Problem;
use crate::span::Span;

const SHAPE: &str = "{\"advance\": \"25h\"}";

/// The time, and how far ahead of the host's it is.
#[derive(Serialize)]
pub(super) struct Time {
    now: String,
    ahead_ms: i64,
}

impl Time {
    pub(super) fn of(clock: &Clock) -> Self {
        Self {
            now: time(clock.now()),
            ahead_ms: clock.offset(),
        }
    }
}

pub(super) async fn get(State(carrier): State<Arc<Carrier>>) -> Json<Time> {
    Json(Time::of(&carrier.clock))
}

pub(super) async fn advance(
    State(carrier): State<Arc<Carrier>>,
    given: Result<Bytes, BytesRejection>,
) -> Result<Json<Time>, Problem> {
    let given = body::object(given, SHAPE)?;
    body::only(&given, &["advance"])?;
    let text = body::text(&given, "advance", SHAPE)?.ok_or(Problem::Malformed(SHAPE))?;
    let by: Span = text.parse().map_err(|why| Problem::BadValue {
        field: "advance",
        expected: format!("{why}"),
    })?;
    carrier.clock.advance(by.duration())?;
    Ok(Json(Time::of(&carrier.clock)))
}
