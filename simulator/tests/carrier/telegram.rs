//! Telegram's Bot API, as its documentation tells it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{BOT, BOT_SECRET, BOT_TOKEN, OTTO, VERA, World, answer};

const SHORTEST_ID: u64 = u32::MAX as u64;

impl World {
    /// Calls a method of the bot's with these parameters as JSON.
    async fn bot(&self, method: &str, params: Value) -> (StatusCode, Value) {
        let url = self.bot_url(BOT_TOKEN, method);
        answer(self.http.post(url).json(&params)).await
    }

    fn bot_url(&self, token: &str, method: &str) -> String {
        format!("{}/simulator/telegram/bot{token}/{method}", self.url)
    }

    /// What a method has for a result.
    async fn result(&self, method: &str, params: Value) -> Value {
        let (status, answer) = self.bot(method, params).await;
        assert_eq!((status, &answer["ok"]), (StatusCode::OK, &true.into()));
        answer["result"].clone()
    }

    /// Why a method refuses.
    async fn refusal(&self, method: &str, params: Value) -> (u16, String) {
        let (status, answer) = self.bot(method, params).await;
        assert_eq!(answer["ok"], false, "{answer}");
        assert_eq!(answer["error_code"], status.as_u16(), "{answer}");
        let sentence = answer["description"].as_str().expect("a sentence");
        (status.as_u16(), sentence.to_owned())
    }

    /// Somebody writes something to the bot.
    async fn tell_bot(&self, phone: &str, mut said: Value) -> Value {
        said["to"] = BOT.into();
        said["channel"] = "telegram".into();
        let path = format!("/phones/{phone}/messages");
        let (status, message) = self.control("POST", &path, Some(said)).await;
        assert_eq!(status, StatusCode::CREATED, "{message}");
        message
    }

    /// The next update, with the secret that it must carry.
    async fn update(&mut self) -> Value {
        let webhook = self.any_webhook().await;
        assert_eq!(webhook.path, "/telegram");
        assert_eq!(
            webhook.header("x-telegram-bot-api-secret-token"),
            BOT_SECRET
        );
        assert_eq!(webhook.header("content-type"), "application/json");
        serde_json::from_str(&webhook.body).expect("JSON")
    }

    /// Somebody presses Start. Answers the id of their chat.
    async fn starts(&mut self, phone: &str) -> u64 {
        self.tell_bot(phone, json!({ "text": "/start" })).await;
        let update = self.update().await;
        update["message"]["chat"]["id"].as_u64().expect("an id")
    }
}

#[tokio::test]
async fn a_bot_learns_who_it_is_and_a_stranger_nothing() {
    let world = World::new().await;
    let me = world.result("getMe", json!({})).await;
    assert_eq!(
        (&me["id"], &me["is_bot"], &me["first_name"], &me["username"]),
        (
            &json!(7_000_000_001_u64),
            &json!(true),
            &json!("Acme Pumps"),
            &json!(BOT)
        )
    );
    for (token, status) in [("7000000001:wrong", 401), ("wrong", 404), ("", 404)] {
        let (got, answer) = answer(world.http.get(world.bot_url(token, "getMe"))).await;
        assert_eq!(got.as_u16(), status, "{answer}");
        assert_eq!(answer["error_code"], status);
    }
    let (status, said) = world.refusal("getMyself", json!({})).await;
    assert_eq!(
        (status, said.as_str()),
        (404, "Not Found: method not found")
    );
}

