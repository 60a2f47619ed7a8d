//! Going on elsewhere by the visitor's own hand: a one-time code that their phone sends (*writing first*), and a one-time link that
//! opens the conversation in a browser (*the way back*).
//!
//! A code is proof that whoever has the window has the phone, so its leg is *linked* at once and needs no welcome. A link is proof
//! only that whoever has the phone opened it: it shows the log from where that leg joined, unless the leg is linked.

use std::sync::Arc;

use super::commit::{Outcome, Work, Working};
use super::connections::{Connection, Organization};
use super::deeds::window;
use super::token::{self, Token, TokenKind, digest};
use super::{Caller, Fault, Gateway, VisitorCaller};
use crate::core::command::Words;
use crate::core::event::{Lost, Reach};
use crate::core::{
    Actor, Command, ConversationId, Kind, LegId, Proof, Seq, Status, Target, Text, Timestamp,
    VisitorId,
};
use crate::store::tickets::{self, Opens, Pass};
use crate::store::{contacts, conversations, pairs};

/// A code or link can be used for so long.
const LASTS: i64 = 15 * 60_000;
const HOUR: i64 = 3_600_000;
/// Codes that the windows of one conversation may ask for in an hour.
const CODES_PER_HOUR: i64 = 30;
/// Links that the phones of one conversation may ask for in an hour: two programs that answer each other end here.
const LINKS_PER_HOUR: i64 = 6;
/// What a code begins with, so that people see what it is for and we find it among other words.
const PREFIX: &str = "Chat-";

/// A link by which a visitor writes to us first.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The channel that it leads to.
    pub channel: String,
    /// Opens the visitor's own program with the text written.
    pub url: String,
    /// What it writes.
    pub text: String,
    /// Until when the code in it can be used.
    pub expires_at: Timestamp,
}

/// A browser that came by a link.
#[derive(Debug)]
pub struct Returned {
    /// Whose window it shows.
    pub visitor: VisitorId,
    /// The conversation.
    pub conversation: ConversationId,
    /// What the browser is known by from now on.
    pub token: Token,
}

impl Gateway {
    /// A link by which a visitor goes on with a conversation on a channel, by writing first.
    ///
    /// # Errors
    /// When the channel has none, or too many were asked for.
    pub async fn invite_to_write(
        &self,
        visitor: &VisitorCaller,
        id: ConversationId,
        channel: &str,
    ) -> Result<Invitation, Fault> {
        let work = Work::Code {
            visitor: visitor.clone(),
            id,
            channel: channel.to_owned(),
        };
        match self.committer.submit(work).await? {
            Outcome::Code(invitation) => Ok(*invitation),
            other => unreachable!("who asks for a code is given one, not {other:?}"),
        }
    }

    /// Opens a conversation in a browser, by a link that was asked for on a phone. Whoever is known to be its visitor already proves by
    /// it that the phone is theirs.
    ///
    /// # Errors
    /// `LinkGone` for a link that is used, old or none of ours.
    pub async fn return_by(
        &self,
        link: &Token,
        known: Option<VisitorId>,
    ) -> Result<Returned, Fault> {
        if self.directory.organization(link.organization()).is_none() {
            return Err(Fault::LinkGone);
        }
        let work = Work::Return {
            organization: Arc::from(link.organization()),
            link_hash: link.hash(),
            known,
        };
        match self.committer.submit(work).await? {
            Outcome::Returned(returned) => Ok(*returned),
            other => unreachable!("who opens a link is let in, not {other:?}"),
        }
    }
}

