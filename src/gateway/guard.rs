//! Who may be sent a welcome message: what a number's history, the visitor, the network and the crowd allow.
//!
//! * `limits`: how many welcomes of which kind
//! * [`challenge`]: work that a visitor's browser does first, where something is unusual
//! * [`watch`]: what is alarming, and what was stopped by hand
//!
//! Asked at dispatch, so that to the visitor it is an ordinary refusal, in words and in time. What the text alone shows (not a number,
//! not a country or a kind of number that is allowed) is said at once, by [`phone`]; so is the challenge, which therefore
//! depends on nothing that is one number's alone.
//!
//! # The seam between nodes
//!
//! `Working::guarded` asks and counts in one transaction of the one store: two nodes that ask at once are as one after the other. Whatever
//! is to count for several nodes in another place takes the place of [`store::guard`](crate::store::guard) there and nowhere else.

pub mod challenge;
mod limits;
pub mod watch;

pub use challenge::Challenges;
pub use limits::{Few, Limits};
pub(super) use watch::GuardWork;

use super::commit::Working;
use crate::config::OnFewAnswers;
use crate::core::Reason;
use crate::core::delivery::Gate;
use crate::phone;
use crate::store::StoreError;
use crate::store::conversations::Stored;
use crate::store::guard::{self, Crowd, Welcome};
use crate::store::outbox::Outgoing;

/// Everything that is configured of the guard.
#[derive(Clone, Debug)]
pub struct Guard {
    /// How many.
    pub limits: Limits,
    /// When a challenge comes first.
    pub challenges: Challenges,
    /// When few answers are alarming.
    pub few: Few,
    /// Whether welcomes go out at all.
    pub messaging: bool,
}

impl Working<'_> {
    /// What the guard makes of a welcome that may go as far as its leg is concerned. One that may go is counted; one that its
    /// number forbids counts against whoever asked, so that nobody tries numbers for ever.
    pub(super) async fn guarded(
        &mut self,
        stored: &Stored,
        message: &Outgoing,
        gate: Gate,
    ) -> Result<Gate, StoreError> {
        if gate == Gate::Withdraw {
            return Ok(gate);
        }
        let cost = self.price_of(message);
        let welcome = Welcome {
            conversation: message.conversation,
            seq: message.delivery.seq,
            number: &message.address,
            cost,
            crowd: Crowd {
                visitor: stored.visitor.to_string(),
                ..crowd(
                    &message.address,
                    message.network.as_deref().unwrap_or_default(),
                )
            },
        };
        let organization = stored.organization.clone();
        // One that the provider did not take goes again, and was counted then.
        let counts = if message.delivery.attempt == 0 {
            Some(guard::counts(self.conn, &organization, &welcome, self.now).await?)
        } else {
            None
        };
        let limits = &self.shared.guard.limits;
        // What is so for every number comes first: whoever has used up their tries learns nothing more of any.
        let for_any = if self.welcomes_stopped(&organization).await? {
            Some(Reason::MessagingOff)
        } else {
            (counts.as_ref()).and_then(|counts| limits.used_up_by(counts, cost))
        };
        let verdict = match (for_any, gate) {
            (Some(reason), _) => Gate::Refuse(reason),
            (None, Gate::Go) => counts
                .and_then(|counts| limits.broken_by(&counts))
                .map_or(Gate::Go, Gate::Refuse),
            (None, gate) => gate,
        };
        let refused = match verdict {
            Gate::Refuse(
                Reason::OptedOut | Reason::Held | Reason::NumberLimit | Reason::AreaLimit,
            ) => Some(true),
            Gate::Go => Some(false),
            _ => None,
        };
        if let Some(refused) = refused {
            guard::count(self.conn, &organization, &welcome, refused, self.now).await?;
        }
        Ok(verdict)
    }

    /// Whether everything that goes to a provider was stopped by hand.
    pub(super) async fn all_stopped(&mut self, organization: &str) -> Result<bool, StoreError> {
        let said = guard::messaging(self.conn, organization).await?;
        Ok(said
            .iter()
            .any(|said| said.stopped.as_deref() == Some("all")))
    }

    async fn welcomes_stopped(&mut self, organization: &str) -> Result<bool, StoreError> {
        let by_hand = guard::messaging(self.conn, organization).await?;
        let few = &self.shared.guard.few;
        Ok(!self.shared.guard.messaging
            || by_hand.iter().any(|said| said.stopped.is_some())
            || (few.then == OnFewAnswers::Stop
                && guard::stands(self.conn, organization, watch::FEW_ANSWERS, "").await?))
    }

    fn price_of(&self, message: &Outgoing) -> f64 {
        let price = self
            .shared
            .directory
            .connection(&message.connection)
            .map_or(0.0, |connection| connection.price);
        let segments = u32::try_from(phone::segments(&message.text).count).unwrap_or(u32::MAX);
        price * f64::from(segments)
    }
}

/// The crowd that a number belongs to. What is no number belongs to none.
fn crowd<'a>(address: &'a str, network: &'a str) -> Crowd<'a> {
    Crowd {
        visitor: String::new(),
        network,
        prefix: phone::prefix(address),
        country: phone::country_of(address).unwrap_or_default(),
    }
}
