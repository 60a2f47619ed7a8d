//! A carrier that survives the server: it speaks as much of Twilio's API as the product uses, and keeps what it was given.
//!
//! It is not the product's simulator and shares nothing with it. It posts a webhook until it is answered 200, now and then twice;
//! its phones answer; and it fails as carriers do: it is throttled, or it breaks off before or after having taken a message.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::Failed;
use crate::dice::Dice;
use crate::record::{Record, Texted};

pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const TOKEN: &str = "crashtoken0123456789abcdef012345";
pub const NUMBER: &str = "+15005550006";

/// How often it tries one webhook again before it calls the server broken.
const TRIES: u32 = 600;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// Texts that may wait on one phone.
const WAITING: usize = 64;

/// The carrier and its phones.
#[derive(Clone)]
pub struct Carrier {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    record: Arc<Record>,
    /// The product's webhook, once it is known.
    webhook: Mutex<String>,
    books: Mutex<Books>,
    /// Everything that is still to be posted.
    posting: TaskTracker,
}

struct Books {
    dice: Dice,
    faults: bool,
    messages: Vec<Message>,
    phones: HashMap<String, Phone>,
    last: u64,
}

#[derive(Clone)]
struct Message {
    sid: String,
    to: String,
    from: String,
    body: String,
    status: &'static str,
    created: DateTime<Utc>,
}

/// One phone: what is written on it leaves in order.
struct Phone {
    texts: mpsc::Sender<String>,
    answers: bool,
    /// It writes to nobody who has not written to it.
    reached: bool,
    written: u64,
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
        let carrier = Self {
            shared: Arc::new(Shared {
                http: reqwest::Client::builder()
                    .no_proxy()
                    .timeout(Duration::from_secs(15))
                    .build()?,
                record,
                webhook: Mutex::default(),
                books: Mutex::new(Books {
                    dice,
                    faults,
                    messages: Vec::new(),
                    phones: HashMap::new(),
                    last: 0,
                }),
                posting: TaskTracker::new(),
            }),
        };
        let routes = Router::new()
            .route(
                &format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"),
                get(list).post(create),
            )
            .with_state(carrier.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok((carrier, address))
    }

    /// Where inbound messages are posted.
    pub fn post_to(&self, server: SocketAddr) {
        *lock(&self.shared.webhook) = format!("http://{server}/webhooks/acme-sms");
    }

    /// Adds a phone. One that answers writes back to some of what it gets.
    pub fn phone(&self, number: &str, answers: bool) {
        let (texts, waiting) = mpsc::channel(WAITING);
        let phone = Phone {
            texts,
            answers,
            reached: false,
            written: 0,
        };
        self.books().phones.insert(number.to_owned(), phone);
        self.shared
            .posting
            .spawn(self.clone().bring(number.to_owned(), waiting));
    }

    /// Writes a text of its own kind on a phone, one that nobody else writes.
    pub fn write(&self, phone: &str) {
        let mut books = self.books();
        let known = books.phones.get_mut(phone);
        if let Some(known) = known.filter(|known| known.reached) {
            known.written += 1;
            let text = format!("from {phone} number {}", known.written);
            // A phone with too much unsent holds back.
            let _ = known.texts.try_send(text);
        }
    }

    /// Writes these very words on a phone.
    pub fn write_words(&self, phone: &str, words: &str) {
        let books = self.books();
        if let Some(known) = books.phones.get(phone).filter(|known| known.reached) {
            let _ = known.texts.try_send(words.to_owned());
        }
    }

    /// No faults any more, and no phone answers.
    pub fn calm(&self) {
        let mut books = self.books();
        books.faults = false;
        books
            .phones
            .values_mut()
            .for_each(|phone| phone.answers = false);
    }

