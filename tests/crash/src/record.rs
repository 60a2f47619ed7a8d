//! What everybody was told, as it happened: the truth that the log is held against.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

/// A message that the server acknowledged.
#[derive(Clone, Debug)]
pub struct Said {
    pub conversation: String,
    /// One author's messages of one conversation are said one after the other.
    pub author: String,
    pub text: String,
    pub seq: u64,
}

/// Somebody's phone on a channel.
pub type Line = (&'static str, String);

/// A message that a phone received.
#[derive(Clone, Debug)]
pub struct Texted {
    pub channel: &'static str,
    pub connection: &'static str,
    pub phone: String,
    /// The product's own id of it, where the provider carries one: the conversation and the place in its log.
    pub delivery: String,
    pub text: String,
    /// When the carrier was asked to bring it.
    pub at: Instant,
}

impl Texted {
    pub fn line(&self) -> Line {
        (self.channel, self.phone.clone())
    }
}

/// How far messages had got, by the product's own ids of them.
pub type Receipts = BTreeMap<String, u8>;

/// A word by which somebody asked not to be written to, or to be written to again.
#[derive(Clone, Debug)]
pub struct Consent {
    pub line: Line,
    pub stops: bool,
    /// When it was first told, and when that was answered 2xx.
    pub begun: Instant,
    pub taken: Option<Instant>,
}

impl Consent {
    /// What these words mean, written now.
    pub fn of(words: &str, channel: &'static str, phone: &str) -> Option<Self> {
        let stops = match words {
            STOP => true,
            START => false,
            // Who opens the link of a bot lets it write.
            _ if words.starts_with("/start ") => false,
            _ => return None,
        };
        Some(Self {
            line: (channel, phone.to_owned()),
            stops,
            begun: Instant::now(),
            taken: None,
        })
    }
}

pub const STOP: &str = "STOP";
pub const START: &str = "START";

/// A one-time code that a phone sent.
#[derive(Clone, Debug)]
pub struct Code {
    /// Whose it was.
    pub conversation: String,
    /// The text that it stood in, and the one in which another phone tried it again, if one did.
    pub text: String,
    pub again: Option<String>,
}

/// Everything that is remembered.
#[derive(Debug, Default)]
pub struct Record {
    inner: Mutex<Inner>,
}

/// The same, to be read.
#[derive(Clone, Debug, Default)]
pub struct Inner {
    pub said: Vec<Said>,
    /// Texts that were refused for good.
    pub refused: HashSet<String>,
    /// Texts whose webhook was answered 200, by phone, in their order.
    pub heard: BTreeMap<Line, Vec<String>>,
    pub consents: Vec<Consent>,
    /// Words whose picture the carrier lost.
    pub lost: HashSet<String>,
    /// How far the carrier said that a message had got, as far as that was answered 200.
    pub receipts: Receipts,
    /// The conversation that a phone belongs to.
    pub homes: BTreeMap<String, String>,
    pub codes: Vec<Code>,
    pub texted: Vec<Texted>,
    /// What operators read on their socket, by conversation.
    pub read: BTreeMap<String, Vec<Value>>,
    pub wrong: Vec<String>,
    pub done: BTreeMap<&'static str, u64>,
}

impl Record {
    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn say(&self, said: Said) {
        self.with(|all| all.said.push(said));
    }

    pub fn refuse(&self, text: String) {
        self.with(|all| all.refused.insert(text));
    }

    pub fn hear(&self, channel: &'static str, phone: &str, text: String) {
        let line = (channel, phone.to_owned());
        self.with(|all| all.heard.entry(line).or_default().push(text));
    }

    /// Writes down that consent is being told; answers where that stands.
    pub fn consent(&self, consent: Consent) -> usize {
        self.with(|all| {
            all.consents.push(consent);
            all.consents.len() - 1
        })
    }

    /// What was told there was answered 2xx.
    pub fn taken(&self, place: usize, at: Instant) {
        self.with(|all| {
            if let Some(consent) = all.consents.get_mut(place) {
                consent.taken = Some(at);
            }
        });
    }

    pub fn lose(&self, words: String) {
        self.with(|all| all.lost.insert(words));
    }

    pub fn receipt(&self, delivery: &str, word: &str) {
        let Some(far) = far(word) else { return };
        self.with(|all| {
            let known = all.receipts.entry(delivery.to_owned()).or_default();
            *known = far.max(*known);
        });
    }

    /// The phone belongs to that conversation: for ever, as far as a run goes.
    pub fn home(&self, phone: &str, conversation: &str) {
        let home = self.with(|all| {
            let home = all.homes.entry(phone.to_owned());
            home.or_insert_with(|| conversation.to_owned()).clone()
        });
        if home != conversation {
            self.wrong(format!(
                "{phone} was reached in {home}, and then in {conversation}"
            ));
        }
    }

    pub fn code(&self, code: Code) {
        self.with(|all| all.codes.push(code));
    }

    pub fn text(&self, texted: Texted) {
        self.with(|all| all.texted.push(texted));
    }

    pub fn read(&self, conversation: &str, event: Value) {
        self.with(|all| {
            all.read
                .entry(conversation.to_owned())
                .or_default()
                .push(event)
        });
    }

    /// Something that must not be.
    pub fn wrong(&self, what: String) {
        self.with(|all| all.wrong.push(what));
    }

    /// Counts something that was done, so that the report shows what the run was made of.
    pub fn count(&self, what: &'static str) {
        self.with(|all| *all.done.entry(what).or_default() += 1);
    }

    pub fn all(&self) -> Inner {
        self.with(|all| all.clone())
    }
}

/// How far a message has got that reads so.
pub fn far(state: &str) -> Option<u8> {
    const STATES: [&str; 8] = [
        "held",
        "queued",
        "uncertain",
        "withdrawn",
        "failed",
        "sent",
        "delivered",
        "read",
    ];
    let place = STATES.iter().position(|known| *known == state)?;
    u8::try_from(place).ok()
}

/// Whether a message that read one way may read another now: only forward, and what is given up may yet prove to have arrived.
pub fn leads_on(from: &str, to: &str) -> bool {
    match (from, to) {
        _ if from == to => true,
        ("sent", "failed") | ("failed" | "withdrawn", "delivered" | "read") => true,
        ("failed" | "withdrawn", _) => false,
        _ => far(from) < far(to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_only_on() {
        for (from, to) in [
            ("queued", "uncertain"),
            ("sent", "failed"),
            ("failed", "read"),
            ("sent", "sent"),
        ] {
            assert!(leads_on(from, to), "{from} {to}");
        }
        for (from, to) in [
            ("read", "delivered"),
            ("delivered", "failed"),
            ("failed", "sent"),
            ("withdrawn", "queued"),
            ("uncertain", "queued"),
        ] {
            assert!(!leads_on(from, to), "{from} {to}");
        }
    }
}
