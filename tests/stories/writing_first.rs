//! Going on by the visitor's own hand: a one-time code that their phone sends, and a one-time link that leads back to a browser.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{
    OTHER_PHONE, PHONE, Person, SHOP, SHOP_BOT, SHOP_WHATSAPP, WIDGET, World, until,
};

async fn link(visitor: &Person<'_>, id: &str, channel: &str) -> Value {
    visitor.asks_for_a_link(id, channel).await
}

fn text_of(link: &Value) -> String {
    link["text"].as_str().expect("a text").to_owned()
}

fn shop_on(channel: &str) -> &'static str {
    if channel == "sms" {
        SHOP
    } else {
        SHOP_WHATSAPP
    }
}

async fn arrives(person: &Person<'_>, id: &str, channel: &str) -> Value {
    person
        .waits(id, |now| now["active_leg"]["channel"] == channel)
        .await
}

#[tokio::test]
async fn who_sends_the_code_is_linked_at_once_without_a_welcome() {
    for channel in ["sms", "whatsapp"] {
        let world = World::new().await;
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        let id = visitor.begins("hello").await;
        let link = link(&visitor, &id, channel).await;
        let url = link["url"].as_str().expect("a link");
        let digits = shop_on(channel).trim_start_matches('+');
        assert!(url.contains(digits), "{url}");
        assert!(link["qr"].as_str().expect("a picture").contains("<svg"));

        let text = format!("{} hello again", text_of(&link));
        world.text_to(PHONE, shop_on(channel), &text).await;

        let now = arrives(&ada, &id, channel).await;
        assert_eq!(now["active_leg"]["proof"], "linked");
        assert_eq!(now["switch"]["phase"], "reversible");
        ada.hears(&id, &format!("visitor {channel} {text}")).await;
        let received = world.received_from(PHONE, shop_on(channel)).await;
        assert!(received.is_empty(), "no welcome: {received:?}");
        ada.says(&id, "there you are").await.is(201);
        until("the answer is on the phone", || async {
            let received = world.received_from(PHONE, shop_on(channel)).await;
            received == ["there you are"]
        })
        .await;
        visitor.reverts(&id).await.is(200);
        arrives(&visitor, &id, "web").await;
    }
}

#[tokio::test]
async fn a_code_works_once_whoever_comes_second_begins_a_chat_of_their_own() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    let text = text_of(&link(&visitor, &id, "sms").await);
    tokio::join!(world.text(PHONE, &text), world.text(OTHER_PHONE, &text));
    arrives(&ada, &id, "sms").await;
    until("the second has a chat of their own", || async {
        let listed = ada
            .ask(Method::GET, "/v1/conversations", None)
            .await
            .is(200);
        listed["items"].as_array().is_some_and(|all| all.len() == 2)
    })
    .await;
    let said = ada.said(&id).await;
    let coded = said.iter().filter(|line| line.contains("Chat-"));
    assert_eq!(coded.count(), 1, "{said:?}");
}

#[tokio::test]
async fn a_code_from_a_phone_that_has_opted_out_moves_nothing_and_works_once_it_may_be_written_to()
{
    for second in [PHONE, OTHER_PHONE] {
        let world = World::new().await;
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        let id = visitor.begins("hello").await;
        world.text(PHONE, "STOP").await;
        let text = text_of(&link(&visitor, &id, "sms").await);

        world.text(PHONE, &text).await;

        ada.hears(&id, &format!("visitor sms {text}")).await;
        assert_eq!(visitor.sees(&id).await["active_leg"]["channel"], "web");
        if second == PHONE {
            world.text(PHONE, "START").await;
        }
        world.text(second, &text).await;
        let now = arrives(&ada, &id, "sms").await;
        assert_eq!(now["active_leg"]["address"], second);
        // It has been used now.
        world.text("+12025550188", &text).await;
        until("whoever comes later has a chat of their own", || async {
            let listed = ada
                .ask(Method::GET, "/v1/conversations?channel=sms&q=Chat", None)
                .await
                .is(200);
            listed.to_string().contains("+12025550188")
        })
        .await;
        assert_eq!(ada.sees(&id).await["active_leg"]["address"], second);
    }
}

/// Goes back to the window, and leaves it.
async fn leaves(world: &World, visitor: &Person<'_>, id: &str) {
    world.pass(15_000);
    visitor.switches(id, "web", None).await.is(202);
    arrives(visitor, id, "web").await;
    world.pass(45_000);
}

