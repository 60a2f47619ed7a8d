//! What providers bring: people's messages, and what became of ours.

use std::borrow::Cow;
use std::sync::Arc;

use contract::{ConsentWord as ProviderWord, Inbound, Received, WebhookRequest, nul};

use super::commit::{Outcome, Work, Working};
use super::connections::Connection;
use super::forms::forms;
use super::token::{conversation_id, visitor_id};
use super::{Fault, Gateway, attachments};
use crate::core::command::Words;
use crate::core::delivery::{Happened, State};
use crate::core::event::{Attachment, Reach};
use crate::core::{
    Actor, Command, ConsentWord, ConversationId, LegId, Proof, Reason, Seq, Target, Text, Timestamp,
};
use crate::store::conversations::ProviderMessage;
use crate::store::outbox::{self, Outgoing};
use crate::store::{contacts, guard, pairs, people};
use crate::telemetry::metrics;

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Webhook {
    /// No connection has that name.
    #[error("there is no such connection")]
    NoSuchConnection,
    /// Not proven to be the provider's, or not readable.
    #[error(transparent)]
    Rejected(contract::Reject),
    /// It could not be stored: the provider must send it again.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What became of a message, in words that need no provider.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    Accepted,
    Delivered,
    Read,
    Failed {
        reason: Reason,
        code: Option<String>,
    },
}

impl Fate {
    pub(super) fn of(fate: &contract::Fate) -> Option<Self> {
        Some(match fate {
            contract::Fate::Accepted | contract::Fate::Sent => Self::Accepted,
            contract::Fate::Delivered => Self::Delivered,
            contract::Fate::Read => Self::Read,
            contract::Fate::Failed(failure) => Self::Failed {
                reason: reason_of(failure.reason),
                code: failure.code.clone(),
            },
            contract::Fate::Unknown(_) => return None,
        })
    }

    fn happened(&self) -> Happened {
        match self {
            Self::Accepted => Happened::Accepted,
            Self::Delivered => Happened::Delivered,
            Self::Read => Happened::Read,
            Self::Failed { reason, .. } => Happened::Refused(*reason),
        }
    }

    /// The word by which an early callback is kept.
    fn word(&self) -> String {
        match self {
            Self::Accepted => "accepted".to_owned(),
            Self::Delivered => "delivered".to_owned(),
            Self::Read => "read".to_owned(),
            Self::Failed { reason, code } => {
                format!(
                    "failed {} {}",
                    outbox::reason_word(*reason),
                    code.as_deref().unwrap_or_default()
                )
            }
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        let mut parts = word.split(' ');
        Some(match parts.next()? {
            "accepted" => Self::Accepted,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "failed" => Self::Failed {
                reason: serde_json::from_value(serde_json::Value::String(parts.next()?.to_owned()))
                    .ok()?,
                code: parts
                    .next()
                    .filter(|code| !code.is_empty())
                    .map(str::to_owned),
            },
            _ => return None,
        })
    }
}

/// A provider's reason in the machine's words.
pub(super) fn reason_of(reason: contract::Reason) -> Reason {
    match reason {
        contract::Reason::BadRecipient => Reason::BadRecipient,
        contract::Reason::OptedOut => Reason::OptedOut,
        contract::Reason::Unreachable => Reason::UnreachableHandset,
        contract::Reason::BadContent => Reason::BadContent,
        contract::Reason::Filtered => Reason::Filtered,
        contract::Reason::WindowClosed => Reason::WindowClosed,
        contract::Reason::Template => Reason::Template,
        contract::Reason::Misconfigured => Reason::ConnectionOff,
        contract::Reason::Other => Reason::ProviderRefused,
    }
}

impl Gateway {
    /// Takes a webhook. Answers once everything in it is committed.
    ///
    /// # Errors
    /// When it is not proven to be the provider's, or could not be stored; nothing has changed then.
    pub async fn receive(
        &self,
        connection: &str,
        request: WebhookRequest<'_>,
    ) -> Result<contract::Answer, Webhook> {
        let connection = self
            .directory
            .connection(connection)
            .ok_or(Webhook::NoSuchConnection)?;
        let received = connection.channel.receive(&request).map_err(|reject| {
            metrics::webhook(&connection.id, "rejected");
            Webhook::Rejected(reject)
        })?;
        match self.take(connection, &request, received).await {
            Ok(answer) => {
                metrics::webhook(&connection.id, "taken");
                Ok(answer)
            }
            Err(fault) => {
                metrics::webhook(&connection.id, "failed");
                Err(fault.into())
            }
        }
    }

