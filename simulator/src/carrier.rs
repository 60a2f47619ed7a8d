//! The network at work: what was entered in the books becomes webhooks, in time and with the faults asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, broadcast};
use tokio_util::sync::CancellationToken;

use crate::books::{Books, Entry, Write};
use crate::faults::Faults;
use crate::lanes::Lanes;
use crate::linked;
use crate::message::{Channel, Content, End, Media, Message, Provider, Serial, Status, Told};
use crate::meta::{self, Event};
use crate::people::Person;
use crate::telegram;
use crate::twilio::{self, Webhook};
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

/// How long a phone shows that somebody is typing.
const LONGEST_TYPING: i64 = 25_000;

/// The network, shared by the routes and the tasks at work.
pub(crate) struct Carrier {
    pub(crate) clock: Clock,
    pub(crate) requests: Semaphore,
    pub(crate) streams: Arc<Semaphore>,
    /// Ends hanging requests, streams and waiting webhooks when the host shuts down.
    pub(crate) closed: CancellationToken,
    /// The host's own address.
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    pace: Pace,
    books: Mutex<Books>,
    notices: broadcast::Sender<Notice>,
    posts: Semaphore,
    backlog: Arc<Semaphore>,
    pub(crate) lanes: Lanes,
    pub(crate) gathering: meta::Gathering,
    tokens: AtomicU64,
}

/// Something that whoever watches the phones wants to know.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// A message is on a phone, or its state has changed.
    Message(Arc<Message>),
    /// The faults in force have changed.
    Faults(Arc<Faults>),
    /// One of our numbers is typing to a phone, until then.
    Typing {
        phone: String,
        from: String,
        until: i64,
    },
    /// Something about a person has changed.
    Person { phone: String },
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

