//! Who may be sent a welcome: limits, the challenge, the switch that stops messages, alarms; and that nobody learns of a number by asking.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use switchboard::config::{Challenge, OnFewAnswers};

use crate::world::{OTHER_PHONE, PHONE, Person, World, fresh, until};

/// What a browser makes of a challenge.
pub fn met(challenge: &Value) -> String {
    let word = |key: &str| challenge[key].as_str().expect("a word").to_owned();
    let (salt, wanted) = (word("salt"), word("challenge"));
    let hash = |number: u64| {
        let hash = Sha256::digest(format!("{salt}{number}"));
        hash.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let most = challenge["maxnumber"].as_u64().expect("a number");
    let number = (0..=most)
        .find(|number| hash(*number) == wanted)
        .expect("it can be found");
    let answer = json!({
        "algorithm": "SHA-256",
        "challenge": wanted,
        "number": number,
        "salt": salt,
        "signature": word("signature"),
    });
    STANDARD.encode(answer.to_string())
}

async fn switches_with(
    visitor: &Person<'_>,
    id: &str,
    number: &str,
    altcha: &str,
) -> crate::world::Answer {
    let body = json!({ "channel": "sms", "address": number, "altcha": altcha });
    let path = format!("/v1/conversations/{id}/switch");
    visitor.ask(Method::POST, &path, Some(body)).await
}

async fn is_refused(visitor: &Person<'_>, ada: &Person<'_>, id: &str, number: &str) -> Value {
    reads(visitor, id, number, "not_possible").await;
    ada.sees(id).await["switch"]["reason"].clone()
}

/// It is refused for what has nothing to do with the number.
async fn is_unavailable(visitor: &Person<'_>, ada: &Person<'_>, id: &str, number: &str) -> Value {
    reads(visitor, id, number, "unavailable").await;
    ada.sees(id).await["switch"]["reason"].clone()
}

async fn reads(visitor: &Person<'_>, id: &str, number: &str, reason: &str) {
    visitor.switches(id, "sms", Some(number)).await.is(202);
    let seen = visitor
        .waits(id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(seen["switch"]["reason"], reason);
}

async fn always(world: impl FnOnce(&mut switchboard::config::Config)) -> World {
    World::with(|config| {
        config.guard.challenge = Challenge::Always;
        config.guard.challenge_difficulty = 1_000;
        world(config);
    })
    .await
}

#[tokio::test]
async fn a_switch_that_needs_a_challenge_brings_one_and_goes_on_when_it_is_met() {
    let world = always(|_| {}).await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;

    let refused = visitor.switches(&id, "sms", Some(PHONE)).await;

    let problem = refused.refused(403, "challenge_required");
    let altcha = met(&problem["challenge"]);
    switches_with(&visitor, &id, PHONE, &altcha).await.is(202);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    visitor.reverts(&id).await.is(200);
    let again = switches_with(&visitor, &id, PHONE, &altcha).await;
    let problem = again.refused(403, "challenge_required");
    assert!(problem["detail"].to_string().contains("used before"));
    assert_eq!(world.received(PHONE).await.len(), 1);
}

#[tokio::test]
async fn a_challenge_is_the_visitors_own_and_for_ten_minutes_and_an_operator_needs_none() {
    let world = always(|_| {}).await;
    let (visitor, other) = (world.visitor().await, world.visitor().await);
    let (id, others) = (visitor.begins("hello").await, other.begins("hello").await);
    let given = visitor
        .ask(Method::GET, "/v1/challenge", None)
        .await
        .is(200);
    let altcha = met(&given);

    let stolen = switches_with(&other, &others, PHONE, &altcha).await;
    stolen.refused(403, "challenge_required");
    world.pass(10 * 60_000);
    let late = switches_with(&visitor, &id, PHONE, &altcha).await;
    let problem = late.refused(403, "challenge_required");
    assert!(problem["detail"].to_string().contains("expired"));

    let ada = world.ada().await;
    ada.ask(Method::GET, "/v1/challenge", None)
        .await
        .refused(403, "forbidden");
    ada.switches(&id, "sms", Some(PHONE)).await.is(202);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
}

#[tokio::test]
async fn what_needs_no_welcome_needs_no_challenge_and_what_cannot_be_a_number_is_said_first() {
    let world = always(|_| {}).await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor
        .switches(&id, "sms", Some("911"))
        .await
        .refused(422, "bad_address");
    let problem = visitor
        .switches(&id, "sms", Some(PHONE))
        .await
        .refused(403, "challenge_required");
    switches_with(&visitor, &id, PHONE, &met(&problem["challenge"]))
        .await
        .is(202);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    visitor.switches(&id, "web", None).await.is(202);
}

#[tokio::test]
async fn a_challenge_is_asked_for_where_half_of_a_limit_is_used_up_and_not_before() {
    let world = World::with(|config| {
        config.guard.welcomes_per_visitor_day = 4;
        config.guard.challenge_difficulty = 1_000;
    })
    .await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    for _ in 0..2 {
        visitor.goes_on_by_sms(&id, PHONE).await;
        visitor.reverts(&id).await.is(200);
    }
    visitor
        .switches(&id, "sms", Some(PHONE))
        .await
        .refused(403, "challenge_required");
    let other = world.visitor().await;
    let others = other.begins("hello").await;
    other.goes_on_by_sms(&others, OTHER_PHONE).await;
}

#[tokio::test]
async fn whether_a_challenge_is_asked_for_tells_nothing_of_the_number() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    // As much as one number can be sent without an answer.
    for _ in 0..4 {
        visitor.goes_on_by_sms(&id, PHONE).await;
        visitor.reverts(&id).await.is(200);
    }
    assert_eq!(is_refused(&visitor, &ada, &id, PHONE).await, "number_limit");
    let other = world.visitor().await;
    let others = other.begins("hello").await;
    other.switches(&others, "sms", Some(PHONE)).await.is(202);
}

#[tokio::test]
async fn a_block_of_numbers_in_which_nobody_answers_is_written_to_no_more() {
    let world = World::with(|config| {
        config.guard.welcomes_unanswered_per_prefix_hour = 3;
        config.guard.challenge = Challenge::Never;
    })
    .await;
    let ada = world.ada().await;
    for last in 0..3 {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        visitor
            .goes_on_by_sms(&id, &format!("+1202555010{last}"))
            .await;
    }
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let same_block = "+12025550109";
    assert_eq!(
        is_refused(&visitor, &ada, &id, same_block).await,
        "area_limit"
    );
    world.text("+12025550100", "hello?").await;
    until("one has answered", || async {
        visitor.switches(&id, "sms", Some(same_block)).await.is(202);
        let now = visitor
            .waits(&id, |now| now["switch"]["phase"] != "greeting")
            .await;
        now["switch"]["phase"] == "reversible"
    })
    .await;
}

#[tokio::test]
async fn one_country_has_its_share() {
    let world = World::with(|config| {
        config.guard.countries = vec!["US".to_owned(), "CA".to_owned()];
        config.guard.welcomes_per_country_hour = 2;
        config.guard.challenge = Challenge::Never;
    })
    .await;
    let ada = world.ada().await;
    for number in [PHONE, "+14155550101"] {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        visitor.goes_on_by_sms(&id, number).await;
    }
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    assert_eq!(
        is_refused(&visitor, &ada, &id, OTHER_PHONE).await,
        "area_limit"
    );
    visitor.goes_on_by_sms(&id, "+16045550123").await;
}

#[tokio::test]
async fn who_tries_numbers_that_are_not_possible_uses_up_their_own_tries() {
    let world = World::with(|config| {
        config.guard.welcomes_per_visitor_day = 3;
        config.guard.challenge = Challenge::Never;
    })
    .await;
    let (holder, visitor, ada) = (
        world.visitor().await,
        world.visitor().await,
        world.ada().await,
    );
    let held = holder.begins("hello").await;
    holder.goes_on_by_sms(&held, PHONE).await;
    world.text(PHONE, "it is me").await;
    holder.hears(&held, "visitor sms it is me").await;
    let id = visitor.begins("hello").await;
    for _ in 0..3 {
        assert_eq!(is_refused(&visitor, &ada, &id, PHONE).await, "held");
    }
    // From then on nothing that they try tells them anything of a number.
    for number in [PHONE, OTHER_PHONE] {
        assert_eq!(
            is_unavailable(&visitor, &ada, &id, number).await,
            "rate_limit"
        );
    }
}

#[tokio::test]
async fn while_welcomes_are_stopped_every_number_reads_alike_whatever_its_history() {
    let world = World::with(|config| config.guard.challenge = Challenge::Never).await;
    let (holder, ada) = (world.visitor().await, world.ada().await);
    let holds = holder.begins("hello").await;
    holder.goes_on_by_sms(&holds, PHONE).await;
    world.text(PHONE, "it is me").await;
    holder.hears(&holds, "visitor sms it is me").await;
    world.text("+12025550111", "STOP").await;
    let off = json!({ "enabled": false });
    let put = ada.ask(Method::PUT, "/v1/organization/messaging", Some(off));
    put.await.is(200);

    let mut seen = BTreeSet::new();
    for number in [PHONE, "+12025550111", OTHER_PHONE] {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        seen.insert(told(&visitor, &id, number).await);
    }

    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert!(seen.iter().all(|seen| seen.contains("unavailable")));
}

/// What the visitor is sent when a number is not possible, without times and ids.
async fn told(visitor: &Person<'_>, id: &str, number: &str) -> String {
    let asked = visitor.switches(id, "sms", Some(number)).await;
    let at_once = asked.is(202)["switch"]["phase"].clone();
    let now = visitor
        .waits(id, |now| now["switch"]["phase"] == "settled")
        .await;
    let mut log = visitor.log(id).await;
    for event in &mut log {
        let event = event.as_object_mut().expect("an event");
        for key in ["at", "deadline", "client_id"] {
            event.remove(key);
        }
        for who in ["author", "by"] {
            if let Some(who) = event.get_mut(who).and_then(Value::as_object_mut) {
                who.remove("id");
            }
        }
    }
    let legs = now["legs"].as_array().expect("legs").iter();
    let legs: Vec<_> = legs
        .map(|leg| {
            (
                leg["usable"].clone(),
                leg["proof"].clone(),
                leg["heard"].clone(),
            )
        })
        .collect();
    let mut switch = now["switch"].clone();
    switch["asked_by"] = Value::Null;
    format!("{at_once} {switch} {legs:?} {}", json!(log)).replace(number, "the number")
}

#[tokio::test]
async fn to_a_visitor_every_number_that_is_not_possible_reads_alike() {
    let world = World::with(|config| {
        config.guard.welcomes_unanswered_per_number_day = 1;
        config.guard.challenge = Challenge::Never;
    })
    .await;
    let (held, opted_out, limited, refused) = (PHONE, OTHER_PHONE, "+12025550111", "+12025550112");
    let holder = world.visitor().await;
    let holds = holder.begins("hello").await;
    for number in [held, opted_out] {
        holder.goes_on_by_sms(&holds, number).await;
        let word = if number == held { "yes" } else { "STOP" };
        world.text(number, word).await;
        holder.hears(&holds, &format!("visitor sms {word}")).await;
        if number == held {
            holder.switches(&holds, "web", None).await.is(202);
        }
    }
    let pest = world.visitor().await;
    let pesters = pest.begins("hello").await;
    pest.goes_on_by_sms(&pesters, limited).await;
    pest.reverts(&pesters).await.is(200);

    let mut seen = BTreeSet::new();
    for number in [held, opted_out, limited] {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        seen.insert(told(&visitor, &id, number).await);
    }
    world.faults(json!({ "refuse": 21211 })).await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    seen.insert(told(&visitor, &id, refused).await);

    assert_eq!(seen.len(), 1, "{seen:#?}");
}

#[tokio::test]
async fn welcomes_stop_when_an_owner_says_so_and_nothing_else_does() {
    let world = World::new().await;
    let (visitor, other, ada) = (
        world.visitor().await,
        world.visitor().await,
        world.ada().await,
    );
    let (id, others) = (visitor.begins("hello").await, other.begins("hello").await);
    visitor.goes_on_by_sms(&id, PHONE).await;
    let off = json!({ "enabled": false, "reason": "a flood" });

    let said = ada
        .ask(Method::PUT, "/v1/organization/messaging", Some(off))
        .await
        .is(200);

    assert_eq!(
        (&said["enabled"], &said["scope"], &said["by"]),
        (&json!(false), &json!("welcomes"), &json!("Ada"))
    );
    let session = world
        .ben()
        .await
        .ask(Method::GET, "/v1/session", None)
        .await
        .is(200);
    assert_eq!(session["messaging"]["reason"], "a flood");
    assert_eq!(
        is_unavailable(&other, &ada, &others, OTHER_PHONE).await,
        "messaging_off"
    );
    ada.says(&id, "still here").await.is(201);
    until("what is no welcome goes out", || async {
        world
            .received(PHONE)
            .await
            .contains(&"still here".to_owned())
    })
    .await;
    let on = json!({ "enabled": true });
    let said = ada
        .ask(Method::PUT, "/v1/organization/messaging", Some(on))
        .await
        .is(200);
    assert_eq!(said["enabled"], true);
    other.goes_on_by_sms(&others, OTHER_PHONE).await;
}

#[tokio::test]
async fn everything_stops_when_everything_is_to_and_the_web_goes_on() {
    let mut world = World::new().await;
    let visitor_token;
    let id;
    {
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        id = visitor.begins("hello").await;
        visitor_token = visitor.token.clone();
        visitor.goes_on_by_sms(&id, PHONE).await;
        let off = json!({ "enabled": false, "scope": "all" });
        ada.ask(Method::PUT, "/v1/organization/messaging", Some(off))
            .await
            .is(200);
    }
    world.restart().await;
    let ada = world.ada().await;
    let sent = ada.says(&id, "nobody hears this").await.is(201);
    until("it has failed", || async {
        let log = ada.log(&id).await;
        let event = log.iter().find(|event| event["seq"] == sent["seq"]);
        event.is_some_and(|event| event["delivery"]["reason"] == "messaging_off")
    })
    .await;
    let path = format!("/v1/conversations/{id}/messages");
    let body = json!({ "client_id": fresh(), "text": "on the web" });
    world
        .ask(Some(&visitor_token), Method::POST, &path, Some(body))
        .await
        .is(201);
}

#[tokio::test]
async fn only_owners_and_admins_stop_messages_and_see_alarms() {
    let world = World::new().await;
    let (visitor, ben) = (world.visitor().await, world.ben().await);
    let off = json!({ "enabled": false });
    let put = (Method::PUT, "/v1/organization/messaging");
    for who in [&visitor, &ben] {
        who.ask(put.0.clone(), put.1, Some(off.clone()))
            .await
            .refused(403, "forbidden");
        who.ask(Method::GET, "/v1/alarms", None)
            .await
            .refused(403, "forbidden");
    }
    let ada = world.ada().await;
    let odd = json!({ "enabled": false, "scope": "some" });
    ada.ask(put.0, put.1, Some(odd))
        .await
        .refused(422, "invalid_field");
    assert_eq!(
        ada.ask(Method::GET, "/v1/alarms", None).await.is(200)["items"],
        json!([])
    );
}

async fn alarms(ada: &Person<'_>) -> Vec<Value> {
    let body = ada.ask(Method::GET, "/v1/alarms", None).await.is(200);
    body["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn an_account_that_the_provider_refuses_alarms_until_it_takes_a_message_again() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world.faults(json!({ "refuse": 20003 })).await;

    assert_eq!(
        is_refused(&visitor, &ada, &id, PHONE).await,
        "connection_off"
    );

    let standing = alarms(&ada).await;
    assert_eq!(standing.len(), 1, "{standing:#?}");
    assert_eq!(
        (&standing[0]["kind"], &standing[0]["connection"]),
        (&json!("connection_sick"), &json!("acme-sms"))
    );
    assert!(standing[0]["detail"].to_string().contains("20003"));
    let session = ada.ask(Method::GET, "/v1/session", None).await.is(200);
    assert_eq!(session["alarms"], 1);
    let ben = world.ben().await;
    let bens = async || ben.ask(Method::GET, "/v1/session", None).await.is(200);
    let told = bens().await;
    assert_eq!(
        (&told["sick"], &told["alarms"]),
        (&json!(["sms"]), &json!(0)),
        "everybody is told the channel, and no more"
    );
    visitor.says(&id, "the web goes on").await.is(201);

    world.faults(json!({ "refuse": null })).await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    until("it is well again", || async {
        alarms(&ada).await.is_empty()
    })
    .await;
    until("nobody is told any more", || async {
        bens().await["sick"] == json!([])
    })
    .await;
}

#[tokio::test]
async fn numbers_that_do_not_answer_raise_an_alarm_and_then_every_welcome_needs_a_challenge() {
    let world = World::with(|config| {
        config.guard.few_answers_of = 5;
        config.guard.challenge_difficulty = 1_000;
    })
    .await;
    let ada = world.ada().await;
    for last in 0..5 {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        visitor
            .goes_on_by_sms(&id, &format!("+1202555010{last}"))
            .await;
    }
    assert!(alarms(&ada).await.is_empty());

    world.pass(11 * 60_000);

    until("it alarms", || async { !alarms(&ada).await.is_empty() }).await;
    assert_eq!(alarms(&ada).await[0]["kind"], "few_answers");
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let fine = "+14155550101";
    let problem = visitor
        .switches(&id, "sms", Some(fine))
        .await
        .refused(403, "challenge_required");
    switches_with(&visitor, &id, fine, &met(&problem["challenge"]))
        .await
        .is(202);
    world.text("+12025550100", "I am here").await;
    until("it is over when enough have answered", || async {
        alarms(&ada).await.is_empty()
    })
    .await;
}

#[tokio::test]
async fn where_it_is_so_configured_few_answers_stop_welcomes() {
    let world = World::with(|config| {
        config.guard.few_answers_of = 5;
        config.guard.on_few_answers = OnFewAnswers::Stop;
        config.guard.challenge = Challenge::Never;
    })
    .await;
    let ada = world.ada().await;
    for last in 0..5 {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        visitor
            .goes_on_by_sms(&id, &format!("+1202555010{last}"))
            .await;
    }
    world.pass(11 * 60_000);
    until("it alarms", || async { !alarms(&ada).await.is_empty() }).await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    assert_eq!(
        is_unavailable(&visitor, &ada, &id, "+14155550101").await,
        "messaging_off"
    );
}

#[tokio::test]
async fn money_that_is_nearly_spent_raises_an_alarm() {
    let world = World::with(|config| {
        config.guard.spend_per_organization_day = 1.2;
        config.guard.challenge = Challenge::Never;
    })
    .await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    until("it alarms", || async {
        alarms(&ada)
            .await
            .iter()
            .any(|alarm| alarm["kind"] == "spend_near_limit")
    })
    .await;
}
