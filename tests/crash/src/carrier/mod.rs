//! A carrier that survives the server, and keeps what it was given.
//!
//! | module | its one job |
//! | --- | --- |
//! | `phones` | what people write on phones, and how it is brought to the server |
//! | `post` | one webhook, posted until it is taken |
//! | `twilio` | text messages and WhatsApp: as much of Twilio's API as the product uses, sharing nothing with the product's simulator |
//! | `border` | what the simulator speaks, with the harness between it and the server |
//!
//! It posts a webhook until it is answered 200, now and then twice, late or out of order; its phones answer; and it fails as carriers do: it
//! is throttled, it breaks off before or after having taken a message, it cannot give a file, or does not have it any more.

mod border;
mod phones;
mod post;
pub mod twilio;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use serde_json::json;
use simulator::{Clock, Pace, Simulator, SimulatorConfig};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::Failed;
use crate::channels::{self, Channel, Handed, Spoken};
use crate::dice::Dice;
use crate::picture;
use crate::record::{Record, Texted};
use phones::Phone;

/// How soon the simulator reports: quick enough for a kill to come in between.
const PACE: Pace = Pace {
    sent: Duration::from_millis(20),
    delivered: Duration::from_millis(80),
};

/// The carrier and its phones.
#[derive(Clone)]
pub struct Carrier {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    record: Arc<Record>,
    simulator: Simulator,
    /// Where this carrier listens.
    address: SocketAddr,
    /// Where the product is, once that is known.
    server: OnceLock<SocketAddr>,
    books: Mutex<Books>,
    /// Everything that is still to be posted.
    posting: TaskTracker,
}

