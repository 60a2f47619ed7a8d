//! Fetching the media that messages brought, once those are committed: few at a time, guarded, again after a failure, and over a restart.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::{MediaLink, MediaSource};
use futures_util::StreamExt as _;
use reqwest::{Response, StatusCode, header};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::commit::MediaWork;
use super::connections::Connection;
use super::{Fault, Gateway, token};
use crate::bus::unpoisoned;
use crate::media::folder::{Kept, PutError};
use crate::media::reach::{Closed, Guarded, Way, way};
use crate::store::StoreError;
use crate::store::attachments::{self, Attachment, State};

/// Files fetched at once.
const FETCHES: usize = 8;
/// Rows taken up in one look.
const LOOK: u32 = 32;
/// How long the fetcher sleeps when nothing is due and nobody wakes it.
const NAP: Duration = Duration::from_secs(5);
/// A provider that could not give a file so often does not have it: for some three hours.
const ATTEMPTS: u32 = 10;
/// Hops from the place that the provider named to the bytes.
const HOPS: usize = 3;
/// Connecting, and the wait for more bytes.
const CONNECT: Duration = Duration::from_secs(5);
const STALL: Duration = Duration::from_secs(20);
/// One file, all in all.
const WHOLE: Duration = Duration::from_secs(10 * 60);

/// Who asks: one client for the places of configuration, one for those that providers name.
#[derive(Debug)]
pub(super) struct Clients {
    own: reqwest::Client,
    public: reqwest::Client,
}

impl Clients {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = || {
            reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT)
                .read_timeout(STALL)
                .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Self {
            own: client().build()?,
            public: client()
                .https_only(true)
                .dns_resolver(Arc::new(Guarded))
                .build()?,
        })
    }

    fn of(&self, way: Way) -> &reqwest::Client {
        match way {
            Way::Own => &self.own,
            Way::Public => &self.public,
        }
    }
}

/// What came of asking for a file.
#[derive(Debug)]
enum Fetched {
    Here {
        kept: Kept,
        content_type: String,
    },
    /// It will not be there later either.
    Gone(String),
    /// We do not want it.
    Refused(String),
    /// It may be there later.
    Later(String),
    /// There is no room here: its provider is not to blame.
    NoRoom,
}

impl From<Closed> for Fetched {
    fn from(closed: Closed) -> Self {
        Self::Refused(format!("the place was not asked: {closed}"))
    }
}

impl From<PutError> for Fetched {
    fn from(error: PutError) -> Self {
        match error {
            PutError::TooLarge { .. } => Self::Refused(error.to_string()),
            PutError::Full => Self::NoRoom,
            PutError::Io(error) => Self::Later(error.to_string()),
        }
    }
}

pub(super) fn start(gateway: &Arc<Gateway>, clients: Clients, stop: &CancellationToken) {
    let fetcher = Arc::new(Fetcher {
        gateway: gateway.clone(),
        clients,
    });
    tokio::spawn(fetcher.run(stop.clone()));
}

struct Fetcher {
    gateway: Arc<Gateway>,
    clients: Clients,
}

type Busy = Arc<Mutex<HashSet<String>>>;