impl Carrier {
    pub(crate) fn new(config: SimulatorConfig, run: u64) -> Self {
        let mut books = Books::new(run);
        config
            .accounts
            .into_iter()
            .for_each(|account| books.accounts.connect(account));
        Self {
            clock: config.clock,
            requests: Semaphore::new(REQUESTS),
            streams: Arc::new(Semaphore::new(STREAMS)),
            closed: CancellationToken::new(),
            url: config.url,
            http: config.http,
            pace: config.pace,
            books: Mutex::new(books),
            notices: broadcast::channel(NOTICES).0,
            posts: Semaphore::new(POSTS),
            backlog: Arc::new(Semaphore::new(BACKLOG)),
            lanes: Lanes::default(),
            gathering: meta::Gathering::default(),
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
    pub(crate) fn tell(&self, notice: Notice) {
        let _ = self.notices.send(notice);
    }

    /// Only what is on a phone concerns those who watch the phones.
    pub(crate) fn tell_of(&self, message: &Message) {
        if message.on_phone {
            self.tell(Notice::Message(Arc::new(message.clone())));
        }
    }

    pub(crate) fn set_faults(self: &Arc<Self>, faults: Faults) {
        let faults = Arc::new(faults);
        {
            let mut books = self.books();
            books.faults = faults.clone();
            self.tell(Notice::Faults(faults));
        }
        meta::flush_all(self);
    }

    /// Takes an account's message: it is on the phone, and its reports are on their way.
    pub(crate) fn accept(self: &Arc<Self>, mut entry: Entry) -> Result<Message, Busy> {
        let place = self.place().ok_or(Busy)?;
        let message = {
            let mut books = self.books();
            let now = self.clock.now();
            entry.fate.end = books.end(&entry, now);
            let message = books.accept(entry, now);
            self.tell_of(&message);
            message
        };
        let answers_stop = message.fate.faults.stop && message.on_phone;
        tokio::spawn(
            self.clone()
                .until_closed(self.clone().report(message.clone(), place)),
        );
        if message.on_phone && message.media.iter().any(Media::is_unknown) {
            let recognise = self.clone().recognise(message.clone());
            tokio::spawn(self.clone().until_closed(recognise));
        }
        if answers_stop {
            let stop = Write {
                channel: message.channel,
                phone: message.to.clone(),
                to: message.from.clone(),
                text: "STOP".into(),
                media: Vec::new(),
                content: Content::Plain,
                reply_to: None,
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

    /// Finds out what the linked files of a message are: the phone shows them so from then on.
    async fn recognise(self: Arc<Self>, message: Message) {
        let mut media = message.media;
        for file in media.iter_mut().filter(|file| file.is_unknown()) {
            if let Some(seen) = linked::look(&self.http, file).await {
                *file = seen;
            }
        }
        let mut books = self.books();
        if let Some(message) = books.recognised(message.serial, media) {
            self.tell_of(&message);
        }
    }

    /// Takes a message that somebody wrote on a phone: its webhook is on its way.
    pub(crate) fn write(self: &Arc<Self>, write: Write) -> Result<Message, NotWritten> {
        let place = self.place().ok_or(NotWritten::Busy)?;
        let mut books = self.books();
        let written = books
            .write(write, self.clock.now())
            .ok_or(NotWritten::NoSuchNumber)?;
        let message = written.message;
        self.tell_of(&message);
        written
            .answer
            .iter()
            .for_each(|answer| self.tell_of(answer));
        // Entered under the lock of the books, so that two messages of one phone queue as they were written.
        if message.told == Told::Pending {
            match message.provider {
                Provider::Twilio => self.bring_to_twilio(&mut books, &message, place),
                Provider::Meta => {
                    let person = books.person(&message.from);
                    self.bring_to_meta(&mut books, &message, &person, place);
                }
                Provider::Telegram => telegram::bring(self, &mut books, &message, place),
            }
        }
        Ok(message)
    }

    /// Tells an account at Meta something about a person that nobody wrote: it is on no phone and opens no window.
    pub(crate) fn note(
        self: &Arc<Self>,
        content: Content,
        from: &str,
        to: &str,
        person: &Person,
    ) -> Result<(), Busy> {
        let place = self.place().ok_or(Busy)?;
        let mut books = self.books();
        if let Some(message) = books.note(content, from, to, self.clock.now()) {
            self.bring_to_meta(&mut books, &message, person, place);
        }
        Ok(())
    }

    fn bring_to_twilio(
        self: &Arc<Self>,
        books: &mut Books,
        message: &Message,
        place: OwnedSemaphorePermit,
    ) {
        let url = books.accounts.line(message.channel, &message.to);
        let Some(url) = url.map(|line| line.webhook_url.to_owned()) else {
            return;
        };
        let Some(auth_token) = books
            .accounts
            .twilio(&message.account)
            .map(|a| a.auth_token.clone())
        else {
            return;
        };
        let webhook = Webhook {
            url,
            auth_token,
            idempotency_token: self.idempotency_token(),
            form: twilio::inbound_form(&self.url, &books.person(&message.from), message),
        };
        let twice = message.fate.faults.duplicate;
        let bring = self.clone().bring(message.serial, webhook, twice, place);
        self.lanes
            .run(message.phone(), self.clone().until_closed(bring));
    }

    fn bring_to_meta(
        self: &Arc<Self>,
        books: &mut Books,
        message: &Message,
        person: &Person,
        place: OwnedSemaphorePermit,
    ) {
        let value = meta::inbound(self, books, message, person);
        let Some(line) = books.accounts.meta_number(&message.to) else {
            return;
        };
        let event = Event::new(line, "messages", value, place).of(message);
        meta::post(self, event, message.phone(), &message.fate.faults);
    }

    /// A place among what is still to be posted; none when the network is busy.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.backlog.clone().try_acquire_owned().ok()
    }

    pub(crate) async fn until_closed(self: Arc<Self>, work: impl Future<Output = ()>) {
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
        self.told(serial, if taken { Told::Yes } else { Told::No });
    }

    /// Notes what became of the webhook for a phone's message.
    pub(crate) fn told(&self, serial: Serial, told: Told) {
        let mut books = self.books();
        if let Some(message) = books.told(serial, told) {
            self.tell_of(&message);
        }
    }

    /// Walks an accepted message through its states and has each reported, however slow the last one is.
    async fn report(self: Arc<Self>, message: Message, place: OwnedSemaphorePermit) {
        let place = Arc::new(place);
        let mut kept_back = Vec::new();
        let start = self.clock.now();
        for step in self.steps(&message) {
            self.clock.reach(start.saturating_add(step.at)).await;
            let Some(message) = self.progress(message.serial, &step) else {
                return;
            };
            if message.fate.faults.reorder {
                kept_back.push(message);
            } else {
                self.report_one(&message, &place);
            }
        }
        for message in kept_back.into_iter().rev() {
            self.report_one(&message, &place);
        }
        if let Some(read) = self.read_meanwhile(message.serial) {
            self.report_one(&read, &place);
        }
    }

    /// A message that the person saw before it was reported as delivered is read as soon as it is.
    fn read_meanwhile(&self, serial: Serial) -> Option<Message> {
        let mut books = self.books();
        let read = books.read_meanwhile(serial, self.clock.now())?;
        Some(read)
    }

    /// Somebody looked at a phone, or at one thread of it.
    pub(crate) fn look(self: &Arc<Self>, phone: &str, thread: Option<(Channel, &str)>) {
        let read = self.books().looked_at(phone, thread, self.clock.now());
        for message in read {
            if let Some(place) = self.place() {
                self.report_one(&message, &Arc::new(place));
            }
        }
    }

    /// An account has read a person's message and all before it, and may be typing an answer.
    pub(crate) fn mark_read(&self, message: &Message, typing: bool) {
        let marked = self.books().mark_read(message);
        for message in marked {
            self.tell_of(&message);
        }
        if typing {
            self.tell_typing(&message.from, &message.to, LONGEST_TYPING);
        }
    }

    /// Shows on a phone that one of our numbers is typing, for so long.
    pub(crate) fn tell_typing(&self, phone: &str, from: &str, millis: i64) {
        self.tell(Notice::Typing {
            phone: phone.to_owned(),
            from: from.to_owned(),
            until: self.clock.now().saturating_add(millis),
        });
    }

    /// Has the message's present state posted to its account.
    fn report_one(self: &Arc<Self>, message: &Message, place: &Arc<OwnedSemaphorePermit>) {
        let faults = &message.fate.faults;
        if faults.drop_callbacks {
            return;
        }
        match message.provider {
            Provider::Twilio => {
                if let Some(webhook) = self.callback(message) {
                    let callback = self
                        .clone()
                        .call_back(webhook, faults.duplicate, place.clone());
                    self.lanes
                        .run(&message.sid, self.clone().until_closed(callback));
                }
            }
            Provider::Meta => {
                // Each body has a place of its own: it may wait for days to be taken.
                let Some(place) = self.place() else {
                    tracing::warn!("a status was lost: too much is waiting to be posted");
                    return;
                };
                let mut books = self.books();
                let value = meta::status(&mut books, message);
                let Some(line) = books.accounts.meta_number(&message.from) else {
                    return;
                };
                if message.status != Status::Queued && !line.webhook_url.is_empty() {
                    let event = Event::new(line, "messages", value, place);
                    meta::post(self, event, &message.sid, faults);
                }
            }
            // Bots hear nothing of what becomes of a message.
            Provider::Telegram => {}
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

    fn steps(&self, message: &Message) -> Vec<Step> {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let sent_at = millis(self.pace.sent);
        let delivered_at = sent_at.saturating_add(millis(self.pace.delivered));
        let step = |at, status, error| Step { at, status, error };
        // The initial status has no callback: only a messaging service goes on from it to `queued`.
        let queued = message
            .service
            .is_some()
            .then_some(step(0, Status::Queued, None));
        let sent = step(sent_at, Status::Sent, None);
        let rest = match message.fate.end {
            End::Delivered => vec![sent, step(delivered_at, Status::Delivered, None)],
            End::Undelivered { code, after } => {
                let at = after.map_or(delivered_at, |after| sent_at.saturating_add_unsigned(after));
                let status = match message.provider {
                    Provider::Twilio => Status::Undelivered,
                    Provider::Meta | Provider::Telegram => Status::Failed,
                };
                vec![sent, step(at, status, Some(code))]
            }
            End::Failed { code } => vec![step(sent_at, Status::Failed, Some(code))],
            End::Silent => vec![sent],
        };
        queued.into_iter().chain(rest).collect()
    }

    fn progress(&self, serial: Serial, step: &Step) -> Option<Message> {
        let mut books = self.books();
        let message = books.progress(serial, step.status, step.error, self.clock.now())?;
        self.tell_of(&message);
        Some(message)
    }

    fn callback(&self, message: &Message) -> Option<Webhook> {
        let url = message.fate.callback.clone()?;
        let books = self.books();
        let auth_token = books.accounts.twilio(&message.account)?.auth_token.clone();
        Some(Webhook {
            url,
            auth_token,
            idempotency_token: self.idempotency_token(),
            form: twilio::callback_form(message, &books.person(&message.to)),
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

    /// A turn on the wire.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.posts.acquire().await.ok()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Fate, Named};
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
            url: String::new(),
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
            provider: Provider::Twilio,
            channel: Channel::Sms,
            account: "AC1".into(),
            service: None,
            from: NUMBER.into(),
            to: PHONE.into(),
            named: Named::ByNumber,
            text: "Hello".into(),
            media: Vec::new(),
            content: Content::Plain,
            reply_to: None,
            fate: Fate {
                callback: None,
                faults: Arc::default(),
                end: End::Delivered,
            },
        };
        assert!(carrier.accept(entry).is_err());
        let write = Write {
            channel: Channel::Sms,
            phone: PHONE.into(),
            to: NUMBER.into(),
            text: "Hi".into(),
            media: Vec::new(),
            content: Content::Plain,
            reply_to: None,
        };
        assert!(matches!(carrier.write(write), Err(NotWritten::Busy)));
        assert_eq!(carrier.books().on_phone(PHONE).count(), 0);
    }
}
