//! Every way in which a switch or a message can fail, and what both sides are told.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{PHONE, Person, World, until};

#[tokio::test]
async fn a_refused_welcome_moves_nothing_and_tells_both_sides() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world.faults(json!({ "refuse": 21211 })).await;

    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);

    let now = visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(now["active_leg"]["channel"], "web");
    assert_eq!(now["switch"]["reason"], "not_possible");
    assert_eq!(ada.sees(&id).await["switch"]["reason"], "bad_recipient");
    for who in [&visitor, &ada] {
        assert!(
            who.log(&id)
                .await
                .iter()
                .any(|event| event["kind"] == "switch_failed")
        );
    }
    let seen_by_visitor = format!("{:?}", visitor.log(&id).await);
    assert!(
        !seen_by_visitor.contains("bad_recipient"),
        "a visitor learns nothing about a number"
    );
}

#[tokio::test]
async fn a_welcome_that_nobody_confirms_lapses_at_the_deadline_and_a_late_acceptance_changes_nothing()
 {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    world.faults(json!({ "delay": "40s" })).await;
    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);

    world.pass(30_000);
    let now = visitor
        .waits(&id, |now| now["switch"]["reason"] == "timed_out")
        .await;
    assert_eq!(now["switch"]["phase"], "settled");
    world.pass(15_000);
    world.text(PHONE, "still here").await;
    visitor.hears(&id, "visitor sms still here").await;
    assert_eq!(visitor.sees(&id).await["active_leg"]["channel"], "web");
}

#[tokio::test]
async fn an_accepted_welcome_that_proves_undeliverable_brings_the_conversation_home() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world
        .faults(json!({ "undeliverable": { "code": 30003, "after": "12s" } }))
        .await;
    visitor.goes_on_by_sms(&id, PHONE).await;

    world.pass(13_000);

    let now = visitor
        .waits(&id, |now| now["active_leg"]["channel"] == "web")
        .await;
    assert_eq!(now["switch"]["outcome"], "lost");
    let log = ada.log(&id).await;
    let lost = log
        .iter()
        .find(|event| event["kind"] == "leg_lost")
        .expect("both are told");
    assert_eq!(
        (&lost["why"], &lost["to_channel"]),
        (&json!("undeliverable"), &json!("web"))
    );
}

/// A conversation that is on a phone which has answered.
async fn on_a_phone(world: &World, visitor: &Person<'_>, operator: &Person<'_>) -> String {
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.text(PHONE, "here").await;
    until("heard", || async {
        operator.sees(&id).await["active_leg"]["heard"] == true
    })
    .await;
    id
}

async fn state_of(operator: &Person<'_>, id: &str, said: &Value) -> Value {
    let log = operator.log(id).await;
    log.iter()
        .find(|event| event["seq"] == said["seq"])
        .expect("it is in the log")["delivery"]["state"]
        .clone()
}

async fn copies(world: &World, text: &str) -> usize {
    world
        .received(PHONE)
        .await
        .iter()
        .filter(|received| *received == text)
        .count()
}

#[tokio::test]
async fn a_call_that_was_accepted_but_never_answered_is_found_in_the_providers_list_and_not_repeated()
 {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = on_a_phone(&world, &visitor, &ada).await;
    world
        .faults(json!({ "timeout": "after", "drop_callbacks": true }))
        .await;

    let said = ada.says(&id, "exactly once").await.is(201);

    ada.waits_for(&id, &said, "uncertain").await;
    world.faults(json!({})).await;
    world
        .passes(1_000, "it is found", || async {
            ["sent", "delivered"]
                .contains(&state_of(&ada, &id, &said).await.as_str().expect("a word"))
        })
        .await;
    assert_eq!(copies(&world, "exactly once").await, 1);
}

