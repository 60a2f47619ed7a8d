//! A lead as operators see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::time;
use crate::core::Proof;
use crate::gateway::leads::{Known, LeadCard};
use crate::store::leads::Consent;

/// What is known of a visitor, or of somebody who never was one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadView {
    id: String,
    name: Option<String>,
    /// The best known number.
    phone: Option<String>,
    /// The best known e-mail address.
    email: Option<String>,
    company: Option<String>,
    place: Option<String>,
    industry: Option<String>,
    needs: Option<String>,
    message: Option<String>,
    /// `new`, `contacted`, `won` or `closed`.
    state: &'static str,
    /// `form`, `operator`, `import` or `conversation`.
    source: &'static str,
    /// The visitor that it is about.
    visitor: Option<String>,
    /// The conversation of its last reconnect.
    conversation: Option<String>,
    /// Where they can be reached, the best proven first. What was taken back or lost is not here.
    addresses: Vec<LeadAddress>,
    created_at: String,
    updated_at: String,
}

/// An address of a lead's.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadAddress {
    /// `phone`, `email`, or the channel that alone understands it.
    kind: String,
    address: String,
    /// The number of whoever is known by something else, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// `claimed`, `delivered`, `replied` or `linked`.
    #[schema(value_type = String)]
    proof: Proof,
    given_at: String,
    /// `switch`, `form` (an operator's invitation), `lead`, `operator` or `message`.
    given_in: &'static str,
    /// Channels on which they were reached there.
    channels: Vec<String>,
    /// Channels on which it has opted out.
    opted_out: Vec<String>,
    /// What shows that it may be written to.
    consent: Option<ConsentView>,
}

/// What shows that somebody may be written to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConsentView {
    /// What they agreed to, where they were shown words.
    text: Option<String>,
    at: String,
    /// `form`, `operator`, `asked` (they typed it to go on there) or `answered` (they answered the welcome).
    source: String,
}

impl LeadView {
    /// A lead as it is sent.
    #[must_use]
    pub fn of(card: &LeadCard) -> Self {
        let (lead, about) = (&card.lead, &card.lead.about);
        let best = |kind: &str| {
            let mut addresses = card.addresses.iter();
            let found = addresses.find(|known| known.kind == kind);
            found.map(|known| known.address.clone())
        };
        Self {
            id: lead.id.to_string(),
            name: about.name.clone(),
            phone: best("phone"),
            email: best("email"),
            company: about.company.clone(),
            place: about.place.clone(),
            industry: about.industry.clone(),
            needs: about.needs.clone(),
            message: about.message.clone(),
            state: lead.state.word(),
            source: lead.source.word(),
            visitor: lead.visitor.map(|id| id.to_string()),
            conversation: lead.conversation.map(|id| id.to_string()),
            addresses: card.addresses.iter().map(LeadAddress::of).collect(),
            created_at: time(lead.created_at),
            updated_at: time(lead.updated_at),
        }
    }
}

impl LeadAddress {
    fn of(known: &Known) -> Self {
        Self {
            kind: known.kind.clone(),
            address: known.address.clone(),
            number: known.number.clone(),
            proof: known.proof,
            given_at: time(known.given_at),
            given_in: known.given_in.word(),
            channels: known.channels.clone(),
            opted_out: known.opted_out.clone(),
            consent: known.consent.as_ref().map(ConsentView::of),
        }
    }
}

impl ConsentView {
    fn of(consent: &Consent) -> Self {
        Self {
            text: consent.text.clone(),
            at: time(consent.at),
            source: consent.source.clone(),
        }
    }
}
