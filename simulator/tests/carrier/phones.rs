//! A person with a phone: writes, opts out and in, and is heard by the account's server.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, OTTO, SHOP, SHOP_2, VERA, World};

#[tokio::test]
async fn what_is_written_on_a_phone_reaches_the_account_as_a_signed_webhook() {
    let mut world = World::new().await;
    let message = world
        .write(VERA, "Hi, is the 9″ pump in stock? 😀 +1 & 50% off")
        .await;
    assert_eq!(
        (&message["direction"], &message["status"]),
        (&json!("out"), &json!("sending"))
    );

    let webhook = world.webhook().await;
    assert_eq!(webhook.path, "/webhooks/shop?a=1&b=%20");
    assert!(!webhook.header("i-twilio-idempotency-token").is_empty());
    assert_eq!(webhook.header("x-home-region"), "us1");
    let sid = &message["id"];
    let expected = json!({
        "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNT, "From": VERA, "To": SHOP,
        "Body": "Hi, is the 9″ pump in stock? 😀 +1 & 50% off", "NumMedia": "0", "NumSegments": "1",
        "SmsStatus": "received", "ApiVersion": "2010-04-01", "FromCountry": "US", "FromState": "", "FromCity": "",
        "FromZip": "", "ToCountry": "US", "ToState": "", "ToCity": "", "ToZip": "",
    });
    assert_eq!(json!(webhook.form), expected);
}

#[tokio::test]
async fn each_number_has_a_webhook_of_its_own() {
    let mut world = World::new().await;
    let path = format!("/phones/{OTTO}/messages");
    world
        .control("POST", &path, Some(json!({ "to": SHOP_2, "text": "Moin" })))
        .await;
    let webhook = world.webhook().await;
    assert_eq!(webhook.path, "/webhooks/shop-2");
    assert_eq!(webhook.form["FromCountry"], "DE");
}

#[tokio::test]
async fn texts_of_one_phone_arrive_in_the_order_they_were_written() {
    let mut world = World::new().await;
    let texts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    for text in &texts {
        world.write(VERA, text).await;
    }
    let mut heard = Vec::new();
    for _ in 0..20 {
        heard.push(world.webhook().await.form["Body"].clone());
    }
    assert_eq!(heard, texts);
}

