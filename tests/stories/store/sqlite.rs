//! What only SQLite can be asked: its settings, its full disk, and how it finds what it is asked for.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use std::sync::{Mutex, Once};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection};
use switchboard::store::conversations::{self, Inbox};
use switchboard::store::{Conn, Store, StoreError, clock, guard, outbox, people};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::backend::{Backend, Folder, TABLES};
use super::cast::{
    ACME, ADA, NOON, everything, found, lists, undo, what_came_later, what_the_first_version_kept,
};

async fn setting(conn: &mut Conn, name: &'static str) -> String {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT CAST(\"{name}\" AS TEXT) FROM pragma_{name}"
    ));
    let value = sqlx::query_scalar(sql).fetch_one(conn).await;
    value.unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn every_connection_writes_ahead_and_to_the_disk() {
    let backend = Backend::sqlite().await;
    let mut writer = backend.writer().await;
    let mut reader = backend.store.reads.acquire().await.expect("a reader");
    for conn in [&mut writer, &mut *reader] {
        assert_eq!(setting(conn, "journal_mode").await, "wal");
        assert_eq!(setting(conn, "synchronous").await, "2");
        assert_eq!(setting(conn, "foreign_keys").await, "1");
        let wait: i64 = sqlx::query_scalar("SELECT timeout FROM pragma_busy_timeout")
            .fetch_one(conn)
            .await
            .expect("a setting");
        assert_eq!(wait, 5_000);
    }
}

