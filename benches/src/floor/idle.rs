//! The floor of a socket that says nothing: an upgrade with small buffers, one frame each way, then silence.

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::response::Response;
use axum::routing::get;

use super::{serve, upgrade};
use crate::Failed;

/// Serves until it is killed.
pub async fn run() -> Result<(), Failed> {
    serve(Router::new().route("/v1/socket", get(socket))).await
}

async fn socket(asked: WebSocketUpgrade) -> Response {
    upgrade(asked, idle)
}

async fn idle(mut socket: WebSocket) {
    while let Some(Ok(Message::Text(_))) = socket.recv().await {
        if socket
            .send(Message::text(r#"{"type":"welcome"}"#))
            .await
            .is_err()
        {
            return;
        }
    }
}
