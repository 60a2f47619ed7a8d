//! The questions we ask of storage, one SQL text each.
//!
//! * [`attachments`]: files that go with messages
//! * `bulk`: many rows in one statement
//! * [`clock`]: the one clock that decides anything
//! * [`contacts`]: people on channels: when they last wrote, what else they are called
//! * [`conversations`]: conversations, their logs, and what a client's or a provider's id stood for
//! * [`mod@file`]: the file it is all in, and the place where that lies
//! * [`leads`]: what is known of visitors, and of those who never were one
//! * [`outbox`]: messages on their way to a leg
//! * [`guard`]: whom the guard counted, what was stopped by hand, what is alarming
//! * [`pairs`]: which conversation a pair leads to, who opted out
//! * [`people`]: organizations, operators, sessions, visitors
//! * `search`: what people type into a search field
//! * [`tickets`]: one-time codes and links, and the passes of who came by one
//!
//! Writes are made by one committer (see [`gateway`](crate::gateway)) on one connection; reads use a pool of their own. Rows become
//! states in one place, and a row that cannot be one is an error that names it.

pub mod attachments;
mod bulk;
pub mod clock;
pub mod contacts;
pub mod conversations;
pub mod file;
pub mod guard;
pub mod leads;
pub mod outbox;
pub mod pairs;
pub mod people;
mod search;
pub mod tickets;

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::core::Timestamp;
use clock::{Clock, Machine};

/// A connection to write or read on.
pub type Conn = SqliteConnection;

/// Why storage did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room: nothing was written.
    #[error("the disk is full: make room; nothing was written, and reading goes on")]
    Full,
    /// Something is wrong with the file or its place.
    #[error("{path} {fault}; {advice}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        fault: String,
        /// What to do.
        advice: String,
    },
    /// Another server has it.
    #[error(
        "{path} is used by another server: end that one, or set [store] url to a database of its own"
    )]
    InUse {
        /// The file.
        path: String,
    },
    /// It cannot be written to.
    #[error(
        "{path} cannot be written to: {reason}; give the user that runs the server the right to write there, or set [store] url"
    )]
    ReadOnly {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The engine does not keep its promises with these settings.
    #[error(
        "the database reads back {setting} = {value}: it could lose what was acknowledged, so the server does not start"
    )]
    Unsafe {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
    },
    /// A row that no program of ours writes.
    #[error("the stored {what} cannot be read: {reason}; restore it from a backup")]
    Corrupt {
        /// What kind of row.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer version of ours has changed the schema.
    #[error(
        "the database was last used by a newer version (its migration {0} is not known here): run that version, or restore the backup that was made before it ran"
    )]
    Newer(i64),
    /// The schema could not be brought up to date.
    #[error("the database could not be brought up to date: {0}")]
    Migration(MigrateError),
    /// Anything else that the engine says.
    #[error("the database failed: {0}")]
    Engine(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|error| error.code())
            .unwrap_or_default()
            .to_string();
        // https://www.sqlite.org/rescode.html: 13 is FULL; 778, 4874 and others are I/O errors of a write or a sync.
        match code.parse::<u32>() {
            Ok(code) if code & 0xff == 13 => Self::Full,
            Ok(code) if code & 0xff == 8 => Self::ReadOnly {
                path: "the database".to_owned(),
                reason: error.to_string(),
            },
            Ok(778 | 1034 | 4106 | 4874) => Self::Full,
            _ => Self::Engine(error),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Migration(other),
        }
    }
}

/// A document column that cannot be read.
pub(crate) fn corrupt(what: &'static str) -> impl Fn(serde_json::Error) -> StoreError {
    move |error| StoreError::Corrupt {
        what,
        reason: error.to_string(),
    }
}

/// The embedded store: one connection writes, a pool reads.
#[derive(Debug)]
pub struct Store {
    /// For reading; many at once.
    pub reads: SqlitePool,
    /// The clock that decides.
    pub clock: Clock,
    options: SqliteConnectOptions,
}

/// How the schema came to be, step by step.
static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
const READERS: u32 = 4;
/// Pages of the write-ahead log between checkpoints: fewer, longer pauses cost less than many short ones (40,000 pages = 160 MB).
const CHECKPOINT_PAGES: u32 = 40_000;

