//! The provider's API: what it takes, what it refuses, what it reports, what it lists.

use std::path::Path;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard_simulator::Pace;

use crate::world::{
    ACCOUNT, OTHER_ACCOUNT, OTHER_TOKEN, OTTO, SERVICE, SHOP, SHOP_2, TOKEN, VERA, World, answer,
};

const SLOW: Pace = Pace {
    sent: Duration::from_secs(3600),
    delivered: Duration::from_secs(3600),
};

#[tokio::test]
async fn a_message_is_on_the_phone_and_reported_by_signed_callbacks() {
    let mut world = World::new().await;
    let message = world.send(VERA, "Hello 👍").await;
    assert_eq!(message["status"], "queued");

    let sent = world.webhook().await;
    assert_eq!(sent.path, "/callbacks?delivery=d%201");
    let expected = json!({
        "MessageSid": message["sid"], "SmsSid": message["sid"], "MessageStatus": "sent", "SmsStatus": "sent",
        "AccountSid": ACCOUNT, "From": SHOP, "To": VERA, "ApiVersion": "2010-04-01",
    });
    assert_eq!(json!(sent.form), expected);
    let delivered = world.webhook().await;
    assert_eq!(delivered.form["MessageStatus"], "delivered");
    assert_eq!(delivered.form["RawDlrDoneDate"], "2611210203");
    assert_ne!(
        sent.header("i-twilio-idempotency-token"),
        delivered.header("i-twilio-idempotency-token")
    );

    let on_phone = &world.on_phone(VERA).await[0];
    assert_eq!(on_phone["text"], "Hello 👍");
    assert_eq!(
        (&on_phone["direction"], &on_phone["from"], &on_phone["to"]),
        (&json!("in"), &json!(SHOP), &json!(VERA))
    );
    assert_eq!(on_phone["at"], "2026-11-21T02:03:04.000Z");
}

#[tokio::test]
async fn the_message_resource_has_twilios_fields_and_types() {
    let world = World::with(SLOW, "").await;
    let message = world.send(VERA, "Hello").await;
    let sid = message["sid"].as_str().expect("a sid");
    let uri = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}");
    assert!(
        sid.len() == 34 && sid.starts_with("SM") && sid[2..].bytes().all(|b| b.is_ascii_hexdigit()),
        "{sid}"
    );
    let date = "Sat, 21 Nov 2026 02:03:04 +0000";
    let expected = json!({
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": "Hello", "date_created": date, "date_sent": null,
        "date_updated": date, "direction": "outbound-api", "error_code": null, "error_message": null, "from": SHOP,
        "messaging_service_sid": null, "num_media": "0", "num_segments": "1", "price": null, "price_unit": "USD",
        "sid": sid, "status": "queued", "subresource_uris": {"media": format!("{uri}/Media.json")}, "to": VERA,
        "uri": format!("{uri}.json"),
    });
    assert_eq!(message, expected);
    assert_eq!(
        world.get_api(&format!("/Messages/{sid}.json")).await,
        (StatusCode::OK, expected)
    );
}

#[tokio::test]
async fn the_message_resource_names_exactly_the_fields_of_a_published_example() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/vectors/payloads/twilio_30_rest_create_201.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("not run: {} is not there", path.display());
        return;
    };
    let example: Value = serde_json::from_str(&text).expect("JSON");
    let message = World::new().await.send(VERA, "Hello! 👍").await;
    let (ours, theirs) = (
        message.as_object().expect("an object"),
        example["json"].as_object().expect("an object"),
    );
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>()
    );
    for (name, value) in theirs.iter().filter(|(_, value)| value.is_string()) {
        assert!(
            ours[name].is_string() || ours[name].is_null(),
            "{name}: {value} here is {}",
            ours[name]
        );
    }
}

