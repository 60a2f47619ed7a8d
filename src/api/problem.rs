//! The one error envelope: RFC 9457 problems, with a code for programs and a sentence for people.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::core::Refusal;
use crate::gateway::Fault;
use crate::store::StoreError;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not done. Nothing has changed.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    extras: Map<String, Value>,
    retry_after: Option<u64>,
}

/// A problem as it is sent (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// Always `about:blank`: the code says which it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong and what to do, for people.
    detail: Cow<'static, str>,
    /// What is wrong, for programs; it does not change.
    code: &'static str,
    /// What is needed to go on, by code: `limit`, `field`, `holder`, `active_leg`, `conversation`, `switch`, `challenge`, `last_seq`,
    /// `retry_after` (seconds).
    #[serde(flatten)]
    extras: Map<String, Value>,
}

impl Problem {
    /// A problem with a code and a sentence.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            extras: Map::new(),
            retry_after: None,
        }
    }

    /// Adds what is needed to go on.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.extras.insert(key.to_owned(), value);
        self
    }

    /// Adds when to come back, in the header and, for sockets, in the body.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        let seconds = wait.as_secs().max(1);
        self.retry_after = Some(seconds);
        self.with("retry_after", seconds)
    }

    /// Not there, or not theirs: they cannot tell which.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no such {what}"),
        )
    }

    /// No token, or none of ours.
    #[must_use]
    pub fn unauthorized() -> Self {
        let detail = "send a valid token as \"Authorization: Bearer …\", or sign in";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// Theirs, but not for their role.
    #[must_use]
    pub fn forbidden(detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// A field that has no such value.
    #[must_use]
    pub fn field(field: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail).with("field", field)
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// As it is sent.
    #[must_use]
    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            extras: self.extras.clone(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_string(&self.body()).unwrap_or_default();
        let mut response =
            (self.status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What a fault tells whoever asked. What a refusal needs to go on is added where the conversation is at hand.
impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
        let detail = fault.to_string();
        match fault {
            Fault::Refused { refusal, .. } => {
                Self::new(StatusCode::CONFLICT, code_of(&refusal), detail)
            }
            Fault::NotFound(what) => Self::not_found(what),
            Fault::Forbidden(why) => Self::forbidden(why),
            Fault::WrongPassword => Self::new(StatusCode::UNAUTHORIZED, "wrong_password", detail),
            Fault::BadAddress(_) => {
                Self::new(UNPROCESSABLE, "bad_address", detail).with("field", "address")
            }
            Fault::NoAddress => {
                Self::new(UNPROCESSABLE, "no_address", detail).with("field", "address")
            }
            Fault::NoSuchChannel(channel) => {
                Self::new(UNPROCESSABLE, "no_such_channel", detail).with("channel", channel)
            }
            Fault::TooLong { limit, length } => Self::new(UNPROCESSABLE, "too_long", detail)
                .with("limit", limit)
                .with("length", length),
            Fault::Empty => Self::new(UNPROCESSABLE, "empty", detail).with("field", "text"),
            Fault::ChallengeRequired { challenge, .. } => {
                Self::new(StatusCode::FORBIDDEN, "challenge_required", detail)
                    .with("challenge", challenge)
            }
            Fault::EmptyFile => Self::new(UNPROCESSABLE, "empty", detail),
            Fault::TooLarge { limit } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).with("limit", limit)
            }
            Fault::TooManyAttachments { limit } => {
                Self::new(UNPROCESSABLE, "too_many_attachments", detail)
                    .with("field", "attachments")
                    .with("limit", limit)
            }
            Fault::NoSuchAttachment(id) => Self::new(UNPROCESSABLE, "no_such_attachment", detail)
                .with("field", "attachments")
                .with("attachment", id),
            Fault::ClientIdReused => Self::new(StatusCode::CONFLICT, "client_id_reused", detail),
            Fault::RateLimited { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
                    .retry_after(retry_after)
            }
            Fault::Ahead { last_seq } => {
                Self::new(StatusCode::CONFLICT, "ahead", detail).with("last_seq", last_seq)
            }
            Fault::BadTemplate(_) => {
                Self::new(UNPROCESSABLE, "bad_template", detail).with("field", "template")
            }
            Fault::ProviderUnavailable => Self::unavailable("provider_unavailable", detail),
            Fault::LinkGone => Self::new(StatusCode::CONFLICT, "link_gone", detail),
            Fault::Overloaded => Self::unavailable("overloaded", detail),
            Fault::Stopping => Self::unavailable("restarting", detail),
            Fault::Store(error) => Self::of_store(&error),
            Fault::Commit(error) => Self::of_store(&error),
        }
    }
}

impl Problem {
    fn unavailable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(Duration::from_secs(2))
    }

    /// Storage's own words may name files: they go to the log, not to whoever asked.
    fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Full => Self::unavailable(
                "storage_full",
                "the server's storage is full; nothing was written, reading goes on",
            ),
            StoreError::ReadOnly { .. } => Self::unavailable(
                "storage_read_only",
                "the server cannot write; reading goes on",
            ),
            StoreError::Corrupt { .. } => {
                tracing::error!(%error, "a stored row cannot be read");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "something stored cannot be read; the log of the server says what",
                )
            }
            StoreError::Unsafe { .. }
            | StoreError::File { .. }
            | StoreError::InUse { .. }
            | StoreError::Engine(_)
            | StoreError::Newer(_)
            | StoreError::Migration(_) => {
                tracing::error!(%error, "storage failed");
                Self::unavailable(
                    "storage_unavailable",
                    "the server's storage does not answer; try again",
                )
            }
        }
    }
}

fn code_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::SwitchPending => "switch_pending",
        Refusal::WindowOpen => "window_open",
        Refusal::NotThere => "not_there",
        Refusal::Held(_) => "held",
        Refusal::Superseded(_) => "superseded",
        Refusal::NothingToCancel => "nothing_to_cancel",
        Refusal::NothingToRevert => "nothing_to_revert",
        Refusal::WindowClosed => "window_closed",
        Refusal::Unreachable => "unreachable",
        Refusal::Resolved => "resolved",
        Refusal::TemplateNeeded => "template_needed",
        Refusal::LegChanged(_) => "leg_changed",
        Refusal::Reachable => "reachable",
        Refusal::InvitationGone => "invitation_gone",
        Refusal::Begun => "begun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_is_wrong_to_programs_and_to_people() {
        let problem = Problem::from(Fault::TooLong {
            limit: 1_600,
            length: 1_601,
        });
        let body = serde_json::to_value(problem.body()).unwrap();
        assert_eq!(body["status"], 422);
        assert_eq!(body["code"], "too_long");
        assert_eq!(body["limit"], 1_600);
        assert_eq!(body["title"], "Unprocessable Entity");
        assert_eq!(body["type"], "about:blank");
    }

    #[test]
    fn who_comes_too_often_is_told_when_to_come_back() {
        let response = Problem::from(Fault::RateLimited {
            retry_after: Duration::from_secs(10),
        })
        .into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "10");
        assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
    }

    #[test]
    fn a_full_disk_is_named_and_its_path_is_not() {
        let body =
            serde_json::to_value(Problem::from(Fault::Store(StoreError::Full)).body()).unwrap();
        assert_eq!(
            (&body["status"], &body["code"]),
            (&503.into(), &"storage_full".into())
        );
        let error = StoreError::ReadOnly {
            path: "/srv/secret.db".to_owned(),
            reason: "denied".to_owned(),
        };
        let body = serde_json::to_string(&Problem::from(Fault::Store(error)).body()).unwrap();
        assert!(!body.contains("secret"), "{body}");
    }
}
