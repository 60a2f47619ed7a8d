//! The engines that the stories are told on, each with a fresh database and a hand on its clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use switchboard::core::Timestamp;
use switchboard::store::clock::Machine;
use switchboard::store::{Conn, Store, StoreError};

use super::cast::NOON;

/// Every table, so that a story can say "nothing".
pub const TABLES: [&str; 28] = [
    "organization",
    "operator",
    "session",
    "visitor",
    "conversation",
    "event",
    "client_key",
    "provider_message",
    "pair",
    "delivery",
    "parked_receipt",
    "consent",
    "welcome",
    "lead",
    "lead_address",
    "identity",
    "contact",
    "form",
    "ticket",
    "pass",
    "secret",
    "challenge",
    "messaging",
    "alarm",
    "watermark",
    "attachment",
    "link_key",
    "clock",
];

/// Tells a story on every engine.
pub async fn on_every_backend(story: impl AsyncFn(&mut Backend)) {
    for mut backend in [Backend::sqlite().await] {
        // Read only where the story fails.
        println!("on {}", backend.name);
        story(&mut backend).await;
    }
}

/// An engine with a database of its own.
pub struct Backend {
    name: &'static str,
    /// The store that is open on it.
    pub store: Store,
    hand: Arc<AtomicI64>,
    folder: Folder,
}

impl Backend {
    /// The embedded engine.
    pub async fn sqlite() -> Self {
        let (folder, hand) = (Folder::new(), Arc::new(AtomicI64::new(NOON.0)));
        let store = Store::open(&folder.database(), machine(&hand))
            .await
            .expect("a fresh database opens");
        Self {
            name: "SQLite",
            store,
            hand,
            folder,
        }
    }

    /// Closes the store and opens it again on the same data.
    pub async fn reopen(&mut self) -> Result<(), StoreError> {
        self.store.reads.close().await;
        self.store = Store::open(&self.folder.database(), machine(&self.hand)).await?;
        Ok(())
    }

    /// Looks whether there is a database that can be opened.
    pub async fn look(&self) -> Result<(), StoreError> {
        Store::look(&self.folder.database()).await
    }

    /// The connection that writes.
    pub async fn writer(&self) -> Conn {
        self.store.writer().await.expect("a connection that writes")
    }

    /// Where an embedded database is.
    pub fn database(&self) -> PathBuf {
        self.folder.database()
    }

    /// Puts the machine's clock at a time.
    pub fn machine_says(&self, at: Timestamp) {
        self.hand.store(at.0, Ordering::SeqCst);
    }

    /// How many rows each table has.
    pub async fn rows(&self) -> Vec<(&'static str, i64)> {
        let mut rows = Vec::new();
        for table in TABLES {
            let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let count = sqlx::query_scalar(sql)
                .fetch_one(&self.store.reads)
                .await
                .expect("a count");
            rows.push((table, count));
        }
        rows
    }
}

/// Runs a text that no question of the store's has.
pub async fn run(conn: &mut Conn, sql: &'static str) {
    sqlx::query(sql)
        .execute(conn)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A temporary folder, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    /// A fresh one.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!(
            "switchboard-store-{}",
            uuid::Uuid::now_v7().simple()
        ));
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database in it.
    pub fn database(&self) -> PathBuf {
        self.0.join("switchboard.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A machine's clock that stands where the hand has put it.
pub fn machine(hand: &Arc<AtomicI64>) -> Machine {
    let hand = hand.clone();
    Arc::new(move || hand.load(Ordering::SeqCst))
}
