//! One socket's view of this server: what the web channel's loop asks for, in the words of the gateway.

use std::collections::HashMap;
use std::sync::Arc;

use adapter_web::frames::You;
use adapter_web::{Answer, Close, Entry, Host, In, News, Out, Page};

use super::commands::refusal;
use super::followed::{Followed, ReadsOn};
use crate::api::extract::unreadable;
use crate::api::view::{Delivery, Reader, Scene, time};
use crate::api::{Api, Present, Problem};
use crate::bus::{Change, Mailbox, Topic};
use crate::core::delivery::State;
use crate::core::{ConversationId, Event, Kind, OperatorId, Seq};
use crate::gateway::presence::HereGuard;
use crate::gateway::token::{self, Token};
use crate::gateway::{self, Caller, Deed, Fault};
use crate::store::conversations::{Cursors, Stored};
use crate::telemetry::metrics::{OpenSocket, SocketKind};

/// Sockets that are sent away come back within so many milliseconds, spread.
const AWAY: (u64, i64) = (500, 4_500);

/// What came with the upgrade.
#[derive(Debug)]
pub(super) struct Door {
    network: String,
    session: Option<Token>,
}

/// A socket that is being served.
pub(super) struct Visit {
    pub(super) api: Arc<Api>,
    mailbox: Arc<Mailbox>,
    door: Option<Box<Door>>,
    pub(super) guest: Option<Guest>,
    followed: Vec<Followed>,
}

pub(super) struct Guest {
    caller: Caller,
    _here: HereGuard,
    /// The conversation that a visitor had open when they came.
    at: Option<ConversationId>,
    pub(super) desk: Option<Box<Desk>>,
    _open: OpenSocket,
}

/// What only operators' sockets need.
#[derive(Debug)]
pub(super) struct Desk {
    token: Token,
    /// How each colleague was last said to be present.
    pub(super) presences: HashMap<OperatorId, String>,
}

impl Visit {
    pub(super) fn door(network: String, session: Option<Token>) -> Door {
        Door { network, session }
    }

    pub(super) fn new(api: Arc<Api>, door: Door) -> Self {
        let mailbox = api.gateway.listen([]);
        Self {
            api,
            mailbox,
            door: Some(Box::new(door)),
            guest: None,
            followed: Vec::new(),
        }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self
            .guest
            .as_ref()
            .expect("only who was welcomed is served")
            .caller
    }

    pub(super) fn follows(&self, id: ConversationId) -> bool {
        self.followed.iter().any(|followed| followed.id == id)
    }

    async fn let_in(&mut self, token: Token, network: &str) -> Result<(), Close> {
        let gateway = &self.api.gateway;
        let later = |_: Fault| Close::Restart { after: away() };
        let caller = gateway
            .authenticate(&token, network)
            .await
            .map_err(later)?
            .ok_or(Close::Token)?;
        self.guest = Some(match &caller {
            Caller::Visitor(visitor) => {
                let at = gateway.open_conversation_of(visitor).await.map_err(later)?;
                let here = gateway.visitor_socket(visitor);
                if let Some(at) = at {
                    gateway.visitor_is_at(visitor, at);
                }
                Guest {
                    _here: here,
                    at,
                    desk: None,
                    _open: OpenSocket::new(SocketKind::Visitor),
                    caller,
                }
            }
            Caller::Operator(operator) => {
                gateway.hub.listen(
                    Topic::Organization(operator.organization.id.clone()),
                    &self.mailbox,
                );
                let here = gateway.operator_socket(operator);
                let known = gateway.operators(&operator.organization.id).into_iter();
                let presences = known
                    .map(|colleague| (colleague.id, colleague.presence))
                    .collect();
                let desk = Some(Box::new(Desk { token, presences }));
                Guest {
                    _here: here,
                    at: None,
                    desk,
                    _open: OpenSocket::new(SocketKind::Operator),
                    caller,
                }
            }
        });
        Ok(())
    }

