//! A carrier that posts signed messages over connections it keeps, each its next when the last is answered 200.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::http::Client;
use super::{Rate, quantile};
use crate::Failed;
use crate::server::Server;
use crate::twilio;

/// People who write: their conversations are there before anything is measured.
const PHONES: usize = 1_000;
/// Messages that one measurement may use up; each is signed before it begins.
const MOST: usize = 120_000;

/// Posts distinct messages over so many connections, for that long.
pub async fn run(server: &mut Server, connections: usize, lasts: Duration) -> Result<Rate, Failed> {
    let requests: Arc<Vec<Vec<u8>>> = Arc::new(
        (0..PHONES + MOST)
            .map(|n| twilio::request(server.address, n, PHONES))
            .collect(),
    );
    let next = Arc::new(AtomicUsize::new(0));
    post(server, connections, &requests, &next, PHONES, None).await?;

    next.store(PHONES, Relaxed);
    let watch = server.watch()?;
    let until = Some(Instant::now() + lasts);
    let mut took = post(server, connections, &requests, &next, PHONES + MOST, until).await?;
    let usage = watch.stop(server)?;
    took.sort_unstable();
    let messages = u64::try_from(took.len())?;
    Ok(Rate {
        per_second: messages as f64 / usage.wall.as_secs_f64(),
        cpu: usage.per(messages),
        p50: Duration::from_micros(quantile(&took, 0.5)),
        p99: Duration::from_micros(quantile(&took, 0.99)),
        others: usage.others,
    })
}

/// Posts the requests below `end` until there are none, or the time is over. How long each took, in microseconds.
async fn post(
    server: &Server,
    connections: usize,
    requests: &Arc<Vec<Vec<u8>>>,
    next: &Arc<AtomicUsize>,
    end: usize,
    until: Option<Instant>,
) -> Result<Vec<u64>, Failed> {
    let mut carriers = JoinSet::new();
    for _ in 0..connections {
        let mut client = Client::connect(server.address).await?;
        let (requests, next) = (requests.clone(), next.clone());
        carriers.spawn(async move {
            let mut took = Vec::new();
            while until.is_none_or(|until| Instant::now() < until) {
                let n = next.fetch_add(1, Relaxed);
                if n >= end {
                    break;
                }
                let begun = Instant::now();
                let (status, _) = client.send(&requests[n]).await?;
                if status != 200 {
                    return Err(format!("a webhook was answered {status}").into());
                }
                took.push(u64::try_from(begun.elapsed().as_micros())?);
            }
            Ok::<_, Failed>(took)
        });
    }
    let mut took = Vec::new();
    while let Some(ended) = carriers.join_next().await {
        took.extend(ended??);
    }
    Ok(took)
}
