//! The network at work: what was entered in the books becomes webhooks, in time and with the faults asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::books::{Books, Entry, Write};
use crate::faults::{Faults, Undeliverable};
use crate::lanes::Lanes;
use crate::message::{Message, Serial, Status, Told};
use crate::webhook::Webhook;
use crate::{Clock, Pace, SimulatorConfig, number};

/// Webhooks on the wire at once.
const POSTS: usize = 64;
/// Messages with webhooks still to be posted; beyond it the network is busy.
const BACKLOG: usize = 10_000;
/// Create requests in progress, hanging ones among them; Twilio bounds these too.
const REQUESTS: usize = 512;
/// Open streams of notices.
const STREAMS: usize = 64;
/// Notices that a slow stream may lag behind before it must read everything anew.
const NOTICES: usize = 1_024;

/// The network, shared by the routes and the tasks at work.
pub(crate) struct Carrier {
    pub(crate) clock: Clock,
    pub(crate) requests: Semaphore,
    pub(crate) streams: Arc<Semaphore>,
    /// Ends hanging requests, streams and waiting webhooks when the host shuts down.
    pub(crate) closed: CancellationToken,
    pace: Pace,
    http: reqwest::Client,
    books: Mutex<Books>,
    notices: broadcast::Sender<Notice>,
    posts: Semaphore,
    backlog: Arc<Semaphore>,
    lanes: Lanes,
    tokens: AtomicU64,
}

/// Something that whoever watches the phones wants to know.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// A message is on a phone, or its state has changed.
    Message(Arc<Message>),
    /// The faults in force have changed.
    Faults(Arc<Faults>),
}

/// Too much is waiting to be reported: come back later.
#[derive(Debug)]
pub(crate) struct Busy;

/// Why a message from a phone is not taken.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// No account has that number.
    NoSuchNumber,
    Busy,
}

/// What the faults of its moment make of one accepted message.
pub(crate) struct Fate {
    callback: Option<String>,
    faults: Faults,
}

