//! Requests and answers as they stand on the wire, and in the files of the fixtures.

use std::io::BufRead;
use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::WebhookRequest;

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
pub(super) fn head(reader: &mut impl BufRead) -> Option<(String, HeaderMap)> {
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
