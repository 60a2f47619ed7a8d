//! What is written of leads, and reaching out to them.

use super::known::{Known, best, known};
use super::{ConsentGiven, Field, LeadChange, LeadWork, NewLead};
use crate::core::{Actor, Command, ConversationId, Proof, VisitorId};
use crate::gateway::commit::{Done, Outcome, Working};
use crate::gateway::deeds::checked;
use crate::gateway::token::{conversation_id, lead_id, visitor_id};
use crate::gateway::{Caller, Deed, Fault, OperatorCaller, VisitorCaller};
use crate::store::leads::{
    self, About, Consent, Given, GivenIn, Kind, Lead, LeadId, LeadState, Source,
};
use crate::store::{conversations, people};

impl Working<'_> {
    pub(in crate::gateway) async fn lead(&mut self, work: &LeadWork) -> Result<Outcome, Fault> {
        self.leads.insert(work.organization().into());
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
    pub(in crate::gateway) async fn known_elsewhere(
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

    /// Whether any conversation of the visitor's has reached them at that address on a channel.
    pub(in crate::gateway) async fn reached_elsewhere(
        &mut self,
        id: ConversationId,
        channel: &str,
        address: &str,
    ) -> Result<bool, Fault> {
        let (organization, visitor) = (self.organization(id).clone(), self.stored(id).visitor);
        let known = known(self.conn, &organization, Some(visitor), None, self.now).await?;
        Ok(known.iter().any(|known| {
            known.address == address && known.channels.iter().any(|one| one == channel)
        }))
    }

    /// Reaches out to a lead: in the visitor's open conversation, else in their last, else in one that is begun for it.
    pub(in crate::gateway) async fn reconnect_lead(
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
        let widget = crate::gateway::connections::WEB;
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
