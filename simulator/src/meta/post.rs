//! Webhooks to an account's server: alone or many in one body, tried again after growing pauses for seven days.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, USER_AGENT};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use crate::MetaNumber;
use crate::carrier::Carrier;
use crate::faults::Faults;
use crate::message::{Message, Serial, Told};
use crate::meta::hook::{sign, written};

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
/// A server that takes longer has not taken it; in real time.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long gathering webhooks wait for more.
const GATHER: i64 = 1_000;
/// The first pause before a webhook is tried again, by the network's clock; each is thrice the one before.
const PAUSE: i64 = 5_000;
const LONGEST_PAUSE: i64 = 12 * 3_600_000;
const GIVE_UP: i64 = 7 * 24 * 3_600_000;

/// Something to tell an account's server.
pub(crate) struct Event {
    url: String,
    secret: String,
    account: String,
    field: &'static str,
    value: Value,
    /// The phone's message that it tells of.
    serial: Option<Serial>,
    _place: OwnedSemaphorePermit,
}

impl Event {
    /// `value` of a change of this field, at this number's server.
    pub(crate) fn new(
        number: &MetaNumber,
        field: &'static str,
        value: Value,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            url: number.webhook_url.clone(),
            secret: number.app_secret.clone(),
            account: number.business_account_id.clone(),
            field,
            value,
            serial: None,
            _place: place,
        }
    }

    /// The message's phone is shown whether it was taken.
    pub(crate) fn of(mut self, message: &Message) -> Self {
        self.serial = Some(message.serial);
        self
    }
}

/// Webhooks that wait for more, by the server that they are for.
#[derive(Default)]
pub(crate) struct Gathering(Mutex<HashMap<String, Vec<Event>>>);

impl Gathering {
    fn take(&self, url: &str) -> Vec<Event> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(url).unwrap_or_default()
    }

    /// Adds one; says how many there are now.
    fn add(&self, event: Event) -> usize {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let events = all.entry(event.url.clone()).or_default();
        events.push(event);
        events.len()
    }

    fn urls(&self) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.keys().cloned().collect()
    }
}

/// Has it posted: at once, behind what else is in its lane, or together with others where that fault is on.
pub(crate) fn post(carrier: &Arc<Carrier>, event: Event, lane: &str, faults: &Faults) {
    let twice = faults.duplicate;
    let Some(batch) = faults.batch else {
        let work = deliver(carrier.clone(), vec![event], twice);
        carrier.lanes.run(lane, carrier.clone().until_closed(work));
        return;
    };
    let url = event.url.clone();
    match carrier.gathering.add(event) {
        n if n >= batch => flush(carrier, &url, twice),
        1 => {
            let carrier = carrier.clone();
            let until = carrier.clock.now().saturating_add(GATHER);
            tokio::spawn(carrier.clone().until_closed(async move {
                carrier.clock.reach(until).await;
                flush(&carrier, &url, twice);
            }));
        }
        _ => {}
    }
}

/// Posts what has gathered for every server.
pub(crate) fn flush_all(carrier: &Arc<Carrier>) {
    for url in carrier.gathering.urls() {
        flush(carrier, &url, false);
    }
}

fn flush(carrier: &Arc<Carrier>, url: &str, twice: bool) {
    let events = carrier.gathering.take(url);
    if !events.is_empty() {
        let work = deliver(carrier.clone(), events, twice);
        carrier.lanes.run(url, carrier.clone().until_closed(work));
    }
}

/// Posts once; what is not taken is tried again without holding up what comes after.
async fn deliver(carrier: Arc<Carrier>, events: Vec<Event>, twice: bool) {
    let body = body(&events);
    let mut taken = false;
    for _ in 0..=u8::from(twice) {
        taken |= attempt(&carrier, &events[0], &body).await;
    }
    if taken {
        told(&carrier, &events, Told::Yes);
    } else {
        let again = again(carrier.clone(), events, body);
        tokio::spawn(carrier.until_closed(again));
    }
}

async fn again(carrier: Arc<Carrier>, events: Vec<Event>, body: String) {
    let end = carrier.clock.now().saturating_add(GIVE_UP);
    let mut pause = PAUSE;
    loop {
        let next = carrier.clock.now().saturating_add(pause);
        if next > end {
            tracing::warn!("a webhook was given up after seven days");
            return told(&carrier, &events, Told::No);
        }
        carrier.clock.reach(next).await;
        if attempt(&carrier, &events[0], &body).await {
            return told(&carrier, &events, Told::Yes);
        }
        pause = (pause * 3).min(LONGEST_PAUSE);
    }
}

fn told(carrier: &Carrier, events: &[Event], told: Told) {
    for serial in events.iter().filter_map(|event| event.serial) {
        carrier.told(serial, told);
    }
}

async fn attempt(carrier: &Carrier, to: &Event, body: &str) -> bool {
    let Some(_turn) = carrier.turn().await else {
        return false;
    };
    let request = carrier
        .http
        .post(&to.url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "facebookexternalua")
        .header(SIGNATURE, sign(&to.secret, body.as_bytes()))
        .timeout(PATIENCE)
        .body(body.to_owned());
    match request.send().await {
        Ok(answer) if answer.status() == reqwest::StatusCode::OK => true,
        Ok(answer) => {
            tracing::warn!(status = answer.status().as_u16(), "a webhook was not taken");
            false
        }
        Err(reason) => {
            tracing::warn!(%reason, "a webhook was not taken");
            false
        }
    }
}

/// One body: an entry for each account, in it a change for each number and field, in it all messages and statuses.
fn body(events: &[Event]) -> String {
    let mut entries: Vec<(&str, Vec<Value>)> = Vec::new();
    for event in events {
        let at = entries
            .iter()
            .position(|(account, _)| *account == event.account);
        let at = at.unwrap_or_else(|| {
            entries.push((&event.account, Vec::new()));
            entries.len() - 1
        });
        add_change(&mut entries[at].1, event);
    }
    let entry = |(account, changes)| json!({ "id": account, "changes": changes });
    let entries: Vec<Value> = entries.into_iter().map(entry).collect();
    written(&json!({ "object": "whatsapp_business_account", "entry": entries }))
}

fn add_change(changes: &mut Vec<Value>, event: &Event) {
    let same = changes.iter_mut().find(|change| {
        event.field == "messages"
            && change["field"] == "messages"
            && change["value"]["metadata"] == event.value["metadata"]
    });
    let Some(change) = same else {
        changes.push(json!({ "field": event.field, "value": event.value }));
        return;
    };
    for list in ["contacts", "messages", "statuses"] {
        let Some(more) = event.value[list].as_array() else {
            continue;
        };
        let mut all = change["value"][list]
            .as_array()
            .cloned()
            .unwrap_or_default();
        all.extend(
            more.iter()
                .filter(|one| list != "contacts" || !all.contains(one))
                .cloned()
                .collect::<Vec<_>>(),
        );
        change["value"][list] = all.into();
    }
}
