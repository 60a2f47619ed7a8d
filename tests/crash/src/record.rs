//! What everybody was told, as it happened: the truth that the log is held against.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

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

/// A message that a phone received.
#[derive(Clone, Debug)]
pub struct Texted {
    pub phone: String,
    /// The product's own id of it, from the callback's address.
    pub delivery: String,
    pub text: String,
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
    pub heard: BTreeMap<String, Vec<String>>,
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

    pub fn hear(&self, phone: &str, text: String) {
        self.with(|all| all.heard.entry(phone.to_owned()).or_default().push(text));
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
