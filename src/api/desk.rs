//! The operators' desk: taking a conversation, handing it on, closing it, opening it again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::{Anybody, Operator};
use super::conversations::standing;
use super::extract::{Body, Id, NoBody};
use super::problem::ProblemBody;
use super::view::Conversation;
use super::{Api, Problem};
use crate::core::{ConversationId, OperatorId};
use crate::gateway::{Caller, Deed};

/// Whom to hand a conversation to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The operator's id.
    operator: String,
}

/// Takes a conversation out of the queue.
#[utoipa::path(post, path = "/v1/conversations/{id}/claim", tag = "desk", params(("id" = String, Path)),
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn claim(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    NoBody: NoBody,
) -> Result<Json<Conversation>, Problem> {
    done(&api, &caller, id, Deed::Claim).await
}

/// Hands a conversation on.
#[utoipa::path(post, path = "/v1/conversations/{id}/transfer", tag = "desk", params(("id" = String, Path)),
    request_body = Transfer, security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn transfer(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<ConversationId>,
    Body(Transfer { operator: to }): Body<Transfer>,
) -> Result<Json<Conversation>, Problem> {
    let colleagues = api.gateway.operators(&operator.organization.id);
    let to = to
        .parse::<OperatorId>()
        .ok()
        .filter(|to| colleagues.iter().any(|colleague| colleague.id == *to));
    let to = to.ok_or_else(|| Problem::not_found("operator").with("field", "operator"))?;
    done(&api, &Caller::Operator(operator), id, Deed::Transfer { to }).await
}

/// Closes a conversation, until somebody writes again.
#[utoipa::path(post, path = "/v1/conversations/{id}/resolve", tag = "desk", params(("id" = String, Path)),
    security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn resolve(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    NoBody: NoBody,
) -> Result<Json<Conversation>, Problem> {
    done(&api, &caller, id, Deed::Resolve).await
}

/// Opens a conversation again.
#[utoipa::path(post, path = "/v1/conversations/{id}/reopen", tag = "desk", params(("id" = String, Path)),
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn reopen(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    NoBody: NoBody,
) -> Result<Json<Conversation>, Problem> {
    done(&api, &caller, id, Deed::Reopen).await
}

/// Which address is not to be written to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptOut {
    /// On which channel.
    channel: String,
    /// One of this conversation's; none: where the visitor was last reached on the channel.
    address: Option<String>,
}

/// Writes down that an address does not want to be written to on a channel: it counts as if its person had said STOP.
#[utoipa::path(post, path = "/v1/conversations/{id}/opt-out", tag = "desk", params(("id" = String, Path)),
    request_body = OptOut, security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn opt_out(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(OptOut { channel, address }): Body<OptOut>,
) -> Result<Json<Conversation>, Problem> {
    done(&api, &caller, id, Deed::OptOut { channel, address }).await
}

async fn done(
    api: &Api,
    caller: &Caller,
    id: ConversationId,
    deed: Deed,
) -> Result<Json<Conversation>, Problem> {
    let done = api.act(caller, id, deed).await?;
    standing(api, caller, &done.stored).await
}
