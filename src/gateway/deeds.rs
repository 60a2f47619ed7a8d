//! What people ask of a conversation, and how each asking becomes a command of the machine.

use std::sync::Arc;

use contract::Address;

use super::attachments::in_the_log;
use super::commit::{Done, Work, Working};
use super::connections::{Connection, WEB};
use super::marks::Tells;
use super::templates::Chosen;
use super::token::{conversation_id, digest};
use super::{Caller, Fault, Gateway, OperatorCaller, VisitorCaller};
use crate::core::command::Words;
use crate::core::event::{Attachment, Reach};
use crate::core::{
    Actor, Command, ConversationId, Event, InvitationId, LegId, OperatorId, Phase, Proof, Seq,
    Target, Text,
};
use crate::phone;
use crate::store::conversations::{self, ClientKey, Stored};

/// What somebody asks of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Say something.
    Post {
        /// The id that the author's program gave it.
        client_id: String,
        /// The words; of a template, what it reads; empty only beside files.
        text: String,
        /// The template that they are of.
        template: Option<Chosen>,
        /// Uploads of theirs that go with it.
        attachments: Vec<String>,
        /// The leg that an operator believes to be active.
        leg: Option<LegId>,
    },
    /// Go on elsewhere.
    Switch {
        /// On which channel.
        channel: String,
        /// Where on it; none: where the visitor was reached on it before.
        address: Option<String>,
        /// The visitor action command that this answers.
        invitation: Option<InvitationId>,
        /// Makes a retry the same switch.
        client_id: Option<String>,
        /// The challenge that the visitor met, if one was asked for.
        altcha: Option<String>,
    },
    /// Never write to an address of theirs again, until it opts in.
    OptOut {
        /// On which channel.
        channel: String,
        /// Which of theirs; none: where they were last reached on it.
        address: Option<String>,
    },
    /// Call the switch off.
    Cancel,
    /// Put the switch back.
    Revert,
    /// Close the number area.
    Decline,
    /// Push the number area into the visitor's window.
    Invite {
        /// For which channel.
        channel: String,
    },
    /// Take it.
    Claim,
    /// Hand it on.
    Transfer {
        /// To whom.
        to: OperatorId,
    },
    /// Close it.
    Resolve,
    /// Open it again.
    Reopen,
    /// Reach the visitor on a phone channel, whatever the status.
    Reconnect {
        /// On which channel.
        channel: String,
        /// Where on it; none: where the visitor was reached on it before.
        address: Option<String>,
    },
    /// It was read up to here.
    Read {
        /// The last entry that was read.
        seq: Seq,
    },
    /// It was shown up to here.
    Seen {
        /// The last entry that was shown.
        seq: Seq,
    },
}

impl Deed {
    /// The id that makes a retry the same deed.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Post { client_id, .. } => Some(client_id),
            Self::Switch { client_id, .. } => client_id.as_deref(),
            _ => None,
        }
    }

    fn may_be_done_by(&self, caller: &Caller) -> bool {
        match self {
            Self::Post { .. }
            | Self::Switch { .. }
            | Self::Cancel
            | Self::Resolve
            | Self::Read { .. }
            | Self::Seen { .. } => true,
            Self::Revert | Self::Decline => matches!(caller, Caller::Visitor(_)),
            Self::Invite { .. }
            | Self::Claim
            | Self::Transfer { .. }
            | Self::Reopen
            | Self::OptOut { .. }
            | Self::Reconnect { .. } => {
                matches!(caller, Caller::Operator(_))
            }
        }
    }
}

impl Gateway {
    /// Does a deed. Answers once it is committed.
    ///
    /// # Errors
    /// With the rule or the limit that stands in the way; nothing has changed then.
    pub async fn act(
        self: &Arc<Self>,
        caller: &Caller,
        id: ConversationId,
        deed: Deed,
    ) -> Result<Done, Fault> {
        if !deed.may_be_done_by(caller) {
            return Err(Fault::Forbidden(match caller {
                Caller::Visitor(_) => "only operators can do this",
                Caller::Operator(_) => "only the visitor can do this",
            }));
        }
        let reads = matches!((caller, &deed), (Caller::Operator(_), Deed::Read { .. }));
        let stopped = match &deed {
            Deed::OptOut { channel, .. } => Some(channel.clone()),
            _ => None,
        };
        let done = self
            .committer
            .done(Work::Act {
                caller: caller.clone(),
                id,
                deed,
            })
            .await?;
        if reads && done.stored.state.unread == 0 {
            self.tell_them(&done.stored, Tells::Read);
        }
        if let Some(channel) = stopped {
            self.hush_on(&channel, &done.stored).await?;
        }
        Ok(done)
    }

