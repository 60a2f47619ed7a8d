//! Conversations: beginning, reading and listing them, and what their people mark.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::{Anybody, Operator, Visitor};
use super::extract::{Body, Id, Params};
use super::messages::client_id;
use super::problem::ProblemBody;
use super::view::{self, Conversation, Event};
use super::{Api, Problem};
use crate::core::{ConversationId, Seq};
use crate::gateway::{Caller, Deed, OperatorCaller, Page};
use crate::store::conversations::{Inbox, Stored};

/// Rows in a page of the inbox, unless fewer are asked for; more cannot be.
const ROWS: u32 = 100;
pub(super) const LONGEST_SEARCH: usize = 200;

/// A visitor's first words, perhaps.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Makes a repeat the same opening.
    client_id: String,
    /// Said once per `client_id`.
    text: Option<String>,
}

/// From where to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The last entry that the reader has; 0 for none.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
}

/// A stretch of a log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Events {
    /// In order. A visitor's list leaves out what is not theirs to see.
    events: Vec<Event>,
    /// The last entry of the log.
    last_seq: Seq,
    /// More follows.
    more: bool,
}

/// Which conversations to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `waiting` (longest first), `in_progress` or `resolved`.
    status: Option<String>,
    /// `me`, `none`, or an operator's id.
    assignee: Option<String>,
    /// Only with this active channel.
    channel: Option<String>,
    /// Only with this tag.
    tag: Option<String>,
    /// Only where the visitor's name, an address of theirs or the last words contain this.
    q: Option<String>,
    /// As `next_cursor` said.
    cursor: Option<String>,
    /// At most so many, up to 100.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// A page of conversations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conversations {
    items: Vec<Conversation>,
    /// For the next page; none: this is the last.
    next_cursor: Option<String>,
}

/// A place in a log.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The last entry that was read.
    seq: Seq,
}

/// Writing, or no longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    typing: bool,
}

/// Begins the visitor's one open conversation, or answers the one there is; posts the text once.
#[utoipa::path(post, operation_id = "open_conversation", path = "/v1/conversations", tag = "conversations", request_body = Opening,
    security(("visitor" = [])), responses(
    (status = 201, body = Conversation, description = "begun"),
    (status = 200, body = Conversation, description = "the open one"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn open(
    State(api): State<Arc<Api>>,
    Visitor(visitor): Visitor,
    Body(asked): Body<Opening>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let id = client_id(&asked.client_id)?;
    let opened = api.gateway.open(&visitor, id, asked.text.as_deref()).await;
    let caller = Caller::Visitor(visitor);
    let done = match opened {
        Ok(done) => done,
        Err(fault) => return Err(api.problem(&caller, fault).await),
    };
    let status = if done.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(api.conversation(&caller, &done.stored).await?)))
}

/// A conversation as it stands.
#[utoipa::path(get, operation_id = "read_conversation", path = "/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversation),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let stored = api.gateway.conversation(&caller, id).await?;
    Ok(Json(api.conversation(&caller, &stored).await?))
}

/// What a conversation's log has after a place, at most 200 entries.
#[utoipa::path(get, path = "/v1/conversations/{id}/events", tag = "conversations", params(("id" = String, Path), After),
    security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 200, body = Events),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn events(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Params(After { after }): Params<After>,
) -> Result<Json<Events>, Problem> {
    let after = after
        .filter(|after| !after.is_empty())
        .map_or(Ok(0), |after| number(&after, "after"))?;
    let Page {
        stored,
        entries,
        more,
    } = api.gateway.events(&caller, id, after).await?;
    let present = api.present(&stored, &entries).await?;
    let shown = entries
        .iter()
        .filter_map(|entry| api.event(&caller, &stored, entry, &present));
    Ok(Json(Events {
        events: shown.collect(),
        last_seq: stored.state.last_seq,
        more,
    }))
}

/// The inbox.
#[utoipa::path(get, operation_id = "list_conversations", path = "/v1/conversations", tag = "conversations", params(Wanted),
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Conversations),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Conversations>, Problem> {
    let limit = match given(wanted.limit.as_deref()) {
        Some(limit) => number(limit, "limit")?.clamp(1, u64::from(ROWS)),
        None => u64::from(ROWS),
    };
    let limit = usize::try_from(limit).unwrap_or(1);
    if given(wanted.tag.as_deref()).is_some() {
        // No conversation carries a tag yet.
        return Ok(Json(Conversations {
            items: Vec::new(),
            next_cursor: None,
        }));
    }
    let inbox = inbox(&operator, &wanted, limit)?;
    let mut rows = api.gateway.inbox(&operator, &inbox).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|last| cursor(&inbox, last));
    let caller = Caller::Operator(operator);
    let mut items = Vec::with_capacity(rows.len());
    for stored in &rows {
        items.push(api.row(&caller, stored).await?);
    }
    Ok(Json(Conversations { items, next_cursor }))
}

