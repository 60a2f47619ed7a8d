//! Meta's refusals: a code, a title, and details for humans, in the Graph API's own shape.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::trouble::Trouble;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MetaError {
    code: u32,
    subcode: Option<u32>,
    details: String,
    status: Option<StatusCode>,
}

impl MetaError {
    pub(super) fn new(code: u32, details: impl Into<String>) -> Self {
        Self {
            code,
            subcode: None,
            details: details.into(),
            status: None,
        }
    }

    pub(super) fn bad_token() -> Self {
        Self::new(190, "Error validating access token")
    }

    /// A parameter that every request of the kind needs.
    pub(super) fn required(parameter: &str) -> Self {
        Self::new(100, format!("The parameter {parameter} is required."))
    }

    /// A parameter that this type of message needs.
    pub(super) fn missing(parameter: &str) -> Self {
        Self::new(
            131_008,
            format!("Required parameter is missing: {parameter}"),
        )
    }

    pub(super) fn invalid(parameter: &str, expected: &str) -> Self {
        Self::new(131_009, format!("{parameter} must be {expected}"))
    }

    pub(super) fn no_object(id: &str) -> Self {
        Self {
            subcode: Some(33),
            ..Self::new(
                100,
                format!(
                    "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation."
                ),
            )
        }
    }

    pub(super) fn unknown_path() -> Self {
        Self {
            status: Some(StatusCode::NOT_FOUND),
            ..Self::new(2500, "Unknown path components")
        }
    }

    pub(super) fn not_found(details: &str) -> Self {
        Self {
            status: Some(StatusCode::NOT_FOUND),
            ..Self::new(100, details)
        }
    }

    /// The fault that refuses everything.
    pub(super) fn told(code: u32) -> Self {
        Self::new(
            code,
            format!("The simulator was told to refuse with error {code}"),
        )
    }

    pub(super) fn throttled() -> Self {
        Self {
            status: Some(StatusCode::TOO_MANY_REQUESTS),
            ..Self::new(130_429, "Too many requests in a short time")
        }
    }

    fn status(&self) -> StatusCode {
        self.status.unwrap_or(match self.code {
            0 | 190 => StatusCode::UNAUTHORIZED,
            3 | 10 | 200..=299 | 368 | 131_005 | 131_031 => StatusCode::FORBIDDEN,
            1 | 131_000 => StatusCode::INTERNAL_SERVER_ERROR,
            2 | 131_016 => StatusCode::SERVICE_UNAVAILABLE,
            132_001 => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        })
    }
}

impl From<Trouble<Self>> for MetaError {
    fn from(trouble: Trouble<Self>) -> Self {
        match trouble {
            Trouble::Throttled => Self::throttled(),
            Trouble::Broken => Self::new(1, "An unknown error occurred"),
            Trouble::TimedOut => Self {
                status: Some(StatusCode::GATEWAY_TIMEOUT),
                ..Self::new(2, "Temporary failure: it took too long")
            },
            Trouble::Refused(refusal) => refusal,
        }
    }
}

/// What a code is called.
pub(super) fn title(code: u32) -> &'static str {
    match code {
        1 => "An unknown error occurred",
        2 => "Service temporarily unavailable",
        4 => "Application request limit reached",
        10 => "Application does not have permission for this action",
        33 => "Parameter value is not valid",
        100 => "Invalid parameter",
        190 => "Access token has expired or is invalid",
        368 => "Temporarily blocked for policies violations",
        80_007 => "Rate limit issues",
        130_403 => "Message blocked",
        130_429 => "Rate limit hit",
        130_472 => "User's number is part of an experiment",
        130_497 => "Business account is restricted from messaging users in this country",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_030 => "Recipient phone number not in allowed list",
        131_031 => "Account has been locked",
        131_042 => "Business eligibility payment issue",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "Message not sent to maintain healthy ecosystem engagement",
        131_050 => "User has stopped marketing messages",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Account in maintenance mode",
        132_000 => "Template Param Count Mismatch",
        132_001 => "Template does not exist",
        132_005 => "Template Hydrated Text Too Long",
        132_007 => "Template Format Character Policy Violated",
        132_012 => "Template Parameter Format Mismatch",
        132_015 => "Template is Paused",
        132_016 => "Template is Disabled",
        _ => "Message failed",
    }
}

impl IntoResponse for MetaError {
    fn into_response(self) -> Response {
        let status = self.status();
        let message = match self.code {
            190 => self.details.clone(),
            100 if self.subcode.is_some() => self.details.clone(),
            code => format!("(#{code}) {}", title(code)),
        };
        let mut error = json!({
            "message": message,
            "type": "OAuthException",
            "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details },
            "fbtrace_id": "Asimulated_trace_0000000",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        (status, Json(json!({ "error": error }))).into_response()
    }
}
