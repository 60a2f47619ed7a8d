//! A conversation as it stands.

use contract::MediaRule;
use serde::Serialize;
use utoipa::ToSchema;

use super::event::opened_for;
use super::{Holder, Reader, Scene, Who, lost_word, time};
use crate::core::conversation::{LastSwitch, Outcome};
use crate::core::event::{Lost, Reach};
use crate::core::{
    ConversationId, Facts, FreeText, Leg, LegId, Phase, Proof, Reason, Rules, Seq, Status,
    Timestamp,
};
use crate::gateway::connections::Organization;
use crate::gateway::leads::Known;
use crate::store::leads::LeadId;

/// A conversation as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Conversation {
    /// Its id.
    id: String,
    /// `waiting`, `in_progress` or `resolved`.
    status: &'static str,
    /// Where operators' words go; none: the visitor cannot be reached.
    active_leg: Option<ActiveLeg>,
    /// Every place where the visitor was reached or asked to be.
    legs: Vec<LegView>,
    /// The last switch.
    switch: Switch,
    /// The visitor action command that stands open.
    invitation: Option<Invitation>,
    /// Who holds it.
    assignee: Option<Holder>,
    /// Whether the active leg can be written to.
    reachable: bool,
    /// The last entry of its log.
    last_seq: Seq,
    /// The server's time, for counting down.
    now: String,
    /// When it last changed.
    updated_at: String,
    /// When it began.
    created_at: String,
    /// Where the organization can go on with it.
    channels: Vec<Offer>,
    /// What only operators are shown.
    #[serde(flatten)]
    #[schema(value_type = Desk)]
    desk: Option<Desk>,
}

/// The leg that operators' words go to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActiveLeg {
    id: String,
    channel: String,
    /// None for a window.
    address: Option<String>,
    /// `claimed`, `delivered`, `replied` or `linked`.
    #[schema(value_type = String)]
    proof: Proof,
    /// A window: somebody is there. A phone: it can be written to.
    live: bool,
    /// The visitor has written on it.
    heard: bool,
    /// What an operator says now waits until they first write on it. Operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<bool>,
    /// The longest text that it takes, in characters.
    text_limit: usize,
    /// Text is billed by segments.
    counts_segments: bool,
    /// Whether it takes free text now; none where it always does. Operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    /// The files that go as what they are, by type; any other goes as a link in the text. None for a window, which shows them all.
    /// Operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    carries: Option<Vec<Carried>>,
    /// So many files of one message go as what they are, and the others as links. Beside `carries`.
    #[serde(skip_serializing_if = "Option::is_none")]
    carries_at_once: Option<usize>,
}

/// A kind of file that goes as what it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Carried {
    /// `image/png`, or `image/*` for all of a family.
    content_type: String,
    /// The largest, in bytes.
    limit: u64,
    /// The longest text beside it, in characters, where that is less than of any message: beside a longer one, all files are links.
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<usize>,
}

impl Carried {
    fn of(rule: &MediaRule) -> Self {
        Self {
            content_type: rule.content_type.to_string(),
            limit: rule.limit,
            caption: rule.caption,
        }
    }
}

/// Whether a leg takes free text now. Outside of the window it takes templates only.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Window {
    /// It does.
    open: bool,
    /// Until when; none where that has no end, or where they have never written. Count `until` − `now`.
    until: Option<String>,
    /// What a message is billed as now: `service` in the window, `template` outside.
    price: &'static str,
}

/// A place where the visitor was reached or asked to be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LegView {
    id: String,
    channel: String,
    /// None for a window.
    address: Option<String>,
    connection: String,
    /// `claimed`, `delivered`, `replied` or `linked`.
    #[schema(value_type = String)]
    proof: Proof,
    heard: bool,
    /// It can be written to. A visitor is told so only of places that a switch has reached.
    usable: bool,
    /// A switch to it was cancelled or reverted.
    taken_back: bool,
    active: bool,
    opened_at: String,
    opened_by: Who,
    /// `opened` or `switch`.
    why: &'static str,
}

/// What the last switch is doing, or how it ended.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Switch {
    /// `settled`, `greeting` or `reversible`.
    phase: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Where it leads or led.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<Who>,
    /// Greeting: when it has failed unless it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<String>,
    /// Reversible: until when the visitor can put it back. Count `until` − `now`.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Greeting: what is active meanwhile. Reversible: what a revert restores.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_channel: Option<String>,
    /// Why the last switch failed. To a visitor `not_possible` where it depends on the number's history, `timed_out`, or `unavailable`.
    /// Operators: also why the leg that it led to was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Settled: `kept`, `reverted`, `cancelled`, `failed` or `lost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// To operators, where the reason is `held`: the conversation that holds the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_by: Option<String>,
}

