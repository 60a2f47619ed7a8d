//! Which addresses are being sent something right now: who stops is answered once nothing is on its way to them any more.
//!
//! Consent is asked in the commit that marks a message as handed over; the call to the provider comes after it. Without this, the answer
//! to a STOP that is committed in between could overtake that call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use super::Gateway;
use super::connections::Connection;
use crate::bus::unpoisoned;
use crate::store::{StoreError, contacts};

/// Longer than a call to a provider takes; shorter than any provider waits for the answer to a webhook.
const LONGEST: Duration = Duration::from_secs(12);

/// An address on a channel of an organization.
type To = (Arc<str>, String, String);

/// What is being sent.
#[derive(Debug, Default)]
pub(super) struct Calling {
    calls: Mutex<HashMap<To, usize>>,
    ended: Notify,
}

/// One call, from before consent is asked until what came of it is stored.
#[derive(Debug)]
pub(super) struct Call {
    calling: Arc<Calling>,
    to: To,
}

impl Calling {
    pub(super) fn begin(self: &Arc<Self>, connection: &Connection, address: &str) -> Call {
        let to = to(connection, address);
        *unpoisoned(&self.calls).entry(to.clone()).or_default() += 1;
        Call {
            calling: self.clone(),
            to,
        }
    }

    fn any(&self, addresses: &[To]) -> bool {
        let calls = unpoisoned(&self.calls);
        addresses.iter().any(|to| calls.contains_key(to))
    }

    async fn over(&self, addresses: &[To]) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            // From here on no end is missed.
            ended.as_mut().enable();
            if !self.any(addresses) {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut calls = unpoisoned(&self.calling.calls);
        if let Some(many) = calls.get_mut(&self.to) {
            *many -= 1;
            if *many == 0 {
                calls.remove(&self.to);
            }
        }
        drop(calls);
        self.calling.ended.notify_waiters();
    }
}

fn to(connection: &Connection, address: &str) -> To {
    let channel = connection.capabilities.channel.to_string();
    (connection.organization.clone(), channel, address.to_owned())
}

impl Gateway {
    /// Waits until nothing is on its way to people, by whatever each is called. They have opted out, and that is committed: what is asked for
    /// from then on is refused.
    pub(super) async fn hush(
        &self,
        people: Vec<(Arc<Connection>, Vec<String>)>,
    ) -> Result<(), StoreError> {
        if people.is_empty() {
            return Ok(());
        }
        let mut addresses = Vec::new();
        let mut conn = self.store.reads.acquire().await?;
        for (connection, called) in &people {
            for form in called {
                let (organization, name) = (&connection.organization, &connection.id);
                let known = contacts::address_of(&mut conn, organization, name, form).await?;
                addresses.push(to(connection, form));
                addresses.extend(known.map(|address| to(connection, &address)));
            }
        }
        drop(conn);
        let over = self.carriers.calling.over(&addresses);
        if tokio::time::timeout(LONGEST, over).await.is_err() {
            tracing::warn!(
                "somebody opted out while a message to them was on its way, and it still is"
            );
        }
        Ok(())
    }
}
