//! What people wrote and no webhook brought: every provider that can be asked is asked for it, again and again.
//!
//! Each connection is asked for what was written since a watermark, a little overlapped, and what is new goes the way of a webhook: the
//! provider's id tells what is in a log already. The watermark moves to the time of the question, once everything in its answer is
//! committed; so a crash, a gap or a failure costs a repeated question and never a message.

use std::sync::Arc;
use std::time::Duration;

use contract::Inbound;
use tokio_util::sync::CancellationToken;

use super::commit::{Outcome, Work};
use super::connections::Connection;
use super::guard::GuardWork;
use super::{Fault, Gateway, token};
use crate::core::Timestamp;
use crate::store::guard;
use crate::telemetry::metrics;

/// A list is asked for this often: with the longest jitter and [`WEBHOOKS_FIRST`], everything is in a log within 90 s.
const EVERY: i64 = 30_000;
/// At most so much more, so that many servers do not ask at once.
const JITTER: i64 = 5_000;
/// What was read before is read again so far back: lists are fed from copies that lag, and clocks differ.
const OVERLAP: i64 = 10 * 60_000;
/// A webhook has so long to bring a message before the list is said to have been first.
const WEBHOOKS_FIRST: i64 = 10_000;
/// After the first failure, and at most.
const BACKOFF: (i64, i64) = (5_000, 300_000);
/// How long nobody looks at the clock, which may be moved by hand.
const NAP: Duration = Duration::from_secs(5);

/// Asks, for every connection that can be asked.
pub(super) fn start(gateway: &Arc<Gateway>, stop: &CancellationToken) {
    for connection in gateway.directory.carriers() {
        if connection.capabilities.lists_inbound && connection.enabled {
            let asker = Asker {
                gateway: gateway.clone(),
                connection: connection.clone(),
            };
            tokio::spawn(asker.run(stop.clone()));
        }
    }
}

struct Asker {
    gateway: Arc<Gateway>,
    connection: Arc<Connection>,
}

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("the provider: {0}")]
    Provider(contract::SendError),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

impl Asker {
    async fn run(self, stop: CancellationToken) {
        let (mut due, mut failures) = (self.gateway.now(), 0);
        while !stop.is_cancelled() {
            let now = self.gateway.now();
            if now >= due {
                due = match self.ask().await {
                    Ok(()) => {
                        failures = 0;
                        now.plus(EVERY + token::below(JITTER))
                    }
                    Err(error) => {
                        tracing::warn!(%error, connection = %self.connection.id, "what people wrote could not be read from the provider's list; it will be read later");
                        failures += 1;
                        self.gateway.now().plus(backoff(failures))
                    }
                };
                continue;
            }
            let ahead = Duration::from_millis((due.0 - now.0).unsigned_abs()).min(NAP);
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.gateway.moved.notified() => {}
                () = tokio::time::sleep(ahead) => {}
            }
        }
    }

    /// Reads the list once.
    async fn ask(&self) -> Result<(), Unread> {
        let (gateway, connection) = (&self.gateway, &self.connection);
        let asked_at = gateway.now();
        let known = guard::watermark(
            &gateway.store.reads,
            &connection.organization,
            &connection.id,
        )
        .await?;
        // What people wrote before we ever asked was never ours to read.
        let since = known.map_or(asked_at, |known| {
            known.read_to.plus(-OVERLAP).max(known.began_at)
        });
        let listed = connection
            .channel
            .inbound_since(since.0)
            .await
            .map_err(Unread::Provider)?;
        let mut found = 0;
        for message in listed {
            if is_settled(&message, asked_at) && self.take(message).await? {
                found += 1;
            }
        }
        self.tell(found).await?;
        let work = GuardWork::ReadTo {
            organization: connection.organization.clone(),
            connection: connection.id.clone(),
            read_to: asked_at,
        };
        gateway.committer.guard(work).await?;
        Ok(())
    }

    /// Puts a message into a log, unless it is in one.
    async fn take(&self, mut message: Inbound) -> Result<bool, Fault> {
        message.mend();
        let work = Work::Inbound {
            connection: self.addressed(&message.to),
            message,
        };
        let taken = self.gateway.committer.submit(work).await?;
        Ok(matches!(taken, Outcome::Written(true)))
    }

    /// The connection that a webhook would have brought it to: one account may list what was written to several numbers.
    fn addressed(&self, to: &str) -> Arc<Connection> {
        let of = &self.connection;
        let organization = self.gateway.directory.organization(&of.organization);
        let sibling = organization.and_then(|organization| {
            organization.connections.iter().find(|sibling| {
                sibling.own.as_deref() == Some(to)
                    && sibling.capabilities.channel == of.capabilities.channel
            })
        });
        sibling.unwrap_or(of).clone()
    }

    async fn tell(&self, found: usize) -> Result<(), Fault> {
        if found == 0 {
            return Ok(());
        }
        metrics::reconciled(&self.connection.id, found as u64);
        self.gateway.has_gap(&self.connection, found).await
    }
}

/// Whether its webhook had the time to come. What is too young is there the next time.
fn is_settled(message: &Inbound, asked_at: Timestamp) -> bool {
    message
        .at
        .is_none_or(|at| at <= asked_at.0 - WEBHOOKS_FIRST)
}

/// Doubles with every failure, half of it by chance.
fn backoff(failures: u32) -> i64 {
    let (first, most) = BACKOFF;
    let bound = first.saturating_mul(1 << (failures - 1).min(10)).min(most);
    bound / 2 + token::below(bound / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_cannot_be_asked_is_asked_ever_more_rarely() {
        for failures in 1..40 {
            let wait = backoff(failures);
            assert!((BACKOFF.0 / 2..=BACKOFF.1).contains(&wait), "{wait}");
        }
        assert!(backoff(20) >= BACKOFF.1 / 2);
    }

    #[test]
    fn a_webhook_is_given_the_time_to_come_first() {
        let written = |at| Inbound {
            at,
            ..Inbound::default()
        };
        let now = Timestamp(1_800_000_000_000);
        assert!(!is_settled(&written(Some(now.0 - 9_999)), now));
        assert!(is_settled(&written(Some(now.0 - 10_000)), now));
        assert!(is_settled(&written(None), now));
    }
}
