//! The three paths that are measured, each on a fresh server with a fresh store.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use serde_json::Map;

use crate::load::chat::{self, Cast};
use crate::load::socket::Party;
use crate::load::{Rate, idle, webhook};
use crate::rounds::{Noise, Rounds, Side, measure};
use crate::server::Server;
use crate::table::{self, Goal, HEAD, Row};
use crate::{Failed, Plan, product, twilio};

/// Connections over which webhooks come.
const CONNECTIONS: [usize; 2] = [64, 256];

impl Noise for Rate {
    fn others(&self) -> f64 {
        self.others
    }
}

/// Memory does not depend on who else is at work.
struct Memory(f64);

impl Noise for Memory {
    fn others(&self) -> f64 {
        0.0
    }
}

/// Measures what the plan says, and prints each row as soon as it is known.
pub async fn run(plan: &Plan) -> Result<(), Failed> {
    println!("{}", table::machine());
    println!(
        "{} visitors, {} operators with an organization each; medians of {} rounds of {} s, floor and product in turn; stores in {}\n\n{HEAD}",
        plan.visitors,
        plan.operators,
        plan.rounds,
        plan.seconds,
        plan.memory.display()
    );
    let wanted = |name: &str| name.contains(&plan.only);
    if wanted("end to end") {
        end_to_end(plan).await?;
    }
    if wanted("webhook") {
        webhooks(plan).await?;
    }
    if wanted("idle socket") {
        idle_socket(plan).await?;
    }
    if wanted("disk") && plan.disk_rounds > 0 {
        on_disk(plan).await?;
    }
    Ok(())
}

async fn end_to_end(plan: &Plan) -> Result<(), Failed> {
    let rounds = measure(plan.rounds, async |side| {
        one_chat(plan, &plan.memory, side).await
    })
    .await?;
    let name = "end to end";
    rate_rows(
        name,
        &rounds,
        Goal::RatioAtLeast(0.5),
        Goal::RatioAtMost(2.0),
    );
    for (what, value) in [("p50", p50 as fn(&Rate) -> f64), ("p99", p99)] {
        print(
            format!("{name}, saturated, {what} ms"),
            &rounds,
            value,
            Goal::None,
        );
    }
    Ok(())
}

async fn webhooks(plan: &Plan) -> Result<(), Failed> {
    for connections in CONNECTIONS {
        let rounds = measure(plan.rounds, async |side| {
            one_webhook(plan, &plan.memory, connections, side).await
        })
        .await?;
        let name = format!("webhook, {connections} connections");
        rate_rows(&name, &rounds, Goal::RatioAtLeast(0.5), Goal::None);
        print(format!("{name}, p99 ms"), &rounds, p99, Goal::None);
    }
    Ok(())
}

async fn idle_socket(plan: &Plan) -> Result<(), Failed> {
    let rounds = measure(plan.rounds, async |side| one_idle(plan, side).await).await?;
    let name = format!(
        "idle socket, {} to {}, KiB",
        plan.few_sockets, plan.many_sockets
    );
    print(name, &rounds, |memory| memory.0 / 1024.0, Goal::AtMost(8.0));
    Ok(())
}

/// Wall-clock on a disk says as much of the disk as of the programs: reported, not judged.
async fn on_disk(plan: &Plan) -> Result<(), Failed> {
    let rounds = measure(plan.disk_rounds, async |side| {
        one_chat(plan, &plan.disk, side).await
    })
    .await?;
    rate_rows("on disk: end to end", &rounds, Goal::None, Goal::None);
    let most = CONNECTIONS[1];
    let rounds = measure(plan.disk_rounds, async |side| {
        one_webhook(plan, &plan.disk, most, side).await
    })
    .await?;
    let name = format!("on disk: webhook, {most} connections");
    rate_rows(&name, &rounds, Goal::None, Goal::None);
    Ok(())
}