    /// Waits until everything is posted that was to be posted.
    pub async fn empty(&self, patience: Duration) -> Result<(), Failed> {
        self.books().phones.clear();
        self.shared.posting.close();
        tokio::time::timeout(patience, self.shared.posting.wait())
            .await
            .map_err(|_| "the server did not take all webhooks")?;
        Ok(())
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.shared.books)
    }

    /// Takes a message to a phone, and has its reports on their way.
    fn take(&self, form: &HashMap<String, String>) -> Message {
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let (to, callback) = (field("To"), field("StatusCallback"));
        let mut books = self.books();
        books.last += 1;
        let message = Message {
            sid: format!("SM{:032x}", books.last),
            to: to.clone(),
            from: field("From"),
            body: field("Body"),
            status: "queued",
            created: now(),
        };
        books.messages.push(message.clone());
        let (early, twice, swapped) = (
            books.dice.millis(300),
            books.dice.percent(10),
            books.dice.percent(20),
        );
        let answer = (books.dice.percent(40), books.dice.millis(400));
        let known = books.phones.get_mut(&to).map(|known| {
            known.reached = true;
            known.answers
        });
        let answers = answer.0 && known == Some(true);
        drop(books);
        let texted = Texted {
            phone: to.clone(),
            delivery: delivery_of(&callback),
            text: message.body.clone(),
        };
        self.shared.record.text(texted);
        let (carrier, sid) = (self.clone(), message.sid.clone());
        self.shared.posting.spawn(async move {
            tokio::time::sleep(early).await;
            let order = if swapped {
                ["delivered", "sent"]
            } else {
                ["sent", "delivered"]
            };
            for status in order {
                carrier.report(&callback, &sid, &to, status).await;
                if twice {
                    carrier.report(&callback, &sid, &to, status).await;
                }
            }
        });
        if answers {
            let (carrier, phone) = (self.clone(), message.to.clone());
            // Not waited for: a phone may answer after everybody has gone home.
            tokio::spawn(async move {
                tokio::time::sleep(answer.1).await;
                carrier.write(&phone);
            });
        }
        message
    }

    async fn report(&self, callback: &str, sid: &str, phone: &str, status: &'static str) {
        if let Some(message) = self
            .books()
            .messages
            .iter_mut()
            .rev()
            .find(|message| message.sid == sid)
        {
            message.status = status;
        }
        let fields = [
            ("MessageSid", sid),
            ("SmsSid", sid),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("AccountSid", ACCOUNT),
            ("From", NUMBER),
            ("To", phone),
            ("ApiVersion", "2010-04-01"),
        ];
        self.post(callback, &fields).await;
    }

    /// Brings what is written on a phone to the server, each text once the one before it is taken.
    async fn bring(self, phone: String, mut waiting: mpsc::Receiver<String>) {
        while let Some(text) = waiting.recv().await {
            let (sid, twice) = {
                let mut books = self.books();
                books.last += 1;
                (format!("SM{:032x}", books.last), books.dice.percent(15))
            };
            let fields = [
                ("MessageSid", sid.as_str()),
                ("SmsSid", &sid),
                ("SmsMessageSid", &sid),
                ("AccountSid", ACCOUNT),
                ("From", &phone),
                ("To", NUMBER),
                ("Body", &text),
                ("NumMedia", "0"),
                ("NumSegments", "1"),
                ("SmsStatus", "received"),
                ("ApiVersion", "2010-04-01"),
            ];
            let url = lock(&self.shared.webhook).clone();
            if self.post(&url, &fields).await {
                self.shared.record.hear(&phone, text.clone());
            }
            if twice {
                self.post(&url, &fields).await;
            }
        }
    }

    /// Posts a signed form until it is answered 200.
    async fn post(&self, url: &str, fields: &[(&str, &str)]) -> bool {
        let signature = sign(url, fields);
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        for _ in 0..TRIES {
            let request = self
                .shared
                .http
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("x-twilio-signature", &signature)
                .body(body.clone());
            match request.send().await.map(|answer| answer.status()) {
                Ok(StatusCode::OK) => return true,
                Ok(status) if status != StatusCode::SERVICE_UNAVAILABLE => {
                    self.shared
                        .record
                        .wrong(format!("a webhook was answered {status}: {body}"));
                    return false;
                }
                _ => tokio::time::sleep(BETWEEN_TRIES).await,
            }
        }
        self.shared
            .record
            .wrong(format!("a webhook was never taken: {body}"));
        false
    }
}

async fn create(
    State(carrier): State<Carrier>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let fate = {
        let mut books = carrier.books();
        let faults = books.faults;
        match books.dice.below(100) {
            0..4 if faults => Fate::TakenInSilence,
            4..7 if faults => Fate::Broken,
            7..10 if faults => Fate::Throttled,
            _ => Fate::Taken,
        }
    };
    match fate {
        Fate::Taken => (StatusCode::CREATED, Json(resource(&carrier.take(&form)))).into_response(),
        Fate::TakenInSilence => {
            carrier.take(&form);
            broken()
        }
        Fate::Broken => broken(),
        Fate::Throttled => {
            let error = json!({"code": 20429, "message": "Too many requests", "status": 429});
            (
                StatusCode::TOO_MANY_REQUESTS,
                [("retry-after", "1")],
                Json(error),
            )
                .into_response()
        }
    }
}

fn broken() -> Response {
    let error = json!({"code": 20500, "message": "Internal error", "status": 500});
    (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response()
}

/// The newest first, a page at a time.
async fn list(
    State(carrier): State<Carrier>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let number = |name: &str, or: usize| query.get(name).and_then(|n| n.parse().ok()).unwrap_or(or);
    let (page, size) = (number("Page", 0), number("PageSize", 50).min(1_000));
    let wanted = |name: &str, value: &str| query.get(name).is_none_or(|asked| asked == value);
    let books = carrier.books();
    let mut fitting = books
        .messages
        .iter()
        .rev()
        .filter(|message| wanted("To", &message.to) && wanted("From", &message.from))
        .skip(page * size);
    let messages: Vec<Value> = fitting.by_ref().take(size).map(resource).collect();
    let next = fitting.next().map(|_| {
        let mut asked: Vec<(&str, &str)> = query
            .iter()
            .filter(|(name, _)| *name != "Page")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let following = (page + 1).to_string();
        asked.push(("Page", &following));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked)
            .finish();
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{query}")
    });
    Json(json!({"messages": messages, "page": page, "page_size": size, "next_page_uri": next}))
}

fn resource(message: &Message) -> Value {
    json!({
        "sid": message.sid, "account_sid": ACCOUNT, "to": message.to, "from": message.from, "body": message.body,
        "status": message.status, "direction": "outbound-api", "num_segments": "1", "num_media": "0", "error_code": null,
        "error_message": null, "date_created": message.created.to_rfc2822(),
    })
}

/// Base64 of HMAC-SHA1 over the URL and the sorted fields.
fn sign(url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let mut mac =
        Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).expect("a key may have any length");
    mac.update(url.as_bytes());
    for (key, value) in sorted {
        mac.update(key.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The product's id of a message, which its callback carries.
fn delivery_of(callback: &str) -> String {
    let query = callback.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "delivery")
        .map(|(_, id)| id.into_owned())
        .unwrap_or_default()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a carrier has a clock of its own"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delivery_stands_in_the_callback() {
        assert_eq!(
            delivery_of("http://h/webhooks/acme-sms?delivery=a%2E1"),
            "a.1"
        );
        assert_eq!(delivery_of("http://h/webhooks/acme-sms"), "");
    }
}
