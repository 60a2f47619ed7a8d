//! One run: people and phones are brought in, the server is killed again and again, and then all is left to come to rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::carrier::Carrier;
use crate::channels::{self, Organization};
use crate::check::{Log, Pictures, check, fetch};
use crate::dice::{Dice, some};
use crate::people::{Scene, Stage, crowded, first, quiet, reached};
use crate::readers::{self, Reader};
use crate::record::{Inner, Record};
use crate::rest::{self, text};
use crate::server::{self, PASSWORD, Server, Windows};
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
/// Phones of one visitor.
const PHONES: u64 = 2;

/// Runs, and says what is wrong.
pub async fn run(plan: &Plan, seed: u64) -> Result<Vec<String>, Failed> {
    let folder = fresh(&plan.folder)?;
    let record = Arc::new(Record::default());
    let (carrier, address) = Carrier::start(record.clone(), Dice::of(seed, 0), true).await?;
    let mut server = Server::new(&plan.server, &folder, address, &WINDOWS)?;
    carrier.post_to(server.address);
    server.start().await?;

    let stop = CancellationToken::new();
    let mut stages = Vec::new();
    for organization in channels::ALL {
        stages.push(stage(organization, &server, &carrier, &record, &stop).await?);
    }
    let scenes = scenes(plan, &stages).await?;
    let (readers_stop, readers) = watch(&stages, &scenes, &record);
    let mut people = load(plan, seed, &stages, &scenes);
    let killed = kill_again_and_again(plan, seed, &mut server, &mut people).await;
    stop.cancel();
    let ready = killed.map_err(|error| format!("{error}: {}", folder.display()))?;
    while let Some(ended) = people.join_next().await {
        ended??;
    }
    carrier.calm();
    carrier.empty(REST).await?;
    let (at_rest, receipts) =
        rest::at_rest(&stages, &scenes, &carrier, &record, plan.patience()).await?;
    let (mut logs, mut pictures) = (BTreeMap::new(), Pictures::new());
    for (stage, of_stage) in stages.iter().zip(at_rest) {
        let operator = stage.operators.first().ok_or("nobody answers")?;
        pictures.extend(fetch(operator, &of_stage).await?);
        logs.extend(of_stage);
    }
    caught_up(&logs, &record).await;
    readers_stop.cancel();
    readers.join_all().await;

    let all = Inner {
        receipts,
        ..record.all()
    };
    let wrong = check(&all, &logs, &pictures);
    report(&all, &logs, &ready);
    server.kill().await?;
    if wrong.is_empty() {
        std::fs::remove_dir_all(&folder)?;
    } else {
        eprintln!("what the server left is in {}", folder.display());
    }
    Ok(wrong)
}

/// What everybody has in hand; the operators have signed in.
async fn stage(
    organization: &'static Organization,
    server: &Server,
    carrier: &Carrier,
    record: &Arc<Record>,
    stop: &CancellationToken,
) -> Result<Stage, Failed> {
    let anyone = Api::new(server.address)?;
    let mut operators = Vec::new();
    for email in server::operators(organization) {
        let asked = json!({"email": email, "password": PASSWORD});
        let session = anyone.post("/v1/session", &asked).await?;
        operators.push(anyone.by(text(&session.body, "token")?));
    }
    Ok(Stage {
        organization,
        anyone,
        operators,
        carrier: carrier.clone(),
        record: record.clone(),
        stop: stop.clone(),
        window: WINDOWS.revert,
    })
}

/// Visitors with an open conversation and some phones each, of one organization after the other.
async fn scenes(plan: &Plan, stages: &[Stage]) -> Result<Vec<Scene>, Failed> {
    let mut scenes = Vec::new();
    for (n, stage) in (0..plan.quiet + plan.crowded).zip(stages.iter().cycle()) {
        let visitor = stage.visitor().await?;
        let conversation = visitor
            .post("/v1/conversations", &json!({"client_id": "open"}))
            .await?;
        let conversation = text(&conversation.body, "id")?.to_owned();
        let phones: Vec<String> = (0..PHONES)
            .map(|phone| number(PHONES * n + phone, stage))
            .collect();
        for phone in &phones {
            stage.record.home(phone, &conversation);
        }
        scenes.push(Scene {
            conversation,
            phones,
            visitor,
            operator: some(&stage.operators, &mut Dice::of(n, 0)).clone(),
            stage: stage.clone(),
        });
    }
    Ok(scenes)
}

