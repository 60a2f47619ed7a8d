//! The main job: a conversation moves to a phone and back, with nothing lost and the operator doing nothing.

use serde_json::{Value, json};

use crate::world::{OTHER_PHONE, PHONE, World, until};

fn kinds(log: &[Value]) -> Vec<&str> {
    log.iter()
        .map(|event| event["kind"].as_str().expect("a kind"))
        .collect()
}

#[tokio::test]
async fn a_chat_goes_web_sms_web_sms_web_and_nothing_is_lost_doubled_or_reordered() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("does the pump fit?").await;
    ada.says(&id, "it does").await.is(201);

    for round in 0..2 {
        let asked = visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
        assert_eq!(
            asked["active_leg"]["channel"], "web",
            "the old leg stays until the welcome is accepted"
        );
        let moved = visitor
            .waits(&id, |now| now["switch"]["phase"] == "reversible")
            .await;
        assert_eq!(moved["active_leg"]["channel"], "sms");
        assert_eq!(moved["active_leg"]["address"], PHONE);
        let texts = world.received(PHONE).await;
        assert!(
            texts
                .last()
                .is_some_and(|text| text.starts_with("Acme Pumps:")),
            "{texts:?}"
        );

        let before = texts.len();
        world.text(PHONE, &format!("from my phone {round}")).await;
        until("the text is in the log", || async {
            ada.said(&id)
                .await
                .contains(&format!("visitor sms from my phone {round}"))
        })
        .await;
        ada.says(&id, &format!("to your phone {round}"))
            .await
            .is(201);
        until("the answer is on the phone", || async {
            world.received(PHONE).await.len() == before + 1
        })
        .await;

        world.pass(12_000);
        let back = visitor.switches(&id, "web", None).await.is(202);
        assert_eq!(back["active_leg"]["channel"], "web");
        visitor
            .says(&id, &format!("back again {round}"))
            .await
            .is(201);
        ada.says(&id, &format!("welcome back {round}"))
            .await
            .is(201);
        world.pass(12_000);
    }

    let expected = [
        "visitor web does the pump fit?",
        "operator web it does",
        "visitor sms from my phone 0",
        "operator sms to your phone 0",
        "visitor web back again 0",
        "operator web welcome back 0",
        "visitor sms from my phone 1",
        "operator sms to your phone 1",
        "visitor web back again 1",
        "operator web welcome back 1",
    ];
    assert_eq!(ada.said(&id).await, expected);
    assert_eq!(visitor.said(&id).await, expected);
    let seqs: Vec<u64> = ada
        .log(&id)
        .await
        .iter()
        .map(|event| event["seq"].as_u64().expect("a seq"))
        .collect();
    assert_eq!(
        seqs,
        (1..=seqs.len() as u64).collect::<Vec<_>>(),
        "an operator's list has no gap"
    );
    let texts = world.received(PHONE).await;
    assert!(
        !texts.iter().any(|text| text.contains("it does")),
        "no phone sees what was said before it joined"
    );
}

#[tokio::test]
async fn revert_in_time_puts_back_the_leg_and_touches_nothing_else() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.says(&id, "hello").await.is(201);
    visitor.says(&id, "one more thing").await.is(201);
    let before = ada.sees(&id).await;
    visitor.goes_on_by_sms(&id, PHONE).await;

    let reverted = visitor.reverts(&id).await.is(200);

    assert_eq!(reverted["active_leg"]["channel"], "web");
    assert_eq!(reverted["switch"]["phase"], "settled");
    let after = ada.sees(&id).await;
    for untouched in ["assignee", "status", "unread", "queued_at"] {
        assert_eq!(after[untouched], before[untouched], "{untouched}");
    }
    visitor.reverts(&id).await.is(200);
    let log = ada.log(&id).await;
    assert_eq!(
        kinds(&log)
            .iter()
            .filter(|kind| **kind == "reverted")
            .count(),
        1,
        "asked twice, done once"
    );
}

#[tokio::test]
async fn revert_after_the_window_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.reverts(&id).await.refused(409, "nothing_to_revert");
    visitor.goes_on_by_sms(&id, PHONE).await;
    visitor
        .waits(&id, |now| now["active_leg"]["proof"] == "delivered")
        .await;
    world.pass(11_500);
    let before = visitor.log(&id).await;

    visitor.reverts(&id).await.refused(409, "window_closed");

    assert_eq!(visitor.log(&id).await, before);
    assert_eq!(visitor.sees(&id).await["active_leg"]["channel"], "sms");
}

#[tokio::test]
async fn the_network_has_a_second_and_a_half_of_grace() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.pass(10_100);
    assert_eq!(
        visitor.reverts(&id).await.is(200)["active_leg"]["channel"],
        "web"
    );
}

#[tokio::test]
async fn a_text_from_the_phone_after_a_revert_is_logged_and_moves_nothing() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    visitor.reverts(&id).await.is(200);

    world.text(PHONE, "too late?").await;

    visitor.hears(&id, "visitor sms too late?").await;
    assert_eq!(visitor.sees(&id).await["active_leg"]["channel"], "web");
}

