//! Switches: going on elsewhere, calling that off, putting it back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::{Anybody, Visitor};
use super::conversations::standing;
use super::extract::{Body, Id, NoBody};
use super::messages::client_id;
use super::problem::ProblemBody;
use super::view::Conversation;
use super::{Api, Problem};
use crate::core::{ConversationId, InvitationId};
use crate::gateway::Deed;
use crate::gateway::guard::challenge::Challenge;

/// Where to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchTo {
    /// On which channel.
    pub channel: String,
    /// Where on it; none: where the visitor was reached on it before.
    pub address: Option<String>,
    /// The invitation that this answers.
    pub invitation: Option<String>,
    /// Makes a retry the same switch.
    pub client_id: Option<String>,
    /// What meets a challenge, where one was asked for: the ALTCHA payload in Base64.
    pub altcha: Option<String>,
}

impl SwitchTo {
    /// What is asked of the conversation.
    ///
    /// # Errors
    /// When the client's id cannot be one.
    pub fn deed(self) -> Result<Deed, Problem> {
        if let Some(id) = &self.client_id {
            client_id(id)?;
        }
        // What cannot be an invitation of ours is one that is gone.
        let invitation = self
            .invitation
            .map(|id| InvitationId(id.parse().unwrap_or_default()));
        Ok(Deed::Switch {
            channel: self.channel,
            address: self.address,
            invitation,
            client_id: self.client_id,
            altcha: self.altcha,
        })
    }
}

/// Goes on on another channel.
#[utoipa::path(post, path = "/v1/conversations/{id}/switch", tag = "switch", params(("id" = String, Path)),
    request_body = SwitchTo, security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 202, body = Conversation, description = "greeting, reversible, or settled where nothing had to be done"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json",
        description = "`challenge_required`: a visitor must first meet the `challenge` in the problem and send it as `altcha`"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn switch(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(asked): Body<SwitchTo>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let done = api.act(&caller, id, asked.deed()?).await?;
    Ok((
        StatusCode::ACCEPTED,
        standing(&api, &caller, &done.stored).await?,
    ))
}

/// A challenge for the visitor's browser, in the ALTCHA protocol. A switch that is refused with `challenge_required` brings one
/// along; this is for whoever wants to begin early.
#[utoipa::path(get, path = "/v1/challenge", tag = "switch", security(("visitor" = [])), responses(
    (status = 200, body = Challenge),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn challenge(State(api): State<Arc<Api>>, Visitor(visitor): Visitor) -> Json<Challenge> {
    Json(api.gateway.challenge(&visitor))
}

/// Calls the switch off whose welcome is on its way; the old leg stays.
#[utoipa::path(delete, path = "/v1/conversations/{id}/switch", tag = "switch", params(("id" = String, Path)),
    security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn cancel(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    NoBody: NoBody,
) -> Result<Json<Conversation>, Problem> {
    let done = api.act(&caller, id, Deed::Cancel).await?;
    standing(&api, &caller, &done.stored).await
}

/// Puts the last switch back, inside its window.
#[utoipa::path(post, path = "/v1/conversations/{id}/revert", tag = "switch", params(("id" = String, Path)),
    security(("visitor" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn revert(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    NoBody: NoBody,
) -> Result<Json<Conversation>, Problem> {
    let done = api.act(&caller, id, Deed::Revert).await?;
    standing(&api, &caller, &done.stored).await
}
