//! What there can be only one of.

use switchboard::core::conversation::Hold;
use switchboard::core::delivery::State;
use switchboard::core::{ConversationId, Status, Timestamp};
use switchboard::store::Conn;
use switchboard::store::conversations::{self, Writes};
use switchboard::store::outbox::{self, Outgoing};
use switchboard::store::pairs::{self, Right};
use switchboard::store::people;

use super::backend::on_every_backend;
use super::cast::{
    ACME, CHAT, NOON, OTHER, PHONE, SMS, VERA, WALT, WEB, begin, begun, client_key, in_state, log,
    provider_message, queued, save, stored, triple,
};

#[tokio::test]
async fn a_visitor_has_one_open_conversation_on_a_widget() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        begin(&mut conn, ACME, CHAT, VERA).await;

        let second = save(&mut conn, &[&begun(ACME, OTHER, VERA)]).await;

        second.expect_err("there is one already");
        let elsewhere = conversations::Stored {
            widget: "help".to_owned(),
            ..begun(ACME, OTHER, VERA)
        };
        assert_eq!(save(&mut conn, &[&elsewhere]).await.unwrap(), 1);
        let open = conversations::open_of(&mut conn, ACME, VERA, WEB).await;
        assert_eq!(open.unwrap(), Some(CHAT));
    })
    .await;
}

#[tokio::test]
async fn once_it_is_resolved_there_may_be_another_and_it_cannot_be_opened_beside_that() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        begin(&mut conn, ACME, CHAT, VERA).await;
        let mut first = stored(&backend.store.reads, CHAT).await;
        first.state.status = Status::Resolved;
        assert_eq!(save(&mut conn, &[&first]).await.unwrap(), 1);

        let second = save(&mut conn, &[&begun(ACME, OTHER, VERA)]).await;

        assert_eq!(second.unwrap(), 1);
        let mut again = stored(&backend.store.reads, CHAT).await;
        again.state.status = Status::Waiting;
        save(&mut conn, &[&again])
            .await
            .expect_err("the other one is open");
    })
    .await;
}

async fn holder_of_the_phone(conn: &mut Conn) -> Option<(ConversationId, Option<Timestamp>)> {
    let holder = pairs::holder(conn, ACME, SMS, PHONE).await.unwrap();
    holder.map(|holder| (holder.conversation, holder.kept_until))
}

async fn asks(conn: &mut Conn, id: ConversationId, hold: Hold, right: Right) {
    pairs::hold(conn, ACME, (SMS, PHONE), id, hold, right)
        .await
        .expect("it is no error to ask");
}

#[tokio::test]
async fn a_pair_that_is_firmly_held_leads_to_one_conversation_whoever_asks() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        asks(&mut conn, CHAT, Hold::Firm, Right::Asked).await;
        for (hold, right) in [
            (Hold::Firm, Right::Asked),
            (Hold::Until(NOON), Right::Asked),
            (Hold::Until(NOON), Right::Held),
            (Hold::Firm, Right::Held),
            (Hold::Not, Right::Held),
            (Hold::Firm, Right::Reached(NOON)),
        ] {
            asks(&mut conn, OTHER, hold, right).await;
            assert_eq!(holder_of_the_phone(&mut conn).await, Some((CHAT, None)));
        }
    })
    .await;
}

#[tokio::test]
async fn a_pair_that_yields_goes_to_the_next_that_takes_it_and_to_nobody_who_does_not() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        asks(&mut conn, CHAT, Hold::Until(NOON), Right::Asked).await;

        asks(&mut conn, OTHER, Hold::Firm, Right::Held).await;
        assert_eq!(
            holder_of_the_phone(&mut conn).await,
            Some((CHAT, Some(NOON)))
        );

        asks(&mut conn, OTHER, Hold::Firm, Right::Asked).await;
        assert_eq!(holder_of_the_phone(&mut conn).await, Some((OTHER, None)));

        asks(&mut conn, OTHER, Hold::Not, Right::Held).await;
        assert_eq!(holder_of_the_phone(&mut conn).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_pair_that_was_reached_after_all_is_taken_up_again_unless_it_leads_to_another_by_then() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        asks(&mut conn, OTHER, Hold::Until(NOON), Right::Asked).await;
        let later = Hold::Until(NOON.plus(1));

        asks(&mut conn, CHAT, later, Right::Reached(NOON.plus(-1))).await;
        assert_eq!(
            holder_of_the_phone(&mut conn).await,
            Some((OTHER, Some(NOON)))
        );

        asks(&mut conn, CHAT, later, Right::Reached(NOON)).await;
        let kept = Some(NOON.plus(1));
        assert_eq!(holder_of_the_phone(&mut conn).await, Some((CHAT, kept)));

        asks(&mut conn, CHAT, Hold::Not, Right::Held).await;
        asks(&mut conn, CHAT, later, Right::Reached(NOON)).await;
        assert_eq!(holder_of_the_phone(&mut conn).await, Some((CHAT, kept)));
    })
    .await;
}

