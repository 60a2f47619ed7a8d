//! Meta's API: what it takes, what it refuses, what it reports.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{
    ACCESS_TOKEN, APP_SECRET, BUSINESS, LINE, LINE_2, LINE_2_ID, LINE_ID, OTTO, VERA, Webhook,
    World, answer,
};

const DAY_AND_AN_HOUR: &str = "25h";

impl World {
    fn graph(&self, path: &str) -> String {
        format!("{}/simulator/meta/v23.0{path}", self.url)
    }

    pub async fn ask_meta(&self, body: &Value) -> (StatusCode, Value) {
        let request = self.http.post(self.graph(&format!("/{LINE_ID}/messages")));
        answer(request.bearer_auth(ACCESS_TOKEN).json(body)).await
    }

    /// Sends a text to a number, and expects it to be taken; its id.
    async fn text(&self, to: &str, text: &str) -> String {
        let (status, answer) = self.ask_meta(&text_to(to, text)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["messages"][0]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// The next webhook of Meta's, its signature checked.
    async fn meta_webhook(&mut self) -> Value {
        let webhook = self.any_webhook().await;
        assert_eq!(webhook.header("content-type"), "application/json");
        assert_eq!(
            webhook.header("x-hub-signature-256"),
            signature(&webhook),
            "{webhook:?}"
        );
        assert!(webhook.body.is_ascii(), "{}", webhook.body);
        let body: Value = serde_json::from_str(&webhook.body).expect("JSON");
        assert_eq!(body["object"], "whatsapp_business_account");
        body
    }

    /// The value of the next webhook's only change.
    async fn change(&mut self) -> Value {
        let body = self.meta_webhook().await;
        assert_eq!(body["entry"][0]["id"], BUSINESS);
        assert_eq!(
            body["entry"][0]["changes"].as_array().map(Vec::len),
            Some(1),
            "{body}"
        );
        body["entry"][0]["changes"][0]["value"].clone()
    }

    /// The next status.
    async fn status(&mut self) -> Value {
        let value = self.change().await;
        assert_eq!(value["metadata"]["phone_number_id"], LINE_ID);
        value["statuses"][0].clone()
    }

    /// Writes on a phone, by WhatsApp, to the line at Meta.
    pub async fn whatsapp(&self, phone: &str, body: Value) -> Value {
        let mut given = json!({ "to": LINE, "channel": "whatsapp" });
        given
            .as_object_mut()
            .expect("an object")
            .extend(body.as_object().expect("an object").clone());
        let (status, message) = self
            .control("POST", &format!("/phones/{phone}/messages"), Some(given))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{message}");
        message
    }

    /// Opens the window: the phone writes, and the webhook is taken.
    async fn open(&mut self, phone: &str) -> Value {
        self.whatsapp(phone, json!({ "text": "Hi" })).await;
        self.change().await["messages"][0].clone()
    }
}

fn text_to(to: &str, text: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": text } })
}

fn template_to(to: &str, name: &str, words: &[&str]) -> Value {
    let words: Vec<Value> = words
        .iter()
        .map(|word| json!({ "type": "text", "text": word }))
        .collect();
    json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "template",
        "template": { "name": name, "language": { "code": "en" }, "components": [{ "type": "body", "parameters": words }] },
    })
}

