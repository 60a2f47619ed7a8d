//! What people ask of a conversation, and how each asking becomes a command of the machine.

mod posting;
mod reaching;

use std::sync::Arc;

use posting::{Saying, may_be_said};
pub(super) use reaching::{checked, window};

use super::commit::{Done, Work, Working};
use super::connections::{Connection, WEB};
use super::marks::Tells;
use super::templates::Chosen;
use super::token::{conversation_id, digest};
use super::{Caller, Fault, Gateway, OperatorCaller, VisitorCaller};
use crate::core::{
    Actor, Command, ConversationId, Event, InvitationId, LegId, OperatorId, Seq, Text,
};
use crate::store::conversations::{self, Stored};

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
        let there = stored.state.legs.iter().filter_map(|leg| {
            let connection = self.directory.connection(&leg.connection)?;
            (connection.capabilities.channel == channel)
                .then(|| (connection.clone(), vec![leg.address.to_string()]))
        });
        self.hush(there.collect()).await?;
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

fn view_of(organization: &super::connections::Organization) -> Result<Arc<Connection>, Fault> {
    organization
        .connection(WEB)
        .cloned()
        .ok_or_else(|| Fault::NoSuchChannel(WEB.to_owned()))
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