impl Fetcher {
    async fn run(self: Arc<Self>, stop: CancellationToken) {
        let turns = Arc::new(Semaphore::new(FETCHES));
        let busy = Busy::default();
        let mut tasks = JoinSet::new();
        while !stop.is_cancelled() {
            let nap = match self.look(&turns, &busy, &mut tasks, &stop).await {
                Ok(nap) => nap,
                Err(error) => {
                    tracing::error!(%error, "the files to be fetched could not be looked up");
                    Duration::from_secs(1)
                }
            };
            while tasks.try_join_next().is_some() {}
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.gateway.media.bell.notified() => {}
                () = tokio::time::sleep(nap) => {}
            }
        }
        // What is half fetched is fetched again after the next start.
        tasks.shutdown().await;
    }

    /// Takes up what is due. Answers how long there is nothing to do.
    async fn look(
        self: &Arc<Self>,
        turns: &Arc<Semaphore>,
        busy: &Busy,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> Result<Duration, StoreError> {
        let (reads, now) = (&self.gateway.store.reads, self.gateway.now());
        for file in attachments::due(reads, now, LOOK).await? {
            if !unpoisoned(busy).insert(file.id.clone()) {
                continue;
            }
            let turn = turns.clone().acquire_owned();
            let Some(Ok(turn)) = stop.run_until_cancelled(turn).await else {
                break;
            };
            let (fetcher, busy) = (self.clone(), busy.clone());
            tasks.spawn(async move {
                let id = file.id.clone();
                if let Err(error) = fetcher.attend(file).await {
                    tracing::warn!(%error, "what became of a file could not be stored; it is fetched again");
                    // Storage is in trouble: do not spin.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                unpoisoned(&busy).remove(&id);
                drop(turn);
                fetcher.gateway.media.bell.notify_one();
            });
        }
        // What is due and busy wakes us when it is done.
        let next = attachments::next_due(reads).await?;
        let ahead = next.filter(|at| *at > now).map_or(NAP, |at| {
            Duration::from_millis((at.0 - now.0).max(20).unsigned_abs())
        });
        Ok(ahead.min(NAP))
    }

    async fn attend(&self, file: Attachment) -> Result<(), Fault> {
        let fetching = tokio::time::timeout(WHOLE, self.fetch(&file));
        let fetched = fetching
            .await
            .unwrap_or_else(|_| Fetched::Later("it took too long".to_owned()));
        let connection = file.connection().unwrap_or_default().to_owned();
        let mut now = file;
        now.attempts += 1;
        // Held until its row is committed: till then it is no stray.
        let mut held = None;
        match fetched {
            Fetched::Here { kept, content_type } => {
                now.state = State::Here;
                now.size = Some(kept.size);
                now.sha256 = Some(kept.sha256.clone());
                now.key = Some(kept.key().to_owned());
                now.content_type = kept.content_type(&content_type).to_owned();
                now.due_at = None;
                held = Some(kept);
            }
            Fetched::Later(why) if now.attempts < ATTEMPTS => {
                tracing::info!(%connection, %why, attempt = now.attempts, "a file could not be fetched; it is tried again");
                now.due_at = Some(self.gateway.now().plus(wait(now.attempts)));
            }
            Fetched::NoRoom => {
                tracing::warn!(%connection, "a file could not be fetched as the disk is full; it is tried again");
                now.attempts -= 1;
                now.due_at = Some(self.gateway.now().plus(wait(ATTEMPTS)));
            }
            Fetched::Gone(why) | Fetched::Later(why) => {
                tracing::warn!(%connection, %why, "a file is gone");
                (now.state, now.due_at) = (State::Gone, None);
            }
            Fetched::Refused(why) => {
                tracing::warn!(%connection, %why, "a file was refused");
                (now.state, now.due_at) = (State::Refused, None);
            }
        }
        let settled = self.gateway.work_on_media(MediaWork::Settle(now)).await;
        if let (Some(kept), false) = (held, matches!(settled, Ok(true))) {
            // Whatever stays is a stray.
            let _ = self.gateway.media.folder.delete(kept.key()).await;
        }
        settled.map(drop)
    }

    async fn fetch(&self, file: &Attachment) -> Fetched {
        let connection = file
            .connection()
            .and_then(|id| self.gateway.directory.connection(id));
        let (Some(connection), Some(link)) = (connection, &file.source) else {
            return Fetched::Gone("its connection is configured no more".to_owned());
        };
        match self.fetched(connection, link).await {
            Ok(fetched) | Err(fetched) => fetched,
        }
    }

    async fn fetched(&self, connection: &Connection, link: &MediaLink) -> Result<Fetched, Fetched> {
        let source = match connection.channel.media(link).await {
            Ok(Some(source)) => source,
            Ok(None) => return Ok(Fetched::Gone("its provider does not have it".to_owned())),
            Err(contract::SendError::Rejected(failure)) => {
                return Ok(Fetched::Gone(failure.detail));
            }
            Err(error) => return Ok(Fetched::Later(error.to_string())),
        };
        let response = self.answer(connection, &source).await?;
        let limit = self.gateway.media.terms.max_inbound_bytes;
        if response
            .content_length()
            .is_some_and(|length| length > limit)
        {
            return Err(PutError::TooLarge { limit }.into());
        }
        let said = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|said| said.to_str().ok())
            .unwrap_or(&link.content_type)
            .to_owned();
        let mut part = self
            .gateway
            .media
            .folder
            .put(token::file_key(), limit)
            .await?;
        let mut bytes = response.bytes_stream();
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(|error| Fetched::Later(told(error)))?;
            part.write(&chunk).await?;
        }
        Ok(Fetched::Here {
            kept: part.keep().await?,
            content_type: said,
        })
    }

    /// The answer that has the bytes, at the end of the hops; each of them is looked at as the first.
    async fn answer(
        &self,
        connection: &Connection,
        source: &MediaSource,
    ) -> Result<Response, Fetched> {
        let own = connection.own_origin.as_ref();
        let (mut url, mut by) = way(&source.url, source, own)?;
        let first = url.origin();
        for _ in 0..=HOPS {
            let mut request = self.clients.of(by).get(url.clone());
            // The secret is for the host that it was given for, by whatever way one comes there.
            if let Some(secret) = source
                .authorization
                .as_ref()
                .filter(|_| url.origin() == first)
            {
                request = request.header(header::AUTHORIZATION, secret);
            }
            let response = request.send().await.map_err(unanswered)?;
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            if !status.is_redirection() {
                return Err(refused(status));
            }
            let to = response
                .headers()
                .get(header::LOCATION)
                .and_then(|to| to.to_str().ok())
                .and_then(|to| url.join(to).ok())
                .ok_or_else(|| Fetched::Later("it was sent on to nowhere".to_owned()))?;
            (url, by) = way(to.as_str(), source, own)?;
        }
        Err(Fetched::Refused("it was sent on too often".to_owned()))
    }
}

