//! The cast: one network, one account with two numbers, its server, and whoever holds a phone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use switchboard_simulator::{
    Account, Category, Clock, MetaNumber, Number, Pace, Simulator, SimulatorConfig, TelegramBot,
    Template,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "f0a3c1d2e4b5968778695a4b3c2d1e0f";
pub const OTHER_ACCOUNT: &str = "ACfedcba9876543210fedcba9876543210";
pub const OTHER_TOKEN: &str = "another";
pub const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
pub const SHOP: &str = "+15005550006";
pub const SHOP_2: &str = "+15005550007";
/// A WhatsApp sender of the account.
pub const SENDER: &str = "+15005550016";
pub const CONTENT: &str = "HX0123456789abcdef0123456789abcdef";
pub const BUSINESS: &str = "102290129340398";
pub const ACCESS_TOKEN: &str = "EAAexample";
pub const APP_SECRET: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
/// Two numbers of the business at Meta, with one server.
pub const LINE: &str = "+15005550026";
pub const LINE_ID: &str = "106540352242922";
pub const LINE_2: &str = "+15005550027";
pub const LINE_2_ID: &str = "106540352242923";
/// A bot on Telegram, its token, and what its updates carry.
pub const BOT: &str = "acme_pumps_bot";
pub const BOT_TOKEN: &str = "7000000001:AAexample_of-a-token";
pub const BOT_SECRET: &str = "webhook-secret_1";
pub const VERA: &str = "+14155550100";
pub const OTTO: &str = "+4915112345678";
/// 2026-11-21T02:03:04Z, a Saturday.
pub const NOW: i64 = 1_795_226_584_000;

/// The network and the account's server, both on the loopback.
pub struct World {
    pub simulator: Simulator,
    pub http: reqwest::Client,
    pub url: String,
    server: String,
    webhooks: mpsc::UnboundedReceiver<Webhook>,
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
}

/// A post that reached the account's server.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub path: String,
    pub headers: HeaderMap,
    pub form: BTreeMap<String, String>,
    /// The body as it came.
    pub body: String,
}

/// What the account's server is asked by: where its posts go, and what it answers next (200 when nothing is left).
#[derive(Clone)]
struct Server {
    posts: mpsc::UnboundedSender<Webhook>,
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
}

impl World {
    /// A network that reports everything at once.
    pub async fn new() -> Self {
        Self::with(Pace::IMMEDIATE, "").await
    }

    /// A network of this pace, whose webhook URLs end in this fragment. Its clock stands until it is moved.
    pub async fn with(pace: Pace, fragment: &str) -> Self {
        // A second test of this process finds one installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let (listener, url) = listen().await;
        let simulator = Simulator::new(SimulatorConfig {
            url: url.clone(),
            accounts: Vec::new(),
            clock: Clock::new(|| NOW),
            http: http.clone(),
            pace,
        })
        .expect("randomness");
        let routes = Router::new()
            .nest("/simulator", simulator.provider_routes())
            .nest("/v1/simulator", simulator.control_routes());
        let (posts, webhooks) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let server = Router::new().fallback(take).with_state(Server {
            posts,
            answers: answers.clone(),
        });
        serve(listener, routes);
        let (listener, server_url) = listen().await;
        serve(listener, server);
        let server = server_url;
        let world = Self {
            simulator,
            http,
            url,
            server,
            webhooks,
            answers,
        };
        world.connect(fragment);
        world
    }

