//! Who says STOP is not written to again, by any path, until they say START.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{PHONE, World, until};

#[tokio::test]
async fn after_stop_the_conversation_is_on_the_web_again_and_nothing_more_goes_to_the_phone() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;

    world.text(PHONE, "STOP").await;

    let now = visitor
        .waits(&id, |now| now["active_leg"]["channel"] == "web")
        .await;
    assert_eq!(now["switch"]["outcome"], "lost");
    assert!(now["switch"]["reason"].is_null(), "nothing has failed");
    let before = world.received(PHONE).await.len();
    ada.says(&id, "are you there?").await.is(201);
    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
    let refused = visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(refused["switch"]["reason"], "not_possible");
    assert_eq!(ada.sees(&id).await["switch"]["reason"], "opted_out");
    assert_eq!(world.received(PHONE).await.len(), before);
    assert!(
        ada.said(&id).await.contains(&"visitor sms STOP".to_owned()),
        "it is logged like any text"
    );

    world.text(PHONE, "START").await;
    until("they may be written to again", || async {
        ada.said(&id)
            .await
            .contains(&"visitor sms START".to_owned())
    })
    .await;
    visitor.goes_on_by_sms(&id, PHONE).await;
}

#[tokio::test]
async fn stop_while_the_welcome_is_on_its_way_refuses_the_switch() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.is_greeted(&id, PHONE).await;

    world.text(PHONE, "stop").await;

    let now = visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(now["active_leg"]["channel"], "web");
    assert_eq!(now["switch"]["reason"], "not_possible");
}

#[tokio::test]
async fn after_stop_the_web_window_stays_open_and_both_sides_go_on_there() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.text(PHONE, "STOP").await;
    visitor
        .waits(&id, |now| now["active_leg"]["channel"] == "web")
        .await;

    visitor.says(&id, "I am still here").await.is(201);
    ada.says(&id, "so am I").await.is(201);

    let said = visitor.said(&id).await;
    assert_eq!(
        said[said.len() - 2..],
        ["visitor web I am still here", "operator web so am I"]
    );
}

#[tokio::test]
async fn stop_is_answered_when_nothing_is_on_its_way_to_the_phone_any_more() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    // A carrier that does not answer: our call stands for as long as we have patience.
    world.faults(json!({ "timeout": "before" })).await;
    let said = ada.says(&id, "are you there?").await.is(201);
    world.text(PHONE, "STOP").await;
    until("STOP is answered", || async {
        let phone = world.on_phone(PHONE).await;
        phone
            .iter()
            .any(|message| message["text"] == "STOP" && message["status"] == "delivered")
    })
    .await;

    let log = ada.log(&id).await;
    let message = log.iter().find(|event| event["seq"] == said["seq"]);
    let state = &message.expect("it is logged")["delivery"]["state"];
    // Where STOP came before the call began, there is none.
    assert_ne!(state, "queued", "what was on its way is over");
}

#[tokio::test]
async fn an_operator_who_opts_an_address_out_counts_as_its_person() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.text(PHONE, "please do not write to me").await;
    visitor
        .hears(&id, "visitor sms please do not write to me")
        .await;
    let path = format!("/v1/conversations/{id}/opt-out");
    let asked = json!({ "channel": "sms", "address": PHONE });
    visitor
        .ask(Method::POST, &path, Some(asked.clone()))
        .await
        .refused(403, "forbidden");

    let now = ada
        .ask(Method::POST, &path, Some(asked.clone()))
        .await
        .is(200);

    assert_eq!(now["active_leg"]["channel"], "web");
    assert_eq!(
        opt_outs(&ada.log(&id).await),
        ["consent operator", "leg_lost operator"]
    );
    assert_eq!(opt_outs(&visitor.log(&id).await), ["leg_lost operator"]);
    ada.ask(Method::POST, &path, Some(asked)).await.is(200);
    assert_eq!(opt_outs(&ada.log(&id).await).len(), 2, "it is no news");
    assert_eq!(now["visitor"]["addresses"][0]["opted_out"], true);
    let before = world.received(PHONE).await.len();
    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(ada.sees(&id).await["switch"]["reason"], "opted_out");
    assert_eq!(world.received(PHONE).await.len(), before);
    world.text(PHONE, "START").await;
    visitor.hears(&id, "visitor sms START").await;
    assert_eq!(
        ada.sees(&id).await["visitor"]["addresses"][0]["opted_out"],
        false
    );
}

/// What a log tells of opt-outs, and of whom.
fn opt_outs(log: &[Value]) -> Vec<String> {
    let is = |event: &&Value| event["word"] == "opt_out" || event["why"] == "opt_out";
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |event: &Value| {
        let (kind, by) = (word(&event["kind"]), word(&event["by"]["kind"]));
        format!("{kind} {by}")
    };
    log.iter().filter(is).map(line).collect()
}

#[tokio::test]
async fn an_opt_out_from_where_the_chat_has_left_is_in_the_operators_log() {
    for by_word in [true, false] {
        let world = World::new().await;
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        let id = visitor.begins("hello").await;
        visitor.goes_on_by_sms(&id, PHONE).await;
        world.text(PHONE, "here").await;
        visitor.hears(&id, "visitor sms here").await;
        visitor.switches(&id, "web", None).await.is(202);
        if by_word {
            world.text(PHONE, "STOP").await;
            ada.hears(&id, "visitor sms STOP").await;
        } else {
            let path = format!("/v1/conversations/{id}/opt-out");
            let asked = json!({ "channel": "sms", "address": PHONE });
            ada.ask(Method::POST, &path, Some(asked)).await.is(200);
        }
        let by = if by_word { "visitor" } else { "operator" };
        let told = opt_outs(&ada.log(&id).await);
        assert_eq!(told, [format!("consent {by}")]);
        assert!(opt_outs(&visitor.log(&id).await).is_empty());
    }
}

#[tokio::test]
async fn what_a_carrier_refused_before_they_opted_in_again_opts_nobody_out() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world
        .faults(json!({ "undeliverable": { "code": 21610, "after": "12s" } }))
        .await;
    let said = ada.says(&id, "one before").await.is(201);
    ada.waits_for(&id, &said, "sent").await;
    world.pass(1_000);
    world.text(PHONE, "START").await;
    visitor.hears(&id, "visitor sms START").await;

    world.pass(13_000);

    ada.waits_for(&id, &said, "failed").await;
    let now = ada.sees(&id).await;
    assert_eq!(now["visitor"]["addresses"][0]["opted_out"], false);
    assert_eq!(now["active_leg"]["channel"], "sms");
    let later = ada.says(&id, "one after").await.is(201);
    ada.waits_for(&id, &later, "sent").await;
    world.pass(13_000);
    ada.waits_for(&id, &later, "failed").await;
    let now = ada.sees(&id).await;
    assert_eq!(now["visitor"]["addresses"][0]["opted_out"], true);
    assert_eq!(now["active_leg"]["channel"], "web");
}

#[tokio::test]
async fn only_an_address_of_the_conversation_can_be_opted_out_there() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    let path = format!("/v1/conversations/{id}/opt-out");
    for (asked, status, code) in [
        (
            json!({ "channel": "sms", "address": PHONE }),
            404,
            "not_found",
        ),
        (json!({ "channel": "sms" }), 422, "no_address"),
        (json!({ "channel": "web" }), 404, "not_found"),
    ] {
        ada.ask(Method::POST, &path, Some(asked))
            .await
            .refused(status, code);
    }
}