#[tokio::test]
async fn a_message_that_twilio_would_refuse_is_refused_with_its_code() {
    let world = World::new().await;
    let long = "x".repeat(1_601);
    let media: Vec<(&str, &str)> = vec![("MediaUrl", "https://host/a.png"); 11];
    let cases: Vec<(Vec<(&str, &str)>, u32)> = vec![
        (vec![("From", SHOP), ("Body", "x")], 21604),
        (vec![("To", VERA), ("Body", "x")], 21603),
        (vec![("To", VERA), ("From", SHOP)], 21602),
        (vec![("To", VERA), ("From", SHOP), ("Body", &long)], 21617),
        (
            vec![("To", "4155550100"), ("From", SHOP), ("Body", "x")],
            21211,
        ),
        (
            vec![
                ("To", "whatsapp:+14155550100"),
                ("From", SHOP),
                ("Body", "x"),
            ],
            21910,
        ),
        (vec![("To", VERA), ("From", "shop"), ("Body", "x")], 21212),
        (
            vec![("To", VERA), ("From", "+15005550008"), ("Body", "x")],
            21606,
        ),
        (
            vec![
                ("To", VERA),
                ("MessagingServiceSid", SERVICE),
                ("Body", "x"),
            ],
            21701,
        ),
        (vec![("To", SHOP), ("From", SHOP), ("Body", "x")], 21266),
        (
            vec![
                ("To", VERA),
                ("From", SHOP),
                ("Body", "x"),
                ("StatusCallback", "host/path"),
            ],
            21609,
        ),
        (
            vec![
                ("To", VERA),
                ("From", SHOP),
                ("Body", "x"),
                ("StatusCallback", "https://a_b.example/"),
            ],
            21609,
        ),
        (
            vec![
                ("To", VERA),
                ("From", SHOP),
                ("Body", "x"),
                ("ValidityPeriod", "36001"),
            ],
            20001,
        ),
        (
            vec![("To", VERA), ("From", SHOP), ("MediaUrl", "nowhere")],
            21620,
        ),
        ([vec![("To", VERA), ("From", SHOP)], media].concat(), 21623),
    ];
    for (params, code) in cases {
        let (status, body) = world.create(&params).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{params:?}: {body}"
        );
        assert_eq!(body["status"], 400);
        assert_eq!(
            body["more_info"],
            format!("https://www.twilio.com/docs/errors/{code}")
        );
        assert!(!body["message"].as_str().unwrap_or_default().is_empty());
    }
    assert!(world.on_phone(VERA).await.is_empty());
}

#[tokio::test]
async fn a_text_of_1600_characters_is_taken_whatever_they_are() {
    let world = World::new().await;
    let text = "👍".repeat(1_600);
    assert_eq!(world.send(VERA, &text).await["num_segments"], "49");
    assert_eq!(world.texts(VERA).await, [text]);
}

#[tokio::test]
async fn only_the_accounts_own_credentials_open_its_log() {
    let world = World::new().await;
    let sid = world.send(VERA, "Hello").await["sid"]
        .as_str()
        .expect("a sid")
        .to_owned();
    let url = world.api(&format!("/Messages/{sid}.json"));
    let get = || world.http.get(&url);
    for request in [
        get(),
        get().basic_auth(ACCOUNT, Some("wrong")),
        get().bearer_auth(TOKEN),
        get().basic_auth("", Some(TOKEN)),
    ] {
        let (status, body) = answer(request).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::UNAUTHORIZED, &json!(20003))
        );
    }
    let (status, body) = answer(get().basic_auth(OTHER_ACCOUNT, Some(OTHER_TOKEN))).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::NOT_FOUND, &json!(20404))
    );
    let theirs = url.replace(ACCOUNT, OTHER_ACCOUNT);
    let (status, _) = answer(
        world
            .http
            .get(theirs)
            .basic_auth(OTHER_ACCOUNT, Some(OTHER_TOKEN)),
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_there_is_a_twilio_error_too() {
    let world = World::new().await;
    for path in [
        "/Messages/SM00000000000000000000000000000001.json",
        "/Messages/x",
        "/Calls.json",
    ] {
        let (status, body) = world.get_api(path).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::NOT_FOUND, &json!(20404)),
            "{path}"
        );
    }
    let (status, body) = answer(world.http.put(world.api("/Messages.json"))).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::METHOD_NOT_ALLOWED, &json!(20004))
    );
    let huge = "x".repeat(70_000);
    let (status, _) = world
        .create(&[("To", VERA), ("From", SHOP), ("Body", &huge)])
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_messaging_service_chooses_the_sender_and_reports_from_queued_on() {
    let mut world = World::new().await;
    let url = world.api("/Messages.json").replace(ACCOUNT, OTHER_ACCOUNT);
    let callback = world.at_server("/callbacks");
    let params = [
        ("To", VERA),
        ("MessagingServiceSid", SERVICE),
        ("Body", "Hello"),
        ("StatusCallback", &callback),
    ];
    let (_, message) = answer(
        world
            .http
            .post(url)
            .basic_auth(OTHER_ACCOUNT, Some(OTHER_TOKEN))
            .form(&params),
    )
    .await;
    assert_eq!(message["status"], "accepted");
    assert_eq!(
        (&message["from"], &message["num_segments"]),
        (&Value::Null, &json!("0"))
    );
    assert_eq!(message["messaging_service_sid"], SERVICE);
    assert_eq!(world.statuses(3).await, ["queued", "sent", "delivered"]);
    assert_eq!(world.on_phone(VERA).await[0]["from"], "+15005550008");
}

