//! Those who read along on a socket, through every restart: each resumes after what it has seen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::api::{Api, Socket};
use crate::record::Record;

const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// How far a reader has read each conversation.
pub type Read = BTreeMap<String, u64>;

/// Whose eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Sees every event: there is no gap.
    Operator,
    /// Sees what is theirs: `seq` only rises.
    Visitor,
}

/// Reads until told to stop.
pub async fn read(
    api: Api,
    reader: Reader,
    mut read: Read,
    record: Arc<Record>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let after = read
            .iter()
            .map(|(conversation, seq)| (conversation.clone(), (*seq).into()))
            .collect();
        let socket = tokio::select! {
            () = stop.cancelled() => return,
            socket = api.socket(after) => socket,
        };
        match socket {
            Ok(socket) => {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = read_on(socket, reader, &mut read, &record) => record.count("sockets that ended"),
                }
            }
            Err(_) => tokio::time::sleep(BETWEEN_TRIES).await,
        }
    }
}

/// Reads until the socket ends.
async fn read_on(mut socket: Socket, reader: Reader, read: &mut Read, record: &Record) {
    while let Ok(frame) = socket.next().await {
        if frame["type"] == "event" {
            take(&frame, reader, read, record);
        }
    }
}

fn take(frame: &Value, reader: Reader, read: &mut Read, record: &Record) {
    let (Some(conversation), Some(seq)) = (
        frame["conversation"].as_str(),
        frame["event"]["seq"].as_u64(),
    ) else {
        record.wrong(format!("an event without its place: {frame}"));
        return;
    };
    let last = read.entry(conversation.to_owned()).or_default();
    let in_order = match reader {
        Reader::Operator => seq == *last + 1,
        Reader::Visitor => seq > *last,
    };
    if !in_order {
        record.wrong(format!(
            "a {reader:?} of {conversation} read event {seq} after {last}"
        ));
    }
    *last = seq;
    if reader == Reader::Operator {
        record.read(conversation, frame["event"].clone());
    }
}
