//! One call to Meta, and what its failure means for whoever made it.

use std::time::Duration;

use contract::{Failure, Reason, SendError};
use http::{StatusCode, header};
use reqwest::{Response, Url};
use serde_json::Value;

use crate::config::{Config, ConfigError};
use crate::errors::{self, Meaning};
use crate::json::Fields as _;

/// The longest that we let Meta put us off: past this, asking again is cheaper than trusting the header.
const LONGEST_WAIT: u64 = 3600;

/// What one person can be sent: one message in six seconds (Meta's page "Throughput").
const PAIR_PACE: Duration = Duration::from_secs(6);

/// Longer than any answer to a send.
const LONGEST_ANSWER: usize = 64 * 1024;

/// One number's messages, over HTTP.
pub(crate) struct Rest {
    http: reqwest::Client,
    graph: String,
    messages: Url,
    access_token: String,
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
            graph: config.graph()?,
            messages: config.messages_url()?,
            access_token: config.access_token,
            timeout: config.timeout,
        })
    }

    /// What every path of Meta's begins with, without a slash at the end.
    pub(crate) fn graph(&self) -> &str {
        &self.graph
    }

    /// Creates a message.
    pub(crate) async fn create(&self, message: &Value) -> Result<Reply, SendError> {
        let request = self
            .http
            .post(self.messages.clone())
            .bearer_auth(&self.access_token)
            .json(message)
            .timeout(self.timeout);
        let response = request.send().await.map_err(not_answered)?;
        let reply = Reply {
            status: response.status(),
            retry_after: retry_after(&response),
            json: json(response).await,
        };
        if reply.status.is_success() && reply.json.field("error").is_none() {
            Ok(reply)
        } else {
            Err(refused(&reply))
        }
    }
}

/// What it means that there was no answer. Once a connection stood, Meta may have read the request.
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

/// An error and its causes, without the URL.
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

/// What an answer other than success means. A code that we know is asked before the status, which Meta chooses freely; where there is
/// none, nobody knows what happened behind a server error.
fn refused(reply: &Reply) -> SendError {
    let status = reply.status;
    let error = reply.json.field("error");
    let code = error.and_then(|error| error.text("code"));
    let said = error
        .and_then(errors::detail)
        .unwrap_or_else(|| format!("Meta answered {status}"));
    let later = |pace| SendError::Throttled {
        retry_after: reply.retry_after.or(pace),
    };
    let rejected = |reason| {
        SendError::Rejected(Failure {
            reason,
            code,
            detail: said.clone(),
        })
    };
    match error.and_then(errors::meaning) {
        Some(Meaning::PairBusy) => later(Some(PAIR_PACE)),
        Some(Meaning::Busy) => later(None),
        _ if status == StatusCode::TOO_MANY_REQUESTS => later(None),
        Some(Meaning::Refused(reason)) => rejected(reason),
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            SendError::OutcomeUnknown(said)
        }
        Some(Meaning::Stumbled) => later(None),
        None => rejected(by_status(status)),
    }
}

/// The reason where the code says nothing. A redirect is no answer of Meta's: `api_base` points at something else.
fn by_status(status: StatusCode) -> Reason {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            Reason::Misconfigured
        }
        _ if status.is_redirection() => Reason::Misconfigured,
        _ => Reason::Other,
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

async fn json(mut response: Response) -> Value {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => {
                body.extend_from_slice(&chunk);
            }
            Ok(None) => return serde_json::from_slice(&body).unwrap_or_default(),
            Ok(Some(_)) | Err(_) => return Value::Null,
        }
    }
}