#[tokio::test]
async fn media_comes_along_as_links() {
    let mut world = World::new().await;
    let media =
        json!([{ "url": "https://host/a.png", "content_type": "image/png" }, "https://host/b"]);
    let path = format!("/phones/{VERA}/messages");
    let (status, _) = world
        .control(
            "POST",
            &path,
            Some(json!({ "to": SHOP, "text": "", "channel": "sms", "media": media })),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let form = world.webhook().await.form;
    assert_eq!(
        (form["NumMedia"].as_str(), form["Body"].as_str()),
        ("2", "")
    );
    assert_eq!(
        (
            form["MediaUrl0"].as_str(),
            form["MediaContentType0"].as_str()
        ),
        ("https://host/a.png", "image/png")
    );
    assert_eq!(form["MediaUrl1"], "https://host/b");
}

#[tokio::test]
async fn a_phone_that_says_stop_is_told_so_and_cannot_be_written_to_until_it_says_start() {
    let mut world = World::new().await;
    world.write(VERA, "Stop").await;
    let stop = world.webhook().await.form;
    assert_eq!(stop["Body"], "Stop");
    assert!(!stop.contains_key("OptOutType"));
    let on_phone = world.on_phone(VERA).await;
    assert_eq!(on_phone.len(), 2);
    assert_eq!(
        (&on_phone[1]["direction"], &on_phone[1]["from"]),
        (&json!("in"), &json!(SHOP))
    );

    let hello = |from, to| [("To", to), ("From", from), ("Body", "Hello")];
    let (status, body) = world.create(&hello(SHOP, VERA)).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!(21610))
    );
    assert_eq!(
        world.create(&hello(SHOP_2, VERA)).await.0,
        StatusCode::CREATED
    );
    assert_eq!(
        world.create(&hello(SHOP, OTTO)).await.0,
        StatusCode::CREATED
    );

    world.write(VERA, "START").await;
    assert_eq!(world.webhook().await.form["Body"], "START");
    assert_eq!(
        world.create(&hello(SHOP, VERA)).await.0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn help_is_answered_and_changes_nothing() {
    let world = World::new().await;
    world.write(VERA, "help").await;
    assert_eq!(world.on_phone(VERA).await.len(), 2);
    assert_eq!(
        world
            .create(&[("To", VERA), ("From", SHOP), ("Body", "Hello")])
            .await
            .0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_with_a_reason() {
    let world = World::new().await;
    let long = "x".repeat(1_601);
    for (phone, body, status, code) in [
        (
            VERA,
            json!({ "to": "+19995550000", "text": "x", "channel": "sms" }),
            404,
            "not_found",
        ),
        (
            "vera",
            json!({ "to": SHOP, "text": "x", "channel": "sms" }),
            422,
            "bad_address",
        ),
        (
            "14155550100",
            json!({ "to": SHOP, "text": "x", "channel": "sms" }),
            422,
            "bad_address",
        ),
        (
            VERA,
            json!({ "to": SHOP, "text": "", "channel": "sms" }),
            422,
            "empty",
        ),
        (
            VERA,
            json!({ "to": SHOP, "text": long, "channel": "sms" }),
            422,
            "too_long",
        ),
        (
            VERA,
            json!({ "to": SHOP, "text": "x", "channel": "pigeon" }),
            422,
            "unknown_channel",
        ),
        (
            VERA,
            json!({ "to": SHOP, "text": "x", "chanel": "sms" }),
            422,
            "unknown_field",
        ),
        (
            VERA,
            json!({ "to": SHOP, "text": "x", "media": [{ "href": "x" }] }),
            422,
            "unknown_field",
        ),
        (
            VERA,
            json!({ "to": SHOP, "text": "x", "media": vec!["https://host/"; 11] }),
            422,
            "too_many_media",
        ),
        (VERA, json!({ "text": "x" }), 400, "malformed"),
        (VERA, json!({ "to": SHOP, "text": 7 }), 400, "malformed"),
        (VERA, json!(["x"]), 400, "malformed"),
    ] {
        let (answered, problem) = world
            .control(
                "POST",
                &format!("/phones/{phone}/messages"),
                Some(body.clone()),
            )
            .await;
        assert_eq!(
            (answered.as_u16(), &problem["code"]),
            (status, &json!(code)),
            "{body}: {problem}"
        );
        assert_eq!(problem["status"], status);
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10)
        );
    }
    assert!(world.on_phone(VERA).await.is_empty());
    assert!(world.is_quiet());
}

#[tokio::test]
async fn a_text_of_1600_characters_passes() {
    let mut world = World::new().await;
    world.write(VERA, &"م".repeat(1_600)).await;
    assert_eq!(world.webhook().await.form["NumSegments"], "24");
}

#[tokio::test]
async fn a_server_error_is_not_tried_again_and_the_phone_shows_it() {
    let mut world = World::new().await;
    let mut watch = world.watch().await;
    world.answer_next(&[StatusCode::INTERNAL_SERVER_ERROR]);
    world.write(VERA, "Hi").await;
    world.webhook().await;
    assert_eq!(state(watch.next().await), "sending");
    assert_eq!(state(watch.next().await), "failed");
    world.write(VERA, "Still there?").await;
    assert_eq!(world.webhook().await.form["Body"], "Still there?");
    assert_eq!(state(watch.next().await), "sending");
    assert_eq!(state(watch.next().await), "delivered");
}

#[tokio::test]
async fn a_url_that_asks_for_more_tries_gets_them_with_the_same_token() {
    let mut world = World::with(switchboard_simulator::Pace::IMMEDIATE, "#rc=5&rp=all").await;
    let mut watch = world.watch().await;
    world.answer_next(&[StatusCode::SERVICE_UNAVAILABLE]);
    world.write(VERA, "Hi").await;
    let (first, second) = (world.webhook().await, world.webhook().await);
    assert_eq!(first.form, second.form);
    assert_eq!(
        first.header("i-twilio-idempotency-token"),
        second.header("i-twilio-idempotency-token")
    );
    assert_eq!(state(watch.next().await), "sending");
    assert_eq!(state(watch.next().await), "delivered");
}

/// The state of the message that a notice is about.
fn state(notice: Option<(String, Value)>) -> String {
    let (name, data) = notice.expect("the stream goes on");
    assert_eq!((name.as_str(), &data["phone"]), ("message", &json!(VERA)));
    data["message"]["status"]
        .as_str()
        .expect("a status")
        .to_owned()
}
