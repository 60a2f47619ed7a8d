//! One signed form post to an account's server, tried again only as its URL says.
//!
//! Twilio's connection overrides stand in the URL's fragment: `#rc=5&rp=all` asks for five more tries after any failure.
//! Without it there is one, after a failed connection alone. All tries together end within 15 s.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName};
use tokio::time::{Instant, sleep, timeout_at};

use crate::twilio::signature::sign;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const IDEMPOTENCY_TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");
const HOME_REGION: HeaderName = HeaderName::from_static("x-home-region");

const TOTAL: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(200);
/// An answer is read to its end so that the connection can be used again, but no further than this.
const LONGEST_ANSWER: usize = 64 * 1024;
const MOST_RETRIES: u32 = 5;

/// A webhook to post. Each try of it carries the same idempotency token.
#[derive(Clone)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) auth_token: String,
    pub(crate) idempotency_token: String,
    pub(crate) form: Vec<(String, String)>,
}

/// Why the account's server did not take a webhook.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("could not connect: {0}")]
    Connect(reqwest::Error),
    #[error("the connection failed: {0}")]
    Broken(reqwest::Error),
    #[error("it answered {0}")]
    Status(reqwest::StatusCode),
    #[error("it did not answer within 15 s")]
    TimedOut,
}

impl Webhook {
    /// Posts it until it is taken or no further try is allowed.
    pub(crate) async fn post(&self, http: &reqwest::Client) -> Result<(), NotTaken> {
        let overrides = Overrides::of(&self.url);
        let deadline = Instant::now() + TOTAL;
        let mut left = overrides.retries;
        loop {
            let failed = match timeout_at(deadline, self.attempt(http)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(failed)) => failed,
                Err(_) => return Err(NotTaken::TimedOut),
            };
            if left == 0 || !overrides.allow(&failed) || Instant::now() + PAUSE >= deadline {
                return Err(failed);
            }
            left -= 1;
            sleep(PAUSE).await;
        }
    }

    async fn attempt(&self, http: &reqwest::Client) -> Result<(), NotTaken> {
        let address = self.url.split('#').next().unwrap_or_default();
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.form)
            .finish();
        let request = http
            .post(address)
            .header(
                CONTENT_TYPE,
                "application/x-www-form-urlencoded; charset=UTF-8",
            )
            .header(
                SIGNATURE,
                sign(&self.auth_token, &without_credentials(address), &self.form),
            )
            .header(IDEMPOTENCY_TOKEN, &self.idempotency_token)
            .header(HOME_REGION, "us1")
            .body(body);
        let mut answer = request.send().await.map_err(|e| {
            if e.is_connect() {
                NotTaken::Connect(e)
            } else {
                NotTaken::Broken(e)
            }
        })?;
        let mut read = 0;
        while let Ok(Some(chunk)) = answer.chunk().await {
            read += chunk.len();
            if read > LONGEST_ANSWER {
                break;
            }
        }
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(NotTaken::Status(answer.status()))
        }
    }
}

/// What is signed never holds the user and password of the URL.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[host..])
}

/// Which failures are tried again, and how often.
#[derive(Debug, PartialEq, Eq)]
struct Overrides {
    retries: u32,
    after_connect: bool,
    after_break: bool,
    after_4xx: bool,
    after_5xx: bool,
}

impl Overrides {
    fn of(url: &str) -> Self {
        let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
        let field = |name: &str| {
            form_urlencoded::parse(fragment.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        let policy = field("rp").unwrap_or_else(|| "ct".into());
        let among = |word: &str| policy.split(',').any(|p| p == word || p == "all");
        Self {
            retries: field("rc")
                .and_then(|n| n.parse().ok())
                .unwrap_or(1)
                .min(MOST_RETRIES),
            after_connect: among("ct"),
            after_break: among("rt"),
            after_4xx: among("4xx"),
            after_5xx: among("5xx"),
        }
    }

    fn allow(&self, failed: &NotTaken) -> bool {
        match failed {
            NotTaken::Connect(_) => self.after_connect,
            NotTaken::Broken(_) => self.after_break,
            NotTaken::Status(status) if status.is_server_error() => self.after_5xx,
            NotTaken::Status(_) => self.after_4xx,
            NotTaken::TimedOut => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_overrides_is_tried_once_more_after_a_failed_connection_alone() {
        let overrides = Overrides::of("https://host/hook?a=1");
        assert_eq!(overrides.retries, 1);
        assert!(overrides.after_connect);
        assert!(!overrides.allow(&NotTaken::Status(
            reqwest::StatusCode::INTERNAL_SERVER_ERROR
        )));
    }

    #[test]
    fn the_fragment_says_what_is_tried_again() {
        let overrides = Overrides::of("https://host/hook#rc=99&rp=all");
        assert_eq!(overrides.retries, MOST_RETRIES);
        assert!(overrides.allow(&NotTaken::Status(reqwest::StatusCode::SERVICE_UNAVAILABLE)));
        assert!(overrides.allow(&NotTaken::Status(reqwest::StatusCode::FORBIDDEN)));
        let overrides = Overrides::of("https://host/hook#rc=2&rp=5xx");
        assert!(!overrides.after_connect && overrides.after_5xx && !overrides.after_4xx);
    }

    #[test]
    fn credentials_are_not_part_of_what_is_signed() {
        assert_eq!(
            without_credentials("https://user:p@ss@host:8443/x?y=@"),
            "https://host:8443/x?y=@"
        );
        assert_eq!(without_credentials("https://host/a@b"), "https://host/a@b");
    }
}
