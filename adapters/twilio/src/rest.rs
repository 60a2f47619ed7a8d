//! One call to Twilio, and what its failure means for whoever made it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use contract::call::{Reply, by_status, call};
use contract::provider::{Caller, SettingError};
use contract::{Failure, SendError};
use http::StatusCode;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::config::Config;
use crate::errors::{self, Meaning};

/// The longest answer to one thing asked for, and to a list: Twilio's own pages, at most 8 MiB each.
const ONE: usize = 64 * 1024;
const LIST: usize = 8 * 1024 * 1024;

/// One account of Twilio's, over HTTP.
pub(crate) struct Rest {
    http: reqwest::Client,
    /// What the paths of the account's messages begin with.
    messages: String,
    typing: String,
    contents: String,
    account_sid: String,
    auth_token: String,
    timeout: Duration,
}

impl Rest {
    pub(crate) fn new(config: Config, caller: Caller) -> Result<Self, SettingError> {
        let [api, messaging, content] = config.bases()?;
        Ok(Self {
            http: caller.http,
            messages: format!("{api}/2010-04-01/Accounts/{}/Messages", config.account_sid),
            typing: format!("{messaging}/v3/Indicators/Typing.json"),
            contents: format!("{content}/v1/ContentAndApprovals"),
            account_sid: config.account_sid,
            auth_token: config.auth_token,
            timeout: caller.timeout,
        })
    }

    /// Creates a message of these parameters.
    pub(crate) async fn create(&self, parameters: &[(&str, &str)]) -> Result<Reply, SendError> {
        let url = format!("{}.json", self.messages);
        self.call(self.http.post(url).form(parameters), ONE).await
    }

    /// Lists messages by this query.
    pub(crate) async fn list(&self, query: &str) -> Result<Reply, SendError> {
        self.get(&format!("{}.json", self.messages), query).await
    }

    /// Lists the files of a message.
    pub(crate) async fn media_of(&self, message: &str) -> Result<Reply, SendError> {
        let message: String = form_urlencoded::byte_serialize(message.as_bytes()).collect();
        let url = format!("{}/{message}/Media.json", self.messages);
        self.call(self.http.get(url), LIST).await
    }

    /// Lists templates by this query.
    pub(crate) async fn contents(&self, query: &str) -> Result<Reply, SendError> {
        self.get(&self.contents, query).await
    }

    /// Tells a person that somebody writes.
    pub(crate) async fn typing(&self, body: &Value) -> Result<Reply, SendError> {
        self.call(self.http.post(&self.typing).json(body), ONE)
            .await
    }

    /// Where a file of a message is, as its webhook says it.
    pub(crate) fn media_url(&self, message: &str, file: &str) -> String {
        format!("{}/{message}/Media/{file}", self.messages)
    }

    /// Whether an address is that of a file of this account's.
    pub(crate) fn is_media(&self, url: &str) -> bool {
        let path = url.strip_prefix(&self.messages).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '/';
        path.starts_with('/') && path.chars().all(plain)
    }

    /// What files are asked for with.
    pub(crate) fn basic(&self) -> String {
        let pair = format!("{}:{}", self.account_sid, self.auth_token);
        format!("Basic {}", BASE64.encode(pair))
    }

    async fn get(&self, url: &str, query: &str) -> Result<Reply, SendError> {
        self.call(self.http.get(format!("{url}?{query}")), LIST)
            .await
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

/// The query of a list's next page. Only the query is believed: our credentials go where the configuration says.
pub(crate) fn next_query(link: Option<&Value>) -> Option<String> {
    let (_, query) = link?.as_str()?.split_once('?')?;
    Some(query.to_owned())
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
