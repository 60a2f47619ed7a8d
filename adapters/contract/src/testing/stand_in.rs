//! A stand-in for a provider, and a place where nobody stands.

use std::fmt;
use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::wire::{Reply, Request, head};
use crate::provider::Caller;

/// What a channel of a test calls its provider with: a client that asks no proxy and follows nothing.
#[must_use]
pub fn caller(timeout: Duration) -> Caller {
    // Only the first test of a process is the one to install it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    Caller {
        http: http.build().expect("a client"),
        timeout,
    }
}

/// An address where nobody listens, for as long as the socket is kept.
#[must_use]
pub fn nobody() -> (tokio::net::TcpSocket, String) {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(loopback).expect("a free port");
    let base = format!("http://{}", socket.local_addr().expect("its address"));
    (socket, base)
}

/// A stand-in for a provider, on a free port of the loopback interface: one reply for each request, then closed connections.
pub struct StandIn {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    /// Dropped with the stand-in, which ends its silences.
    _patience: Sender<()>,
}

impl StandIn {
    /// One that gives these replies, in this order.
    #[must_use]
    pub fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener
            .local_addr()
            .expect("a bound listener has an address")
            .port();
        let requests = Arc::default();
        let (patience, silence) = channel();
        let replies: Vec<Reply> = replies.into_iter().collect();
        let log = Arc::clone(&requests);
        std::thread::spawn(move || serve(&listener, replies, &log, &silence));
        Self {
            port,
            requests,
            _patience: patience,
        }
    }

    /// Its address: `http://127.0.0.1:…`, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .expect("nothing panics while it holds this")
            .clone()
    }
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StandIn({})", self.base())
    }
}

fn serve(
    listener: &TcpListener,
    replies: Vec<Reply>,
    log: &Mutex<Vec<Request>>,
    silence: &Receiver<()>,
) {
    for reply in replies {
        let Ok((mut stream, _)) = listener.accept() else {
            return;
        };
        let Some(request) = take(&stream) else { return };
        log.lock()
            .expect("nothing panics while it holds this")
            .push(request);
        match reply {
            Reply::Answer {
                status,
                headers,
                body,
            } => answer(&mut stream, status, &headers, body.len(), &body),
            Reply::CutOff(status, body) => answer(
                &mut stream,
                status,
                &HeaderMap::new(),
                body.len() + 1,
                &body,
            ),
            Reply::HangUp => {}
            // Ends in an error once the stand-in is dropped: nothing is ever sent.
            Reply::Silence => drop(silence.recv()),
        }
    }
}

fn take(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let (start, headers) = head(&mut reader)?;
    let mut words = start.split(' ');
    let (method, url) = (words.next()?.parse().ok()?, words.next()?.to_owned());
    let length = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        url,
        headers,
        body: body.into(),
    })
}

/// A client that has gone away is its own test's affair, so errors end the answer and nothing else.
fn answer(
    stream: &mut TcpStream,
    status: StatusCode,
    headers: &HeaderMap,
    length: usize,
    body: &[u8],
) {
    let mut raw = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n")
        .into_bytes();
    for (name, value) in headers
        .iter()
        .filter(|(name, _)| *name != http::header::CONTENT_LENGTH)
    {
        raw.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(body);
    drop(stream.write_all(&raw));
}
