//! Who is here: visitors at their windows, operators at their consoles.
//!
//! Kept in memory and written down every few seconds, so that a restart forgets nobody who was just here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::bus::{Hint, Topic, unpoisoned};
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
    visitors: Mutex<Visitors>,
    operators: Mutex<HashMap<OperatorId, OperatorHere>>,
}

#[derive(Debug, Default)]
struct Visitors {
    known: HashMap<VisitorId, VisitorHere>,
    /// Who is said to be here and has no socket: gone soon, unless something of theirs is seen.
    leaving: HashSet<VisitorId>,
}

#[derive(Debug, Default)]
struct VisitorHere {
    organization: Arc<str>,
    sockets: u32,
    seen: i64,
    stored: i64,
    /// The conversation in which operators were last told that the visitor is here.
    told: Option<ConversationId>,
}

impl VisitorHere {
    fn is_here(&self, now: Timestamp) -> bool {
        self.sockets > 0 || self.seen > now.0 - HERE_FOR
    }
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
        let here = visitors.known.entry(visitor).or_default();
        here.organization = organization.clone();
        here.seen = here.seen.max(now.0);
    }

    /// The visitor looks at this conversation. Answers whether operators have yet to be told.
    fn is_at(&self, visitor: VisitorId, conversation: ConversationId) -> bool {
        let mut visitors = unpoisoned(&self.visitors);
        let Visitors { known, leaving } = &mut *visitors;
        let Some(here) = known.get_mut(&visitor) else {
            return false;
        };
        if here.sockets == 0 {
            leaving.insert(visitor);
        }
        here.told.replace(conversation) != Some(conversation)
    }

    /// Whether the visitor is at a window.
    #[must_use]
    pub fn here(&self, visitor: VisitorId, stored: Timestamp, now: Timestamp) -> bool {
        let visitors = unpoisoned(&self.visitors);
        let known = visitors.known.get(&visitor);
        stored.0 > now.0 - HERE_FOR || known.is_some_and(|here| here.is_here(now))
    }

    /// Visitors who are said to be here and have not been for a while, each once.
    pub(super) fn left(&self, now: Timestamp) -> Vec<(Arc<str>, ConversationId)> {
        let mut visitors = unpoisoned(&self.visitors);
        let Visitors { known, leaving } = &mut *visitors;
        let mut left = Vec::new();
        leaving.retain(|visitor| {
            let Some(here) = known.get_mut(visitor) else {
                return false;
            };
            if here.is_here(now) {
                return here.sockets == 0;
            }
            left.extend(here.told.take().map(|at| (here.organization.clone(), at)));
            false
        });
        left
    }

    /// What is to be written down, and forgetting who left long ago.
    pub(super) fn to_store(&self, now: Timestamp) -> Vec<(String, VisitorId, Timestamp)> {
        let mut visitors = unpoisoned(&self.visitors);
        let mut news = Vec::new();
        for (visitor, here) in &mut visitors.known {
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
        visitors
            .known
            .retain(|_, here| here.sockets > 0 || here.seen > now.0 - 2 * HERE_FOR);
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

    /// Whether an operator of the organization is there to answer.
    #[must_use]
    pub fn anybody_online(&self, organization: &str) -> bool {
        unpoisoned(&self.operators)
            .values()
            .any(|here| &*here.organization == organization && here.word == "online")
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

    fn visitor_came(&self, organization: &Arc<str>, visitor: VisitorId, now: Timestamp) {
        let mut visitors = unpoisoned(&self.visitors);
        let here = visitors.known.entry(visitor).or_default();
        here.organization = organization.clone();
        here.seen = here.seen.max(now.0);
        here.sockets += 1;
    }

    fn visitor_left(&self, visitor: VisitorId, now: Timestamp) {
        let mut visitors = unpoisoned(&self.visitors);
        let Visitors { known, leaving } = &mut *visitors;
        let Some(here) = known.get_mut(&visitor) else {
            return;
        };
        here.sockets = here.sockets.saturating_sub(1);
        here.seen = here.seen.max(now.0);
        if here.sockets == 0 {
            leaving.insert(visitor);
        }
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
    Visitor(VisitorId),
    Operator(OperatorId),
}

impl super::Gateway {
    /// A visitor's socket is open while this is held.
    #[must_use]
    pub fn visitor_socket(self: &Arc<Self>, visitor: &super::VisitorCaller) -> HereGuard {
        self.presence
            .visitor_came(&visitor.organization.id, visitor.id, self.now());
        HereGuard {
            gateway: self.clone(),
            who: Who::Visitor(visitor.id),
        }
    }

    /// A visitor looks at a conversation of theirs: its operators are told, unless they know.
    pub fn visitor_is_at(&self, visitor: &super::VisitorCaller, conversation: ConversationId) {
        if self.presence.is_at(visitor.id, conversation) {
            self.tell_here(&visitor.organization.id, conversation, true);
        }
    }

    /// Operators are told of visitors who left and did not come back.
    pub(super) fn tell_who_left(&self, now: Timestamp) {
        for (organization, conversation) in self.presence.left(now) {
            self.tell_here(&organization, conversation, false);
        }
    }

    fn tell_here(&self, organization: &Arc<str>, conversation: ConversationId, here: bool) {
        let hint = Hint::VisitorHere { conversation, here };
        self.hub
            .publish(&Topic::Organization(organization.clone()), &hint);
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
        match self.who {
            Who::Visitor(visitor) => self.gateway.presence.visitor_left(visitor, now),
            Who::Operator(operator) => self.gateway.presence.operator_left(operator, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: ConversationId = ConversationId(uuid::Uuid::from_u128(7));
    const MAYA: VisitorId = VisitorId(uuid::Uuid::from_u128(3));

    fn at_the_window() -> (Presence, Arc<str>) {
        let (presence, shop) = (Presence::default(), Arc::from("acme"));
        presence.visitor_came(&shop, MAYA, Timestamp(0));
        assert!(presence.is_at(MAYA, AT), "operators have yet to be told");
        (presence, shop)
    }

    #[test]
    fn a_visitor_who_goes_from_page_to_page_is_never_said_to_have_left() {
        let (presence, shop) = at_the_window();
        presence.visitor_left(MAYA, Timestamp(1_000));
        assert_eq!(presence.left(Timestamp(30_999)), []);
        presence.visitor_came(&shop, MAYA, Timestamp(31_000));
        assert!(!presence.is_at(MAYA, AT), "operators know");
        assert_eq!(presence.left(Timestamp(90_000)), []);
    }

    #[test]
    fn a_visitor_who_left_is_said_so_once_and_when_they_are_no_longer_here() {
        let (presence, shop) = at_the_window();
        presence.visitor_left(MAYA, Timestamp(1_000));
        for now in (0..40_000).step_by(500).map(Timestamp) {
            let left = presence.left(now);
            assert_eq!(left.is_empty(), now.0 != 31_000, "{now:?}");
            assert_eq!(presence.here(MAYA, Timestamp(0), now), now.0 < 31_000);
        }
        presence.visitor_came(&shop, MAYA, Timestamp(50_000));
        assert!(presence.is_at(MAYA, AT), "operators are told again");
    }

    #[test]
    fn a_visitor_without_a_socket_is_here_by_their_requests() {
        let (presence, shop) = (Presence::default(), Arc::from("acme"));
        presence.saw(&shop, MAYA, Timestamp(0));
        assert!(presence.is_at(MAYA, AT));
        presence.saw(&shop, MAYA, Timestamp(20_000));
        assert_eq!(presence.left(Timestamp(40_000)), []);
        assert_eq!(presence.left(Timestamp(50_000)), [(shop, AT)]);
    }
}
