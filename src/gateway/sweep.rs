//! What has to be looked at now and then because nobody asks: deadlines that passed, who left, how old the outbox is.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Gateway;
use super::commit::{PeopleWork, Work};
use crate::store::{StoreError, conversations, outbox};
use crate::telemetry::metrics;

/// A deadline that passed is said aloud within this; it has taken effect long before.
const EVERY: Duration = Duration::from_millis(500);
/// Rounds between writing down who was seen and measuring the outbox.
const ROUNDS: u32 = 10;
/// Deadlines taken up in one round.
const AT_ONCE: u32 = 256;

pub(super) fn start(gateway: &Arc<Gateway>, stop: &CancellationToken) {
    let (gateway, stop) = (gateway.clone(), stop.clone());
    tokio::spawn(async move {
        let mut round: u32 = 0;
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(EVERY) => {}
            }
            round = round.wrapping_add(1);
            let thorough = round.is_multiple_of(ROUNDS);
            if let Err(error) = gateway.sweep(thorough).await {
                tracing::warn!(%error, "looking after deadlines failed; it is tried again");
            }
            // What a crash left behind lies there from the start: one pass is enough.
            if thorough
                && let Ok(drawer) = u8::try_from(round / ROUNDS - 1)
                && let Err(error) = gateway.tidy_drawer(drawer).await
            {
                tracing::warn!(%error, "files that a crash may have left could not be looked for");
            }
        }
    });
}

impl Gateway {
    async fn sweep(&self, thorough: bool) -> Result<(), super::Fault> {
        let now = self.now();
        self.tell_who_left(now);
        for (organization, id) in conversations::due(&self.store.reads, now, AT_ONCE).await? {
            self.committer
                .submit(Work::Lapse {
                    organization: Arc::from(organization),
                    id,
                })
                .await?;
        }
        for (organization, operator) in self.presence.gone(now) {
            self.put_presence(&organization, operator, "offline")
                .await?;
        }
        if thorough {
            let seen = self.presence.to_store(now);
            if !seen.is_empty() {
                self.committer.people(PeopleWork::Seen(seen)).await?;
            }
            self.measure_outbox().await?;
            self.watch_guard().await?;
            self.tidy().await?;
        }
        Ok(())
    }

    async fn measure_outbox(&self) -> Result<(), StoreError> {
        let (oldest, depth) = outbox::waiting(&self.store.reads).await?;
        let age = oldest.map_or(0, |since| (self.now().0 - since.0).max(0));
        metrics::outbox(depth, Duration::from_millis(age.unsigned_abs()));
        Ok(())
    }
}
