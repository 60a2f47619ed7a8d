//! The faults of a request to send, the same for every provider's API: refused, late, or never answered.

use std::sync::Arc;
use std::time::Duration;

use crate::carrier::Carrier;
use crate::faults::Hang;
use crate::span::Span;

/// A hanging request is given up after this, if its client has not left before.
const LONGEST_HANG: Duration = Duration::from_secs(60);

/// Why a request to send has no success to show.
#[derive(Debug)]
pub(crate) enum Trouble<E> {
    /// Too many requests.
    Throttled,
    /// The provider's own failure.
    Broken,
    /// It hung until its client, or the network, had enough.
    TimedOut,
    /// The request itself is refused.
    Refused(E),
}

/// Does what a request asks, as badly as the faults of the moment say. `work` takes the message.
pub(crate) async fn meet<T, E>(
    carrier: &Arc<Carrier>,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Trouble<E>>
where
    T: Send + 'static,
    E: Send + 'static,
{
    let faults = carrier.books().faults.clone();
    match faults.status {
        Some(429) => return Err(Trouble::Throttled),
        Some(_) => return Err(Trouble::Broken),
        None => {}
    }
    if faults.timeout == Some(Hang::Before) {
        return Err(hang(carrier).await);
    }
    if let Some(slow) = faults.slow {
        return late(carrier, slow, work).await;
    }
    let done = work();
    if faults.timeout == Some(Hang::After) {
        return Err(hang(carrier).await);
    }
    if let Some(delay) = faults.delay {
        pass(carrier, delay).await;
    }
    done.map_err(Trouble::Refused)
}

/// Does it in its own time: a client that leaves meanwhile does not take it back.
async fn late<T, E>(
    carrier: &Arc<Carrier>,
    slow: Span,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Trouble<E>>
where
    T: Send + 'static,
    E: Send + 'static,
{
    let carrier = carrier.clone();
    let done = tokio::spawn(async move {
        pass(&carrier, slow).await.ok_or(Trouble::TimedOut)?;
        work().map_err(Trouble::Refused)
    });
    done.await.unwrap_or(Err(Trouble::Broken))
}

/// Waits that long by the carrier's clock. None: it closes before.
async fn pass(carrier: &Carrier, span: Span) -> Option<()> {
    let until = carrier
        .clock
        .now()
        .saturating_add_unsigned(span.as_millis());
    carrier
        .closed
        .run_until_cancelled(carrier.clock.reach(until))
        .await
}

/// Waits until the client leaves, in real time: it is the client's patience that is being tried.
async fn hang<E>(carrier: &Carrier) -> Trouble<E> {
    let _ = carrier
        .closed
        .run_until_cancelled(tokio::time::sleep(LONGEST_HANG))
        .await;
    Trouble::TimedOut
}
