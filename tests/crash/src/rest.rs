//! The conversations once nothing is on its way any more.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Failed;
use crate::api::Api;
use crate::carrier::Carrier;
use crate::channels::Organization;
use crate::check::{Log, attachments};
use crate::people::{Scene, Stage, reached::all_events};
use crate::record::{Receipts, Record};

/// How long everything may take to come to rest, at the very most.
const REST: Duration = Duration::from_secs(150);

/// Waits until nothing is on its way. What the carrier never got, though the server may have handed it over, is waited for no longer than
/// `patience`, and not at all where the provider cannot be asked for it: that it reads `uncertain` is the truth. What is behind it goes
/// when it has waited for a minute, which may come after; so the reports that the logs are held against are those from before they were read.
pub async fn at_rest(
    stages: &[Stage],
    scenes: &[Scene],
    carrier: &Carrier,
    record: &Record,
    patience: Duration,
) -> Result<(Vec<Logs>, Receipts), Failed> {
    let begun = Instant::now();
    loop {
        let idle = carrier.is_idle();
        let receipts = record.all().receipts;
        let mut logs = Vec::new();
        for stage in stages {
            logs.push(logs_of(stage, scenes).await?);
        }
        let impatient = begun.elapsed() > patience;
        let posting = (!idle || !carrier.is_idle()).then(|| "a webhook".to_owned());
        let mut each = stages.iter().zip(&logs);
        let waits = || {
            each.find_map(|(stage, logs)| on_its_way(stage.organization, logs, record, impatient))
        };
        match posting.or_else(waits) {
            None => return Ok((logs, receipts)),
            Some(what) if begun.elapsed() > REST => {
                return Err(format!("it does not come to rest: {what}").into());
            }
            Some(_) => tokio::time::sleep(Duration::from_millis(250)).await,
        }
    }
}

/// Conversations by their ids.
type Logs = BTreeMap<String, Log>;

async fn logs_of(stage: &Stage, scenes: &[Scene]) -> Result<Logs, Failed> {
    let operator = stage.operators.first().ok_or("nobody answers")?;
    let mut logs = Logs::new();
    for id in conversations(operator).await? {
        let followed = scenes.iter().any(|scene| scene.conversation == id);
        logs.insert(id.clone(), log(operator, &id, followed).await?);
    }
    Ok(logs)
}

/// Something that must still come to an end.
fn on_its_way(
    organization: &Organization,
    logs: &Logs,
    record: &Record,
    impatient: bool,
) -> Option<String> {
    let all = record.all();
    let got: HashSet<&str> = all
        .texted
        .iter()
        .map(|texted| texted.delivery.as_str())
        .collect();
    logs.iter().find_map(|(id, log)| {
        if log.conversation["switch"]["phase"] == "greeting" {
            return Some(format!("a greeting in {id}"));
        }
        let event = first_on_its_way(organization, (id, log), &got, impatient)?;
        Some(format!("in {id} {event}"))
    })
}

fn first_on_its_way<'l>(
    organization: &Organization,
    (id, log): (&str, &'l Log),
    got: &HashSet<&str>,
    impatient: bool,
) -> Option<&'l Value> {
    let word = |value: &'l Value| value.as_str().unwrap_or_default();
    let mut stuck: HashSet<String> = HashSet::new();
    log.events.iter().find(|event| {
        let (leg, state) = (event["leg"].to_string(), word(&event["delivery"]["state"]));
        let never_got = !got.contains(format!("{id}-{}", event["seq"]).as_str());
        let channel = organization.channel(word(&event["channel"]));
        let finds = channel.is_some_and(|channel| channel.finds);
        let over = match state {
            "uncertain" => never_got && (impatient || !finds),
            "queued" => never_got && impatient && stuck.contains(&leg),
            _ => true,
        };
        // Nothing waits behind a welcome.
        if state == "uncertain" && event["author"]["kind"] != "system" {
            stuck.insert(leg);
        }
        !over || attachments(event).any(|file| file["state"] == "fetching")
    })
}

/// Every conversation of the organization: a phone whose number nobody holds any more begins one of its own.
async fn conversations(operator: &Api) -> Result<Vec<String>, Failed> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = operator
            .get(&format!("/v1/conversations?limit=100{cursor}"))
            .await?;
        for item in page.body["items"]
            .as_array()
            .ok_or("an inbox without items")?
        {
            ids.push(text(item, "id")?.to_owned());
        }
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(ids),
        }
    }
}

async fn log(operator: &Api, id: &str, followed: bool) -> Result<Log, Failed> {
    let events = all_events(operator, id).await?;
    let conversation = operator.get(&format!("/v1/conversations/{id}")).await?;
    Ok(Log {
        followed,
        conversation: conversation.body,
        events,
    })
}

pub fn text<'v>(body: &'v Value, field: &str) -> Result<&'v str, Failed> {
    let text = body[field].as_str();
    text.ok_or_else(|| format!("no {field} in {body}").into())
}
