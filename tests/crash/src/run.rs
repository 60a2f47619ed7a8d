//! One run: people and phones are brought in, the server is killed again and again, and then all is left to come to rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::carrier::Carrier;
use crate::check::{Log, check};
use crate::dice::Dice;
use crate::people::{self, Scene};
use crate::readers::{self, Reader};
use crate::record::Record;
use crate::server::{EMAIL, PASSWORD, Server, Windows};
use crate::{Failed, Plan};

const WINDOWS: Windows = Windows {
    revert: Duration::from_millis(1_500),
    greeting: Duration::from_millis(5_000),
};
/// The server lives up to so many milliseconds once it is ready, and stays dead up to so many.
const LIVES: u64 = 600;
const DEAD: u64 = 100;
/// One kill of so many comes before the server is ready.
const DURING_START: u64 = 10;
/// How long everything may take to come to rest: an unknown outcome is settled by asking the carrier, which takes a while.
const REST: Duration = Duration::from_secs(120);
const REPORT_EVERY: u32 = 50;

/// Runs, and says what is wrong.
pub async fn run(plan: &Plan, seed: u64) -> Result<Vec<String>, Failed> {
    let folder = fresh(&plan.folder)?;
    let record = Arc::new(Record::default());
    let (carrier, address) = Carrier::start(record.clone(), Dice::of(seed, 0), true).await?;
    let mut server = Server::new(&plan.server, &folder, address, &WINDOWS)?;
    carrier.post_to(server.address);
    server.start().await?;

    let stop = CancellationToken::new();
    let scenes = scenes(plan, &server, &carrier, &record, &stop).await?;
    let (readers_stop, readers) = watch(&scenes, &record);
    let mut people = load(plan, seed, &scenes);
    let killed = kill_again_and_again(plan, seed, &mut server, &mut people).await;
    stop.cancel();
    let ready = killed.map_err(|error| format!("{error}: {}", folder.display()))?;
    while let Some(ended) = people.join_next().await {
        ended??;
    }
    carrier.calm();
    carrier.empty(REST).await?;
    let logs = at_rest(&scenes).await?;
    caught_up(&logs, &record).await;
    readers_stop.cancel();
    readers.join_all().await;

    let all = record.all();
    let wrong = check(&all, &logs);
    report(&all, &logs, &ready);
    server.kill().await?;
    if wrong.is_empty() {
        std::fs::remove_dir_all(&folder)?;
    } else {
        eprintln!("what the server left is in {}", folder.display());
    }
    Ok(wrong)
}

/// Visitors with an open conversation each, a phone each, and the operator.
async fn scenes(
    plan: &Plan,
    server: &Server,
    carrier: &Carrier,
    record: &Arc<Record>,
    stop: &CancellationToken,
) -> Result<Vec<Scene>, Failed> {
    let anyone = Api::new(server.address)?;
    let session = anyone
        .post(
            "/v1/session",
            &json!({"email": EMAIL, "password": PASSWORD}),
        )
        .await?;
    let operator = anyone.by(text(&session.body, "token")?);
    let mut scenes = Vec::new();
    for n in 0..plan.quiet + plan.crowded {
        let visitor = anyone
            .post("/v1/visitors", &json!({"widget_key": "wk_acme"}))
            .await?;
        let visitor = anyone.by(text(&visitor.body, "token")?);
        let conversation = visitor
            .post("/v1/conversations", &json!({"client_id": "open"}))
            .await?;
        let phone = format!("+1415555{:04}", 100 + n);
        carrier.phone(&phone, true);
        scenes.push(Scene {
            conversation: text(&conversation.body, "id")?.to_owned(),
            phone,
            visitor,
            operator: operator.clone(),
            carrier: carrier.clone(),
            record: record.clone(),
            stop: stop.clone(),
            window: WINDOWS.revert,
        });
    }
    Ok(scenes)
}

/// An operator who reads every conversation along, and every visitor.
fn watch(scenes: &[Scene], record: &Arc<Record>) -> (CancellationToken, JoinSet<()>) {
    let (stop, mut readers) = (CancellationToken::new(), JoinSet::new());
    let all = scenes
        .iter()
        .map(|scene| (scene.conversation.clone(), 0))
        .collect();
    if let Some(first) = scenes.first() {
        let operator = first.operator.clone();
        readers.spawn(readers::read(
            operator,
            Reader::Operator,
            all,
            record.clone(),
            stop.clone(),
        ));
    }
    for scene in scenes {
        let own = BTreeMap::from([(scene.conversation.clone(), 0)]);
        let visitor = scene.visitor.clone();
        readers.spawn(readers::read(
            visitor,
            Reader::Visitor,
            own,
            record.clone(),
            stop.clone(),
        ));
    }
    (stop, readers)
}

fn load(plan: &Plan, seed: u64, scenes: &[Scene]) -> JoinSet<Result<(), Failed>> {
    let mut people = JoinSet::new();
    for (n, scene) in (1..).zip(scenes) {
        let (visitor, operator) = (Dice::of(seed, 2 * n), Dice::of(seed, 2 * n + 1));
        if n <= plan.quiet {
            people.spawn(people::quiet_visitor(scene.clone(), visitor));
            people.spawn(people::quiet_operator(scene.clone(), operator));
        } else {
            people.spawn(people::crowded_visitor(scene.clone(), visitor));
            people.spawn(people::crowded_operator(scene.clone(), operator));
        }
    }
    people
}