/// Marks how far the caller has read.
#[utoipa::path(post, path = "/v1/conversations/{id}/read", tag = "conversations", params(("id" = String, Path)),
    request_body = Mark, security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 204, description = "marked"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn mark_read(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(Mark { seq }): Body<Mark>,
) -> Result<StatusCode, Problem> {
    api.act(&caller, id, Deed::Read { seq }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells the other side that the caller is writing, or has stopped.
#[utoipa::path(post, path = "/v1/conversations/{id}/typing", tag = "conversations", params(("id" = String, Path)),
    request_body = Typing, security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 204, description = "told"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn typing(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(Typing { typing }): Body<Typing>,
) -> Result<StatusCode, Problem> {
    let stored = api.gateway.conversation(&caller, id).await?;
    api.gateway.typing(&caller, &stored, typing);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn number(text: &str, field: &str) -> Result<u64, Problem> {
    let wrong = |_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            format!("{field} must be a number, 0 or more"),
        )
        .with("field", field)
    };
    // The store counts in 63 bits.
    text.parse::<u64>()
        .map(|number| number.min(i64::MAX.cast_unsigned()))
        .map_err(wrong)
}

pub(super) fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// One row more than is shown, to know whether another page follows.
fn inbox(operator: &OperatorCaller, wanted: &Wanted, limit: usize) -> Result<Inbox, Problem> {
    let mut inbox = Inbox {
        limit: u32::try_from(limit + 1).unwrap_or(ROWS),
        ..Inbox::default()
    };
    if let Some(status) = given(wanted.status.as_deref()) {
        if !["waiting", "in_progress", "resolved"].contains(&status) {
            return Err(Problem::field(
                "status",
                "the status is waiting, in_progress or resolved",
            ));
        }
        inbox.status = Some(status.to_owned());
    }
    match given(wanted.assignee.as_deref()) {
        None => {}
        Some("me") => inbox.holder = Some(operator.id),
        Some("none") => inbox.unheld = true,
        Some(id) => {
            let id = id.parse().map_err(|_| {
                Problem::field("assignee", "the assignee is me, none, or an operator's id")
            })?;
            inbox.holder = Some(id);
        }
    }
    inbox.channel = given(wanted.channel.as_deref()).map(str::to_owned);
    if let Some(words) = given(wanted.q.as_deref()) {
        if words.chars().count() > LONGEST_SEARCH {
            return Err(Problem::field("q", "search for fewer words").with("limit", LONGEST_SEARCH));
        }
        inbox.words = Some(words.to_owned());
    }
    if let Some(text) = given(wanted.cursor.as_deref()) {
        let wrong = || {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed",
                "the cursor is not one of ours",
            )
            .with("field", "cursor")
        };
        inbox.cursor = Some(place(text).ok_or_else(wrong)?);
    }
    Ok(inbox)
}

/// Where the next page begins: the last row's sort key and id.
fn cursor(inbox: &Inbox, last: &Stored) -> String {
    let key = if inbox.is_queue() {
        last.state.queued_at
    } else {
        last.updated_at
    };
    URL_SAFE_NO_PAD.encode(format!("{}:{}", key.0, last.id))
}

fn place(cursor: &str) -> Option<(i64, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (key, id) = text.split_once(':')?;
    let id: ConversationId = id.parse().ok()?;
    Some((key.parse().ok()?, id.to_string()))
}

/// The answer that a command on a conversation gives: it, as it stands.
pub(super) async fn standing(
    api: &Api,
    caller: &Caller,
    stored: &Stored,
) -> Result<Json<view::Conversation>, Problem> {
    Ok(Json(api.conversation(caller, stored).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_anything_else_is_refused() {
        let id = ConversationId(uuid::Uuid::from_u128(7));
        let text = URL_SAFE_NO_PAD.encode(format!("12:{id}"));
        assert_eq!(place(&text), Some((12, id.to_string())));
        for wrong in ["x", "", "MTI", &URL_SAFE_NO_PAD.encode("12:'; DROP TABLE")] {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_place_in_the_log_is_a_number() {
        assert_eq!(number("12", "after").unwrap(), 12);
        for wrong in ["-1", "x", "1.5", "99999999999999999999999"] {
            assert_eq!(number(wrong, "after").unwrap_err().status(), 400, "{wrong}");
        }
    }
}
