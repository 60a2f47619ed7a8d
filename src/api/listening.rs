//! Taking connections: HTTP/1.1 on each, within limits of size and time, until the server is asked to end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

/// A request's head that is as long as this is refused with 431.
const LONGEST_HEAD: usize = 32 * 1024;
/// What one connection can make us hold before a handler asks for more.
const BUFFER: usize = 64 * 1024;
/// Where no connection can be taken, too many files being open, it is tried again after this.
const BREATHER: Duration = Duration::from_secs(1);

/// Serves until `stop`, and then until every request that was begun is answered. A client that takes longer than `head` over the head of
/// a request, or leaves its connection idle for so long, is hung up on; one that was upgraded to a socket is not ours any more.
pub async fn serve(listener: TcpListener, router: Router, head: Duration, stop: CancellationToken) {
    let http = http(head);
    let connections = TaskTracker::new();
    while let Some(taken) = stop.run_until_cancelled(listener.accept()).await {
        match taken {
            Ok((stream, peer)) => {
                let connection = converse(stream, peer, router.clone(), http.clone(), stop.clone());
                connections.spawn(connection);
            }
            Err(error) => not_taken(&error, &stop).await,
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

fn http(head: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_header_size(LONGEST_HEAD)
        .max_buf_size(BUFFER);
    http
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    http: http1::Builder,
    stop: CancellationToken,
) {
    // What a chat sends is small, and must not wait for more to fill a packet; without it, it is only slower.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let connection = http
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended early");
    }
}

/// A client that gave up while it was being taken is its own affair; anything else is ours.
async fn not_taken(error: &io::Error, stop: &CancellationToken) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind()) {
        return;
    }
    tracing::error!(%error, "no connection can be taken now; it is tried again");
    stop.run_until_cancelled(tokio::time::sleep(BREATHER)).await;
}