impl Store {
    /// Opens (or makes) the database at that path, with a clock that follows the machine's, and brings it up to date.
    ///
    /// # Errors
    /// When it cannot be opened, written, migrated, or would not keep what was acknowledged over a power cut.
    pub async fn open(path: &Path, machine: Machine) -> Result<Self, StoreError> {
        file::make(path)?;
        let opened = Self::open_made(path, machine).await;
        opened.map_err(|error| file::explained(path, error))
    }

    async fn open_made(path: &Path, machine: Machine) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            .pragma("cache_size", "-65536")
            // What one statement might have to undo stays in memory instead of a file for each.
            .pragma("temp_store", "memory")
            .statement_cache_capacity(512);
        let mut conn = SqliteConnection::connect_with(&options).await?;
        keeps_its_promises(&mut conn).await?;
        MIGRATIONS.run(&mut conn).await?;
        let last: i64 = sqlx::query_scalar("SELECT last FROM clock")
            .fetch_one(&mut conn)
            .await?;
        // The first write shows whether there may be one.
        match try_to_write(&mut conn).await {
            Err(full @ StoreError::Full) => tracing::warn!("{full}"),
            other => other?,
        }
        conn.close().await?;
        let reads = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options.clone())
            .await?;
        Ok(Self {
            reads,
            clock: Clock::new(machine, Timestamp(last)),
            options,
        })
    }

    /// Reaches a database that is there, and changes nothing.
    ///
    /// # Errors
    /// When it cannot be read, is not one of ours, or is one of a newer version.
    pub async fn look(path: &Path) -> Result<(), StoreError> {
        let looked = Self::look_at(path).await;
        looked.map_err(|error| file::explained(path, error))
    }

    async fn look_at(path: &Path) -> Result<(), StoreError> {
        // Without a log nobody has it open, and so read it leaves no files behind.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(!file::log_of(path).exists());
        let mut conn = SqliteConnection::connect_with(&options).await?;
        sqlx::query("SELECT last FROM clock")
            .execute(&mut conn)
            .await?;
        let applied: i64 =
            sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
                .fetch_one(&mut conn)
                .await?;
        if applied > 0 && !MIGRATIONS.version_exists(applied) {
            return Err(StoreError::Newer(applied));
        }
        Ok(())
    }

    /// The connection that writes. There is one committer, so there is one of these.
    ///
    /// # Errors
    /// When the database cannot be opened any more.
    pub async fn writer(&self) -> Result<Conn, StoreError> {
        let mut conn = SqliteConnection::connect_with(&self.options).await?;
        keeps_its_promises(&mut conn).await?;
        Ok(conn)
    }

    /// Whether a question is answered.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT last FROM clock")
            .execute(&self.reads)
            .await?;
        Ok(())
    }
}

/// A write that changes nothing.
///
/// # Errors
/// When there can be none.
pub(crate) async fn try_to_write(conn: &mut Conn) -> Result<(), StoreError> {
    // The engine leaves out a write of what is there already: this one changes, and changes back.
    const TRIAL: &str = "BEGIN IMMEDIATE; UPDATE clock SET last = last + 1; \
                         UPDATE clock SET last = last - 1; COMMIT";
    let tried = sqlx::raw_sql(TRIAL).execute(&mut *conn).await;
    if tried.is_err() {
        // The engine may have rolled back by itself.
        let _ = sqlx::query("ROLLBACK").execute(conn).await;
    }
    tried.map(drop).map_err(StoreError::from)
}

/// An acknowledgement means that it is on the disk: nothing weaker is accepted.
async fn keeps_its_promises(conn: &mut Conn) -> Result<(), StoreError> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *conn)
        .await?;
    if mode != "wal" {
        return Err(StoreError::Unsafe {
            setting: "journal_mode",
            value: mode,
        });
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *conn)
        .await?;
    if synchronous < 2 {
        return Err(StoreError::Unsafe {
            setting: "synchronous",
            value: synchronous.to_string(),
        });
    }
    Ok(())
}