/// An operator's request that the visitor give an address.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Invitation {
    id: String,
    channel: String,
    expires_at: String,
}

/// A channel that the organization offers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Offer {
    channel: String,
    connection: String,
    /// `phone`, or nothing.
    #[schema(value_type = Option<String>)]
    asks: Option<contract::AddressKind>,
    /// The visitor can go on there by writing first: ask for a link.
    links: bool,
    text_limit: usize,
}

/// What only operators are shown of a conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Desk {
    #[schema(required = false)]
    visitor: VisitorView,
    /// Messages of the visitor that no operator has read.
    #[schema(required = false)]
    unread: u32,
    /// Since when it waits.
    #[schema(required = false)]
    queued_at: Option<String>,
    #[schema(required = false)]
    last_message: Option<LastWords>,
    /// The visitor is at their window.
    #[schema(required = false)]
    visitor_here: bool,
}

/// The person on the other side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisitorView {
    id: String,
    name: Option<String>,
    /// Those of this conversation. Where one conversation is answered, not a list: also those of the visitor's others and of their lead.
    addresses: Vec<AddressView>,
    /// Their lead, if they have one. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    lead: Option<Option<String>>,
}

/// An address that the visitor can be offered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AddressView {
    channel: String,
    address: String,
    /// The number of whoever is known by something else, where it is known. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// How it was given: `switch`, `form` (an operator's invitation), `lead`, `operator` or `message`. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    given_in: Option<&'static str>,
    /// `claimed`, `delivered`, `replied` or `linked`.
    #[schema(value_type = String)]
    proof: Proof,
    opted_out: bool,
}

/// The last thing that was said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LastWords {
    text: String,
    author_kind: String,
    channel: String,
    at: String,
}

/// What was looked up for the moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The server's time.
    pub now: Timestamp,
    /// The machine's rules.
    pub rules: &'a Rules,
    /// Of each leg, in order.
    pub facts: &'a [Facts],
    /// The visitor is at a window.
    pub here: bool,
}

/// What is known beyond a conversation.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// Its visitor's lead.
    pub lead: Option<LeadId>,
    /// Addresses of its visitor.
    pub known: Vec<Known>,
    /// The conversation that holds the pair which this one was refused.
    pub held_by: Option<ConversationId>,
}

impl Moment<'_> {
    fn facts(&self, id: LegId) -> Facts {
        let index = (id.0 as usize).checked_sub(1);
        index
            .and_then(|index| self.facts.get(index))
            .copied()
            .unwrap_or(Facts::GONE)
    }

    fn usable(&self, id: LegId, leg: &Leg) -> bool {
        let facts = self.facts(id);
        leg.reach == Reach::View || (facts.held && facts.on && !facts.opted_out)
    }
}

/// The channels that an organization offers, each once, in the order of configuration.
#[must_use]
pub fn offers(organization: &Organization) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for connection in organization
        .connections
        .iter()
        .filter(|connection| connection.enabled)
    {
        let can = &connection.capabilities;
        if offers.iter().all(|offer| offer.channel != can.channel) {
            offers.push(Offer {
                channel: can.channel.to_string(),
                connection: connection.id.to_string(),
                asks: can.asks,
                links: can.links,
                text_limit: can.text_limit,
            });
        }
    }
    offers
}

fn window(free: FreeText, now: Timestamp) -> Window {
    let open = free.open(now);
    Window {
        open,
        until: match free {
            FreeText::Until(until) if until > Timestamp(0) => Some(time(until)),
            FreeText::Until(_) | FreeText::Always => None,
        },
        price: if open { "service" } else { "template" },
    }
}

