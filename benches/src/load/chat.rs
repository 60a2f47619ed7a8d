//! Visitors who write, each its next message when the last is acknowledged, and operators who read what they follow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use super::socket::{Party, Socket, field, is};
use super::{Rate, quantile};
use crate::Failed;
use crate::server::Server;

/// How long the last messages may take to arrive once nobody writes any more.
const ARRIVAL: Duration = Duration::from_secs(5);
/// From the first message to the first that counts.
const WARM_UP: Duration = Duration::from_millis(700);

/// Everybody who takes part.
pub struct Cast {
    /// Each with the one conversation it writes to.
    pub visitors: Vec<(Party, String)>,
    pub operators: Vec<Party>,
}

/// What all tasks share.
struct Count {
    begun: Instant,
    ended: AtomicBool,
    acknowledged: AtomicU64,
    delivered: AtomicU64,
}

/// Runs the closed loop for that long.
pub async fn run(server: &mut Server, cast: Cast, lasts: Duration) -> Result<Rate, Failed> {
    let address = server.address;
    let count = Arc::new(Count {
        begun: Instant::now(),
        ended: AtomicBool::new(false),
        acknowledged: AtomicU64::new(0),
        delivered: AtomicU64::new(0),
    });
    let mut operators = JoinSet::new();
    for (n, party) in cast.operators.iter().enumerate() {
        let socket = Socket::open(address, n, party).await?;
        operators.spawn(read(socket, count.clone()));
    }
    let mut visitors = JoinSet::new();
    for socket in open_all(address, &cast).await? {
        let (socket, conversation) = socket;
        visitors.spawn(write(socket, conversation, count.clone()));
    }
    tokio::time::sleep(WARM_UP).await;
    let watch = server.watch()?;
    let before = count.delivered.load(Relaxed);
    tokio::time::sleep(lasts).await;
    let messages = count.delivered.load(Relaxed) - before;
    let usage = watch.stop(server)?;

    count.ended.store(true, Relaxed);
    while let Some(ended) = visitors.join_next().await {
        ended??;
    }
    let mut latencies = settled(&count, operators).await?;
    latencies.sort_unstable();
    Ok(Rate {
        per_second: messages as f64 / usage.wall.as_secs_f64(),
        cpu: usage.per(messages),
        p50: Duration::from_micros(quantile(&latencies, 0.5)),
        p99: Duration::from_micros(quantile(&latencies, 0.99)),
        others: usage.others,
    })
}

async fn open_all(address: SocketAddr, cast: &Cast) -> Result<Vec<(Socket, String)>, Failed> {
    let mut sockets = Vec::with_capacity(cast.visitors.len());
    for (n, (party, conversation)) in cast.visitors.iter().enumerate() {
        let socket = Socket::open(address, cast.operators.len() + n, party).await?;
        sockets.push((socket, conversation.clone()));
    }
    Ok(sockets)
}

/// Waits until every acknowledged message has reached its operator; a message that does not is a wrong answer, not a slow one.
async fn settled(
    count: &Count,
    mut operators: JoinSet<Result<Vec<u64>, Failed>>,
) -> Result<Vec<u64>, Failed> {
    let until = Instant::now() + ARRIVAL;
    let (acknowledged, delivered) = loop {
        let counts = (
            count.acknowledged.load(Relaxed),
            count.delivered.load(Relaxed),
        );
        if counts.0 <= counts.1 || Instant::now() > until {
            break counts;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    if acknowledged != delivered {
        return Err(format!(
            "{acknowledged} messages were acknowledged, {delivered} reached an operator"
        )
        .into());
    }
    let mut latencies = Vec::new();
    while let Some(ended) = operators.join_next().await {
        latencies.extend(ended??);
    }
    Ok(latencies)
}

async fn write(mut socket: Socket, conversation: String, count: Arc<Count>) -> Result<(), Failed> {
    let mut n = 0_u64;
    while !count.ended.load(Relaxed) {
        n += 1;
        let sent = count.begun.elapsed().as_micros();
        let frame = json!({
            "type": "post", "id": n.to_string(), "conversation": conversation, "client_id": format!("m{n}"),
            "text": format!("{sent:<15} is the pump of last week still there? I would take two of them."),
        });
        socket.send(frame.to_string()).await?;
        let answer = loop {
            let frame = socket.next().await?;
            if is(&frame, "answer") {
                break frame;
            }
        };
        if !answer.contains(r#""status":201"#) {
            return Err(format!("a message was not taken: {answer}").into());
        }
        count.acknowledged.fetch_add(1, Relaxed);
    }
    // Kept until all have ended: the server must not be busy with sockets that close.
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok(())
}

/// Reads until nobody writes any more, and for how long each message was on its way, in microseconds.
async fn read(mut socket: Socket, count: Arc<Count>) -> Result<Vec<u64>, Failed> {
    let mut latencies = Vec::new();
    loop {
        let quiet = Duration::from_millis(500);
        let frame = match tokio::time::timeout(quiet, socket.next()).await {
            Ok(frame) => frame?,
            Err(_) if count.ended.load(Relaxed) => return Ok(latencies),
            Err(_) => continue,
        };
        if !is(&frame, "event") {
            continue;
        }
        let Some(sent) = field(&frame, "text").and_then(|text| text.split(' ').next()) else {
            continue;
        };
        let now = count.begun.elapsed().as_micros();
        latencies.push(u64::try_from(now.saturating_sub(sent.parse()?))?);
        count.delivered.fetch_add(1, Relaxed);
    }
}
