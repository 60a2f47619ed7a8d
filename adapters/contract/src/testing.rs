//! The table harness: what every adapter's tests run on.
//!
//! A case is a raw file and a row. The file holds a request or an answer as it stands on the wire (`*.http`: a start line,
//! headers, an empty line, the body; requests name the whole URL), the row names the file and what must come of it. So the next
//! adapter starts by adding files.
//!
//! - [`receive_table`] runs webhooks through [`Channel::receive`], and asks of every one that is taken what holds for all:
//!   without its signature, with a shorter one, at another URL or with another body, it is refused.
//! - [`send_table`] runs [`Channel::send`] against a [`StandIn`] for the provider on the loopback interface.
//!
//! Everything here panics with the name of the case: it is for tests.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::{
    Accepted, Answer, Channel, Fate, Inbound, Outbound, Reason, Receipt, Received, Reject,
    SendError, WebhookRequest,
};

/// A request as it stood on the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// The URL or, of a request that a [`StandIn`] took, the path and query.
    pub url: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Request {
    /// Reads a `*.http` file. The line end that closes the file is not part of the body.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let (start, headers, body) = message(file);
        let mut words = start.split(' ');
        let mut word = || {
            words
                .next()
                .unwrap_or_else(|| panic!("{}: no request line", file.display()))
        };
        Self {
            method: word()
                .parse()
                .unwrap_or_else(|_| panic!("{}: no method", file.display())),
            url: word().to_owned(),
            headers,
            body,
        }
    }

    /// The request as an adapter is given it.
    #[must_use]
    pub fn webhook(&self) -> WebhookRequest<'_> {
        WebhookRequest {
            method: &self.method,
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
        }
    }
}

/// What a provider answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// With these.
    Answer {
        /// The status.
        status: StatusCode,
        /// Headers, `content-length` and `connection` aside.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// With this much of an answer that promises one byte more, and then nothing: the connection is closed.
    CutOff(StatusCode, Bytes),
    /// With a closed connection.
    HangUp,
    /// Not at all; the connection stays open.
    Silence,
}

impl Reply {
    /// Reads an answer from a `*.http` file.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let (start, headers, body) = message(file);
        let status = start.split(' ').nth(1).and_then(|code| code.parse().ok());
        Self::Answer {
            status: status.unwrap_or_else(|| panic!("{}: no status", file.display())),
            headers,
            body,
        }
    }

    /// An answer with JSON in it.
    #[must_use]
    pub fn json(status: u16, json: &serde_json::Value) -> Self {
        let headers = HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )]);
        Self::answer(status, headers, json.to_string())
    }

    /// An answer with text in it.
    #[must_use]
    pub fn text(status: u16, text: &str) -> Self {
        Self::answer(status, HeaderMap::new(), text.to_owned())
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.insert(name, HeaderValue::from_static(value));
        }
        self
    }

    fn answer(status: u16, headers: HeaderMap, body: String) -> Self {
        let status = StatusCode::from_u16(status).expect("a status");
        Self::Answer {
            status,
            headers,
            body: body.into(),
        }
    }
}

/// The start line, headers and body of a `*.http` file.
fn message(file: &Path) -> (String, HeaderMap, Bytes) {
    let raw = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut reader = raw.strip_suffix(b"\n").unwrap_or(&raw);
    let (start, headers) =
        head(&mut reader).unwrap_or_else(|| panic!("{}: no HTTP message", file.display()));
    (start, headers, Bytes::copy_from_slice(reader))
}

/// The start line and the headers, up to the empty line. `None` when the other side went away or speaks something else.
fn head(reader: &mut impl BufRead) -> Option<(String, HeaderMap)> {
    let start = line(reader)?;
    let mut headers = HeaderMap::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Some((start, headers));
        }
        let (name, value) = line.split_once(':')?;
        headers.append(
            HeaderName::try_from(name).ok()?,
            HeaderValue::try_from(value.trim()).ok()?,
        );
    }
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A webhook and what must come of it.
pub struct Hook {
    /// The file's name in the table's folder.
    pub file: String,
    /// What the adapter makes of it.
    pub gives: Result<Gives, Refusal>,
}

/// What a webhook tells us: these and nothing else.
#[derive(Debug, Default)]
pub struct Gives {
    /// The messages, in order. `extra` lists what must be among the kept fields; there may be more.
    pub messages: Vec<Inbound>,
    /// The receipts, in order.
    pub receipts: Vec<Receipt>,
    /// How many elements could not be read.
    pub odd: usize,
    /// What the provider is answered.
    pub answer: Answer,
}

/// Why a webhook is refused: [`Reject`] without its sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// [`Reject::Unsigned`]
    Unsigned,
    /// [`Reject::BadSignature`]
    BadSignature,
    /// [`Reject::Malformed`]
    Malformed,
}

impl From<&Reject> for Refusal {
    fn from(reject: &Reject) -> Self {
        match reject {
            Reject::Unsigned => Self::Unsigned,
            Reject::BadSignature => Self::BadSignature,
            Reject::Malformed(_) => Self::Malformed,
        }
    }
}

