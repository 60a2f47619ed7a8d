//! One call to Twilio, and what its failure means for whoever made it.

use std::time::Duration;

use contract::call::{Reply, by_status, call};
use contract::provider::{Caller, SettingError};
use contract::{Failure, SendError};
use http::StatusCode;
use reqwest::{RequestBuilder, Url};
use serde_json::Value;

use crate::config::Config;
use crate::errors::{self, Meaning};

/// Twilio's messages of one account, over HTTP.
pub(crate) struct Rest {
    http: reqwest::Client,
    messages: Url,
    account_sid: String,
    auth_token: String,
    timeout: Duration,
}

impl Rest {
    pub(crate) fn new(config: Config, caller: Caller) -> Result<Self, SettingError> {
        Ok(Self {
            http: caller.http,
            messages: config.messages_url()?,
            account_sid: config.account_sid,
            auth_token: config.auth_token,
            timeout: caller.timeout,
        })
    }

    /// Creates a message of these parameters.
    pub(crate) async fn create(&self, parameters: &[(&str, &str)]) -> Result<Reply, SendError> {
        self.call(
            self.http.post(self.messages.clone()).form(parameters),
            64 * 1024,
        )
        .await
    }

    /// Lists messages by this query: Twilio's own pages, at most 8 MiB each.
    pub(crate) async fn list(&self, query: &str) -> Result<Reply, SendError> {
        let mut url = self.messages.clone();
        url.set_query(Some(query));
        self.call(self.http.get(url), 8 * 1024 * 1024).await
    }

    async fn call(&self, request: RequestBuilder, limit: usize) -> Result<Reply, SendError> {
        let request = request
            .basic_auth(&self.account_sid, Some(&self.auth_token))
            .timeout(self.timeout);
        let reply = call(request, limit).await?;
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(refused(&reply))
        }
    }
}

/// What an answer other than success means. The status is asked before the code: behind a server error, nobody knows.
fn refused(reply: &Reply) -> SendError {
    let status = reply.status;
    let code = text(&reply.json, "code");
    let said = text(&reply.json, "message").unwrap_or_else(|| format!("Twilio answered {status}"));
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        return SendError::OutcomeUnknown(said);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return SendError::Throttled {
            retry_after: reply.retry_after,
        };
    }
    match code.as_deref().and_then(errors::meaning) {
        Some(Meaning::Busy) => SendError::Throttled {
            retry_after: reply.retry_after,
        },
        Some(Meaning::Refused(reason)) => SendError::Rejected(Failure {
            reason,
            code,
            detail: said,
        }),
        None => SendError::Rejected(Failure {
            reason: by_status(status),
            code,
            detail: said,
        }),
    }
}

/// A field as text, be it a string or a number. Twilio writes some numbers as either.
pub(crate) fn text(json: &Value, name: &str) -> Option<String> {
    match json.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
