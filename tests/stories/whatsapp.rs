//! WhatsApp: Meta calls the webhook of a number that is configured; and through Twilio it is the same channel.

use std::path::Path;
use std::time::Duration;

use contract::provider::Settings;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use switchboard::config::{Config, Connection};
use switchboard::providers;

use crate::world::{PHONE, SHOP_WHATSAPP_2, World, until};

/// Acme's number on WhatsApp, and Meta's id of it, as in the fixtures.
const NUMBER: &str = "+15005550007";
const NUMBER_ID: &str = "106540352242922";

async fn acme() -> World {
    World::with(|config| {
        config.organizations[0].connections.push(number());
    })
    .await
}

fn number() -> Connection {
    let mut settings = Settings::default();
    for (key, value) in [
        ("from", NUMBER),
        ("phone_number_id", NUMBER_ID),
        ("access_token", "access-of-acme"),
        ("app_secret", "secret-of-acme"),
        ("verify_token", "token-of-acme"),
        // Nothing is sent in these stories.
        ("api_base", "http://127.0.0.1:9"),
    ] {
        settings.set(key, value);
    }
    let provider = providers::all().find(|provider| provider.name == "meta");
    let provider = provider.expect("it is registered");
    Connection {
        id: "acme-wa-2".to_owned(),
        enabled: true,
        price: 1.0,
        welcome: "Acme Pumps".to_owned(),
        provider,
        account: (provider.read)(&settings).expect("it is right"),
        settings,
    }
}

/// Posts what stands in a fixture, as it was signed.
async fn meta_posts(world: &World, fixture: &str) -> StatusCode {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/meta/webhooks")
        .join(fixture);
    let raw = std::fs::read_to_string(file).expect("the fixture is in the repository");
    let (head, body) = raw.split_once("\n\n").expect("a head and a body");
    let signature = head
        .lines()
        .find_map(|line| line.strip_prefix("X-Hub-Signature-256: "));
    let request = reqwest::Client::new()
        .post(format!("{}/webhooks/acme-wa-2", world.url))
        .header("x-hub-signature-256", signature.unwrap_or_default())
        .body(body.trim_end_matches('\n').to_owned());
    request.send().await.expect("an answer").status()
}

#[tokio::test]
async fn meta_is_shown_that_the_webhook_is_ours_and_nobody_else_is() {
    let world = acme().await;
    let asks = async |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        let url = format!("{}/webhooks/acme-wa-2?{query}", world.url);
        reqwest::get(url).await.expect("an answer")
    };
    let shown = asks("token-of-acme").await;
    assert_eq!(shown.status(), 200);
    assert_eq!(shown.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    assert_eq!(shown.text().await.expect("a body"), "1158201444");
    assert_eq!(asks("token-of-another").await.status(), 403);
}

#[tokio::test]
async fn a_text_by_whatsapp_is_a_conversation_that_waits_and_comes_once() {
    let world = acme().await;
    let ada = world.ada().await;
    for (fixture, status) in [
        ("refused_other_secret.http", 403),
        ("text.http", 200),
        ("text.http", 200),
    ] {
        assert_eq!(meta_posts(&world, fixture).await, status, "{fixture}");
    }
    let listed = ada
        .ask(Method::GET, "/v1/conversations", None)
        .await
        .is(200);
    let [conversation] = &listed["items"].as_array().expect("a list")[..] else {
        panic!("one conversation, not {listed:#}")
    };
    let leg = &conversation["active_leg"];
    assert_eq!(
        (&leg["channel"], &leg["address"], &conversation["status"]),
        (
            &json!("whatsapp"),
            &json!("+14155550100"),
            &json!("waiting")
        )
    );
    let id = conversation["id"].as_str().expect("an id");
    assert_eq!(
        ada.said(id).await,
        ["visitor whatsapp ¿Is the 9″ pump in stock? 😀 +1 & 50% off https://acme.example/a"]
    );
}

#[tokio::test]
async fn a_switch_to_the_shops_own_number_on_whatsapp_is_refused_at_once() {
    let world = acme().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let offered: Vec<Value> = visitor.sees(&id).await["channels"]
        .as_array()
        .expect("a list")
        .clone();
    assert!(
        offered.iter().any(|offer| offer["channel"] == "whatsapp"),
        "{offered:?}"
    );
    visitor
        .switches(&id, "whatsapp", Some(NUMBER))
        .await
        .refused(422, "bad_address");
}

/// The demonstration's account at Twilio, with a number on WhatsApp in place of Meta's.
pub fn through_twilio(config: &mut Config) {
    let connections = &mut config.organizations[0].connections;
    connections.retain(|connection| connection.provider.channel != "whatsapp");
    let mut settings = connections[0].settings.clone();
    settings.set("from", NUMBER);
    settings.set("welcome_template", "HX00000000000000000000000000000001");
    let provider = providers::all()
        .find(|provider| (provider.name, provider.channel) == ("twilio", "whatsapp"))
        .expect("it is registered");
    connections.push(Connection {
        id: "acme-wa".to_owned(),
        provider,
        account: (provider.read)(&settings).expect("it is right"),
        settings,
        ..connections[0].clone()
    });
}

#[tokio::test]
async fn a_chat_goes_on_by_whatsapp_through_twilio_with_a_template_first() {
    let world = World::with(through_twilio).await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.says(&id, "hi").await.is(201);
    visitor.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    let path = format!(
        "/v1/simulator/phones/{}/messages",
        PHONE.replace('+', "%2B")
    );
    let body = json!({ "to": NUMBER, "text": "here I am", "channel": "whatsapp" });
    let answer = world.ask(None, Method::POST, &path, Some(body)).await;
    assert!(answer.status.is_success(), "{:#}", answer.body);
    ada.hears(&id, "visitor whatsapp here I am").await;
    ada.says(&id, "good").await.is(201);
    until("the answer is on the phone", || async {
        let phone = world.on_phone(PHONE).await;
        phone.iter().any(|message| message["text"] == "good")
    })
    .await;
}