/// Runs each webhook of a folder through the channel. Every file of the folder must have a row.
pub fn receive_table(channel: &dyn Channel, folder: &Path, rows: &[Hook]) {
    every_file_has_a_row(folder, rows.iter().map(|row| row.file.clone()));
    for row in rows {
        let request = Request::read(&folder.join(&row.file));
        match (channel.receive(&request.webhook()), &row.gives) {
            (Ok(received), Ok(gives)) => {
                assert_gives(&row.file, &received, gives);
                assert_guarded(&row.file, channel, &request);
            }
            (Err(reject), Err(refusal)) => {
                assert_eq!(Refusal::from(&reject), *refusal, "{}", row.file)
            }
            (result, gives) => panic!("{}: {result:?}, where {gives:?} was expected", row.file),
        }
    }
}

fn every_file_has_a_row(folder: &Path, rows: impl Iterator<Item = String>) {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files: BTreeSet<String> = entries
        .map(|entry| {
            entry
                .expect("a folder's entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(
        files,
        rows.collect(),
        "files of {} on the left, rows of the table on the right",
        folder.display()
    );
}

fn assert_gives(file: &str, received: &Received, gives: &Gives) {
    assert_eq!(
        received.messages.len(),
        gives.messages.len(),
        "{file}: messages in {received:?}"
    );
    for (message, wanted) in received.messages.iter().zip(&gives.messages) {
        for (name, value) in &wanted.extra {
            assert_eq!(
                message.extra.get(name),
                Some(value),
                "{file}: the field {name} is kept"
            );
        }
        let extra = message.extra.clone();
        assert_eq!(
            *message,
            Inbound {
                extra,
                ..wanted.clone()
            },
            "{file}"
        );
    }
    assert_eq!(received.receipts, gives.receipts, "{file}");
    assert_eq!(
        received.odd.len(),
        gives.odd,
        "{file}: odd elements in {:?}",
        received.odd
    );
    assert_eq!(received.answer, gives.answer, "{file}");
}

/// What holds for every webhook that is taken: a header signs its URL or body, and one that was changed is refused.
fn assert_guarded(file: &str, channel: &dyn Channel, request: &Request) {
    let refused = |request: &Request| channel.receive(&request.webhook()).is_err();
    let without = |name: &HeaderName| {
        let mut request = request.clone();
        request.headers.remove(name);
        request
    };
    let signatures: Vec<&HeaderName> = request
        .headers
        .keys()
        .filter(|name| refused(&without(name)))
        .collect();
    assert!(
        !signatures.is_empty(),
        "{file}: taken without any signature"
    );
    for name in signatures {
        assert_eq!(
            channel.receive(&without(name).webhook()).err(),
            Some(Reject::Unsigned),
            "{file}: without {name}"
        );
        let value = request.headers[name].as_bytes();
        for kept in 0..value.len() {
            let mut request = request.clone();
            request.headers.insert(
                name,
                HeaderValue::from_bytes(&value[..kept]).expect("a header cut short"),
            );
            assert!(
                refused(&request),
                "{file}: taken with {kept} bytes of {name}"
            );
        }
    }
    let mut changed = request.clone();
    if request.body.is_empty() {
        changed.url.push_str("&more=1");
    } else {
        changed.body = [&request.body[..], b"x"].concat().into();
    }
    assert!(refused(&changed), "{file}: taken after a change");
}

/// A message to send, and what must come of the provider's reply.
pub struct Sent {
    /// The rule, in words.
    pub rule: &'static str,
    /// What the provider replies.
    pub reply: Reply,
    /// What the adapter makes of it.
    pub gives: Outcome,
}

/// What came of a send: the closed list of a program, without the sentences for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken, under this id.
    Accepted(&'static str, Fate),
    /// [`SendError::Rejected`], with the provider's code.
    Rejected(Reason, Option<&'static str>),
    /// [`SendError::Throttled`]
    Throttled(Option<Duration>),
    /// [`SendError::Unavailable`]
    Unavailable,
    /// [`SendError::OutcomeUnknown`]
    Unknown,
}

impl Outcome {
    /// Whether the adapter named what happened.
    #[must_use]
    pub fn is(&self, result: &Result<Accepted, SendError>) -> bool {
        match (self, result) {
            (Self::Accepted(id, fate), Ok(accepted)) => {
                accepted.provider_id == *id && accepted.fate == *fate
            }
            (Self::Rejected(reason, code), Err(SendError::Rejected(failure))) => {
                failure.reason == *reason && failure.code.as_deref() == *code
            }
            (Self::Throttled(wait), Err(SendError::Throttled { retry_after })) => {
                wait == retry_after
            }
            (Self::Unavailable, Err(SendError::Unavailable(_)))
            | (Self::Unknown, Err(SendError::OutcomeUnknown(_))) => true,
            _ => false,
        }
    }
}

/// Sends the message to a provider that replies as each row says. `connect` makes the channel for a provider at that base.
pub async fn send_table<C: Channel>(
    connect: impl Fn(&str) -> C,
    message: &Outbound,
    rows: Vec<Sent>,
) {
    for Sent { rule, reply, gives } in rows {
        let provider = StandIn::replying([reply]);
        let result = connect(&provider.base()).send(message).await;
        assert!(
            gives.is(&result),
            "{rule}: {result:?}, where {gives:?} was expected"
        );
        assert_eq!(
            provider.requests().len(),
            1,
            "{rule}: one call, at most one attempt"
        );
    }
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
