//! The world that a story happens in: a server, a visitor, an operator, a phone, and a hand on the clock.
//!
//! Everything is the product's real path: HTTP and WebSocket in, the adapter's HTTP out to the carrier in the box, signed webhooks back. A story
//! never sleeps: it waits until something is so, and time moves when the story says so.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use simulator::{Account, Number, Pace};
use switchboard::api;
use switchboard::app::{self, App, Mode, demo_config};
use switchboard::config::Config;

/// The shop that all stories happen at.
pub const WIDGET: &str = "wk_acme";
/// The visitor's phone.
pub const PHONE: &str = "+12025550143";
/// Somebody else's phone.
pub const OTHER_PHONE: &str = "+12025550199";
/// The shop's own number.
pub const SHOP: &str = "+15005550006";
/// The shop's own number on WhatsApp.
pub const SHOP_WHATSAPP: &str = "+15005550007";
/// The shop's second number on WhatsApp, where it has one.
pub const SHOP_WHATSAPP_2: &str = "+15005550008";
/// The shop's bot on Telegram.
pub const SHOP_BOT: &str = "acme_pumps_bot";
const PASSWORD: &str = "correct horse";

/// Anything that takes longer than this will not come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running server and the hands that act on it.
pub struct World {
    /// The server; none while it is down.
    app: Option<App>,
    config: Config,
    folder: PathBuf,
    http: reqwest::Client,
    /// Where it is.
    pub url: String,
}

/// An answer: its status and its body.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body, or null where there is none.
    pub body: Value,
}

impl Answer {
    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// Says that it is a refusal with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let body = self.is(status);
        assert_eq!(body["code"], code, "{body:#}");
        assert!(
            body["title"].is_string() && body["status"] == status,
            "{body:#}"
        );
        body
    }
}

