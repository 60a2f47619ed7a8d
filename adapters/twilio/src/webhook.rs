//! A verified request → the message that a person wrote, or what became of one that we sent
//! (Twilio's pages "Request to your incoming message webhook" and "Outbound message status in status callbacks").

use std::borrow::Cow;

use contract::{Address, Answer, Fate, Inbound, MediaLink, Receipt, Received, Reject};
use serde_json::{Map, Value};

use crate::config::Sender;
use crate::form::Form;
use crate::{address, errors, status, words};

/// The query parameter of a callback's URL that names our delivery.
pub(crate) const DELIVERY: &str = "delivery";

/// An empty TwiML document: answer nothing by this request, and do not complain.
const NO_REPLY: Answer = Answer {
    content_type: Cow::Borrowed("text/xml"),
    body: Cow::Borrowed(r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#),
};

/// Twilio sends at most ten attachments with one message.
const MOST_MEDIA: usize = 10;

pub(crate) fn read(form: Form<'_>, url: &str, sender: &Sender) -> Result<Received, Reject> {
    match callback_word(&form) {
        Some(word) => Ok(Received {
            receipts: vec![receipt(&form, word, url)?],
            ..Received::default()
        }),
        None => message(form, sender),
    }
}

/// The status word of a status callback; `None` for a person's message, which has a body, or a status that says so.
fn callback_word<'a>(form: &'a Form<'_>) -> Option<&'a str> {
    let given = |name| form.get(name).filter(|word| !word.is_empty());
    let alone = || given("SmsStatus").filter(|_| form.get("Body").is_none());
    given("MessageStatus")
        .or_else(alone)
        .filter(|word| !status::is_inbound(word))
}

fn receipt(form: &Form<'_>, word: &str, url: &str) -> Result<Receipt, Reject> {
    Ok(Receipt {
        provider_id: required(form.get("MessageSid").map(str::to_owned), "MessageSid")?,
        own: None,
        also: Vec::new(),
        delivery: delivery(url),
        fate: fate(form, word),
    })
}

fn fate(form: &Form<'_>, word: &str) -> Fate {
    status::fate(word, || {
        let code = form
            .get("ErrorCode")
            .filter(|code| !matches!(*code, "" | "0"));
        let detail = form
            .get("ErrorMessage")
            .or_else(|| form.get("ChannelStatusMessage"))
            .unwrap_or(word);
        errors::failure(code.map(str::to_owned), detail.to_owned())
    })
}

/// Our own id, which we put into the URL that Twilio calls back.
fn delivery(url: &str) -> Option<String> {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (_, query) = url.split_once('?')?;
    let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == DELIVERY);
    found.map(|(_, id)| id.into_owned())
}

fn message(form: Form<'_>, sender: &Sender) -> Result<Received, Reject> {
    let mut fields = Fields::default();
    for (name, value) in form.into_pairs() {
        fields.take(&name, value);
    }
    let (message, odd) = fields.into_message(sender)?;
    Ok(Received {
        messages: vec![message],
        odd,
        answer: NO_REPLY,
        ..Received::default()
    })
}

/// A message's fields by what we know them as; the others are kept as they came.
#[derive(Default)]
struct Fields {
    sid: Option<String>,
    from: Option<String>,
    to: Option<String>,
    body: Option<String>,
    opt_out_type: Option<String>,
    media_urls: [Option<String>; MOST_MEDIA],
    media_types: [Option<String>; MOST_MEDIA],
    extra: Map<String, Value>,
}

impl Fields {
    fn take(&mut self, name: &str, value: Cow<'_, str>) {
        match self.place(name) {
            Some(place @ None) => *place = Some(value.into_owned()),
            _ => self.keep(name, value),
        }
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "MessageSid" => Some(&mut self.sid),
            "From" => Some(&mut self.from),
            "To" => Some(&mut self.to),
            "Body" => Some(&mut self.body),
            "OptOutType" => Some(&mut self.opt_out_type),
            _ => {
                let (places, number) = match name.strip_prefix("MediaUrl") {
                    Some(number) => (&mut self.media_urls, number),
                    None => (
                        &mut self.media_types,
                        name.strip_prefix("MediaContentType")?,
                    ),
                };
                places.get_mut(number.parse::<usize>().ok()?)
            }
        }
    }

    /// A repeated field is kept as a list.
    fn keep(&mut self, name: &str, value: Cow<'_, str>) {
        let value = Value::String(value.into_owned());
        match self.extra.get_mut(name) {
            None => drop(self.extra.insert(name.to_owned(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }

    /// The message, and what is odd about it.
    fn into_message(self, sender: &Sender) -> Result<(Inbound, Vec<String>), Reject> {
        let text = self.body.unwrap_or_default();
        let word = self
            .opt_out_type
            .as_deref()
            .and_then(words::said)
            .or_else(|| words::meant(&text));
        let (media, odd) = media(self.media_urls, self.media_types);
        let message = Inbound {
            provider_id: required(self.sid, "MessageSid")?,
            from: from(required(self.from, "From")?),
            to: written_to(required(self.to, "To")?, &self.extra, sender),
            text,
            media,
            word,
            // Long codes, toll-free numbers and Messaging Services answer their words by themselves.
            word_answered: word.is_some(),
            extra: self.extra,
            ..Inbound::default()
        };
        Ok((message, odd))
    }
}

fn required(field: Option<String>, name: &'static str) -> Result<String, Reject> {
    field
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Reject::Malformed(format!("it has no {name}").into()))
}

/// Who wrote: a number in our one form, or as it came where it is none (a short code, a name).
fn from(raw: String) -> Address {
    address::parse(&raw).unwrap_or(Address(raw))
}

/// The address of ours as the connection knows it: a Messaging Service's own id, whatever number of its pool was written to.
fn written_to(to: String, extra: &Map<String, Value>, sender: &Sender) -> String {
    let service = extra.get("MessagingServiceSid").and_then(Value::as_str);
    match sender {
        Sender::Service(id) if service == Some(id) => id.clone(),
        _ => to,
    }
}

fn media(
    urls: [Option<String>; MOST_MEDIA],
    types: [Option<String>; MOST_MEDIA],
) -> (Vec<MediaLink>, Vec<String>) {
    let mut links = Vec::new();
    let mut odd = Vec::new();
    for (url, content_type) in urls.into_iter().zip(types) {
        let Some(url) = url else { continue };
        if is_web(&url) {
            links.push(MediaLink {
                url,
                content_type: content_type.unwrap_or_default(),
                name: None,
            });
        } else {
            odd.push(format!("media that is not on the web: {url}"));
        }
    }
    (links, odd)
}

fn is_web(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