/// A second number in the same account: its words are the ones that Twilio has.
fn with_the_same_template_in_other_words(config: &mut Config) {
    let connections = &mut config.organizations[0].connections;
    let first = connections.last().expect("the one on WhatsApp").clone();
    let mut settings = first.settings.clone();
    settings.set("from", SHOP_WHATSAPP_2);
    connections.push(Connection {
        id: "acme-wa-2".to_owned(),
        account: (first.provider.read)(&settings).expect("it is right"),
        settings,
        welcome: "Shall we go on here?".to_owned(),
        ..first
    });
}

#[tokio::test]
async fn a_template_of_unknown_outcome_is_found_in_twilios_list_whatever_its_words_are_there() {
    let world = World::with(|config| {
        through_twilio(config);
        with_the_same_template_in_other_words(config);
        config.switch.greeting_timeout = Duration::from_secs(600);
    })
    .await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world
        .faults(json!({ "timeout": "after", "drop_callbacks": true }))
        .await;
    visitor.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
    let welcome = async || {
        let log = ada.log(&id).await;
        let welcome = log.iter().find(|event| event["author"]["kind"] == "system");
        welcome.map_or(Value::Null, |event| event["delivery"]["state"].clone())
    };
    until("nobody knows", || async { welcome().await == "uncertain" }).await;
    world.faults(json!({ "drop_callbacks": true })).await;

    world
        .passes(1_000, "the chat has moved", || async {
            visitor.sees(&id).await["active_leg"]["channel"] == "whatsapp"
        })
        .await;

    assert_eq!(world.on_phone(PHONE).await.len(), 1);
}

/// A second number of Acme's at Meta, in the same account.
fn with_a_second_number(config: &mut Config) {
    let connections = &mut config.organizations[0].connections;
    let first = connections
        .iter()
        .find(|connection| connection.provider.name == "meta")
        .expect("the demonstration has one")
        .clone();
    let mut settings = first.settings.clone();
    settings.set("from", SHOP_WHATSAPP_2);
    settings.set("phone_number_id", "106540352242923");
    connections.push(Connection {
        id: "acme-wa-2".to_owned(),
        account: (first.provider.read)(&settings).expect("it is right"),
        settings,
        ..first
    });
}

#[tokio::test]
async fn a_new_chat_goes_on_by_the_number_that_its_person_wrote_to_last() {
    let world = World::with(with_a_second_number).await;
    let ada = world.ada().await;
    for number in [NUMBER, SHOP_WHATSAPP_2] {
        world
            .text_to(PHONE, number, &format!("hello {number}"))
            .await;
        world.pass(1_000);
    }
    let listed = async || {
        let path = "/v1/conversations";
        let listed = ada.ask(Method::GET, path, None).await.is(200);
        listed["items"].as_array().expect("items").clone()
    };
    until("both wait", async || listed().await.len() == 2).await;
    for chat in listed().await {
        let id = chat["id"].as_str().expect("an id");
        ada.does(id, "claim").await.is(200);
        ada.does(id, "resolve").await.is(200);
    }
    // Neither pair leads anywhere any more.
    world.pass(80 * 3_600_000);

    let visitor = world.visitor().await;
    let id = visitor.begins("hello again").await;
    visitor.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    until("the welcome comes by that number", async || {
        world.received_from(PHONE, SHOP_WHATSAPP_2).await.len() == 1
    })
    .await;
    assert!(world.received_from(PHONE, NUMBER).await.is_empty());
}

#[tokio::test]
async fn chats_of_one_phone_each_have_a_number_of_the_pool_and_none_free_reads_as_not_possible() {
    let world = World::with(with_a_second_number).await;
    let ada = world.ada().await;
    let mut chats = Vec::new();
    for number in [NUMBER, SHOP_WHATSAPP_2] {
        let visitor = world.visitor().await;
        let id = visitor.begins("hello").await;
        visitor.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
        visitor
            .waits(&id, |now| now["switch"]["phase"] == "reversible")
            .await;
        until("the welcome is on the phone", async || {
            world.received_from(PHONE, number).await.len() == 1
        })
        .await;
        world
            .text_to(PHONE, number, &format!("hello {number}"))
            .await;
        let line = format!("visitor whatsapp hello {number}");
        ada.hears(&id, &line).await;
        chats.push((visitor, id, number));
    }

    let third = world.visitor().await;
    let id = third.begins("hello").await;
    third.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
    let refused = third
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(refused["switch"]["reason"], "not_possible");

    // Each goes on by the number that it was reached by, also when it comes back.
    world.pass(15_000);
    for (visitor, id, number) in &chats {
        visitor.switches(id, "web", None).await.is(202);
        visitor
            .waits(id, |now| now["active_leg"]["channel"] == "web")
            .await;
        world.pass(15_000);
        visitor.switches(id, "whatsapp", None).await.is(202);
        visitor
            .waits(id, |now| now["active_leg"]["channel"] == "whatsapp")
            .await;
        ada.says(id, &format!("by {number}")).await.is(201);
        until("it comes by the same number", async || {
            let received = world.received_from(PHONE, number).await;
            received.contains(&format!("by {number}"))
        })
        .await;
    }
}