/// Somebody's phone on a channel.
type Line = (&'static str, String);

struct Books {
    dice: Dice,
    faults: bool,
    messages: Vec<twilio::Message>,
    phones: HashMap<Line, Phone>,
    /// Those whom providers call by other names than their numbers.
    names: HashMap<String, Line>,
    /// What the carrier keeps of files that phones sent.
    files: HashMap<String, File>,
    /// Texts that the simulator was given and has not brought yet.
    with_simulator: usize,
    last: u64,
    /// When it was last asked to bring something.
    asked: Instant,
}

/// A file that a phone sent.
struct File {
    bytes: Vec<u8>,
    /// The carrier does not have it any more.
    lost: bool,
}

/// What becomes of one request to send.
enum Fate {
    Taken,
    /// Taken, but the answer says that something broke.
    TakenInSilence,
    Broken,
    Throttled,
}

impl Carrier {
    /// Listens on a free port.
    pub async fn start(
        record: Arc<Record>,
        dice: Dice,
        faults: bool,
    ) -> Result<(Self, SocketAddr), Failed> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let client = || reqwest::Client::builder().no_proxy();
        let simulator = Simulator::new(SimulatorConfig {
            accounts: Vec::new(),
            clock: Clock::system(),
            url: format!("http://{address}"),
            http: client().build()?,
            pace: PACE,
        })?;
        let carrier = Self {
            shared: Arc::new(Shared {
                http: client().timeout(Duration::from_secs(15)).build()?,
                record,
                simulator,
                address,
                server: OnceLock::new(),
                books: Mutex::new(Books {
                    dice,
                    faults,
                    messages: Vec::new(),
                    phones: HashMap::new(),
                    names: HashMap::new(),
                    files: HashMap::new(),
                    with_simulator: 0,
                    last: 0,
                    asked: Instant::now(),
                }),
                posting: TaskTracker::new(),
            }),
        };
        for channel in channels::every() {
            if let Spoken::BySimulator(simulated) = &channel.spoken {
                let webhook = format!("http://{address}/webhooks/{}", channel.connection);
                (simulated.connect)(&carrier.shared.simulator, webhook);
            }
        }
        let routes = Router::new()
            .merge(twilio::routes(carrier.clone()))
            .merge(border::routes(carrier.clone(), &carrier.shared.simulator));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok((carrier, address))
    }

    /// Where the product is.
    pub fn post_to(&self, server: SocketAddr) {
        // It is told once.
        let _ = self.shared.server.set(server);
    }

    /// No faults any more, and no phone answers.
    pub fn calm(&self) {
        let mut books = self.books();
        books.faults = false;
        books.phones.values_mut().for_each(Phone::calm);
    }

    /// Waits until everything is posted that was to be posted.
    pub async fn empty(&self, patience: Duration) -> Result<(), Failed> {
        let until = Instant::now() + patience;
        while self.books().is_writing() {
            if Instant::now() > until {
                return Err("the phones' texts did not leave".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.books().phones.clear();
        self.shared.posting.close();
        tokio::time::timeout(patience, self.shared.posting.wait())
            .await
            .map_err(|_| "the server did not take all webhooks")?;
        Ok(())
    }

    /// Whether there is nothing more to post, and nothing will come of what it was asked.
    pub fn is_idle(&self) -> bool {
        const REPORTED: Duration = Duration::from_millis(600);
        self.shared.posting.is_empty() && self.books().asked.elapsed() > REPORTED
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.shared
            .books
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of a path at the product.
    fn at_server(&self, path: &str) -> String {
        match self.shared.server.get() {
            Some(server) => format!("http://{server}{path}"),
            None => format!("http://127.0.0.1:9{path}"),
        }
    }

    /// Decides what becomes of a request to send.
    fn fate(&self, channel: &Channel) -> Fate {
        let mut books = self.books();
        books.asked = Instant::now();
        let faults = books.faults;
        match books.dice.below(100) {
            // Where nobody tells of it, or can be asked for it, what is behind it on its leg waits for a minute each time.
            0 if faults => Fate::TakenInSilence,
            1..4 if faults && channel.reports => Fate::TakenInSilence,
            4 if faults => Fate::Broken,
            5..7 if faults && channel.finds => Fate::Broken,
            7..10 if faults => Fate::Throttled,
            _ => Fate::Taken,
        }
    }

    /// A message is on a phone: it is written down, its file is looked at, and the phone may answer.
    fn brought(&self, channel: &'static Channel, handed: Handed, at: Instant) {
        let (phone, text) = (handed.phone.clone(), handed.text.clone());
        // What goes beside the words may stand below them.
        let (words, below) = match text.split_once('\n') {
            Some((words, below)) => (words.to_owned(), Some(below.to_owned())),
            None => (text, None),
        };
        if picture::goes_with(&words) {
            self.compare(&phone, &words, handed.file, handed.link.or(below));
        }
        self.shared.record.text(Texted {
            channel: channel.word,
            connection: channel.connection,
            phone: phone.clone(),
            delivery: handed.delivery,
            text: words,
            at,
        });
        let mut books = self.books();
        let answer = (books.dice.percent(60), books.dice.millis(400));
        let known = books.phones.get_mut(&(channel.word, phone.clone()));
        if known.is_some_and(Phone::reached_and_answers) && answer.0 {
            let carrier = self.clone();
            // Not waited for: a phone may answer after everybody has gone home.
            tokio::spawn(async move {
                tokio::time::sleep(answer.1).await;
                carrier.write(channel, &phone, false);
            });
        }
    }

    /// Looks whether the file that was said to go with a message does, as it came along, or behind its link.
    fn compare(&self, phone: &str, words: &str, file: Option<Vec<u8>>, link: Option<String>) {
        let (record, posting) = (&self.shared.record, &self.shared.posting);
        match (file, link) {
            (Some(bytes), _) if bytes == picture::of(words) => {
                record.count("files brought to phones");
            }
            (Some(_), _) => record.wrong(format!("{phone} got “{words}” with another file")),
            (None, Some(link)) => {
                drop(posting.spawn(self.clone().look_at(link, words.to_owned())));
            }
            (None, None) => record.wrong(format!("{phone} got “{words}” without its file")),
        }
    }

    /// Fetches the file of a message as the provider would, and looks whether it is the one that was said to go with it.
    async fn look_at(self, link: String, words: String) {
        let wrong = match self.fetch_from_server(&link).await {
            Some((200, bytes)) if bytes == picture::of(&words) => {
                return self.shared.record.count("files brought to phones");
            }
            Some((200, _)) => "is another one".to_owned(),
            Some((status, _)) => format!("is answered {status}"),
            None => "is not answered".to_owned(),
        };
        let wrong = format!("the file of “{words}” for a phone {wrong}: {link}");
        self.shared.record.wrong(wrong);
    }
}

impl Books {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn is_writing(&self) -> bool {
        self.with_simulator > 0 || self.phones.values().any(Phone::is_writing)
    }
}

/// The answer that says that something broke, or that it was too much; none where the request is to be taken.
fn trouble(fate: &Fate) -> Option<Response> {
    let (status, code) = match fate {
        Fate::Taken => return None,
        Fate::TakenInSilence | Fate::Broken => (StatusCode::INTERNAL_SERVER_ERROR, 20500),
        Fate::Throttled => (StatusCode::TOO_MANY_REQUESTS, 20429),
    };
    let error = json!({"code": code, "message": "it did not work", "status": status.as_u16()});
    Some((status, [("retry-after", "1")], Json(error)).into_response())
}
