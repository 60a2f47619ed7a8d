//! The network alone, to play with: `cargo run -p switchboard-simulator --example phones`, after `npm run build -w phone` in
//! `web/`. Opens `/phone/`; each number's server answers each text by sending it back. The
//! first argument is where to listen, the second whom to tell of WhatsApp at Meta instead.

use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};

use axum::extract::{Form, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_simulator::{
    Account, Category, Clock, MetaNumber, Number, Pace, Simulator, SimulatorConfig, Template,
};
use tokio::net::TcpListener;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "example";
const PUMPS: &str = "+15005550006";
const VALVES: &str = "+15005550007";
const BUSINESS: &str = "102290129340398";
const LINE: &str = "+15005550026";
const LINE_ID: &str = "106540352242922";
const ACCESS_TOKEN: &str = "example";
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; \
    img-src 'self' data:; media-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'";

#[derive(Clone)]
struct Server {
    http: reqwest::Client,
    url: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listen: SocketAddr = std::env::args()
        .nth(1)
        .as_deref()
        .unwrap_or("127.0.0.1:0")
        .parse()?;
    let listener = TcpListener::bind(listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a crypto provider is installed twice")?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let number = |number: &str, name: &str| Number {
        number: number.into(),
        webhook_url: format!("{url}/server"),
        name: Some(name.into()),
    };
    let simulator = Simulator::new(SimulatorConfig {
        url: url.clone(),
        accounts: vec![Account {
            account_sid: ACCOUNT.into(),
            auth_token: TOKEN.into(),
            numbers: vec![number(PUMPS, "Acme Pumps"), number(VALVES, "Valve & Sons")],
            messaging_service_sid: None,
        }],
        clock: Clock::system(),
        http: http.clone(),
        pace: Pace::default(),
    })?;
    simulator.connect_meta(MetaNumber {
        phone_number_id: LINE_ID.into(),
        business_account_id: BUSINESS.into(),
        number: LINE.into(),
        name: Some("Acme Pumps".into()),
        access_token: ACCESS_TOKEN.into(),
        app_secret: "secret".into(),
        verify_token: "verify".into(),
        webhook_url: std::env::args()
            .nth(2)
            .unwrap_or_else(|| format!("{url}/meta-server")),
    });
    simulator.add_template(
        BUSINESS,
        Template {
            id: None,
            name: "continue_chat".into(),
            language: "en".into(),
            category: Category::Utility,
            body: "{{1}}: somebody asked to go on with a chat here. Reply to continue.".into(),
            buttons: vec!["Continue".into(), "Not me".into()],
        },
    );
    let routes = Router::new()
        .route("/server", post(echo))
        .route("/meta-server", post(echo_at_meta))
        .route("/demo/config.json", get(config))
        .route("/", get(|| async { Redirect::to("/phone/") }))
        .fallback(page)
        .with_state(Server {
            http,
            url: url.clone(),
        })
        .nest("/simulator", simulator.provider_routes())
        .nest("/v1/simulator", simulator.control_routes());
    println!("{url}/phone/");
    axum::serve(listener, routes).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "From")]
    from: String,
    #[serde(rename = "To")]
    to: String,
    #[serde(rename = "Body")]
    body: String,
}

/// The account's server: a real one would check the signature first.
async fn echo(State(server): State<Server>, Form(text): Form<Text>) -> StatusCode {
    let url = format!(
        "{}/simulator/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        server.url
    );
    let body = format!("You wrote: {}", text.body);
    let answer = [("To", &text.from), ("From", &text.to), ("Body", &body)];
    match server
        .http
        .post(url)
        .basic_auth(ACCOUNT, Some(TOKEN))
        .form(&answer)
        .send()
        .await
    {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// The same on WhatsApp. The word `template` is answered by one.
async fn echo_at_meta(State(server): State<Server>, Json(body): Json<Value>) -> StatusCode {
    let value = &body["entry"][0]["changes"][0]["value"];
    let message = &value["messages"][0];
    let Some(from) = message["from"].as_str() else {
        return StatusCode::OK;
    };
    let (kind, part) = match message["text"]["body"].as_str() {
        Some("template") => (
            "template",
            json!({ "name": "continue_chat", "language": { "code": "en" },
                "components": [{ "type": "body", "parameters": [{ "type": "text", "text": "Acme Pumps" }] }] }),
        ),
        Some(text) => ("text", json!({ "body": format!("You wrote: {text}") })),
        None => (
            "reaction",
            json!({ "message_id": message["id"], "emoji": "👍" }),
        ),
    };
    let url = format!("{}/simulator/meta/v23.0/{LINE_ID}/messages", server.url);
    for body in [
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message["id"] }),
        json!({ "messaging_product": "whatsapp", "to": format!("+{from}"), "type": kind, kind: part }),
    ] {
        let request = server.http.post(&url).bearer_auth(ACCESS_TOKEN).json(&body);
        if request.send().await.is_err() {
            return StatusCode::BAD_GATEWAY;
        }
    }
    StatusCode::OK
}

async fn config() -> Json<Value> {
    Json(json!({ "phone_number": "+14155550100" }))
}

/// The built page.
async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() || path.ends_with('/') {
        format!("{path}index.html")
    } else {
        path.to_owned()
    };
    let inside = Path::new(&path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let file: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../web/dist", &path]
        .iter()
        .collect();
    let media_type = match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    match tokio::fs::read(&file).await {
        Ok(bytes) if inside => (
            [
                (header::CONTENT_TYPE, media_type),
                (header::CONTENT_SECURITY_POLICY, CSP),
            ],
            bytes,
        )
            .into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
