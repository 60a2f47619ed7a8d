//! A shop with a channel for pictures, whose provider stands in this process: it hands out files, and notes what it is asked and sent.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode as Status};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use contract::{
    Accepted, Address, AddressError, BoxFuture, Capabilities, Channel, Inbound, MediaLink,
    MediaRule, MediaSource, Outbound, Received, Reject, SendError, WebhookRequest,
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard::api::{self, ApiState};
use switchboard::app;
use switchboard::config::{BaseUrl, Config, LeadForm, Secret};
use switchboard::gateway::attachments::Terms;
use switchboard::gateway::connections::{Connection, Directory, Organization, WEB};
use switchboard::gateway::tickets::WayBack;
use switchboard::gateway::{Gateway, Settings};
use switchboard::store::Store;
use switchboard::store::people::OperatorRow;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::world::{Answer, fresh, until};

/// What begins as a picture in PNG.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and whatever a picture has behind that";
/// Somebody's address on the channel.
pub const WALT: &str = "walt";
const PASSWORD: &str = "correct horse";
const SECRET: &str = "Basic c2VjcmV0";
const NOON: i64 = 1_780_000_000_000;

/// What the provider answers for a file.
#[derive(Clone)]
pub struct Kept {
    pub status: u16,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    pub location: Option<String>,
    /// How many bytes it has is not said beforehand.
    pub unsized_: bool,
}

impl Kept {
    pub fn file(content_type: &'static str, bytes: &[u8]) -> Self {
        Self {
            status: 200,
            content_type,
            bytes: bytes.to_vec(),
            location: None,
            unsized_: false,
        }
    }

    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::file("text/plain", b"no")
        }
    }

    pub fn elsewhere(location: &str) -> Self {
        Self {
            status: 302,
            location: Some(location.to_owned()),
            ..Self::file("text/plain", b"")
        }
    }
}

/// A path that was asked for, and the `Authorization` that came with it.
type Asked = (String, Option<String>);

/// A server for files, which notes the path and the secret of every request.
#[derive(Clone)]
pub struct Depot {
    pub base: String,
    files: Arc<Mutex<HashMap<String, Kept>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Taken for every answer.
    open: Arc<Semaphore>,
}

impl Depot {
    pub async fn new() -> Self {
        let listener = app::bind("127.0.0.1:0".parse().expect("an address"))
            .await
            .expect("a free port");
        let depot = Self {
            base: format!("http://{}", listener.local_addr().expect("bound")),
            files: Arc::default(),
            asked: Arc::default(),
            open: Arc::new(Semaphore::new(1_000)),
        };
        let router = Router::new()
            .route("/{name}", get(hand_out))
            .with_state(depot.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        depot
    }

    pub fn keeps(&self, name: &str, kept: Kept) -> String {
        self.files
            .lock()
            .expect("whole")
            .insert(name.to_owned(), kept);
        format!("{}/{name}", self.base)
    }

    pub fn asked(&self) -> Vec<(String, Option<String>)> {
        self.asked.lock().expect("whole").clone()
    }

    /// Answers nobody until it is opened again.
    pub fn close(&self) {
        self.open.forget_permits(usize::MAX);
    }

    pub fn open(&self) {
        self.open.add_permits(1_000);
    }
}

async fn hand_out(
    State(depot): State<Depot>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let secret = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let noted = (name.clone(), secret.map(str::to_owned));
    depot.asked.lock().expect("whole").push(noted);
    depot
        .open
        .acquire()
        .await
        .expect("never closed for good")
        .forget();
    let kept = depot.files.lock().expect("whole").get(&name).cloned();
    let Some(kept) = kept else {
        return Status::NOT_FOUND.into_response();
    };
    let body = if kept.unsized_ {
        let chunks: Vec<_> = kept.bytes.chunks(100).map(<[u8]>::to_vec).collect();
        let chunks = chunks
            .into_iter()
            .map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)));
        Body::from_stream(futures_util::stream::iter(chunks))
    } else {
        Body::from(kept.bytes)
    };
    let status = Status::from_u16(kept.status).expect("a status");
    let mut response = (status, [("content-type", kept.content_type)], body).into_response();
    if let Some(location) = kept.location {
        let location = HeaderValue::from_str(&location).expect("a place");
        response.headers_mut().insert("location", location);
    }
    response
}

