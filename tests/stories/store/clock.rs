//! Time, as it is stored, never goes back.

use switchboard::core::Timestamp;
use switchboard::store::conversations::keep_time;

use super::backend::{Backend, on_every_backend, run};
use super::cast::NOON;

async fn kept(backend: &Backend) -> Timestamp {
    let last = sqlx::query_scalar("SELECT last FROM clock")
        .fetch_one(&backend.store.reads)
        .await;
    Timestamp(last.expect("a time"))
}

#[tokio::test]
async fn the_time_that_is_kept_never_goes_back() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        keep_time(&mut conn, NOON).await.unwrap();
        keep_time(&mut conn, NOON.plus(-1)).await.unwrap();
        assert_eq!(kept(backend).await, NOON);
        keep_time(&mut conn, NOON.plus(1)).await.unwrap();
        assert_eq!(kept(backend).await, NOON.plus(1));
    })
    .await;
}

#[tokio::test]
async fn a_start_with_a_machine_that_runs_behind_goes_on_from_the_time_that_is_kept() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        keep_time(&mut conn, NOON).await.unwrap();
        backend.machine_says(NOON.plus(-3_600_000));

        backend.reopen().await.expect("it opens again");

        assert_eq!(backend.store.clock.now(), NOON);
        backend.machine_says(NOON.plus(-3_599_000));
        assert_eq!(backend.store.clock.now(), NOON.plus(1_000));
    })
    .await;
}

#[tokio::test]
async fn a_time_whose_transaction_is_rolled_back_is_not_kept() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        run(&mut conn, "BEGIN IMMEDIATE").await;
        keep_time(&mut conn, NOON).await.unwrap();
        run(&mut conn, "ROLLBACK").await;
        assert_eq!(kept(backend).await, Timestamp(0));
    })
    .await;
}
