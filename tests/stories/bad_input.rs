//! Bad input: a clear answer that names what is wrong, and nothing lost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{PHONE, WIDGET, World, until};

#[tokio::test]
async fn other_peoples_conversations_are_not_there() {
    let world = World::new().await;
    let (one, other) = (world.visitor().await, world.visitor().await);
    let id = one.begins("hello").await;
    for path in ["", "/events", "/switch", "/revert"] {
        let method = if path.is_empty() || path == "/events" {
            Method::GET
        } else {
            Method::POST
        };
        let body = (path == "/switch").then(|| json!({ "channel": "web" }));
        other
            .ask(method, &format!("/v1/conversations/{id}{path}"), body)
            .await
            .refused(404, "not_found");
    }
    other
        .ask(Method::GET, "/v1/conversations/not-an-id", None)
        .await
        .refused(404, "not_found");
    world
        .ask(None, Method::GET, &format!("/v1/conversations/{id}"), None)
        .await
        .refused(401, "unauthorized");
    world
        .ask(
            Some("v.acme.forged"),
            Method::GET,
            &format!("/v1/conversations/{id}"),
            None,
        )
        .await
        .refused(401, "unauthorized");
}

#[tokio::test]
async fn unknown_fields_broken_bodies_and_wrong_widgets_are_named() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let path = format!("/v1/conversations/{id}/messages");
    let body = json!({ "client_id": "c", "text": "x", "txet": "y" });
    let refused = visitor
        .ask(Method::POST, &path, Some(body))
        .await
        .refused(422, "unknown_field");
    assert!(
        refused["detail"]
            .as_str()
            .expect("a sentence")
            .contains("txet"),
        "{refused}"
    );
    visitor
        .ask(Method::POST, &path, Some(json!({ "client_id": "c" })))
        .await
        .is(422);
    world
        .ask(
            None,
            Method::POST,
            "/v1/visitors",
            Some(json!({ "widget_key": "wk_nobody" })),
        )
        .await
        .refused(404, "not_found");
    world
        .ask(None, Method::POST, "/v1/nowhere", Some(Value::Null))
        .await
        .refused(404, "not_found");
    assert_eq!(WIDGET, "wk_acme");
}

#[tokio::test]
async fn a_list_of_values_is_no_body() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let path = format!("/v1/conversations/{id}/messages");
    visitor
        .ask(Method::POST, &path, Some(json!(["c1", "text", null])))
        .await
        .refused(422, "invalid_field");
    assert_eq!(visitor.said(&id).await.len(), 1);
}

#[tokio::test]
async fn a_nul_in_a_field_is_refused_and_the_field_named() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    let messages = format!("/v1/conversations/{id}/messages");
    for (field, body) in [
        ("text", json!({ "client_id": "c", "text": "a\0b" })),
        ("client_id", json!({ "client_id": "c\0", "text": "ab" })),
    ] {
        let refused = visitor.ask(Method::POST, &messages, Some(body)).await;
        assert_eq!(refused.refused(422, "invalid_field")["field"], field);
    }
    let whose = ada.sees(&id).await["visitor"]["id"].clone();
    let whose = format!("/v1/visitors/{}", whose.as_str().expect("an id"));
    let named = ada.ask(Method::PATCH, &whose, Some(json!({ "name": "A\0da" })));
    assert_eq!(named.await.refused(422, "invalid_field")["field"], "name");
    let asked = ada.ask(Method::GET, "/v1/conversations?cursor=a%00b", None);
    assert_eq!(asked.await.refused(422, "invalid_field")["field"], "cursor");
    assert_eq!(visitor.said(&id).await.len(), 1);
}

#[tokio::test]
async fn a_nul_that_comes_by_sms_leaves_a_mark_and_the_text_is_taken() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;

    world.text(PHONE, "a\0b").await;

    until("it is in the log", || async {
        let said = ada.said(&id).await;
        said.contains(&"visitor sms a\u{fffd}b".to_owned())
    })
    .await;
}

