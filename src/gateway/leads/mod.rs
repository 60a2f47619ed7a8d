//! Leads: who they are, where they can be reached, and reaching them.

mod known;
mod writing;

use std::time::Duration;

pub use known::{Known, LeadCard};
use known::{card, known};

use super::commit::{Done, Outcome, Work};
use super::connections::Organization;
use super::{Fault, Gateway, OperatorCaller, VisitorCaller};
use crate::core::{ConversationId, Timestamp, VisitorId};
use crate::store::leads::{self, About, Kind, LeadId, LeadState, Wanted};
use crate::store::{StoreError, conversations, pairs};

const HOUR: i64 = 3_600_000;
/// How often one visitor may leave or correct a lead in an hour.
const PER_VISITOR_HOUR: u32 = 20;

/// A lead as it is to be made.
#[derive(Clone, Debug)]
pub struct NewLead {
    /// What is written down.
    pub about: About,
    /// Where they can be reached, each kind once.
    pub given: Vec<(Kind, String)>,
    /// What shows that they may be written to.
    pub consent: Option<ConsentGiven>,
}

/// An agreement to be written to.
#[derive(Clone, Debug)]
pub struct ConsentGiven {
    /// What they agreed to.
    pub text: String,
    /// When; none: now.
    pub at: Option<Timestamp>,
}

/// What is to be different about a lead: what is not there stays, and an inner none takes it away.
#[derive(Clone, Debug, Default)]
pub struct LeadChange {
    /// What is written down, changed.
    pub about: Vec<(Field, Option<String>)>,
    /// Other addresses, or none.
    pub given: Vec<(Kind, Option<String>)>,
    /// What shows that they may be written to, for the addresses given here.
    pub consent: Option<ConsentGiven>,
    /// How far it has got.
    pub state: Option<LeadState>,
}

/// What can be written down about a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// What they are called.
    Name,
    /// Whom they work for.
    Company,
    /// Where they are.
    Place,
    /// What they do.
    Industry,
    /// What they look for.
    Needs,
    /// What they left word of.
    Message,
}

impl Field {
    /// Its place in what is written down.
    pub fn of(self, about: &mut About) -> &mut Option<String> {
        match self {
            Self::Name => &mut about.name,
            Self::Company => &mut about.company,
            Self::Place => &mut about.place,
            Self::Industry => &mut about.industry,
            Self::Needs => &mut about.needs,
            Self::Message => &mut about.message,
        }
    }
}

/// What the committer does to leads.
#[derive(Clone, Debug)]
pub(super) enum LeadWork {
    Make {
        organization: String,
        lead: NewLead,
    },
    Change {
        organization: String,
        id: LeadId,
        change: LeadChange,
    },
    Erase {
        organization: String,
        id: LeadId,
    },
    /// The visitor tells of themselves.
    Tell {
        visitor: VisitorCaller,
        lead: NewLead,
    },
}

impl LeadWork {
    fn organization(&self) -> &str {
        match self {
            Self::Make { organization, .. }
            | Self::Change { organization, .. }
            | Self::Erase { organization, .. } => organization,
            Self::Tell { visitor, .. } => &visitor.organization.id,
        }
    }
}

