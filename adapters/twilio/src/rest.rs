//! One call to Twilio, and what its failure means for whoever made it.

use std::time::Duration;

use contract::{Failure, Reason, SendError};
use http::{StatusCode, header};
use reqwest::{RequestBuilder, Response, Url};
use serde_json::Value;

use crate::config::{Config, ConfigError};
use crate::errors::{self, Meaning};

/// The longest that we let Twilio put us off: past this, asking again is cheaper than trusting the header.
const LONGEST_WAIT: u64 = 3600;

/// Twilio's messages of one account, over HTTP.
pub(crate) struct Rest {
    http: reqwest::Client,
    messages: Url,
    account_sid: String,
    auth_token: String,
    timeout: Duration,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    retry_after: Option<Duration>,
    /// The JSON of the body; `Null` where it was cut off, too long or something else.
    pub(crate) json: Value,
}

impl Rest {
    pub(crate) fn new(config: Config, http: reqwest::Client) -> Result<Self, ConfigError> {
        Ok(Self {
            http,
            messages: config.messages_url()?,
            account_sid: config.account_sid,
            auth_token: config.auth_token,
            timeout: config.timeout,
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
        let response = request.send().await.map_err(not_answered)?;
        let reply = Reply {
            status: response.status(),
            retry_after: retry_after(&response),
            json: json(response, limit).await,
        };
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(refused(&reply))
        }
    }
}

/// What it means that there was no answer. Once a connection stood, Twilio may have read the request.
fn not_answered(error: reqwest::Error) -> SendError {
    let words = in_words(&error);
    if error.is_connect() {
        SendError::Unavailable(words)
    } else if error.is_builder() {
        SendError::Rejected(Failure {
            reason: Reason::Misconfigured,
            code: None,
            detail: words,
        })
    } else {
        SendError::OutcomeUnknown(words)
    }
}

/// An error and its causes, without the URL: a list's has telephone numbers in it.
fn in_words(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        "the call failed".to_owned()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
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

/// The reason where the code says nothing. A redirect is no answer of Twilio's: `api_base` points at something else.
fn by_status(status: StatusCode) -> Reason {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            Reason::Misconfigured
        }
        _ if status.is_redirection() => Reason::Misconfigured,
        _ => Reason::Other,
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

/// `Retry-After` in its seconds form.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value
        .trim()
        .parse()
        .ok()
        .map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST_WAIT)))
}

async fn json(mut response: Response, limit: usize) -> Value {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Ok(None) => return serde_json::from_slice(&body).unwrap_or_default(),
            Ok(Some(_)) | Err(_) => return Value::Null,
        }
    }
}
