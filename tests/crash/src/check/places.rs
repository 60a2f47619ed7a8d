//! What was acknowledged is in the logs: once, in order, and where it was said to be.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::Log;
use crate::record::Inner;

/// Where each text stands: nobody writes the same twice.
pub struct Places<'l> {
    by_text: HashMap<&'l str, Vec<(&'l str, &'l Value)>>,
}

impl<'l> Places<'l> {
    pub fn of(logs: &'l BTreeMap<String, Log>) -> Self {
        let mut by_text: HashMap<&str, Vec<_>> = HashMap::new();
        for (id, log) in logs {
            for event in &log.events {
                if let Some(text) = event["text"]
                    .as_str()
                    .filter(|text| text.contains(" number "))
                {
                    by_text.entry(text).or_default().push((id.as_str(), event));
                }
            }
        }
        Self { by_text }
    }

    pub fn doubled(&self) -> Vec<String> {
        let doubled = self.by_text.iter().filter(|(_, places)| places.len() > 1);
        doubled
            .map(|(text, places)| format!("“{text}” is in the logs {} times", places.len()))
            .collect()
    }

    pub fn only(&self, text: &str) -> Option<(&'l str, &'l Value)> {
        self.by_text.get(text)?.first().copied()
    }
}

/// Every message we acknowledged is in the log, where the acknowledgement said, in the order in which its author said it.
pub fn acknowledged(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last: HashMap<(&str, &str), u64> = HashMap::new();
    for said in &record.said {
        match places.only(&said.text) {
            Some((id, event)) if id == said.conversation && event["seq"] == said.seq => {}
            Some((id, event)) => wrong.push(format!(
                "“{}” was acknowledged as {} {}, and is {id} {}",
                said.text, said.conversation, said.seq, event["seq"]
            )),
            None => wrong.push(format!("“{}” was acknowledged and is lost", said.text)),
        }
        let before = last.insert((&said.conversation, &said.author), said.seq);
        if before.is_some_and(|before| before >= said.seq) {
            wrong.push(format!(
                "“{}” stands before what its author said earlier",
                said.text
            ));
        }
    }
    wrong
}

/// Every text whose webhook was answered 200 is in the log, in the order in which it was written.
pub fn heard(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((channel, phone), texts) in &record.heard {
        let mut last: HashMap<&str, u64> = HashMap::new();
        for text in texts.iter().filter(|text| text.contains(" number ")) {
            let Some((id, event)) = places.only(text) else {
                wrong.push(format!("“{text}” was taken from {phone} and is lost"));
                continue;
            };
            if event["channel"] != *channel {
                wrong.push(format!("“{text}” was written by {channel}, and is {event}"));
            }
            let seq = event["seq"].as_u64().unwrap_or_default();
            if last.insert(id, seq).is_some_and(|before| before >= seq) {
                wrong.push(format!("“{text}” stands before what {phone} wrote earlier"));
            }
        }
    }
    wrong
}

/// What was refused for good is nowhere.
pub fn refused(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let there = record
        .refused
        .iter()
        .filter(|text| places.only(text).is_some());
    there
        .map(|text| format!("“{text}” was refused and is in the log"))
        .collect()
}

/// A code leads the phone that sent it to the conversation that it was made for, and nobody after that.
pub fn codes(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for code in &record.codes {
        let at = |text: &str| places.only(text).map(|(id, _)| id.to_owned());
        if let Some(id) = at(&code.text).filter(|id| *id != code.conversation) {
            let (text, conversation) = (&code.text, &code.conversation);
            wrong.push(format!("“{text}” is in {id}, not in {conversation}"));
        }
        if let Some(again) = &code.again
            && at(again).is_some_and(|id| id == code.conversation)
        {
            wrong.push(format!("“{again}” worked a second time"));
        }
    }
    wrong
}
