//! Sessions: operators sign in and out, and say whether they are here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::{Network, Operator};
use super::extract::Body;
use super::organization::{Messaging, alarms_for, sick_channels};
use super::problem::ProblemBody;
use super::view::attachment::Uploads;
use super::view::conversation::{Offer, offers};
use super::{Api, Problem, cookie};
use crate::gateway::OperatorCaller;

/// Argon2 works on the whole of it.
const LONGEST_PASSWORD: usize = 1_024;
const LONGEST_EMAIL: usize = 254;

/// How an operator proves who they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    email: String,
    password: String,
    /// A second factor, for operators who have one.
    #[expect(
        dead_code,
        reason = "read so that it is no unknown field; no operator has a second factor yet"
    )]
    code: Option<String>,
}

/// A new session.
#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    /// For programs; browsers have it as a cookie.
    token: String,
    operator: OperatorBody,
}

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorBody {
    id: String,
    name: String,
    email: String,
    /// `owner`, `admin` or `operator`.
    role: String,
    /// `online`, `busy` or `offline`.
    presence: String,
}

/// Who is signed in, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    operator: OperatorBody,
    organization: OrganizationBody,
    channels: Vec<Offer>,
    /// What may be uploaded.
    attachments: Uploads,
    /// Whether messages go out.
    messaging: Messaging,
    /// How many alarms there are, for owners and admins.
    alarms: usize,
    /// Channels that do not work just now: a provider refuses our account.
    sick: Vec<String>,
    /// This server is a demonstration.
    demo: bool,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationBody {
    id: String,
    name: String,
    widget_key: String,
}

/// How an operator is present.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// `online`, `busy` or `offline`.
    presence: String,
}

type WithCookie<T> = (StatusCode, [(HeaderName, HeaderValue); 1], T);

/// Signs in. Browsers keep the session as a cookie.
#[utoipa::path(post, path = "/v1/session", tag = "session", request_body = Credentials, responses(
    (status = 200, body = SignedIn),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn sign_in(
    State(api): State<Arc<Api>>,
    Network(network): Network,
    Body(given): Body<Credentials>,
) -> Result<WithCookie<Json<SignedIn>>, Problem> {
    for (field, text, limit) in [
        ("email", &given.email, LONGEST_EMAIL),
        ("password", &given.password, LONGEST_PASSWORD),
    ] {
        if text.len() > limit {
            return Err(
                Problem::field(field, format!("at most {limit} bytes")).with("limit", limit)
            );
        }
    }
    let (token, operator) = api
        .gateway
        .sign_in(&given.email, &given.password, &network)
        .await?;
    let cookie = [(header::SET_COOKIE, cookie::keep(&token, api.secure()))];
    let body = SignedIn {
        token: token.expose().to_owned(),
        operator: body_of(&api, &operator),
    };
    Ok((StatusCode::OK, cookie, Json(body)))
}

/// Signs out: the token is worth nothing from now on.
#[utoipa::path(delete, path = "/v1/session", tag = "session", security(("operator" = []), ("session" = [])), responses(
    (status = 204, description = "signed out"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn sign_out(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
) -> Result<WithCookie<()>, Problem> {
    api.gateway.sign_out(&operator).await?;
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, cookie::forget(api.secure()))],
        (),
    ))
}

/// Who is signed in.
#[utoipa::path(get, operation_id = "read_session", path = "/v1/session", tag = "session", security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Session),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn read(State(api): State<Arc<Api>>, Operator(operator): Operator) -> Json<Session> {
    Json(session(&api, &operator))
}

/// Says whether the operator is here.
#[utoipa::path(put, path = "/v1/session", tag = "session", request_body = Presence,
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Session),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn set_presence(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Body(Presence { presence }): Body<Presence>,
) -> Result<Json<Session>, Problem> {
    if !["online", "busy", "offline"].contains(&presence.as_str()) {
        return Err(Problem::field(
            "presence",
            "the presence is online, busy or offline",
        ));
    }
    api.gateway.set_presence(&operator, &presence).await?;
    Ok(Json(session(&api, &operator)))
}

fn session(api: &Api, operator: &OperatorCaller) -> Session {
    let organization = &operator.organization;
    let standing = api.gateway.standing(&organization.id);
    Session {
        operator: body_of(api, operator),
        organization: OrganizationBody {
            id: organization.id.to_string(),
            name: organization.name.clone(),
            widget_key: organization.widget_key.clone(),
        },
        channels: offers(organization),
        attachments: Uploads::of(&api.gateway.media),
        messaging: Messaging::of(&standing),
        alarms: alarms_for(operator, &standing),
        sick: sick_channels(organization, &standing),
        demo: api.demo.is_some(),
    }
}

fn body_of(api: &Api, operator: &OperatorCaller) -> OperatorBody {
    OperatorBody {
        id: operator.id.to_string(),
        name: operator.name.clone(),
        email: operator.email.clone(),
        role: operator.role.clone(),
        presence: api.gateway.presence.word(operator.id),
    }
}

impl From<crate::gateway::people::OperatorView> for OperatorBody {
    fn from(view: crate::gateway::people::OperatorView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            email: view.email,
            role: view.role,
            presence: view.presence,
        }
    }
}
