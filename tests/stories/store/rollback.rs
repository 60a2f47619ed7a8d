//! A transaction is stored whole or not at all.

use sqlx::Connection;

use super::backend::{on_every_backend, run};
use super::cast::{ACME, CHAT, GLOBEX, everything, found, log};

#[tokio::test]
async fn what_is_rolled_back_leaves_nothing() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let before = backend.rows().await;
        run(&mut conn, "BEGIN IMMEDIATE").await;
        everything(&mut conn, ACME).await.expect("written");

        run(&mut conn, "ROLLBACK").await;

        assert_eq!(backend.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_is_seen_by_its_own_transaction_alone() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let mut other = backend.store.reads.acquire().await.expect("a reader");
        run(&mut conn, "BEGIN IMMEDIATE").await;
        everything(&mut conn, ACME).await.expect("written");

        let reads = &backend.store.reads;
        let outside = found(reads, &mut other, ACME).await.expect("answers");

        assert!(outside.iter().all(|(_, there)| !there), "{outside:?}");
        run(&mut conn, "COMMIT").await;
        let now = found(reads, &mut other, ACME).await.expect("answers");
        assert!(now.iter().all(|(_, there)| *there), "{now:?}");
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_lost_in_a_transaction_leaves_nothing() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let before = backend.rows().await;
        run(&mut conn, "BEGIN IMMEDIATE").await;
        everything(&mut conn, ACME).await.expect("written");

        conn.close().await.expect("it closes");

        assert_eq!(backend.rows().await, before);
        let mut next = backend.writer().await;
        everything(&mut next, ACME).await.expect("the way is free");
    })
    .await;
}

#[tokio::test]
async fn after_a_statement_that_failed_the_rest_of_its_transaction_can_be_given_up() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        everything(&mut conn, ACME).await.expect("written");
        let before = backend.rows().await;
        run(&mut conn, "BEGIN IMMEDIATE").await;
        everything(&mut conn, GLOBEX).await.expect("written");
        log(&mut conn, ACME, CHAT, 1, "again")
            .await
            .expect_err("the place is taken");

        run(&mut conn, "ROLLBACK").await;

        assert_eq!(backend.rows().await, before);
    })
    .await;
}