    async fn take(
        &self,
        connection: &Arc<Connection>,
        request: &WebhookRequest<'_>,
        received: Received,
    ) -> Result<contract::Answer, Fault> {
        for odd in &received.odd {
            tracing::warn!(connection = %connection.id, element = %odd, "an element of a webhook could not be read; the rest was taken");
            metrics::webhook(&connection.id, "odd");
        }
        let mut stopped = Vec::new();
        for mut message in received.messages {
            message.mend();
            let brings_files = !message.media.is_empty();
            let stops = (message.word == Some(ProviderWord::OptOut))
                .then(|| forms(connection, &message.from, &message.also));
            let connection = self.addressed(connection, request, &message.to);
            self.committer
                .submit(Work::Inbound {
                    connection: connection.clone(),
                    message,
                })
                .await?;
            if brings_files {
                self.wake_fetcher();
            }
            stopped.extend(stops.map(|called| (connection, called)));
        }
        for moved in received.moves {
            let connection = self.addressed(connection, request, &moved.own);
            let work = Work::Moved {
                connection,
                from: moved.from,
                to: moved.to,
            };
            self.committer.submit(work).await?;
        }
        for mut receipt in received.receipts {
            nul::mend(&mut receipt.provider_id);
            let Some(fate) = Fate::of(&receipt.fate) else {
                tracing::warn!(connection = %connection.id, fate = ?receipt.fate, "an unknown status word was recorded and changes nothing");
                metrics::webhook(&connection.id, "unknown_status");
                continue;
            };
            let delivery = receipt
                .delivery
                .as_deref()
                .and_then(outbox::parse_delivery_id);
            let work = Work::Receipt {
                connection: connection.clone(),
                provider_id: receipt.provider_id,
                delivery,
                also: receipt.also,
                fate,
            };
            let taken = self.committer.submit(work).await?;
            if matches!(taken, Outcome::Written(false)) {
                tracing::info!(connection = %connection.id, "a status callback for a message that we do not know yet was kept");
            }
        }
        self.hush(stopped).await?;
        Ok(received.answer)
    }

