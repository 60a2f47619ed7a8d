//! Everything belongs to one organization, whatever it is called.

use switchboard::store::{conversations, pairs, people};

use super::backend::on_every_backend;
use super::cast::{ACME, CHAT, GLOBEX, NOON, PHONE, VERA, everything, found, log, undo};

fn not(expected: bool, found: Vec<(&'static str, bool)>) -> Vec<&'static str> {
    found
        .into_iter()
        .filter(|(_, there)| *there != expected)
        .map(|(question, _)| question)
        .collect()
}

#[tokio::test]
async fn no_question_asked_for_one_organization_finds_what_is_anothers() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        everything(&mut conn, ACME).await.expect("written");
        let reads = &backend.store.reads;

        let own = found(reads, &mut conn, ACME).await.expect("answers");
        let anothers = found(reads, &mut conn, GLOBEX).await.expect("answers");

        assert_eq!(not(true, own), [""; 0], "its own is found");
        assert_eq!(not(false, anothers), [""; 0], "nothing else is");
    })
    .await;
}

#[tokio::test]
async fn the_same_ids_in_two_organizations_are_two_things() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for organization in [ACME, GLOBEX] {
            everything(&mut conn, organization).await.expect("written");
            log(&mut conn, organization, CHAT, 2, organization)
                .await
                .expect("a second entry");
        }

        undo(&mut conn, GLOBEX).await.expect("undone");

        let reads = &backend.store.reads;
        let kept = found(reads, &mut conn, ACME).await.expect("answers");
        assert_eq!(not(true, kept), [""; 0], "what is Acme's is as it was");
        let heard = conversations::events(reads, ACME, CHAT, 1, 9)
            .await
            .unwrap();
        assert!(heard.len() == 1 && format!("{heard:?}").contains(ACME));
    })
    .await;
}

#[tokio::test]
async fn what_is_undone_for_one_organization_is_undone_there() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        everything(&mut conn, ACME).await.expect("written");

        undo(&mut conn, ACME).await.expect("undone");

        let reads = &backend.store.reads;
        let session = people::session(reads, ACME, "session", NOON).await;
        assert_eq!(session.unwrap(), None);
        let open = conversations::open_of(&mut conn, ACME, VERA, "web").await;
        assert_eq!(open.unwrap(), None);
        assert!(
            !pairs::opted_out(&mut conn, ACME, "sms", PHONE)
                .await
                .unwrap()
        );
        let whose = people::visitor_by_token(reads, ACME, "token").await;
        assert_eq!(whose.unwrap(), Some(VERA));
    })
    .await;
}