#[tokio::test]
async fn a_place_in_a_log_is_written_once() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        log(&mut conn, ACME, CHAT, 1, "first").await.unwrap();

        log(&mut conn, ACME, CHAT, 1, "second")
            .await
            .expect_err("the place is taken");

        let page = conversations::events(&backend.store.reads, ACME, CHAT, 0, 9)
            .await
            .unwrap();
        assert!(page.len() == 1 && format!("{page:?}").contains("first"));
    })
    .await;
}

#[tokio::test]
async fn a_clients_id_stands_for_ever_for_what_it_stood_for_first() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for (seq, digest) in [(1, "first"), (2, "second")] {
            let mut writes = Writes::default();
            writes.client_key(client_key(ACME, "c1", seq, digest));
            writes.flush(&mut conn).await.unwrap();
        }

        let asked = [triple(ACME, &format!("v:{VERA}"), "c1")];
        let found = conversations::client_keys(&mut conn, &asked).await.unwrap();

        assert_eq!(found, [client_key(ACME, "c1", 1, "first")]);
        for (author, id) in [(format!("v:{WALT}"), "c1"), (format!("v:{VERA}"), "c2")] {
            let asked = [triple(ACME, &author, id)];
            let found = conversations::client_keys(&mut conn, &asked).await.unwrap();
            assert_eq!(found, [], "somebody else's, or another id");
        }
    })
    .await;
}

#[tokio::test]
async fn a_providers_message_is_in_one_log_once() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for id in [CHAT, OTHER] {
            let mut writes = Writes::default();
            writes.provider_message(provider_message(ACME, id));
            writes.flush(&mut conn).await.unwrap();
        }

        let asked = [
            triple(ACME, SMS, "SM1"),
            triple(ACME, "acme-whatsapp", "SM1"),
        ];
        let found = conversations::provider_messages(&mut conn, &asked).await;

        assert_eq!(found.unwrap(), [triple(ACME, SMS, "SM1")]);
        let kept: Vec<String> = sqlx::query_scalar("SELECT conversation FROM provider_message")
            .fetch_all(&backend.store.reads)
            .await
            .unwrap();
        assert_eq!(kept, [CHAT.to_string()], "the first one");
    })
    .await;
}

#[tokio::test]
async fn a_providers_id_names_one_message_and_is_never_changed() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let called = |seq, id: &str| Outgoing {
            provider_id: Some(id.to_owned()),
            ..in_state(State::Sent, queued(ACME, seq))
        };
        outbox::save(&mut conn, &[called(2, "SM2")]).await.unwrap();

        outbox::save(&mut conn, &[called(3, "SM2")])
            .await
            .expect_err("another message has it");
        outbox::save(&mut conn, &[called(2, "SM4")]).await.unwrap();

        let found = outbox::by_provider_id(&mut conn, ACME, SMS, "SM2").await;
        assert_eq!(found.unwrap().expect("it is there").delivery.seq, 2);
        let other = outbox::by_provider_id(&mut conn, ACME, SMS, "SM4").await;
        assert!(other.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_visitors_token_is_one_visitors() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        people::new_visitor(&mut conn, ACME, VERA, Some("token"), NOON)
            .await
            .unwrap();

        people::new_visitor(&mut conn, ACME, WALT, Some("token"), NOON)
            .await
            .expect_err("it is Vera's");

        let whose = people::visitor_by_token(&backend.store.reads, ACME, "token").await;
        assert_eq!(whose.unwrap(), Some(VERA));
    })
    .await;
}
