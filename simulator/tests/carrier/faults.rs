//! Each fault, as an account that sends through the network meets it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{OTTO, SHOP, VERA, World};

const HELLO: [(&str, &str); 3] = [("To", VERA), ("From", SHOP), ("Body", "Hello")];

#[tokio::test]
async fn refuse_answers_with_the_code_and_takes_nothing() {
    let world = World::new().await;
    world.fault(json!({ "refuse": 21612 })).await;
    let (status, body) = world.create(&HELLO).await;
    assert_eq!(
        (status, &body["code"], &body["status"]),
        (StatusCode::BAD_REQUEST, &json!(21612), &json!(400))
    );
    assert!(world.on_phone(VERA).await.is_empty());
    world.fault(json!({})).await;
    assert_eq!(world.create(&HELLO).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn status_answers_429_with_a_time_to_wait_or_500_and_takes_nothing() {
    let world = World::new().await;
    for (status, code, wait) in [(429, 20429, Some("1")), (500, 20500, None)] {
        world.fault(json!({ "status": status })).await;
        let request = world.http.post(world.api("/Messages.json")).form(&HELLO);
        let request = request.basic_auth(crate::world::ACCOUNT, Some(crate::world::TOKEN));
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(
            response
                .headers()
                .get("retry-after")
                .map(|v| v.to_str().expect("text")),
            wait
        );
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["code"], code);
    }
    assert!(world.on_phone(VERA).await.is_empty());
}

#[tokio::test]
async fn timeout_before_hangs_and_loses_the_message() {
    let world = World::new().await;
    world.fault(json!({ "timeout": "before" })).await;
    let ((status, _), ()) = tokio::join!(world.create(&HELLO), async { world.simulator.close() });
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert!(world.on_phone(VERA).await.is_empty());
}

#[tokio::test]
async fn timeout_after_hangs_while_the_message_goes_its_way() {
    let mut world = World::new().await;
    world.fault(json!({ "timeout": "after" })).await;
    let callback = world.at_server("/callbacks");
    let params: Vec<(&str, &str)> = HELLO
        .into_iter()
        .chain([("StatusCallback", callback.as_str())])
        .collect();
    let request = world.http.post(world.api("/Messages.json")).form(&params);
    let hanging = tokio::spawn(
        request
            .basic_auth(crate::world::ACCOUNT, Some(crate::world::TOKEN))
            .send(),
    );
    assert_eq!(world.statuses(2).await, ["sent", "delivered"]);
    assert!(!hanging.is_finished());
    assert_eq!(world.texts(VERA).await, ["Hello"]);
    let (_, list) = world.get_api("/Messages.json?To=%2B14155550100").await;
    assert_eq!(list["messages"][0]["status"], "delivered");
    world.simulator.close();
    let answer = hanging.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn delay_takes_the_message_at_once_and_answers_later() {
    let mut world = World::new().await;
    world.fault(json!({ "delay": "30s" })).await;
    let callback = world.at_server("/callbacks");
    let params: Vec<(&str, &str)> = HELLO
        .into_iter()
        .chain([("StatusCallback", callback.as_str())])
        .collect();
    let request = world.http.post(world.api("/Messages.json")).form(&params);
    let waiting = tokio::spawn(
        request
            .basic_auth(crate::world::ACCOUNT, Some(crate::world::TOKEN))
            .send(),
    );
    assert_eq!(world.statuses(2).await, ["sent", "delivered"]);
    assert!(!waiting.is_finished());
    world.advance("30s").await;
    assert_eq!(
        waiting
            .await
            .expect("no panic")
            .expect("an answer")
            .status(),
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn slow_takes_the_message_later_even_if_its_client_has_left() {
    let mut world = World::new().await;
    world.fault(json!({ "slow": "15s" })).await;
    let callback = world.at_server("/callbacks");
    let params: Vec<(&str, &str)> = HELLO
        .into_iter()
        .chain([("StatusCallback", callback.as_str())])
        .collect();
    let request = world.http.post(world.api("/Messages.json")).form(&params);
    let impatient = request
        .basic_auth(crate::world::ACCOUNT, Some(crate::world::TOKEN))
        .timeout(std::time::Duration::from_millis(300));
    assert!(
        impatient
            .send()
            .await
            .is_err_and(|error| error.is_timeout())
    );
    let (_, list) = world.get_api("/Messages.json?To=%2B14155550100").await;
    assert_eq!(list["messages"], json!([]));
    world.advance("15s").await;
    assert_eq!(world.statuses(2).await, ["sent", "delivered"]);
    assert_eq!(world.texts(VERA).await, ["Hello"]);
}

#[tokio::test]
async fn duplicate_posts_each_webhook_twice_with_one_token() {
    let mut world = World::new().await;
    world.fault(json!({ "duplicate": true })).await;
    world.send(VERA, "Hello").await;
    assert_eq!(
        world.statuses(4).await,
        ["sent", "sent", "delivered", "delivered"]
    );
    world.write(VERA, "Hi").await;
    let (first, second) = (world.webhook().await, world.webhook().await);
    assert_eq!(first.form, second.form);
    assert_eq!(
        first.header("i-twilio-idempotency-token"),
        second.header("i-twilio-idempotency-token")
    );
}

#[tokio::test]
async fn reorder_posts_the_last_status_first() {
    let mut world = World::new().await;
    world.fault(json!({ "reorder": true })).await;
    world.send(VERA, "Hello").await;
    assert_eq!(world.statuses(2).await, ["delivered", "sent"]);
}

#[tokio::test]
async fn drop_callbacks_reports_nothing_of_what_was_taken_meanwhile() {
    let mut world = World::new().await;
    world.fault(json!({ "drop_callbacks": true })).await;
    world.send(VERA, "Hello").await;
    world.fault(json!({})).await;
    let reported = world.send(OTTO, "Hello").await;
    for _ in 0..2 {
        assert_eq!(world.webhook().await.form["MessageSid"], reported["sid"]);
    }
    assert_eq!(world.texts(VERA).await, ["Hello"]);
    assert!(world.is_quiet());
}

#[tokio::test]
async fn undeliverable_is_taken_and_reported_later_and_never_on_the_phone() {
    let mut world = World::new().await;
    world.fault(json!({ "undeliverable": true })).await;
    let sid = world.send(VERA, "Hello").await["sid"]
        .as_str()
        .expect("a sid")
        .to_owned();
    assert_eq!(world.webhook().await.form["MessageStatus"], "sent");
    let end = world.webhook().await.form;
    assert_eq!(
        (end["MessageStatus"].as_str(), end["ErrorCode"].as_str()),
        ("undelivered", "30003")
    );
    assert!(end.contains_key("RawDlrDoneDate"));
    assert!(world.on_phone(VERA).await.is_empty());
    let (_, message) = world.get_api(&format!("/Messages/{sid}.json")).await;
    assert_eq!(
        (&message["status"], &message["error_code"]),
        (&json!("undelivered"), &json!(30003))
    );
    assert_eq!(message["error_message"], "Unreachable destination handset");
}

#[tokio::test]
async fn undeliverable_may_be_reported_long_after_by_the_networks_clock() {
    let mut world = World::new().await;
    world
        .fault(json!({ "undeliverable": {"code": 30005, "after": "10m"} }))
        .await;
    world.send(VERA, "Hello").await;
    assert_eq!(world.statuses(1).await, ["sent"]);
    world.advance("9m").await;
    assert!(world.is_quiet());
    world.advance("1m").await;
    assert_eq!(world.webhook().await.form["ErrorCode"], "30005");
}

#[tokio::test]
async fn stop_makes_each_phone_opt_out_of_what_it_gets() {
    let mut world = World::new().await;
    world.fault(json!({ "stop": true })).await;
    let (status, _) = world.create(&HELLO).await;
    assert_eq!(status, StatusCode::CREATED);
    let stop = world.webhook().await.form;
    assert_eq!(
        (
            stop["From"].as_str(),
            stop["To"].as_str(),
            stop["Body"].as_str()
        ),
        (VERA, SHOP, "STOP")
    );
    let (status, body) = world.create(&HELLO).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!(21610))
    );
}
