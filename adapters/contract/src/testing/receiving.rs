//! The table of webhooks: what a provider posts, and what the channel makes of it.

use std::collections::BTreeSet;
use std::path::Path;

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::wire::Request;
use crate::{Answer, Channel, Failure, Fate, Inbound, Move, Reason, Receipt, Received, Reject};

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
    /// The people who moved, in order.
    pub moves: Vec<Move>,
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

impl Hook {
    /// A webhook that tells these.
    #[must_use]
    pub fn gives(name: &str, gives: Gives) -> Self {
        Self {
            file: format!("{name}.http"),
            gives: Ok(gives),
        }
    }

    /// A webhook that is refused.
    #[must_use]
    pub fn refused(name: &str, refusal: Refusal) -> Self {
        Self {
            file: format!("{name}.http"),
            gives: Err(refusal),
        }
    }
}

/// A message that failed.
#[must_use]
pub fn failed(reason: Reason, code: Option<&str>, detail: &str) -> Fate {
    Fate::Failed(Failure {
        reason,
        code: code.map(str::to_owned),
        detail: detail.into(),
    })
}

/// One field that is among those that a message keeps.
#[must_use]
pub fn kept(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

impl From<&Reject> for Refusal {
    fn from(reject: &Reject) -> Self {
        match reject {
            Reject::Unsigned => Self::Unsigned,
            Reject::BadSignature(_) => Self::BadSignature,
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
    assert_eq!(received.moves, gives.moves, "{file}");
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