#[tokio::test]
async fn the_code_behind_a_link_comes_as_a_start_and_the_number_stays_hidden() {
    let mut world = World::new().await;
    world
        .control(
            "PUT",
            &format!("/phones/{VERA}/person"),
            Some(json!({ "name": "Vera Lind" })),
        )
        .await;
    let written = world
        .tell_bot(VERA, json!({ "text": "/start Chat-1-2" }))
        .await;
    assert_eq!(written["to"], BOT);
    let update = world.update().await;
    let message = &update["message"];
    assert_eq!(message["text"], "/start Chat-1-2");
    assert_eq!(
        message["entities"],
        json!([{ "offset": 0, "length": 6, "type": "bot_command" }])
    );
    let id = message["chat"]["id"].as_u64().expect("an id");
    assert!(id > SHORTEST_ID && id < 1 << 52, "{id}");
    assert_eq!(
        message["from"],
        json!({ "id": id, "is_bot": false, "first_name": "Vera", "last_name": "Lind", "language_code": "en" })
    );
    assert_eq!(
        message["chat"],
        json!({ "id": id, "type": "private", "first_name": "Vera", "last_name": "Lind" })
    );
    assert_eq!(message["date"], crate::world::NOW / 1_000);
    assert!(!update.to_string().contains(&VERA[1..]), "{update}");

    world.tell_bot(VERA, json!({ "text": "and more" })).await;
    let next = world.update().await;
    let number = |update: &Value, field: &str| update[field].as_u64().expect("a number");
    assert_eq!(number(&next, "update_id"), number(&update, "update_id") + 1);
    assert!(number(&next["message"], "message_id") > number(message, "message_id"));
    assert_eq!(next["message"]["chat"]["id"], id);
}

#[tokio::test]
async fn a_bot_writes_to_nobody_who_has_not_written_to_it() {
    let mut world = World::new().await;
    let to = |chat: Value| json!({ "chat_id": chat, "text": "Hello" });
    for (chat, sentence) in [
        (json!(12), "Bad Request: chat not found"),
        (json!(VERA), "Bad Request: chat not found"),
        (json!("@vera"), "Bad Request: chat not found"),
        (Value::Null, "Bad Request: chat_id is empty"),
    ] {
        assert_eq!(
            world.refusal("sendMessage", to(chat)).await,
            (400, sentence.to_owned())
        );
    }
    // Otto has an account, and has written to others only.
    world.write(OTTO, "Hello shop").await;
    world.any_webhook().await;
    let (_, otto) = world
        .control("GET", &format!("/phones/{OTTO}/person"), None)
        .await;
    let refusal = world
        .refusal("sendMessage", to(otto["chat_id"].clone()))
        .await;
    assert_eq!(
        refusal,
        (
            403,
            "Forbidden: bot can't initiate conversation with a user".into()
        )
    );

    let chat = world.starts(OTTO).await;
    assert_eq!(otto["chat_id"], chat.to_string());
    let sent = world.result("sendMessage", to(chat.into())).await;
    assert_eq!(sent["text"], "Hello");
    assert_eq!(sent["chat"]["id"], chat);
    assert_eq!(sent["from"]["username"], BOT);
    let on_phone = world.on_phone(OTTO).await;
    let last = on_phone.last().expect("a message");
    assert_eq!(
        (&last["from"], &last["to"], &last["channel"], &last["text"]),
        (
            &json!(BOT),
            &json!(OTTO),
            &json!("telegram"),
            &json!("Hello")
        )
    );
    assert!(
        world.is_quiet(),
        "a bot hears nothing of what becomes of a message"
    );
}

#[tokio::test]
async fn who_blocks_a_bot_gets_nothing_of_it_and_it_is_told() {
    let mut world = World::new().await;
    let chat = world.starts(VERA).await;
    let block = |on: bool| json!({ "blocks": on });
    let person = format!("/phones/{VERA}/person");
    world.control("PUT", &person, Some(block(true))).await;
    let update = world.update().await;
    let change = &update["my_chat_member"];
    assert_eq!(change["new_chat_member"]["status"], "kicked");
    assert_eq!(change["chat"]["id"], chat);
    let hello = json!({ "chat_id": chat, "text": "Hello" });
    let refusal = world.refusal("sendMessage", hello.clone()).await;
    assert_eq!(
        refusal,
        (403, "Forbidden: bot was blocked by the user".into())
    );
    world.control("PUT", &person, Some(block(false))).await;
    assert_eq!(
        world.update().await["my_chat_member"]["new_chat_member"]["status"],
        "member"
    );
    world.result("sendMessage", hello).await;
}

