//! One call to Telegram, and what its failure means for whoever made it.
//!
//! The token stands in the path of every call, so no URL is shown, and what Telegram says is told without the token.

use std::time::Duration;

use contract::call::{Reply, call};
use contract::provider::{Caller, SettingError};
use contract::{Failure, SendError};
use http::{StatusCode, header};
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::config::Config;
use crate::errors;
use crate::form::Form;
use crate::json::Fields as _;

/// Longer than any answer to a call of ours.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The longest that we let ourselves be put off.
const LONGEST_WAIT: u64 = 3600;

/// One bot's calls, over HTTP.
pub(crate) struct Rest {
    http: reqwest::Client,
    base: String,
    token: String,
    timeout: Duration,
}

impl Rest {
    pub(crate) fn new(config: &Config, caller: Caller) -> Result<Self, SettingError> {
        Ok(Self {
            http: caller.http,
            base: config.base()?,
            token: config.bot_token.clone(),
            timeout: caller.timeout,
        })
    }

    /// What every path of Telegram's begins with, without the token and without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Where the bytes of a file are. It has the token in it.
    pub(crate) fn file_url(&self, path: &str) -> String {
        format!("{}/file/bot{}/{path}", self.base, self.token)
    }

    /// Calls a method with these fields.
    pub(crate) async fn call(&self, method: &str, fields: &Value) -> Result<Value, Refusal> {
        self.answered(self.post(method).json(fields)).await
    }

    /// Calls a method with a file.
    pub(crate) async fn upload(&self, method: &str, form: Form) -> Result<Value, Refusal> {
        let request = self
            .post(method)
            .header(header::CONTENT_TYPE, form.content_type())
            .body(form.close());
        self.answered(request).await
    }

    fn post(&self, method: &str) -> RequestBuilder {
        let url = format!("{}/bot{}/{method}", self.base, self.token);
        self.http.post(url).timeout(self.timeout)
    }

    /// What was asked for, or why not.
    async fn answered(&self, request: RequestBuilder) -> Result<Value, Refusal> {
        let mut reply = call(request, LONGEST_ANSWER)
            .await
            .map_err(|error| Refusal { code: None, error })?;
        if reply.status.is_success() && reply.json.field("ok") != Some(&Value::Bool(false)) {
            return Ok(reply.json["result"].take());
        }
        let code = code(&reply);
        Err(Refusal {
            code: Some(code),
            error: self.refused(&reply, code),
        })
    }

    /// What an answer other than success means. Nobody knows what happened behind a server error.
    fn refused(&self, reply: &Reply, code: StatusCode) -> SendError {
        let said = reply.json.text("description");
        let said = said
            .unwrap_or_else(|| format!("Telegram answered {}", reply.status))
            .replace(&self.token, "•••");
        if code == StatusCode::TOO_MANY_REQUESTS {
            return SendError::Throttled {
                retry_after: asked_to_wait(&reply.json).or(reply.retry_after),
            };
        }
        if code.is_server_error() || code == StatusCode::REQUEST_TIMEOUT {
            return SendError::OutcomeUnknown(said);
        }
        SendError::Rejected(Failure {
            reason: errors::reason(code, &said),
            code: reply.json.text("error_code"),
            detail: said,
        })
    }
}

/// An answer other than success, or none.
pub(crate) struct Refusal {
    /// What was answered.
    pub(crate) code: Option<StatusCode>,
    /// What it means.
    pub(crate) error: SendError,
}

/// Telegram repeats the status in its answer; where they differ, a proxy between us may have changed the outer one.
fn code(reply: &Reply) -> StatusCode {
    if reply.status.is_server_error() {
        return reply.status;
    }
    let told = reply.json.number("error_code");
    told.and_then(|code| StatusCode::from_u16(code.try_into().ok()?).ok())
        .unwrap_or(reply.status)
}

fn asked_to_wait(answer: &Value) -> Option<Duration> {
    let seconds = answer.field("parameters")?.field("retry_after")?.as_u64()?;
    Some(Duration::from_secs(seconds.min(LONGEST_WAIT)))
}
