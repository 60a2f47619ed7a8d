//! Phones in use, faults, the clock and the stream, as the phone's page and the tests of the product use them.

use axum::http::StatusCode;
use serde_json::json;
use switchboard_simulator::{Account, Number};

use crate::world::{OTTO, SHOP, VERA, World};

#[tokio::test]
async fn the_phones_in_use_are_listed_with_what_is_unread() {
    let world = World::new().await;
    world.send(VERA, "one").await;
    world.send(VERA, "two").await;
    world.send(OTTO, "three").await;
    let at = "2026-11-21T02:03:04.000Z";
    let (_, phones) = world.control("GET", "/phones", None).await;
    let expected = json!({ "next_cursor": null, "items": [
        { "address": OTTO, "unread": 1, "last": { "text": "three", "at": at, "from": SHOP } },
        { "address": VERA, "unread": 2, "last": { "text": "two", "at": at, "from": SHOP } },
    ]});
    assert_eq!(phones, expected);
    assert_eq!(
        world
            .control("POST", &format!("/phones/{VERA}/read"), None)
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    world.write(OTTO, "answer").await;
    let (_, phones) = world.control("GET", "/phones", None).await;
    let unread: Vec<_> = phones["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|phone| &phone["unread"])
        .collect();
    assert_eq!(unread, [&json!(0), &json!(0)]);
}

#[tokio::test]
async fn a_phone_nobody_used_is_empty_and_does_not_come_into_being_by_being_looked_at() {
    let world = World::new().await;
    assert!(world.on_phone(VERA).await.is_empty());
    world
        .control("POST", &format!("/phones/{VERA}/read"), None)
        .await;
    assert_eq!(
        world.control("GET", "/phones", None).await.1["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_number_connected_later_can_be_written_to_from_then_on() {
    let world = World::new().await;
    let (_, numbers) = world.control("GET", "/numbers", None).await;
    assert_eq!(
        numbers["items"][0],
        json!({ "number": SHOP, "name": "Acme Pumps", "channel": "sms" })
    );
    let late = "+15005550009";
    let path = format!("/phones/{VERA}/messages");
    let write = || world.control("POST", &path, Some(json!({ "to": late, "text": "Hi" })));
    assert_eq!(write().await.0, StatusCode::NOT_FOUND);
    world.simulator.connect(Account {
        account_sid: "AC00000000000000000000000000000009".into(),
        auth_token: "late".into(),
        numbers: vec![Number {
            number: late.into(),
            webhook_url: String::new(),
            name: None,
        }],
        messaging_service_sid: None,
    });
    let (status, message) = write().await;
    assert_eq!(
        (status, &message["status"]),
        (StatusCode::CREATED, &json!("failed"))
    );
}

#[tokio::test]
async fn a_put_of_faults_replaces_all_of_them() {
    let world = World::new().await;
    let off = json!({
        "refuse": null, "timeout": null, "status": null, "delay": null, "slow": null, "duplicate": false, "reorder": false,
        "drop_callbacks": false, "undeliverable": false, "stop": false, "batch": null, "pair_rate": false,
    });
    assert_eq!(
        world.control("GET", "/faults", None).await,
        (StatusCode::OK, off.clone())
    );
    world
        .fault(json!({ "refuse": 21610, "delay": "2s", "undeliverable": true }))
        .await;
    world.fault(json!({ "duplicate": true })).await;
    let mut expected = off;
    expected["duplicate"] = json!(true);
    assert_eq!(world.control("GET", "/faults", None).await.1, expected);
}

#[tokio::test]
async fn a_fault_that_is_not_understood_is_refused_and_changes_nothing() {
    let world = World::new().await;
    world.fault(json!({ "stop": true })).await;
    let (status, problem) = world
        .control("PUT", "/faults", Some(json!({ "explode": true })))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (&problem["code"], &problem["field"]),
        (&json!("unknown_field"), &json!("explode"))
    );
    let (status, problem) = world
        .control("PUT", "/faults", Some(json!({ "status": 418 })))
        .await;
    assert_eq!(
        (status.as_u16(), &problem["code"], &problem["field"]),
        (422, &json!("bad_value"), &json!("status"))
    );
    assert_eq!(world.control("GET", "/faults", None).await.1["stop"], true);
}

#[tokio::test]
async fn the_clock_goes_ahead_and_tells_how_far() {
    let world = World::new().await;
    let (_, time) = world.control("GET", "/clock", None).await;
    assert_eq!(
        time,
        json!({ "now": "2026-11-21T02:03:04.000Z", "ahead_ms": 0 })
    );
    let mut moved = world.simulator.clock().moved();
    world.advance("25h").await;
    moved.changed().await.expect("the clock is there");
    assert_eq!(world.simulator.clock().offset(), 25 * 3_600_000);
    let (_, time) = world.control("GET", "/clock", None).await;
    assert_eq!(time["now"], "2026-11-22T03:03:04.000Z");
    for (body, status, code) in [
        (json!({ "advance": "soon" }), 422, "bad_value"),
        (json!({ "advance": "99999d" }), 422, "bad_value"),
        (
            json!({ "advance": "1h", "back": true }),
            422,
            "unknown_field",
        ),
        (json!({}), 400, "malformed"),
    ] {
        let (answered, problem) = world.control("POST", "/clock", Some(body)).await;
        assert_eq!(
            (answered.as_u16(), &problem["code"]),
            (status, &json!(code))
        );
    }
}

#[tokio::test]
async fn the_stream_brings_messages_faults_and_the_time_as_they_come_and_ends_when_the_host_does() {
    let world = World::new().await;
    let mut watch = world.watch().await;
    world.fault(json!({ "reorder": true })).await;
    let (name, faults) = watch.next().await.expect("a notice");
    assert_eq!(
        (name.as_str(), &faults["reorder"]),
        ("faults", &json!(true))
    );
    world.advance("25h").await;
    let (name, time) = watch.next().await.expect("a notice");
    assert_eq!(
        (name.as_str(), &time["ahead_ms"]),
        ("clock", &json!(90_000_000))
    );
    let sent = world.send(VERA, "Hello").await;
    let (name, arrival) = watch.next().await.expect("a notice");
    assert_eq!(
        (name.as_str(), &arrival["phone"]),
        ("message", &json!(VERA))
    );
    assert_eq!(
        (&arrival["message"]["id"], &arrival["message"]["text"]),
        (&sent["sid"], &json!("Hello"))
    );
    world.simulator.close();
    while watch.next().await.is_some() {}
}

#[tokio::test]
async fn what_is_lost_on_the_way_is_no_news_of_the_phone() {
    let world = World::new().await;
    world.fault(json!({ "undeliverable": true })).await;
    let mut watch = world.watch().await;
    world.send(VERA, "lost").await;
    world.fault(json!({})).await;
    assert_eq!(watch.next().await.expect("a notice").0, "faults");
    world.send(VERA, "Hello").await;
    assert_eq!(
        watch.next().await.expect("a notice").1["message"]["text"],
        "Hello"
    );
}

#[tokio::test]
async fn more_streams_than_the_limit_are_refused() {
    let world = World::new().await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(world.watch().await);
    }
    let (status, problem) = world.control("GET", "/stream", None).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (503, &json!("too_many_streams"))
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let world = World::new().await;
    let (status, problem) = world.control("GET", "/nothing", None).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (404, &json!("not_found"))
    );
    let (status, problem) = world.control("DELETE", "/faults", None).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (405, &json!("method_not_allowed"))
    );
    let huge = json!({ "to": SHOP, "text": "x".repeat(70_000) });
    let (status, problem) = world
        .control("POST", &format!("/phones/{VERA}/messages"), Some(huge))
        .await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (413, &json!("too_large"))
    );
}