    fn connect(&self, fragment: &str) {
        let number = |number: &str, path: &str, name: Option<&str>| Number {
            number: number.into(),
            webhook_url: format!("{}{path}{fragment}", self.server),
            name: name.map(str::to_owned),
        };
        self.simulator.connect(Account {
            account_sid: ACCOUNT.into(),
            auth_token: TOKEN.into(),
            numbers: vec![
                number(SHOP, "/webhooks/shop?a=1&b=%20", Some("Acme Pumps")),
                number(SHOP_2, "/webhooks/shop-2", None),
                number(
                    &format!("whatsapp:{SENDER}"),
                    "/webhooks/sender",
                    Some("Acme Pumps"),
                ),
            ],
            messaging_service_sid: None,
        });
        self.simulator.connect(Account {
            account_sid: OTHER_ACCOUNT.into(),
            auth_token: OTHER_TOKEN.into(),
            numbers: vec![number("+15005550008", "/webhooks/other", None)],
            messaging_service_sid: Some(SERVICE.into()),
        });
        for (id, number, path) in [(LINE_ID, LINE, "/meta"), (LINE_2_ID, LINE_2, "/meta")] {
            self.simulator.connect_meta(MetaNumber {
                phone_number_id: id.into(),
                business_account_id: BUSINESS.into(),
                number: number.into(),
                name: Some("Acme Pumps".into()),
                access_token: ACCESS_TOKEN.into(),
                app_secret: APP_SECRET.into(),
                verify_token: "verify".into(),
                webhook_url: self.at_server(path),
            });
        }
        self.simulator.connect_telegram(TelegramBot {
            token: BOT_TOKEN.into(),
            username: BOT.into(),
            name: Some("Acme Pumps".into()),
            webhook_url: self.at_server("/telegram"),
            webhook_secret: BOT_SECRET.into(),
        });
        let template = |id: Option<&str>| Template {
            id: id.map(str::to_owned),
            name: "continue_chat".into(),
            language: "en".into(),
            category: Category::Utility,
            body: "{{1}}: somebody asked to go on with a chat here. Reply to continue.".into(),
            buttons: vec!["Continue".into(), "Not me".into()],
        };
        self.simulator.add_template(BUSINESS, template(None));
        self.simulator
            .add_template(ACCOUNT, template(Some(CONTENT)));
    }