#[tokio::test]
async fn the_same_client_id_posts_once_and_another_body_is_refused() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let path = format!("/v1/conversations/{id}/messages");
    let body = json!({ "client_id": "c1", "text": "once" });
    let first = visitor
        .ask(Method::POST, &path, Some(body.clone()))
        .await
        .is(201);
    let second = visitor.ask(Method::POST, &path, Some(body)).await.is(200);
    assert_eq!(first["seq"], second["seq"]);
    visitor
        .ask(
            Method::POST,
            &path,
            Some(json!({ "client_id": "c1", "text": "twice" })),
        )
        .await
        .refused(409, "client_id_reused");
    assert_eq!(visitor.said(&id).await.len(), 2);
}

#[tokio::test]
async fn sixteen_hundred_characters_fit_an_sms_and_one_more_does_not() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    ada.says(&id, &"é".repeat(1_600)).await.is(201);
    let refused = ada
        .says(&id, &"é".repeat(1_601))
        .await
        .refused(422, "too_long");
    assert_eq!(refused["limit"], 1_600);
}

#[tokio::test]
async fn what_is_no_number_is_said_so_at_once_and_digits_of_any_script_are_digits() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    for wrong in [
        "+1202555CALL",
        "12",
        "+1900555",
        "+44 20 7946 0018",
        "+1 900 555 0143",
        "🙂",
    ] {
        visitor
            .switches(&id, "sms", Some(wrong))
            .await
            .refused(422, "bad_address");
    }
    visitor
        .switches(&id, "sms", None)
        .await
        .refused(422, "no_address");
    assert_eq!(visitor.sees(&id).await["switch"]["phase"], "settled");
    visitor
        .switches(&id, "sms", Some("+١٢٠٢٥٥٥٠١٤٣"))
        .await
        .is(202);
    let now = visitor
        .waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;
    assert_eq!(now["active_leg"]["address"], PHONE);
}

#[tokio::test]
async fn a_switch_to_the_shops_own_number_is_refused_at_once() {
    const OWN: &str = "+12025550188";
    let world = World::with(|config| {
        let number = &mut config.organizations[0].connections[0];
        number.set("from", OWN).expect("it is a number");
    })
    .await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    for written in [OWN, "+1 (202) 555-0188"] {
        for who in [&visitor, &ada] {
            who.switches(&id, "sms", Some(written))
                .await
                .refused(422, "bad_address");
        }
    }
    assert_eq!(visitor.sees(&id).await["switch"]["phase"], "settled");
}

#[tokio::test]
async fn emoji_and_right_to_left_text_arrive_unchanged() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let text = "  مرحبا 👩‍👩‍👧‍👦 \u{202e}x\u{0}y\n";
    let text = text.replace('\u{0}', "");
    let id = visitor.begins(&text).await;
    assert_eq!(
        ada.log(&id)
            .await
            .iter()
            .find(|event| event["kind"] == "message")
            .expect("it")["text"],
        text
    );
}

#[tokio::test]
async fn a_cursor_beyond_the_log_is_told_where_the_log_ends() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor
        .ask(
            Method::GET,
            &format!("/v1/conversations/{id}/events?after=999"),
            None,
        )
        .await
        .refused(409, "ahead");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_with_a_problem() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    let path = format!("/v1/conversations/{id}/messages");
    let body = json!({ "client_id": "c", "text": "x".repeat(70_000) });
    visitor
        .ask(Method::POST, &path, Some(body))
        .await
        .refused(413, "too_large");
    assert_eq!(visitor.said(&id).await.len(), 1);
}

#[tokio::test]
async fn webhooks_without_the_providers_signature_are_refused_and_change_nothing() {
    let world = World::new().await;
    let ada = world.ada().await;
    let form = "MessageSid=SM1&From=%2B12025550143&To=%2B15005550006&Body=hi&AccountSid=AC1";
    for signature in [
        None,
        Some(""),
        Some("AAAA"),
        Some("0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ] {
        let mut request = reqwest::Client::new()
            .post(format!("{}/webhooks/acme-sms", world.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        if let Some(signature) = signature {
            request = request.header("x-twilio-signature", signature);
        }
        assert_eq!(
            request.send().await.expect("an answer").status(),
            403,
            "{signature:?}"
        );
    }
    let missing = reqwest::Client::new()
        .post(format!("{}/webhooks/nobody", world.url))
        .body(form)
        .send()
        .await;
    assert_eq!(missing.expect("an answer").status(), 404);
    let inbox = ada
        .ask(Method::GET, "/v1/conversations", None)
        .await
        .is(200);
    assert_eq!(inbox["items"].as_array().expect("items").len(), 0);
}
