//! A bot: who it is, where its updates go, and how many there were.

use serde_json::{Value, json};

use crate::TelegramBot;
use crate::accounts::Line;
use crate::message::{Channel, Provider};

/// Where the updates of a run begin to be counted, so that those of another run have other numbers.
const FIRST_UPDATES: u64 = 1 << 30;

/// The connections that Telegram opens to a server where it is told nothing else.
pub(super) const CONNECTIONS: u64 = 40;

/// A bot.
#[derive(Clone, Debug)]
pub(crate) struct Bot {
    given: TelegramBot,
    /// The kinds of updates that it wants; none: those that it gets unasked.
    pub(super) allowed: Vec<String>,
    pub(super) connections: u64,
    /// The number of its last update.
    last_update: u64,
    /// Updates that its server has not taken yet.
    pub(super) waiting: usize,
    /// When and why its server took one last.
    pub(super) failed: Option<(i64, String)>,
    /// Counts up when updates that wait are dropped.
    pub(super) epoch: u64,
}

impl Bot {
    pub(crate) fn new(given: TelegramBot) -> Self {
        Self {
            given,
            allowed: Vec::new(),
            connections: CONNECTIONS,
            last_update: 0,
            waiting: 0,
            failed: None,
            epoch: 0,
        }
    }

    pub(crate) fn become_like(&mut self, given: TelegramBot) {
        self.given = given;
    }

    pub(crate) fn line(&self) -> Line<'_> {
        Line {
            provider: Provider::Telegram,
            channel: Channel::Telegram,
            account: self.id(),
            service: None,
            number: &self.given.username,
            name: self.given.name.as_deref(),
            webhook_url: &self.given.webhook_url,
        }
    }

    pub(crate) fn token(&self) -> &str {
        &self.given.token
    }

    pub(super) fn username(&self) -> &str {
        &self.given.username
    }

    /// Where its updates go; empty where nowhere.
    pub(super) fn webhook_url(&self) -> &str {
        &self.given.webhook_url
    }

    /// What each of them carries; empty where nothing.
    pub(super) fn secret(&self) -> &str {
        &self.given.webhook_secret
    }

    /// Sends its updates elsewhere from now on.
    pub(super) fn listen_at(&mut self, url: String, secret: String) {
        self.given.webhook_url = url;
        self.given.webhook_secret = secret;
    }

    /// Its id: what stands before the colon of its token.
    pub(super) fn id(&self) -> &str {
        let (id, _) = self.given.token.split_once(':').unwrap_or_default();
        id
    }

    /// Whether it gets updates of this kind.
    pub(super) fn wants(&self, kind: &str) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|allowed| allowed == kind)
    }

    /// The number of its next update.
    pub(super) fn count(&mut self, run: u64) -> u64 {
        let first = (run >> 32) % FIRST_UPDATES;
        self.last_update = self.last_update.max(first) + 1;
        self.last_update
    }

    /// How Telegram shows it to others.
    pub(super) fn user(&self) -> Value {
        json!({
            "id": self.id().parse::<u64>().unwrap_or_default(),
            "is_bot": true,
            "first_name": self.given.name.as_deref().unwrap_or(&self.given.username),
            "username": self.given.username,
        })
    }
}