#[tokio::test]
async fn operators_give_back_an_address_that_only_its_channel_understands_and_visitors_cannot() {
    for (channel, shop) in [("whatsapp", SHOP_WHATSAPP), ("telegram", SHOP_BOT)] {
        let world = World::new().await;
        let (visitor, ada) = (world.visitor().await, world.ada().await);
        world.person(PHONE, json!({ "hidden": true })).await;
        let id = visitor.begins("hello").await;
        let text = text_of(&link(&visitor, &id, channel).await);
        world.text_to(PHONE, shop, &text).await;
        let there = arrives(&ada, &id, channel).await;
        let address = there["active_leg"]["address"].as_str().expect("an id");
        assert!(!address.starts_with('+'), "{address}");
        leaves(&world, &visitor, &id).await;

        let typed = visitor.switches(&id, channel, Some(address)).await;
        typed.refused(422, "bad_address");
        let unknown = ada
            .switches(&id, channel, Some(&format!("{address}0")))
            .await;
        unknown.refused(422, "bad_address");
        ada.switches(&id, channel, Some(address)).await.is(202);
        arrives(&ada, &id, channel).await;

        leaves(&world, &visitor, &id).await;
        ada.does(&id, "resolve").await.is(200);
        ada.reconnects_on(channel, &id, Some(address)).await.is(202);
        let now = arrives(&ada, &id, channel).await;
        assert_eq!(now["active_leg"]["address"], address);

        // Another chat of theirs knows it too.
        ada.does(&id, "resolve").await.is(200);
        world.pass(80 * 3_600_000);
        let other = visitor.begins("me again").await;
        ada.switches(&other, channel, Some(address)).await.is(202);
        arrives(&ada, &other, channel).await;
    }
}

#[tokio::test]
async fn a_code_that_is_too_old_or_of_nobody_is_only_words() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    let text = text_of(&link(&visitor, &id, "sms").await);
    world.pass(16 * 60_000);
    world.text(PHONE, &text).await;
    world.text(OTHER_PHONE, "Chat-00000-00000").await;
    until("both are chats of their own", || async {
        let listed = ada
            .ask(Method::GET, "/v1/conversations", None)
            .await
            .is(200);
        listed["items"].as_array().is_some_and(|all| all.len() == 3)
    })
    .await;
    let now = visitor.sees(&id).await;
    assert_eq!(now["active_leg"]["channel"], "web");
}

#[tokio::test]
async fn the_code_moves_a_phone_that_another_chat_holds_and_nothing_else_does() {
    let world = World::new().await;
    let ada = world.ada().await;
    let first = world.visitor().await;
    let had = first.begins("hello").await;
    first.goes_on_by_sms(&had, PHONE).await;
    world.text(PHONE, "it is me").await;
    ada.hears(&had, "visitor sms it is me").await;
    let second = world.visitor().await;
    let id = second.begins("I am that person").await;
    second.switches(&id, "sms", Some(PHONE)).await.is(202);
    second
        .waits(&id, |now| now["switch"]["outcome"] == "failed")
        .await;

    let text = text_of(&link(&second, &id, "sms").await);
    world.text(PHONE, &text).await;

    arrives(&ada, &id, "sms").await;
    let now = arrives(&ada, &had, "web").await;
    assert_eq!(now["switch"]["reason"], "moved", "{now:#}");
    world.text(PHONE, "and now here").await;
    ada.hears(&id, "visitor sms and now here").await;
}

#[tokio::test]
async fn who_may_not_see_a_conversation_is_given_no_code_for_it() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let stranger = world.visitor().await;
    let path = format!("/v1/conversations/{id}/links");
    let body = || Some(json!({ "channel": "sms" }));
    let other = stranger.ask(Method::POST, &path, body()).await;
    other.refused(404, "not_found");
    let web = Some(json!({ "channel": "web" }));
    let web = visitor.ask(Method::POST, &path, web).await;
    web.refused(422, "no_such_channel");
    for _ in 0..30 {
        visitor.ask(Method::POST, &path, body()).await.is(201);
    }
    let many = visitor.ask(Method::POST, &path, body()).await;
    many.refused(429, "rate_limited");
}

