//! Operators: who answers for the organization.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::asker::Operator;
use super::problem::ProblemBody;
use super::session::OperatorBody;

/// The organization's operators.
#[derive(Debug, Serialize, ToSchema)]
pub struct Operators {
    items: Vec<OperatorBody>,
    /// Always none: an organization's operators fit on one page.
    next_cursor: Option<String>,
}

/// Everybody who answers for the organization, by name.
#[utoipa::path(get, operation_id = "list_operators", path = "/v1/operators", tag = "session", security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Operators),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(State(api): State<Arc<Api>>, Operator(operator): Operator) -> Json<Operators> {
    let operators = api.gateway.operators(&operator.organization.id);
    Json(Operators {
        items: operators.into_iter().map(OperatorBody::from).collect(),
        next_cursor: None,
    })
}
