//! One call to a provider over HTTP: what came back, and what it means that nothing did.

use std::time::Duration;

use http::{StatusCode, header};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use crate::{Failure, Reason, SendError};

/// The longest that we let a provider put us off: past this, asking again is cheaper than trusting the header.
const LONGEST_WAIT: u64 = 3600;

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// `Retry-After`, where it is in seconds; an hour at most.
    pub retry_after: Option<Duration>,
    /// The JSON of the body; `Null` where it was cut off, too long or something else.
    pub json: Value,
}

/// Makes a call whose answer may have so many bytes. What the answer says is the provider's adapter to read.
///
/// # Errors
/// When there was no answer.
pub async fn call(request: RequestBuilder, limit: usize) -> Result<Reply, SendError> {
    let response = request.send().await.map_err(not_answered)?;
    Ok(Reply {
        status: response.status(),
        retry_after: retry_after(&response),
        json: json(response, limit).await,
    })
}

/// The reason where the code says nothing. A redirect is no answer of a provider's: `api_base` points at something else.
#[must_use]
pub fn by_status(status: StatusCode) -> Reason {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            Reason::Misconfigured
        }
        _ if status.is_redirection() => Reason::Misconfigured,
        _ => Reason::Other,
    }
}

/// What it means that there was no answer. Once a connection stood, the provider may have read the request.
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