    /// Waits until nothing is on its way to where a conversation is on a channel.
    async fn hush_on(&self, channel: &str, stored: &Stored) -> Result<(), Fault> {
        for leg in &stored.state.legs {
            if let Some(connection) = self.directory.connection(&leg.connection)
                && connection.capabilities.channel == channel
            {
                self.hush(connection, &[leg.address.to_string()]).await?;
            }
        }
        Ok(())
    }

    /// The visitor's one open conversation: begins it where there is none, and posts the text once.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub async fn open(
        &self,
        visitor: &VisitorCaller,
        client_id: &str,
        text: Option<&str>,
    ) -> Result<Done, Fault> {
        let work = Work::Open {
            visitor: visitor.clone(),
            client_id: client_id.to_owned(),
            text: text.map(str::to_owned),
        };
        self.committer.done(work).await
    }
}

impl Working<'_> {
    pub(super) async fn act(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        deed: &Deed,
    ) -> Result<Done, Fault> {
        let organization = caller.organization().id.clone();
        let stored = self.conversation(&organization, id).await?;
        if !caller.may_see(stored) {
            return Err(Fault::NotFound("conversation"));
        }
        match deed {
            Deed::Post {
                client_id,
                text,
                template,
                attachments,
                leg,
            } => {
                let saying = Saying {
                    client_id,
                    text,
                    template: template.as_ref(),
                    attachments,
                };
                return self.post(caller, id, saying, *leg).await;
            }
            Deed::Switch {
                channel,
                address,
                invitation,
                client_id,
                altcha,
            } => {
                let asked = ["switch", channel, address.as_deref().unwrap_or_default()];
                if let Some(client_id) = client_id
                    && let Some(done) = self
                        .repeated(caller, Some(id), client_id, &digest(&asked))
                        .await?
                {
                    return Ok(done);
                }
                let target = self.target(caller, id, channel, address.as_deref()).await?;
                let command = Command::Switch {
                    by: actor(caller),
                    target,
                    own_text: false,
                    invitation: *invitation,
                };
                if let Caller::Visitor(visitor) = caller {
                    self.challenged(id, &command, visitor, altcha.as_deref())
                        .await?;
                }
                self.decide(id, command, Some(network(caller))).await?;
                if let Some(client_id) = client_id {
                    let seq = self.stored(id).state.last_seq;
                    self.remember(caller, id, client_id, digest(&asked), seq);
                }
            }
            Deed::Reconnect { channel, address } => {
                let target = self.target(caller, id, channel, address.as_deref()).await?;
                let operator = operator(caller)?.id;
                self.decide(
                    id,
                    Command::Reconnect { operator, target },
                    Some(network(caller)),
                )
                .await?;
            }
            Deed::OptOut { channel, address } => {
                self.opt_out(caller, id, channel, address.as_deref())
                    .await?;
            }
            Deed::Read { seq } => self.mark(caller, id, *seq, true).await?,
            Deed::Seen { seq } => self.mark(caller, id, *seq, false).await?,
            Deed::Cancel => self.run(id, Command::Cancel { by: actor(caller) }).await?,
            Deed::Revert => self.run(id, Command::Revert).await?,
            Deed::Decline => self.run(id, Command::Decline).await?,
            Deed::Resolve => self.run(id, Command::Resolve { by: actor(caller) }).await?,
            Deed::Invite { channel } => {
                let organization = self.organization(id).clone();
                let offered = organization.on(channel).next();
                let entered = offered.is_some_and(|connection| {
                    connection.capabilities.asks.is_some() || connection.capabilities.links
                });
                if !entered {
                    return Err(Fault::NoSuchChannel(channel.clone()));
                }
                let operator = operator(caller)?.id;
                self.run(
                    id,
                    Command::Invite {
                        operator,
                        channel: Text::from(channel.as_str()),
                    },
                )
                .await?;
            }
            Deed::Claim => {
                self.run(
                    id,
                    Command::Claim {
                        operator: operator(caller)?.id,
                    },
                )
                .await?
            }
            Deed::Transfer { to } => {
                self.run(
                    id,
                    Command::Transfer {
                        by: operator(caller)?.id,
                        to: *to,
                    },
                )
                .await?
            }
            Deed::Reopen => {
                self.run(
                    id,
                    Command::Reopen {
                        operator: operator(caller)?.id,
                    },
                )
                .await?
            }
        }
        Ok(self.stands(id))
    }

    pub(super) async fn open(
        &mut self,
        visitor: &VisitorCaller,
        client_id: &str,
        text: Option<&str>,
    ) -> Result<Done, Fault> {
        let caller = Caller::Visitor(visitor.clone());
        let organization = visitor.organization.clone();
        if let Some(text) = text {
            may_be_said(text, &*view_of(&organization)?)?;
            // A repeat that comes after the conversation was resolved must not begin another.
            if let Some(done) = self
                .repeated(&caller, None, client_id, &digest(&["post", text]))
                .await?
            {
                return Ok(done);
            }
        }
        let open = self.open_conversation(visitor).await?;
        let (id, created) = match open {
            Some(id) => (id, false),
            None => (self.begin_for(visitor).await?, true),
        };
        let mut done = match text {
            Some(text) => {
                let saying = Saying {
                    client_id,
                    text,
                    template: None,
                    attachments: &[],
                };
                self.post(&caller, id, saying, None).await?
            }
            None => self.stands(id),
        };
        done.created = created;
        Ok(done)
    }

    async fn open_conversation(
        &mut self,
        visitor: &VisitorCaller,
    ) -> Result<Option<ConversationId>, Fault> {
        self.settle_rows().await?;
        let organization = visitor.organization.id.clone();
        let found = match visitor.pass {
            Some(pass) => Some(pass.conversation),
            None => conversations::open_of(self.conn, &organization, visitor.id, WEB).await?,
        };
        if let Some(id) = found {
            self.conversation(&organization, id).await?;
        }
        Ok(found)
    }

    async fn begin_for(&mut self, visitor: &VisitorCaller) -> Result<ConversationId, Fault> {
        let id = conversation_id(self.now);
        self.begin(&visitor.organization, id, visitor.id);
        let target = window(visitor.id.to_string());
        self.run(
            id,
            Command::Open {
                by: Actor::Visitor,
                target,
            },
        )
        .await?;
        Ok(id)
    }

    async fn post(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        saying: Saying<'_>,
        leg: Option<LegId>,
    ) -> Result<Done, Fault> {
        let Saying {
            client_id,
            text,
            template,
            attachments,
        } = saying;
        let asked = saying.digest();
        let scope = matches!(caller, Caller::Operator(_)).then_some(id);
        if let Some(done) = self.repeated(caller, scope, client_id, &asked).await? {
            return Ok(done);
        }
        let connection = self.takes_words(caller, id)?;
        let used = self.unused_of(caller, attachments).await?;
        let files: Vec<_> = used.iter().map(in_the_log).collect();
        if files.is_empty() {
            may_be_said(text, &connection)?;
        } else {
            self.fits(text, &files, &connection)?;
        }
        if let Some(chosen) = template
            && chosen.connection != connection.id
        {
            return Err(Fault::BadTemplate(
                "the chat has gone on elsewhere: this template is of another channel".to_owned(),
            ));
        }
        let words = Words {
            text: Text::from(text),
            template: template.map(|chosen| chosen.template.clone()),
            attachments: files,
            client_id: Some(Text::from(client_id)),
            ..Words::default()
        };
        let command = match caller {
            Caller::Visitor(visitor) => {
                let limit = self.shared.posts_per_visitor_10s;
                if !self.memory.may_say(visitor.id, self.now.0, limit) {
                    return Err(Fault::RateLimited {
                        retry_after: std::time::Duration::from_secs(10),
                    });
                }
                // Reached on a phone first, as a lead is: their window becomes a leg when they write there.
                if self.stored(id).state.view().is_none() {
                    let target = window(visitor.id.to_string());
                    self.run(id, Command::Join { target }).await?;
                }
                Command::Say { words }
            }
            Caller::Operator(operator) => Command::Tell {
                operator: operator.id,
                leg,
                words,
            },
        };
        let places = self.decide(id, command, None).await?;
        let message = self
            .message_in(id, places)
            .ok_or(Fault::NotFound("message"))?;
        self.use_up(&used, (id, message.0)).await?;
        self.remember(caller, id, client_id, asked, message.0);
        Ok(Done {
            message: Some(message),
            ..self.stands(id)
        })
    }

    /// Words and the links beside them are no longer than the leg takes.
    fn fits(&self, text: &str, files: &[Attachment], connection: &Connection) -> Result<(), Fault> {
        if connection.capabilities.holds_connections {
            return not_too_long(text, connection);
        }
        not_too_long(&self.packed(connection, text, files).text, connection)
    }

    /// The connection whose limits hold for what this caller says now.
    fn takes_words(&self, caller: &Caller, id: ConversationId) -> Result<Arc<Connection>, Fault> {
        let organization = self.organization(id);
        let active = match caller {
            Caller::Visitor(_) => None,
            Caller::Operator(_) => self
                .stored(id)
                .state
                .active()
                .and_then(|(_, leg)| organization.connection(&leg.connection)),
        };
        active.cloned().map_or_else(|| view_of(organization), Ok)
    }

    /// The first answer again, where this client id was used before.
    async fn repeated(
        &mut self,
        caller: &Caller,
        id: Option<ConversationId>,
        client_id: &str,
        asked: &str,
    ) -> Result<Option<Done>, Fault> {
        let organization = caller.organization().id.clone();
        let author = super::commit::author_of(caller);
        let Some(key) = self.client_key(&organization, &author, client_id, id) else {
            return Ok(None);
        };
        if key.digest != asked {
            return Err(Fault::ClientIdReused);
        }
        let (conversation, seq) = (key.conversation, key.seq);
        self.conversation(&organization, conversation).await?;
        let message = self.entry(conversation, seq).await?;
        Ok(Some(Done {
            message,
            repeated: true,
            ..self.stands(conversation)
        }))
    }

    fn remember(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        client_id: &str,
        digest: String,
        seq: Seq,
    ) {
        self.use_client_key(ClientKey {
            organization: caller.organization().id.to_string(),
            author: super::commit::author_of(caller),
            client_id: client_id.to_owned(),
            conversation: id,
            seq,
            digest,
        });
    }

    pub(super) async fn run(&mut self, id: ConversationId, command: Command) -> Result<(), Fault> {
        self.decide(id, command, None).await.map(drop)
    }

    fn stands(&self, id: ConversationId) -> Done {
        Done {
            stored: self.stored(id).clone(),
            message: None,
            created: false,
            repeated: false,
        }
    }

    async fn mark(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        seq: Seq,
        read: bool,
    ) -> Result<(), Fault> {
        let stored = self.stored(id);
        let seq = seq.min(stored.state.last_seq);
        let mut cursors = stored.cursors;
        let (seen, has_read) = match caller {
            Caller::Visitor(_) => (&mut cursors.visitor_seen, &mut cursors.visitor_read),
            Caller::Operator(_) => (&mut cursors.operator_seen, &mut cursors.operator_read),
        };
        *seen = (*seen).max(seq);
        if read {
            *has_read = (*has_read).max(seq);
        }
        let unread = if matches!(caller, Caller::Operator(_)) && read {
            self.settle_rows().await?;
            let organization = caller.organization().id.clone();
            Some(conversations::unread(self.conn, &organization, id, cursors.operator_read).await?)
        } else {
            None
        };
        self.set_cursors(id, cursors, unread);
        Ok(())
    }

    /// Where a switch would lead: the address that was given, or the one where the visitor was reached on that channel before.
    async fn target(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        channel: &str,
        address: Option<&str>,
    ) -> Result<Target, Fault> {
        let organization = self.organization(id).clone();
        let offered = organization
            .on(channel)
            .next()
            .ok_or_else(|| Fault::NoSuchChannel(channel.to_owned()))?;
        if offered.capabilities.holds_connections {
            return Ok(window(self.stored(id).visitor.to_string()));
        }
        let address = match address {
            Some(_) if offered.capabilities.asks.is_none() => {
                return Err(Fault::BadAddress(
                    "nobody can be written to first on this channel: the visitor goes on there by a link".to_owned(),
                ));
            }
            Some(raw) => {
                let address = checked(offered, raw, &organization.countries)?;
                if organization.owns(channel, &address) {
                    return Err(Fault::BadAddress(
                        "this number is the organization's own: give the visitor's".to_owned(),
                    ));
                }
                address
            }
            None => self.known_address(caller, id, channel).await?,
        };
        self.pair_for(id, channel, &address).await
    }

    /// An operator's word that somebody does not want to be written to: it counts as if they had said it.
    async fn opt_out(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        channel: &str,
        address: Option<&str>,
    ) -> Result<(), Fault> {
        let operator = operator(caller)?.id;
        let address = match address {
            Some(address) => address.trim().to_owned(),
            None => self.known_address(caller, id, channel).await?,
        };
        let organization = self.organization(id).clone();
        let is_theirs = |leg: &crate::core::Leg| {
            *leg.address == *address
                && organization.channel_of(Some(leg)).as_deref() == Some(channel)
        };
        let state = &self.stored(id).state;
        let leg = state.legs.iter().find(|leg| is_theirs(leg)).cloned();
        let connection = leg
            .and_then(|leg| organization.connection(&leg.connection).cloned())
            .filter(|connection| !connection.capabilities.holds_connections)
            .ok_or(Fault::NotFound("address of this conversation"))?;
        self.opts_out(&connection, &address, id, &format!("operator {operator}"))
            .await?;
        self.touch(id);
        Ok(())
    }

    /// Where the visitor is to be reached on a channel that is named without an address: where they are or are being greeted, else where
    /// this conversation reached them before, else where another did or their lead says. A visitor may ask again for what they took back.
    async fn known_address(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        channel: &str,
    ) -> Result<String, Fault> {
        let state = &self.stored(id).state;
        let by_visitor = matches!(caller, Caller::Visitor(_));
        let now_at = match state.phase(self.now, &self.shared.rules) {
            Phase::Greeting(greeting) => Some(greeting.to),
            _ => None,
        };
        let mut legs: Vec<_> = state
            .numbered()
            .filter(|(leg, _)| self.channel(id, *leg) == channel)
            .filter(|(leg, of)| {
                let there = now_at == Some(*leg) || state.route.active == Some(*leg);
                let theirs = of.heard || of.arrived_by.is_some();
                by_visitor || there || (theirs && !of.taken_back && of.lost.is_none())
            })
            .collect();
        legs.sort_by_key(|(leg, of)| {
            let there = (now_at == Some(*leg), state.route.active == Some(*leg));
            (there, !of.taken_back && of.lost.is_none(), of.proof, *leg)
        });
        if let Some((_, leg)) = legs.last() {
            return Ok(leg.address.to_string());
        }
        let address = self.known_elsewhere(id, channel, by_visitor).await?;
        let address = address.ok_or(Fault::NoAddress)?;
        let organization = self.organization(id).clone();
        if let Some(offered) = organization.on(channel).next() {
            checked(offered, &address, &organization.countries)?;
        }
        Ok(address)
    }

    /// A connection on which the address is free for this conversation: the one it was reached on before, else the first of the pool that
    /// nobody else holds. With none free, one that is held: the guard refuses that, in a refusal's time.
    pub(super) async fn pair_for(
        &mut self,
        id: ConversationId,
        channel: &str,
        address: &str,
    ) -> Result<Target, Fault> {
        let organization = self.organization(id).clone();
        let known = |working: &Self, connection: &Connection| {
            working
                .stored(id)
                .state
                .leg_to(&connection.id, address)
                .is_some()
        };
        let mut pool: Vec<&Arc<Connection>> = organization.on(channel).collect();
        pool.sort_by_key(|connection| !known(self, connection));
        let mut taken = None;
        for connection in pool {
            let address = self
                .known_as(connection, &Address(address.to_owned()), &[])
                .await?;
            let holder = self.holder(connection, &address).await?;
            let free = holder.is_none_or(|holder| holder.conversation == id || holder.yields());
            let target = Target {
                reach: Reach::Remote,
                connection: connection.id.clone(),
                address: Text::from(address.as_str()),
                free,
                proof: Proof::Claimed,
                welcome: connection.welcome.clone(),
                welcome_template: connection.welcome_template.clone(),
            };
            if free {
                return Ok(target);
            }
            taken.get_or_insert(target);
        }
        taken.ok_or_else(|| Fault::NoSuchChannel(channel.to_owned()))
    }

    pub(super) fn message_in(
        &self,
        id: ConversationId,
        places: std::ops::RangeInclusive<Seq>,
    ) -> Option<(Seq, Event)> {
        self.new_entries(id)
            .iter()
            .rev()
            .find(|(seq, event)| {
                places.contains(seq) && matches!(event.kind, crate::core::Kind::Message(_))
            })
            .cloned()
    }
}