/// The secret of the link that was sent to a phone last.
async fn link_on(world: &World, phone: &str) -> String {
    until("the link is on the phone", || async {
        let received = world.received(phone).await;
        received.iter().any(|text| text.contains("#return="))
    })
    .await;
    let received = world.received(phone).await;
    let text = received.iter().rev().find(|text| text.contains("#return="));
    let (before, rest) = text
        .and_then(|text| text.split_once("#return="))
        .expect("a link");
    assert!(
        before.ends_with(&format!("{}/chat/{WIDGET}", world.url)),
        "{before}"
    );
    let secret = rest.split_whitespace().next().expect("a secret");
    secret.to_owned()
}

#[tokio::test]
async fn the_way_back_opens_the_same_chat_in_any_browser_from_where_the_phone_joined() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("a secret").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.text(PHONE, "hello from the phone").await;
    ada.hears(&id, "visitor sms hello from the phone").await;
    world.pass(15_000);
    world.text(PHONE, " web ").await;

    let token = link_on(&world, PHONE).await;
    let opens = || async {
        let body = Some(json!({ "token": token }));
        world
            .ask(None, Method::POST, "/v1/visitors/return", body)
            .await
    };
    let opened = opens().await.is(201);
    opens().await.refused(409, "link_gone");

    assert_eq!(opened["conversation"]["id"], id.as_str());
    let browser = world.who_has(opened["token"].as_str().expect("a token").to_owned());
    let now = arrives(&browser, &id, "web").await;
    assert_eq!(now["switch"]["phase"], "reversible");
    let log = browser.log(&id).await;
    let text = serde_json::to_string(&log).expect("text");
    assert!(text.contains("hello from the phone"));
    assert!(
        !text.contains("a secret"),
        "it was said before the phone joined"
    );
    browser.says(&id, "back at a desk").await.is(201);
    ada.hears(&id, "visitor web back at a desk").await;
    // From there every other switch is open.
    browser.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
    arrives(&browser, &id, "whatsapp").await;
}

#[tokio::test]
async fn who_is_linked_sees_all_of_it_by_the_way_back() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("a secret").await;
    let code = text_of(&link(&visitor, &id, "sms").await);
    world.text(PHONE, &code).await;
    arrives(&ada, &id, "sms").await;
    world.text(PHONE, "WEB").await;
    let body = Some(json!({ "token": link_on(&world, PHONE).await }));
    let opened = world
        .ask(None, Method::POST, "/v1/visitors/return", body)
        .await
        .is(201);
    let browser = world.who_has(opened["token"].as_str().expect("a token").to_owned());
    assert!(
        browser
            .said(&id)
            .await
            .contains(&"visitor web a secret".to_owned())
    );
}

#[tokio::test]
async fn a_link_opened_in_the_browser_that_began_proves_the_phone() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    world.text(PHONE, "WEB").await;
    let body = Some(json!({ "token": link_on(&world, PHONE).await }));
    let opened = visitor.ask(Method::POST, "/v1/visitors/return", body).await;
    opened.is(201);
    let now = ada.sees(&id).await;
    let phone = now["legs"]
        .as_array()
        .expect("legs")
        .iter()
        .find(|leg| leg["channel"] == "sms");
    assert_eq!(phone.expect("the phone")["proof"], "linked");
}

#[tokio::test]
async fn a_link_that_nobody_was_sent_opens_nothing_and_looking_at_the_page_uses_none_up() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    for wrong in [
        "",
        "r.acme.short",
        "v.acme.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "r.acme.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "r.nobody.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let body = Some(json!({ "token": wrong }));
        let answer = world
            .ask(None, Method::POST, "/v1/visitors/return", body)
            .await;
        answer.refused(409, "link_gone");
    }
    world.text(PHONE, "WEB").await;
    let token = link_on(&world, PHONE).await;
    let page = world
        .ask(None, Method::GET, &format!("/chat/{WIDGET}"), None)
        .await;
    assert_eq!(page.status, 200);
    let body = Some(json!({ "token": token }));
    world
        .ask(None, Method::POST, "/v1/visitors/return", body)
        .await
        .is(201);
}

#[tokio::test]
async fn two_programs_that_answer_each_other_come_to_an_end() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    for _ in 0..10 {
        world.text(PHONE, "WEB").await;
    }
    visitor.hears(&id, "visitor sms WEB").await;
    until("all have come", || async {
        let said = visitor.said(&id).await;
        said.iter().filter(|line| line.ends_with("WEB")).count() == 10
    })
    .await;
    let links = world.received(PHONE).await;
    let links = links.iter().filter(|text| text.contains("#return="));
    assert!(links.count() <= 6);
}