fn unanswered(error: reqwest::Error) -> Fetched {
    Fetched::Later(told(error))
}

/// What went wrong, without the URL, which may carry a secret.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn refused(status: StatusCode) -> Fetched {
    let why = format!("its provider answered {status}");
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Fetched::Gone(why),
        _ => Fetched::Later(why),
    }
}

/// How long to wait after so many attempts: twice as long each time, a little more or less, at most an hour.
fn wait(attempts: u32) -> i64 {
    const FIRST: i64 = 5_000;
    const LONGEST: i64 = 3_600_000;
    let bound = FIRST.saturating_mul(1 << attempts.min(20)).min(LONGEST);
    bound / 2 + token::below(bound / 2)
}

impl Gateway {
    /// A webhook brought files.
    pub(super) fn wake_fetcher(&self) {
        self.media.bell.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_asked_for_over_about_an_hour_ever_more_rarely() {
        let total: i64 = (1..ATTEMPTS).map(wait).sum();
        assert!((2_500_000..5_200_000).contains(&total), "{total}");
        assert!((0..64).all(|attempts| (2_500..=3_600_000).contains(&wait(attempts))));
    }

    #[test]
    fn what_its_provider_does_not_have_is_gone_and_anything_else_is_tried_again() {
        assert!(matches!(refused(StatusCode::NOT_FOUND), Fetched::Gone(_)));
        assert!(matches!(refused(StatusCode::GONE), Fetched::Gone(_)));
        for status in [401, 403, 429, 500, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(matches!(refused(status), Fetched::Later(_)), "{status}");
        }
    }
}
