//! What people wrote and no webhook brought is in a log all the same.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::{
    Accepted, Address, AddressError, BoxFuture, Capabilities, Channel, Inbound, Millis, Outbound,
    Received, Reject, SendError, WebhookRequest,
};
use switchboard::app::default_settings;
use switchboard::config::LeadForm;
use switchboard::core::Timestamp;
use switchboard::gateway::Gateway;
use switchboard::gateway::connections::{Connection, Directory, Organization};
use switchboard::gateway::tickets::WayBack;
use switchboard::store::{Store, conversations};
use tokio_util::sync::CancellationToken;

use crate::world::until;

const NOON: i64 = 1_800_000_000_000;
const ACME: &str = "acme";

/// A provider that lists what people wrote, and calls no webhook.
struct Silent {
    can: Capabilities,
    held: Mutex<Vec<Inbound>>,
    asked: Mutex<Vec<Millis>>,
    broken: AtomicBool,
    answers: AtomicUsize,
}

impl Silent {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            can: Capabilities {
                lists_inbound: true,
                ..Capabilities::plain("sms", 1_600)
            },
            held: Mutex::default(),
            asked: Mutex::default(),
            broken: AtomicBool::new(false),
            answers: AtomicUsize::new(0),
        })
    }

    fn has(&self, provider_id: &str, at: Millis) {
        self.held.lock().expect("held").push(Inbound {
            provider_id: provider_id.to_owned(),
            from: Address("+12025550143".to_owned()),
            at: Some(at),
            text: provider_id.to_owned(),
            ..Inbound::default()
        });
    }

    fn answered(&self) -> usize {
        self.answers.load(Ordering::SeqCst)
    }

    fn asked(&self) -> Vec<Millis> {
        self.asked.lock().expect("asked").clone()
    }
}

impl Channel for Silent {
    fn capabilities(&self) -> &Capabilities {
        &self.can
    }

    fn address(&self, raw: &str) -> Result<Address, AddressError> {
        Ok(Address(raw.to_owned()))
    }

    fn receive(&self, _: &WebhookRequest<'_>) -> Result<Received, Reject> {
        Err(Reject::Unsigned)
    }

    fn send<'a>(&'a self, _: &'a Outbound) -> BoxFuture<'a, Result<Accepted, SendError>> {
        Box::pin(async { Ok(Accepted::default()) })
    }

    fn inbound_since(&self, since: Millis) -> BoxFuture<'_, Result<Vec<Inbound>, SendError>> {
        Box::pin(async move {
            self.asked.lock().expect("asked").push(since);
            if self.broken.load(Ordering::SeqCst) {
                return Err(SendError::Unavailable("it is down".to_owned()));
            }
            let held = self.held.lock().expect("held").clone();
            self.answers.fetch_add(1, Ordering::SeqCst);
            Ok(held
                .into_iter()
                .filter(|message| message.at.is_none_or(|at| at >= since))
                .collect())
        })
    }
}

/// A shop with that provider, and a hand on its clock.
struct Shop {
    gateway: Arc<Gateway>,
    provider: Arc<Silent>,
    hand: Arc<AtomicI64>,
    folder: PathBuf,
    stop: CancellationToken,
}