    fn welcome_frame(&self) -> String {
        let now = time(self.api.gateway.now());
        let (you, at) = match self.caller() {
            Caller::Visitor(visitor) => {
                let at = self.guest.as_ref().and_then(|guest| guest.at);
                (
                    You {
                        kind: "visitor",
                        id: visitor.id.to_string(),
                        name: None,
                        role: None,
                    },
                    at,
                )
            }
            Caller::Operator(operator) => {
                let (name, role) = (Some(operator.name.as_str()), Some(operator.role.as_str()));
                (
                    You {
                        kind: "operator",
                        id: operator.id.to_string(),
                        name,
                        role,
                    },
                    None,
                )
            }
        };
        Out::Welcome {
            now,
            you,
            conversation: at.map(|id| id.to_string()),
        }
        .text()
    }

    fn scene<T>(&self, stored: &Stored, look: impl FnOnce(&Scene<'_>) -> T) -> T {
        let names = |id| self.api.name(stored, id);
        let caller = self.caller();
        look(&Scene {
            organization: caller.organization(),
            stored,
            reader: Reader::of(caller),
            pass: caller.pass(),
            names: &names,
        })
    }

    fn entry(
        &self,
        scene: &Scene<'_>,
        conversation: &str,
        (seq, event): &(Seq, Event),
        present: &Present,
    ) -> Entry {
        let shown = scene.event(*seq, event, present.way(*seq));
        let frame = shown.map(|mut event| {
            event.stand(&self.api.files(&scene.stored.organization, present));
            Out::Event {
                conversation,
                seq: *seq,
                event,
            }
            .text()
        });
        Entry {
            seq: *seq,
            frame,
            words: scene.is_from_the_other_side(event),
        }
    }

    async fn read(&mut self, id: ConversationId, after: Seq) -> Result<Page, Fault> {
        let gateway::Page {
            stored,
            entries,
            more,
        } = self.api.gateway.events(self.caller(), id, after).await?;
        let present = self.api.present(&stored, &entries).await?;
        self.list(id, &entries);
        let conversation = id.to_string();
        let marked = match self.caller() {
            Caller::Visitor(_) => stored.cursors.visitor_seen,
            Caller::Operator(_) => stored.cursors.operator_seen,
        };
        let entries = self.scene(&stored, |scene| {
            let shown = entries
                .iter()
                .map(|entry| self.entry(scene, &conversation, entry, &present));
            shown.collect()
        });
        Ok(Page {
            entries,
            more,
            last_seq: stored.state.last_seq,
            marked,
        })
    }

    async fn begin_following(
        &mut self,
        conversation: &str,
        after: Seq,
    ) -> Result<(ConversationId, Page), Fault> {
        let id = conversation
            .parse()
            .map_err(|_| Fault::NotFound("conversation"))?;
        // First whether it is theirs, then to listen, then to read: so nothing is heard that is not theirs, and nothing missed.
        let stored = self.api.gateway.conversation(self.caller(), id).await?;
        if after > stored.state.last_seq {
            return Err(Fault::Ahead {
                last_seq: stored.state.last_seq,
            });
        }
        self.api
            .gateway
            .hub
            .listen(Topic::Conversation(id), &self.mailbox);
        self.followed.retain(|followed| followed.id != id);
        self.followed.push(Followed::new(id, stored.cursors, after));
        let page = self.read(id, after).await?;
        Ok((id, page))
    }

    /// A stretch of the log with how far its messages have got.
    async fn stretch(
        &self,
        id: ConversationId,
        from: Seq,
        to: Seq,
    ) -> Result<(Stored, Vec<Told>), Fault> {
        let mut page = self
            .api
            .gateway
            .events(self.caller(), id, from.saturating_sub(1))
            .await?;
        page.entries.retain(|(seq, _)| *seq <= to);
        let present = self.api.present(&page.stored, &page.entries).await?;
        let told = page
            .entries
            .into_iter()
            .map(|(seq, event)| (seq, event, present.way(seq)))
            .collect();
        Ok((page.stored, told))
    }

    /// Remembers messages that are about to be sent.
    fn list(&mut self, id: ConversationId, entries: &[(Seq, Event)]) {
        if let Some(followed) = self.followed.iter_mut().find(|followed| followed.id == id) {
            followed.list(entries);
        }
    }

    async fn sides_read_on(
        &mut self,
        id: ConversationId,
        cursors: Cursors,
    ) -> Result<Vec<String>, Fault> {
        let Some(followed) = self.followed.iter_mut().find(|followed| followed.id == id) else {
            return Ok(Vec::new());
        };
        match followed.reads_on(cursors) {
            ReadsOn::Told(moved) => {
                let frame =
                    |(seq, state): (Seq, State)| delivery_frame(id, seq, &Delivery::as_seen(state));
                Ok(moved.into_iter().map(frame).collect())
            }
            ReadsOn::Look { before, from, to } => {
                let (stored, told) = self.stretch(id, from, to).await?;
                let old = Stored {
                    cursors: before,
                    ..stored.clone()
                };
                let had = self.scene(&old, |scene| deliveries(scene, &told));
                let have = self.scene(&stored, |scene| deliveries(scene, &told));
                let news = have.into_iter().filter(|delivery| !had.contains(delivery));
                Ok(news
                    .map(|(seq, delivery)| delivery_frame(id, seq, &delivery))
                    .collect())
            }
        }
    }

    async fn conversation_frame(&self, stored: &Stored) -> Result<String, Fault> {
        let caller = self.caller();
        let conversation = self.api.show(Reader::of(caller), caller, stored).await?;
        Ok(Out::Conversation { conversation }.text())
    }
}

impl Host for Visit {
    type Id = ConversationId;
    type Change = Arc<Change>;
    type Cursors = Cursors;