#[tokio::test]
async fn the_log_is_filtered_by_number_and_date() {
    let mut world = World::new().await;
    world.send(VERA, "on Saturday").await;
    world.statuses(2).await;
    world.advance("1d").await;
    world.send(VERA, "on Sunday").await;
    world.send(OTTO, "to Otto").await;
    world.statuses(4).await;
    world.write(VERA, "from Vera").await;

    for (query, expected) in [
        ("", vec!["from Vera", "to Otto", "on Sunday", "on Saturday"]),
        ("To=%2B14155550100", vec!["on Sunday", "on Saturday"]),
        ("From=%2B14155550100", vec!["from Vera"]),
        (
            "To=%2B14155550100&From=%2B15005550006&DateSent%3E=2026-11-22",
            vec!["on Sunday"],
        ),
        ("DateSent=2026-11-21", vec!["on Saturday"]),
        ("DateSent%3C=2026-11-21", vec!["on Saturday"]),
        ("DateSent%3E=2026-11-22T02:03:05Z", vec![]),
        (
            "DateSent%3E=2026-11-22T02:03:04Z",
            vec!["from Vera", "to Otto", "on Sunday"],
        ),
        ("DateSent=2026-11-23", vec![]),
    ] {
        let (status, list) = world.get_api(&format!("/Messages.json?{query}")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(bodies(&list), expected, "{query}");
    }
    let (status, body) = world.get_api("/Messages.json?DateSent=yesterday").await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!(20001))
    );
}

#[tokio::test]
async fn a_message_not_yet_sent_has_no_date_and_matches_no_filter_by_date() {
    let mut world = World::with(SLOW, "").await;
    let sid = world.send(VERA, "Hello").await["sid"]
        .as_str()
        .expect("a sid")
        .to_owned();
    let today = "/Messages.json?DateSent=2026-11-21";
    assert!(bodies(&world.get_api(today).await.1).is_empty());
    assert_eq!(bodies(&world.get_api("/Messages.json").await.1), ["Hello"]);
    world.advance("1h").await;
    assert_eq!(world.statuses(1).await, ["sent"]);
    assert_eq!(bodies(&world.get_api(today).await.1), ["Hello"]);
    let (_, message) = world.get_api(&format!("/Messages/{sid}.json")).await;
    assert_eq!(
        (&message["status"], &message["date_sent"]),
        (&json!("sent"), &json!("Sat, 21 Nov 2026 03:03:04 +0000"))
    );
}

