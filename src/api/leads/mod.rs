//! Leads: what is known of visitors and of those who never were one, and reaching out to them.

mod body;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use body::{LeadChangeBody, NewLeadBody, VisitorLead, state};

use super::asker::{Anybody, Operator, Visitor};
use super::conversations::{LONGEST_SEARCH, given, number, standing};
use super::extract::{Body, Id, Params};
use super::problem::ProblemBody;
use super::view::{Conversation, LeadView};
use super::{Api, Problem};
use crate::core::{ConversationId, Timestamp};
use crate::gateway::leads::LeadCard;
use crate::gateway::{Caller, Deed, OperatorCaller};
use crate::store::leads::{LeadId, Wanted};

/// Leads in a page, unless fewer are asked for; more cannot be.
const ROWS: u32 = 50;

/// A lead's id.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadLeft {
    lead: LeadRef,
}

/// A lead's id.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadRef {
    id: String,
}

/// Which leads to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedLeads {
    /// Only where the name, the company, the place, what they wrote or an address contains this.
    q: Option<String>,
    /// `new`, `contacted`, `won` or `closed`.
    state: Option<String>,
    /// As `next_cursor` said.
    cursor: Option<String>,
    /// At most so many, up to 50.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// A page of leads, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Leads {
    items: Vec<LeadView>,
    /// For the next page; none: this is the last.
    next_cursor: Option<String>,
}

/// Where to reach a lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReachLead {
    /// On which channel.
    channel: String,
}

/// Where to reach a visitor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// On which channel.
    channel: String,
    /// Where on it; none: where they were reached before, or what their lead says.
    address: Option<String>,
}

/// Writes a lead down.
#[utoipa::path(post, operation_id = "create_lead", path = "/v1/leads", tag = "leads", request_body = NewLeadBody,
    security(("operator" = []), ("session" = [])), responses(
    (status = 201, body = LeadView),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Body(asked): Body<NewLeadBody>,
) -> Result<(StatusCode, Json<LeadView>), Problem> {
    let lead = asked.lead(api.gateway.now())?;
    let id = api.gateway.make_lead(&operator, lead).await?;
    Ok((StatusCode::CREATED, shown(&api, &operator, id).await?))
}

/// Leads, the newest first.
#[utoipa::path(get, operation_id = "list_leads", path = "/v1/leads", tag = "leads", params(WantedLeads),
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Leads),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Params(asked): Params<WantedLeads>,
) -> Result<Json<Leads>, Problem> {
    let limit = match given(asked.limit.as_deref()) {
        Some(limit) => number(limit, "limit")?.clamp(1, u64::from(ROWS)),
        None => u64::from(ROWS),
    };
    let limit = usize::try_from(limit).unwrap_or(1);
    let wanted = wanted(&asked, limit)?;
    let mut cards = api.gateway.leads(&operator, &wanted).await?;
    let more = cards.len() > limit;
    cards.truncate(limit);
    let next_cursor = cards.last().filter(|_| more).map(cursor);
    Ok(Json(Leads {
        items: cards.iter().map(LeadView::of).collect(),
        next_cursor,
    }))
}

/// A lead with what is known of it.
#[utoipa::path(get, operation_id = "read_lead", path = "/v1/leads/{id}", tag = "leads", params(("id" = String, Path)),
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = LeadView),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
) -> Result<Json<LeadView>, Problem> {
    shown(&api, &operator, id).await
}

/// Changes what is known of a lead.
#[utoipa::path(patch, path = "/v1/leads/{id}", tag = "leads", params(("id" = String, Path)),
    request_body = LeadChangeBody, security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = LeadView),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn change(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
    Body(asked): Body<LeadChangeBody>,
) -> Result<Json<LeadView>, Problem> {
    let change = asked.change(api.gateway.now())?;
    api.gateway.change_lead(&operator, id, change).await?;
    shown(&api, &operator, id).await
}

