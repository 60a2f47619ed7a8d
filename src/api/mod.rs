//! HTTP, as others see us: one file a noun, one route table, one error envelope, and the document made from them.
//!
//! * `listening`: connections, and how long a client may take
//! * [`routes`]: the route table and the API document
//! * `visitors`, `conversations`, `messages`, `attachments`, `switch`, `invitation`, `desk`, `leads`, `session`, `operators`, `organization`,
//!   `widgets`: one noun each
//! * [`socket`]: what the web channel's loop asks of this server
//! * `webhooks`, `health`, `simulator`, `demo`, `pages`, `docs`: for providers, for operations, and for people
//! * [`view`]: how things look from outside, to whom
//! * [`problem`]: the error envelope
//! * `extract`, [`asker`], [`cookie`], [`network`]: what a request carries, and who asks
//! * [`origins`], `edge`: what every request passes on its way in and out

pub mod asker;
mod attachments;
mod conversations;
pub mod cookie;
mod demo;
mod desk;
mod docs;
mod edge;
mod extract;
mod health;
mod invitation;
mod leads;
mod links;
mod listening;
mod messages;
pub mod network;
mod operators;
mod organization;
pub mod origins;
mod pages;
pub mod problem;
pub mod routes;
mod session;
mod simulator;
pub mod socket;
mod switch;
mod templates;
pub mod view;
mod visitors;
mod webhooks;
mod widgets;

use std::sync::Arc;

use ::simulator::Simulator;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{BaseUrl, Limits, Origin};
use crate::core::conversation::Outcome;
use crate::core::delivery::State;
use crate::core::{ConversationId, Event as Entry, Facts, Kind, OperatorId, Reason, Refusal, Seq};
use crate::gateway::{Caller, Deed, Done, Fault, Gateway};
use crate::store::attachments::Attachment;
use crate::store::conversations::Stored;
use crate::telemetry::metrics::Metrics;
pub use demo::Demo;
pub use listening::serve;
pub use problem::Problem;
pub use routes::{openapi_json, router};
use view::conversation::{Elsewhere, Moment};
use view::{Reader, Scene};

/// What the API is made of.
pub struct ApiState {
    /// What does the work.
    pub gateway: Arc<Gateway>,
    /// The origins of our own pages: see [`Server::own_origins`](crate::config::Server::own_origins).
    pub own_origins: Vec<Origin>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How much one server, network or visitor may use.
    pub limits: Limits,
    /// Where browsers and providers reach this server.
    pub public_url: BaseUrl,
    /// Set in the demonstration.
    pub demo: Option<Demo>,
    /// The carrier in the product, where it is switched on; its phones are open to all in the demonstration, else to owners.
    pub simulator: Option<Simulator>,
    /// The numbers of this process, for `/metrics`.
    pub metrics: &'static Metrics,
    /// Cancelled when the server goes down: sockets are closed with a hint when to come back, and `/readyz` says no.
    pub stop: CancellationToken,
    /// Every open socket: to be closed and waited for after `stop`.
    pub sockets: TaskTracker,
}

/// What every handler has at hand.
pub struct Api {
    gateway: Arc<Gateway>,
    origins: origins::Origins,
    trusted_proxies: Vec<IpNet>,
    public_url: BaseUrl,
    metrics: &'static Metrics,
    demo: Option<Demo>,
    stop: CancellationToken,
    sockets: TaskTracker,
    crowd: socket::Crowd,
    frames_per_10s: socket::Frames,
    readiness: health::Readiness,
}

impl Api {
    fn new(state: ApiState) -> Self {
        Self {
            origins: origins::Origins::new(state.own_origins, &state.gateway.directory),
            crowd: socket::Crowd::new(&state.limits),
            frames_per_10s: socket::Frames::new(&state.limits),
            readiness: health::Readiness::default(),
            gateway: state.gateway,
            trusted_proxies: state.trusted_proxies,
            public_url: state.public_url,
            metrics: state.metrics,
            demo: state.demo,
            stop: state.stop,
            sockets: state.sockets,
        }
    }

    /// Browsers come over TLS.
    fn secure(&self) -> bool {
        self.public_url.is_https()
    }

    /// Does a deed, and says why where it is not done.
    async fn act(&self, caller: &Caller, id: ConversationId, deed: Deed) -> Result<Done, Problem> {
        match self.gateway.act(caller, id, deed).await {
            Ok(done) => Ok(done),
            Err(fault) => Err(self.problem(caller, fault).await),
        }
    }

    /// A fault with what is needed to go on.
    async fn problem(&self, caller: &Caller, fault: Fault) -> Problem {
        let Fault::Refused { refusal, stored } = fault else {
            return fault.into();
        };
        let names = |id| self.name(&stored, id);
        let scene = Scene {
            organization: caller.organization(),
            stored: &stored,
            reader: Reader::of(caller),
            pass: caller.pass(),
            names: &names,
        };
        let now = self.gateway.now();
        let switch = scene.switch(now, &self.gateway.rules);
        let holder = match &refusal {
            Refusal::Held(holder) => Some(scene.holder(*holder)),
            _ => None,
        };
        let active_leg = match &refusal {
            Refusal::LegChanged(_) => {
                let facts = self.facts(&stored).await.unwrap_or_default();
                scene.active_leg(&self.moment(&stored, &facts))
            }
            _ => None,
        };
        let other = match &refusal {
            Refusal::Superseded(id) => Some(id.to_string()),
            _ => None,
        };
        let waits = matches!(
            refusal,
            Refusal::SwitchPending | Refusal::WindowOpen | Refusal::WindowClosed
        );
        let problem = Problem::from(Fault::Refused {
            refusal,
            stored: stored.clone(),
        });
        match (holder, active_leg, other) {
            (Some(holder), ..) => problem.with("holder", holder),
            (_, Some(leg), _) => problem.with("active_leg", leg),
            (.., Some(id)) => problem.with("conversation", id),
            _ if waits => problem.with("switch", switch).with("now", view::time(now)),
            _ => problem,
        }
    }