/// Something that is said.
#[derive(Clone, Copy)]
struct Saying<'a> {
    client_id: &'a str,
    text: &'a str,
    template: Option<&'a Chosen>,
    attachments: &'a [String],
}

impl Saying<'_> {
    /// What is compared when its client id comes again.
    fn digest(&self) -> String {
        match self.template {
            None => {
                let files = self.attachments.iter().map(String::as_str);
                let parts: Vec<&str> = ["post", self.text].into_iter().chain(files).collect();
                digest(&parts)
            }
            Some(chosen) => digest(&["template", &chosen.template.id, self.text]),
        }
    }
}

fn may_be_said(text: &str, connection: &Connection) -> Result<(), Fault> {
    not_too_long(text, connection)?;
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    Ok(())
}

fn not_too_long(text: &str, connection: &Connection) -> Result<(), Fault> {
    let limit = connection.capabilities.text_limit;
    let length = text.chars().count();
    if length > limit {
        return Err(Fault::TooLong { limit, length });
    }
    Ok(())
}

/// The web leg of a visitor: their token is the proof, and every window with it is a view of the log.
pub(super) fn window(visitor: String) -> Target {
    Target {
        reach: Reach::View,
        connection: Text::from(WEB),
        address: Text::from(visitor),
        free: true,
        proof: Proof::Linked,
        welcome: Text::from(""),
        welcome_template: None,
    }
}