impl Scene<'_> {
    /// The conversation as it stands at a moment.
    #[must_use]
    pub fn conversation(&self, moment: &Moment<'_>, elsewhere: Option<&Elsewhere>) -> Conversation {
        let stored = self.stored;
        let state = &stored.state;
        Conversation {
            id: stored.id.to_string(),
            status: match state.status {
                Status::Waiting => "waiting",
                Status::InProgress(_) => "in_progress",
                Status::Resolved => "resolved",
            },
            active_leg: self.active_leg(moment),
            legs: state
                .numbered()
                .map(|(id, leg)| self.leg_view(id, leg, moment))
                .collect(),
            switch: Switch {
                held_by: elsewhere
                    .and_then(|elsewhere| elsewhere.held_by)
                    .map(|id| id.to_string()),
                ..self.switch(moment.now, moment.rules)
            },
            invitation: self.invitation(moment.now),
            assignee: state.holder().map(|holder| self.holder(holder)),
            reachable: state
                .active()
                .is_some_and(|(id, leg)| moment.usable(id, leg)),
            last_seq: state.last_seq,
            now: time(moment.now),
            updated_at: time(stored.updated_at),
            created_at: time(stored.created_at),
            channels: offers(self.organization),
            desk: (self.reader == Reader::Operator).then(|| self.desk(moment, elsewhere)),
        }
    }

    /// The active leg at a moment.
    #[must_use]
    pub fn active_leg(&self, moment: &Moment<'_>) -> Option<ActiveLeg> {
        let (id, leg) = self.stored.state.active()?;
        let can = self
            .organization
            .connection(&leg.connection)
            .map(|connection| &connection.capabilities);
        let hands_over =
            can.filter(|can| self.reader == Reader::Operator && !can.holds_connections);
        Some(ActiveLeg {
            id: id.to_string(),
            channel: self.channel_of(leg),
            address: self.address(id),
            proof: leg.proof,
            live: if leg.reach == Reach::View {
                moment.here
            } else {
                moment.usable(id, leg)
            },
            heard: leg.heard,
            holds: (self.reader == Reader::Operator)
                .then(|| leg.holds_words(moment.facts(id).free, moment.now, moment.rules)),
            text_limit: can.map_or(0, |can| can.text_limit),
            counts_segments: can.is_some_and(|can| can.counts_segments),
            window: can
                .filter(|can| self.reader == Reader::Operator && can.bounds_free_text())
                .map(|_| window(moment.facts(id).free, moment.now)),
            carries: hands_over.map(|can| can.media.iter().map(Carried::of).collect()),
            carries_at_once: hands_over.map(|can| can.media_at_once),
        })
    }

    fn leg_view(&self, id: LegId, leg: &Leg, moment: &Moment<'_>) -> LegView {
        // Else the form would tell whether a stranger's number is held or has opted out.
        let may_know = self.reader == Reader::Operator
            || leg.reach == Reach::View
            || leg.heard
            || leg.arrived_by.is_some();
        LegView {
            id: id.to_string(),
            channel: self.channel_of(leg),
            address: self.address(id),
            connection: leg.connection.to_string(),
            proof: leg.proof,
            heard: leg.heard,
            usable: may_know && moment.usable(id, leg),
            taken_back: leg.taken_back,
            active: self.stored.state.route.active == Some(id),
            opened_at: time(leg.opened_at),
            opened_by: self.who(leg.opened_by),
            why: opened_for(id),
        }
    }

    /// What the last switch is doing, or how it ended.
    #[must_use]
    pub fn switch(&self, now: Timestamp, rules: &Rules) -> Switch {
        let route = &self.stored.state.route;
        let Some(last) = &route.last else {
            return Switch {
                phase: "settled",
                ..Switch::default()
            };
        };
        let about = Switch {
            id: Some(last.switch.to_string()),
            channel: Some(self.channel(last.to)),
            address: self.address(last.to),
            asked_by: Some(self.who(last.by)),
            ..Switch::default()
        };
        match self.stored.state.phase(now, rules) {
            Phase::Greeting(greeting) => Switch {
                phase: "greeting",
                deadline: Some(time(greeting.deadline)),
                from_channel: route.active.map(|leg| self.channel(leg)),
                ..about
            },
            Phase::Reversible { until, .. } => Switch {
                phase: "reversible",
                until: Some(time(until)),
                from_channel: route
                    .back
                    .or_else(|| self.stored.state.view())
                    .map(|leg| self.channel(leg)),
                ..about
            },
            Phase::Settled => {
                let (outcome, reason) = self.ended(last);
                Switch {
                    phase: "settled",
                    outcome: Some(outcome),
                    reason,
                    ..about
                }
            }
        }
    }

    fn ended(&self, last: &LastSwitch) -> (&'static str, Option<&'static str>) {
        match last.outcome {
            // Nobody has written down yet what the clock says.
            Outcome::Pending => ("failed", Some(self.reason(Reason::TimedOut))),
            Outcome::Kept => ("kept", None),
            Outcome::Reverted => ("reverted", None),
            Outcome::Cancelled => ("cancelled", None),
            Outcome::Failed(reason) => ("failed", Some(self.reason(reason))),
            Outcome::Lost(why) if self.reader == Reader::Operator => ("lost", Some(lost_word(why))),
            // The log says so: nothing that they asked for has failed.
            Outcome::Lost(_) => ("lost", None),
        }
    }

    fn invitation(&self, now: Timestamp) -> Option<Invitation> {
        let invitation = self
            .stored
            .state
            .invitation
            .as_ref()
            .filter(|invitation| now < invitation.expires_at)?;
        Some(Invitation {
            id: invitation.id.to_string(),
            channel: invitation.channel.to_string(),
            expires_at: time(invitation.expires_at),
        })
    }

    fn desk(&self, moment: &Moment<'_>, elsewhere: Option<&Elsewhere>) -> Desk {
        let stored = self.stored;
        let last = stored.last_message.as_ref();
        Desk {
            visitor: VisitorView {
                id: stored.visitor.to_string(),
                name: stored.visitor_name.clone(),
                addresses: self.with_known(self.addresses(moment), elsewhere),
                lead: elsewhere.map(|elsewhere| elsewhere.lead.map(|id| id.to_string())),
            },
            unread: stored.state.unread,
            queued_at: (stored.state.status == Status::Waiting)
                .then(|| time(stored.state.queued_at)),
            last_message: last.map(|last| LastWords {
                text: last.text.clone(),
                author_kind: last.author_kind.clone(),
                channel: last.channel.clone(),
                at: time(Timestamp(last.at)),
            }),
            visitor_here: moment.here,
        }
    }

    /// These and what is known elsewhere. A number that no channel has proven may be tried on each that asks for one.
    fn with_known(
        &self,
        mut own: Vec<AddressView>,
        elsewhere: Option<&Elsewhere>,
    ) -> Vec<AddressView> {
        let known = elsewhere.into_iter().flat_map(|elsewhere| &elsewhere.known);
        for known in known.filter(|known| known.kind != "email") {
            let asks = |offer: &Offer| offer.asks.is_some() && known.kind == "phone";
            let channels = if known.channels.is_empty() {
                let offers = offers(self.organization).into_iter().filter(asks);
                offers.map(|offer| offer.channel).collect()
            } else {
                known.channels.clone()
            };
            for channel in channels {
                let mut there = own.iter_mut();
                if let Some(one) =
                    there.find(|one| one.channel == channel && one.address == known.address)
                {
                    one.number.clone_from(&known.number);
                    one.given_in = Some(known.given_in.word());
                    continue;
                }
                own.push(AddressView {
                    opted_out: known.opted_out.contains(&channel),
                    channel,
                    address: known.address.clone(),
                    number: known.number.clone(),
                    given_in: Some(known.given_in.word()),
                    proof: known.proof,
                });
            }
        }
        own
    }

    /// The visitor's addresses: those that were heard or whose window is over. What was taken back, refused or lost is nobody's
    /// to offer; an address that opted out is shown as such.
    fn addresses(&self, moment: &Moment<'_>) -> Vec<AddressView> {
        let state = &self.stored.state;
        let in_window = matches!(
            state.phase(moment.now, moment.rules),
            Phase::Reversible { .. }
        );
        let is_theirs = |id: LegId, leg: &Leg| {
            let arrived =
                leg.arrived_by.is_some() && !(in_window && state.route.active == Some(id));
            leg.reach == Reach::Remote
                && (leg.heard || arrived)
                && !leg.taken_back
                && leg.lost.is_none_or(|lost| lost == Lost::OptOut)
        };
        let mut addresses: Vec<AddressView> = Vec::new();
        for (id, leg) in state.numbered().filter(|(id, leg)| is_theirs(*id, leg)) {
            let channel = self.channel_of(leg);
            if addresses
                .iter()
                .any(|known| known.channel == channel && *known.address == *leg.address)
            {
                continue;
            }
            addresses.push(AddressView {
                channel,
                address: leg.address.to_string(),
                number: None,
                given_in: None,
                proof: leg.proof,
                opted_out: moment.facts(id).opted_out,
            });
        }
        addresses
    }
}