async fn one_chat(plan: &Plan, place: &Path, side: Side) -> Result<Rate, Failed> {
    let folder = folder(place)?;
    let (mut server, cast) = match side {
        Side::Floor => {
            let server = Server::floor("chat", folder, None).await?;
            (server, made_up(plan.visitors, plan.operators))
        }
        Side::Product => {
            let server = product::start(&plan.product, folder, plan.operators).await?;
            let cast = product::cast(&server, plan.visitors, plan.operators).await?;
            (server, cast)
        }
    };
    let rate = chat::run(&mut server, cast, plan.lasts()).await?;
    server.end().await?;
    Ok(rate)
}

async fn one_webhook(
    plan: &Plan,
    place: &Path,
    connections: usize,
    side: Side,
) -> Result<Rate, Failed> {
    let folder = folder(place)?;
    let mut server = match side {
        Side::Floor => Server::floor("webhook", folder, Some(twilio::TOKEN)).await?,
        Side::Product => product::start(&plan.product, folder, 1).await?,
    };
    let rate = webhook::run(&mut server, connections, plan.lasts()).await?;
    server.end().await?;
    Ok(rate)
}

async fn one_idle(plan: &Plan, side: Side) -> Result<Memory, Failed> {
    let folder = folder(&plan.memory)?;
    let (server, parties) = match side {
        Side::Floor => {
            let server = Server::floor("idle", folder, None).await?;
            let cast = made_up(plan.many_sockets, 1);
            (server, cast.visitors)
        }
        Side::Product => {
            let server = product::start(&plan.product, folder, 1).await?;
            let visitors = product::people(server.address, plan.many_sockets, 1).await?;
            (server, visitors)
        }
    };
    let parties: Vec<Party> = parties.into_iter().map(|(party, _)| party).collect();
    idle::visit(&server, &parties).await?;
    let slope = idle::run(&server, &parties, plan.few_sockets).await?;
    server.end().await?;
    Ok(Memory(slope))
}

/// The floor knows nobody: any name will do.
fn made_up(visitors: usize, operators: usize) -> Cast {
    let party = |token: String, after: Map<_, _>| Party { token, after };
    let name = |n: usize| format!("conversation{n}");
    Cast {
        visitors: (0..visitors)
            .map(|n| (party(format!("visitor{n}"), Map::new()), name(n)))
            .collect(),
        operators: (0..operators)
            .map(|o| {
                let followed = (o..visitors).step_by(operators);
                let after = followed.map(|n| (name(n), 0.into())).collect();
                party(format!("operator{o}"), after)
            })
            .collect(),
    }
}

/// A fresh folder for one server's store.
fn folder(place: &Path) -> Result<PathBuf, Failed> {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let n = LAST.fetch_add(1, Relaxed);
    let folder = place.join(format!("switchboard-bench-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(std::path::absolute(folder)?)
}

fn rate_rows(name: &str, rounds: &Rounds<Rate>, rate: Goal, cpu: Goal) {
    print(
        format!("{name}, messages/s"),
        rounds,
        |rate| rate.per_second,
        rate,
    );
    let micros = |rate: &Rate| rate.cpu.as_secs_f64() * 1e6;
    print(
        format!("{name}, server CPU µs/message"),
        rounds,
        micros,
        cpu,
    );
}

fn p50(rate: &Rate) -> f64 {
    millis(rate.p50)
}

fn p99(rate: &Rate) -> f64 {
    millis(rate.p99)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn print<T>(figure: String, rounds: &Rounds<T>, value: impl Fn(&T) -> f64, goal: Goal) {
    let (floor, product) = rounds.medians(value);
    let note = match (rounds.discarded, rounds.noisy) {
        (0, 0) => String::new(),
        (discarded, 0) => format!("{discarded} noisy rounds left out"),
        (discarded, noisy) => format!("NOISY: {noisy} rounds, and {discarded} left out"),
    };
    println!(
        "{}",
        Row {
            figure,
            floor,
            product,
            goal,
            note
        }
    );
}