impl Carrier {
    pub(crate) fn new(config: SimulatorConfig, run: u64) -> Self {
        let mut books = Books::new(run);
        config
            .accounts
            .into_iter()
            .for_each(|account| books.connect(account));
        Self {
            clock: config.clock,
            requests: Semaphore::new(REQUESTS),
            streams: Arc::new(Semaphore::new(STREAMS)),
            closed: CancellationToken::new(),
            pace: config.pace,
            http: config.http,
            books: Mutex::new(books),
            notices: broadcast::channel(NOTICES).0,
            posts: Semaphore::new(POSTS),
            backlog: Arc::new(Semaphore::new(BACKLOG)),
            lanes: Lanes::default(),
            tokens: AtomicU64::new(1),
        }
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Nobody watching is no failure.
    fn tell(&self, notice: Notice) {
        let _ = self.notices.send(notice);
    }

    /// Only what is on a phone concerns those who watch the phones.
    fn tell_of(&self, message: &Message) {
        if message.on_phone {
            self.tell(Notice::Message(Arc::new(message.clone())));
        }
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        let mut books = self.books();
        books.faults = faults.clone();
        self.tell(Notice::Faults(Arc::new(faults)));
    }

    /// Takes an account's message: it is on the phone, and its reports are on their way.
    pub(crate) fn accept(
        self: &Arc<Self>,
        mut entry: Entry,
        callback: Option<String>,
    ) -> Result<Message, Busy> {
        let place = self.backlog.clone().try_acquire_owned().map_err(|_| Busy)?;
        let (message, faults) = {
            let mut books = self.books();
            let faults = books.faults.clone();
            entry.lost = faults.undeliverable != Undeliverable::Off;
            let message = books.accept(entry, self.clock.now());
            self.tell_of(&message);
            (message, faults)
        };
        let answers_stop = faults.stop && faults.undeliverable == Undeliverable::Off;
        let fate = Fate { callback, faults };
        tokio::spawn(
            self.clone()
                .until_closed(self.clone().report(message.clone(), fate, place)),
        );
        if answers_stop {
            let stop = Write {
                phone: message.to.clone(),
                to: message.from.clone(),
                text: "STOP".into(),
                media: Vec::new(),
            };
            if let Err(reason) = self.write(stop) {
                tracing::warn!(
                    ?reason,
                    phone = number::mask(&message.to),
                    "the phone could not answer STOP"
                );
            }
        }
        Ok(message)
    }

    /// Takes a message that somebody wrote on a phone: its webhook is on its way.
    pub(crate) fn write(self: &Arc<Self>, write: Write) -> Result<Message, NotWritten> {
        let place = self
            .backlog
            .clone()
            .try_acquire_owned()
            .map_err(|_| NotWritten::Busy)?;
        let mut books = self.books();
        let written = books
            .write(write, self.clock.now())
            .ok_or(NotWritten::NoSuchNumber)?;
        let twice = books.faults.duplicate;
        let message = written.message;
        self.tell_of(&message);
        written
            .answer
            .iter()
            .for_each(|answer| self.tell_of(answer));
        let line = books
            .line(&message.to)
            .filter(|(_, line)| !line.webhook_url.is_empty());
        if let Some((account, line)) = line {
            let webhook = Webhook {
                url: line.webhook_url.clone(),
                auth_token: account.auth_token.clone(),
                idempotency_token: self.idempotency_token(),
                form: inbound_form(&message),
            };
            let bring = self.clone().bring(message.serial, webhook, twice, place);
            // Entered under the lock of the books, so that two messages of one phone queue as they were written.
            self.lanes
                .run(message.phone(), self.clone().until_closed(bring));
        }
        Ok(message)
    }

    async fn until_closed(self: Arc<Self>, work: impl Future<Output = ()>) {
        let _ = self.closed.run_until_cancelled(work).await;
    }

    /// Brings a phone's message to the account's server.
    async fn bring(
        self: Arc<Self>,
        serial: Serial,
        webhook: Webhook,
        twice: bool,
        _place: OwnedSemaphorePermit,
    ) {
        let taken = self.post(&webhook, twice).await;
        let told = if taken { Told::Yes } else { Told::No };
        let mut books = self.books();
        if let Some(message) = books.told(serial, told) {
            self.tell_of(&message);
        }
    }

    /// Walks an accepted message through its states and has a callback posted for each, however slow the last one is.
    async fn report(self: Arc<Self>, message: Message, fate: Fate, place: OwnedSemaphorePermit) {
        let place = Arc::new(place);
        let mut kept_back = Vec::new();
        let start = self.clock.now();
        for step in self.steps(&message, &fate.faults) {
            self.clock.reach(start.saturating_add(step.at)).await;
            let Some(message) = self.progress(message.serial, &step) else {
                return;
            };
            let Some(webhook) = self.callback(&message, &fate) else {
                continue;
            };
            let callback = self
                .clone()
                .call_back(webhook, fate.faults.duplicate, place.clone());
            if fate.faults.reorder {
                kept_back.push(callback);
            } else {
                self.lanes
                    .run(&message.sid, self.clone().until_closed(callback));
            }
        }
        for callback in kept_back.into_iter().rev() {
            self.lanes
                .run(&message.sid, self.clone().until_closed(callback));
        }
    }

    async fn call_back(
        self: Arc<Self>,
        webhook: Webhook,
        twice: bool,
        _place: Arc<OwnedSemaphorePermit>,
    ) {
        self.post(&webhook, twice).await;
    }

    fn steps(&self, message: &Message, faults: &Faults) -> Vec<Step> {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let sent = millis(self.pace.sent);
        let delivered = sent.saturating_add(millis(self.pace.delivered));
        let end = match faults.undeliverable {
            Undeliverable::Off => Step {
                at: delivered,
                status: Status::Delivered,
                error: None,
            },
            Undeliverable::On { code, after } => Step {
                at: after.map_or(delivered, |after| {
                    sent.saturating_add(millis(after.duration()))
                }),
                status: Status::Undelivered,
                error: Some(code),
            },
        };
        // The initial status has no callback: only a messaging service goes on from it to `queued`.
        let queued = Step {
            at: 0,
            status: Status::Queued,
            error: None,
        };
        let sent = Step {
            at: sent,
            status: Status::Sent,
            error: None,
        };
        message
            .service
            .is_some()
            .then_some(queued)
            .into_iter()
            .chain([sent, end])
            .collect()
    }

    fn progress(&self, serial: Serial, step: &Step) -> Option<Message> {
        let mut books = self.books();
        let message = books.progress(serial, step.status, step.error, self.clock.now())?;
        self.tell_of(&message);
        Some(message)
    }

    fn callback(&self, message: &Message, fate: &Fate) -> Option<Webhook> {
        let url = fate
            .callback
            .clone()
            .filter(|_| !fate.faults.drop_callbacks)?;
        let auth_token = self.books().account(&message.account)?.auth_token.clone();
        let form = callback_form(message);
        Some(Webhook {
            url,
            auth_token,
            idempotency_token: self.idempotency_token(),
            form,
        })
    }

    async fn post(&self, webhook: &Webhook, twice: bool) -> bool {
        let Ok(_turn) = self.posts.acquire().await else {
            return false;
        };
        let mut taken = false;
        for _ in 0..=u8::from(twice) {
            match webhook.post(&self.http).await {
                Ok(()) => taken = true,
                Err(reason) => tracing::warn!(%reason, "a webhook was not taken"),
            }
        }
        taken
    }

    fn idempotency_token(&self) -> String {
        let n = self.tokens.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{n:016x}", self.clock.now())
    }
}

/// A state that a message reaches, this many milliseconds after it was accepted.
struct Step {
    at: i64,
    status: Status,
    error: Option<u32>,
}

fn fields<const N: usize>(fields: [(&str, &str); N]) -> Vec<(String, String)> {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The fields of an incoming message, Twilio's "request to your incoming message webhook URL".
fn inbound_form(message: &Message) -> Vec<(String, String)> {
    let mut form = fields([
        ("ToCountry", number::country(&message.to)),
        ("ToState", ""),
        ("SmsMessageSid", &message.sid),
        ("NumMedia", &message.media.len().to_string()),
        ("ToCity", ""),
        ("FromZip", ""),
        ("SmsSid", &message.sid),
        ("FromState", ""),
        ("SmsStatus", Status::Received.as_str()),
        ("FromCity", ""),
        ("Body", &message.text),
        ("FromCountry", number::country(&message.from)),
        ("To", &message.to),
        ("ToZip", ""),
        ("NumSegments", &message.segments.to_string()),
        ("MessageSid", &message.sid),
        ("AccountSid", &message.account),
        ("From", &message.from),
        ("ApiVersion", "2010-04-01"),
    ]);
    if let Some(service) = &message.service {
        form.extend(fields([("MessagingServiceSid", service)]));
    }
    for (n, media) in message.media.iter().enumerate() {
        form.push((format!("MediaUrl{n}"), media.url.clone()));
        form.push((format!("MediaContentType{n}"), media.content_type.clone()));
    }
    form
}

/// The fields of a status callback.
fn callback_form(message: &Message) -> Vec<(String, String)> {
    let status = message.status.as_str();
    let mut form = fields([
        ("MessageSid", &message.sid),
        ("SmsSid", &message.sid),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("AccountSid", &message.account),
        ("From", &message.from),
        ("To", &message.to),
        ("ApiVersion", "2010-04-01"),
    ]);
    if let Some(service) = &message.service {
        form.extend(fields([("MessagingServiceSid", service)]));
    }
    if let Some(code) = message.error_code {
        form.extend(fields([("ErrorCode", &code.to_string())]));
    }
    if matches!(message.status, Status::Delivered | Status::Undelivered) {
        let at = DateTime::<Utc>::from_timestamp_millis(message.updated).unwrap_or_default();
        form.extend(fields([(
            "RawDlrDoneDate",
            &at.format("%y%m%d%H%M").to_string(),
        )]));
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Account, Number};

    const NUMBER: &str = "+15005550006";
    const PHONE: &str = "+14155550100";

    fn carrier() -> Arc<Carrier> {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let line = Number {
            number: NUMBER.into(),
            webhook_url: "http://127.0.0.1:9/".into(),
            name: None,
        };
        let account = Account {
            account_sid: "AC1".into(),
            auth_token: "secret".into(),
            numbers: vec![line],
            messaging_service_sid: None,
        };
        let config = SimulatorConfig {
            accounts: vec![account],
            clock: Clock::new(|| 0),
            http: reqwest::Client::new(),
            pace: Pace::IMMEDIATE,
        };
        Arc::new(Carrier::new(config, 1))
    }

    #[tokio::test]
    async fn a_network_with_too_much_to_report_takes_nothing_more() {
        let carrier = carrier();
        let full = u32::try_from(BACKLOG).expect("a small number");
        let _all = carrier
            .backlog
            .clone()
            .try_acquire_many_owned(full)
            .expect("nothing is waiting");
        let entry = Entry {
            account: "AC1".into(),
            service: None,
            from: NUMBER.into(),
            to: PHONE.into(),
            text: "Hello".into(),
            media: Vec::new(),
            lost: false,
        };
        assert!(carrier.accept(entry, None).is_err());
        let write = Write {
            phone: PHONE.into(),
            to: NUMBER.into(),
            text: "Hi".into(),
            media: Vec::new(),
        };
        assert!(matches!(carrier.write(write), Err(NotWritten::Busy)));
        assert_eq!(carrier.books().on_phone(PHONE).count(), 0);
    }
}