impl Working<'_> {
    pub(super) async fn issue_code(
        &mut self,
        visitor: &VisitorCaller,
        id: ConversationId,
        channel: &str,
    ) -> Result<Invitation, Fault> {
        let organization = visitor.organization.clone();
        let stored = self.conversation(&organization.id, id).await?;
        if !Caller::Visitor(visitor.clone()).may_see(stored) {
            return Err(Fault::NotFound("conversation"));
        }
        self.within(id, Opens::Code, CODES_PER_HOUR).await?;
        let code = token::code();
        let text = format!("{PREFIX}{}-{}", &code[..5], &code[5..]);
        // The connection that this conversation knows already, else the first.
        let mut pool: Vec<&Arc<Connection>> = organization.on(channel).collect();
        let legs = &self.stored(id).state.legs;
        pool.sort_by_key(|connection| !legs.iter().any(|leg| *leg.connection == *connection.id));
        let url = pool
            .into_iter()
            .find_map(|connection| connection.channel.link(&text))
            .ok_or_else(|| Fault::NoSuchChannel(channel.to_owned()))?;
        let expires_at = self.now.plus(LASTS);
        tickets::issue(
            self.conn,
            &organization.id,
            &digest(&["code", &code]),
            Opens::Code,
            (id, None),
            (self.now, expires_at),
        )
        .await?;
        Ok(Invitation {
            channel: channel.to_owned(),
            url,
            text,
            expires_at,
        })
    }

    async fn within(&mut self, id: ConversationId, opens: Opens, limit: i64) -> Result<(), Fault> {
        let organization = self.organization(id).id.clone();
        let since = self.now.plus(-HOUR);
        let issued = tickets::issued_since(self.conn, &organization, id, opens, since).await?;
        if issued >= limit {
            return Err(Fault::RateLimited {
                retry_after: std::time::Duration::from_secs(600),
            });
        }
        Ok(())
    }

    /// The conversation that a one-time code in somebody's words leads to, and with that code used up. From an address that has opted out
    /// no switch comes of it: then it is left for another phone, or for this one once it has opted in.
    pub(super) async fn use_code(
        &mut self,
        connection: &Connection,
        address: &str,
        text: &str,
    ) -> Result<Option<ConversationId>, Fault> {
        let Some(code) = code_in(text) else {
            return Ok(None);
        };
        let hash = digest(&["code", &code]);
        let (organization, channel) = (&connection.organization, &connection.capabilities.channel);
        let found = if pairs::opted_out(self.conn, organization, channel, address).await? {
            tickets::find(self.conn, organization, &hash, Opens::Code, self.now).await?
        } else {
            tickets::use_up(self.conn, organization, &hash, Opens::Code, self.now).await?
        };
        Ok(found.map(|ticket| ticket.conversation))
    }

    /// Whoever wrote has the phone and the window both: the conversation goes on where they wrote, whoever held that pair before.
    /// Answers the conversation that their words belong to.
    pub(super) async fn arrive(
        &mut self,
        connection: &Arc<Connection>,
        address: &str,
        id: ConversationId,
    ) -> Result<(ConversationId, Target), Fault> {
        let organization = connection.organization.clone();
        self.conversation(&organization, id).await?;
        let mut id = id;
        // The visitor has begun another conversation since: that is the one they are in.
        if self.stored(id).state.status == Status::Resolved {
            self.settle_rows().await?;
            let visitor = self.stored(id).visitor;
            let widget = self.stored(id).widget.clone();
            if let Some(open) =
                conversations::open_of(self.conn, &organization, visitor, &widget).await?
            {
                self.conversation(&organization, open).await?;
                id = open;
            }
        }
        self.take_over(connection, address, id).await?;
        let visitor = self.stored(id).visitor;
        contacts::link(self.conn, &organization, &connection.id, address, visitor).await?;
        let target = Target {
            reach: Reach::Remote,
            connection: connection.id.clone(),
            address: Text::from(address),
            free: true,
            proof: Proof::Linked,
            welcome: connection.welcome.clone(),
            welcome_template: connection.welcome_template.clone(),
        };
        let channel = connection.capabilities.channel.clone();
        // Their code is no word of opting in.
        if !pairs::opted_out(self.conn, &organization, &channel, address).await? {
            let command = Command::Switch {
                by: Actor::Visitor,
                target: target.clone(),
                own_text: true,
                invitation: None,
            };
            match self.run(id, command).await {
                Ok(()) | Err(Fault::Refused { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok((id, target))
    }

    /// The pair leads to that conversation from now on; the one that had it loses the leg.
    async fn take_over(
        &mut self,
        connection: &Arc<Connection>,
        address: &str,
        id: ConversationId,
    ) -> Result<(), Fault> {
        let organization = connection.organization.clone();
        let holder = self.holder(connection, address).await?;
        if let Some(holder) = holder.filter(|holder| holder.conversation != id) {
            let had = self
                .conversation(&organization, holder.conversation)
                .await?;
            let (had_id, leg) = (had.id, had.state.leg_to(&connection.id, address));
            if let Some(leg) = leg {
                let why = Lost::Moved;
                self.run(had_id, Command::Lost { leg, why }).await?;
            }
        }
        pairs::move_to(self.conn, &organization, &connection.id, address, id).await?;
        self.forget_holder(connection, address);
        Ok(())
    }

    /// Answers the word that asks for the way back, if that is what was said: with a link that works once.
    pub(super) async fn offer_return(
        &mut self,
        id: ConversationId,
        leg: LegId,
        text: &str,
    ) -> Result<(), Fault> {
        let organization = self.organization(id).clone();
        let Some(answer) = organization.way_back.answer(text) else {
            return Ok(());
        };
        match self.within(id, Opens::Return, LINKS_PER_HOUR).await {
            Err(Fault::RateLimited { .. }) => return Ok(()),
            other => other?,
        }
        let link = Token::new(&organization.id, TokenKind::Return);
        tickets::issue(
            self.conn,
            &organization.id,
            &link.hash(),
            Opens::Return,
            (id, Some(leg)),
            (self.now, self.now.plus(LASTS)),
        )
        .await?;
        let url = format!(
            "{}/chat/{}#return={}",
            self.shared.public_url,
            organization.widget_key,
            link.expose()
        );
        let answer = answer
            .replace("{organization}", &organization.name)
            .replace("{link}", &url);
        let words = Words {
            text: Text::from(answer),
            ..Words::default()
        };
        self.run(id, Command::Notify { leg, words }).await
    }

    pub(super) async fn come_back(
        &mut self,
        organization: &str,
        link_hash: &str,
        known: Option<VisitorId>,
    ) -> Result<Returned, Fault> {
        let ticket = tickets::use_up(self.conn, organization, link_hash, Opens::Return, self.now)
            .await?
            .ok_or(Fault::LinkGone)?;
        let (id, leg) = (ticket.conversation, ticket.leg.ok_or(Fault::LinkGone)?);
        let stored = self.conversation(organization, id).await?;
        let (visitor, resolved) = (stored.visitor, stored.state.status == Status::Resolved);
        let linked = stored
            .state
            .leg(leg)
            .is_some_and(|leg| leg.proof == Proof::Linked);
        let is_theirs = known == Some(visitor);
        if is_theirs {
            let proof = Proof::Linked;
            self.run(id, Command::Prove { leg, proof }).await?;
            if let Some(of) = self.stored(id).state.leg(leg).cloned() {
                let (connection, address) = (&of.connection, &of.address);
                contacts::link(self.conn, organization, connection, address, visitor).await?;
            }
        }
        let since = if linked || is_theirs {
            0
        } else {
            self.joined(id, leg).await?
        };
        let token = Token::new(organization, TokenKind::Visitor);
        let pass = Pass {
            visitor,
            conversation: id,
            leg,
            since,
        };
        tickets::give_pass(self.conn, organization, &token.hash(), pass, self.now).await?;
        if !resolved {
            let command = Command::Switch {
                by: Actor::Visitor,
                target: window(visitor.to_string()),
                own_text: false,
                invitation: None,
            };
            match self.run(id, command).await {
                Ok(()) | Err(Fault::Refused { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(Returned {
            visitor,
            conversation: id,
            token,
        })
    }

    /// The first entry of the log after which something may have been said to that leg.
    async fn joined(&mut self, id: ConversationId, leg: LegId) -> Result<Seq, Fault> {
        if leg.0 == 1 {
            return Ok(1);
        }
        self.settle_rows().await?;
        let organization = self.organization(id).id.clone();
        let mut after = 0;
        loop {
            let page =
                conversations::events(&mut *self.conn, &organization, id, after, super::PAGE)
                    .await?;
            let Some((last, _)) = page.last() else {
                // It never joined: nothing of what was said is theirs.
                return Ok(self.stored(id).state.last_seq + 1);
            };
            after = *last;
            let joined = page.iter().find(|(_, event)| match &event.kind {
                Kind::Switched { to, .. } => *to == leg,
                Kind::Message(message) => message.leg == leg && message.author == Actor::Visitor,
                _ => false,
            });
            if let Some((seq, _)) = joined {
                return Ok(*seq);
            }
        }
    }

    /// The conversation that words from a pair nobody holds belong to, where the address is linked to a visitor who has one open.
    pub(super) async fn open_of_linked(
        &mut self,
        organization: &Organization,
        visitor: VisitorId,
    ) -> Result<Option<ConversationId>, Fault> {
        self.settle_rows().await?;
        let open = conversations::open_of(
            self.conn,
            &organization.id,
            visitor,
            super::connections::WEB,
        )
        .await?;
        if let Some(id) = open {
            self.conversation(&organization.id, id).await?;
        }
        Ok(open)
    }
}

/// What an organization answers to who asks for the way back: to each word, upper case, a text with `{organization}` and `{link}` in it.
#[derive(Clone, Debug, Default)]
pub struct WayBack(pub Vec<(String, String)>);

impl WayBack {
    /// The word to tell people: the first.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        self.0.first().map(|(word, _)| &**word)
    }

    /// The answer to these words, where they ask for it and say nothing else.
    fn answer(&self, text: &str) -> Option<&str> {
        let said = text
            .trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
            .to_uppercase();
        let (_, answer) = self.0.iter().find(|(word, _)| *word == said)?;
        Some(answer)
    }
}

/// The code in somebody's words, if there is one, as it was made: people may have written around it.
fn code_in(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find("chat-") {
        // Lower case changes no lengths where only ASCII is changed.
        rest = &rest[at + PREFIX.len()..];
        let code: String = rest
            .chars()
            .filter(|c| *c != '-')
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_uppercase();
        if code.len() == token::CODE_LENGTH {
            return Some(code);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_among_other_words() {
        for text in [
            "Chat-ABCDE-12345",
            "/start Chat-ABCDE-12345",
            "hello chat-abcde12345 it is me",
            "chat-\u{e9} Chat-abcde-12345.",
        ] {
            assert_eq!(code_in(text).as_deref(), Some("ABCDE12345"), "{text}");
        }
        for text in [
            "",
            "Chat-",
            "Chat-ABCDE",
            "chat with me",
            "Chat-ABCDE-123456",
        ] {
            assert_eq!(code_in(text), None, "{text}");
        }
    }

    #[test]
    fn the_word_for_the_way_back_stands_alone() {
        let way_back = WayBack(vec![
            ("WEB".to_owned(), "{organization}: {link}".to_owned()),
            ("ويب".to_owned(), "{link} :{organization}".to_owned()),
        ]);
        for text in ["WEB", "web", " Web. "] {
            assert_eq!(
                way_back.answer(text),
                Some("{organization}: {link}"),
                "{text}"
            );
        }
        assert_eq!(way_back.answer("ويب"), Some("{link} :{organization}"));
        for text in ["", "web page", "cobweb"] {
            assert_eq!(way_back.answer(text), None, "{text}");
        }
    }
}