    /// The account's own address for a path, as it would give it for a callback.
    pub fn at_server(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    /// What the account's server answers to the next posts.
    pub fn answer_next(&self, statuses: &[StatusCode]) {
        self.answers.lock().expect("no panic").extend(statuses);
    }

    /// The next post that reaches the account's server, whoever signed it.
    pub async fn any_webhook(&mut self) -> Webhook {
        self.webhooks.recv().await.expect("the server is up")
    }

    /// Moves the clock on in such steps until a webhook has come; says how many it took. The network may begin to wait for a
    /// time a moment after the server has answered, so one long step could be too early.
    pub async fn steps_until_webhook(&self, step: &str) -> usize {
        for steps in 1..=1_000 {
            self.advance(step).await;
            for _ in 0..20 {
                if !self.is_quiet() {
                    return steps;
                }
                // The network has its turn on this thread with each question to it.
                self.control("GET", "/clock", None).await;
            }
        }
        panic!("no webhook came");
    }

    /// Waits until the first message on a phone has this state.
    pub async fn until_status(&self, phone: &str, status: &str) {
        let mut watch = self.watch().await;
        while self.on_phone(phone).await[0]["status"] != status {
            watch.next().await.expect("the stream goes on");
        }
    }

    /// The next post that reaches the account's server, after checking its signature.
    pub async fn webhook(&mut self) -> Webhook {
        let webhook = self.webhooks.recv().await.expect("the server is up");
        let token = if webhook.form["AccountSid"] == ACCOUNT {
            TOKEN
        } else {
            OTHER_TOKEN
        };
        let url = self.at_server(&webhook.path);
        assert_eq!(
            webhook.header("x-twilio-signature"),
            signature(token, &url, &webhook.form),
            "{webhook:?}"
        );
        webhook
    }

    /// The statuses of the next callbacks.
    pub async fn statuses(&mut self, n: usize) -> Vec<String> {
        let mut statuses = Vec::new();
        for _ in 0..n {
            statuses.push(self.webhook().await.form["MessageStatus"].clone());
        }
        statuses
    }

    /// Whether nothing more has reached the account's server.
    pub fn is_quiet(&self) -> bool {
        self.webhooks.is_empty()
    }

    pub fn api(&self, path: &str) -> String {
        format!(
            "{}/simulator/twilio/2010-04-01/Accounts/{ACCOUNT}{path}",
            self.url
        )
    }

    /// Creates a message with these parameters.
    pub async fn create(&self, params: &[(&str, &str)]) -> (StatusCode, Value) {
        let request = self
            .http
            .post(self.api("/Messages.json"))
            .basic_auth(ACCOUNT, Some(TOKEN))
            .form(params);
        answer(request).await
    }

    /// Sends a text from the shop to a phone, with a callback, and expects it to be taken.
    pub async fn send(&self, to: &str, text: &str) -> Value {
        let callback = self.at_server("/callbacks?delivery=d%201");
        let (status, message) = self
            .create(&[
                ("To", to),
                ("From", SHOP),
                ("Body", text),
                ("StatusCallback", &callback),
            ])
            .await;
        assert_eq!(status, StatusCode::CREATED, "{message}");
        message
    }

    pub async fn get_api(&self, path: &str) -> (StatusCode, Value) {
        answer(
            self.http
                .get(self.api(path))
                .basic_auth(ACCOUNT, Some(TOKEN)),
        )
        .await
    }

    pub async fn control(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let method = method.parse().expect("a method");
        let request = self
            .http
            .request(method, format!("{}/v1/simulator{path}", self.url));
        answer(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// Puts faults in force and expects them to be taken.
    pub async fn fault(&self, faults: Value) {
        let (status, answer) = self.control("PUT", "/faults", Some(faults)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// Moves the clock ahead.
    pub async fn advance(&self, by: &str) {
        let (status, answer) = self
            .control("POST", "/clock", Some(json!({ "advance": by })))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// Writes a text on a phone, to the shop, and expects it to be taken.
    pub async fn write(&self, phone: &str, text: &str) -> Value {
        let body = json!({ "to": SHOP, "text": text, "channel": "sms" });
        let (status, message) = self
            .control("POST", &format!("/phones/{phone}/messages"), Some(body))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{message}");
        message
    }

    /// What is on a phone.
    pub async fn on_phone(&self, phone: &str) -> Vec<Value> {
        let (status, list) = self
            .control("GET", &format!("/phones/{phone}/messages"), None)
            .await;
        assert_eq!(status, StatusCode::OK);
        list["items"].as_array().expect("a list").clone()
    }

    /// The texts on a phone.
    pub async fn texts(&self, phone: &str) -> Vec<String> {
        self.on_phone(phone)
            .await
            .iter()
            .map(|m| m["text"].as_str().expect("a text").to_owned())
            .collect()
    }

    /// A file on some other server, and its address.
    pub async fn serve_file(&self, content_type: &'static str, place: &'static str) -> String {
        let (listener, url) = listen().await;
        let headers = [
            (header::CONTENT_TYPE, content_type),
            (header::CONTENT_DISPOSITION, place),
        ];
        serve(
            listener,
            Router::new().fallback(move || async move { (headers, "bytes") }),
        );
        format!("{url}/f/1")
    }

    /// Watches the phones.
    pub async fn watch(&self) -> Watch {
        let response = self
            .http
            .get(format!("{}/v1/simulator/stream", self.url))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Watch {
            response,
            read: String::new(),
        }
    }
}

impl Webhook {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }
}

/// An open stream of notices.
pub struct Watch {
    response: reqwest::Response,
    read: String,
}

impl Watch {
    /// The next event's name and data; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::to_owned)
                };
                let event = field("event: ").map(|name| (name, field("data: ").expect("data")));
                self.read = rest.to_owned();
                if let Some((name, data)) = event {
                    return Some((name, serde_json::from_str(&data).expect("JSON")));
                }
                continue;
            }
            let chunk = self.response.chunk().await.expect("the stream goes on")?;
            self.read
                .push_str(std::str::from_utf8(&chunk).expect("whole characters"));
        }
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let body = response.bytes().await.expect("a body");
    let value = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).expect("JSON")
    };
    (status, value)
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

fn serve(listener: TcpListener, routes: Router) {
    tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
}

async fn take(
    State(server): State<Server>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let form = url_decoded(&body);
    let path = uri.to_string();
    // A test that has seen enough no longer listens.
    let _ = server.posts.send(Webhook {
        path,
        headers,
        form,
        body,
    });
    server
        .answers
        .lock()
        .expect("no panic")
        .pop_front()
        .unwrap_or(StatusCode::OK)
}

fn url_decoded(body: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

/// Twilio's signature, computed here from nothing but SHA-1 and RFC 2104.
fn signature(token: &str, url: &str, form: &BTreeMap<String, String>) -> String {
    let fields: BTreeSet<(&String, &String)> = form.iter().collect();
    let data: String = [url.to_owned()]
        .into_iter()
        .chain(fields.into_iter().map(|(k, v)| format!("{k}{v}")))
        .collect();
    let mut key = token.as_bytes().to_vec();
    key.resize(64, 0);
    let padded = |pad: u8| key.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = Sha1::digest([padded(0x36), data.into_bytes()].concat());
    STANDARD.encode(Sha1::digest([padded(0x5c), inner.to_vec()].concat()))
}
