//! Deciding a command and recording what it comes to: the log, the state, the messages on their way, the pairs.

use std::sync::Arc;

use super::working::Working;
use crate::core::conversation::Hold;
use crate::core::delivery::Delivery;
use crate::core::event::{Closed, Message, Reach};
use crate::core::{
    Actor, Command, Context, Conversation, ConversationId, Event, Facts, Kind, Leg, LegId, Phase,
    Seq, Status, decide,
};
use crate::gateway::{Fault, leg_facts};
use crate::store::StoreError;
use crate::store::conversations::{self, LastMessage};
use crate::store::outbox::Outgoing;
use crate::store::pairs::{self, Right};

impl Working<'_> {
    /// What may have changed about each leg since its last event.
    pub async fn facts(&mut self, id: ConversationId) -> Result<Vec<Facts>, StoreError> {
        let organization = self.organization(id).clone();
        let legs: Vec<Leg> = self.stored(id).state.legs.clone();
        let mut facts = Vec::with_capacity(legs.len());
        for leg in legs {
            facts.push(match organization.connection(&leg.connection) {
                _ if leg.reach == Reach::View => Facts::FINE,
                None => Facts::GONE,
                Some(connection) => {
                    let holder = self.holder(connection, &leg.address).await?;
                    leg_facts(self.conn, connection, &leg.address, holder, id, self.now).await?
                }
            });
        }
        Ok(facts)
    }

    /// Decides a command and records what it comes to. Answers the places of the new entries, none where nothing changed.
    pub async fn decide(
        &mut self,
        id: ConversationId,
        command: Command,
        network: Option<&str>,
    ) -> Result<std::ops::RangeInclusive<Seq>, Fault> {
        let first = self.stored(id).state.last_seq + 1;
        let events = self.foresee(id, command).await?;
        self.record(id, events, network).await?;
        Ok(first..=self.stored(id).state.last_seq)
    }

    /// What a command would come to now; nothing is recorded.
    pub async fn foresee(
        &mut self,
        id: ConversationId,
        command: Command,
    ) -> Result<Vec<Event>, Fault> {
        let context = self.context(id, &command).await?;
        let stored = self.stored(id);
        decide(&stored.state, command, &context).map_err(|refusal| Fault::Refused {
            refusal,
            stored: stored.clone(),
        })
    }

    async fn context(
        &mut self,
        id: ConversationId,
        command: &Command,
    ) -> Result<Context, StoreError> {
        let stored = self.stored(id).clone();
        let state = &stored.state;
        let remote = state.legs.iter().any(|leg| leg.reach == Reach::Remote);
        let resolved = state.status == Status::Resolved;
        let legs =
            if remote && (resolved || asks_of_legs(state, command) || self.bounds(id, command)) {
                self.facts(id).await?
            } else {
                Vec::new()
            };
        let other_open = if resolved {
            self.save_conversations().await?;
            let widget = &stored.widget;
            conversations::open_of(self.conn, &stored.organization, stored.visitor, widget).await?
        } else {
            None
        };
        let handed_over = match &state.route.phase {
            Phase::Greeting(greeting) => {
                let switch = greeting.switch;
                let on_their_way = self.on_their_way(id).await?;
                let welcome = on_their_way
                    .iter()
                    .find(|message| message.delivery.welcome == Some(switch));
                welcome.is_none_or(|message| message.delivery.handed_over())
            }
            _ => false,
        };
        let presence = &self.shared.presence;
        Ok(Context {
            now: self.now,
            rules: self.shared.rules,
            legs,
            here: presence.here(stored.visitor, stored.seen_at, self.now),
            holder_present: state.holder().is_none_or(|holder| presence.present(holder)),
            other_open,
            handed_over,
        })
    }

    /// Whether an operator's words go where free text is not always taken.
    fn bounds(&self, id: ConversationId, command: &Command) -> bool {
        let active = || self.stored(id).state.active();
        matches!(command, Command::Tell { .. })
            && active()
                .and_then(|(_, leg)| self.organization(id).connection(&leg.connection))
                .is_some_and(|connection| connection.capabilities.bounds_free_text())
    }

    /// Puts events into effect: the log, the state, the messages on their way, the pairs.
    async fn record(
        &mut self,
        id: ConversationId,
        events: Vec<Event>,
        network: Option<&str>,
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut on_their_way = if events.iter().any(|event| self.moves_messages(id, event)) {
            self.on_their_way(id).await?
        } else {
            Vec::new()
        };
        let before: Vec<Hold> = self.holds(id);
        let mut asked: Vec<LegId> = Vec::new();
        let invited = events.iter().any(uses_invitation);
        for event in events {
            let first_heard = self.is_first_heard(id, &event);
            let loaded = self
                .loaded
                .get_mut(&id)
                .expect("a conversation is loaded before it is worked on");
            let stored = loaded.change();
            stored.state.apply(&event);
            stored.updated_at = self.now;
            let seq = stored.state.last_seq;
            self.writes
                .event(&loaded.stored.organization, id, seq, &event)?;
            for message in &mut on_their_way {
                let before = message.delivery.reads();
                message.delivery.follow(&event);
                if message.delivery.reads() != before {
                    message.due_at = self.now;
                    self.update(before, message.clone());
                }
            }
            match &event.kind {
                Kind::LegOpened {
                    leg, held: true, ..
                }
                | Kind::SwitchAsked {
                    to: leg,
                    held: true,
                    ..
                } => asked.push(*leg),
                Kind::Message(message) => {
                    self.remember_words(id, message);
                    if let Some(delivery) = Delivery::start(seq, &event) {
                        let outgoing = self.outgoing_of(id, delivery, message, network);
                        self.wake.insert(Arc::from(outgoing.connection.as_str()));
                        on_their_way.push(outgoing.clone());
                        self.deliveries.insert((id, seq), outgoing);
                    }
                }
                _ => {}
            }
            self.identify(id, &event, (first_heard, invited)).await?;
            let loaded = self
                .loaded
                .get_mut(&id)
                .expect("a conversation is loaded before it is worked on");
            loaded.entries.push((seq, event));
        }
        self.write_pairs(id, &before, &asked).await
    }

    /// Whether an event may change the fate of messages that are on their way.
    fn moves_messages(&self, id: ConversationId, event: &Event) -> bool {
        match &event.kind {
            Kind::SwitchCancelled { .. }
            | Kind::SwitchFailed { .. }
            | Kind::Reverted { .. }
            | Kind::LegLost { .. }
            | Kind::Switched { .. } => self
                .stored(id)
                .state
                .legs
                .iter()
                .any(|leg| leg.reach == Reach::Remote),
            Kind::Message(message) => {
                let state = &self.stored(id).state;
                message.author == Actor::Visitor
                    && state
                        .leg(message.leg)
                        .is_some_and(|leg| leg.reach == Reach::Remote && !leg.heard)
            }
            _ => false,
        }
    }

    fn outgoing_of(
        &self,
        id: ConversationId,
        delivery: Delivery,
        message: &Message,
        network: Option<&str>,
    ) -> Outgoing {
        let stored = self.stored(id);
        let leg = stored
            .state
            .leg(message.leg)
            .expect("a message names a leg of its conversation");
        let connection = self.organization(id).connection(&leg.connection);
        let text = connection
            .filter(|_| !message.attachments.is_empty())
            .map_or_else(
                || message.text.to_string(),
                |connection| {
                    self.packed(connection, &message.text, &message.attachments)
                        .text
                },
            );
        Outgoing {
            organization: stored.organization.clone(),
            conversation: id,
            connection: leg.connection.to_string(),
            address: leg.address.to_string(),
            text,
            template: message.template.clone(),
            network: delivery.welcome.and(network).map(str::to_owned),
            delivery,
            created_at: self.now,
            due_at: self.now,
            handed_at: None,
            asked: 0,
            absent: 0,
            provider_id: None,
            code: None,
        }
    }

    fn remember_words(&mut self, id: ConversationId, message: &Message) {
        const SHOWN: usize = 120;
        if message.welcome.is_some() {
            return;
        }
        let channel = self.channel(id, message.leg);
        let author_kind = match message.author {
            Actor::Visitor => "visitor",
            Actor::Operator(_) => "operator",
            Actor::System => "system",
        };
        let last = LastMessage {
            text: message.text.chars().take(SHOWN).collect(),
            author_kind: author_kind.to_owned(),
            channel,
            at: self.now.0,
        };
        let loaded = self
            .loaded
            .get_mut(&id)
            .expect("a conversation is loaded before it is worked on");
        loaded.change().last_message = Some(last);
    }

    fn holds(&self, id: ConversationId) -> Vec<Hold> {
        let state = &self.stored(id).state;
        state
            .legs
            .iter()
            .map(|leg| state.hold(leg, &self.shared.rules))
            .collect()
    }

    /// Writes how firmly each pair leads here, where that has changed.
    async fn write_pairs(
        &mut self,
        id: ConversationId,
        before: &[Hold],
        asked: &[LegId],
    ) -> Result<(), StoreError> {
        let after = self.holds(id);
        for (index, hold) in after.into_iter().enumerate() {
            let leg_id = LegId(u32::try_from(index).unwrap_or(u32::MAX - 1) + 1);
            let held = before.get(index).copied().unwrap_or(Hold::Not);
            let right = if asked.contains(&leg_id) {
                Right::Asked
            } else if held == hold {
                continue;
            } else if held == Hold::Not {
                Right::Reached(self.now)
            } else {
                Right::Held
            };
            let stored = self.stored(id);
            let leg = &stored.state.legs[index];
            let (organization, connection, address) = (
                stored.organization.clone(),
                leg.connection.to_string(),
                leg.address.to_string(),
            );
            pairs::hold(
                self.conn,
                &organization,
                (&connection, &address),
                id,
                hold,
                right,
            )
            .await?;
            let pair = (organization, connection, address);
            self.memory.holders.remove(&pair);
            self.holders.remove(&pair);
        }
        Ok(())
    }
}

fn uses_invitation(event: &Event) -> bool {
    let used = Closed::Used;
    matches!(event.kind, Kind::InvitationClosed { why, .. } if why == used)
}

/// Whether a command asks of legs what only a look-up tells.
fn asks_of_legs(state: &Conversation, command: &Command) -> bool {
    match command {
        Command::Say { .. }
        | Command::Tell { .. }
        | Command::Claim { .. }
        | Command::Transfer { .. }
        | Command::Accepted { .. }
        | Command::Refused { .. }
        | Command::Delivered { .. }
        | Command::Decline
        | Command::Lapse => false,
        Command::Text { target, words } => {
            let here = state.leg_to(&target.connection, &target.address);
            let unheard = here
                .and_then(|leg| state.leg(leg))
                .is_none_or(|leg| !leg.heard);
            words.consent.is_some() || unheard || here != state.route.active
        }
        _ => true,
    }
}
