//! A verified request → the message that a person wrote, or what became of one that we sent
//! (Twilio's pages "Request to your incoming message webhook" and "Outbound message status in status callbacks").

use std::borrow::Cow;

use contract::{Address, Answer, Fate, Inbound, MediaLink, Receipt, Received, Reject};
use serde_json::{Map, Value};

use crate::config::{Line, Sender};
use crate::form::Form;
use crate::kind::{self, Kind, MOST_MEDIA};
use crate::{errors, status};

/// The query parameter of a callback's URL that names our delivery.
pub(crate) const DELIVERY: &str = "delivery";

/// An empty TwiML document: answer nothing by this request, and do not complain.
const NO_REPLY: Answer = Answer {
    content_type: Cow::Borrowed("text/xml"),
    body: Cow::Borrowed(r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#),
};

pub(crate) fn read(form: Form<'_>, url: &str, line: &Line) -> Result<Received, Reject> {
    match callback_word(&form) {
        Some(word) => Ok(Received {
            receipts: vec![receipt(&form, word, url, line)?],
            ..Received::default()
        }),
        None => message(form, line),
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

fn receipt(form: &Form<'_>, word: &str, url: &str, line: &Line) -> Result<Receipt, Reject> {
    let names = ["ExternalUserId", "To"].map(|name| form.get(name).unwrap_or_default());
    let own = form.get("From").filter(|own| !own.is_empty());
    let service = form.get("MessagingServiceSid");
    Ok(Receipt {
        provider_id: required(form.get("MessageSid").map(str::to_owned), "MessageSid")?,
        own: own.map(|own| line.own(own, service)),
        also: line.kind.called(names),
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

fn message(form: Form<'_>, line: &Line) -> Result<Received, Reject> {
    let mut fields = Fields::default();
    for (name, value) in form.into_pairs() {
        fields.take(&name, value);
    }
    let (message, odd) = fields.into_message(line)?;
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
    /// WhatsApp's own id of the sender.
    user_id: Option<String>,
    profile: Option<String>,
    button: Option<String>,
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
            "ExternalUserId" => Some(&mut self.user_id),
            "ProfileName" => Some(&mut self.profile),
            "ButtonText" => Some(&mut self.button),
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
    fn into_message(self, line: &Line) -> Result<(Inbound, Vec<String>), Reject> {
        let kept = |name| self.extra.get(name).and_then(Value::as_str);
        let said = self
            .body
            .filter(|body| !body.is_empty())
            .or(self.button)
            .or_else(|| place(kept))
            .unwrap_or_default();
        let told = self.opt_out_type.as_deref().and_then(kind::said);
        let (word, word_answered) = match told {
            Some(word) => (Some(word), true),
            None => line.kind.meant(&said),
        };
        let pressed = || line.kind.meant(kept("ButtonPayload").unwrap_or_default()).0;
        let from = required(self.from, "From")?;
        line.takes(&from)?;
        let names = [
            self.user_id.as_deref(),
            Some(from.as_str()),
            kept("WaId").filter(|_| line.kind == Kind::WhatsApp),
        ];
        // Without a form of their own they are called as they came.
        let mut names = line.kind.called(names.into_iter().flatten()).into_iter();
        let to = required(self.to, "To")?;
        let (media, odd) = media(self.media_urls, self.media_types);
        let message = Inbound {
            provider_id: required(self.sid, "MessageSid")?,
            from: names.next().unwrap_or(Address(from)),
            also: names.collect(),
            name: self.profile.filter(|name| !name.trim().is_empty()),
            to: line.own(&to, kept("MessagingServiceSid")),
            word: word.or_else(pressed),
            text: said,
            media,
            word_answered,
            extra: self.extra,
            ..Inbound::default()
        };
        Ok((message, odd))
    }
}

/// A place by its name and coordinates, in no language.
fn place<'a>(kept: impl Fn(&'static str) -> Option<&'a str>) -> Option<String> {
    let (latitude, longitude) = (kept("Latitude")?, kept("Longitude")?);
    let named = [kept("Label"), kept("Address")];
    let named = named.into_iter().flatten().filter(|line| !line.is_empty());
    let at = format!("{latitude}, {longitude}");
    Some(named.chain([at.as_str()]).collect::<Vec<_>>().join("\n"))
}

fn required(field: Option<String>, name: &'static str) -> Result<String, Reject> {
    field
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Reject::Malformed(format!("it has no {name}").into()))
}

impl Line {
    /// Somebody else's words, on this connection's channel.
    fn takes(&self, from: &str) -> Result<(), Reject> {
        let why = if !self.kind.speaks(from) {
            "it is of another channel: let Twilio call the webhook of the connection that has this number there"
        } else if self.sender.number() == Some(self.kind.bare(from)) {
            "it comes from our own number: nobody wrote it"
        } else {
            return Ok(());
        };
        Err(Reject::Malformed(why.into()))
    }

    /// An address of ours as the connection knows it: a Messaging Service's own id, whatever number of its pool it was.
    fn own(&self, told: &str, service: Option<&str>) -> String {
        match &self.sender {
            Sender::Service(id) if service == Some(id) => id.clone(),
            _ => self.kind.bare(told).to_owned(),
        }
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
