//! Telegram: people come by a link, nobody sees their number, and who blocks the bot is not written to.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{PHONE, Person, SHOP_BOT, World, fresh, until};

/// A chat that goes on by Telegram, its window over.
async fn by_telegram(world: &World) -> (Person<'_>, Person<'_>, String) {
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.says(&id, "good day").await.is(201);
    let link = visitor.asks_for_a_link(&id, "telegram").await;
    world.text_to(PHONE, SHOP_BOT, &start(&link)).await;
    on(&visitor, &id, "telegram").await;
    world.pass(15_000);
    visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    (visitor, ada, id)
}

/// What Telegram sends for whoever opens the link and presses Start.
fn start(link: &Value) -> String {
    let url = link["url"].as_str().expect("a link");
    let code = url.strip_prefix("https://t.me/acme_pumps_bot?start=");
    format!("/start {}", code.expect("a link to the bot"))
}

async fn on(person: &Person<'_>, id: &str, channel: &str) -> Value {
    person
        .waits(id, |now| now["active_leg"]["channel"] == channel)
        .await
}

/// What the phone has got from the bot.
async fn got(world: &World) -> Vec<Value> {
    let mut messages = world.on_phone(PHONE).await;
    messages.retain(|message| message["from"] == SHOP_BOT);
    messages
}

#[tokio::test]
async fn who_presses_start_is_linked_and_their_number_is_nobodys_to_see() {
    let world = World::new().await;
    let (_visitor, ada, id) = by_telegram(&world).await;
    let now = ada.sees(&id).await;
    let leg = &now["active_leg"];
    assert_eq!(leg["proof"], "linked");
    let chat = leg["address"].as_str().expect("an address");
    assert!(chat.bytes().all(|b| b.is_ascii_digit()), "{chat}");
    let log = ada.log(&id).await;
    for seen in [&now, &Value::from(log)] {
        assert!(!seen.to_string().contains(&PHONE[1..]), "{seen:#}");
    }
    assert!(got(&world).await.is_empty(), "no welcome goes there");
}

#[tokio::test]
async fn nobody_is_written_to_who_did_not_write_first_whatever_is_typed() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    for address in [PHONE, "@vera", "8589934592"] {
        let typed = visitor.switches(&id, "telegram", Some(address)).await;
        typed.refused(422, "bad_address");
    }
    let unnamed = visitor.switches(&id, "telegram", None).await;
    unnamed.refused(422, "no_address");
    assert_eq!(visitor.sees(&id).await["active_leg"]["channel"], "web");
}

#[tokio::test]
async fn an_operator_asks_for_it_and_who_comes_by_the_link_is_asked_no_more() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    let path = format!("/v1/conversations/{id}/commands");
    let asked = json!({ "kind": "ask_address", "channel": "telegram" });
    ada.ask(Method::POST, &path, Some(asked)).await.is(202);
    let now = visitor.sees(&id).await;
    assert_eq!(now["invitation"]["channel"], "telegram", "{now:#}");
    let link = visitor.asks_for_a_link(&id, "telegram").await;
    world.text_to(PHONE, SHOP_BOT, &start(&link)).await;
    let now = on(&visitor, &id, "telegram").await;
    assert!(now["invitation"].is_null(), "{now:#}");
}

#[tokio::test]
async fn who_blocks_the_bot_is_on_the_web_again_and_start_lets_us_write_once_more() {
    let world = World::new().await;
    let (visitor, ada, id) = by_telegram(&world).await;
    world.person(PHONE, json!({ "blocks": true })).await;
    ada.says(&id, "are you there?").await.is(201);
    let now = on(&ada, &id, "web").await;
    assert_eq!(now["switch"]["reason"], "opt_out", "{now:#}");
    assert!(got(&world).await.is_empty());

    world.person(PHONE, json!({ "blocks": false })).await;
    let link = visitor.asks_for_a_link(&id, "telegram").await;
    world.text_to(PHONE, SHOP_BOT, &start(&link)).await;
    on(&visitor, &id, "telegram").await;
    ada.says(&id, "there you are").await.is(201);
    until("the words are on the phone", || async {
        let got = got(&world).await;
        got.iter().any(|message| message["text"] == "there you are")
    })
    .await;
}

#[tokio::test]
async fn a_picture_comes_and_another_goes_with_its_words() {
    let world = World::new().await;
    let (_visitor, ada, id) = by_telegram(&world).await;
    let path = format!(
        "/v1/simulator/phones/{}/messages",
        PHONE.replace('+', "%2B")
    );
    let sent = json!({ "to": SHOP_BOT, "channel": "telegram", "text": "this pump", "media": [{ "sample": "picture" }] });
    world
        .ask(None, Method::POST, &path, Some(sent))
        .await
        .is(201);
    let mut picture = Value::Null;
    while picture.is_null() {
        let log = ada.log(&id).await;
        let here = log
            .iter()
            .find(|event| event["attachments"][0]["state"] == "here");
        picture = here.cloned().unwrap_or_default();
    }
    assert_eq!(picture["text"], "this pump");
    assert_eq!(picture["attachments"][0]["content_type"], "image/png");

    let url = format!("{}/v1/attachments?name=plan.png", world.url);
    let bytes = reqwest::Client::new()
        .get(format!(
            "{}/v1/simulator/files/{}",
            world.url,
            file_on_phone(&world).await
        ))
        .send()
        .await
        .expect("the network answers")
        .bytes()
        .await
        .expect("a file");
    let made = reqwest::Client::new()
        .post(url)
        .bearer_auth(&ada.token)
        .header("content-type", "image/png")
        .body(bytes)
        .send()
        .await
        .expect("the server answers");
    assert_eq!(made.status(), 201);
    let made: Value = serde_json::from_str(&made.text().await.expect("a body")).expect("JSON");
    let body = json!({ "client_id": fresh(), "text": "as you asked", "attachments": [made["id"]] });
    let path = format!("/v1/conversations/{id}/messages");
    ada.ask(Method::POST, &path, Some(body)).await.is(201);
    until("the picture is on the phone with its words", || async {
        got(&world).await.iter().any(|message| {
            message["text"] == "as you asked" && message["media"][0]["content_type"] == "image/png"
        })
    })
    .await;
}

/// The network's name of the file that was sent from the phone.
async fn file_on_phone(world: &World) -> String {
    let messages = world.on_phone(PHONE).await;
    let url = messages
        .iter()
        .find_map(|message| message["media"][0]["url"].as_str());
    let (_, id) = url.and_then(|url| url.rsplit_once('/')).expect("a file");
    id.to_owned()
}
