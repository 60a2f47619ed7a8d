//! Visitors: anonymous until they say otherwise.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::{Network, Operator};
use super::extract::{Body, Id};
use super::origins::Of;
use super::problem::ProblemBody;
use super::{Api, Problem};
use crate::core::VisitorId;

const LONGEST_NAME: usize = 200;

/// Which organization the visitor comes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVisitor {
    /// As in the embed snippet.
    widget_key: String,
}

/// A visitor and the secret that is all they are known by.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorMade {
    visitor: VisitorRef,
    /// To be kept by the browser, and sent as bearer token.
    token: String,
}

/// A visitor's id.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorRef {
    id: String,
}

/// What operators call a visitor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitorName {
    /// None takes the name away.
    #[serde(deserialize_with = "Option::deserialize")]
    name: Option<String>,
}

/// A visitor with their name.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedVisitor {
    id: String,
    name: Option<String>,
}

/// Makes an anonymous visitor. Nothing personal is stored.
#[utoipa::path(post, operation_id = "create_visitor", path = "/v1/visitors", tag = "visitors", request_body = NewVisitor, responses(
    (status = 201, body = VisitorMade),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Network(network): Network,
    Body(asked): Body<NewVisitor>,
) -> Result<Response, Problem> {
    let (visitor, token) = api.gateway.new_visitor(&asked.widget_key, &network).await?;
    let organization = Of(Arc::from(token.organization()));
    let made = VisitorMade {
        visitor: VisitorRef {
            id: visitor.to_string(),
        },
        token: token.expose().to_owned(),
    };
    Ok((StatusCode::CREATED, Extension(organization), Json(made)).into_response())
}

/// Names a visitor, for operators' eyes.
#[utoipa::path(patch, path = "/v1/visitors/{id}", tag = "visitors", request_body = VisitorName,
    params(("id" = String, Path)), security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = NamedVisitor),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn name(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<VisitorId>,
    Body(asked): Body<VisitorName>,
) -> Result<Json<NamedVisitor>, Problem> {
    let name = asked
        .name
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    if name
        .as_ref()
        .is_some_and(|name| name.chars().count() > LONGEST_NAME)
    {
        return Err(Problem::field(
            "name",
            format!("a name has at most {LONGEST_NAME} characters"),
        )
        .with("limit", LONGEST_NAME));
    }
    api.gateway
        .name_visitor(&operator, id, name.clone())
        .await?;
    Ok(Json(NamedVisitor {
        id: id.to_string(),
        name,
    }))
}