    /// A conversation as the caller sees it.
    async fn conversation(
        &self,
        caller: &Caller,
        stored: &Stored,
    ) -> Result<view::Conversation, Problem> {
        let reader = Reader::of(caller);
        let elsewhere = match reader {
            Reader::Visitor => None,
            Reader::Operator => Some(self.elsewhere(caller, stored).await?),
        };
        Ok(self
            .scene(reader, caller, stored, elsewhere.as_ref())
            .await?)
    }

    /// A conversation as a row of the inbox: what only other conversations of its visitor know is left out.
    async fn row(&self, caller: &Caller, stored: &Stored) -> Result<view::Conversation, Problem> {
        Ok(self.show(Reader::of(caller), caller, stored).await?)
    }

    /// What is known beyond a conversation: more addresses of its visitor, and who has the pair that it was refused.
    async fn elsewhere(&self, caller: &Caller, stored: &Stored) -> Result<Elsewhere, Fault> {
        let known = self.gateway.known_of(caller.organization(), stored.visitor);
        let held = stored
            .state
            .route
            .last
            .filter(|last| last.outcome == Outcome::Failed(Reason::Held));
        let held_by = match held {
            Some(last) => self.gateway.holder_of(stored, last.to).await?,
            None => None,
        };
        let (lead, known) = known.await?;
        Ok(Elsewhere {
            lead,
            known,
            held_by,
        })
    }

    async fn show(
        &self,
        reader: Reader,
        caller: &Caller,
        stored: &Stored,
    ) -> Result<view::Conversation, Fault> {
        self.scene(reader, caller, stored, None).await
    }

    async fn scene(
        &self,
        reader: Reader,
        caller: &Caller,
        stored: &Stored,
        elsewhere: Option<&Elsewhere>,
    ) -> Result<view::Conversation, Fault> {
        let facts = self.facts(stored).await?;
        let names = |id| self.name(stored, id);
        let scene = Scene {
            organization: caller.organization(),
            stored,
            reader,
            pass: caller.pass(),
            names: &names,
        };
        Ok(scene.conversation(&self.moment(stored, &facts), elsewhere))
    }

    async fn facts(&self, stored: &Stored) -> Result<Vec<Facts>, Fault> {
        self.gateway.facts(stored).await
    }

    fn moment<'a>(&'a self, stored: &Stored, facts: &'a [Facts]) -> Moment<'a> {
        Moment {
            now: self.gateway.now(),
            rules: &self.gateway.rules,
            facts,
            here: self.gateway.here(stored),
        }
    }

    fn name(&self, stored: &Stored, id: OperatorId) -> Option<String> {
        self.gateway.operator_name(&stored.organization, id)
    }

    /// An entry as the caller sees it; none where it is not theirs to see.
    fn event(
        &self,
        caller: &Caller,
        stored: &Stored,
        entry: &(Seq, Entry),
        present: &Present,
    ) -> Option<view::Event> {
        let names = |id| self.name(stored, id);
        let scene = Scene {
            organization: caller.organization(),
            stored,
            reader: Reader::of(caller),
            pass: caller.pass(),
            names: &names,
        };
        let mut event = scene.event(entry.0, &entry.1, present.way(entry.0))?;
        event.stand(&self.files(&stored.organization, present));
        Some(event)
    }

    /// What is known of files just now, and where they can be had.
    fn files<'a>(&'a self, organization: &'a str, present: &'a Present) -> view::Files<'a> {
        view::Files {
            organization,
            links: &self.gateway.media.links,
            now: self.gateway.now(),
            known: &present.files,
        }
    }

    /// What of the messages among some entries is not in the log: how far they have got, and their files.
    async fn present(&self, stored: &Stored, entries: &[(Seq, Entry)]) -> Result<Present, Fault> {
        let has_files = |(_, entry): &&(Seq, Entry)| matches!(&entry.kind, Kind::Message(message) if !message.attachments.is_empty());
        let mut with_files = entries.iter().filter(has_files).map(|(seq, _)| *seq);
        let files = match with_files.next() {
            None => Vec::new(),
            Some(first) => {
                let last = with_files.next_back().unwrap_or(first);
                self.gateway.files(stored, first, last).await?
            }
        };
        let ways = self.ways(stored, entries).await?;
        Ok(Present { ways, files })
    }

    /// How far the messages among some entries have got on their way, by place.
    async fn ways(
        &self,
        stored: &Stored,
        entries: &[(Seq, Entry)],
    ) -> Result<Vec<(Seq, State)>, Fault> {
        let goes = |(_, entry): &&(Seq, Entry)| matches!(&entry.kind, Kind::Message(message) if message.outgoing.is_some());
        let mut going = entries.iter().filter(goes).map(|(seq, _)| *seq);
        let Some(first) = going.next() else {
            return Ok(Vec::new());
        };
        let last = going.next_back().unwrap_or(first);
        let ways = self.gateway.deliveries(stored, first, last).await?;
        Ok(ways
            .into_iter()
            .map(|way| (way.delivery.seq, way.delivery.reads()))
            .collect())
    }
}

/// What of messages is not in the log: how far each has got, and what is known of its files.
#[derive(Debug, Default)]
struct Present {
    ways: Vec<(Seq, State)>,
    files: Vec<Attachment>,
}

impl Present {
    /// How far the message at a place has got on its way.
    fn way(&self, seq: Seq) -> Option<State> {
        let way = self.ways.iter().find(|(of, _)| *of == seq);
        way.map(|(_, state)| *state)
    }
}
