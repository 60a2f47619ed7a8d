//! One visitor: begins a chat, asks for the switch, meets a challenge where one is asked for, and waits for what comes of it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Failed;
use crate::cast::{Aim, Visitor};

/// A switch that stands or has failed by then.
const PATIENCE: Duration = Duration::from_secs(40);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// What came of a visitor's switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server took it on; an attacker does not wait to see.
    Asked,
    /// A challenge was asked for, and not met.
    TurnedAway,
    /// It stands.
    Stands,
    /// It does not, and how it was last seen.
    Failed(String),
}

/// The server, as visitors reach it.
#[derive(Clone)]
pub struct Site {
    pub http: reqwest::Client,
    pub url: String,
}

struct Browser<'a> {
    site: &'a Site,
    from: &'a str,
    token: String,
}

impl Site {
    /// Lets somebody do what they are up to. Answers what came of it, and whether a challenge was asked for.
    pub async fn visit(&self, visitor: &Visitor) -> Result<(Fate, bool), Failed> {
        let mut browser = Browser {
            site: self,
            from: &visitor.from,
            token: String::new(),
        };
        let made = browser
            .ask(
                Method::POST,
                "/v1/visitors",
                Some(json!({ "widget_key": "wk_acme" })),
            )
            .await?;
        browser.token = made.1["token"].as_str().ok_or("no token")?.to_owned();
        let words = json!({ "client_id": uuid::Uuid::now_v7(), "text": "hello" });
        let begun = browser
            .ask(Method::POST, "/v1/conversations", Some(words))
            .await?;
        let id = begun.1["id"].as_str().ok_or("no conversation")?.to_owned();
        let (asked, challenged) = browser.switches(&id, visitor).await?;
        match (asked, visitor.aim) {
            (403, _) => Ok((Fate::TurnedAway, true)),
            (202, Aim::Attack { .. }) => Ok((Fate::Asked, challenged)),
            (202, Aim::Honest { .. }) => Ok((browser.waits(&id).await?, challenged)),
            (status, _) => Err(format!("a switch was answered {status}").into()),
        }
    }

    /// Somebody writes back on their phone.
    pub async fn answer(&self, number: &str) -> Result<(), Failed> {
        let path = format!(
            "/v1/simulator/phones/{}/messages",
            number.replace('+', "%2B")
        );
        let body = json!({ "to": crate::run::SHOP, "text": "it is me", "channel": "sms" });
        let answer = self
            .http
            .post(format!("{}{path}", self.url))
            .json(&body)
            .send()
            .await?;
        answer.error_for_status()?;
        Ok(())
    }

    /// How many messages a phone has from the shop.
    pub async fn received(&self, number: &str) -> Result<u32, Failed> {
        let path = format!(
            "/v1/simulator/phones/{}/messages",
            number.replace('+', "%2B")
        );
        let answer = self.http.get(format!("{}{path}", self.url)).send().await?;
        let list: Value = serde_json::from_str(&answer.error_for_status()?.text().await?)?;
        let items = list["items"].as_array().ok_or("no list")?.iter();
        let from_shop = items.filter(|message| message["from"] == crate::run::SHOP);
        Ok(u32::try_from(from_shop.count())?)
    }
}

impl Browser<'_> {
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), Failed> {
        let mut request = self
            .site
            .http
            .request(method, format!("{}{path}", self.site.url))
            .header("x-forwarded-for", self.from);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Asks for the switch, once more with the challenge met where that is asked for and they do such work.
    async fn switches(&self, id: &str, visitor: &Visitor) -> Result<(u16, bool), Failed> {
        let path = format!("/v1/conversations/{id}/switch");
        let mut body = json!({ "channel": "sms", "address": visitor.number });
        let (status, answer) = self.ask(Method::POST, &path, Some(body.clone())).await?;
        if status != 403 || visitor.aim == (Aim::Attack { works: false }) {
            return Ok((status, status == 403));
        }
        let challenge = answer["challenge"].clone();
        body["altcha"] = tokio::task::spawn_blocking(move || met(&challenge))
            .await?
            .ok_or("a challenge that cannot be met")?
            .into();
        let (status, _) = self.ask(Method::POST, &path, Some(body)).await?;
        Ok((status, true))
    }

    async fn waits(&self, id: &str) -> Result<Fate, Failed> {
        let began = Instant::now();
        loop {
            let (_, now) = self
                .ask(Method::GET, &format!("/v1/conversations/{id}"), None)
                .await?;
            if now["active_leg"]["channel"] == "sms" {
                return Ok(Fate::Stands);
            }
            if now["switch"]["phase"] == "settled" || began.elapsed() > PATIENCE {
                return Ok(Fate::Failed(now["switch"].to_string()));
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// What meets a challenge.
fn met(challenge: &Value) -> Option<String> {
    let word = |key: &str| challenge[key].as_str();
    let (salt, wanted) = (word("salt")?, word("challenge")?);
    let wanted_bytes: Vec<u8> = (0..wanted.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(wanted.get(at..at + 2)?, 16).ok())
        .collect::<Option<_>>()?;
    let begun = Sha256::new_with_prefix(salt);
    let number = (0..=challenge["maxnumber"].as_u64()?).find(|number| {
        let hash = begun.clone().chain_update(number.to_string()).finalize();
        hash[..] == wanted_bytes[..]
    })?;
    let answer = json!({
        "algorithm": "SHA-256",
        "challenge": wanted,
        "number": number,
        "salt": salt,
        "signature": word("signature")?,
    });
    Some(STANDARD.encode(answer.to_string()))
}