    async fn welcome(&mut self, token: Option<String>) -> Result<String, Close> {
        let door = self.door.take().ok_or(Close::Token)?;
        let token = match token {
            Some(text) => Token::parse(&text),
            None => door.session,
        };
        self.let_in(token.ok_or(Close::Token)?, &door.network)
            .await?;
        Ok(self.welcome_frame())
    }

    async fn still_welcome(&mut self) -> bool {
        let Some(desk) = self.guest.as_ref().and_then(|guest| guest.desk.as_ref()) else {
            return true;
        };
        let Caller::Operator(operator) = self.caller() else {
            return true;
        };
        // Where storage does not answer, nobody is sent away for it.
        !matches!(
            self.api
                .gateway
                .authenticate(&desk.token, &operator.network)
                .await,
            Ok(None)
        )
    }

    async fn follow(
        &mut self,
        conversation: &str,
        after: u64,
    ) -> Result<(ConversationId, Page), Answer> {
        let followed = self.begin_following(conversation, after).await;
        followed.map_err(|fault| refusal(Problem::from(fault).with("conversation", conversation)))
    }

    fn ignore(&mut self, id: ConversationId) {
        self.followed.retain(|followed| followed.id != id);
        self.api
            .gateway
            .hub
            .ignore(&Topic::Conversation(id), &self.mailbox);
    }

    async fn page(&mut self, id: ConversationId, after: u64) -> Result<Page, Answer> {
        self.read(id, after)
            .await
            .map_err(|fault| refusal(Problem::from(fault)))
    }

    async fn perform(&mut self, frame: In) -> Answer {
        match self.answer(frame).await {
            Ok((_, answer)) => answer,
            Err(problem) => refusal(problem),
        }
    }

    fn refuse(&self, error: &serde_json::Error) -> Answer {
        refusal(unreadable(error, None))
    }

    async fn news(&mut self) -> News<ConversationId, Arc<Change>, Cursors> {
        loop {
            let mail = self.mailbox.take().await;
            if let Some(news) = self.open(mail) {
                return news;
            }
        }
    }

