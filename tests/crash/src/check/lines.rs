//! What the carrier was given, and what it told: held against the logs, and against what people had asked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Log, Places};
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