/// The channel: webhooks are plain JSON, and what is sent is noted.
struct Pictures {
    capabilities: Capabilities,
    sent: Arc<Mutex<Vec<Outbound>>>,
}

#[derive(Deserialize)]
struct Wrote {
    id: String,
    from: String,
    text: String,
    files: Vec<(String, String)>,
}

impl Channel for Pictures {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self, raw: &str) -> Result<Address, AddressError> {
        Ok(Address(raw.to_owned()))
    }

    fn receive(&self, request: &WebhookRequest<'_>) -> Result<Received, Reject> {
        let wrote: Wrote = serde_json::from_slice(request.body)
            .map_err(|error| Reject::Malformed(error.to_string().into()))?;
        let link = |(url, content_type): (String, String)| MediaLink {
            url,
            content_type,
            name: Some("holiday.png".to_owned()),
        };
        let message = Inbound {
            provider_id: wrote.id,
            from: Address(wrote.from),
            text: wrote.text,
            media: wrote.files.into_iter().map(link).collect(),
            ..Inbound::default()
        };
        Ok(Received {
            messages: vec![message],
            ..Received::default()
        })
    }

    fn send<'a>(&'a self, message: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>> {
        self.sent.lock().expect("whole").push(message.clone());
        let accepted = Accepted {
            provider_id: fresh(),
            ..Accepted::default()
        };
        Box::pin(async { Ok(accepted) })
    }

    fn media<'a>(
        &'a self,
        media: &'a MediaLink,
    ) -> BoxFuture<'a, Result<Option<MediaSource>, SendError>> {
        let source = MediaSource {
            url: media.url.clone(),
            authorization: Some(SECRET.to_owned()),
            hosts: vec![".cdn.example"].into(),
        };
        Box::pin(async { Ok(Some(source)) })
    }
}

/// How a house is set up.
pub struct Plan {
    pub terms: Terms,
    pub capabilities: Capabilities,
}

/// What the channel carries.
const RULES: &[MediaRule] = &[MediaRule::new("image/*", 1_000)];

