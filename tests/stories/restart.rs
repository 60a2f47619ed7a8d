//! A restart changes nothing that was acknowledged, and no window.

use serde_json::{Value, json};

use crate::world::{PHONE, World, until};

#[tokio::test]
async fn a_restart_in_the_middle_of_the_window_changes_nothing() {
    let mut world = World::new().await;
    let (token, id) = {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        visitor.goes_on_by_sms(&id, PHONE).await;
        visitor
            .waits(&id, |now| now["active_leg"]["proof"] == "delivered")
            .await;
        (visitor.token.clone(), id)
    };
    let before = world
        .ask(
            Some(&token),
            reqwest::Method::GET,
            &format!("/v1/conversations/{id}"),
            None,
        )
        .await
        .is(200);

    world.restart().await;

    let after = world
        .ask(
            Some(&token),
            reqwest::Method::GET,
            &format!("/v1/conversations/{id}"),
            None,
        )
        .await
        .is(200);
    for same in ["switch", "last_seq", "status", "assignee"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    let revert = format!("/v1/conversations/{id}/revert");
    world
        .ask(Some(&token), reqwest::Method::POST, &revert, None)
        .await
        .is(200);
    world.restart().await;
    world
        .ask(Some(&token), reqwest::Method::POST, &revert, None)
        .await
        .is(200);
}

#[tokio::test]
async fn a_session_and_everything_said_outlive_a_restart() {
    let mut world = World::new().await;
    let (ada, id, log) = {
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        let id = visitor.begins("hello").await;
        ada.says(&id, "hello").await.is(201);
        let log = ada.log(&id).await;
        (ada.token.clone(), id, log)
    };
    world.restart().await;
    let path = format!("/v1/conversations/{id}/events?after=0");
    until("it is read again", || async {
        let page = world
            .ask(Some(&ada), reqwest::Method::GET, &path, None)
            .await
            .is(200);
        page["events"].as_array().expect("events").len() == log.len()
    })
    .await;
}

#[tokio::test]
async fn a_restart_is_no_proof_that_a_message_of_unknown_outcome_did_not_arrive() {
    let mut world = World::new().await;
    let (token, id) = {
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        let id = visitor.begins("hello").await;
        visitor.goes_on_by_sms(&id, PHONE).await;
        world.faults(json!({ "status": 500 })).await;
        ada.says(&id, "exactly once").await.is(201);
        until("nobody knows", || async {
            delivery(&world, &ada.token, &id).await == "uncertain"
        })
        .await;
        (ada.token.clone(), id)
    };

    world.restart().await;

    for _ in 0..25 {
        world.pass(2_000);
        for _ in 0..10 {
            assert_eq!(delivery(&world, &token, &id).await, "uncertain");
        }
    }
    assert!(world.received(PHONE).await.is_empty());
    world
        .passes(1_000, "it arrived", || async {
            delivery(&world, &token, &id).await == "delivered"
        })
        .await;
    assert_eq!(world.received(PHONE).await, ["exactly once"]);
}

/// What has become of the last thing that an operator said.
async fn delivery(world: &World, token: &str, id: &str) -> Value {
    let path = format!("/v1/conversations/{id}/events?after=0");
    let page = world
        .ask(Some(token), reqwest::Method::GET, &path, None)
        .await
        .is(200);
    let events = page["events"].as_array().expect("events");
    let said = events
        .iter()
        .rfind(|event| event["author"]["kind"] == "operator");
    said.expect("it is in the log")["delivery"]["state"].clone()
}
