//! What is known of a lead: itself, and where it can be reached.

use crate::core::{Proof, Timestamp, VisitorId};
use crate::gateway::connections::Organization;
use crate::store::leads::{self, Consent, Given, GivenIn, Identity, Kind, Lead, LeadId};
use crate::store::{Conn, StoreError, contacts, pairs};

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
    /// The number of whoever is known by something else, where the provider has told it.
    pub number: Option<String>,
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

pub(super) async fn card(
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
pub(super) async fn known(
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
        if one.kind != Kind::Phone.word() && one.kind != Kind::Email.word() {
            one.number = contacts::number_of(conn, &organization.id, &one.address).await?;
        }
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
            number: None,
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
                number: None,
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

/// The address to use on a channel: one that was reached on it before others, then the best proven, then the latest.
pub(super) fn best(
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
