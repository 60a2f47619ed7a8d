//! A conversation is written only over what it was read as.

use switchboard::core::Status;
use switchboard::store::conversations::Stored;

use super::backend::on_every_backend;
use super::cast::{ACME, ADA, CHAT, OTHER, VERA, WALT, begin, begun, save, stored};

fn claimed(read: &Stored) -> Stored {
    let mut claimed = read.clone();
    claimed.state.status = Status::InProgress(ADA);
    claimed
}

#[tokio::test]
async fn a_conversation_that_changed_since_it_was_read_is_not_written() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        begin(&mut conn, ACME, CHAT, VERA).await;
        let read = stored(&backend.store.reads, CHAT).await;
        assert_eq!(save(&mut conn, &[&read]).await.unwrap(), 1);

        let stale = save(&mut conn, &[&claimed(&read)]).await;

        assert_eq!(stale.unwrap(), 0);
        let kept = stored(&backend.store.reads, CHAT).await;
        assert_eq!(kept.version, read.version + 1);
        assert_eq!(kept.state.status, Status::Waiting);
    })
    .await;
}

#[tokio::test]
async fn a_conversation_that_is_begun_twice_is_begun_once() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        begin(&mut conn, ACME, CHAT, VERA).await;

        let again = save(&mut conn, &[&claimed(&begun(ACME, CHAT, VERA))]).await;

        assert_eq!(again.unwrap(), 0);
        let kept = stored(&backend.store.reads, CHAT).await;
        assert_eq!(kept.state.status, Status::Waiting);
    })
    .await;
}

#[tokio::test]
async fn the_count_tells_that_one_of_several_was_stale() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        begin(&mut conn, ACME, CHAT, VERA).await;
        begin(&mut conn, ACME, OTHER, WALT).await;
        let fresh = stored(&backend.store.reads, CHAT).await;
        let stale = Stored {
            version: 0,
            ..stored(&backend.store.reads, OTHER).await
        };

        let written = save(&mut conn, &[&fresh, &stale]).await;

        assert_eq!(written.unwrap(), 1);
    })
    .await;
}
