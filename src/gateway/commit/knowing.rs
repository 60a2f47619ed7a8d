//! What a conversation's events teach us of its visitor's addresses: asked for, arrived, heard, taken back, lost.
//!
//! The window of a switch is a time that is written down with the address, so that nothing has to happen when it is over.

use super::working::Working;
use crate::core::event::{How, Lost, Message, Reach};
use crate::core::{Actor, ConversationId, Event, Kind, LegId, Proof, Timestamp};
use crate::gateway::token::lead_id;
use crate::store::StoreError;
use crate::store::leads::{self, GivenIn, Gone, Identity};

/// What an event tells of an address.
enum Lesson {
    /// Somebody asked to go on there.
    Asked(GivenIn),
    /// The conversation is there; from that time on it is the visitor's.
    Arrived(Timestamp),
    /// They wrote from it for the first time.
    Heard,
    /// It is known better.
    Proven(Proof),
    /// It was taken away.
    Gone(Gone),
}

impl Working<'_> {
    /// Whether this is the first that is heard on a remote leg; asked before the event is put into effect.
    pub(super) fn is_first_heard(&self, id: ConversationId, event: &Event) -> bool {
        let Kind::Message(message) = &event.kind else {
            return false;
        };
        message.author == Actor::Visitor
            && !message.opts_out()
            && (self.stored(id).state.leg(message.leg))
                .is_some_and(|leg| leg.reach == Reach::Remote && !leg.heard)
    }

    /// Writes down what an event tells of an address. `invited`: an invitation was used in the same breath.
    pub(super) async fn identify(
        &mut self,
        id: ConversationId,
        event: &Event,
        (first_heard, invited): (bool, bool),
    ) -> Result<(), StoreError> {
        let lesson = match &event.kind {
            Kind::SwitchAsked { by, to, .. } => (*to, Lesson::Asked(giver(*by, invited))),
            Kind::Switched { to, how, until, .. } => {
                let grace = self.shared.rules.grace;
                let over = until.filter(|_| *how == How::Welcome);
                let since = over.map_or(event.at, |until| until.plus(grace));
                (*to, Lesson::Arrived(since))
            }
            Kind::Message(Message { leg, .. }) if first_heard => (*leg, Lesson::Heard),
            Kind::Proven { leg, proof } if *proof > Proof::Claimed => {
                (*leg, Lesson::Proven(*proof))
            }
            Kind::Reverted { from: leg, .. } | Kind::SwitchCancelled { to: leg, .. } => {
                (*leg, Lesson::Gone(Gone::TakenBack))
            }
            Kind::LegLost { leg, why, .. } if *why != Lost::OptOut => {
                (*leg, Lesson::Gone(Gone::Lost))
            }
            _ => return Ok(()),
        };
        self.identify_one(id, event, lesson).await
    }

    async fn identify_one(
        &mut self,
        id: ConversationId,
        event: &Event,
        (leg, lesson): (LegId, Lesson),
    ) -> Result<(), StoreError> {
        let stored = self.stored(id).clone();
        let channel = self.channel(id, leg);
        let Some(of) =
            (stored.state.leg(leg)).filter(|leg| leg.reach == Reach::Remote && !channel.is_empty())
        else {
            return Ok(());
        };
        let (organization, visitor) = (&stored.organization, stored.visitor);
        let place = (channel.as_str(), &*of.address);
        let known = leads::identity(self.conn, organization, visitor, place).await?;
        let arrives = matches!(lesson, Lesson::Arrived(_) | Lesson::Heard);
        let Some(identity) = follow(known.clone(), lesson, place, of.proof, event.at) else {
            return Ok(());
        };
        if known.as_ref() != Some(&identity) {
            leads::put_identity(self.conn, organization, visitor, &identity).await?;
        }
        let mut changed = false;
        if arrives {
            let lead = lead_id(self.now);
            let whose = (visitor, id);
            changed |=
                leads::of_conversation(self.conn, organization, whose, lead, self.now).await?;
        }
        if matches!(
            event.kind,
            Kind::Switched {
                by: Actor::Operator(_),
                ..
            }
        ) {
            changed |= leads::reached(self.conn, organization, visitor, self.now).await?;
        }
        if changed {
            self.leads.insert(organization.as_str().into());
        }
        Ok(())
    }
}