impl Gateway {
    /// Writes a lead down.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn make_lead(
        &self,
        operator: &OperatorCaller,
        lead: NewLead,
    ) -> Result<LeadId, Fault> {
        let organization = operator.organization.id.to_string();
        let work = LeadWork::Make { organization, lead };
        self.written(work).await.map(|(id, _)| id)
    }

    /// Changes what is known of a lead.
    ///
    /// # Errors
    /// When there is no such lead.
    pub async fn change_lead(
        &self,
        operator: &OperatorCaller,
        id: LeadId,
        change: LeadChange,
    ) -> Result<(), Fault> {
        let organization = operator.organization.id.to_string();
        let work = LeadWork::Change {
            organization,
            id,
            change,
        };
        self.written(work).await.map(drop)
    }

    /// Forgets a lead and every address that is known of it.
    ///
    /// # Errors
    /// When there is no such lead, or it is not for the operator's role.
    pub async fn erase_lead(&self, operator: &OperatorCaller, id: LeadId) -> Result<(), Fault> {
        if !matches!(operator.role.as_str(), "owner" | "admin") {
            return Err(Fault::Forbidden(
                "only an owner or an admin can erase a lead",
            ));
        }
        let organization = operator.organization.id.to_string();
        self.written(LeadWork::Erase { organization, id })
            .await
            .map(drop)
    }

    /// The visitor leaves word of themselves, or corrects it. Answers the lead, and whether it is new.
    ///
    /// # Errors
    /// When they do so too often.
    pub async fn tell_lead(
        &self,
        visitor: &VisitorCaller,
        lead: NewLead,
    ) -> Result<(LeadId, bool), Fault> {
        let now = self.now().0;
        let tally = &self.people.leads;
        let over = |key: &str, limit: u32| limit > 0 && tally.count(key, now, HOUR) > limit;
        if over(&visitor.id.to_string(), PER_VISITOR_HOUR)
            || over(&visitor.network, self.visitors_per_network_hour)
        {
            return Err(Fault::RateLimited {
                retry_after: Duration::from_secs(600),
            });
        }
        let visitor = visitor.clone();
        self.written(LeadWork::Tell { visitor, lead }).await
    }

    async fn written(&self, work: LeadWork) -> Result<(LeadId, bool), Fault> {
        match self.committer.submit(Work::Lead(work)).await? {
            Outcome::Lead(id, new) => Ok((id, new)),
            other => unreachable!("a write about a lead answers which one, not {other:?}"),
        }
    }

    /// A lead of the operator's organization.
    ///
    /// # Errors
    /// `NotFound` also for what is another organization's.
    pub async fn lead(&self, operator: &OperatorCaller, id: LeadId) -> Result<LeadCard, Fault> {
        let organization = &operator.organization;
        let mut conn = self.reading().await?;
        let lead = leads::get(&mut conn, &organization.id, id).await?;
        let lead = lead.ok_or(Fault::NotFound("lead"))?;
        Ok(card(&mut conn, organization, lead, self.now()).await?)
    }

    /// A page of leads, the newest first.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn leads(
        &self,
        operator: &OperatorCaller,
        wanted: &Wanted,
    ) -> Result<Vec<LeadCard>, Fault> {
        let organization = &operator.organization;
        let (mut conn, now) = (self.reading().await?, self.now());
        let leads = leads::list(&mut conn, &organization.id, wanted, now).await?;
        let mut cards = Vec::with_capacity(leads.len());
        for lead in leads {
            cards.push(card(&mut conn, organization, lead, now).await?);
        }
        Ok(cards)
    }

    /// Reaches out to a lead on a channel. However often it is asked, one conversation comes of it, and one message while that is on its way.
    ///
    /// # Errors
    /// With what stands in the way; nothing has changed then.
    pub async fn reconnect_lead(
        &self,
        operator: &OperatorCaller,
        lead: LeadId,
        channel: &str,
    ) -> Result<Done, Fault> {
        let work = Work::Reconnect {
            operator: operator.clone(),
            lead,
            channel: channel.to_owned(),
        };
        self.committer.done(work).await
    }

    /// What is known of a visitor's addresses from all their conversations and from their lead.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn known_of(
        &self,
        organization: &Organization,
        visitor: VisitorId,
    ) -> Result<(Option<LeadId>, Vec<Known>), Fault> {
        let mut conn = self.reading().await?;
        let lead = leads::of_visitor(&mut conn, &organization.id, visitor).await?;
        let lead = lead.map(|lead| lead.id);
        let known = known(&mut conn, organization, Some(visitor), lead, self.now()).await?;
        Ok((lead, known))
    }

    /// The conversation that holds the pair which this one was refused, if one does.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn holder_of(
        &self,
        stored: &conversations::Stored,
        leg: crate::core::LegId,
    ) -> Result<Option<ConversationId>, Fault> {
        let Some(leg) = stored.state.leg(leg) else {
            return Ok(None);
        };
        let mut conn = self.reading().await?;
        let pair = (&*leg.connection, &*leg.address);
        let holder = pairs::holder(&mut conn, &stored.organization, pair.0, pair.1).await?;
        let other = holder.filter(|holder| holder.conversation != stored.id);
        Ok(other.map(|holder| holder.conversation))
    }

    async fn reading(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, Fault> {
        Ok(self.store.reads.acquire().await.map_err(StoreError::from)?)
    }
}