/// Meta's signature, computed here from nothing but SHA-256 and RFC 2104.
fn signature(webhook: &Webhook) -> String {
    let mut key = APP_SECRET.as_bytes().to_vec();
    key.resize(64, 0);
    let padded = |pad: u8| key.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = Sha256::digest([padded(0x36), webhook.body.clone().into_bytes()].concat());
    let outer = Sha256::digest([padded(0x5c), inner.to_vec()].concat());
    let hex: String = outer.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn code(answer: &(StatusCode, Value)) -> u64 {
    answer.1["error"]["code"]
        .as_u64()
        .unwrap_or_else(|| panic!("no error: {answer:?}"))
}

#[tokio::test]
async fn a_text_within_the_window_is_on_the_phone_and_reported_as_sent_delivered_and_read() {
    let mut world = World::new().await;
    let heard = world.open(VERA).await;
    let mut body = text_to(VERA, "Hello 👍");
    body["biz_opaque_callback_data"] = json!("d-1");
    let (status, answer) = world.ask_meta(&body).await;
    assert_eq!(status, StatusCode::OK);
    let id = answer["messages"][0]["id"].clone();
    let user_id = heard["from_user_id"].clone();
    assert!(
        id.as_str().expect("an id").starts_with("wamid.HBgL"),
        "{id}"
    );
    assert_eq!(
        answer,
        json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": VERA, "wa_id": "14155550100", "user_id": user_id }],
            "messages": [{ "id": id }],
        })
    );
    for word in ["sent", "delivered"] {
        let status = world.status().await;
        let expected = json!({
            "id": id, "status": word, "timestamp": "1795226584", "recipient_id": "14155550100",
            "recipient_user_id": user_id, "biz_opaque_callback_data": "d-1",
            "pricing": { "billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service" },
        });
        assert_eq!(status, expected);
    }
    let on_phone = world.on_phone(VERA).await;
    assert_eq!(
        (
            &on_phone[1]["text"],
            &on_phone[1]["channel"],
            &on_phone[1]["from"]
        ),
        (&json!("Hello 👍"), &json!("whatsapp"), &json!(LINE))
    );
    assert!(world.is_quiet());
    world
        .control(
            "POST",
            &format!("/phones/{VERA}/read"),
            Some(json!({ "channel": "whatsapp", "from": LINE })),
        )
        .await;
    let read = world.status().await;
    assert_eq!((&read["status"], &read["id"]), (&json!("read"), &id));
    assert!(read.get("pricing").is_none());
}

#[tokio::test]
async fn a_text_outside_the_window_is_taken_and_fails_later_while_a_template_passes() {
    let mut world = World::new().await;
    world.open(VERA).await;
    world.text(VERA, "in time").await;
    assert_eq!(world.status().await["status"], "sent");
    assert_eq!(world.status().await["status"], "delivered");
    world.advance(DAY_AND_AN_HOUR).await;
    let id = world.text(VERA, "too late").await;
    let failed = world.status().await;
    assert_eq!(
        (&failed["status"], &failed["id"]),
        (&json!("failed"), &json!(id))
    );
    assert_eq!(failed["errors"][0]["code"], 131_047);
    assert_eq!(failed["errors"][0]["title"], "Re-engagement message");
    assert!(failed.get("recipient_user_id").is_none());

    let (status, answer) = world
        .ask_meta(&template_to(VERA, "continue_chat", &["Acme Pumps"]))
        .await;
    assert_eq!(
        (status, &answer["messages"][0]["message_status"]),
        (StatusCode::OK, &json!("accepted"))
    );
    let sent = world.status().await;
    assert_eq!(
        (&sent["status"], &sent["pricing"]["category"]),
        (&json!("sent"), &json!("utility"))
    );
    let on_phone = world.on_phone(VERA).await;
    let last = on_phone.last().expect("a message");
    assert_eq!(
        last["text"],
        "Acme Pumps: somebody asked to go on with a chat here. Reply to continue."
    );
    assert_eq!(last["template"]["name"], "continue_chat");
    assert_eq!(on_phone.len(), 3);
}

#[tokio::test]
async fn the_window_is_of_one_person_and_one_number() {
    let mut world = World::new().await;
    world.open(VERA).await;
    world.text(OTTO, "Hello").await;
    assert_eq!(world.status().await["status"], "failed");
    world.text(VERA, "Hello").await;
    assert_eq!(world.status().await["status"], "sent");
}

