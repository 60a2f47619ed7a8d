//! Leads: who they are, where they can be reached, and reaching them.

use std::sync::Arc;
use std::time::Duration;

use super::commit::{Done, Outcome, Work, Working};
use super::connections::Organization;
use super::deeds::checked;
use super::token::{conversation_id, lead_id, visitor_id};
use super::{Caller, Deed, Fault, Gateway, OperatorCaller, VisitorCaller};
use crate::bus::{Hint, Topic};
use crate::core::{Actor, Command, ConversationId, Proof, Timestamp, VisitorId};
use crate::store::leads::{
    self, About, Consent, Given, GivenIn, Identity, Kind, Lead, LeadId, LeadState, Source, Wanted,
};
use crate::store::{Conn, StoreError, conversations, pairs, people};

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

/// A lead with where it can be reached.
#[derive(Clone, Debug)]
pub struct LeadCard {
    /// It.
    pub lead: Lead,
    /// Its addresses, the best first.
    pub addresses: Vec<Known>,
}

/// An address that is a lead's, or a visitor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `phone`, `email`, or the channel that alone understands it.
    pub kind: String,
    /// It.
    pub address: String,
    /// How well we know that it is theirs.
    pub proof: Proof,
    /// When it was given.
    pub given_at: Timestamp,
    /// How.
    pub given_in: GivenIn,
    /// Channels on which they were reached there.
    pub channels: Vec<String>,
    /// Channels on which it has opted out.
    pub opted_out: Vec<String>,
    /// What shows that it may be written to.
    pub consent: Option<Consent>,
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
        self.written(
            &operator.organization.id,
            LeadWork::Make { organization, lead },
        )
        .await
        .map(|(id, _)| id)
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
        self.written(&operator.organization.id, work)
            .await
            .map(drop)
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
        self.written(
            &operator.organization.id,
            LeadWork::Erase { organization, id },
        )
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
        let organization = visitor.organization.id.clone();
        let visitor = visitor.clone();
        self.written(&organization, LeadWork::Tell { visitor, lead })
            .await
    }

    async fn written(
        &self,
        organization: &Arc<str>,
        work: LeadWork,
    ) -> Result<(LeadId, bool), Fault> {
        match self.committer.submit(Work::Lead(work)).await? {
            Outcome::Lead(id, new) => {
                let topic = Topic::Organization(organization.clone());
                self.hub.publish(&topic, &Hint::Leads);
                Ok((id, new))
            }
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
    ) -> Result<Vec<Known>, Fault> {
        let mut conn = self.reading().await?;
        let lead = leads::of_visitor(&mut conn, &organization.id, visitor).await?;
        let lead = lead.map(|lead| lead.id);
        Ok(known(&mut conn, organization, Some(visitor), lead, self.now()).await?)
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

async fn card(
    conn: &mut Conn,
    organization: &Organization,
    lead: Lead,
    now: Timestamp,
) -> Result<LeadCard, StoreError> {
    let addresses = known(conn, organization, lead.visitor, Some(lead.id), now).await?;
    Ok(LeadCard { lead, addresses })
}

/// The addresses that are somebody's: those that were given for the lead, and those that a conversation brought. One that was taken back
/// or lost is not among them, unless it was given anew since.
async fn known(
    conn: &mut Conn,
    organization: &Organization,
    visitor: Option<VisitorId>,
    lead: Option<LeadId>,
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    let identities = match visitor {
        Some(visitor) => leads::identities(conn, &organization.id, visitor).await?,
        None => Vec::new(),
    };
    let given = match lead {
        Some(lead) => leads::given(conn, &organization.id, lead).await?,
        None => Vec::new(),
    };
    let mut all = merged(organization, &identities, given, now);
    for one in &mut all {
        let channels = organization
            .connections
            .iter()
            .map(|one| &one.capabilities.channel);
        for channel in channels {
            if !one.opted_out.iter().any(|known| known == channel)
                && pairs::opted_out(conn, &organization.id, channel, &one.address).await?
            {
                one.opted_out.push(channel.to_string());
            }
        }
    }
    Ok(all)
}

fn merged(
    organization: &Organization,
    identities: &[Identity],
    given: Vec<Given>,
    now: Timestamp,
) -> Vec<Known> {
    let mut all: Vec<Known> = Vec::new();
    for given in given {
        let gone_since = |one: &&Identity| {
            one.address == given.address && one.gone.is_some_and(|(_, at)| at >= given.given_at)
        };
        let gone = identities.iter().any(|one| gone_since(&one));
        let lives = |one: &Identity| one.address == given.address && one.is_theirs(now);
        if gone && !identities.iter().any(lives) {
            continue;
        }
        all.push(Known {
            kind: given.kind.word().to_owned(),
            address: given.address,
            proof: Proof::Claimed,
            given_at: given.given_at,
            given_in: given.given_in,
            channels: Vec::new(),
            opted_out: Vec::new(),
            consent: given.consent,
        });
    }
    for one in identities.iter().filter(|one| one.is_theirs(now)) {
        let kind = kind_of(organization, &one.channel, &one.address);
        match all
            .iter_mut()
            .find(|known| known.kind == kind && known.address == one.address)
        {
            Some(known) => {
                known.proof = known.proof.max(one.proof);
                known.channels.push(one.channel.clone());
            }
            None => all.push(Known {
                kind,
                address: one.address.clone(),
                proof: one.proof,
                given_at: one.given_at,
                given_in: one.given_in,
                channels: vec![one.channel.clone()],
                opted_out: Vec::new(),
                consent: consent_of(one),
            }),
        }
    }
    all.sort_by_key(|known| std::cmp::Reverse((known.proof, known.given_at)));
    all
}

/// That they typed it and asked, or that they answered a welcome which says how to end it.
fn consent_of(identity: &Identity) -> Option<Consent> {
    let (at, source) = match (identity.given_in, identity.heard_at) {
        (_, Some(heard)) => (heard, "answered"),
        (GivenIn::Switch | GivenIn::Form, None) => (identity.given_at, "asked"),
        _ => return None,
    };
    Some(Consent {
        text: None,
        at,
        source: source.to_owned(),
    })
}

/// What kind of address this is: a number, where the channel asks for one and this is one, else what that channel alone understands.
fn kind_of(organization: &Organization, channel: &str, address: &str) -> String {
    let mut connections = organization.connections.iter();
    let connection = connections.find(|one| one.capabilities.channel == channel);
    match connection.and_then(|connection| connection.capabilities.asks) {
        Some(contract::AddressKind::Phone) if address.starts_with('+') => {
            Kind::Phone.word().to_owned()
        }
        _ => channel.to_owned(),
    }
}

impl Working<'_> {
    pub(super) async fn lead(&mut self, work: &LeadWork) -> Result<Outcome, Fault> {
        match work {
            LeadWork::Make { organization, lead } => self.make_lead(organization, lead).await,
            LeadWork::Change {
                organization,
                id,
                change,
            } => self.change_lead(organization, *id, change).await,
            LeadWork::Erase { organization, id } => {
                let lead = self.lead_of(organization, *id).await?;
                leads::erase(self.conn, &lead).await?;
                if let Some(visitor) = lead.visitor {
                    self.name_visitor(organization, visitor, None).await?;
                }
                Ok(Outcome::Lead(*id, false))
            }
            LeadWork::Tell { visitor, lead } => self.tell_lead(visitor, lead).await,
        }
    }

    async fn lead_of(&mut self, organization: &str, id: LeadId) -> Result<Lead, Fault> {
        let lead = leads::get(self.conn, organization, id).await?;
        lead.ok_or(Fault::NotFound("lead"))
    }

    async fn make_lead(&mut self, organization: &str, new: &NewLead) -> Result<Outcome, Fault> {
        let lead = self.new_lead(organization, None, new.about.clone(), Source::Operator);
        leads::put(self.conn, &lead).await?;
        let by = (GivenIn::Operator, "operator");
        for (kind, address) in &new.given {
            let given = self.given(*kind, address, by, new.consent.as_ref());
            leads::give(self.conn, organization, lead.id, &given).await?;
        }
        Ok(Outcome::Lead(lead.id, true))
    }

    async fn change_lead(
        &mut self,
        organization: &str,
        id: LeadId,
        change: &LeadChange,
    ) -> Result<Outcome, Fault> {
        let mut lead = self.lead_of(organization, id).await?;
        let before = lead.about.name.clone();
        for (field, value) in &change.about {
            field.of(&mut lead.about).clone_from(value);
        }
        lead.state = change.state.unwrap_or(lead.state);
        // Later than it was made even within one tick of the clock: that is what shows that somebody wrote something down.
        lead.updated_at = self.now.max(lead.created_at.plus(1));
        leads::put(self.conn, &lead).await?;
        let by = (GivenIn::Operator, "operator");
        if let Some(consent) = change.consent.as_ref().filter(|_| change.given.is_empty()) {
            for known in leads::given(self.conn, organization, id).await? {
                let agreed = self.given(known.kind, &known.address, by, Some(consent));
                let given = Given {
                    consent: agreed.consent,
                    ..known
                };
                leads::give(self.conn, organization, id, &given).await?;
            }
        }
        for (kind, address) in &change.given {
            match address {
                Some(address) => {
                    let given = self.given(*kind, address, by, change.consent.as_ref());
                    leads::give(self.conn, organization, id, &given).await?;
                }
                None => leads::take(self.conn, organization, id, *kind).await?,
            }
        }
        if let Some(visitor) = lead.visitor.filter(|_| lead.about.name != before) {
            self.name_visitor(organization, visitor, lead.about.name)
                .await?;
        }
        Ok(Outcome::Lead(id, false))
    }

    async fn tell_lead(&mut self, caller: &VisitorCaller, new: &NewLead) -> Result<Outcome, Fault> {
        let organization = caller.organization.id.to_string();
        let known = leads::of_visitor(self.conn, &organization, caller.id).await?;
        let is_new = known.is_none();
        let mut lead = known.unwrap_or_else(|| {
            self.new_lead(
                &organization,
                Some(caller.id),
                About::default(),
                Source::Form,
            )
        });
        use Field::{Company, Industry, Message, Name, Needs, Place};
        let mut told = new.about.clone();
        for field in [Name, Company, Place, Industry, Needs, Message] {
            if let Some(value) = field.of(&mut told).take() {
                *field.of(&mut lead.about) = Some(value);
            }
        }
        lead.source = Source::Form;
        lead.updated_at = self.now;
        leads::put(self.conn, &lead).await?;
        for (kind, address) in &new.given {
            let given = self.given(
                *kind,
                address,
                (GivenIn::Lead, "form"),
                new.consent.as_ref(),
            );
            leads::give(self.conn, &organization, lead.id, &given).await?;
        }
        if let Some(name) = &new.about.name {
            self.name_visitor(&organization, caller.id, Some(name.clone()))
                .await?;
        }
        Ok(Outcome::Lead(lead.id, is_new))
    }

    fn new_lead(
        &self,
        organization: &str,
        visitor: Option<VisitorId>,
        about: About,
        source: Source,
    ) -> Lead {
        Lead {
            organization: organization.to_owned(),
            id: lead_id(self.now),
            visitor,
            about,
            source,
            state: LeadState::New,
            conversation: None,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    fn given(
        &self,
        kind: Kind,
        address: &str,
        (given_in, source): (GivenIn, &str),
        consent: Option<&ConsentGiven>,
    ) -> Given {
        Given {
            kind,
            address: address.to_owned(),
            given_at: self.now,
            given_in,
            consent: consent.map(|consent| Consent {
                text: Some(consent.text.clone()),
                at: consent.at.unwrap_or(self.now),
                source: source.to_owned(),
            }),
        }
    }

    /// Where a visitor can be reached on a channel, from all that is known of them. A visitor is offered only what they gave themselves.
    pub(super) async fn known_elsewhere(
        &mut self,
        id: ConversationId,
        channel: &str,
        by_visitor: bool,
    ) -> Result<Option<String>, Fault> {
        let (organization, visitor) = (self.organization(id).clone(), self.stored(id).visitor);
        let lead = leads::of_visitor(self.conn, &organization.id, visitor).await?;
        let lead = lead.map(|lead| lead.id);
        let known = known(self.conn, &organization, Some(visitor), lead, self.now).await?;
        let own = |known: &Known| {
            !by_visitor || known.given_in != GivenIn::Operator || known.proof > Proof::Delivered
        };
        Ok(best(&organization, &known, channel, own))
    }

    /// Reaches out to a lead: in the visitor's open conversation, else in their last, else in one that is begun for it.
    pub(super) async fn reconnect_lead(
        &mut self,
        operator: &OperatorCaller,
        id: LeadId,
        channel: &str,
    ) -> Result<Done, Fault> {
        let organization = operator.organization.id.to_string();
        let lead = self.lead_of(&organization, id).await?;
        let conversation = self.conversation_of(&lead).await?;
        let conversation = match conversation {
            Some(conversation) => conversation,
            None => self.begin_of(operator, &lead, channel).await?,
        };
        let deed = Deed::Reconnect {
            channel: channel.to_owned(),
            address: None,
        };
        let caller = Caller::Operator(operator.clone());
        let done = self.act(&caller, conversation, &deed).await?;
        if lead.conversation != Some(conversation) {
            // Beginning one may have given the lead a visitor.
            let mut lead = self.lead_of(&organization, id).await?;
            lead.conversation = Some(conversation);
            leads::put(self.conn, &lead).await?;
        }
        Ok(done)
    }

    async fn conversation_of(&mut self, lead: &Lead) -> Result<Option<ConversationId>, Fault> {
        let Some(visitor) = lead.visitor else {
            return Ok(None);
        };
        self.settle_rows().await?;
        let organization = &lead.organization;
        let widget = super::connections::WEB;
        let open = conversations::open_of(self.conn, organization, visitor, widget).await?;
        Ok(match open {
            Some(open) => Some(open),
            None => leads::last_conversation(self.conn, organization, visitor).await?,
        })
    }

    /// A lead's conversation: born resolved and unreachable, with the address that it is to be reached at.
    async fn begin_of(
        &mut self,
        operator: &OperatorCaller,
        lead: &Lead,
        channel: &str,
    ) -> Result<ConversationId, Fault> {
        let organization = operator.organization.clone();
        if organization.on(channel).next().is_none() {
            return Err(Fault::NoSuchChannel(channel.to_owned()));
        }
        let known = known(
            self.conn,
            &organization,
            lead.visitor,
            Some(lead.id),
            self.now,
        )
        .await?;
        let address = best(&organization, &known, channel, |_| true).ok_or(Fault::NoAddress)?;
        let offered = organization.on(channel).next();
        if let Some(offered) = offered {
            checked(offered, &address, &organization.countries)?;
        }
        let (id, visitor) = (
            conversation_id(self.now),
            lead.visitor.unwrap_or_else(|| visitor_id(self.now)),
        );
        self.begin(&organization, id, visitor);
        let target = self.pair_for(id, channel, &address).await?;
        if lead.visitor.is_none() {
            people::new_visitor(self.conn, &organization.id, visitor, None, self.now).await?;
            let mut lead = lead.clone();
            lead.visitor = Some(visitor);
            leads::put(self.conn, &lead).await?;
        }
        if let Some(name) = &lead.about.name {
            let name = Some(name.as_str());
            people::name_visitor(self.conn, &organization.id, visitor, name).await?;
            self.rename_visitor(id, lead.about.name.clone());
        }
        let by = Actor::Operator(operator.id);
        self.run(id, Command::Open { by, target }).await?;
        Ok(id)
    }
}

/// The address to use on a channel: one that was reached on it before others, then the best proven, then the latest.
fn best(
    organization: &Organization,
    known: &[Known],
    channel: &str,
    may: impl Fn(&Known) -> bool,
) -> Option<String> {
    let rank = |known: &&Known| {
        let there = known.channels.iter().any(|one| one == channel);
        let willing = !known.opted_out.iter().any(|one| one == channel);
        (willing, there, known.proof, known.given_at)
    };
    known
        .iter()
        .filter(|known| known.kind == kind_of(organization, channel, &known.address) && may(known))
        .max_by_key(rank)
        .map(|known| known.address.clone())
}