/// How long the server took to be ready, each time. Leaves it running.
async fn kill_again_and_again(
    plan: &Plan,
    seed: u64,
    server: &mut Server,
    people: &mut JoinSet<Result<(), Failed>>,
) -> Result<Vec<Duration>, Failed> {
    let mut dice = Dice::of(seed, u64::MAX);
    let begun = Instant::now();
    let mut ready = Vec::new();
    for n in 1..=plan.restarts {
        tokio::time::sleep(dice.millis(LIVES)).await;
        server.kill().await?;
        tokio::time::sleep(dice.millis(DEAD)).await;
        if dice.below(DURING_START) == 0 {
            let moment = dice.millis(60);
            if let Ok(started) = tokio::time::timeout(moment, server.start()).await {
                started?;
            }
            server.kill().await?;
        }
        ready.push(server.start().await?);
        if let Some(ended) = people.try_join_next() {
            ended??;
            return Err("somebody went home early".into());
        }
        if n % REPORT_EVERY == 0 {
            println!("{n} restarts in {:.0} s", begun.elapsed().as_secs_f64());
        }
        if begun.elapsed() > Duration::from_secs(plan.minutes * 60) {
            println!("the time is over after {n} restarts");
            break;
        }
    }
    Ok(ready)
}

/// The conversations once nothing is on its way any more.
async fn at_rest(scenes: &[Scene]) -> Result<BTreeMap<String, Log>, Failed> {
    let operator = &scenes
        .first()
        .ok_or("a run without conversations")?
        .operator;
    let begun = Instant::now();
    loop {
        let mut logs = BTreeMap::new();
        for id in conversations(operator).await? {
            let phone = scenes
                .iter()
                .find(|scene| scene.conversation == id)
                .map(|scene| scene.phone.clone());
            logs.insert(id.clone(), log(operator, &id, phone).await?);
        }
        let waiting = logs.values().flat_map(|log| &log.events).find(|event| {
            let state = event["delivery"]["state"].as_str().unwrap_or_default();
            matches!(state, "queued" | "uncertain")
        });
        let greeting = logs
            .values()
            .any(|log| log.conversation["switch"]["phase"] == "greeting");
        match waiting {
            None if !greeting => return Ok(logs),
            Some(event) if begun.elapsed() > REST => {
                return Err(format!("a message is still on its way: {event}").into());
            }
            None if begun.elapsed() > REST => return Err("a greeting does not end".into()),
            _ => tokio::time::sleep(Duration::from_millis(250)).await,
        }
    }
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

async fn log(operator: &Api, id: &str, phone: Option<String>) -> Result<Log, Failed> {
    let path = format!("/v1/conversations/{id}");
    let mut events: Vec<Value> = Vec::new();
    loop {
        let after = events.len();
        let page = operator
            .get(&format!("{path}/events?after={after}"))
            .await?;
        let more = page.body["more"] == true;
        let Some(page) = page.body["events"].as_array() else {
            return Err(format!("no events after {after}: {}", page.body).into());
        };
        events.extend(page.iter().cloned());
        if !more {
            break;
        }
    }
    Ok(Log {
        phone,
        conversation: operator.get(&path).await?.body,
        events,
    })
}

/// Gives readers a moment to see the last events; whether they did is for the check to say.
async fn caught_up(logs: &BTreeMap<String, Log>, record: &Record) {
    let followed = logs.values().filter(|log| log.phone.is_some());
    let events: usize = followed.map(|log| log.events.len()).sum();
    let until = Instant::now() + Duration::from_secs(10);
    let read = || record.all().read.values().map(Vec::len).sum::<usize>();
    while read() < events && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn report(all: &crate::record::Inner, logs: &BTreeMap<String, Log>, ready: &[Duration]) {
    let mut ready = ready.to_vec();
    ready.sort_unstable();
    let events: usize = logs.values().map(|log| log.events.len()).sum();
    println!(
        "{} restarts; ready again after {:?} (median), {:?} (longest)",
        ready.len(),
        ready.get(ready.len() / 2).copied().unwrap_or_default(),
        ready.last().copied().unwrap_or_default()
    );
    println!(
        "{events} events, {} messages acknowledged, {} texts taken from phones, {} brought to phones",
        all.said.len(),
        all.heard.values().map(Vec::len).sum::<usize>(),
        all.texted.len()
    );
    for (what, many) in &all.done {
        println!("{many:>8} {what}");
    }
}

fn text<'v>(body: &'v Value, field: &str) -> Result<&'v str, Failed> {
    body[field]
        .as_str()
        .ok_or_else(|| format!("no {field} in {body}").into())
}

fn fresh(place: &Path) -> Result<PathBuf, Failed> {
    let folder = place.join(format!("switchboard-crash-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(std::path::absolute(folder)?)
}