#[tokio::test]
async fn what_meta_would_refuse_is_refused_with_its_code() {
    let world = World::new().await;
    let long = "x".repeat(4_097);
    let ask = |change: Value| {
        let mut body = text_to(VERA, "Hello");
        let fields = body.as_object_mut().expect("an object");
        for (name, value) in change.as_object().expect("an object") {
            match value {
                Value::Null => drop(fields.remove(name)),
                value => drop(fields.insert(name.clone(), value.clone())),
            }
        }
        body
    };
    let template = |name: &str, words: &[&str]| template_to(VERA, name, words);
    for (body, expected) in [
        (ask(json!({ "messaging_product": null })), 100),
        (ask(json!({ "to": null })), 100),
        (ask(json!({ "to": "vera" })), 131_009),
        (ask(json!({ "to": LINE })), 131_021),
        (ask(json!({ "to": null, "recipient": "+14155550100" })), 100),
        (ask(json!({ "type": "image" })), 131_008),
        (ask(json!({ "type": "image", "image": {} })), 131_008),
        (
            ask(json!({ "type": "image", "image": { "id": "7" } })),
            131_009,
        ),
        (
            ask(json!({ "type": "image", "image": { "link": "host/a.png" } })),
            131_009,
        ),
        (ask(json!({ "type": "pigeon", "pigeon": {} })), 131_051),
        (ask(json!({ "text": { "body": "" } })), 131_008),
        (ask(json!({ "text": { "body": long } })), 100),
        (
            ask(
                json!({ "type": "reaction", "reaction": { "message_id": "wamid.x", "emoji": "👍" } }),
            ),
            131_009,
        ),
        (ask(json!({ "status": "read" })), 131_008),
        (
            ask(json!({ "status": "read", "message_id": "wamid.x" })),
            131_009,
        ),
        (template("nothing", &[]), 132_001),
        (template("continue_chat", &[]), 132_000),
        (template("continue_chat", &["a", "b"]), 132_000),
        (template("continue_chat", &["two\nlines"]), 132_007),
    ] {
        let answer = world.ask_meta(&body).await;
        assert_eq!(code(&answer), expected, "{body}");
        assert!(answer.0.is_client_error());
        let error = &answer.1["error"];
        assert!(error["message"].is_string() && error["fbtrace_id"].is_string());
        assert_eq!(
            (&error["type"], &error["error_data"]["messaging_product"]),
            (&json!("OAuthException"), &json!("whatsapp"))
        );
    }
    assert!(world.on_phone(VERA).await.is_empty());
}

#[tokio::test]
async fn only_the_token_of_a_number_opens_it() {
    let world = World::new().await;
    let path = format!("/{LINE_ID}/messages");
    for token in [None, Some("wrong")] {
        let request = world
            .http
            .post(world.graph(&path))
            .json(&text_to(VERA, "Hello"));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = answer(request).await;
        assert_eq!((answer.0, code(&answer)), (StatusCode::UNAUTHORIZED, 190));
    }
    let request = world
        .http
        .post(world.graph("/999/messages"))
        .bearer_auth(ACCESS_TOKEN);
    let answer = answer(request.json(&text_to(VERA, "Hello"))).await;
    assert_eq!(
        (code(&answer), &answer.1["error"]["error_subcode"]),
        (100, &json!(33))
    );
}

