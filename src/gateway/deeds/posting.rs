//! What somebody says: checked, said once, and kept from being said twice.

use std::sync::Arc;

use super::{view_of, window};
use crate::core::command::Words;
use crate::core::event::Attachment;
use crate::core::{Command, ConversationId, LegId, Seq, Text};
use crate::gateway::attachments::in_the_log;
use crate::gateway::commit::{self, Done, Working};
use crate::gateway::connections::Connection;
use crate::gateway::templates::Chosen;
use crate::gateway::token::digest;
use crate::gateway::{Caller, Fault};
use crate::store::conversations::ClientKey;

impl Working<'_> {
    pub(super) async fn post(
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
    pub(super) async fn repeated(
        &mut self,
        caller: &Caller,
        id: Option<ConversationId>,
        client_id: &str,
        asked: &str,
    ) -> Result<Option<Done>, Fault> {
        let organization = caller.organization().id.clone();
        let author = commit::author_of(caller);
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

    pub(super) fn remember(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        client_id: &str,
        digest: String,
        seq: Seq,
    ) {
        self.use_client_key(ClientKey {
            organization: caller.organization().id.to_string(),
            author: commit::author_of(caller),
            client_id: client_id.to_owned(),
            conversation: id,
            seq,
            digest,
        });
    }
}

/// Something that is said.
#[derive(Clone, Copy)]
pub(super) struct Saying<'a> {
    pub(super) client_id: &'a str,
    pub(super) text: &'a str,
    pub(super) template: Option<&'a Chosen>,
    pub(super) attachments: &'a [String],
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

pub(super) fn may_be_said(text: &str, connection: &Connection) -> Result<(), Fault> {
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
