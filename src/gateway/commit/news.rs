//! What is told once a transaction is committed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Shared;
use super::working::Triple;
use crate::bus::{Change, Hint, Topic};
use crate::core::{Actor, ConversationId, Kind, LegId};
use crate::gateway::connections::Organization;
use crate::store::conversations::Stored;
use crate::store::pairs::Holder;

/// It, to be told to whoever follows.
pub(super) struct News {
    /// Every conversation that was worked on, as it stands.
    pub stands: Vec<Arc<Stored>>,
    /// Every pair that was looked up and not given to anybody else, with who has it.
    pub holders: HashMap<Triple, Holder>,
    pub changes: Vec<(Arc<Organization>, Arc<Change>)>,
    pub hints: Vec<(Arc<str>, ConversationId, Hint)>,
    /// Organizations that have other leads now, or know more of one.
    pub leads: HashSet<Arc<str>>,
    pub wake: HashSet<Arc<str>>,
}

impl News {
    pub fn tell(self, shared: &Shared) {
        for (organization, change) in self.changes {
            let id = change.stored.id;
            count(&organization, &change);
            shared
                .hub
                .tell(&organization.id, id, &Hint::Changed(change));
        }
        for (organization, id, hint) in self.hints {
            shared.hub.tell(&organization, id, &hint);
        }
        for organization in self.leads {
            let topic = Topic::Organization(organization);
            shared.hub.publish(&topic, &Hint::Leads);
        }
        for connection in self.wake {
            shared.carriers.wake(&connection);
        }
    }
}

/// Counts what was committed, for whoever watches the numbers.
fn count(organization: &Organization, change: &Change) {
    use crate::telemetry::metrics;
    let channel = |leg: LegId| {
        organization
            .channel_of(change.stored.state.leg(leg))
            .unwrap_or_else(|| "gone".to_owned())
    };
    for (_, event) in &change.entries {
        match &event.kind {
            Kind::Message(message) => {
                let direction = if message.author == Actor::Visitor {
                    metrics::Direction::In
                } else {
                    metrics::Direction::Out
                };
                metrics::message(direction, &channel(message.leg));
            }
            Kind::SwitchAsked { to, .. } => metrics::switch(&channel(*to), "asked"),
            Kind::Switched { to, .. } => metrics::switch(&channel(*to), "switched"),
            Kind::SwitchFailed { to, .. } => metrics::switch(&channel(*to), "failed"),
            Kind::SwitchCancelled { to, .. } => metrics::switch(&channel(*to), "cancelled"),
            Kind::Reverted { from, .. } => metrics::switch(&channel(*from), "reverted"),
            Kind::LegLost { leg, .. } => metrics::switch(&channel(*leg), "lost"),
            _ => {}
        }
    }
}
