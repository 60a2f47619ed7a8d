//! `GET` and `PUT /faults`: what the network does badly. A `PUT` replaces all; what it does not name is off.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use bytes::Bytes;

use crate::carrier::Carrier;
use crate::control::body;
use crate::control::problem::Problem;
use crate::faults::Faults;

const SHAPE: &str = "{refuse, timeout, status, delay, slow, duplicate, reorder, drop_callbacks, undeliverable, stop, batch, pair_rate}";

pub(super) async fn get(State(carrier): State<Arc<Carrier>>) -> Json<Faults> {
    Json((*carrier.books().faults).clone())
}

pub(super) async fn put(
    State(carrier): State<Arc<Carrier>>,
    given: Result<Bytes, BytesRejection>,
) -> Result<Json<Faults>, Problem> {
    let faults = Faults::read(&body::object(given, SHAPE)?)?;
    carrier.set_faults(faults.clone());
    Ok(Json(faults))
}