impl Shop {
    async fn opens(provider: &Arc<Silent>, folder: PathBuf, hand: Arc<AtomicI64>) -> Self {
        // What fetches files speaks TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = hand.clone();
        let machine = Arc::new(move || clock.load(Ordering::SeqCst));
        let store = Store::open(&folder.join("switchboard.db"), machine)
            .await
            .expect("a store");
        let organization: Arc<str> = Arc::from(ACME);
        let connection = Connection {
            id: Arc::from("acme-sms"),
            organization: organization.clone(),
            own: None,
            number: None,
            own_origin: None,
            capabilities: provider.can.clone(),
            channel: provider.clone(),
            enabled: true,
            welcome: Arc::from(""),
            welcome_template: None,
            price: 0.0,
        };
        let mut directory = Directory::default();
        directory.add(Organization {
            id: organization,
            name: "Acme Pumps".to_owned(),
            widget_key: "wk_acme".to_owned(),
            allowed_origins: Vec::new(),
            countries: Vec::new(),
            way_back: WayBack::default(),
            lead: LeadForm::default(),
            connections: vec![Arc::new(connection)],
        });
        let stop = CancellationToken::new();
        let mut settings = default_settings();
        settings.media.folder = folder.join("media");
        let gateway = Gateway::start(store, directory, settings, &stop)
            .await
            .expect("it starts");
        Self {
            gateway,
            provider: provider.clone(),
            hand,
            folder,
            stop,
        }
    }

    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!(
            "switchboard-story-{}",
            uuid::Uuid::now_v7().simple()
        ));
        std::fs::create_dir_all(&folder).expect("a folder");
        let shop = Self::opens(&Silent::new(), folder, Arc::new(AtomicI64::new(NOON))).await;
        shop.is_asked(1).await;
        shop
    }

    /// Goes down, stays so for a while, and opens again.
    async fn closes_for(self, millis: i64, meanwhile: impl FnOnce(&Silent)) -> Self {
        self.stop.cancel();
        let answered = self.provider.answered();
        meanwhile(&self.provider);
        self.hand.fetch_add(millis, Ordering::SeqCst);
        self.gateway.store.reads.close().await;
        let shop = Self::opens(&self.provider, self.folder.clone(), self.hand.clone()).await;
        shop.is_asked(answered + 1).await;
        shop
    }

    fn passes(&self, millis: i64) {
        self.hand.fetch_add(millis, Ordering::SeqCst);
        self.gateway.time_moved();
    }

    async fn is_asked(&self, times: usize) {
        until("the list was read", || async {
            self.gateway.time_moved();
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.provider.answered() >= times
        })
        .await;
    }

    /// What is in the logs, conversation by conversation.
    async fn logged(&self) -> Vec<String> {
        let wanted = conversations::Inbox {
            limit: 9,
            ..conversations::Inbox::default()
        };
        let reads = &self.gateway.store.reads;
        let mut texts = Vec::new();
        for stored in conversations::inbox(reads, ACME, &wanted)
            .await
            .expect("a list")
        {
            let log = conversations::events(reads, ACME, stored.id, 0, 99).await;
            for (_, event) in log.expect("a log") {
                if let switchboard::core::Kind::Message(message) = event.kind {
                    texts.push(message.text.to_string());
                }
            }
        }
        texts
    }

    async fn logs(&self, expected: &[&str]) {
        until(&format!("{expected:?} is in the log"), || async {
            self.logged().await == expected
        })
        .await;
    }

    async fn read_to(&self) -> Timestamp {
        let reads = &self.gateway.store.reads;
        let known = switchboard::store::guard::watermark(reads, ACME, "acme-sms").await;
        known
            .expect("an answer")
            .map_or(Timestamp(0), |known| known.read_to)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn what_no_webhook_brought_is_in_a_log_within_ninety_seconds_and_once() {
    let shop = Shop::new().await;
    shop.provider.has("SM1", NOON + 1_000);

    shop.passes(45_000);

    shop.logs(&["SM1"]).await;
    let before = shop.provider.answered();
    shop.passes(45_000);
    shop.is_asked(before + 1).await;
    shop.logs(&["SM1"]).await;
    let alarms = &shop.gateway.standing(ACME).alarms;
    assert!(alarms.is_empty() || alarms[0].kind == "webhook_gap");
}

#[tokio::test]
async fn what_was_written_while_we_were_down_is_read_at_the_next_start() {
    let shop = Shop::new().await;

    let shop = shop
        .closes_for(3_600_000, |provider| {
            provider.has("SM1", NOON + 1_000);
            provider.has("SM2", NOON + 3_000_000);
        })
        .await;

    shop.logs(&["SM1", "SM2"]).await;
    until("somebody is told of the gap", || async {
        let mut conn = shop.gateway.store.reads.acquire().await.expect("a reader");
        let alarms = switchboard::store::guard::alarms(&mut conn, ACME).await;
        alarms
            .expect("alarms")
            .iter()
            .any(|alarm| alarm.kind == "webhook_gap")
    })
    .await;
}

#[tokio::test]
async fn what_was_written_before_we_ever_asked_is_not_read() {
    let shop = Shop::new().await;
    shop.provider.has("SM0", NOON - 1_000);
    shop.passes(45_000);
    shop.is_asked(2).await;
    assert_eq!(shop.logged().await, [""; 0]);
    assert!(shop.provider.asked().iter().all(|since| *since >= NOON));
}

#[tokio::test]
async fn a_webhook_is_given_ten_seconds_to_come_first() {
    let shop = Shop::new().await;
    shop.passes(45_000);
    shop.provider.has("SM1", NOON + 44_000);
    shop.is_asked(2).await;
    assert_eq!(shop.logged().await, [""; 0]);
    shop.passes(45_000);
    shop.logs(&["SM1"]).await;
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_asked_ever_more_rarely_and_the_watermark_stays() {
    let shop = Shop::new().await;
    until("the first answer is written down", || async {
        shop.read_to().await == Timestamp(NOON)
    })
    .await;
    shop.provider.broken.store(true, Ordering::SeqCst);
    shop.provider.has("SM1", NOON + 1_000);
    shop.passes(45_000);
    until("it was asked", || async {
        shop.provider.asked().len() == 2
    })
    .await;
    // Nobody moves the clock: it is not asked again.
    for _ in 0..50 {
        shop.passes(0);
        tokio::task::yield_now().await;
    }
    assert_eq!(shop.provider.asked().len(), 2);
    assert_eq!(shop.read_to().await, Timestamp(NOON));

    shop.provider.broken.store(false, Ordering::SeqCst);
    shop.passes(10_000);

    shop.logs(&["SM1"]).await;
}
