//! The carrier in the product: its providers' own APIs, and its phones.

use std::sync::Arc;

use ::simulator::Simulator;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;

use super::asker::Operator;
use super::{Api, Problem};

/// The providers' own APIs check their callers themselves. The phones are open to all in the demonstration, else to owners.
pub(super) fn routes(simulator: &Simulator, api: &Arc<Api>) -> Router {
    let mut control = simulator.control_routes();
    if api.demo.is_none() {
        control = control.layer(middleware::from_fn_with_state(api.clone(), owners_only));
    }
    Router::new()
        .nest("/simulator", simulator.provider_routes())
        .nest("/v1/simulator", control)
}

async fn owners_only(
    Operator(operator): Operator,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if operator.role != "owner" {
        return Err(Problem::forbidden("only an owner can use the simulator"));
    }
    Ok(next.run(request).await)
}
