//! The organization: whether its messages go out, and what its people should look at.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::Operator;
use super::extract::Body;
use super::problem::ProblemBody;
use super::view::time;
use super::{Api, Problem};
use crate::core::Timestamp;
use crate::gateway::OperatorCaller;
use crate::gateway::connections::Organization;
use crate::gateway::guard::watch::Standing;

const LONGEST_REASON: usize = 200;

/// Whether messages are to go out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMessaging {
    /// false: no welcome message goes out.
    enabled: bool,
    /// Why, for colleagues.
    reason: Option<String>,
    /// What is stopped: `welcomes` (the default), or `all` that goes to a provider.
    scope: Option<String>,
}

/// Whether messages go out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Messaging {
    /// false: something is stopped.
    enabled: bool,
    /// What is stopped: `welcomes` or `all`.
    scope: Option<&'static str>,
    /// Stopped for everybody on this server: the organization cannot let them go again.
    everywhere: bool,
    /// Why, as whoever stopped them wrote.
    reason: Option<String>,
    /// Who stopped them.
    by: Option<String>,
    /// Since when.
    at: Option<String>,
}

impl Messaging {
    /// Whether they go out as things stand.
    #[must_use]
    pub fn of(standing: &Standing) -> Self {
        let stop = standing.stop.as_ref();
        Self {
            enabled: stop.is_none(),
            scope: stop.map(|stop| if stop.all { "all" } else { "welcomes" }),
            everywhere: stop.is_some_and(|stop| stop.everywhere),
            reason: stop.and_then(|stop| stop.reason.clone()),
            by: stop.map(|stop| stop.by.clone()),
            at: stop.and_then(|stop| stop.at).map(time),
        }
    }
}

/// How many alarms somebody is shown.
#[must_use]
pub fn alarms_for(operator: &OperatorCaller, standing: &Standing) -> usize {
    if operator.leads() {
        standing.alarms.len()
    } else {
        0
    }
}

/// The channels on which a provider refuses the organization's account, each once. More is for owners and admins.
#[must_use]
pub fn sick_channels(organization: &Organization, standing: &Standing) -> Vec<String> {
    let sick = |id: &str| standing.sick().any(|sick| sick == id);
    let mut channels: Vec<String> = Vec::new();
    for connection in organization.connections.iter().filter(|one| sick(&one.id)) {
        let channel = &connection.capabilities.channel;
        if !channels.iter().any(|known| known == channel) {
            channels.push(channel.to_string());
        }
    }
    channels
}

/// Something that owners and admins should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlarmView {
    /// `few_answers`, `spend_near_limit`, `connection_sick` or `webhook_gap`.
    kind: String,
    /// Since when it is so.
    since: String,
    /// The connection that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    /// What is so, for people.
    detail: String,
}

/// What owners and admins should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alarms {
    /// The oldest first.
    items: Vec<AlarmView>,
    /// Always none: an organization's alarms fit on one page.
    next_cursor: Option<String>,
}

/// Stops welcome messages, or everything that goes to a provider, or lets them go again. For owners and admins.
#[utoipa::path(put, path = "/v1/organization/messaging", tag = "organization", request_body = SetMessaging,
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Messaging),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn messaging(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Body(asked): Body<SetMessaging>,
) -> Result<Json<Messaging>, Problem> {
    let scope = match asked.scope.as_deref() {
        None | Some("welcomes") => "welcomes",
        Some("all") => "all",
        Some(_) => return Err(Problem::field("scope", "the scope is welcomes or all")),
    };
    let reason = asked
        .reason
        .map(|reason| reason.trim().to_owned())
        .filter(|reason| !reason.is_empty());
    if reason
        .as_ref()
        .is_some_and(|reason| reason.chars().count() > LONGEST_REASON)
    {
        let detail = format!("a reason has at most {LONGEST_REASON} characters");
        return Err(Problem::field("reason", detail).with("limit", LONGEST_REASON));
    }
    let stopped = (!asked.enabled).then_some(scope);
    let standing = api
        .gateway
        .set_messaging(&operator, stopped, reason)
        .await?;
    Ok(Json(Messaging::of(&standing)))
}

/// What owners and admins should look at, for as long as it is so.
#[utoipa::path(get, path = "/v1/alarms", tag = "organization", security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Alarms),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn alarms(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
) -> Result<Json<Alarms>, Problem> {
    let alarms = api.gateway.alarms(&operator).await?;
    let items = alarms.into_iter().map(|alarm| AlarmView {
        kind: alarm.kind,
        since: time(Timestamp(alarm.since)),
        connection: Some(alarm.connection).filter(|connection| !connection.is_empty()),
        detail: alarm.detail,
    });
    Ok(Json(Alarms {
        items: items.collect(),
        next_cursor: None,
    }))
}