    /// One account may send for several numbers to one URL: a message belongs to the connection whose number it was written to, if that
    /// one can verify the request too.
    fn addressed(
        &self,
        connection: &Arc<Connection>,
        request: &WebhookRequest<'_>,
        to: &str,
    ) -> Arc<Connection> {
        if connection.own.as_deref().is_none_or(|own| own == to) {
            return connection.clone();
        }
        let organization = self.directory.organization(&connection.organization);
        let sibling = organization.and_then(|organization| {
            organization.connections.iter().find(|sibling| {
                sibling.own.as_deref() == Some(to)
                    && sibling.capabilities.channel == connection.capabilities.channel
                    && sibling.channel.receive(request).is_ok()
            })
        });
        if sibling.is_none() {
            tracing::warn!(connection = %connection.id, to = %contract::mask(to), "a message to a number that no connection has was taken into this \
                connection's conversations, from whose number it will be answered: set the number as the `from` of a connection of its own, or \
                give it another webhook at the provider");
            metrics::webhook(&connection.id, "other_number");
        }
        sibling.unwrap_or(connection).clone()
    }
}

/// A text that is longer than any provider's, or the many cards of a contact, is cut: what is told of it is to fit into one frame of the line.
fn within_a_frame(text: &str) -> Cow<'_, str> {
    const MOST: usize = 10_000;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => Cow::Owned(format!("{} […]", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

impl Working<'_> {
    /// Puts an opt-out that nobody wrote in a message into effect, wherever the address is.
    pub(super) async fn opts_out(
        &mut self,
        connection: &Connection,
        address: &str,
        id: ConversationId,
        by: Actor,
    ) -> Result<(), Fault> {
        let news = self
            .hear(connection, address, ConsentWord::OptOut, by)
            .await?;
        let legs: Vec<_> = self
            .stored(id)
            .state
            .numbered()
            .filter(|(leg, of)| {
                *of.address == *address && self.channel(id, *leg) == connection.capabilities.channel
            })
            .map(|(leg, _)| leg)
            .collect();
        for leg in legs {
            self.opt_leg_out(id, leg, (by, news)).await?;
        }
        self.lose_elsewhere(connection, address, id, (by, news))
            .await
    }

    /// Logs an opt-out once: said again it is no news, unless the conversation stands there.
    async fn opt_leg_out(
        &mut self,
        id: ConversationId,
        leg: LegId,
        (by, news): (Actor, bool),
    ) -> Result<(), Fault> {
        if news || self.stored(id).state.route.active == Some(leg) {
            self.run(id, Command::OptOut { leg, by }).await?;
        }
        Ok(())
    }

    /// A provider says that somebody has opted out: of what was handed over before they opted in again, it says nothing new.
    async fn refused_as_opted_out(
        &mut self,
        connection: &Connection,
        address: &str,
        id: ConversationId,
        handed_at: Timestamp,
    ) -> Result<(), Fault> {
        let (organization, channel) = (&connection.organization, &connection.capabilities.channel);
        let pair = (&**channel, address);
        if pairs::opted_in_since(self.conn, organization, pair, handed_at).await? {
            return Ok(());
        }
        self.opts_out(connection, address, id, Actor::System).await
    }

    /// A person's message: always into a log, exactly once.
    pub(super) async fn inbound(
        &mut self,
        connection: &Arc<Connection>,
        message: &Inbound,
    ) -> Result<bool, Fault> {
        if self.seen_provider_message(connection, &message.provider_id) {
            metrics::webhook(&connection.id, "duplicate");
            return Ok(false);
        }
        let known = self
            .known_as(connection, &message.from, &message.also)
            .await?;
        let address = known.as_str();
        let also = std::iter::once(&message.from).chain(&message.also);
        self.also_called(connection, address, also).await?;
        self.wrote(connection, address, message).await?;
        let mut target = Target {
            reach: Reach::Remote,
            connection: connection.id.clone(),
            address: Text::from(address),
            free: true,
            proof: Proof::Claimed,
            welcome: connection.welcome.clone(),
            welcome_template: connection.welcome_template.clone(),
        };
        let consent = match message.word {
            Some(ProviderWord::OptOut) => Some(ConsentWord::OptOut),
            Some(ProviderWord::OptIn) => Some(ConsentWord::OptIn),
            Some(ProviderWord::Help) | None => None,
        };
        // The ledger first: who opts in by the very message that brings a code may be written to.
        let mut news = false;
        if let Some(word) = consent {
            news = self.hear(connection, address, word, Actor::Visitor).await?;
        }
        let holder = self
            .holder(connection, address)
            .await?
            .filter(|holder| holder.leads(self.now));
        let coded = self.use_code(connection, address, &message.text).await?;
        let id = match (coded, holder) {
            (Some(coded), _) => {
                let id;
                (id, target) = self.arrive(connection, address, coded).await?;
                id
            }
            (None, Some(holder)) => {
                self.conversation(&connection.organization, holder.conversation)
                    .await?;
                holder.conversation
            }
            (None, None) => self.begin_from(connection, &target).await?,
        };
        self.name_by_themselves(id, message.name.as_deref()).await?;
        let state = &self.stored(id).state;
        let wrote_before = state
            .leg_to(&connection.id, address)
            .and_then(|leg| state.leg(leg))
            .is_some_and(|leg| leg.wrote);
        let files: Vec<Attachment> = message
            .media
            .iter()
            .map(attachments::at_the_provider)
            .collect();
        let words = Words {
            text: Text::from(within_a_frame(&message.text).as_ref()),
            attachments: files.clone(),
            consent,
            ..Words::default()
        };
        let places = self
            .decide(id, Command::Text { target, words }, None)
            .await?;
        let seq = *places.end();
        // What a message proves comes after it.
        let said_at = self
            .message_in(id, places)
            .map_or(seq, |(said_at, _)| said_at);
        let leg = self.stored(id).state.leg_to(&connection.id, address);
        if let (Some(leg), None) = (leg, consent) {
            self.offer_return(id, leg, &message.text).await?;
        }
        self.log_provider_message(ProviderMessage {
            organization: connection.organization.to_string(),
            connection: connection.id.to_string(),
            provider_id: message.provider_id.clone(),
            conversation: id,
            seq: said_at,
            extra: serde_json::Value::Object(message.extra.clone()),
        });
        self.await_files(connection, &message.media, &files, (id, said_at))
            .await?;
        // Once since the active leg last changed is enough: a welcome for this leg comes with such a change.
        if !wrote_before {
            guard::answered(self.conn, &connection.organization, address).await?;
        }
        if consent == Some(ConsentWord::OptOut) {
            self.lose_elsewhere(connection, address, id, (Actor::Visitor, news))
                .await?;
        }
        Ok(true)
    }

    /// A message from a pair that nobody holds: a conversation and a visitor of its own.
    async fn begin_from(
        &mut self,
        connection: &Arc<Connection>,
        target: &Target,
    ) -> Result<ConversationId, Fault> {
        let organization = self
            .shared
            .directory
            .organization(&connection.organization)
            .cloned()
            .ok_or(Fault::NotFound("organization"))?;
        let known =
            contacts::get(self.conn, &organization.id, &connection.id, &target.address).await?;
        let id = conversation_id(self.now);
        let visitor = match known.visitor {
            Some(linked) => {
                if let Some(open) = self.open_of_linked(&organization, linked).await? {
                    return Ok(open);
                }
                linked
            }
            None => {
                let visitor = visitor_id(self.now);
                people::new_visitor(self.conn, &organization.id, visitor, None, self.now).await?;
                visitor
            }
        };
        self.begin(&organization, id, visitor);
        self.run(
            id,
            Command::Open {
                by: Actor::Visitor,
                target: target.clone(),
            },
        )
        .await?;
        Ok(id)
    }

    /// Somebody whom nobody has named yet is called what they call themselves.
    async fn name_by_themselves(
        &mut self,
        id: ConversationId,
        name: Option<&str>,
    ) -> Result<(), Fault> {
        const LONGEST: usize = 80;
        let stored = self.stored(id);
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        if stored.visitor_name.is_some() {
            return Ok(());
        }
        let (organization, visitor) = (stored.organization.clone(), stored.visitor);
        let name: String = name.chars().take(LONGEST).collect();
        people::name_visitor(self.conn, &organization, visitor, Some(&name)).await?;
        self.rename_visitor(id, Some(name));
        Ok(())
    }

    /// A word of consent goes into the ledger. Answers whether it says anything new.
    async fn hear(
        &mut self,
        connection: &Connection,
        address: &str,
        word: ConsentWord,
        by: Actor,
    ) -> Result<bool, Fault> {
        let (organization, channel) = (&connection.organization, &connection.capabilities.channel);
        let before = pairs::opted_out(self.conn, organization, channel, address).await?;
        let source = match by {
            Actor::Visitor => "their message".to_owned(),
            Actor::Operator(operator) => format!("operator {operator}"),
            Actor::System => "the provider".to_owned(),
        };
        let pair = (&**channel, address);
        pairs::consent(self.conn, organization, pair, word, &source, self.now).await?;
        Ok(before != (word == ConsentWord::OptOut))
    }

    /// Who opts out of a channel opts out of it everywhere: other conversations with that address leave it too.
    async fn lose_elsewhere(
        &mut self,
        connection: &Connection,
        address: &str,
        but: ConversationId,
        said: (Actor, bool),
    ) -> Result<(), Fault> {
        let organization = connection.organization.clone();
        let found = pairs::conversations_with(self.conn, &organization, address).await?;
        for (name, id) in found {
            let same_channel = self
                .shared
                .directory
                .connection(&name)
                .is_some_and(|other| {
                    other.organization == organization
                        && other.capabilities.channel == connection.capabilities.channel
                });
            if id == but || !same_channel {
                continue;
            }
            let leg = self
                .conversation(&organization, id)
                .await?
                .state
                .leg_to(&name, address);
            if let Some(leg) = leg {
                self.opt_leg_out(id, leg, said).await?;
            }
        }
        Ok(())
    }

    /// What a provider tells of a message. False: we do not know it (yet), and keep the word for it.
    pub(super) async fn receipt(
        &mut self,
        connection: &Arc<Connection>,
        provider_id: &str,
        delivery: Option<(ConversationId, Seq)>,
        also: &[contract::Address],
        fate: &Fate,
    ) -> Result<bool, Fault> {
        let organization = connection.organization.clone();
        let mut known = match delivery {
            Some((id, seq)) => self.outgoing(&organization, id, seq).await?,
            None => None,
        };
        if known.is_none() {
            self.settle_deliveries().await?;
            known = outbox::by_provider_id(self.conn, &organization, &connection.id, provider_id)
                .await?;
        }
        let Some(message) = known.filter(|message| {
            *message.connection == *connection.id && message.carries(provider_id)
        }) else {
            outbox::park(
                self.conn,
                &organization,
                &connection.id,
                provider_id,
                &fate.word(),
                self.now,
            )
            .await?;
            return Ok(false);
        };
        self.also_called(connection, &message.address, also).await?;
        self.learn(message, fate, Some(provider_id)).await?;
        Ok(true)
    }

    /// Callbacks that came before we learnt a message's id take effect now.
    pub(super) async fn catch_up(&mut self, message: &Outgoing) -> Result<(), Fault> {
        let Some(provider_id) = message.provider_id.clone() else {
            return Ok(());
        };
        let words = outbox::unpark(
            self.conn,
            &message.organization,
            &message.connection,
            &provider_id,
        )
        .await?;
        for fate in words.iter().filter_map(|word| Fate::from_word(word)) {
            let seq = message.delivery.seq;
            if let Some(now) = self
                .outgoing(&message.organization, message.conversation, seq)
                .await?
            {
                self.learn(now, &fate, None).await?;
            }
        }
        Ok(())
    }

    /// Puts into effect what we learn of a message, and what that means for its conversation.
    pub(super) async fn learn(
        &mut self,
        mut message: Outgoing,
        fate: &Fate,
        provider_id: Option<&str>,
    ) -> Result<(), Fault> {
        let (before, state_before) = (message.delivery.reads(), message.delivery.state);
        message.delivery.learn(fate.happened());
        if let Some(provider_id) = provider_id {
            message
                .provider_id
                .get_or_insert_with(|| provider_id.to_owned());
        }
        if let Fate::Failed { code, .. } = fate {
            message.code.clone_from(code);
        }
        let (id, leg, welcome) = (
            message.conversation,
            message.delivery.leg,
            message.delivery.welcome,
        );
        let organization: Arc<str> = Arc::from(message.organization.as_str());
        let (connection, address) = (message.connection.clone(), message.address.clone());
        let handed_at = message.handed_at.unwrap_or(message.created_at);
        // What was withdrawn reads so even if the provider turns out to have it: that it has it counts all the same.
        let given_up = state_before == State::Withdrawn && matches!(fate, Fate::Accepted);
        let moved = message.delivery.state != state_before;
        self.update(before, message);
        if !moved && !given_up {
            return Ok(());
        }
        self.conversation(&organization, id).await?;
        match fate {
            Fate::Accepted => {
                if let Some(switch) = welcome {
                    self.run(id, Command::Accepted { switch }).await?;
                    self.run(id, Command::Reached { leg }).await?;
                }
            }
            Fate::Delivered | Fate::Read => {
                if let Some(switch) = welcome {
                    self.run(id, Command::Accepted { switch }).await?;
                }
                self.run(id, Command::Delivered { leg }).await?;
                if welcome.is_some() {
                    self.run(id, Command::Reached { leg }).await?;
                }
            }
            Fate::Failed { reason, .. } => {
                if *reason == Reason::WindowClosed {
                    let pair = (&*connection, &*address);
                    contacts::window_closed(self.conn, &organization, pair, handed_at).await?;
                }
                if *reason == Reason::OptedOut
                    && let Some(connection) = self.shared.directory.connection(&connection).cloned()
                {
                    self.refused_as_opted_out(&connection, &address, id, handed_at)
                        .await?;
                }
                if let Some(switch) = welcome {
                    self.run(
                        id,
                        Command::Refused {
                            switch,
                            reason: *reason,
                        },
                    )
                    .await?;
                    self.run(id, Command::Undeliverable { switch }).await?;
                }
            }
        }
        Ok(())
    }
}