/// A running server.
pub struct House {
    pub url: String,
    pub depot: Depot,
    /// Takes no part: nobody may ever ask it.
    pub stranger: Depot,
    pub gateway: Arc<Gateway>,
    pub folder: PathBuf,
    ada: String,
    http: reqwest::Client,
    hand: Arc<AtomicI64>,
    sent: Arc<Mutex<Vec<Outbound>>>,
    plan: Plan,
    stop: CancellationToken,
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Plan)) -> Self {
        let folder = std::env::temp_dir().join(format!("switchboard-house-{}", fresh()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut plan = Plan {
            terms: Terms {
                folder: folder.join("media"),
                max_bytes: 2_000,
                max_inbound_bytes: 2_000,
                keep: 0,
                per_visitor_hour: 0,
                per_network_hour: 0,
                mebibytes_per_visitor_hour: 0,
                mebibytes_per_network_hour: 0,
            },
            capabilities: Capabilities {
                media: RULES.into(),
                ..Capabilities::plain("pictures", 300)
            },
        };
        change(&mut plan);
        // In this process nobody else may have installed it yet.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (depot, stranger) = (Depot::new().await, Depot::new().await);
        let hand = Arc::new(AtomicI64::new(NOON));
        let sent = Arc::default();
        let (gateway, url, stop) = open(&folder, &plan, &depot, &hand, &sent).await;
        let http = app::http_client().expect("a client");
        let mut house = Self {
            url,
            depot,
            stranger,
            gateway,
            folder,
            ada: String::new(),
            http,
            hand,
            sent,
            plan,
            stop,
        };
        house.ada = house.signs_in("ada@acme.example").await;
        house
    }

    /// Ends the server and opens it again on what is stored.
    pub async fn restarts(&mut self) {
        self.stop.cancel();
        let (gateway, url, stop) = open(
            &self.folder,
            &self.plan,
            &self.depot,
            &self.hand,
            &self.sent,
        )
        .await;
        (self.gateway, self.url, self.stop) = (gateway, url, stop);
    }

    pub async fn signs_in(&self, email: &str) -> String {
        let body = json!({ "email": email, "password": PASSWORD });
        let made = self
            .ask("", Method::POST, "/v1/session", Some(body))
            .await
            .is(200);
        made["token"].as_str().expect("a token").to_owned()
    }

    /// Ada's token.
    pub fn ada(&self) -> &str {
        &self.ada
    }

    pub fn passes(&self, millis: i64) {
        self.hand.fetch_add(millis, Ordering::SeqCst);
        self.gateway.time_moved();
    }

    pub async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }

    /// A visitor's token.
    pub async fn visitor(&self, widget: &str) -> String {
        let body = json!({ "widget_key": widget });
        let made = self
            .ask("", Method::POST, "/v1/visitors", Some(body))
            .await
            .is(201);
        made["token"].as_str().expect("a token").to_owned()
    }

    pub async fn begins(&self, token: &str) -> String {
        let body = json!({ "client_id": fresh(), "text": "hello" });
        let made = self
            .ask(token, Method::POST, "/v1/conversations", Some(body))
            .await
            .is(201);
        made["id"].as_str().expect("an id").to_owned()
    }

    pub async fn uploads(
        &self,
        token: &str,
        name: &str,
        content_type: &str,
        bytes: &[u8],
    ) -> Answer {
        let request = self
            .http
            .post(format!("{}/v1/attachments?name={name}", self.url))
            .bearer_auth(token)
            .header("content-type", content_type)
            .body(bytes.to_vec());
        answer(request).await
    }

    /// Uploads a picture. Answers its id.
    pub async fn brings(&self, token: &str) -> String {
        let made = self.uploads(token, "a.png", "image/png", PNG).await.is(201);
        made["id"].as_str().expect("an id").to_owned()
    }

    pub async fn says(&self, token: &str, id: &str, text: &str, files: &[&str]) -> Answer {
        let body = json!({ "client_id": fresh(), "text": text, "attachments": files });
        self.posts(token, id, body).await
    }

    pub async fn posts(&self, token: &str, id: &str, body: Value) -> Answer {
        let path = format!("/v1/conversations/{id}/messages");
        self.ask(token, Method::POST, &path, Some(body)).await
    }

    /// Somebody writes on the channel. Answers the conversation.
    pub async fn hears(&self, text: &str, files: &[(&str, &str)]) -> String {
        let body = json!({ "id": fresh(), "from": WALT, "text": text, "files": files }).to_string();
        let request = WebhookRequest {
            method: &axum::http::Method::POST,
            url: "",
            headers: &HeaderMap::new(),
            body: &Bytes::from(body),
        };
        self.gateway
            .receive("acme-pictures", request)
            .await
            .expect("it is taken");
        let path = "/v1/conversations";
        let listed = self.ask(&self.ada, Method::GET, path, None).await.is(200);
        let item = &listed["items"][0];
        item["id"].as_str().expect("an id").to_owned()
    }

    /// The messages of a conversation, as somebody sees them.
    pub async fn messages(&self, token: &str, id: &str) -> Vec<Value> {
        let path = format!("/v1/conversations/{id}/events");
        let page = self.ask(token, Method::GET, &path, None).await.is(200);
        let events = page["events"].as_array().expect("a list").iter();
        events
            .filter(|event| event["kind"] == "message")
            .cloned()
            .collect()
    }

    /// The first file of the last message, as Ada sees it.
    pub async fn file(&self, id: &str) -> Value {
        let messages = self.messages(&self.ada, id).await;
        messages.last().expect("a message")["attachments"][0].clone()
    }

    /// Waits until that file is so.
    pub async fn file_is(&self, id: &str, state: &str) -> Value {
        until(&format!("the file is {state}"), || async {
            self.file(id).await["state"] == state
        })
        .await;
        self.file(id).await
    }

    pub async fn gets(&self, url: &str) -> reqwest::Response {
        self.http.get(url).send().await.expect("an answer")
    }

    pub async fn gets_with(&self, url: &str, header: &str, value: &str) -> reqwest::Response {
        let request = self.http.get(url).header(header, value);
        request.send().await.expect("an answer")
    }

    /// What was sent on the channel, once it is so many messages.
    pub async fn sent(&self, count: usize) -> Vec<Outbound> {
        until("it is sent", || async {
            self.sent.lock().expect("whole").len() >= count
        })
        .await;
        self.sent.lock().expect("whole").clone()
    }

    /// The files on the disk.
    pub fn on_disk(&self) -> Vec<PathBuf> {
        let drawers = std::fs::read_dir(&self.plan.terms.folder).expect("a folder");
        drawers
            .flat_map(|drawer| std::fs::read_dir(drawer.expect("a drawer").path()).expect("one"))
            .map(|file| file.expect("a file").path())
            .collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
        // What is left in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let status = response.status();
    let text = response.text().await.expect("a body");
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
    }
}

