//! One call to Meta, and what its failure means for whoever made it.

use std::time::Duration;

use contract::call::{Reply, by_status, call};
use contract::provider::{Caller, SettingError};
use contract::{Failure, SendError};
use http::StatusCode;
use reqwest::Url;
use serde_json::Value;

use crate::config::Config;
use crate::errors::{self, Meaning};
use crate::json::Fields as _;

/// What one person can be sent: one message in six seconds (Meta's page "Throughput").
const PAIR_PACE: Duration = Duration::from_secs(6);

/// Longer than any answer to a send.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Longer than a hundred templates.
const LONGEST_LIST: usize = 2 * 1024 * 1024;

/// One number's messages, over HTTP.
pub(crate) struct Rest {
    http: reqwest::Client,
    graph: String,
    messages: Url,
    access_token: String,
    timeout: Duration,
}

impl Rest {
    pub(crate) fn new(config: Config, caller: Caller) -> Result<Self, SettingError> {
        Ok(Self {
            http: caller.http,
            graph: config.graph()?,
            messages: config.messages_url()?,
            access_token: config.access_token,
            timeout: caller.timeout,
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
        let answered = call(request, LONGEST_ANSWER).await;
        taken(answered).map_err(|refusal| refusal.error)
    }

    /// Asks for what is at a path below the version.
    pub(crate) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Reply, Refusal> {
        let mut url = format!("{}/{}", self.graph, path.join("/"));
        if !query.is_empty() {
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(query)
                .finish();
            url = format!("{url}?{query}");
        }
        let request = self
            .http
            .get(url)
            .bearer_auth(&self.access_token)
            .timeout(self.timeout);
        taken(call(request, LONGEST_LIST).await)
    }

    /// What media are asked for with.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.access_token)
    }

    /// Whether an address is at the API that the configuration names.
    pub(crate) fn is_ours(&self, url: &str) -> bool {
        let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
        let ours = origin(url);
        ours.is_some() && ours == origin(&self.graph)
    }
}

/// An answer other than success, or none.
pub(crate) struct Refusal {
    /// What was answered.
    pub(crate) status: Option<StatusCode>,
    /// What it means.
    pub(crate) error: SendError,
}

fn taken(answered: Result<Reply, SendError>) -> Result<Reply, Refusal> {
    let reply = answered.map_err(|error| Refusal {
        status: None,
        error,
    })?;
    if reply.status.is_success() && reply.json.field("error").is_none() {
        return Ok(reply);
    }
    Err(Refusal {
        status: Some(reply.status),
        error: refused(&reply),
    })
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
