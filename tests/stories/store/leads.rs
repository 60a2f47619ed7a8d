//! What is kept of leads and of visitors' addresses.

use switchboard::core::{ConversationId, Timestamp};
use switchboard::store::Conn;
use switchboard::store::leads::{self, Gone, Identity, Lead, LeadId, LeadState, Source, Wanted};
use uuid::Uuid;

use super::backend::on_every_backend;
use super::cast::{ACME, CHAT, LEAD, NOON, OTHER_LEAD, PHONE, VERA, WALT, given, identity, lead};

fn numbered(n: u32) -> Lead {
    Lead {
        id: LeadId(Uuid::from_u128(100 + u128::from(n))),
        visitor: None,
        created_at: NOON.plus(i64::from(n / 2)),
        ..lead(ACME)
    }
}

async fn listed(conn: &mut Conn, wanted: &Wanted, now: Timestamp) -> Vec<LeadId> {
    let leads = leads::list(conn, ACME, wanted, now).await.expect("a list");
    leads.into_iter().map(|lead| lead.id).collect()
}

#[tokio::test]
async fn a_lead_is_read_back_as_it_was_written() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        leads::put(&mut conn, &lead(ACME)).await.unwrap();
        let changed = Lead {
            state: LeadState::Won,
            conversation: Some(CHAT),
            updated_at: NOON.plus(1),
            ..lead(ACME)
        };
        leads::put(&mut conn, &changed).await.unwrap();

        let read = leads::get(&mut conn, ACME, LEAD).await.unwrap();
        assert_eq!(read, Some(changed));
    })
    .await;
}

#[tokio::test]
async fn a_visitor_has_one_lead() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        leads::put(&mut conn, &lead(ACME)).await.unwrap();

        leads::of_conversation(&mut conn, ACME, (VERA, CHAT), OTHER_LEAD, NOON)
            .await
            .expect("there is one: nothing to do");
        let second = Lead {
            id: OTHER_LEAD,
            ..lead(ACME)
        };
        leads::put(&mut conn, &second)
            .await
            .expect_err("there is one already");

        let found = leads::of_visitor(&mut conn, ACME, VERA).await.unwrap();
        assert_eq!(found.map(|lead| lead.id), Some(LEAD));
    })
    .await;
}

#[tokio::test]
async fn a_list_is_read_page_by_page_the_newest_first_and_none_twice() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for n in 0..9 {
            leads::put(&mut conn, &numbered(n)).await.unwrap();
        }
        let (mut cursor, mut read) = (None, Vec::new());
        loop {
            let wanted = Wanted {
                cursor: cursor.take(),
                limit: 4,
                ..Wanted::default()
            };
            let page = leads::list(&mut conn, ACME, &wanted, NOON).await.unwrap();
            let Some(last) = page.last() else {
                break;
            };
            cursor = Some((last.created_at, last.id.to_string()));
            read.extend(page.into_iter().map(|lead| lead.id));
        }
        let newest_first: Vec<LeadId> = (0..9).rev().map(|n| numbered(n).id).collect();
        assert_eq!(read, newest_first);
    })
    .await;
}

#[tokio::test]
async fn a_search_takes_its_words_as_they_stand() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        leads::put(&mut conn, &lead(ACME)).await.unwrap();
        let finds = async |conn: &mut Conn, words: &str| {
            let wanted = Wanted {
                words: Some(words.to_owned()),
                limit: 9,
                ..Wanted::default()
            };
            !listed(conn, &wanted, NOON).await.is_empty()
        };
        assert!(finds(&mut conn, "WELL &").await);
        for nothing in ["%", "_era", "\\", "Well%Sons", "' OR 1 = 1 --"] {
            assert!(!finds(&mut conn, nothing).await, "{nothing}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lead_of_a_conversation_is_listed_while_an_address_of_it_is_theirs() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        leads::of_conversation(&mut conn, ACME, (WALT, CHAT), OTHER_LEAD, NOON)
            .await
            .unwrap();
        let soon = Identity {
            since: Some(NOON.plus(10)),
            ..identity()
        };
        leads::put_identity(&mut conn, ACME, WALT, &soon)
            .await
            .unwrap();
        let all = Wanted {
            limit: 9,
            ..Wanted::default()
        };
        assert_eq!(listed(&mut conn, &all, NOON.plus(9)).await, []);
        assert_eq!(listed(&mut conn, &all, NOON.plus(10)).await, [OTHER_LEAD]);

        let gone = Identity {
            gone: Some((Gone::TakenBack, NOON)),
            ..soon
        };
        leads::put_identity(&mut conn, ACME, WALT, &gone)
            .await
            .unwrap();
        assert_eq!(listed(&mut conn, &all, NOON.plus(10)).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_is_erased_leaves_nothing() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        leads::put(&mut conn, &lead(ACME)).await.unwrap();
        leads::give(&mut conn, ACME, LEAD, &given()).await.unwrap();
        leads::put_identity(&mut conn, ACME, VERA, &identity())
            .await
            .unwrap();

        leads::erase(&mut conn, &lead(ACME)).await.unwrap();

        for (table, rows) in backend.rows().await {
            let of_leads = ["lead", "lead_address", "identity"].contains(&table);
            assert!(!of_leads || rows == 0, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_operator_who_reached_somebody_makes_a_new_lead_a_contacted_one() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for (state, becomes) in [
            (LeadState::New, LeadState::Contacted),
            (LeadState::Won, LeadState::Won),
        ] {
            let before = Lead {
                state,
                source: Source::Form,
                conversation: None::<ConversationId>,
                ..lead(ACME)
            };
            leads::put(&mut conn, &before).await.unwrap();
            leads::reached(&mut conn, ACME, VERA, NOON).await.unwrap();
            let after = leads::get(&mut conn, ACME, LEAD).await.unwrap();
            assert_eq!(after.map(|lead| lead.state), Some(becomes));
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_of_a_visitors_is_one_row_whatever_becomes_of_it() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let heard = Identity {
            heard_at: Some(NOON.plus(5)),
            ..identity()
        };
        for identity in [&identity(), &heard] {
            leads::put_identity(&mut conn, ACME, VERA, identity)
                .await
                .unwrap();
        }
        let pair = ("sms", PHONE);
        let read = leads::identity(&mut conn, ACME, VERA, pair).await.unwrap();
        assert_eq!(read.as_ref(), Some(&heard));
        let all = leads::identities(&mut conn, ACME, VERA).await.unwrap();
        assert_eq!(all, [heard]);
    })
    .await;
}