#[tokio::test]
async fn a_text_has_4096_characters_and_a_caption_1024() {
    let mut world = World::new().await;
    let chat = world.starts(VERA).await;
    let text = |n| json!({ "chat_id": chat, "text": "é".repeat(n) });
    world.result("sendMessage", text(4096)).await;
    let long = world.refusal("sendMessage", text(4097)).await;
    assert_eq!(long, (400, "Bad Request: message is too long".into()));
    let empty = world.refusal("sendMessage", text(0)).await;
    assert_eq!(empty, (400, "Bad Request: message text is empty".into()));
    let photo = |n| json!({ "chat_id": chat, "photo": "https://acme.example/p.png", "caption": "é".repeat(n) });
    world.result("sendPhoto", photo(1024)).await;
    let long = world.refusal("sendPhoto", photo(1025)).await;
    assert_eq!(
        long,
        (400, "Bad Request: message caption is too long".into())
    );
}

#[tokio::test]
async fn files_go_out_with_their_bytes_by_their_address_and_by_their_id() {
    let mut world = World::new().await;
    let chat = world.starts(VERA).await;
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n{chat}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nThe bill\r\n\
         --b\r\nContent-Disposition: form-data; name=\"document\"; filename=\"bill.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n"
    );
    let upload = world
        .http
        .post(world.bot_url(BOT_TOKEN, "sendDocument"))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form);
    let (status, sent) = answer(upload).await;
    assert_eq!(status, StatusCode::OK, "{sent}");
    let document = &sent["result"]["document"];
    assert_eq!(
        (
            &document["file_name"],
            &document["mime_type"],
            &document["file_size"]
        ),
        (&json!("bill.pdf"), &json!("application/pdf"), &json!(8))
    );
    assert_eq!(sent["result"]["caption"], "The bill");
    let again = json!({ "chat_id": chat, "document": document["file_id"] });
    let again = world.result("sendDocument", again).await;
    assert_eq!(again["document"]["file_id"], document["file_id"]);
    for (method, field, url) in [
        ("sendPhoto", "photo", "https://acme.example/pump.jpg"),
        ("sendAudio", "audio", "https://acme.example/pump.mp3"),
        ("sendVoice", "voice", "https://acme.example/pump.ogg"),
        ("sendVideo", "video", "https://acme.example/pump.mp4"),
    ] {
        let sent = world
            .result(method, json!({ "chat_id": chat, field: url }))
            .await;
        assert!(!sent[field].is_null(), "{sent}");
        let on_phone = world.on_phone(VERA).await;
        assert_eq!(on_phone.last().expect("a message")["media"][0]["url"], url);
    }
    for (method, given) in [
        (
            "sendDocument",
            json!({ "chat_id": chat, "document": "https://acme.example/a.docx" }),
        ),
        (
            "sendPhoto",
            json!({ "chat_id": chat, "photo": "nobodys-file" }),
        ),
        ("sendPhoto", json!({ "chat_id": chat })),
    ] {
        assert_eq!(world.refusal(method, given).await.0, 400);
    }
}

#[tokio::test]
async fn files_that_came_in_are_fetched_by_a_path_that_lasts_an_hour() {
    let mut world = World::new().await;
    for (sample, field) in [
        ("picture", "photo"),
        ("voice", "voice"),
        ("document", "document"),
    ] {
        world
            .tell_bot(VERA, json!({ "text": "", "media": [{ "sample": sample }] }))
            .await;
        let update = world.update().await;
        let part = &update["message"][field];
        let whole = part
            .as_array()
            .and_then(|sizes| sizes.last())
            .unwrap_or(part);
        let file = world
            .result("getFile", json!({ "file_id": whole["file_id"] }))
            .await;
        let size = file["file_size"].as_u64().expect("a size");
        assert_eq!(whole["file_size"], size);
        let path = file["file_path"].as_str().expect("a path");
        let url = format!(
            "{}/simulator/telegram/file/bot{BOT_TOKEN}/{path}",
            world.url
        );
        let fetch = async |url: &str| world.http.get(url).send().await.expect("an answer");
        let bytes = fetch(&url).await.bytes().await.expect("bytes");
        assert_eq!(bytes.len() as u64, size);
        let strange = url.replace(BOT_TOKEN, "7000000001:wrong");
        assert_eq!(fetch(&strange).await.status(), StatusCode::UNAUTHORIZED);
        world.advance("61m").await;
        assert_eq!(fetch(&url).await.status(), StatusCode::NOT_FOUND);
    }
    let wrong = world.refusal("getFile", json!({ "file_id": "1" })).await;
    assert_eq!(wrong.0, 400);
}

