//! The floors: what the same path costs with nothing in it but what cannot be left out.
//!
//! Each is a server of its own, small enough to be read at once. None authenticates, sequences over restarts, decides or measures
//! anything: that is what the product adds, and what the ratio shows.

pub mod chat;
pub mod group;
pub mod idle;
pub mod webhook;

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::WebSocket;
use axum::response::Response;
use tokio::net::TcpListener;

use crate::Failed;

/// A socket's buffers: axum's own take 128 KiB of memory for each.
const READ_BUFFER: usize = 1024;
const WRITE_BUFFER: usize = 0;

/// Serves on a free port, which is the first line of standard output.
async fn serve(router: Router) -> Result<(), Failed> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

fn upgrade<F, S>(upgrade: WebSocketUpgrade, socket: S) -> Response
where
    S: FnOnce(WebSocket) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .on_upgrade(socket)
}

/// A database that keeps what it has acknowledged, over a power cut too.
fn durable(store: &Path, schema: &str) -> rusqlite::Result<rusqlite::Connection> {
    let database = rusqlite::Connection::open(store)?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 40000; PRAGMA cache_size = -65536;",
    )?;
    database.execute_batch(schema)?;
    Ok(database)
}
