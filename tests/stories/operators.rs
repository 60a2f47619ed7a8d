//! The operators' side: claiming, handing on, inviting, and switching for the visitor.

use reqwest::Method;
use serde_json::json;

use crate::world::{PHONE, World, until};

#[tokio::test]
async fn the_first_operator_who_answers_holds_the_conversation() {
    let world = World::new().await;
    let (visitor, ada, ben) = (world.visitor().await, world.ada().await, world.ben().await);
    let id = visitor.begins("hello").await;
    assert_eq!(ada.sees(&id).await["status"], "waiting");
    ada.says(&id, "hello").await.is(201);

    let refused = ben.says(&id, "me too").await.refused(409, "held");
    assert_eq!(refused["holder"]["name"], "Ada");
    ben.does(&id, "claim").await.refused(409, "held");

    let now = ada.sees(&id).await;
    assert_eq!(
        (&now["status"], &now["assignee"]["name"]),
        (&json!("in_progress"), &json!("Ada"))
    );
}

#[tokio::test]
async fn a_conversation_is_handed_on_resolved_and_opened_again_by_the_visitor() {
    let world = World::new().await;
    let (visitor, ada, ben) = (world.visitor().await, world.ada().await, world.ben().await);
    let id = visitor.begins("hello").await;
    ada.does(&id, "claim").await.is(200);
    let operators = ada.ask(Method::GET, "/v1/operators", None).await.is(200);
    let ben_id = operators["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|row| row["name"] == "Ben")
        .expect("Ben")["id"]
        .clone();
    ada.ask(
        Method::POST,
        &format!("/v1/conversations/{id}/transfer"),
        Some(json!({ "operator": ben_id })),
    )
    .await
    .is(200);
    assert_eq!(ben.sees(&id).await["assignee"]["name"], "Ben");
    ben.does(&id, "resolve").await.is(200);
    ben.says(&id, "one more").await.refused(409, "resolved");

    visitor.says(&id, "still broken").await.is(201);

    assert_eq!(ada.sees(&id).await["status"], "waiting");
}

#[tokio::test]
async fn an_invitation_opens_the_number_area_once() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.invites(&id).await;
    let invitation = visitor.sees(&id).await["invitation"]["id"].clone();
    let path = format!("/v1/conversations/{id}/switch");
    let asked = json!({ "channel": "sms", "address": PHONE, "invitation": invitation });
    visitor
        .ask(Method::POST, &path, Some(asked.clone()))
        .await
        .is(202);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    assert!(visitor.sees(&id).await["invitation"].is_null());
    visitor.reverts(&id).await.is(200);

    visitor
        .ask(Method::POST, &path, Some(asked))
        .await
        .refused(409, "invitation_gone");
}

#[tokio::test]
async fn a_declined_invitation_is_gone() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.invites(&id).await;
    visitor
        .ask(
            Method::DELETE,
            &format!("/v1/conversations/{id}/invitation"),
            None,
        )
        .await
        .is(200);
    assert!(ada.sees(&id).await["invitation"].is_null());
}

#[tokio::test]
async fn an_operator_switches_for_the_visitor_but_not_inside_the_visitors_window() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.switches(&id, "sms", Some(PHONE)).await.is(202);
    let now = ada
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    assert_eq!(
        now["assignee"]["name"], "Ada",
        "a command that reaches the visitor claims"
    );
    ada.switches(&id, "sms", Some("+12025550177"))
        .await
        .refused(409, "window_open");
    world.pass(60_000);
    ada.switches(&id, "web", None)
        .await
        .refused(409, "not_there");
    visitor.sees(&id).await;
    ada.switches(&id, "web", None).await.is(202);
}

#[tokio::test]
async fn what_an_operator_meant_for_the_web_is_not_sent_to_a_phone_that_nobody_answered() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.says(&id, "hello").await.is(201);
    let web = ada.sees(&id).await["active_leg"]["id"].clone();
    visitor.goes_on_by_sms(&id, PHONE).await;

    let body = json!({ "client_id": "m1", "text": "meant for the web", "leg": web });
    let path = format!("/v1/conversations/{id}/messages");
    let refused = ada
        .ask(Method::POST, &path, Some(body))
        .await
        .refused(409, "leg_changed");
    assert_eq!(refused["active_leg"]["channel"], "sms");

    world.text(PHONE, "I am here").await;
    until("heard", || async {
        ada.sees(&id).await["active_leg"]["heard"] == true
    })
    .await;
    let body = json!({ "client_id": "m2", "text": "now it may go", "leg": web });
    ada.ask(Method::POST, &path, Some(body)).await.is(201);
}