#[tokio::test]
async fn a_message_of_unknown_outcome_goes_again_only_after_the_list_proves_that_nobody_has_it() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = on_a_phone(&world, &visitor, &ada).await;
    world.faults(json!({ "status": 500 })).await;

    let said = ada.says(&id, "exactly once").await.is(201);

    ada.waits_for(&id, &said, "uncertain").await;
    world.faults(json!({})).await;
    world
        .passes(1_000, "it arrived", || async {
            state_of(&ada, &id, &said).await == "delivered"
        })
        .await;
    assert_eq!(copies(&world, "exactly once").await, 1);
}

/// What has become of a conversation's only welcome.
async fn welcome(operator: &Person<'_>, id: &str) -> Value {
    let log = operator.log(id).await;
    log.iter()
        .find(|event| event["author"]["kind"] == "system")
        .expect("it is in the log")["delivery"]["state"]
        .clone()
}

/// Time passes until the switch has come to an end.
async fn in_the_end(world: &World, person: &Person<'_>, id: &str) -> Value {
    world
        .passes(1_000, "the switch ends", || async {
            person.sees(id).await["switch"]["phase"] == "settled"
        })
        .await;
    person.sees(id).await
}

/// A text from the phone is in this conversation's log, and opened no other.
async fn comes_here(operator: &Person<'_>, id: &str, text: &str) {
    let line = format!("visitor sms {text}");
    until("the text is in a log", || async {
        inbox(operator).await.len() > 1 || operator.said(id).await.contains(&line)
    })
    .await;
    assert_eq!(inbox(operator).await, [json!(id)]);
}

async fn inbox(operator: &Person<'_>) -> Vec<Value> {
    let list = operator
        .ask(Method::GET, "/v1/conversations", None)
        .await
        .is(200);
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["id"].clone()).collect()
}

/// The clock moves on, and whoever waits for it has seen that.
async fn seconds_pass(world: &World, seconds: u64) {
    for _ in 0..seconds {
        world.pass(1_000);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_message_that_a_slow_carrier_takes_after_we_gave_up_is_not_sent_twice() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = on_a_phone(&world, &visitor, &ada).await;
    for slow in [15, 45] {
        let words = format!("taken after {slow} s");
        world.faults(json!({ "slow": format!("{slow}s") })).await;
        let said = ada.says(&id, &words).await.is(201);
        ada.waits_for(&id, &said, "uncertain").await;
        world.faults(json!({})).await;

        world
            .passes(1_000, "it arrived", || async {
                state_of(&ada, &id, &said).await == "delivered"
            })
            .await;
        seconds_pass(&world, 120).await;

        assert_eq!(copies(&world, &words).await, 1);
    }
}

#[tokio::test]
async fn what_is_said_after_a_message_of_unknown_outcome_waits_for_it() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = on_a_phone(&world, &visitor, &ada).await;
    world.faults(json!({ "slow": "45s" })).await;
    let first = ada.says(&id, "first").await.is(201);
    ada.waits_for(&id, &first, "uncertain").await;
    world.faults(json!({})).await;

    let second = ada.says(&id, "second").await.is(201);
    world
        .passes(1_000, "both arrived", || async {
            state_of(&ada, &id, &second).await == "delivered"
        })
        .await;

    assert_eq!(world.received(PHONE).await[1..], ["first", "second"]);
}

#[tokio::test]
async fn a_welcome_that_the_list_does_not_show_yet_fails_at_its_deadline_and_its_answer_comes_here()
{
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world.faults(json!({ "slow": "45s" })).await;
    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
    until("nobody knows", || async {
        welcome(&ada, &id).await == "uncertain"
    })
    .await;

    let over = in_the_end(&world, &visitor, &id).await;
    assert_eq!(over["switch"]["reason"], "timed_out");
    world
        .passes(1_000, "it arrived", || async {
            welcome(&ada, &id).await == "delivered"
        })
        .await;

    world.text(PHONE, "my answer").await;
    comes_here(&ada, &id, "my answer").await;
    assert_eq!(world.received(PHONE).await.len(), 1);
}