    fn entries(&mut self, change: &Arc<Change>, after: u64) -> Option<Vec<Entry>> {
        if change.stored.state.last_seq <= after {
            return Some(Vec::new());
        }
        if change
            .entries
            .first()
            .is_none_or(|(first, _)| *first > after + 1)
        {
            return None;
        }
        let conversation = change.stored.id.to_string();
        self.list(change.stored.id, &change.entries);
        let new = change.entries.iter().filter(|(seq, _)| *seq > after);
        Some(self.scene(&change.stored, |scene| {
            // It was committed just now: the log says all there is to know.
            let present = Present::default();
            new.map(|entry| self.entry(scene, &conversation, entry, &present))
                .collect()
        }))
    }

    fn only_words(&self, change: &Arc<Change>) -> bool {
        let words = |event: &Event| matches!(&event.kind, Kind::Message(message) if message.welcome.is_none());
        !change.entries.is_empty() && change.entries.iter().all(|(_, event)| words(event))
    }

    async fn shown(&mut self, change: Arc<Change>) -> Option<String> {
        // Who may see less than others has a frame of their own.
        if self.caller().pass().is_some() {
            return self.conversation_frame(&change.stored).await.ok();
        }
        let written = match Reader::of(self.caller()) {
            Reader::Operator => &change.for_operators,
            Reader::Visitor => &change.for_visitor,
        };
        let frame = written
            .get_or_try_init(async || self.conversation_frame(&change.stored).await.map(Arc::from))
            .await;
        frame.ok().map(|frame| frame.to_string())
    }

    async fn stands(&mut self, id: ConversationId) -> Option<String> {
        let stored = self
            .api
            .gateway
            .conversation(self.caller(), id)
            .await
            .ok()?;
        self.conversation_frame(&stored).await.ok()
    }

    async fn deliveries(&mut self, id: ConversationId, from: u64, to: u64) -> Vec<String> {
        let Ok((stored, told)) = self.stretch(id, from, to).await else {
            return Vec::new();
        };
        let deliveries = self.scene(&stored, |scene| deliveries(scene, &told));
        let mut frames: Vec<String> = deliveries
            .into_iter()
            .map(|(seq, delivery)| delivery_frame(id, seq, &delivery))
            .collect();
        frames.extend(self.fetched(&stored, &told).await);
        frames
    }

    async fn read_on(&mut self, id: ConversationId, cursors: Cursors) -> Vec<String> {
        self.sides_read_on(id, cursors).await.unwrap_or_default()
    }

    /// Not waited for: a socket must not stand still for the commit of a mark, and a lost one is made up for by the next.
    async fn mark(&mut self, id: ConversationId, seq: u64) {
        let (api, caller) = (self.api.clone(), self.caller().clone());
        tokio::spawn(async move {
            if let Err(fault) = api.gateway.act(&caller, id, Deed::Seen { seq }).await {
                tracing::debug!(%fault, "what was shown could not be marked");
            }
        });
    }

    fn away(&self) -> u64 {
        away()
    }
}

/// An entry of a stretch, and how far it has got on its way.
pub(super) type Told = (Seq, Event, Option<State>);

fn deliveries(scene: &Scene<'_>, told: &[Told]) -> Vec<(Seq, Delivery)> {
    let message = |(seq, event, way): &Told| match &event.kind {
        Kind::Message(message) => Some((*seq, scene.delivery(*seq, message, *way))),
        _ => None,
    };
    told.iter().filter_map(message).collect()
}

fn delivery_frame(id: ConversationId, seq: Seq, delivery: &Delivery) -> String {
    let frame: Out<'_, ()> = Out::Delivery {
        conversation: &id.to_string(),
        seq,
        state: delivery.state,
        reason: delivery.reason,
    };
    frame.text()
}

fn away() -> u64 {
    let (least, spread) = AWAY;
    least + token::below(spread).cast_unsigned()
}
