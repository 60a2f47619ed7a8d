//! Those who read along on a socket, through every restart: each resumes after what it has seen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::api::{Api, Socket};
use crate::record::{Record, leads_on};

const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// How far a reader has read each conversation.
pub type Read = BTreeMap<String, u64>;
/// How a reader last saw each message: its conversation, its place, and what became of it.
type Seen = BTreeMap<(String, u64), String>;

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
    let mut seen = Seen::new();
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
                    () = read_on(socket, reader, &mut read, &mut seen, &record) => record.count("sockets that ended"),
                }
            }
            Err(_) => tokio::time::sleep(BETWEEN_TRIES).await,
        }
    }
}

/// Reads until the socket ends.
async fn read_on(
    mut socket: Socket,
    reader: Reader,
    read: &mut Read,
    seen: &mut Seen,
    record: &Record,
) {
    while let Ok(frame) = socket.next().await {
        match frame["type"].as_str() {
            Some("event") => {
                take(&frame, reader, read, record);
                let event = &frame["event"];
                see(&frame, &event["seq"], &event["delivery"], seen, record);
            }
            Some("delivery") => see(&frame, &frame["seq"], &frame, seen, record),
            _ => {}
        }
    }
}

/// What became of a message is never taken back before a reader's eyes.
fn see(frame: &Value, seq: &Value, delivery: &Value, seen: &mut Seen, record: &Record) {
    let place = frame["conversation"].as_str().zip(seq.as_u64());
    let (Some((conversation, seq)), Some(state)) = (place, delivery["state"].as_str()) else {
        return;
    };
    let before = seen.insert((conversation.to_owned(), seq), state.to_owned());
    if let Some(before) = before
        && !leads_on(&before, state)
    {
        record.wrong(format!(
            "a message, {conversation} {seq}, read {before} and then {state}"
        ));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn delivery(state: &str) -> Value {
        json!({"type": "delivery", "conversation": "c", "seq": 1, "state": state})
    }

    fn sees(states: &[&str]) -> Vec<String> {
        let (record, mut seen) = (Record::default(), Seen::new());
        for state in states {
            let frame = delivery(state);
            see(&frame, &frame["seq"], &frame, &mut seen, &record);
        }
        record.all().wrong
    }

    #[test]
    fn a_message_that_moves_back_before_a_readers_eyes_is_found() {
        assert_eq!(sees(&["queued", "sent", "read", "read"]), [""; 0]);
        let wrong = sees(&["sent", "read", "delivered"]);
        assert!(
            wrong[0].contains("read read and then delivered"),
            "{wrong:?}"
        );
    }

    #[test]
    fn an_event_that_a_reader_missed_or_saw_twice_is_found() {
        for seq in [1, 3] {
            let (record, mut read) = (Record::default(), Read::from([("c".to_owned(), 1)]));
            let frame = json!({"type": "event", "conversation": "c", "event": {"seq": seq}});
            take(&frame, Reader::Operator, &mut read, &record);
            assert!(record.all().wrong[0].contains("after 1"));
        }
    }
}