#[tokio::test]
async fn a_welcome_that_was_given_up_and_is_taken_after_all_still_leads_its_answer_here() {
    let delivered = json!({});
    let only_sent = json!({ "undeliverable": { "code": 30003, "after": "12h" } });
    for reports in [delivered, only_sent] {
        let world = World::with(|config| {
            config.switch.greeting_timeout = Duration::from_secs(3_600);
        })
        .await;
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        let id = visitor.begins("hello").await;
        world.faults(json!({ "slow": "45m" })).await;
        visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
        until("nobody knows", || async {
            welcome(&ada, &id).await == "uncertain"
        })
        .await;
        world.faults(reports).await;
        let over = in_the_end(&world, &ada, &id).await;
        assert_eq!(over["switch"]["reason"], "unavailable");
        assert_eq!(welcome(&ada, &id).await, "withdrawn");

        world
            .passes(30_000, "it is reported", || async {
                let log = ada.log(&id).await;
                log.iter().any(|event| event["kind"] == "proof")
            })
            .await;

        world.text(PHONE, "my answer").await;
        comes_here(&ada, &id, "my answer").await;
        assert_eq!(ada.sees(&id).await["active_leg"]["channel"], "web");
    }
}

#[tokio::test]
async fn a_throttled_message_goes_again_and_order_is_kept() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.text(PHONE, "here").await;
    until("heard", || async {
        ada.sees(&id).await["active_leg"]["heard"] == true
    })
    .await;
    world.faults(json!({ "status": 429 })).await;
    for n in 0..5 {
        ada.says(&id, &format!("line {n}")).await.is(201);
    }
    world.faults(json!({})).await;
    // Longer than the longest pause between two tries.
    world.pass(61_000);
    until("all arrived", || async {
        world.received(PHONE).await.len() == 6
    })
    .await;
    let texts = world.received(PHONE).await;
    assert_eq!(
        texts[1..],
        ["line 0", "line 1", "line 2", "line 3", "line 4"]
    );
}

#[tokio::test]
async fn duplicate_and_reordered_webhooks_change_nothing() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world
        .faults(json!({ "duplicate": true, "reorder": true }))
        .await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    for n in 0..4 {
        world.text(PHONE, &format!("text {n}")).await;
    }
    until("all are in the log", || async {
        ada.said(&id).await.len() >= 5
    })
    .await;
    ada.says(&id, "got them").await.is(201);
    until("delivered", || async {
        ada.log(&id)
            .await
            .iter()
            .any(|event| event["text"] == "got them" && event["delivery"]["state"] == "delivered")
    })
    .await;
    let mut said = ada.said(&id).await;
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 6, "{said:?}");
    assert_eq!(ada.said(&id).await.len(), 6);
}

#[tokio::test]
async fn a_message_that_is_queued_when_the_visitor_reverts_is_withdrawn_and_never_sent() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.faults(json!({ "status": 429 })).await;
    let said = ada.says(&id, "never mind").await.is(201);

    visitor.reverts(&id).await.is(200);

    let state = || async {
        ada.log(&id)
            .await
            .iter()
            .find(|event| event["seq"] == said["seq"])
            .expect("it is there")["delivery"]["state"]
            .clone()
    };
    until("it is withdrawn", || async { state().await == "withdrawn" }).await;
    world.faults(json!({})).await;
    world.pass(120_000);
    assert_eq!(world.received(PHONE).await.len(), 1, "only the welcome");
}

#[tokio::test]
async fn one_number_is_not_pestered() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    for _ in 0..4 {
        visitor.goes_on_by_sms(&id, PHONE).await;
        visitor.reverts(&id).await.is(200);
    }
    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
    let now = visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(now["switch"]["reason"], "not_possible");
    assert_eq!(world.received(PHONE).await.len(), 4);
    world.pass(25 * 3_600_000);
    visitor.goes_on_by_sms(&id, PHONE).await;
}
