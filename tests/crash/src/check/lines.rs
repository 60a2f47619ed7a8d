//! What the carrier was given, and what it told: held against the logs, and against what people had asked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::{Log, Places};
use crate::channels;
use crate::record::{Consent, Inner, Line, Texted, far};

/// No phone got one message twice, or out of order, or one that was not said to it.
pub fn brought(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut deliveries = HashSet::new();
    let mut last: HashMap<Line, u64> = HashMap::new();
    for texted in &record.texted {
        let (phone, text) = (texted.phone.as_str(), texted.text.as_str());
        let carried = !texted.delivery.is_empty();
        if carried && !deliveries.insert(&texted.delivery) {
            wrong.push(format!(
                "{phone} got “{text}” twice, as {}",
                texted.delivery
            ));
        }
        // A welcome is the same text each time, and overtakes.
        if !text.contains(" number ") {
            continue;
        }
        let home = record.homes.get(phone).map(String::as_str);
        match places.only(text) {
            Some((id, event)) if home == Some(id) && event["channel"] == texted.channel => {
                let seq = event["seq"].as_u64().unwrap_or_default();
                let before = last.insert(texted.line(), seq);
                if before.is_some_and(|before| before >= seq) {
                    wrong.push(format!("{phone} got “{text}” after a later one"));
                }
            }
            place => wrong.push(format!(
                "{phone} got “{text}”, which was not said to it: {place:?}"
            )),
        }
    }
    wrong
}

/// What a log says that the carrier has, the carrier has: nothing reads as sent that did not go, and nothing goes that is not counted here.
pub fn sent(record: &Inner, logs: &BTreeMap<String, Log>) -> Vec<String> {
    let texted = record.texted.iter();
    let (carried, nameless): (Vec<&Texted>, Vec<_>) =
        texted.partition(|texted| !texted.delivery.is_empty());
    let carried: HashSet<&str> = carried.iter().map(|texted| &*texted.delivery).collect();
    let nameless: HashSet<(&str, &str)> = nameless
        .iter()
        .map(|texted| (texted.channel, &*texted.text))
        .collect();
    let never_went = |id: &str, event: &Value| {
        let word = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
        let (channel, text) = (word(&event["channel"]), word(&event["text"]));
        let first_line = text.lines().next().unwrap_or_default();
        let is_phone = channels::every().any(|known| known.word == channel);
        let is_ours = is_phone && event["author"]["kind"] != "visitor";
        let reads_sent = far(&word(&event["delivery"]["state"])) >= far("sent");
        is_ours
            && reads_sent
            && !carried.contains(&*format!("{id}-{}", event["seq"]))
            && !nameless.contains(&(&*channel, first_line))
    };
    let mut wrong = Vec::new();
    for (id, log) in logs {
        let never = log.events.iter().filter(|event| never_went(id, event));
        wrong.extend(
            never.map(|event| format!("the carrier never got what {id} says it has: {event}")),
        );
    }
    wrong
}

/// Nothing was handed to the carrier for somebody whose STOP had been answered, unless a START could have come after it.
pub fn stopped(record: &Inner) -> Vec<String> {
    let mut words: HashMap<&Line, Vec<&Consent>> = HashMap::new();
    for consent in &record.consents {
        words.entry(&consent.line).or_default().push(consent);
    }
    let unwanted = |texted: &&Texted| {
        let line = texted.line();
        let words = words.get(&line).map_or(&[][..], Vec::as_slice);
        let stood = |stop: &Consent| {
            let taken = stop.taken.is_some_and(|taken| taken < texted.at);
            stop.stops && taken && !words.iter().any(|start| undoes(start, stop, texted))
        };
        words.iter().any(|word| stood(word))
    };
    let unwanted = record.texted.iter().filter(unwanted);
    unwanted
        .map(|texted| {
            let (channel, phone, text) = (texted.channel, &texted.phone, &texted.text);
            format!(
                "{phone} had stopped {channel}, and got “{text}” ({})",
                texted.delivery
            )
        })
        .collect()
}

/// Whether that word could have come after the STOP, and before the message.
fn undoes(start: &Consent, stop: &Consent, texted: &Texted) -> bool {
    let not_before = start.taken.is_none_or(|taken| taken > stop.begun);
    !start.stops && start.begun < texted.at && not_before
}

/// What the carrier said that a message had come to, and was answered, the message has come to.
pub fn reported(record: &Inner, logs: &BTreeMap<String, Log>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (delivery, told) in &record.receipts {
        let place = delivery.rsplit_once('-');
        let event = place.and_then(|(id, seq)| {
            let place = seq.parse::<usize>().ok()?.checked_sub(1)?;
            logs.get(id)?.events.get(place)
        });
        let Some(event) = event else {
            wrong.push(format!("{delivery} is in no log, and was reported on"));
            continue;
        };
        let state = event["delivery"]["state"].as_str().unwrap_or_default();
        if far(state) < Some(*told) {
            wrong.push(format!(
                "{delivery} was reported on, and reads {state}: {event}"
            ));
        }
    }
    wrong
}