impl World {
    /// A fresh server.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A fresh server whose configuration is changed first.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::made(change, None).await
    }

    /// A fresh server that waits no longer than this for the head of a request.
    pub async fn impatient(head: Duration) -> Self {
        Self::made(|_| {}, Some(head)).await
    }

    async fn made(change: impl FnOnce(&mut Config), head: Option<Duration>) -> Self {
        let folder = std::env::temp_dir().join(format!(
            "switchboard-story-{}",
            uuid::Uuid::now_v7().simple()
        ));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        let listener = app::bind("127.0.0.1:0".parse().expect("an address"))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let mut config = demo_config(address, &folder, PASSWORD, "token");
        // A restart is to be found at the same place.
        config.server.listen = address;
        change(&mut config);
        let mode = Mode {
            head,
            ..mode(&config)
        };
        let app = App::start_on(listener, &config, mode)
            .await
            .expect("the server starts");
        let url = app.public_url.clone();
        let http = app::http_client().expect("a client");
        Self {
            app: Some(app),
            config,
            folder,
            http,
            url,
        }
    }

    /// Ends the server and starts it again on the same data. Phones and faults of the carrier are new.
    pub async fn restart(&mut self) {
        let clock = self
            .app()
            .simulator
            .as_ref()
            .map(|simulator| simulator.clock().clone());
        self.app
            .take()
            .expect("it runs")
            .stop()
            .await
            .expect("it ends");
        let mode = Mode {
            clock,
            ..mode(&self.config)
        };
        let app = App::start(&self.config, mode)
            .await
            .expect("the server starts again");
        self.app = Some(app);
    }

    fn app(&self) -> &App {
        self.app.as_ref().expect("the server runs")
    }

    /// Where it listens, whatever it is reached by.
    pub fn address(&self) -> String {
        format!("http://{}", self.app().address)
    }

    /// Moves time.
    pub fn pass(&self, millis: u64) {
        let simulator = self
            .app()
            .simulator
            .as_ref()
            .expect("the carrier is in the box");
        simulator
            .clock()
            .advance(Duration::from_millis(millis))
            .expect("within reach");
    }

    /// Waits until something is so while time passes, in steps, and slowly enough that the server keeps up.
    pub async fn passes<F: Future<Output = bool>>(
        &self,
        step: u64,
        what: &str,
        so: impl Fn() -> F,
    ) {
        const LOOKS: usize = 8;
        let began = Instant::now();
        loop {
            self.pass(step);
            for _ in 0..LOOKS {
                if so().await {
                    return;
                }
                assert!(began.elapsed() < PATIENCE, "it never came to be so: {what}");
                tokio::task::yield_now().await;
            }
        }
    }

    /// One request.
    pub async fn ask(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the server answers");
        let status = response.status();
        let text = response.text().await.expect("a body");
        Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }

    /// A visitor who has not said anything.
    pub async fn visitor(&self) -> Person<'_> {
        let made = self
            .ask(
                None,
                Method::POST,
                "/v1/visitors",
                Some(json!({ "widget_key": WIDGET })),
            )
            .await
            .is(201);
        Person {
            world: self,
            token: made["token"].as_str().expect("a token").to_owned(),
        }
    }

    /// An operator who has signed in.
    pub async fn operator(&self, email: &str) -> Person<'_> {
        let body = json!({ "email": email, "password": PASSWORD });
        let made = self
            .ask(None, Method::POST, "/v1/session", Some(body))
            .await
            .is(200);
        Person {
            world: self,
            token: made["token"].as_str().expect("a token").to_owned(),
        }
    }

    /// Whoever has a token.
    pub fn who_has(&self, token: String) -> Person<'_> {
        Person { world: self, token }
    }

    /// Ada, who owns the shop.
    pub async fn ada(&self) -> Person<'_> {
        self.operator("ada@acme.example").await
    }

    /// Ben, who works there too.
    pub async fn ben(&self) -> Person<'_> {
        self.operator("ben@acme.example").await
    }

    /// Everything that a phone has received or written, oldest first.
    pub async fn on_phone(&self, number: &str) -> Vec<Value> {
        let path = format!(
            "/v1/simulator/phones/{}/messages",
            number.replace('+', "%2B")
        );
        let body = self.ask(None, Method::GET, &path, None).await.is(200);
        body["items"].as_array().expect("items").clone()
    }

    /// The texts that a phone has received from the shop.
    pub async fn received(&self, number: &str) -> Vec<String> {
        self.received_from(number, SHOP).await
    }

    /// The texts that a phone has received from a number.
    pub async fn received_from(&self, number: &str, from: &str) -> Vec<String> {
        let messages = self.on_phone(number).await;
        let from_shop = messages.iter().filter(|message| message["from"] == from);
        from_shop
            .map(|message| message["text"].as_str().expect("a text").to_owned())
            .collect()
    }

    /// Somebody writes on a phone.
    pub async fn text(&self, number: &str, text: &str) {
        self.text_to(number, SHOP, text).await;
    }

    /// Somebody writes to a number on a phone.
    pub async fn text_to(&self, number: &str, to: &str, text: &str) {
        let path = format!(
            "/v1/simulator/phones/{}/messages",
            number.replace('+', "%2B")
        );
        let channel = match to {
            SHOP_WHATSAPP | SHOP_WHATSAPP_2 => "whatsapp",
            SHOP_BOT => "telegram",
            _ => "sms",
        };
        let body = json!({ "to": to, "text": text, "channel": channel });
        let answer = self.ask(None, Method::POST, &path, Some(body)).await;
        assert!(answer.status.is_success(), "{:#}", answer.body);
    }

    /// Changes something about who holds a phone.
    pub async fn person(&self, number: &str, change: Value) -> Value {
        let path = format!("/v1/simulator/phones/{}/person", number.replace('+', "%2B"));
        self.ask(None, Method::PUT, &path, Some(change))
            .await
            .is(200)
    }

    /// The shop has one more number at the carrier, which calls the same webhook.
    pub fn has_number(&self, number: &str) {
        let connection = &self.config.organizations[0].connections[0];
        let text = |key| connection.settings.get(key).expect("Twilio's").to_owned();
        let simulator = self.app().simulator.as_ref();
        simulator
            .expect("the carrier is in the box")
            .connect(Account {
                account_sid: text("account_sid"),
                auth_token: text("auth_token"),
                numbers: vec![Number {
                    number: number.to_owned(),
                    webhook_url: format!("{}/webhooks/{}", self.url, connection.id),
                    name: None,
                }],
                messaging_service_sid: None,
            });
    }

    /// The carrier misbehaves from now on.
    pub async fn faults(&self, faults: Value) {
        let answer = self
            .ask(None, Method::PUT, "/v1/simulator/faults", Some(faults))
            .await;
        assert!(answer.status.is_success(), "{:#}", answer.body);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // What is left in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn mode(config: &Config) -> Mode {
    Mode {
        demo: Some(api::Demo::of(config, PASSWORD)),
        pace: Some(Pace::IMMEDIATE),
        call: Some(Duration::from_millis(500)),
        head: None,
        clock: None,
    }
}

/// Somebody with a token: a visitor or an operator.
pub struct Person<'w> {
    world: &'w World,
    /// What proves who they are.
    pub token: String,
}

