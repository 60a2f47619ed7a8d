//! Who is here: visitors at their windows, operators at their consoles.
//!
//! Kept in memory and written down every few seconds, so that a restart forgets nobody who was just here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::bus::{Hint, Hub, Topic, unpoisoned};
use crate::core::{ConversationId, OperatorId, Timestamp, VisitorId};

/// A visitor is at their window while something of it was seen so recently.
pub const HERE_FOR: i64 = 30_000;
/// What was seen is written down when it is newer than the stored time by this.
const WRITE_EVERY: i64 = 10_000;
/// An operator whose last console closed is away after this.
const AWAY_AFTER: i64 = 60_000;

/// Who is here, on this node.
#[derive(Debug, Default)]
pub struct Presence {
    visitors: Mutex<HashMap<VisitorId, VisitorHere>>,
    operators: Mutex<HashMap<OperatorId, OperatorHere>>,
}

#[derive(Debug, Default)]
struct VisitorHere {
    organization: Arc<str>,
    sockets: u32,
    seen: i64,
    stored: i64,
}

#[derive(Debug)]
struct OperatorHere {
    organization: Arc<str>,
    word: String,
    sockets: u32,
    left_at: Option<i64>,
}

impl Presence {
    /// Something of the visitor's was seen.
    pub fn saw(&self, organization: &Arc<str>, visitor: VisitorId, now: Timestamp) {
        let mut visitors = unpoisoned(&self.visitors);
        let here = visitors.entry(visitor).or_default();
        here.organization = organization.clone();
        here.seen = here.seen.max(now.0);
    }

    /// Whether the visitor is at a window.
    #[must_use]
    pub fn here(&self, visitor: VisitorId, stored: Timestamp, now: Timestamp) -> bool {
        let visitors = unpoisoned(&self.visitors);
        let (sockets, seen) = visitors
            .get(&visitor)
            .map_or((0, 0), |here| (here.sockets, here.seen));
        sockets > 0 || seen.max(stored.0) > now.0 - HERE_FOR
    }

    /// What is to be written down, and forgetting who left long ago.
    pub(super) fn to_store(&self, now: Timestamp) -> Vec<(String, VisitorId, Timestamp)> {
        let mut visitors = unpoisoned(&self.visitors);
        let mut news = Vec::new();
        for (visitor, here) in visitors.iter_mut() {
            if here.sockets > 0 {
                here.seen = here.seen.max(now.0);
            }
            if here.seen >= here.stored + WRITE_EVERY {
                here.stored = here.seen;
                news.push((
                    here.organization.to_string(),
                    *visitor,
                    Timestamp(here.seen),
                ));
            }
        }
        visitors.retain(|_, here| here.sockets > 0 || here.seen > now.0 - 2 * HERE_FOR);
        news
    }

    /// How the operator is present: `online`, `busy` or `offline`.
    #[must_use]
    pub fn word(&self, operator: OperatorId) -> String {
        unpoisoned(&self.operators)
            .get(&operator)
            .map_or_else(|| "offline".to_owned(), |here| here.word.clone())
    }

    /// Whether the operator is not away.
    #[must_use]
    pub fn present(&self, operator: OperatorId) -> bool {
        unpoisoned(&self.operators)
            .get(&operator)
            .is_some_and(|here| here.word != "offline")
    }

    pub(super) fn set_operator(&self, organization: &Arc<str>, operator: OperatorId, word: &str) {
        let mut operators = unpoisoned(&self.operators);
        let here = operators.entry(operator).or_insert_with(|| OperatorHere {
            organization: organization.clone(),
            word: String::new(),
            sockets: 0,
            left_at: None,
        });
        word.clone_into(&mut here.word);
    }

    /// Operators whose last console closed a while ago and who are still shown as present.
    pub(super) fn gone(&self, now: Timestamp) -> Vec<(Arc<str>, OperatorId)> {
        let mut operators = unpoisoned(&self.operators);
        let mut gone = Vec::new();
        for (operator, here) in operators.iter_mut() {
            if here.left_at.is_some_and(|at| at <= now.0 - AWAY_AFTER) {
                here.left_at = None;
                if here.word != "offline" {
                    gone.push((here.organization.clone(), *operator));
                }
            }
        }
        gone
    }

    fn visitor_came(&self, organization: &Arc<str>, visitor: VisitorId, now: Timestamp) -> bool {
        let mut visitors = unpoisoned(&self.visitors);
        let here = visitors.entry(visitor).or_default();
        here.organization = organization.clone();
        here.seen = here.seen.max(now.0);
        here.sockets += 1;
        here.sockets == 1
    }

    fn visitor_left(&self, visitor: VisitorId, now: Timestamp) -> bool {
        let mut visitors = unpoisoned(&self.visitors);
        let Some(here) = visitors.get_mut(&visitor) else {
            return false;
        };
        here.sockets = here.sockets.saturating_sub(1);
        here.seen = here.seen.max(now.0);
        here.sockets == 0
    }

    fn operator_came(&self, operator: OperatorId) {
        if let Some(here) = unpoisoned(&self.operators).get_mut(&operator) {
            here.sockets += 1;
            here.left_at = None;
        }
    }

    fn operator_left(&self, operator: OperatorId, now: Timestamp) {
        if let Some(here) = unpoisoned(&self.operators).get_mut(&operator) {
            here.sockets = here.sockets.saturating_sub(1);
            if here.sockets == 0 {
                here.left_at = Some(now.0);
            }
        }
    }
}

/// Held while a socket is open: whoever it belongs to is here.
#[derive(Debug)]
pub struct HereGuard {
    gateway: Arc<super::Gateway>,
    who: Who,
}

#[derive(Debug)]
enum Who {
    Visitor {
        organization: Arc<str>,
        visitor: VisitorId,
        conversation: Option<ConversationId>,
    },
    Operator(OperatorId),
}

impl super::Gateway {
    /// A visitor's socket is open while this is held.
    #[must_use]
    pub fn visitor_socket(
        self: &Arc<Self>,
        visitor: &super::VisitorCaller,
        conversation: Option<ConversationId>,
    ) -> HereGuard {
        let organization = visitor.organization.id.clone();
        if self
            .presence
            .visitor_came(&organization, visitor.id, self.now())
        {
            tell_here(&self.hub, &organization, conversation, true);
        }
        let who = Who::Visitor {
            organization,
            visitor: visitor.id,
            conversation,
        };
        HereGuard {
            gateway: self.clone(),
            who,
        }
    }

    /// An operator's socket is open while this is held.
    #[must_use]
    pub fn operator_socket(self: &Arc<Self>, operator: &super::OperatorCaller) -> HereGuard {
        self.presence.operator_came(operator.id);
        HereGuard {
            gateway: self.clone(),
            who: Who::Operator(operator.id),
        }
    }
}

impl Drop for HereGuard {
    fn drop(&mut self) {
        let now = self.gateway.now();
        match &self.who {
            Who::Visitor {
                organization,
                visitor,
                conversation,
            } => {
                if self.gateway.presence.visitor_left(*visitor, now) {
                    tell_here(&self.gateway.hub, organization, *conversation, false);
                }
            }
            Who::Operator(operator) => self.gateway.presence.operator_left(*operator, now),
        }
    }
}

fn tell_here(hub: &Hub, organization: &Arc<str>, conversation: Option<ConversationId>, here: bool) {
    if let Some(conversation) = conversation {
        let hint = Hint::VisitorHere { conversation, here };
        hub.publish(&Topic::Organization(organization.clone()), &hint);
    }
}
