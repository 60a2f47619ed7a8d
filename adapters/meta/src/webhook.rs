//! A verified request → its messages and receipts, one by one (Meta's pages "Webhooks", "Messages" and "Status messages").
//!
//! One body may carry several accounts, changes, numbers, messages and statuses. Each is opened by itself, so that one that cannot be
//! read takes no other with it. What is said of an odd one has neither its text nor its sender in it: it ends in a log.

use std::collections::BTreeMap;

use contract::whatsapp;
use contract::{Address, Receipt, Received, Reject};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json::Fields as _;
use crate::message::{self, Line, Told};
use crate::{errors, status};

/// The field in which Meta carries our id of a message back to us.
pub(crate) const DELIVERY: &str = "biz_opaque_callback_data";

/// What a body of WhatsApp's is about.
const OBJECT: &str = "whatsapp_business_account";

/// The one subscription that is read.
const FIELD: &str = "messages";

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
    #[serde(borrow, default)]
    entry: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    changes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    field: &'a RawValue,
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Deserialize)]
struct Changed<'a> {
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    contacts: Option<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Option<&'a RawValue>,
    #[serde(borrow, default)]
    statuses: Option<&'a RawValue>,
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
}

/// Reads a body; `graph` is what the addresses of media begin with.
pub(crate) fn read(body: &[u8], graph: &str) -> Result<Received, Reject> {
    let text = String::from_utf8_lossy(body);
    let body: Body<'_> = serde_json::from_str(&text)
        .map_err(|_| Reject::Malformed("it is not one of Meta's webhooks".into()))?;
    let mut reading = Reading {
        graph,
        received: Received::default(),
    };
    match word(body.object) {
        Some(object) if object == OBJECT => reading.entries(body.entry),
        object => reading.odd(format!(
            "an object that is not WhatsApp's: {}",
            object.unwrap_or_default()
        )),
    }
    Ok(reading.received)
}

struct Reading<'g> {
    graph: &'g str,
    received: Received,
}

impl Reading<'_> {
    fn entries(&mut self, entries: Option<&RawValue>) {
        for entry in self.list(entries, "entry") {
            let Some(entry) = self.open::<Entry<'_>>(entry, "an entry") else {
                continue;
            };
            for change in self.list(entry.changes, "changes") {
                self.change(change);
            }
        }
    }

    fn change(&mut self, change: &RawValue) {
        let Some(change) = self.open::<Change<'_>>(change, "a change") else {
            return;
        };
        match word(change.field) {
            Some(field) if field == FIELD => {}
            field => {
                let field = field.unwrap_or_default();
                return self.odd(format!("a change that is not read: {field}"));
            }
        }
        let Some(changed) = self.open::<Changed<'_>>(change.value, "a change's value") else {
            return;
        };
        let metadata = changed
            .metadata
            .and_then(|metadata| self.open::<Map<String, Value>>(metadata, "metadata"))
            .unwrap_or_default();
        self.messages(&changed, &metadata);
        let own = metadata.text("phone_number_id");
        for status in self.list(changed.statuses, "statuses") {
            self.status(status, own.as_ref());
        }
        for error in self.list(changed.errors, "errors") {
            self.error(error);
        }
    }

    fn messages(&mut self, changed: &Changed<'_>, metadata: &Map<String, Value>) {
        let messages = self.list(changed.messages, "messages");
        if messages.is_empty() {
            return;
        }
        let contacts: Vec<Value> = self
            .list(changed.contacts, "contacts")
            .into_iter()
            .filter_map(|contact| self.open(contact, "a contact"))
            .collect();
        let Some(to) = metadata.text("phone_number_id") else {
            return self.odd("messages to a number that is not named".to_owned());
        };
        let line = Line {
            to: &to,
            display: metadata.text("display_phone_number"),
            contacts: &contacts,
            graph: self.graph,
        };
        for message in messages {
            let Some(fields) = self.fields(message) else {
                continue;
            };
            match message::read(fields, &line) {
                Ok(Told::Message(message)) => self.received.messages.push(*message),
                Ok(Told::Moves(moves)) => self.received.moves.extend(moves),
                Ok(Told::Nothing) => {}
                Err(why) => self.odd(why),
            }
        }
    }

    fn status(&mut self, status: &RawValue, own: Option<&String>) {
        let Some(fields) = self.open::<Map<String, Value>>(status, "a status") else {
            return;
        };
        match receipt(&fields, own) {
            Some(receipt) => self.received.receipts.push(receipt),
            None => self.odd("a status without id or word".to_owned()),
        }
    }

    /// What Meta has to say of the account itself.
    fn error(&mut self, error: &RawValue) {
        let error = self.open::<Value>(error, "an error").unwrap_or_default();
        self.odd(format!(
            "an error of Meta's: {} {}",
            error.text("code").unwrap_or_default(),
            error.text("title").unwrap_or_default()
        ));
    }

    fn list<'a>(&mut self, list: Option<&'a RawValue>, what: &str) -> Vec<&'a RawValue> {
        list.and_then(|list| self.open(list, what))
            .unwrap_or_default()
    }

    /// An element, if it can be read. The parser's own words are not kept: they quote what they stumble over.
    fn open<'a, T: Deserialize<'a>>(&mut self, raw: &'a RawValue, what: &str) -> Option<T> {
        let opened = serde_json::from_str(raw.get()).ok();
        if opened.is_none() {
            self.odd(format!("{what} that cannot be read"));
        }
        opened
    }

    /// A message's fields; of one that cannot be read as a whole, those that can.
    fn fields(&mut self, message: &RawValue) -> Option<Map<String, Value>> {
        if let Ok(fields) = serde_json::from_str(message.get()) {
            return Some(fields);
        }
        let parts: BTreeMap<String, &RawValue> = self.open(message, "a message")?;
        let read = |(name, part): (String, &RawValue)| {
            Some((name, serde_json::from_str(part.get()).ok()?))
        };
        Some(parts.into_iter().filter_map(read).collect())
    }

    fn odd(&mut self, what: String) {
        self.received.odd.push(what);
    }
}

/// A text that Meta chose among a few.
fn word(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

fn receipt(status: &Map<String, Value>, own: Option<&String>) -> Option<Receipt> {
    let word = status.text("status")?;
    let failure = || errors::failure(status.list("errors").first(), &word);
    Some(Receipt {
        provider_id: status.text("id")?,
        own: own.cloned(),
        also: recipient(status),
        delivery: status.text(DELIVERY),
        fate: status::fate(&word, failure),
    })
}

/// What Meta calls the person that it went to.
fn recipient(status: &Map<String, Value>) -> Vec<Address> {
    let names = [
        status.text("recipient_user_id"),
        status.text("recipient_id"),
        status.text("recipient_parent_user_id"),
    ];
    whatsapp::called(names.iter().flatten().map(String::as_str))
}
