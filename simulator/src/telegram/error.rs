//! Telegram's refusals: HTTP's code and a sentence, in the Bot API's own shape. The sentences are those of Telegram's own server.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::books::NoChat;
use crate::faults::code_for;
use crate::message::Provider;
use crate::trouble::Trouble;

/// How long who was too quick should wait, in seconds.
const WAIT: u64 = 1;

const CHAT_NOT_FOUND: &str = "Bad Request: chat not found";
const BLOCKED: &str = "Forbidden: bot was blocked by the user";

/// What the fault that refuses everything says for a code of Twilio's.
const TOLD: [(u32, u16, &str); 8] = [
    (20003, 401, "Unauthorized"),
    (21211, 400, CHAT_NOT_FOUND),
    (21614, 400, CHAT_NOT_FOUND),
    (30003, 400, CHAT_NOT_FOUND),
    (63024, 400, CHAT_NOT_FOUND),
    (21610, 403, BLOCKED),
    (63033, 403, BLOCKED),
    (21617, 400, "Bad Request: message is too long"),
];

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TelegramError {
    code: u16,
    description: String,
    retry_after: Option<u64>,
}

impl TelegramError {
    fn new(code: u16, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
            retry_after: None,
        }
    }

    pub(super) fn bad(sentence: &str) -> Self {
        Self::new(400, format!("Bad Request: {sentence}"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized")
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(super) fn no_such_method() -> Self {
        Self::new(404, "Not Found: method not found")
    }

    pub(super) fn too_large() -> Self {
        Self::new(413, "Request Entity Too Large")
    }

    pub(super) fn throttled() -> Self {
        Self {
            retry_after: Some(WAIT),
            ..Self::new(429, format!("Too Many Requests: retry after {WAIT}"))
        }
    }

    /// The fault that refuses everything.
    pub(super) fn told(code: u32) -> Self {
        let code = code_for(Provider::Telegram, code);
        match TOLD.iter().find(|(of, ..)| *of == code) {
            Some((_, code, sentence)) => Self::new(*code, *sentence),
            None if matches!(code, 21611 | 63018) => Self::throttled(),
            None => Self::bad(&format!(
                "the simulator was told to refuse with error {code}"
            )),
        }
    }
}

impl From<NoChat> for TelegramError {
    fn from(why: NoChat) -> Self {
        match why {
            NoChat::Nobody => Self::new(400, CHAT_NOT_FOUND),
            NoChat::NotBegun => Self::new(
                403,
                "Forbidden: bot can't initiate conversation with a user",
            ),
            NoChat::Blocked => Self::new(403, BLOCKED),
        }
    }
}

impl From<Trouble<Self>> for TelegramError {
    fn from(trouble: Trouble<Self>) -> Self {
        match trouble {
            Trouble::Throttled => Self::throttled(),
            Trouble::Broken => Self::new(500, "Internal Server Error"),
            Trouble::TimedOut => Self::new(504, "Gateway Timeout"),
            Trouble::Refused(refusal) => refusal,
        }
    }
}

impl IntoResponse for TelegramError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer =
            json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(seconds) = self.retry_after {
            answer["parameters"] = json!({ "retry_after": seconds });
        }
        (status, Json(answer)).into_response()
    }
}