/// A phone that answers, on every channel of the organization.
fn number(n: u64, stage: &Stage) -> String {
    let number = format!("+1415555{:04}", 100 + n);
    for channel in stage.organization.channels {
        stage.carrier.phone(channel, &number, true);
    }
    number
}

/// An operator of each organization who reads its conversations along, and every visitor.
fn watch(
    stages: &[Stage],
    scenes: &[Scene],
    record: &Arc<Record>,
) -> (CancellationToken, JoinSet<()>) {
    let (stop, mut readers) = (CancellationToken::new(), JoinSet::new());
    for stage in stages {
        let here = |scene: &&Scene| scene.stage.organization.id == stage.organization.id;
        let all = scenes
            .iter()
            .filter(here)
            .map(|scene| (scene.conversation.clone(), 0))
            .collect();
        if let Some(operator) = stage.operators.first().cloned() {
            let (record, stop) = (record.clone(), stop.clone());
            readers.spawn(readers::read(operator, Reader::Operator, all, record, stop));
        }
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

fn load(plan: &Plan, seed: u64, stages: &[Stage], scenes: &[Scene]) -> JoinSet<Result<(), Failed>> {
    let mut people = JoinSet::new();
    let mut dice = (2..).map(|who| Dice::of(seed, who));
    let mut die = || dice.next().unwrap_or_else(|| Dice::of(seed, 1));
    for (n, scene) in (1..).zip(scenes) {
        if n <= plan.quiet {
            people.spawn(quiet::visitor(scene.clone(), die()));
            people.spawn(quiet::operator(scene.clone(), die()));
        } else {
            people.spawn(crowded::visitor(scene.clone(), die()));
            people.spawn(crowded::operator(scene.clone(), die()));
        }
    }
    let mut phones = PHONES * (plan.quiet + plan.crowded)..;
    let mut pair = |stage| {
        let mut phone = || number(phones.next().unwrap_or_default(), stage);
        (phone(), phone())
    };
    for (_, stage) in (0..plan.leads).zip(stages.iter().cycle()) {
        let (lead, left) = pair(stage);
        people.spawn(reached::lead(stage.clone(), lead, die()));
        people.spawn(reached::left(stage.clone(), left, die()));
    }
    for (_, stage) in (0..plan.first).zip(stages.iter().cycle()) {
        let (phone, stranger) = pair(stage);
        people.spawn(first::visitors(stage.clone(), phone, stranger, die()));
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

/// Gives readers a moment to see the last events; whether they did is for the check to say.
async fn caught_up(logs: &BTreeMap<String, Log>, record: &Record) {
    let followed = logs.values().filter(|log| log.followed);
    let events: usize = followed.map(|log| log.events.len()).sum();
    let until = Instant::now() + Duration::from_secs(10);
    let read = || record.all().read.values().map(Vec::len).sum::<usize>();
    while read() < events && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn report(all: &Inner, logs: &BTreeMap<String, Log>, ready: &[Duration]) {
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
        "{events} events in {} conversations, {} messages acknowledged, {} texts taken from phones, {} brought to phones, {} reported on",
        logs.len(),
        all.said.len(),
        all.heard.values().map(Vec::len).sum::<usize>(),
        all.texted.len(),
        all.receipts.len()
    );
    for channel in channels::every() {
        let brought = all
            .texted
            .iter()
            .filter(|texted| texted.connection == channel.connection);
        println!("{:>8} brought by {}", brought.count(), channel.connection);
    }
    println!(
        "{:>8} times STOP or START told, {} pictures lost at the carrier",
        all.consents.len(),
        all.lost.len()
    );
    for (what, many) in &all.done {
        println!("{many:>8} {what}");
    }
}

fn fresh(place: &Path) -> Result<PathBuf, Failed> {
    let folder = place.join(format!("switchboard-crash-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(std::path::absolute(folder)?)
}