impl Person<'_> {
    /// One request of theirs.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.world.ask(Some(&self.token), method, path, body).await
    }

    /// Begins a conversation with these words. Answers its id.
    pub async fn begins(&self, text: &str) -> String {
        let body = json!({ "client_id": fresh(), "text": text });
        let made = self
            .ask(Method::POST, "/v1/conversations", Some(body))
            .await
            .is(201);
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Says something.
    pub async fn says(&self, id: &str, text: &str) -> Answer {
        let body = json!({ "client_id": fresh(), "text": text });
        self.ask(
            Method::POST,
            &format!("/v1/conversations/{id}/messages"),
            Some(body),
        )
        .await
    }

    /// The conversation as they see it.
    pub async fn sees(&self, id: &str) -> Value {
        self.ask(Method::GET, &format!("/v1/conversations/{id}"), None)
            .await
            .is(200)
    }

    /// The whole log as they see it.
    pub async fn log(&self, id: &str) -> Vec<Value> {
        let mut log = Vec::new();
        let mut after = 0;
        loop {
            let page = self
                .ask(
                    Method::GET,
                    &format!("/v1/conversations/{id}/events?after={after}"),
                    None,
                )
                .await
                .is(200);
            let events = page["events"].as_array().expect("events").clone();
            after = events
                .last()
                .map_or(after, |event| event["seq"].as_u64().expect("a seq"));
            log.extend(events);
            if page["more"] != true {
                return log;
            }
        }
    }

    /// What was said in it, as `author channel text`.
    pub async fn said(&self, id: &str) -> Vec<String> {
        let log = self.log(id).await;
        let messages = log
            .iter()
            .filter(|event| event["kind"] == "message" && event["author"]["kind"] != "system");
        let line = |event: &Value| {
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!(
                "{} {} {}",
                word(&event["author"]["kind"]),
                word(&event["channel"]),
                word(&event["text"])
            )
        };
        messages.map(line).collect()
    }

    /// Asks to go on elsewhere.
    pub async fn switches(&self, id: &str, channel: &str, address: Option<&str>) -> Answer {
        let mut body = json!({ "channel": channel });
        if let Some(address) = address {
            body["address"] = json!(address);
        }
        self.ask(
            Method::POST,
            &format!("/v1/conversations/{id}/switch"),
            Some(body),
        )
        .await
    }

    /// Asks for a link by which to write first on a channel.
    pub async fn asks_for_a_link(&self, id: &str, channel: &str) -> Value {
        let body = json!({ "channel": channel });
        let path = format!("/v1/conversations/{id}/links");
        self.ask(Method::POST, &path, Some(body)).await.is(201)
    }

    /// Puts the last switch back.
    pub async fn reverts(&self, id: &str) -> Answer {
        self.ask(
            Method::POST,
            &format!("/v1/conversations/{id}/revert"),
            None,
        )
        .await
    }

    /// A command without a body.
    pub async fn does(&self, id: &str, what: &str) -> Answer {
        self.ask(
            Method::POST,
            &format!("/v1/conversations/{id}/{what}"),
            None,
        )
        .await
    }

    /// Waits until the conversation, as they see it, is so.
    pub async fn waits(&self, id: &str, so: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let now = self.sees(id).await;
            if so(&now) {
                return now;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "it never came to be so: {now:#}"
            );
            tokio::task::yield_now().await;
        }
    }

    /// Asks the visitor for a number.
    pub async fn invites(&self, id: &str) {
        let path = format!("/v1/conversations/{id}/commands");
        let body = json!({ "kind": "ask_address", "channel": "sms" });
        self.ask(Method::POST, &path, Some(body)).await.is(202);
    }

    /// Waits until the delivery of what was said has come so far.
    pub async fn waits_for(&self, id: &str, said: &Value, state: &str) {
        until(&format!("it is {state}"), async || {
            let log = self.log(id).await;
            let entry = log.iter().find(|event| event["seq"] == said["seq"]);
            entry.is_some_and(|event| event["delivery"]["state"] == state)
        })
        .await;
    }

    /// Waits until something that was said is in the log.
    pub async fn hears(&self, id: &str, line: &str) {
        until(&format!("\"{line}\" is in the log"), || async {
            self.said(id).await.iter().any(|said| said == line)
        })
        .await;
    }

    /// Asks to go on by SMS: the welcome reaches the phone, and the provider is silent about it.
    pub async fn is_greeted(&self, id: &str, number: &str) {
        let silent = json!({ "delay": "20s", "drop_callbacks": true });
        self.world.faults(silent).await;
        self.switches(id, "sms", Some(number)).await.is(202);
        until("the welcome is on the phone", || async {
            !self.world.received(number).await.is_empty()
        })
        .await;
    }

    /// Goes on by SMS and waits until the switch stands.
    pub async fn goes_on_by_sms(&self, id: &str, number: &str) -> Value {
        self.switches(id, "sms", Some(number)).await.is(202);
        self.waits(id, |now| now["switch"]["phase"] == "reversible")
            .await
    }
}

/// A client id that nobody used before.
pub fn fresh() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < PATIENCE, "it never came to be so: {what}");
        tokio::task::yield_now().await;
    }
}
