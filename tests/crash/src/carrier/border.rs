//! Between the server and the simulator: requests to send are counted and fail now and then, files are not always given, and webhooks are
//! posted on until the server has taken them.

use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use simulator::Simulator;

use super::post::Letter;
use super::{Carrier, Fate, trouble};
use crate::channels::{self, Channel, Handed, Simulated, Spoken};

/// More than any request of the product's.
const LONGEST: usize = 1024 * 1024;
/// What a provider sends along that the product looks at.
const HEADERS: [&str; 3] = [
    "content-type",
    "x-hub-signature-256",
    "x-telegram-bot-api-secret-token",
];

pub(super) fn routes(carrier: Carrier, simulator: &Simulator) -> Router {
    let providers = simulator
        .provider_routes()
        .layer(from_fn_with_state(carrier.clone(), pass));
    Router::new()
        .route("/webhooks/{connection}", post(forward))
        .with_state(carrier)
        .nest("/simulator", providers)
        .nest("/v1/simulator", simulator.control_routes())
}

/// The channels that the simulator speaks.
fn simulated() -> impl Iterator<Item = (&'static Channel, &'static Simulated)> {
    channels::every().filter_map(|channel| match &channel.spoken {
        Spoken::ByUs => None,
        Spoken::BySimulator(simulated) => Some((channel, simulated)),
    })
}

/// A request of the product's to a provider.
async fn pass(State(carrier): State<Carrier>, request: Request, next: Next) -> Response {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let path = parts.uri.path().to_owned();
    if parts.method == Method::GET
        && let Some(refused) = carrier.refuses_file(&path)
    {
        return refused;
    }
    let handed = simulated()
        .find_map(|(channel, simulated)| Some((channel, (simulated.handed)(&path, &body)?)));
    let request = Request::from_parts(parts, Body::from(body));
    let Some((channel, mut handed)) = handed else {
        return next.run(request).await;
    };
    handed.phone = carrier.number_of(handed.phone);
    // What is begun is done, though nobody waits for it any more: whoever asked may have been killed.
    let taking =
        tokio::spawn(async move { carrier.takes(channel, handed, at, request, next).await });
    taking
        .await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

impl Carrier {
    async fn takes(
        self,
        channel: &'static Channel,
        handed: Handed,
        at: Instant,
        request: Request,
        next: Next,
    ) -> Response {
        let fate = self.fate(channel);
        if matches!(fate, Fate::Taken | Fate::TakenInSilence) {
            let answer = next.run(request).await;
            if answer.status().is_success() {
                self.brought(channel, handed, at);
            } else {
                let (status, text) = (answer.status(), &handed.text);
                let wrong = format!("the simulator answered “{text}” with {status}");
                self.shared.record.wrong(wrong);
            }
            return trouble(&fate).unwrap_or(answer);
        }
        trouble(&fate).unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    /// The number of somebody whom a provider calls by another name. Nobody has been told such a name before they wrote.
    fn number_of(&self, name: String) -> String {
        if name.starts_with('+') {
            return name;
        }
        let line = self.books().names.get(&name).cloned();
        line.map(|(_, number)| number).unwrap_or_else(|| {
            let wrong = format!("somebody is called {name} who never wrote");
            self.shared.record.wrong(wrong);
            name
        })
    }

    /// A file that is lost, or not given now; none where the path is not a file's, or it is given.
    pub(super) fn refuses_file(&self, path: &str) -> Option<Response> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let id = name.strip_prefix("file_").unwrap_or(name);
        let lost = self.books().files.get(id).map(|file| file.lost)?;
        if lost {
            return Some(StatusCode::NOT_FOUND.into_response());
        }
        (!self.gives_file_now()).then(|| StatusCode::BAD_GATEWAY.into_response())
    }
}

/// A webhook of the simulator's: a phone's texts go in the order of the phone, reports whenever.
async fn forward(
    State(carrier): State<Carrier>,
    Path(connection): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let found = simulated().find(|(channel, _)| channel.connection == connection);
    let Some((channel, simulated)) = found else {
        return StatusCode::NOT_FOUND;
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    let told = (simulated.told)(&serde_json::from_str(&body).unwrap_or_default());
    let header = |name: &&'static str| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some((*name, value.to_owned()))
    };
    let letter = Letter {
        url: carrier.at_server(&format!("/webhooks/{connection}")),
        headers: HEADERS.iter().filter_map(header).collect(),
        body,
        words: told.texts.iter().map(|(_, words)| words.clone()).collect(),
    };
    match told.texts.first() {
        // One body has the texts of one phone: nothing gathers here.
        Some((phone, _)) => {
            let number = carrier.number_of(phone.clone());
            carrier.came_back(channel, &number, letter).await;
        }
        None => carrier.report_late(letter, told.receipts),
    }
    StatusCode::OK
}
