//! Refusals of the control routes, as RFC 9457 problems.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::clock::TooFar;
use crate::faults::FaultError;

/// Why a request is refused. The sentence is for the person who asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("The body must be a JSON object of this shape: {0}")]
    Malformed(&'static str),
    #[error("The body is larger than 64 KiB, or a file than 16 MiB.")]
    TooLarge,
    #[error("{0}")]
    NotFound(String),
    #[error("This address does not know that method.")]
    MethodNotAllowed,
    #[error("There is no field {0:?} here.")]
    UnknownField(String),
    #[error("{0:?} is no telephone number: a phone's address is a + and 7 to 15 digits.")]
    BadAddress(String),
    #[error("The network carries \"sms\", \"whatsapp\" and \"telegram\", and not {0:?}.")]
    UnknownChannel(String),
    #[error("A message has a text or media.")]
    Empty,
    #[error("A text has at most {0} characters.")]
    TooLong(usize),
    #[error("A message carries at most {0} files.")]
    TooManyMedia(usize),
    #[error("{field} must be {expected}.")]
    BadValue {
        field: &'static str,
        expected: String,
    },
    #[error("{0:?} is a phone in use: choose a number that nobody has.")]
    NumberTaken(String),
    #[error("The server did not shake hands: {0}.")]
    NotShaken(String),
    #[error("Too much is still on its way: try again in a moment.")]
    Busy,
    #[error("Too many streams are open.")]
    TooManyStreams,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NumberTaken(_) => StatusCode::CONFLICT,
            Self::NotShaken(_) => StatusCode::BAD_GATEWAY,
            Self::Busy | Self::TooManyStreams => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::TooLarge => "too_large",
            Self::NotFound(_) => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnknownField(_) => "unknown_field",
            Self::BadAddress(_) => "bad_address",
            Self::UnknownChannel(_) => "unknown_channel",
            Self::Empty => "empty",
            Self::TooLong(_) => "too_long",
            Self::TooManyMedia(_) => "too_many_media",
            Self::BadValue { .. } => "bad_value",
            Self::NumberTaken(_) => "number_taken",
            Self::NotShaken(_) => "not_shaken",
            Self::Busy => "busy",
            Self::TooManyStreams => "too_many_streams",
        }
    }

    /// What a program needs beside the code.
    fn extra(&self) -> Option<(&'static str, Value)> {
        match self {
            Self::UnknownField(field) => Some(("field", json!(field))),
            Self::BadValue { field, .. } => Some(("field", json!(field))),
            Self::TooLong(limit) | Self::TooManyMedia(limit) => Some(("limit", json!(limit))),
            _ => None,
        }
    }
}

impl From<FaultError> for Problem {
    fn from(error: FaultError) -> Self {
        match error {
            FaultError::Unknown(field) => Self::UnknownField(field),
            FaultError::BadValue { field, expected } => Self::BadValue {
                field,
                expected: expected.to_owned(),
            },
        }
    }
}

impl From<TooFar> for Problem {
    fn from(_: TooFar) -> Self {
        Self::BadValue {
            field: "advance",
            expected: "at most 20 years, all moves together".to_owned(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut body = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": self.to_string(),
            "code": self.code(),
        });
        if let Some((name, value)) = self.extra() {
            body[name] = value;
        }
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