async fn open(
    folder: &std::path::Path,
    plan: &Plan,
    depot: &Depot,
    hand: &Arc<AtomicI64>,
    sent: &Arc<Mutex<Vec<Outbound>>>,
) -> (Arc<Gateway>, String, CancellationToken) {
    let listener = app::bind("127.0.0.1:0".parse().expect("an address"))
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("bound");
    let public_url = BaseUrl::of(address);
    let time = hand.clone();
    let machine = Arc::new(move || time.load(Ordering::SeqCst));
    let store = Store::open(&folder.join("switchboard.db"), machine)
        .await
        .expect("it opens");
    let stop = CancellationToken::new();
    let settings = Settings {
        public_url: public_url.as_str().to_owned(),
        media: plan.terms.clone(),
        ..app::default_settings()
    };
    let directory = directory(plan, depot, sent);
    let gateway = Gateway::start(store, directory, settings, &stop)
        .await
        .expect("it starts");
    for (organization, email) in [
        ("acme", "ada@acme.example"),
        ("other", "olga@other.example"),
    ] {
        employ(&gateway, organization, email).await;
    }
    let router = api::router(ApiState {
        gateway: gateway.clone(),
        own_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        limits: Config::default().limits,
        public_url: public_url.clone(),
        demo: None,
        simulator: None,
        metrics: switchboard::telemetry::metrics::metrics(),
        stop: stop.clone(),
        sockets: TaskTracker::new(),
    });
    let head = Duration::from_secs(10);
    tokio::spawn(api::serve(listener, router, head, stop.clone()));
    (gateway, public_url.as_str().to_owned(), stop)
}

async fn employ(gateway: &Gateway, organization: &str, email: &str) {
    let id = Arc::from(organization);
    gateway
        .put_organization(&id, organization, &format!("wk_{organization}"))
        .await
        .expect("stored");
    let password = Secret::new(PASSWORD);
    let password_hash = gateway
        .hash_of(organization, email, &password)
        .await
        .expect("hashed");
    let row = OperatorRow {
        organization: organization.to_owned(),
        id: uuid::Uuid::now_v7().to_string(),
        email: email.to_owned(),
        name: email.to_owned(),
        role: "owner".to_owned(),
        password_hash,
        presence: "offline".to_owned(),
    };
    gateway.put_operator(row).await.expect("stored");
}

fn directory(plan: &Plan, depot: &Depot, sent: &Arc<Mutex<Vec<Outbound>>>) -> Directory {
    let mut directory = Directory::default();
    for id in ["acme", "other"] {
        let organization: Arc<str> = Arc::from(id);
        let pictures = Pictures {
            capabilities: plan.capabilities.clone(),
            sent: sent.clone(),
        };
        let own = reqwest::Url::parse(&depot.base)
            .expect("an address")
            .origin();
        let connections = vec![
            connection(&organization, WEB, Arc::new(adapter_web::Web), None),
            connection(
                &organization,
                &format!("{id}-pictures"),
                Arc::new(pictures),
                Some(own),
            ),
        ];
        directory.add(Organization {
            id: organization,
            name: id.to_owned(),
            widget_key: format!("wk_{id}"),
            allowed_origins: Vec::new(),
            countries: Vec::new(),
            way_back: WayBack::default(),
            lead: LeadForm::default(),
            connections: connections.into_iter().map(Arc::new).collect(),
        });
    }
    directory
}

fn connection(
    organization: &Arc<str>,
    id: &str,
    channel: Arc<dyn Channel>,
    own_origin: Option<url::Origin>,
) -> Connection {
    Connection {
        id: Arc::from(id),
        organization: organization.clone(),
        own: None,
        number: None,
        capabilities: channel.capabilities().clone(),
        channel,
        enabled: true,
        welcome: Arc::from("hello"),
        welcome_template: None,
        own_origin,
        price: 0.0,
    }
}
