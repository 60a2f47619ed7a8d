//! For those who run the server: is it alive, is it ready, what do its numbers say.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::problem::ProblemBody;
use super::{Api, Problem};

/// Storage is asked at most this often, however many ask us.
const KEPT: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(3);

/// What storage last said.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

/// All is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
}

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = Health)))]
pub async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Requests can be served: storage is read and written, and the server does not stop.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, body = Health),
    (status = 503, body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn ready(State(api): State<Arc<Api>>) -> Result<Json<Health>, Problem> {
    if api.stop.is_cancelled() {
        return Err(not_ready("the server is going down"));
    }
    let mut last = api.readiness.0.lock().await;
    let ready = match *last {
        Some((at, ready)) if at.elapsed() < KEPT => ready,
        _ => {
            let ready = tokio::time::timeout(PATIENCE, api.gateway.ready())
                .await
                .is_ok_and(|ready| ready.is_ok());
            *last = Some((Instant::now(), ready));
            ready
        }
    };
    if ready {
        Ok(Json(Health { status: "ok" }))
    } else {
        Err(not_ready(
            "the storage does not answer or cannot be written",
        ))
    }
}

/// The numbers of this process, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn numbers(State(api): State<Arc<Api>>) -> ([(HeaderName, &'static str); 1], String) {
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        api.metrics.render(),
    )
}

fn not_ready(why: &'static str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", why).retry_after(KEPT)
}
