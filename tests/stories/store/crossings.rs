//! One-time words, and what people are called: what may happen once happens once, and what was said later holds.

use switchboard::core::{LegId, Timestamp};
use switchboard::store::tickets::{self, Opens, Ticket};
use switchboard::store::{contacts, pairs};

use super::backend::on_every_backend;
use super::cast::{ACME, CHAT, FORM, GLOBEX, NOON, OTHER, PHONE, SMS};

const SOON: Timestamp = Timestamp(NOON.0 + 60_000);

#[tokio::test]
async fn a_one_time_word_is_used_once_in_time_as_what_it_is_and_where_it_belongs() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let until = (NOON, SOON);
        tickets::issue(
            &mut conn,
            ACME,
            "word",
            Opens::Return,
            (CHAT, Some(LegId(2))),
            until,
        )
        .await
        .unwrap();
        for (organization, kind, at) in [
            (GLOBEX, Opens::Return, NOON),
            (ACME, Opens::Code, NOON),
            (ACME, Opens::Return, SOON),
        ] {
            let none = tickets::use_up(&mut conn, organization, "word", kind, at).await;
            assert_eq!(none.unwrap(), None, "{organization} {kind:?} {at:?}");
        }
        let ticket = Ticket {
            conversation: CHAT,
            leg: Some(LegId(2)),
        };
        let used = tickets::use_up(&mut conn, ACME, "word", Opens::Return, NOON).await;
        assert_eq!(used.unwrap(), Some(ticket));
        let again = tickets::use_up(&mut conn, ACME, "word", Opens::Return, NOON).await;
        assert_eq!(again.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_older_message_takes_back_nothing_that_a_newer_one_said() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for (form, at) in [(FORM, SOON), (PHONE, NOON)] {
            contacts::heard(&mut conn, ACME, (SMS, PHONE), ("SM1", form), at)
                .await
                .unwrap();
        }
        let known = contacts::get(&mut conn, ACME, SMS, PHONE).await.unwrap();
        assert_eq!(known.heard_at, Some(SOON));
        assert_eq!(known.sends_to.as_deref(), Some(FORM));
    })
    .await;
}

#[tokio::test]
async fn a_pair_that_its_person_moves_leads_to_the_new_conversation_whoever_held_it() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for conversation in [CHAT, OTHER] {
            pairs::move_to(&mut conn, ACME, SMS, PHONE, conversation)
                .await
                .unwrap();
            let holder = pairs::holder(&mut conn, ACME, SMS, PHONE).await.unwrap();
            let holder = holder.expect("it leads somewhere");
            assert_eq!(
                (holder.conversation, holder.kept_until),
                (conversation, None)
            );
        }
    })
    .await;
}
