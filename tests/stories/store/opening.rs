//! What happens when a database is opened.

use switchboard::store::StoreError;

use super::backend::{on_every_backend, run};
use super::cast::{ACME, everything};

#[tokio::test]
async fn a_second_start_changes_nothing_that_is_stored() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        everything(&mut conn, ACME).await.expect("written");
        let before = backend.rows().await;

        backend.reopen().await.expect("it opens again");
        backend.reopen().await.expect("and again");

        assert_eq!(backend.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_name_and_left_as_it_is() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        everything(&mut conn, ACME).await.expect("written");
        run(
            &mut conn,
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
             SELECT 9999, 'later', installed_on, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
        let before = backend.rows().await;

        let looked = backend.look().await.expect_err("a look finds it out");
        assert!(matches!(looked, StoreError::Newer(9999)), "{looked}");
        let refused = backend.reopen().await.expect_err("it is newer than we are");

        assert!(matches!(refused, StoreError::Newer(9999)), "{refused}");
        let said = refused.to_string();
        assert!(said.contains("newer version") && said.contains("backup"), "{said}");
        run(&mut conn, "DELETE FROM _sqlx_migrations WHERE version = 9999").await;
        backend.reopen().await.expect("it opens again");
        assert_eq!(backend.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_no_program_of_ours_writes_is_an_error_that_names_it() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        everything(&mut conn, ACME).await.expect("written");
        run(&mut conn, "UPDATE conversation SET state = '{}'").await;

        let error = super::cast::found(&backend.store.reads, &mut conn, ACME)
            .await
            .expect_err("it cannot be read");

        assert!(
            matches!(
                error,
                StoreError::Corrupt {
                    what: "conversation",
                    ..
                }
            ),
            "{error}"
        );
    })
    .await;
}
