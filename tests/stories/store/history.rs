//! How a log and the lists over it are read.

use switchboard::core::{Seq, Status, Timestamp};
use switchboard::store::conversations::{self, Inbox};

use super::backend::{Backend, on_every_backend};
use super::cast::{ACME, ADA, CHAT, NOON, OTHER, VERA, WALT, begin, log, save, stored};

async fn page(backend: &Backend, after: Seq, limit: u32) -> Vec<Seq> {
    let page = conversations::events(&backend.store.reads, ACME, CHAT, after, limit).await;
    page.expect("a page")
        .into_iter()
        .map(|(seq, _)| seq)
        .collect()
}

#[tokio::test]
async fn a_reader_that_goes_on_after_what_it_has_sees_every_entry_once_and_in_order() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for seq in [3, 1, 2, 5, 4] {
            log(&mut conn, ACME, CHAT, seq, "hello").await.unwrap();
            log(&mut conn, ACME, OTHER, seq, "elsewhere").await.unwrap();
        }
        assert_eq!(page(backend, 0, 2).await, [1, 2]);
        assert_eq!(page(backend, 2, 2).await, [3, 4]);
        assert_eq!(page(backend, 4, 2).await, [5]);
        assert!(page(backend, 5, 2).await.is_empty());
        let farthest = i64::MAX.cast_unsigned();
        assert!(page(backend, farthest, 2).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_queue_shows_first_who_has_waited_longest_and_other_lists_what_changed_last() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        begin(&mut conn, ACME, CHAT, VERA).await;
        begin(&mut conn, ACME, OTHER, WALT).await;
        let reads = &backend.store.reads;
        let mut first = stored(reads, OTHER).await;
        (first.state.queued_at, first.updated_at) = (NOON, NOON.plus(9));
        let mut last = stored(reads, CHAT).await;
        (last.state.queued_at, last.updated_at) = (NOON.plus(1), NOON.plus(1));
        save(&mut conn, &[&first, &last]).await.unwrap();

        let queue = Inbox {
            status: Some("waiting".to_owned()),
            limit: 9,
            ..Inbox::default()
        };
        assert_eq!(ids(backend, &queue).await, [OTHER, CHAT]);
        let next = Inbox {
            cursor: Some((NOON.0, OTHER.to_string())),
            ..queue.clone()
        };
        assert_eq!(ids(backend, &next).await, [CHAT]);

        for row in [&mut first, &mut last] {
            row.version += 1;
            row.state.status = Status::InProgress(ADA);
        }
        save(&mut conn, &[&first, &last]).await.unwrap();
        let held = Inbox {
            status: Some("in_progress".to_owned()),
            holder: Some(ADA),
            limit: 9,
            ..Inbox::default()
        };
        assert_eq!(ids(backend, &held).await, [OTHER, CHAT]);
        assert_eq!(ids(backend, &queue).await, []);
    })
    .await;
}

async fn ids(backend: &Backend, wanted: &Inbox) -> Vec<switchboard::core::ConversationId> {
    let rows = conversations::inbox(&backend.store.reads, ACME, wanted).await;
    rows.expect("a list")
        .into_iter()
        .map(|stored| stored.id)
        .collect()
}

#[tokio::test]
async fn nothing_is_due_before_its_deadline() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        begin(&mut conn, ACME, CHAT, VERA).await;
        let mut greeting = stored(&backend.store.reads, CHAT).await;
        greeting.state.route.phase =
            switchboard::core::Phase::Greeting(switchboard::core::conversation::Greeting {
                switch: switchboard::core::SwitchId(1),
                to: switchboard::core::LegId(2),
                by: switchboard::core::Actor::Visitor,
                reconnect: false,
                deadline: NOON,
            });
        save(&mut conn, &[&greeting]).await.unwrap();

        let due = async |now: Timestamp| {
            conversations::due(&backend.store.reads, now, 9)
                .await
                .unwrap()
        };

        assert_eq!(due(NOON.plus(-1)).await, []);
        assert_eq!(due(NOON).await, [(ACME.to_owned(), CHAT)]);
    })
    .await;
}
