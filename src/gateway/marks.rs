//! Telling a person on a phone that what they wrote was read, or that somebody writes to them, where their channel can say so.
//!
//! It is a courtesy: nothing waits for it, nothing is stored of it, and one that fails is not told again.

use std::sync::Arc;

use contract::{Address, Mark};
use tokio::sync::Semaphore;

use super::Gateway;
use super::knocks::Tally;
use crate::store::contacts;
use crate::store::conversations::Stored;

/// A phone shows for some 25 s that somebody writes: it is told again a little sooner.
const TYPING_LASTS: i64 = 20_000;
/// One message is told to be read once, however many operators read it how often.
const READ_ONCE: i64 = 3_600_000;
/// Calls at once; what is more is left untold.
const CALLS_AT_ONCE: usize = 8;

/// What was told lately.
#[derive(Debug)]
pub(super) struct Marks {
    told: Tally,
    calls: Arc<Semaphore>,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            told: Tally::default(),
            calls: Arc::new(Semaphore::new(CALLS_AT_ONCE)),
        }
    }
}

/// What a person is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// An operator has read all that they wrote.
    Read,
    /// An operator writes.
    Typing,
}

impl Gateway {
    /// Tells whoever is at the active leg, if their channel has a way to.
    pub(super) fn tell_them(self: &Arc<Self>, stored: &Stored, tells: Tells) {
        let Some((_, leg)) = stored.state.active() else {
            return;
        };
        let organization = self.directory.organization(&stored.organization);
        let connection =
            organization.and_then(|organization| organization.connection(&leg.connection));
        let Some(connection) = connection
            .filter(|connection| connection.enabled && connection.capabilities.marks && leg.heard)
        else {
            return;
        };
        let Ok(turn) = self.marks.calls.clone().try_acquire_owned() else {
            return;
        };
        let (gateway, connection, address) =
            (self.clone(), connection.clone(), leg.address.clone());
        tokio::spawn(async move {
            let _turn = turn;
            let told = gateway.tell(&connection, &address, tells).await;
            if let Err(error) = told {
                tracing::debug!(connection = %connection.id, %error, "a mark could not be told");
            }
        });
    }

    async fn tell(
        &self,
        connection: &super::connections::Connection,
        address: &str,
        tells: Tells,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut conn = self.store.reads.acquire().await?;
        let (organization, name) = (&connection.organization, &connection.id);
        let contact = contacts::get(&mut conn, organization, name, address).await?;
        drop(conn);
        let Some(provider_id) = contact.last_message else {
            return Ok(());
        };
        let (key, lasts) = match tells {
            Tells::Read => (format!("read {name} {provider_id}"), READ_ONCE),
            Tells::Typing => (format!("typing {name} {address}"), TYPING_LASTS),
        };
        if self.marks.told.count(&key, self.now().0, lasts) > 1 {
            return Ok(());
        }
        let to = Address(contact.sends_to.unwrap_or_else(|| address.to_owned()));
        let mark = match tells {
            Tells::Read => Mark::Read { provider_id, to },
            Tells::Typing => Mark::Typing { provider_id, to },
        };
        Ok(connection.channel.mark(&mark).await?)
    }
}
