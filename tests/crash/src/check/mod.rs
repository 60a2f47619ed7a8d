//! Holds the logs, as they stand at the end, against what everybody was told.

mod lines;
mod pictures;
mod places;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::record::Inner;

pub use pictures::{Pictures, fetch, of as attachments};
use places::Places;

/// A conversation at the end.
pub struct Log {
    /// Whether an operator read along.
    pub followed: bool,
    /// As the operator sees it.
    pub conversation: Value,
    pub events: Vec<Value>,
}

/// Every rule that is broken, in words.
pub fn check(record: &Inner, logs: &BTreeMap<String, Log>, pictures: &Pictures) -> Vec<String> {
    let mut wrong = record.wrong.clone();
    for (id, log) in logs {
        wrong.extend(gapless(id, log));
        wrong.extend(one_active_leg(id, log));
        if log.followed {
            wrong.extend(read_as_it_is(id, log, record));
        }
    }
    let places = Places::of(logs);
    wrong.extend(places.doubled());
    wrong.extend(places::acknowledged(record, &places));
    wrong.extend(places::heard(record, &places));
    wrong.extend(places::refused(record, &places));
    wrong.extend(places::codes(record, &places));
    wrong.extend(lines::brought(record, &places));
    wrong.extend(lines::sent(record, logs));
    wrong.extend(lines::stopped(record));
    wrong.extend(lines::reported(record, logs));
    wrong.extend(pictures::with_their_words(record, logs, pictures));
    wrong
}

/// The log's `seq` has no gap and no repeat.
fn gapless(id: &str, log: &Log) -> Vec<String> {
    let seqs = log.events.iter().map(|event| event["seq"].as_u64());
    let mut wrong: Vec<String> = seqs
        .zip(1..)
        .filter(|(seq, place)| *seq != Some(*place))
        .take(1)
        .map(|(seq, place)| format!("{id}: event {place} of the log has seq {seq:?}"))
        .collect();
    if log.conversation["last_seq"].as_u64() != Some(log.events.len() as u64) {
        wrong.push(format!("{id}: last_seq is not the last event's"));
    }
    wrong
}

/// At most one leg is active; of a conversation with a web leg, exactly one.
fn one_active_leg(id: &str, log: &Log) -> Option<String> {
    let empty = Vec::new();
    let legs = log.conversation["legs"].as_array().unwrap_or(&empty);
    let active = legs.iter().filter(|leg| leg["active"] == true).count();
    let web = legs.iter().any(|leg| leg["channel"] == "web");
    let named = !log.conversation["active_leg"].is_null();
    let right = named == (active == 1) && active <= 1 && (named || !web);
    (!right).then(|| format!("{id}: {active} legs are active"))
}

/// What an operator read on the socket, through all restarts, is the log.
fn read_as_it_is(id: &str, log: &Log, record: &Inner) -> Option<String> {
    let read = record.read.get(id).map_or(&[][..], Vec::as_slice);
    let same = |a: &Value, b: &Value| {
        ["seq", "kind", "text"]
            .iter()
            .all(|field| a[field] == b[field])
    };
    let first_wrong = read
        .iter()
        .zip(&log.events)
        .find(|(read, logged)| !same(read, logged));
    if let Some((read, logged)) = first_wrong {
        return Some(format!(
            "{id}: an operator read {read}, the log has {logged}"
        ));
    }
    (read.len() != log.events.len()).then(|| {
        format!(
            "{id}: an operator read {} events, the log has {}",
            read.len(),
            log.events.len()
        )
    })
}