#[tokio::test]
async fn a_text_from_an_unknown_phone_begins_a_conversation_of_its_own() {
    let world = World::new().await;
    let ada = world.ada().await;
    world.text(PHONE, "do you sell pumps?").await;
    let inbox = || async {
        ada.ask(Method::GET, "/v1/conversations?status=waiting", None)
            .await
            .is(200)
    };
    until("it waits in the queue", || async {
        inbox().await["items"].as_array().expect("items").len() == 1
    })
    .await;
    let row = inbox().await["items"][0].clone();
    assert_eq!(row["active_leg"]["channel"], "sms");
    assert_eq!(row["last_message"]["text"], "do you sell pumps?");
    let id = row["id"].as_str().expect("an id").to_owned();
    ada.says(&id, "we do").await.is(201);
    until("the answer is on the phone", || async {
        world.received(PHONE).await == ["we do"]
    })
    .await;
}

#[tokio::test]
async fn a_text_to_a_number_that_no_connection_has_is_taken_and_counted() {
    let world = World::new().await;
    let ada = world.ada().await;
    world.has_number("+15005550001");

    world
        .text_to(PHONE, "+15005550001", "do you sell pumps?")
        .await;

    let inbox = || ada.ask(Method::GET, "/v1/conversations?status=waiting", None);
    until("it waits in the queue", || async {
        inbox().await.is(200)["items"][0]["last_message"]["text"] == "do you sell pumps?"
    })
    .await;
    let numbers = reqwest::get(format!("{}/metrics", world.url)).await;
    let numbers = numbers.expect("an answer").text().await.expect("a body");
    let counted = numbers
        .lines()
        .any(|line| line.contains("outcome=\"other_number\"") && line.contains("acme-sms"));
    assert!(counted, "{numbers}");
}

#[tokio::test]
async fn text_for_a_phone_that_has_not_answered_waits_where_the_shop_wants_it_so() {
    let world =
        World::with(|config| config.switch.before_reply = switchboard::config::BeforeReply::Hold)
            .await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    assert_eq!(ada.sees(&id).await["active_leg"]["holds"], false);
    visitor.goes_on_by_sms(&id, PHONE).await;
    assert_eq!(ada.sees(&id).await["active_leg"]["holds"], true);
    assert!(visitor.sees(&id).await["active_leg"]["holds"].is_null());
    let said = ada.says(&id, "are you there?").await.is(201);
    assert_eq!(said["delivery"]["state"], "held");
    assert_eq!(world.received(PHONE).await.len(), 1);

    world.text(PHONE, "yes").await;

    ada.waits(&id, |now| now["active_leg"]["holds"] == false)
        .await;
    until("it left", || async {
        world
            .received(PHONE)
            .await
            .contains(&"are you there?".to_owned())
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_found_by_a_number_however_it_is_written() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world.visitor().await.begins("another").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    for (words, found) in [
        ("%2B12025550143", true),
        ("(202)%20555-0143", true),
        ("0143", true),
        ("0144", false),
        ("43", false),
    ] {
        let path = format!("/v1/conversations?q={words}");
        let listed = ada.ask(Method::GET, &path, None).await.is(200);
        let items = listed["items"].as_array().expect("items");
        let ids: Vec<_> = items.iter().map(|row| row["id"].clone()).collect();
        let expected = if found { vec![json!(id)] } else { Vec::new() };
        assert_eq!(ids, expected, "{words}");
    }
}

#[tokio::test]
async fn a_conversation_is_found_by_the_words_that_were_said_last_and_by_nothing_else_of_them() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("a \"quoted\"\nword 50% off").await;
    for (words, found) in [
        ("quoted", true),
        ("%22quoted%22%0Aword", true),
        ("50%25", true),
        ("author", false),
        ("visitor", false),
        ("%25o", false),
        ("web", false),
    ] {
        let path = format!("/v1/conversations?q={words}");
        let listed = ada.ask(Method::GET, &path, None).await.is(200);
        let ids: Vec<_> = listed["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|row| row["id"].clone())
            .collect();
        let expected = if found { vec![json!(id)] } else { Vec::new() };
        assert_eq!(ids, expected, "{words}");
    }
}