#[tokio::test]
async fn captions_places_and_answers_come_with_what_they_belong_to() {
    let mut world = World::new().await;
    let chat = world.starts(VERA).await;
    world
        .result(
            "sendMessage",
            json!({ "chat_id": chat, "text": "Which pump?" }),
        )
        .await;
    let asked = world.on_phone(VERA).await.last().expect("a message")["id"].clone();
    world
        .tell_bot(
            VERA,
            json!({ "text": "This one", "media": [{ "sample": "picture" }], "reply_to": asked }),
        )
        .await;
    let message = world.update().await["message"].clone();
    assert_eq!(message["caption"], "This one");
    assert!(message["text"].is_null());
    assert_eq!(message["reply_to_message"]["text"], "Which pump?");
    let place = json!({ "latitude": 52.5, "longitude": 13.25, "name": "Gate" });
    world.tell_bot(VERA, json!({ "location": place })).await;
    let message = world.update().await["message"].clone();
    assert_eq!(
        message["location"],
        json!({ "latitude": 52.5, "longitude": 13.25 })
    );
    assert_eq!(message["venue"]["title"], "Gate");
}

#[tokio::test]
async fn an_update_that_is_not_taken_comes_again_before_any_later_one() {
    let mut world = World::new().await;
    world.answer_next(&[StatusCode::SERVICE_UNAVAILABLE, StatusCode::FORBIDDEN]);
    world.tell_bot(VERA, json!({ "text": "one" })).await;
    world.tell_bot(VERA, json!({ "text": "two" })).await;
    let first = world.update().await;
    assert!(world.steps_until_webhook("500ms").await >= 2);
    assert_eq!(world.update().await, first);
    let info = world.result("getWebhookInfo", json!({})).await;
    assert_eq!(info["pending_update_count"], 2);
    assert!(info["last_error_message"].is_string(), "{info}");
    world.steps_until_webhook("500ms").await;
    assert_eq!(world.update().await, first);
    assert_eq!(world.update().await["message"]["text"], "two");
    world.until_status(VERA, "delivered").await;
}

#[tokio::test]
async fn a_webhook_is_set_moved_and_deleted() {
    let mut world = World::new().await;
    let there = world.at_server("/elsewhere");
    let set = json!({ "url": there, "secret_token": "s-1", "allowed_updates": ["message"], "max_connections": 5 });
    let (_, answered) = world.bot("setWebhook", set).await;
    assert_eq!(answered["description"], "Webhook was set");
    let info = world.result("getWebhookInfo", json!({})).await;
    assert_eq!(
        (
            &info["url"],
            &info["max_connections"],
            &info["allowed_updates"]
        ),
        (&json!(there), &json!(5), &json!(["message"]))
    );
    world.tell_bot(VERA, json!({ "text": "Hello" })).await;
    let webhook = world.any_webhook().await;
    assert_eq!(webhook.path, "/elsewhere");
    assert_eq!(webhook.header("x-telegram-bot-api-secret-token"), "s-1");
    for wrong in [
        json!({ "url": "acme" }),
        json!({ "url": there, "secret_token": "with space" }),
        json!({ "url": there, "secret_token": "s".repeat(257) }),
    ] {
        assert_eq!(world.refusal("setWebhook", wrong).await.0, 400);
    }
    let (_, answered) = world.bot("deleteWebhook", json!({})).await;
    assert_eq!(answered["description"], "Webhook was deleted");
    assert_eq!(world.result("getWebhookInfo", json!({})).await["url"], "");
    world.tell_bot(VERA, json!({ "text": "Anybody?" })).await;
    world.until_status(VERA, "delivered").await;
    assert!(world.is_quiet());
}