#[tokio::test]
async fn pages_follow_each_other_though_new_messages_arrive_between_them() {
    let world = World::new().await;
    for n in 0..5 {
        world.send(VERA, &n.to_string()).await;
    }
    let (_, first) = world
        .get_api("/Messages.json?To=%2B14155550100&PageSize=2")
        .await;
    assert_eq!(bodies(&first), ["4", "3"]);
    assert_eq!(
        (
            &first["page"],
            &first["page_size"],
            &first["start"],
            &first["end"]
        ),
        (&json!(0), &json!(2), &json!(0), &json!(1))
    );
    assert_eq!(first["previous_page_uri"], Value::Null);
    world.send(VERA, "new").await;
    let second = follow(&world, &first["next_page_uri"]).await;
    assert_eq!(bodies(&second), ["2", "1"]);
    let third = follow(&world, &second["next_page_uri"]).await;
    assert_eq!(bodies(&third), ["0"]);
    assert_eq!(
        (&third["next_page_uri"], &third["start"], &third["end"]),
        (&Value::Null, &json!(4), &json!(4))
    );
    assert_eq!(
        bodies(&follow(&world, &third["previous_page_uri"]).await),
        ["2", "1"]
    );
    assert_eq!(
        bodies(&follow(&world, &third["first_page_uri"]).await),
        ["new", "4"]
    );
}

#[tokio::test]
async fn an_account_redacts_and_deletes_in_its_log_and_the_phone_keeps_the_text() {
    let world = World::new().await;
    let sid = world.send(VERA, "secret").await["sid"]
        .as_str()
        .expect("a sid")
        .to_owned();
    let url = world.api(&format!("/Messages/{sid}.json"));
    let update = |form| {
        answer(
            world
                .http
                .post(&url)
                .basic_auth(ACCOUNT, Some(TOKEN))
                .form(form),
        )
    };
    assert_eq!(update(&[("Status", "canceled")]).await.1["code"], 30409);
    let (status, message) = update(&[("Body", "")]).await;
    assert_eq!((status, &message["body"]), (StatusCode::OK, &json!("")));
    let delete = || answer(world.http.delete(&url).basic_auth(ACCOUNT, Some(TOKEN)));
    assert_eq!(delete().await, (StatusCode::NO_CONTENT, Value::Null));
    assert_eq!(delete().await.0, StatusCode::NOT_FOUND);
    assert!(bodies(&world.get_api("/Messages.json").await.1).is_empty());
    assert_eq!(world.texts(VERA).await, ["secret"]);
}

#[tokio::test]
async fn media_is_named_by_its_address_and_makes_the_message_an_mms() {
    let world = World::new().await;
    let (status, message) = world
        .create(&[
            ("To", VERA),
            ("From", SHOP_2),
            ("MediaUrl", "https://host/a.png"),
        ])
        .await;
    assert_eq!(
        (status, &message["num_media"]),
        (StatusCode::CREATED, &json!("1"))
    );
    assert!(
        message["sid"]
            .as_str()
            .is_some_and(|sid| sid.starts_with("MM"))
    );
    assert_eq!(
        world.on_phone(VERA).await[0]["media"][0]["url"],
        "https://host/a.png"
    );
}

#[tokio::test]
async fn the_phone_shows_what_a_linked_file_is_once_its_server_has_told() {
    let world = World::new().await;
    let mut watch = world.watch().await;
    let pump = world
        .serve_file(
            "image/png",
            "inline; filename=\"_.png\"; filename*=UTF-8''%C3%BC.png",
        )
        .await;
    world
        .create(&[("To", VERA), ("From", SHOP), ("MediaUrl", &pump)])
        .await;
    let file = loop {
        let (name, data) = watch.next().await.expect("the stream goes on");
        let file = &data["message"]["media"][0];
        if name == "message" && file["content_type"] == "image/png" {
            break file.clone();
        }
    };
    assert_eq!(
        (&file["name"], &file["url"]),
        (&json!("ü.png"), &json!(pump))
    );
}

fn bodies(list: &Value) -> Vec<&str> {
    list["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|m| m["body"].as_str().expect("a body"))
        .collect()
}

/// Reads another page, at the provider's own path as any client would.
async fn follow(world: &World, uri: &Value) -> Value {
    let url = format!(
        "{}/simulator/twilio{}",
        world.url,
        uri.as_str().expect("a page")
    );
    let (status, list) = answer(world.http.get(url).basic_auth(ACCOUNT, Some(TOKEN))).await;
    assert_eq!(status, StatusCode::OK);
    list
}
