//! Providers call us: 200 only once everything that they said is stored.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::{Reject, WebhookRequest};

use super::extract::{Id, read};
use super::problem::ProblemBody;
use super::{Api, Problem};
use crate::gateway::inbound::Webhook;

/// What the most talkative provider sends at once: Meta gathers up to 3 MB, and would repeat for days what is refused.
const LONGEST_WEBHOOK: usize = 3 * 1024 * 1024;

/// Takes a provider's message, report or handshake.
#[utoipa::path(post, path = "/webhooks/{connection}", tag = "operations", params(("connection" = String, Path)), responses(
    (status = 200, description = "stored; the body is what the provider expects"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn take(
    State(api): State<Arc<Api>>,
    Id(connection): Id<String>,
    request: Request,
) -> Result<Response, Problem> {
    receive(&api, &connection, request).await
}

/// The same, as some providers shake hands.
#[utoipa::path(get, path = "/webhooks/{connection}", tag = "operations", params(("connection" = String, Path)), responses(
    (status = 200, description = "what the provider expects"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn shake(
    State(api): State<Arc<Api>>,
    Id(connection): Id<String>,
    request: Request,
) -> Result<Response, Problem> {
    receive(&api, &connection, request).await
}

async fn receive(api: &Api, connection: &str, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = Bytes::from(read(body, LONGEST_WEBHOOK).await?);
    // What was signed is the address that we gave the provider, whatever host or scheme a proxy made of it.
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = api.public_url.join(path);
    let request = WebhookRequest {
        method: &parts.method,
        url: &url,
        headers: &parts.headers,
        body: &body,
    };
    match api.gateway.receive(connection, request).await {
        Ok(answer) => Ok(answered(answer)),
        Err(webhook) => Err(problem(webhook)),
    }
}

fn answered(answer: contract::Answer) -> Response {
    let mut response = answer.body.into_owned().into_response();
    match HeaderValue::from_str(&answer.content_type) {
        Ok(content_type) if !content_type.is_empty() => response
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type),
        _ => response.headers_mut().remove(header::CONTENT_TYPE),
    };
    response
}

fn problem(webhook: Webhook) -> Problem {
    match webhook {
        Webhook::NoSuchConnection => Problem::not_found("connection"),
        Webhook::Rejected(Reject::Malformed(why)) => Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            format!("the request cannot be read: {why}"),
        ),
        Webhook::Rejected(reject) => {
            Problem::new(StatusCode::FORBIDDEN, "bad_signature", reject.to_string())
        }
        Webhook::Fault(fault) => {
            let problem = Problem::from(fault);
            if problem.status().is_server_error() {
                return problem;
            }
            // Whatever it was, it is not stored: the provider must send it again.
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_stored",
                "this could not be stored; send it again",
            )
        }
    }
}