#[tokio::test]
async fn a_database_that_cannot_write_ahead_is_refused() {
    // In memory there is no log to write ahead to, whatever is asked for.
    let refused = Store::open(Path::new(":memory:"), clock::machine())
        .await
        .expect_err("it would lose what was acknowledged");
    assert!(
        matches!(refused, StoreError::Unsafe { setting: "journal_mode", ref value } if value == "memory"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date_and_keeps_what_it_has() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.database())
        .create_if_missing(true);
    let mut conn = SqliteConnection::connect_with(&options)
        .await
        .expect("a database");
    sqlx::migrate!("migrations/sqlite")
        .run_to(1, &mut conn)
        .await
        .expect("the first version's tables");
    // Whoever writes here knows columns that the first version did not have.
    for (table, column, kind) in SINCE {
        alter(&mut conn, table, "ADD", &format!("{column} {kind}")).await;
    }
    what_the_first_version_kept(&mut conn, ACME)
        .await
        .expect("written");
    for (table, column, _) in SINCE {
        alter(&mut conn, table, "DROP", column).await;
    }
    conn.close().await.expect("it closes");

    let store = Store::open(&folder.database(), clock::machine())
        .await
        .expect("it is brought up to date");

    let mut conn = store.writer().await.expect("a connection");
    what_came_later(&mut conn, ACME).await.expect("room for it");
    let kept = found(&store.reads, &mut conn, ACME).await.expect("answers");
    assert!(kept.iter().all(|(_, there)| *there), "{kept:?}");
}

/// Columns that tables of the first version have now.
const SINCE: [(&str, &str, &str); 4] = [
    ("delivery", "absent", "INTEGER NOT NULL DEFAULT 0"),
    ("delivery", "template", "TEXT"),
    ("welcome", "country", "TEXT NOT NULL DEFAULT ''"),
    ("welcome", "refused", "INTEGER NOT NULL DEFAULT 0"),
];

async fn alter(conn: &mut SqliteConnection, table: &str, how: &str, column: &str) {
    let sql = sqlx::AssertSqlSafe(format!("ALTER TABLE {table} {how} COLUMN {column}"));
    sqlx::query(sql).execute(conn).await.expect("altered");
}

#[tokio::test]
async fn what_cannot_be_opened_is_named() {
    let folder = Folder::new();
    for path in [folder.path().to_owned(), folder.path().join("no/such.db")] {
        let refused = Store::open(&path, clock::machine())
            .await
            .expect_err("there is no database to open");
        let named = path.display().to_string();
        assert!(refused.to_string().contains(&named), "{refused}");
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_nothing() {
    let backend = Backend::sqlite().await;
    let mut conn = backend.writer().await;
    let before = backend.rows().await;
    // The database may not grow by a page more.
    sqlx::query("PRAGMA max_page_count = 1")
        .execute(&mut conn)
        .await
        .expect("a limit");
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut conn)
        .await
        .expect("begun");

    let full = fill(&mut conn).await.expect_err("there is no room");

    assert!(matches!(full, StoreError::Full), "{full}");
    // The engine may have rolled back by itself.
    let _ = sqlx::query("ROLLBACK").execute(&mut conn).await;
    assert_eq!(backend.rows().await, before);
}

async fn fill(conn: &mut Conn) -> Result<(), StoreError> {
    let long = "x".repeat(100_000);
    for n in 0..100 {
        people::organization(conn, &n.to_string(), &long, &n.to_string()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_stories_know_every_table() {
    let backend = Backend::sqlite().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&backend.store.reads)
    .await
    .expect("the schema");
    let known: BTreeSet<&str> = TABLES.into_iter().collect();
    assert_eq!(
        tables.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        known
    );
}

/// Steps that read all of something, and may: it stays small.
const MAY: [(&str, &str); 9] = [
    ("SCAN CONSTANT ROW", "a question of one row"),
    ("SCAN clock", "one row"),
    ("SCAN (subquery-1)", "the last so many welcomes"),
    (
        "SEARCH messaging USING PRIMARY KEY (organization=?)",
        "its own word and everybody's",
    ),
    (
        "SEARCH alarm USING PRIMARY KEY (organization=?)",
        "an organization has few alarms",
    ),
    (
        "SEARCH c USING INDEX conversation_queue",
        "only what waits, in its order",
    ),
    (
        "SCAN delivery USING INDEX delivery_due",
        "only what is on its way",
    ),
    (
        "SEARCH session USING PRIMARY KEY (organization=?)",
        "those that expired are removed by it",
    ),
    (
        "SEARCH parked_receipt USING PRIMARY KEY (organization=?)",
        "what is older than ten minutes is removed by it",
    ),
];

/// A step that reads no more than is wanted: it looks up by more than the organization, and need not sort.
fn looks_up(step: &str) -> bool {
    // The rows that the question itself brings.
    let brought = step == "SCAN r" || step.ends_with("VALUES CLAUSE");
    let scans = !brought && (step.starts_with("SCAN") || step.ends_with("(organization=?)"));
    let sorts = step.starts_with("USE TEMP B-TREE FOR ORDER BY");
    !(scans || sorts) || MAY.iter().any(|(may, _)| step.starts_with(may))
}

#[tokio::test]
async fn no_question_reads_more_than_it_answers() {
    let backend = Backend::sqlite().await;
    let mut conn = backend.writer().await;
    let mut wasteful = Vec::new();
    for sql in asked_of(&backend.database()).await {
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                .fetch_all(&mut conn)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let steps = plan.into_iter().map(|(.., step)| step);
        let read = steps.filter(|step| !looks_up(step));
        wasteful.extend(read.map(|step| (step, sql.clone())));
    }
    // An organization has few people, and a visitor few conversations: sorting those costs less than keeping them sorted.
    wasteful
        .retain(|(_, sql)| !sql.contains(" FROM operator ") && !sql.contains(" AND c.visitor = "));
    assert!(wasteful.is_empty(), "{wasteful:#?}");
}

/// The texts of all that the stories' cast asks for, as the engine was given them.
async fn asked_of(database: &Path) -> BTreeSet<String> {
    listen();
    let options = SqliteConnectOptions::new()
        .filename(database)
        .thread_name(|_| OVERHEARD.to_owned());
    let mut conn = SqliteConnection::connect_with(&options)
        .await
        .expect("a connection");
    let pool = SqlitePoolOptions::new()
        .connect_with(options)
        .await
        .expect("a pool");
    everything(&mut conn, ACME).await.expect("written");
    found(&pool, &mut conn, ACME).await.expect("found");
    undo(&mut conn, ACME).await.expect("undone");
    for wanted in lists().into_iter().chain(held()) {
        conversations::inbox(&pool, ACME, &wanted)
            .await
            .expect("a list");
    }
    conversations::due(&pool, NOON, 9).await.expect("deadlines");
    conversations::keep_time(&mut conn, NOON)
        .await
        .expect("kept");
    outbox::waiting(&pool).await.expect("how many wait");
    guard::keep_secret(&mut conn, "key", "00")
        .await
        .expect("kept");
    guard::secret(&pool, "key").await.expect("a secret");
    outbox::in_flight(&pool).await.expect("what was in a call");
    people::operators_by_email(&pool, "ada@acme.example")
        .await
        .expect("operators");
    // What is closed has said all that it was asked.
    conn.close().await.expect("it closes");
    pool.close().await;
    let heard = OVERHEARD_TEXTS.lock().expect("no listener panics");
    assert!(heard.len() > 40, "{}", heard.len());
    heard.clone()
}

fn held() -> Vec<Inbox> {
    ["in_progress", "resolved"]
        .map(|status| Inbox {
            status: Some(status.to_owned()),
            holder: Some(ADA),
            cursor: Some((NOON.0, String::new())),
            limit: 9,
            ..Inbox::default()
        })
        .into()
}

/// The connections whose questions are overheard run on threads of this name.
const OVERHEARD: &str = "overheard";
static OVERHEARD_TEXTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Keeps the text of every question that is asked on an overheard connection: the engine's driver reports it.
struct Listener;

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Listener))
            .expect("nobody else listens");
    });
}

impl<S: tracing::Subscriber> Layer<S> for Listener {
    fn enabled(&self, about: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        about.target() == "sqlx::query" && std::thread::current().name() == Some(OVERHEARD)
    }

    fn register_callsite(
        &self,
        about: &'static tracing::Metadata<'static>,
    ) -> tracing::subscriber::Interest {
        if about.target() == "sqlx::query" {
            tracing::subscriber::Interest::sometimes()
        } else {
            tracing::subscriber::Interest::never()
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let sql = if text.whole.is_empty() {
            text.short
        } else {
            text.whole
        };
        if !["PRAGMA", "BEGIN", "COMMIT"]
            .iter()
            .any(|word| sql.trim().starts_with(word))
        {
            let mut heard = OVERHEARD_TEXTS.lock().expect("no listener panics");
            heard.insert(sql.trim().to_owned());
        }
    }
}

/// A question's text in a report of the driver's: whole, or where it is short, in its summary.
#[derive(Default)]
struct Text {
    whole: String,
    short: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "db.statement" => self.whole = value.to_owned(),
            "summary" => self.short = value.to_owned(),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