fn giver(by: Actor, invited: bool) -> GivenIn {
    match by {
        Actor::Operator(_) => GivenIn::Operator,
        Actor::Visitor if invited => GivenIn::Form,
        Actor::Visitor | Actor::System => GivenIn::Switch,
    }
}

/// An address after what was learnt of it; none where there is nothing to keep.
fn follow(
    known: Option<Identity>,
    lesson: Lesson,
    (channel, address): (&str, &str),
    proof: Proof,
    at: Timestamp,
) -> Option<Identity> {
    let begins = |given_in| Identity {
        channel: channel.to_owned(),
        address: address.to_owned(),
        proof,
        given_at: at,
        given_in,
        since: None,
        heard_at: None,
        gone: None,
    };
    Some(match lesson {
        // Who asks anew gives anew, unless it is theirs already.
        Lesson::Asked(given_in) => match known {
            Some(known) if known.since.is_some() && known.gone.is_none() => known,
            Some(known) => Identity {
                given_at: at,
                given_in,
                ..known
            },
            None => begins(given_in),
        },
        Lesson::Arrived(since) => {
            let known = known.unwrap_or_else(|| begins(GivenIn::Message));
            let before = known.since.filter(|_| known.gone.is_none());
            Identity {
                since: Some(before.map_or(since, |before| before.min(since))),
                gone: None,
                ..known
            }
        }
        Lesson::Heard => {
            let known = known.unwrap_or_else(|| begins(GivenIn::Message));
            Identity {
                proof: known.proof.max(Proof::Replied),
                since: Some(known.since.map_or(at, |since| since.min(at))),
                heard_at: known.heard_at.or(Some(at)),
                ..known
            }
        }
        Lesson::Proven(proof) => known.map(|known| Identity {
            proof: known.proof.max(proof),
            ..known
        })?,
        Lesson::Gone(gone) => known.map(|known| Identity {
            gone: Some((gone, at)),
            ..known
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_000);
    const PLACE: (&str, &str) = ("sms", "+12025550143");

    fn after(lessons: Vec<Lesson>) -> Option<Identity> {
        let learn = |known, lesson| follow(known, lesson, PLACE, Proof::Claimed, AT);
        lessons.into_iter().fold(None, learn)
    }

    fn is_theirs(lessons: Vec<Lesson>, at: i64) -> bool {
        after(lessons).is_some_and(|identity| identity.is_theirs(Timestamp(at)))
    }

    fn arrived() -> Vec<Lesson> {
        let over = Timestamp(12_500);
        vec![Lesson::Asked(GivenIn::Switch), Lesson::Arrived(over)]
    }

    #[test]
    fn an_address_is_theirs_when_its_window_is_over_and_not_before() {
        assert!(!is_theirs(arrived(), 12_499));
        assert!(is_theirs(arrived(), 12_500));
        assert!(!is_theirs(vec![Lesson::Asked(GivenIn::Switch)], i64::MAX));
    }

    #[test]
    fn an_address_that_was_heard_is_theirs_at_once() {
        let mut lessons = arrived();
        lessons.push(Lesson::Heard);
        assert!(is_theirs(lessons, 1_000));
    }

    #[test]
    fn an_address_that_was_taken_away_is_nobodys_until_it_is_reached_again() {
        for gone in [Gone::TakenBack, Gone::Lost] {
            let lost = || [arrived(), vec![Lesson::Heard, Lesson::Gone(gone)]];
            let lost = || lost().into_iter().flatten().collect::<Vec<_>>();
            assert!(!is_theirs(lost(), i64::MAX));
            let mut asked = lost();
            asked.push(Lesson::Asked(GivenIn::Switch));
            assert!(!is_theirs(asked, i64::MAX));
            let mut again = lost();
            again.push(Lesson::Arrived(Timestamp(99_000)));
            assert!(is_theirs(again, 99_000));
        }
    }
}
