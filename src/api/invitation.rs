//! The visitor action command: an operator opens the number area in the visitor's window; the visitor may decline.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::Anybody;
use super::conversations::standing;
use super::extract::{Body, Id, NoBody};
use super::problem::ProblemBody;
use super::view::Conversation;
use super::{Api, Problem};
use crate::core::ConversationId;
use crate::gateway::Deed;

/// What the visitor is asked to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum VisitorCommand {
    /// Give an address, and go on there.
    AskAddress {
        /// On which channel.
        channel: String,
    },
}

/// Pushes a form into the visitor's window. The answer carries it as `invitation`.
#[utoipa::path(post, path = "/v1/conversations/{id}/commands", tag = "switch", params(("id" = String, Path)),
    request_body = VisitorCommand, security(("operator" = []), ("session" = [])), responses(
    (status = 202, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn command(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(VisitorCommand::AskAddress { channel }): Body<VisitorCommand>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let done = api.act(&caller, id, Deed::Invite { channel }).await?;
    Ok((
        StatusCode::ACCEPTED,
        standing(&api, &caller, &done.stored).await?,
    ))
}

/// Closes the form unused.
#[utoipa::path(delete, path = "/v1/conversations/{id}/invitation", tag = "switch", params(("id" = String, Path)),
    security(("visitor" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn decline(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    NoBody: NoBody,
) -> Result<Json<Conversation>, Problem> {
    let done = api.act(&caller, id, Deed::Decline).await?;
    standing(&api, &caller, &done.stored).await
}