#[tokio::test]
async fn each_fault_speaks_in_metas_codes() {
    let mut world = World::new().await;
    world.open(VERA).await;
    for (fault, status, expected) in [
        (json!({ "refuse": 21610 }), 400, 131_050),
        (json!({ "refuse": 131_031 }), 403, 131_031),
        (json!({ "refuse": 190 }), 401, 190),
        (json!({ "status": 429 }), 429, 130_429),
        (json!({ "status": 500 }), 500, 1),
    ] {
        world.fault(fault.clone()).await;
        let answer = world.ask_meta(&text_to(VERA, "Hello")).await;
        assert_eq!(
            (answer.0.as_u16(), code(&answer)),
            (status, expected),
            "{fault}"
        );
    }
    world.fault(json!({ "undeliverable": true })).await;
    world.text(VERA, "Hello").await;
    assert_eq!(world.status().await["status"], "sent");
    let failed = world.status().await;
    assert_eq!(
        (&failed["status"], &failed["errors"][0]["code"]),
        (&json!("failed"), &json!(131_026))
    );
    world.fault(json!({ "reorder": true })).await;
    world.text(VERA, "Hello").await;
    assert_eq!(world.status().await["status"], "delivered");
    assert_eq!(world.status().await["status"], "sent");
    world.fault(json!({ "duplicate": true })).await;
    world.whatsapp(VERA, json!({ "text": "twice" })).await;
    assert_eq!(world.meta_webhook().await, world.meta_webhook().await);
    world
        .fault(json!({ "stop": true, "drop_callbacks": true }))
        .await;
    world.text(VERA, "Hello").await;
    assert_eq!(world.change().await["messages"][0]["text"]["body"], "STOP");
    assert!(world.is_quiet());
}

#[tokio::test]
async fn a_pair_has_45_messages_at_once_and_then_one_in_six_seconds() {
    let mut world = World::new().await;
    world.open(VERA).await;
    world
        .fault(json!({ "pair_rate": true, "drop_callbacks": true }))
        .await;
    for _ in 0..45 {
        world.text(VERA, "Hello").await;
    }
    assert_eq!(
        code(&world.ask_meta(&text_to(VERA, "Hello")).await),
        131_056
    );
    world.text(OTTO, "another pair").await;
    world.advance("6s").await;
    world.text(VERA, "Hello").await;
    assert_eq!(
        code(&world.ask_meta(&text_to(VERA, "Hello")).await),
        131_056
    );
}