fn view_of(organization: &super::connections::Organization) -> Result<Arc<Connection>, Fault> {
    organization
        .connection(WEB)
        .cloned()
        .ok_or_else(|| Fault::NoSuchChannel(WEB.to_owned()))
}

/// An address as we store it, where the text alone shows nothing against it.
pub(super) fn checked(
    connection: &Connection,
    raw: &str,
    countries: &[String],
) -> Result<String, Fault> {
    let bad = |error: &dyn std::fmt::Display| Fault::BadAddress(error.to_string());
    match connection.capabilities.asks {
        Some(contract::AddressKind::Phone) => {
            let number = phone::normalize(raw, None).map_err(|error| bad(&error))?;
            phone::check(&number, countries).map_err(|error| bad(&error))?;
            Ok(number.e164.0)
        }
        None => connection
            .channel
            .address(raw)
            .map(|address| address.0)
            .map_err(|error| bad(&error)),
    }
}

fn actor(caller: &Caller) -> Actor {
    match caller {
        Caller::Visitor(_) => Actor::Visitor,
        Caller::Operator(operator) => Actor::Operator(operator.id),
    }
}

fn operator(caller: &Caller) -> Result<&OperatorCaller, Fault> {
    match caller {
        Caller::Operator(operator) => Ok(operator),
        Caller::Visitor(_) => Err(Fault::Forbidden("only operators can do this")),
    }
}

fn network(caller: &Caller) -> &str {
    match caller {
        Caller::Visitor(visitor) => &visitor.network,
        Caller::Operator(operator) => &operator.network,
    }
}
