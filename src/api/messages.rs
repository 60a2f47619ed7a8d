//! Messages: saying something in a conversation.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::Anybody;
use super::extract::{Body, Id};
use super::problem::ProblemBody;
use super::view::Event;
use super::{Api, Present, Problem};
use crate::core::{ConversationId, LegId};
use crate::gateway::templates::Chosen;
use crate::gateway::{Caller, Deed, Fault};

const LONGEST_CLIENT_ID: usize = 128;

/// Something to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// Made by the author's program: a repeat with the same words is the same message.
    pub client_id: String,
    /// The words; they go out unchanged. Not with a template, which has its own; they may be left out beside attachments.
    pub text: Option<String>,
    /// A template of the provider's in their place. Operators only.
    pub template: Option<TemplateChoice>,
    /// Uploads of the author's that go with it, at most 10; each goes with one message.
    pub attachments: Option<Vec<String>>,
    /// The leg that an operator believes to be active.
    pub leg: Option<String>,
}

/// A template and what its variables stand for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateChoice {
    /// As it was listed.
    pub id: String,
    /// As it was listed.
    pub language: String,
    /// What each variable stands for, by its name.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// Says something.
#[utoipa::path(post, path = "/v1/conversations/{id}/messages", tag = "messages", params(("id" = String, Path)),
    request_body = NewMessage, security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 201, body = Event, description = "said"),
    (status = 200, body = Event, description = "said before with this client_id"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn post(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(message): Body<NewMessage>,
) -> Result<(StatusCode, Json<Event>), Problem> {
    say(&api, &caller, id, message)
        .await
        .map(|(status, event)| (status, Json(event)))
}

/// Says something, by whatever way it came.
pub async fn say(
    api: &Api,
    caller: &Caller,
    id: ConversationId,
    message: NewMessage,
) -> Result<(StatusCode, Event), Problem> {
    client_id(&message.client_id)?;
    // What cannot be a leg of ours is one that is not active.
    let leg = message
        .leg
        .map(|leg| LegId(leg.parse().unwrap_or_default()));
    let attachments = message.attachments.unwrap_or_default();
    if message.text.is_none() && message.template.is_none() && attachments.is_empty() {
        return Err(no_text());
    }
    if message.template.is_some() && !attachments.is_empty() {
        let detail = "a template goes without attachments: send them with a message of their own";
        return Err(Problem::field("attachments", detail));
    }
    let text = message.text.unwrap_or_default();
    let template = match message.template {
        Some(choice) => Some(chosen(api, caller, id, choice, &text).await?),
        None => None,
    };
    let deed = Deed::Post {
        client_id: message.client_id,
        text: template.as_ref().map_or(text, |chosen| chosen.text.clone()),
        template,
        attachments,
        leg,
    };
    let done = api.act(caller, id, deed).await?;
    let entry = done.message.ok_or_else(|| Problem::not_found("message"))?;
    let present = if done.repeated {
        api.present(&done.stored, std::slice::from_ref(&entry))
            .await?
    } else {
        Present::default()
    };
    let event = api.event(caller, &done.stored, &entry, &present);
    let status = if done.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, event.ok_or_else(|| Problem::not_found("message"))?))
}

/// The template that an operator chose for where the conversation stands now.
async fn chosen(
    api: &Api,
    caller: &Caller,
    id: ConversationId,
    choice: TemplateChoice,
    text: &str,
) -> Result<Chosen, Problem> {
    if !matches!(caller, Caller::Operator(_)) {
        return Err(Problem::forbidden("only operators send templates"));
    }
    if !text.is_empty() {
        let detail = "a template has words of its own: leave text out";
        return Err(Problem::field("text", detail));
    }
    let stored = api.gateway.conversation(caller, id).await?;
    let active = stored.state.active();
    let connection = active.and_then(|(_, leg)| caller.organization().connection(&leg.connection));
    let Some(connection) = connection else {
        let refusal = crate::core::Refusal::Unreachable;
        let stored = Arc::new(stored);
        return Err(Fault::Refused { refusal, stored }.into());
    };
    let variables: Vec<(String, String)> = choice.variables.into_iter().collect();
    Ok(api
        .gateway
        .choose(connection, &choice.id, &choice.language, &variables)
        .await?)
}

fn no_text() -> Problem {
    let detail = "the field text is missing, and there are no attachments";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "missing_field", detail).with("field", "text")
}

/// A client's id, if it can be one.
pub fn client_id(text: &str) -> Result<&str, Problem> {
    if (1..=LONGEST_CLIENT_ID).contains(&text.len()) {
        return Ok(text);
    }
    let detail = format!("a client_id has 1 to {LONGEST_CLIENT_ID} bytes");
    Err(Problem::field("client_id", detail).with("limit", LONGEST_CLIENT_ID))
}
