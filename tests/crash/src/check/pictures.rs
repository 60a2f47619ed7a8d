//! Every picture is where its words are: its bytes, or word of it that the carrier lost it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Log;
use crate::Failed;
use crate::api::Api;
use crate::picture;
use crate::record::Inner;

/// What came of asking for each attachment: its bytes, or the status in their place.
pub type Pictures = BTreeMap<String, Result<Vec<u8>, u16>>;

/// Asks for every picture in the logs.
pub async fn fetch(operator: &Api, logs: &BTreeMap<String, Log>) -> Result<Pictures, Failed> {
    let mut pictures = Pictures::new();
    for attachment in logs.values().flat_map(|log| &log.events).flat_map(of) {
        if let Some(id) = attachment["id"].as_str() {
            pictures.insert(id.to_owned(), operator.file(id).await?);
        }
    }
    Ok(pictures)
}

/// What goes with an event.
pub fn of(event: &Value) -> impl Iterator<Item = &Value> {
    event["attachments"].as_array().into_iter().flatten()
}

/// One picture with all words that have one, none with any others.
pub fn with_their_words(
    record: &Inner,
    logs: &BTreeMap<String, Log>,
    pictures: &Pictures,
) -> Vec<String> {
    let events = logs.values().flat_map(|log| &log.events);
    events
        .filter_map(|event| {
            let words = event["text"].as_str().unwrap_or_default();
            let found: Vec<_> = of(event).collect();
            let why = match (&found[..], picture::goes_with(words)) {
                ([], false) => None,
                ([one], true) => wrong(one, words, record, pictures),
                (many, _) => Some(format!("{} pictures", many.len())),
            };
            why.map(|why| format!("with “{words}” goes what should not: {why}"))
        })
        .collect()
}

fn wrong(attachment: &Value, words: &str, record: &Inner, pictures: &Pictures) -> Option<String> {
    let state = attachment["state"].as_str().unwrap_or_default();
    let lost = record.lost.contains(words);
    let picture = attachment["id"].as_str().and_then(|id| pictures.get(id));
    match (state, lost, picture) {
        ("here", false, Some(Ok(bytes))) if *bytes == picture::of(words) => None,
        ("here", false, Some(Ok(_))) => Some("other bytes".to_owned()),
        ("gone", true, _) => None,
        (state, lost, picture) => Some(format!(
            "{state}, {} at the carrier, answered {:?}",
            if lost { "lost" } else { "kept" },
            picture.map(|picture| picture.as_ref().map(Vec::len))
        )),
    }
}