#[tokio::test]
async fn asking_for_the_leg_one_came_from_inside_the_window_is_the_revert() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;

    let back = visitor.switches(&id, "web", None).await.is(202);

    assert_eq!(back["switch"]["phase"], "settled");
    assert_eq!(back["switch"]["outcome"], "reverted");
    assert_eq!(back["active_leg"]["channel"], "web");
}

#[tokio::test]
async fn a_number_corrected_inside_the_window_leaves_the_wrong_phone_at_once() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, OTHER_PHONE).await;

    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);

    visitor
        .waits(&id, |now| {
            now["active_leg"]["address"] == PHONE && now["switch"]["phase"] == "reversible"
        })
        .await;
    ada.says(&id, "only for the right one").await.is(201);
    until("the right phone has it", || async {
        world
            .received(PHONE)
            .await
            .contains(&"only for the right one".to_owned())
    })
    .await;
    assert_eq!(
        world.received(OTHER_PHONE).await.len(),
        1,
        "the wrong phone got its welcome and nothing else"
    );
    let back = visitor.reverts(&id).await.is(200);
    assert_eq!(
        back["active_leg"]["channel"], "web",
        "a revert never lands on an unconfirmed phone"
    );
}

#[tokio::test]
async fn a_cancelled_switch_moves_nothing_even_if_the_provider_accepts_it_later() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    world
        .faults(json!({ "delay": "5s", "drop_callbacks": true }))
        .await;
    let asked = visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
    assert_eq!(asked["switch"]["phase"], "greeting");

    visitor
        .switches(&id, "sms", Some(OTHER_PHONE))
        .await
        .refused(409, "switch_pending");
    visitor.reverts(&id).await.refused(409, "switch_pending");
    let path = format!("/v1/conversations/{id}/switch");
    visitor
        .ask(reqwest::Method::DELETE, &path, None)
        .await
        .is(200);
    visitor
        .ask(reqwest::Method::DELETE, &path, None)
        .await
        .refused(409, "nothing_to_cancel");

    world.pass(6_000);
    world.text(PHONE, "what is this?").await;
    visitor.hears(&id, "visitor sms what is this?").await;
    let now = visitor.sees(&id).await;
    assert_eq!(now["active_leg"]["channel"], "web");
    assert_eq!(now["switch"]["outcome"], "cancelled");
}

#[tokio::test]
async fn an_answer_from_the_phone_confirms_a_switch_whose_acceptance_is_still_on_its_way() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.is_greeted(&id, PHONE).await;

    world.text(PHONE, "here I am").await;

    let now = visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    assert_eq!(now["active_leg"]["channel"], "sms");
    assert_eq!(now["active_leg"]["proof"], "replied");
}

#[tokio::test]
async fn a_retried_switch_with_the_same_client_id_is_the_same_switch() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let body = json!({ "channel": "sms", "address": PHONE, "client_id": "s1" });
    let path = format!("/v1/conversations/{id}/switch");
    for _ in 0..3 {
        visitor
            .ask(reqwest::Method::POST, &path, Some(body.clone()))
            .await
            .is(202);
    }
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    visitor
        .ask(reqwest::Method::POST, &path, Some(body))
        .await
        .is(202);
    assert_eq!(world.received(PHONE).await.len(), 1, "one welcome");
    let other = json!({ "channel": "sms", "address": OTHER_PHONE, "client_id": "s1" });
    visitor
        .ask(reqwest::Method::POST, &path, Some(other))
        .await
        .refused(409, "client_id_reused");
}

#[tokio::test]
async fn a_second_conversation_that_asks_for_a_held_phone_is_refused_neutrally() {
    let world = World::new().await;
    let (first, second, ada) = (
        world.visitor().await,
        world.visitor().await,
        world.ada().await,
    );
    let one = first.begins("hello").await;
    first.goes_on_by_sms(&one, PHONE).await;
    world.text(PHONE, "it is me").await;
    let two = second.begins("hello").await;

    second.switches(&two, "sms", Some(PHONE)).await.is(202);

    let now = second
        .waits(&two, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(now["switch"]["reason"], "not_possible");
    assert_eq!(
        ada.sees(&two).await["switch"]["reason"],
        "held",
        "operators are told the truth"
    );
    assert_eq!(world.received(PHONE).await.len(), 1, "nothing was sent");
}

#[tokio::test]
async fn every_message_finds_its_conversation_again_after_the_visitor_left_the_page() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.text(PHONE, "here").await;
    until("heard", || async {
        ada.sees(&id).await["active_leg"]["heard"] == true
    })
    .await;
    world.pass(12_000);
    visitor.switches(&id, "web", None).await.is(202);
    // Away from the window: their text on a phone that was heard before brings the conversation along.
    world.pass(40_000);

    world.text(PHONE, "I am on the train now").await;

    let log_has_moved = || async { ada.sees(&id).await["active_leg"]["channel"] == "sms" };
    until("it follows", log_has_moved).await;
    assert!(
        ada.log(&id)
            .await
            .iter()
            .any(|event| event["kind"] == "switched" && event["how"] == "follow")
    );
}
