//! Text messages, and those of WhatsApp: as much of Twilio's API as the product uses, read from the provider's documents alone.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use super::post::Letter;
use super::{Carrier, Fate, trouble};
use crate::channels::{self, Channel, Handed, Spoken};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "crashtoken0123456789abcdef012345";
/// What the numbers of WhatsApp begin with here.
const WHATSAPP_NUMBER: &str = "whatsapp:";
/// The template that welcomes on WhatsApp, and its words, which only the provider has.
const WELCOME: &str = "HX00000000000000000000000000000001";
const WELCOME_WORDS: &str = "Somebody asked to go on with a chat here.";

/// Text messages, by a connection and a number that are the organization's.
pub const SMS: Channel = Channel {
    word: "sms",
    connection: "",
    number: "",
    settings,
    asks: true,
    before: "",
    calls: "",
    finds: true,
    reports: true,
    spoken: Spoken::ByUs,
};

/// WhatsApp, likewise.
pub const WHATSAPP: Channel = Channel {
    word: "whatsapp",
    settings: settings_of_whatsapp,
    ..SMS
};

/// A message that an account sent.
#[derive(Clone)]
pub(super) struct Message {
    sid: String,
    to: String,
    from: String,
    body: String,
    status: &'static str,
    created: DateTime<Utc>,
}

fn settings(channel: &Channel, carrier: SocketAddr) -> String {
    let number = channel.number;
    format!(
        r#"
          provider = "twilio"
          account_sid = "{ACCOUNT}"
          auth_token = "{TOKEN}"
          from = "{number}"
          api_base = "http://{carrier}"
        "#
    )
}

fn settings_of_whatsapp(channel: &Channel, carrier: SocketAddr) -> String {
    let settings = settings(channel, carrier);
    format!("{settings}\nwelcome_template = \"{WELCOME}\"\n")
}

/// The channel of a number of ours, as it stands in a message.
fn channel_of(from: &str) -> Option<&'static Channel> {
    let ours = |channel: &&Channel| matches!(channel.spoken, Spoken::ByUs);
    channels::every()
        .filter(ours)
        .find(|channel| told(channel, channel.number) == from)
}

/// A number as Twilio writes it.
fn told(channel: &Channel, number: &str) -> String {
    let prefix = if channel.word == WHATSAPP.word {
        WHATSAPP_NUMBER
    } else {
        ""
    };
    format!("{prefix}{number}")
}

pub(super) fn routes(carrier: Carrier) -> Router {
    Router::new()
        .route(&messages_path(), get(list).post(create))
        .route(&format!("{}/{{id}}", files_path()), get(file))
        .with_state(carrier)
}

fn messages_path() -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
}

fn files_path() -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/MM00000000000000000000000000000001/Media")
}

/// Where a file that a phone sent is.
pub(super) fn file_url(carrier: SocketAddr, id: &str) -> String {
    format!("http://{carrier}{}/{id}", files_path())
}

/// The webhook of a text that somebody wrote.
pub(super) fn inbound(
    channel: &Channel,
    url: String,
    sid: &str,
    phone: &str,
    words: String,
    file: Option<String>,
) -> Letter {
    let (from, to) = (told(channel, phone), told(channel, channel.number));
    let mut fields = vec![
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("SmsMessageSid", sid),
        ("AccountSid", ACCOUNT),
        ("From", &from),
        ("To", &to),
        ("Body", &words),
        ("NumMedia", if file.is_some() { "1" } else { "0" }),
        ("NumSegments", "1"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ];
    if let Some(file) = &file {
        fields.push(("MediaUrl0", file));
        fields.push(("MediaContentType0", "image/png"));
    }
    signed(url, &fields, vec![words.clone()])
}

fn signed(url: String, fields: &[(&str, &str)], words: Vec<String>) -> Letter {
    let headers = vec![
        (
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        ),
        ("x-twilio-signature", sign(&url, fields)),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Letter {
        url,
        headers,
        body,
        words,
    }
}

async fn create(
    State(carrier): State<Carrier>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let at = Instant::now();
    let from = form.get("From").map(String::as_str).unwrap_or_default();
    let Some(channel) = channel_of(from) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let fate = carrier.fate(channel);
    if matches!(fate, Fate::Broken | Fate::Throttled) {
        return trouble(&fate).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response());
    }
    let message = carrier.take(channel, &form, at);
    trouble(&fate)
        .unwrap_or_else(|| (StatusCode::CREATED, Json(resource(&message))).into_response())
}

/// A file that a phone sent.
async fn file(State(carrier): State<Carrier>, Path(id): Path<String>) -> Response {
    if let Some(refused) = carrier.refuses_file(&id) {
        return refused;
    }
    let bytes = carrier
        .books()
        .files
        .get(&id)
        .map(|file| file.bytes.clone());
    match bytes {
        Some(bytes) => ([("content-type", "image/png")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Carrier {
    /// Takes a message to a phone, and has its reports on their way.
    fn take(
        &self,
        channel: &'static Channel,
        form: &HashMap<String, String>,
        at: Instant,
    ) -> Message {
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let (to, callback) = (field("To"), field("StatusCallback"));
        let body = match form.contains_key("ContentSid") {
            true => WELCOME_WORDS.to_owned(),
            false => field("Body"),
        };
        let (message, early, twice, swapped, reads) = {
            let mut books = self.books();
            let message = Message {
                sid: format!("SM{:032x}", books.next()),
                to: to.clone(),
                from: field("From"),
                body,
                status: "queued",
                created: now(),
            };
            books.messages.push(message.clone());
            let dice = &mut books.dice;
            (
                message,
                dice.millis(300),
                dice.percent(10),
                dice.percent(20),
                channel.word == WHATSAPP.word && dice.percent(30),
            )
        };
        let handed = Handed {
            phone: to.trim_start_matches(WHATSAPP_NUMBER).to_owned(),
            delivery: delivery_of(&callback),
            text: message.body.clone(),
            link: form.get("MediaUrl").cloned(),
            file: None,
        };
        let (carrier, reported) = (self.clone(), message.clone());
        self.brought(channel, handed, at);
        self.shared.posting.spawn(async move {
            tokio::time::sleep(early).await;
            let order: &[&'static str] = match (swapped, twice) {
                (false, false) => &["sent", "delivered"],
                (true, false) => &["delivered", "sent"],
                (false, true) => &["sent", "sent", "delivered", "delivered", "sent"],
                (true, true) => &["delivered", "delivered", "sent", "sent"],
            };
            for status in order.iter().chain(reads.then_some(&"read")) {
                carrier.tell_status(&callback, &reported, status).await;
            }
        });
        message
    }

    async fn tell_status(&self, callback: &str, message: &Message, status: &'static str) {
        let sid = &*message.sid;
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
            ("From", &message.from),
            ("To", &message.to),
            ("ApiVersion", "2010-04-01"),
        ];
        let letter = signed(callback.to_owned(), &fields, Vec::new());
        let receipts = [(delivery_of(callback), status)];
        self.report(&letter, &receipts).await;
    }
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
        format!("{}?{query}", messages_path())
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
