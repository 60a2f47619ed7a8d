//! Visitors whose windows are open while nobody writes: what does one more socket cost the server in memory?

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::socket::{Party, Socket};
use crate::Failed;
use crate::server::Server;

/// Sockets that connect at once.
const AT_ONCE: usize = 64;
/// How often memory is looked at until it no longer moves, and how often at most.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: usize = 16;

/// Bytes of resident memory for each socket between `few` and as many as there are parties.
pub async fn run(server: &Server, parties: &[Party], few: usize) -> Result<f64, Failed> {
    let mut open = connect(server, parties, 0, few).await?;
    let before = steady(server).await?;
    open.extend(connect(server, parties, few, parties.len()).await?);
    let after = steady(server).await?;
    Ok((after as f64 - before as f64) / (parties.len() - few) as f64)
}

/// Opens and closes each once, so that what the server keeps of each visitor is there before sockets are counted.
pub async fn visit(server: &Server, parties: &[Party]) -> Result<(), Failed> {
    for (n, group) in parties.chunks(AT_ONCE * 4).enumerate() {
        let from = n * AT_ONCE * 4;
        connect(server, parties, from, from + group.len()).await?;
    }
    Ok(())
}

async fn connect(
    server: &Server,
    parties: &[Party],
    from: usize,
    to: usize,
) -> Result<Vec<Socket>, Failed> {
    let connecting = stream::iter(from..to)
        .map(|n| Socket::open(server.address, n, &parties[n]))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>();
    connecting.await.into_iter().collect()
}

async fn steady(server: &Server) -> Result<u64, Failed> {
    let mut last = server.memory()?;
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK).await;
        let now = server.memory()?;
        if now.abs_diff(last) < 64 * 1024 {
            return Ok(now);
        }
        last = now;
    }
    Ok(last)
}