#[tokio::test]
async fn a_mark_reads_the_message_and_all_before_it_and_may_say_that_somebody_types() {
    let mut world = World::new().await;
    world.open(VERA).await;
    let heard = world.open(VERA).await;
    let mut watch = world.watch().await;
    let mark = json!({
        "messaging_product": "whatsapp", "status": "read", "message_id": heard["id"], "typing_indicator": { "type": "text" },
    });
    assert_eq!(
        world.ask_meta(&mark).await,
        (StatusCode::OK, json!({ "success": true }))
    );
    for message in world.on_phone(VERA).await {
        assert_eq!(message["status"], "read");
    }
    let typing = loop {
        let (name, data) = watch.next().await.expect("a notice");
        if name == "typing" {
            break data;
        }
    };
    assert_eq!(
        typing,
        json!({ "phone": VERA, "from": LINE, "until": "2026-11-21T02:03:29.000Z" })
    );
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_comes_again_after_growing_pauses_for_seven_days() {
    let mut world = World::new().await;
    world.answer_next(&[StatusCode::SERVICE_UNAVAILABLE, StatusCode::CREATED]);
    world.whatsapp(VERA, json!({ "text": "Hi" })).await;
    let first = world.meta_webhook().await;
    let pause = world.steps_until_webhook("1s").await;
    assert_eq!(world.meta_webhook().await, first, "201 is not 200");
    let next_pause = world.steps_until_webhook("1s").await;
    assert_eq!(world.meta_webhook().await, first);
    assert!(
        pause >= 5 && next_pause > pause,
        "{pause} s, then {next_pause} s"
    );
    world.until_status(VERA, "delivered").await;
}

#[tokio::test]
async fn a_webhook_that_nobody_takes_is_given_up_after_seven_days() {
    let mut world = World::new().await;
    world.answer_next(&[StatusCode::SERVICE_UNAVAILABLE; 64]);
    world.whatsapp(VERA, json!({ "text": "Hi" })).await;
    let mut watch = world.watch().await;
    let mut tries = 0;
    let failed = async {
        while watch
            .next()
            .await
            .is_some_and(|(_, data)| data["message"]["status"] != "failed")
        {}
    };
    let posts = async {
        loop {
            world.advance("6h").await;
            if !world.is_quiet() {
                world.meta_webhook().await;
                tries += 1;
            }
        }
    };
    tokio::select! {
        () = failed => {}
        () = posts => {}
    }
    assert!((5..=40).contains(&tries), "{tries} tries");
}

#[tokio::test]
async fn batch_gathers_messages_statuses_and_numbers_in_one_body() {
    let mut world = World::new().await;
    world.open(VERA).await;
    world.fault(json!({ "batch": 5 })).await;
    world.text(VERA, "Hello").await;
    world.whatsapp(VERA, json!({ "text": "one" })).await;
    world.whatsapp(VERA, json!({ "text": "two" })).await;
    world
        .whatsapp(OTTO, json!({ "to": LINE_2, "text": "three" }))
        .await;
    let body = world.meta_webhook().await;
    let changes = body["entry"][0]["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 2);
    let of = |id: &str| {
        changes
            .iter()
            .find(|change| change["value"]["metadata"]["phone_number_id"] == id)
            .expect("a change")
    };
    let first = &of(LINE_ID)["value"];
    assert_eq!(first["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(first["statuses"].as_array().map(Vec::len), Some(2));
    assert_eq!(first["contacts"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        of(LINE_2_ID)["value"]["messages"][0]["text"]["body"],
        "three"
    );
}

#[tokio::test]
async fn a_batch_that_does_not_fill_is_posted_after_a_second() {
    let mut world = World::new().await;
    world.fault(json!({ "batch": 5 })).await;
    world.whatsapp(VERA, json!({ "text": "one" })).await;
    world.whatsapp(VERA, json!({ "text": "two" })).await;
    world.steps_until_webhook("1s").await;
    assert_eq!(
        world.change().await["messages"].as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn a_phone_writes_every_type_of_message() {
    let mut world = World::new().await;
    world.open(VERA).await;
    let id = world.text(VERA, "Pick").await;
    world.status().await;
    world.status().await;
    let upload = world
        .http
        .post(format!("{}/v1/simulator/files?name=a.mp4", world.url));
    let (_, film) = answer(upload.header("content-type", "video/mp4").body("film")).await;
    for (written, kind, field, expected) in [
        (
            json!({ "text": "Grüße 😀 </p>" }),
            "text",
            "body",
            json!("Grüße 😀 </p>"),
        ),
        (
            json!({ "text": "Look", "media": [{ "sample": "picture" }] }),
            "image",
            "caption",
            json!("Look"),
        ),
        (
            json!({ "media": [{ "sample": "picture" }] }),
            "image",
            "mime_type",
            json!("image/png"),
        ),
        (
            json!({ "media": [{ "sample": "voice" }] }),
            "audio",
            "voice",
            json!(true),
        ),
        (
            json!({ "media": [{ "sample": "document" }] }),
            "document",
            "filename",
            json!("note.pdf"),
        ),
        (
            json!({ "media": [{ "file": film["id"] }] }),
            "video",
            "mime_type",
            json!("video/mp4"),
        ),
        (
            json!({ "media": ["data:image/jpeg;base64,/9j/"] }),
            "image",
            "mime_type",
            json!("image/jpeg"),
        ),
        (
            json!({ "location": { "latitude": 52.5, "longitude": 13.4, "name": "Berlin" } }),
            "location",
            "name",
            json!("Berlin"),
        ),
        (
            json!({ "reaction": { "to": id, "emoji": "👍" } }),
            "reaction",
            "emoji",
            json!("👍"),
        ),
        (
            json!({ "reaction": { "to": id } }),
            "reaction",
            "emoji",
            Value::Null,
        ),
    ] {
        world.whatsapp(VERA, written.clone()).await;
        let value = world.change().await;
        let message = &value["messages"][0];
        assert_eq!(message["type"], kind, "{written}");
        assert_eq!(message[kind][field], expected, "{written}");
        assert_eq!(value["contacts"][0]["profile"]["name"], "Guest 0100");
        assert_eq!(message["from"], "14155550100");
    }
    world
        .whatsapp(VERA, json!({ "text": "About this", "reply_to": id }))
        .await;
    let context = world.change().await["messages"][0]["context"].clone();
    assert_eq!(context, json!({ "from": "15005550026", "id": id }));
}

#[tokio::test]
async fn a_tap_on_an_answer_says_which() {
    let mut world = World::new().await;
    world.open(VERA).await;
    let mut template = template_to(VERA, "continue_chat", &["Acme"]);
    template["template"]["components"].as_array_mut().expect("a list").push(json!({
        "type": "button", "sub_type": "quick_reply", "index": "1", "parameters": [{ "type": "payload", "payload": "no" }],
    }));
    let (_, answer) = world.ask_meta(&template).await;
    let id = answer["messages"][0]["id"].clone();
    let tap = json!({ "choice": { "of": id, "id": "no" } });
    world.whatsapp(VERA, tap).await;
    for _ in 0..2 {
        world.status().await;
    }
    let tapped = world.change().await["messages"][0].clone();
    assert_eq!(
        tapped["button"],
        json!({ "text": "Not me", "payload": "no" })
    );
    assert_eq!(tapped["context"]["id"], id);

    let interactive = json!({
        "messaging_product": "whatsapp", "to": VERA, "type": "interactive", "interactive": {
            "type": "button", "body": { "text": "Go on?" },
            "action": { "buttons": [{ "type": "reply", "reply": { "id": "y", "title": "Yes" } }] },
        },
    });
    let (_, answer) = world.ask_meta(&interactive).await;
    world.status().await;
    world.status().await;
    world
        .whatsapp(
            VERA,
            json!({ "choice": { "of": answer["messages"][0]["id"], "id": "y" } }),
        )
        .await;
    let tapped = world.change().await["messages"][0]["interactive"].clone();
    assert_eq!(
        tapped,
        json!({ "type": "button_reply", "button_reply": { "id": "y", "title": "Yes" } })
    );
}

#[tokio::test]
async fn the_account_marks_what_it_sends_with_every_type() {
    let mut world = World::new().await;
    let heard = world.open(VERA).await;
    world.fault(json!({ "drop_callbacks": true })).await;
    let send = |kind: &str, part: Value| json!({ "messaging_product": "whatsapp", "to": VERA, "type": kind, kind: part });
    for body in [
        send(
            "image",
            json!({ "link": "https://host/a.png", "caption": "Look" }),
        ),
        send(
            "audio",
            json!({ "link": "https://host/a.ogg", "voice": true }),
        ),
        send(
            "document",
            json!({ "link": "https://host/a.pdf", "filename": "a.pdf" }),
        ),
        send("sticker", json!({ "link": "https://host/a.webp" })),
        send("location", json!({ "latitude": 52.5, "longitude": "13.4" })),
        send(
            "reaction",
            json!({ "message_id": heard["id"], "emoji": "🎉" }),
        ),
        send("contacts", json!([{ "name": { "formatted_name": "Ada" } }])),
    ] {
        let (status, answer) = world.ask_meta(&body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let on_phone = world.on_phone(VERA).await;
    assert_eq!(
        on_phone[1]["media"],
        json!([{ "url": "https://host/a.png", "content_type": "image/png" }])
    );
    assert_eq!(on_phone[2]["media"][0]["voice"], true);
    assert_eq!(on_phone[3]["media"][0]["name"], "a.pdf");
    assert_eq!(
        on_phone[6]["reaction"],
        json!({ "to": heard["id"], "emoji": "🎉" })
    );
    assert_eq!(on_phone[7]["text"], "Ada");
}