#[tokio::test]
async fn faults_are_told_in_telegrams_words() {
    let mut world = World::new().await;
    let chat = world.starts(VERA).await;
    let hello = || json!({ "chat_id": chat, "text": "Hello" });
    for (fault, status, sentence) in [
        (
            json!({ "refuse": 21610 }),
            403,
            "Forbidden: bot was blocked by the user",
        ),
        (
            json!({ "refuse": 131_026 }),
            400,
            "Bad Request: chat not found",
        ),
        (json!({ "refuse": 20003 }), 401, "Unauthorized"),
        (json!({ "status": 500 }), 500, "Internal Server Error"),
        (
            json!({ "status": 429 }),
            429,
            "Too Many Requests: retry after 1",
        ),
    ] {
        world.fault(fault).await;
        assert_eq!(
            world.refusal("sendMessage", hello()).await,
            (status, sentence.to_owned())
        );
    }
    let (_, answered) = world.bot("sendMessage", hello()).await;
    assert_eq!(answered["parameters"]["retry_after"], 1);
    world.fault(json!({ "duplicate": true })).await;
    world.tell_bot(VERA, json!({ "text": "twice" })).await;
    let first = world.update().await;
    assert_eq!(world.update().await, first);
    world.fault(json!({ "undeliverable": true })).await;
    world.result("sendMessage", hello()).await;
    assert!(!world.texts(VERA).await.contains(&"Hello".to_owned()));
}

#[tokio::test]
async fn a_phone_shows_that_a_bot_is_typing() {
    let mut world = World::new().await;
    let chat = world.starts(VERA).await;
    let mut watch = world.watch().await;
    let action = |action: &str| json!({ "chat_id": chat, "action": action });
    world.result("sendChatAction", action("typing")).await;
    loop {
        let (name, data) = watch.next().await.expect("the stream goes on");
        if name == "typing" {
            assert_eq!((&data["phone"], &data["from"]), (&json!(VERA), &json!(BOT)));
            break;
        }
    }
    assert_eq!(
        world.refusal("sendChatAction", action("dancing")).await.0,
        400
    );
}

#[tokio::test]
async fn an_account_goes_along_to_another_number() {
    let mut world = World::new().await;
    let chat = world.starts(VERA).await;
    let new = "+14155550177";
    let moved = Some(json!({ "number": new }));
    world
        .control("POST", &format!("/phones/{VERA}/number"), moved)
        .await;
    world
        .result(
            "sendMessage",
            json!({ "chat_id": chat, "text": "Still you?" }),
        )
        .await;
    assert!(world.texts(new).await.contains(&"Still you?".to_owned()));
    // Whoever gets the old number is somebody else.
    assert_ne!(world.starts(VERA).await, chat);
}

#[tokio::test]
async fn what_telegram_does_not_carry_is_refused_on_the_phone() {
    let world = World::new().await;
    let path = format!("/phones/{VERA}/messages");
    for (said, status) in [
        (
            json!({ "to": BOT, "channel": "telegram", "text": "x".repeat(4097) }),
            422,
        ),
        (json!({ "to": BOT, "channel": "telegram", "text": "" }), 422),
        (
            json!({ "to": BOT, "channel": "telegram", "text": "", "media": ["https://acme.example/a.png"] }),
            422,
        ),
        (
            json!({ "to": BOT, "channel": "telegram", "reaction": { "to": "x", "emoji": "y" } }),
            422,
        ),
        (
            json!({ "to": "nobody_bot", "channel": "telegram", "text": "Hello" }),
            404,
        ),
        (json!({ "to": BOT, "channel": "sms", "text": "Hello" }), 404),
    ] {
        let (got, answered) = world.control("POST", &path, Some(said)).await;
        assert_eq!(got.as_u16(), status, "{answered}");
    }
    let mentioned = json!({ "to": "@acme_pumps_bot", "channel": "telegram", "text": "Hello" });
    let (status, _) = world.control("POST", &path, Some(mentioned)).await;
    assert_eq!(status, StatusCode::CREATED);
}