/// Erases a lead and every address that is known of it; its conversations stay. For owners and admins.
#[utoipa::path(delete, path = "/v1/leads/{id}", tag = "leads", params(("id" = String, Path)),
    security(("operator" = []), ("session" = [])), responses(
    (status = 204, description = "erased"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn erase(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
) -> Result<StatusCode, Problem> {
    api.gateway.erase_lead(&operator, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reaches out to a lead on a channel. However often it is asked, by however many, one conversation and one message come of it.
#[utoipa::path(post, path = "/v1/leads/{id}/reconnect", tag = "leads", params(("id" = String, Path)),
    request_body = ReachLead, security(("operator" = []), ("session" = [])), responses(
    (status = 202, body = Conversation, description = "greeting; or settled where they are there already, or with the reason why not"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn reconnect(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
    Body(asked): Body<ReachLead>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let reached = api.gateway.reconnect_lead(&operator, id, &asked.channel);
    let reached = reached.await;
    let caller = Caller::Operator(operator);
    let done = match reached {
        Ok(done) => done,
        Err(fault) => return Err(api.problem(&caller, fault).await),
    };
    let conversation = standing(&api, &caller, &done.stored).await?;
    Ok((StatusCode::ACCEPTED, conversation))
}

/// Reaches the visitor of a conversation on a phone channel, whatever its status.
#[utoipa::path(post, path = "/v1/conversations/{id}/reconnect", tag = "leads", params(("id" = String, Path)),
    request_body = Reach, security(("operator" = []), ("session" = [])), responses(
    (status = 202, body = Conversation, description = "greeting; or settled where they are there already, or with the reason why not"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn reconnect_conversation(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(Reach { channel, address }): Body<Reach>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let done = api.act(&caller, id, Deed::Reconnect { channel, address });
    let done = done.await?;
    let conversation = standing(&api, &caller, &done.stored).await?;
    Ok((StatusCode::ACCEPTED, conversation))
}

/// Leaves word of oneself when nobody is there, or corrects it: a visitor has one lead. Its message stays with it and begins no conversation.
#[utoipa::path(post, path = "/v1/visitors/lead", tag = "visitors", request_body = VisitorLead,
    security(("visitor" = [])), responses(
    (status = 201, body = LeadLeft),
    (status = 200, body = LeadLeft, description = "there was one; it is corrected"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn leave(
    State(api): State<Arc<Api>>,
    Visitor(visitor): Visitor,
    Body(asked): Body<VisitorLead>,
) -> Result<(StatusCode, Json<LeadLeft>), Problem> {
    let lead = asked.lead(&visitor)?;
    let (id, new) = api.gateway.tell_lead(&visitor, lead).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let lead = LeadRef { id: id.to_string() };
    Ok((status, Json(LeadLeft { lead })))
}

async fn shown(
    api: &Api,
    operator: &OperatorCaller,
    id: LeadId,
) -> Result<Json<LeadView>, Problem> {
    let card = api.gateway.lead(operator, id).await?;
    Ok(Json(LeadView::of(&card)))
}

/// One row more than is shown, to know whether another page follows.
fn wanted(asked: &WantedLeads, limit: usize) -> Result<Wanted, Problem> {
    let words = given(asked.q.as_deref());
    if words.is_some_and(|words| words.chars().count() > LONGEST_SEARCH) {
        return Err(Problem::field("q", "search for fewer words").with("limit", LONGEST_SEARCH));
    }
    let wrong = || {
        let detail = "the cursor is not one of ours";
        Problem::new(StatusCode::BAD_REQUEST, "malformed", detail).with("field", "cursor")
    };
    let cursor = given(asked.cursor.as_deref()).map(|text| place(text).ok_or_else(wrong));
    Ok(Wanted {
        state: given(asked.state.as_deref()).map(state).transpose()?,
        words: words.map(str::to_owned),
        cursor: cursor.transpose()?,
        limit: u32::try_from(limit + 1).unwrap_or(ROWS),
    })
}

/// Where the next page begins: when the last lead was made, and its id.
fn cursor(last: &LeadCard) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", last.lead.created_at.0, last.lead.id))
}

fn place(cursor: &str) -> Option<(Timestamp, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (at, id) = text.split_once(':')?;
    let id: LeadId = id.parse().ok()?;
    Some((Timestamp(at.parse().ok()?), id.to_string()))
}
