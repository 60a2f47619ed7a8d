//! WhatsApp's files, templates and people, at Meta; and WhatsApp through Twilio.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{
    ACCESS_TOKEN, ACCOUNT, BUSINESS, CONTENT, LINE, LINE_ID, OTTO, SENDER, SHOP, TOKEN, VERA,
    World, answer,
};

impl World {
    async fn get_meta(&self, path: &str) -> (StatusCode, Value) {
        let request = self
            .http
            .get(format!("{}/simulator/meta/v23.0{path}", self.url));
        answer(request.bearer_auth(ACCESS_TOKEN)).await
    }

    /// Uploads a file to Meta, in a form written by hand.
    async fn upload(&self, content_type: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\nContent-Type: {content_type}\r\n\r\n"
        );
        let body = [head.into_bytes(), bytes, b"\r\n--b--\r\n".to_vec()].concat();
        let request = self
            .http
            .post(format!("{}/simulator/meta/v23.0/{LINE_ID}/media", self.url));
        let request = request
            .bearer_auth(ACCESS_TOKEN)
            .header("content-type", "multipart/form-data; boundary=b");
        answer(request.body(body)).await
    }

    /// The value of the next webhook's first change, whatever its field.
    async fn value(&mut self) -> (String, Value) {
        let body: Value = serde_json::from_str(&self.any_webhook().await.body).expect("JSON");
        let change = &body["entry"][0]["changes"][0];
        (
            change["field"].as_str().expect("a field").to_owned(),
            change["value"].clone(),
        )
    }

    async fn message_at_meta(&mut self) -> Value {
        self.value().await.1["messages"][0].clone()
    }

    async fn status_at_meta(&mut self) -> Value {
        self.value().await.1["statuses"][0].clone()
    }

    async fn person(&self, phone: &str, change: Value) -> Value {
        let (status, person) = self
            .control("PUT", &format!("/phones/{phone}/person"), Some(change))
            .await;
        assert_eq!(status, StatusCode::OK, "{person}");
        person
    }

    async fn whatsapp_to_sender(&self, body: Value) -> Value {
        let mut given = json!({ "to": SENDER });
        given
            .as_object_mut()
            .expect("an object")
            .extend(body.as_object().expect("an object").clone());
        self.whatsapp(VERA, given).await
    }

    /// Sends through Twilio from the WhatsApp sender to Vera, with a callback.
    async fn by_twilio(&self, more: &[(&str, &str)]) -> (StatusCode, Value) {
        let (to, from, callback) = (
            format!("whatsapp:{VERA}"),
            format!("whatsapp:{SENDER}"),
            self.at_server("/callbacks"),
        );
        let mut params = vec![
            ("To", to.as_str()),
            ("From", &from),
            ("StatusCallback", &callback),
        ];
        params.extend(more);
        self.create(&params).await
    }
}

#[tokio::test]
async fn what_is_uploaded_is_described_sent_and_shown_on_the_phone() {
    let mut world = World::new().await;
    world.whatsapp(VERA, json!({ "text": "Hi" })).await;
    world.any_webhook().await;
    let (status, file) = world.upload("image/png", b"\x89PNG\r\n".to_vec()).await;
    assert_eq!(status, StatusCode::OK, "{file}");
    let id = file["id"].as_str().expect("an id");
    let (_, described) = world.get_meta(&format!("/{id}")).await;
    assert_eq!(
        (
            &described["mime_type"],
            &described["file_size"],
            &described["id"],
            described["sha256"].as_str().map(str::len)
        ),
        (&json!("image/png"), &json!("6"), &json!(id), Some(64))
    );
    let body = json!({ "messaging_product": "whatsapp", "to": VERA, "type": "image", "image": { "id": id } });
    assert_eq!(world.ask_meta(&body).await.0, StatusCode::OK);
    let url = world.on_phone(VERA).await[1]["media"][0]["url"]
        .as_str()
        .expect("a url")
        .to_owned();
    let shown = world
        .http
        .get(format!("{}{url}", world.url))
        .send()
        .await
        .expect("an answer");
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    assert_eq!(&shown.bytes().await.expect("bytes")[..], b"\x89PNG\r\n");
}

#[tokio::test]
async fn an_upload_has_the_types_and_sizes_that_whatsapp_carries() {
    let world = World::new().await;
    let megabytes = |n: usize| vec![0; n * 1024 * 1024];
    for (content_type, bytes, code) in [
        ("text/html", vec![0], 100),
        ("image/png", [megabytes(5), vec![0]].concat(), 131_053),
        (
            "audio/ogg; codecs=opus",
            [megabytes(16), vec![0]].concat(),
            131_053,
        ),
    ] {
        let (_, answer) = world.upload(content_type, bytes).await;
        assert_eq!(answer["error"]["code"], code, "{content_type}");
    }
    assert_eq!(
        world.upload("image/png", megabytes(5)).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn what_a_phone_sends_is_fetched_with_the_token_within_five_minutes_and_its_id_lives_seven_days()
 {
    let mut world = World::new().await;
    world
        .whatsapp(VERA, json!({ "media": [{ "sample": "voice" }] }))
        .await;
    let audio = world.message_at_meta().await["audio"].clone();
    assert_eq!(audio["mime_type"], "audio/ogg; codecs=opus");
    let id = audio["id"].as_str().expect("an id").to_owned();
    let (_, described) = world.get_meta(&format!("/{id}")).await;
    let url = described["url"].as_str().expect("a url");
    let fetch = |token: &str| world.http.get(url).bearer_auth(token).send();
    assert_eq!(
        fetch("wrong").await.expect("an answer").status(),
        StatusCode::UNAUTHORIZED
    );
    let bytes = fetch(ACCESS_TOKEN)
        .await
        .expect("an answer")
        .bytes()
        .await
        .expect("bytes");
    assert!(bytes.starts_with(b"OggS"));
    assert_eq!(described["file_size"], bytes.len().to_string());
    world.advance("6m").await;
    assert_eq!(
        fetch(ACCESS_TOKEN).await.expect("an answer").status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(world.get_meta(&format!("/{id}")).await.0, StatusCode::OK);
    world.advance("7d").await;
    assert_eq!(
        world.get_meta(&format!("/{id}")).await.1["error"]["code"],
        100
    );
}

#[tokio::test]
async fn templates_are_listed_in_pages_that_follow_each_other() {
    let world = World::new().await;
    for n in 0..4 {
        let request = world.http.post(format!(
            "{}/simulator/meta/v23.0/{BUSINESS}/message_templates",
            world.url
        ));
        let body = json!({
            "name": format!("news_{n}"), "language": "de", "category": "MARKETING",
            "components": [{ "type": "BODY", "text": "Hallo {{name}}" }],
        });
        let (status, created) = answer(request.bearer_auth(ACCESS_TOKEN).json(&body)).await;
        assert_eq!(
            (status, &created["status"]),
            (StatusCode::OK, &json!("PENDING"))
        );
    }
    let mut names = Vec::new();
    let mut after = String::new();
    loop {
        let (_, page) = world
            .get_meta(&format!("/{BUSINESS}/message_templates?limit=2{after}"))
            .await;
        for template in page["data"].as_array().expect("a list") {
            names.push(template["name"].as_str().expect("a name").to_owned());
        }
        if page["paging"].get("next").is_none() {
            break;
        }
        let cursor: String = form_urlencoded::byte_serialize(
            page["paging"]["cursors"]["after"]
                .as_str()
                .expect("a cursor")
                .as_bytes(),
        )
        .collect();
        after = format!("&after={cursor}");
    }
    assert_eq!(
        names,
        ["continue_chat", "news_0", "news_1", "news_2", "news_3"]
    );
    let (_, found) = world
        .get_meta(&format!("/{BUSINESS}/message_templates?name=news_2"))
        .await;
    assert_eq!(
        (
            &found["data"][0]["parameter_format"],
            found["data"].as_array().map(Vec::len)
        ),
        (&json!("NAMED"), Some(1))
    );
    assert_eq!(
        world.get_meta("/999/message_templates").await.1["error"]["code"],
        100
    );
}

#[tokio::test]
async fn a_template_is_sent_only_while_it_is_approved_and_the_account_is_told_of_each_judgement() {
    let mut world = World::new().await;
    let (_, templates) = world.control("GET", "/templates", None).await;
    let of_meta = templates["items"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|template| template["account"] == BUSINESS);
    let id = of_meta.expect("a template")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let body = json!({
        "messaging_product": "whatsapp", "to": VERA, "type": "template", "template": {
            "name": "continue_chat", "language": { "code": "en" },
            "components": [{ "type": "body", "parameters": [{ "type": "text", "text": "Acme" }] }],
        },
    });
    for (status, code) in [
        ("PAUSED", 132_015),
        ("DISABLED", 132_016),
        ("REJECTED", 132_001),
        ("PENDING", 132_001),
    ] {
        world
            .control(
                "POST",
                &format!("/templates/{id}"),
                Some(json!({ "status": status })),
            )
            .await;
        let (field, value) = world.value().await;
        assert_eq!(
            (field.as_str(), &value["event"]),
            ("message_template_status_update", &json!(status))
        );
        assert_eq!(value["message_template_name"], "continue_chat");
        assert_eq!(
            world.ask_meta(&body).await.1["error"]["code"],
            code,
            "{status}"
        );
    }
    world
        .control(
            "POST",
            &format!("/templates/{id}"),
            Some(json!({ "status": "APPROVED" })),
        )
        .await;
    assert_eq!(world.ask_meta(&body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_person_who_hides_their_number_is_known_by_an_id_alone() {
    let mut world = World::new().await;
    let person = world
        .person(VERA, json!({ "name": "Vera", "hidden": true }))
        .await;
    let user_id = person["user_id"].as_str().expect("an id").to_owned();
    world.whatsapp(VERA, json!({ "text": "Hi" })).await;
    let (_, value) = world.value().await;
    assert_eq!(
        value["contacts"],
        json!([{ "profile": { "name": "Vera" }, "user_id": user_id }])
    );
    assert_eq!(value["messages"][0]["from_user_id"], user_id);
    assert!(value["messages"][0].get("from").is_none());
    let body = json!({ "messaging_product": "whatsapp", "recipient": user_id, "type": "text", "text": { "body": "Hello" } });
    let (_, answer) = world.ask_meta(&body).await;
    assert_eq!(
        answer["contacts"],
        json!([{ "input": user_id, "user_id": user_id }])
    );
    let sent = world.status_at_meta().await;
    assert_eq!(
        (&sent["status"], &sent["recipient_user_id"]),
        (&json!("sent"), &json!(user_id))
    );
    assert!(sent.get("recipient_id").is_none());
    assert_eq!(world.texts(VERA).await, ["Hi", "Hello"]);
}

#[tokio::test]
async fn a_message_to_an_id_that_is_nobodys_fails_later() {
    let mut world = World::new().await;
    let body = json!({ "messaging_product": "whatsapp", "recipient": "US.13491208655302741918", "type": "text", "text": { "body": "?" } });
    assert_eq!(world.ask_meta(&body).await.0, StatusCode::OK);
    let failed = world.status_at_meta().await;
    assert_eq!(
        (&failed["status"], &failed["errors"][0]["code"]),
        (&json!("failed"), &json!(131_026))
    );
}

#[tokio::test]
async fn a_person_takes_their_chats_to_another_number_and_the_business_is_told() {
    let mut world = World::new().await;
    world.whatsapp(VERA, json!({ "text": "Hi" })).await;
    let old_id = world.message_at_meta().await["from_user_id"].clone();
    let new = "+14155550177";
    let change = |number: &'static str| {
        world.control(
            "POST",
            "/phones/+14155550100/number",
            Some(json!({ "number": number })),
        )
    };
    assert_eq!(change("177").await.1["code"], "bad_address");
    assert_eq!(change(new).await.0, StatusCode::NO_CONTENT);
    let number = world.message_at_meta().await;
    assert_eq!(
        (&number["type"], &number["from"]),
        (&json!("system"), &json!("14155550100"))
    );
    assert_eq!(
        (&number["system"]["type"], &number["system"]["wa_id"]),
        (&json!("user_changed_number"), &json!("14155550177"))
    );
    let id = world.message_at_meta().await["system"].clone();
    assert_eq!(id["type"], "user_changed_user_id");
    assert_ne!(id["user_id"], old_id);
    assert_eq!(world.texts(new).await, ["Hi"]);
    assert!(world.on_phone(VERA).await.is_empty());
    world.whatsapp(OTTO, json!({ "text": "Hi" })).await;
    let (status, problem) = world
        .control(
            "POST",
            &format!("/phones/{new}/number"),
            Some(json!({ "number": OTTO })),
        )
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("number_taken"))
    );
}

#[tokio::test]
async fn who_blocks_is_sent_to_and_never_reached_and_who_takes_no_offers_gets_the_rest() {
    let mut world = World::new().await;
    world.simulator.add_template(
        BUSINESS,
        switchboard_simulator::Template {
            id: None,
            name: "sale".into(),
            language: "en".into(),
            category: switchboard_simulator::Category::Marketing,
            body: "Sale!".into(),
            buttons: Vec::new(),
        },
    );
    world.whatsapp(VERA, json!({ "text": "Hi" })).await;
    world.any_webhook().await;
    world.person(VERA, json!({ "marketing": false })).await;
    let (field, value) = world.value().await;
    assert_eq!(
        (field.as_str(), &value["user_preferences"][0]["value"]),
        ("user_preferences", &json!("stop"))
    );
    let send = |kind: &str, part: Value| json!({ "messaging_product": "whatsapp", "to": VERA, "type": kind, kind: part });
    world
        .ask_meta(&send(
            "template",
            json!({ "name": "sale", "language": { "code": "en" } }),
        ))
        .await;
    assert_eq!(world.status_at_meta().await["errors"][0]["code"], 131_050);
    world
        .ask_meta(&send("text", json!({ "body": "Hello" })))
        .await;
    assert_eq!(world.status_at_meta().await["status"], "sent");
    assert_eq!(world.status_at_meta().await["status"], "delivered");
    world.person(VERA, json!({ "blocks": true })).await;
    world
        .ask_meta(&send("text", json!({ "body": "Hello?" })))
        .await;
    assert_eq!(world.status_at_meta().await["status"], "sent");
    assert_eq!(world.texts(VERA).await, ["Hi", "Hello"]);
    assert!(world.is_quiet());
}

#[tokio::test]
async fn a_server_shakes_hands_by_giving_the_challenge_back() {
    let mut world = World::new().await;
    let (status, problem) = world
        .control("POST", &format!("/numbers/{LINE_ID}/verify"), None)
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_GATEWAY, &json!("not_shaken"))
    );
    let asked = world.any_webhook().await.path;
    assert_eq!(
        asked,
        "/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify"
    );
    assert_eq!(
        world.control("POST", "/numbers/7/verify", None).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_whatsapp_carries_is_refused_on_sms_with_a_reason() {
    let world = World::new().await;
    let write = |body: Value| {
        let world = &world;
        async move {
            world
                .control("POST", &format!("/phones/{VERA}/messages"), Some(body))
                .await
                .1["code"]
                .clone()
        }
    };
    let place = json!({ "latitude": 1.0, "longitude": 2.0 });
    assert_eq!(
        write(json!({ "to": SHOP, "text": "", "location": place })).await,
        "bad_value"
    );
    assert_eq!(
        write(json!({ "to": SHOP, "text": "x", "channel": "whatsapp" })).await,
        "not_found"
    );
    let whatsapp = |more: Value| {
        let mut body = json!({ "to": LINE, "channel": "whatsapp" });
        body.as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        body
    };
    for (more, code) in [
        (json!({}), "empty"),
        (json!({ "media": ["https://host/a.png"] }), "bad_value"),
        (json!({ "media": ["data:image/png,x"] }), "bad_value"),
        (json!({ "media": [{ "sample": "film" }] }), "bad_value"),
        (json!({ "media": [{ "file": "7" }] }), "bad_value"),
        (
            json!({ "media": [{ "sample": "voice" }, { "sample": "voice" }] }),
            "too_many_media",
        ),
        (
            json!({ "choice": { "of": "wamid.x", "id": "1" } }),
            "bad_value",
        ),
        (json!({ "text": "x", "reply_to": "wamid.x" }), "bad_value"),
        (json!({ "text": "x".repeat(4_097) }), "too_long"),
    ] {
        assert_eq!(write(whatsapp(more.clone())).await, code, "{more}");
    }
}

#[tokio::test]
async fn through_twilio_a_message_comes_in_with_the_profile_and_a_reply_is_reported_until_it_is_read()
 {
    let mut world = World::new().await;
    let written = world.whatsapp_to_sender(json!({ "text": "Hi" })).await;
    let form = world.webhook().await.form;
    for (name, value) in [
        ("From", format!("whatsapp:{VERA}")),
        ("To", format!("whatsapp:{SENDER}")),
        ("ProfileName", "Guest 0100".into()),
        ("WaId", "14155550100".into()),
        ("MessageType", "text".into()),
        ("Body", "Hi".into()),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
    assert!(
        form["ExternalUserId"].starts_with("whatsapp:US."),
        "{form:?}"
    );
    assert!(!form.contains_key("ChannelPrefix"));

    let (status, sent) = world.by_twilio(&[("Body", "Hello")]).await;
    assert_eq!(
        (status, &sent["to"]),
        (StatusCode::CREATED, &json!(format!("whatsapp:{VERA}")))
    );
    assert_eq!(world.statuses(2).await, ["sent", "delivered"]);
    world
        .control("POST", &format!("/phones/{VERA}/read"), None)
        .await;
    let read = world.webhook().await.form;
    assert_eq!(
        (
            read["MessageStatus"].as_str(),
            read["EventType"].as_str(),
            read["ChannelPrefix"].as_str()
        ),
        ("read", "READ", "whatsapp")
    );

    let typing = world
        .http
        .post(format!(
            "{}/simulator/twilio/v3/Indicators/Typing.json",
            world.url
        ))
        .basic_auth(ACCOUNT, Some(TOKEN));
    let body = json!({ "channel": "WHATSAPP", "messageId": written["id"] });
    assert_eq!(
        answer(typing.json(&body)).await,
        (StatusCode::OK, json!({ "success": true }))
    );
    assert_eq!(world.on_phone(VERA).await[0]["status"], "read");
}

#[tokio::test]
async fn through_twilio_only_a_content_template_passes_outside_the_window() {
    let mut world = World::new().await;
    assert_eq!(
        world.by_twilio(&[("Body", "Hello")]).await.0,
        StatusCode::CREATED
    );
    let failed = world.webhook().await.form;
    assert_eq!(
        (
            failed["MessageStatus"].as_str(),
            failed["ErrorCode"].as_str()
        ),
        ("failed", "63016")
    );
    assert!(failed.contains_key("ChannelStatusMessage"));
    let (status, sent) = world
        .by_twilio(&[
            ("ContentSid", CONTENT),
            ("ContentVariables", r#"{"1":"Acme"}"#),
        ])
        .await;
    assert_eq!(status, StatusCode::CREATED, "{sent}");
    assert_eq!(world.statuses(2).await, ["sent", "delivered"]);
    assert_eq!(
        world.texts(VERA).await,
        ["Acme: somebody asked to go on with a chat here. Reply to continue."]
    );
    world
        .whatsapp_to_sender(json!({ "choice": { "of": sent["sid"], "id": "Continue" } }))
        .await;
    let tapped = world.webhook().await.form;
    assert_eq!(
        (
            tapped["ButtonText"].as_str(),
            tapped["MessageType"].as_str()
        ),
        ("Continue", "button")
    );
    assert_eq!(
        tapped["OriginalRepliedMessageSid"],
        sent["sid"].as_str().expect("a sid")
    );
    for (params, code) in [
        (
            vec![("ContentSid", "HX00000000000000000000000000000000")],
            21655,
        ),
        (vec![("ContentSid", CONTENT)], 21656),
        (
            vec![("ContentSid", CONTENT), ("ContentVariables", "Acme")],
            21656,
        ),
    ] {
        assert_eq!(world.by_twilio(&params).await.1["code"], code, "{params:?}");
    }
    let other = [
        ("To", "whatsapp:+14155550100"),
        ("From", "whatsapp:+15005550006"),
        ("Body", "x"),
    ];
    assert_eq!(world.create(&other).await.1["code"], 63007);
}

#[tokio::test]
async fn the_templates_of_a_twilio_account_are_listed_with_their_approvals() {
    let world = World::new().await;
    let get = |path: String| {
        answer(
            world
                .http
                .get(format!("{}/simulator/twilio/v1/{path}", world.url))
                .basic_auth(ACCOUNT, Some(TOKEN)),
        )
    };
    let (_, list) = get("Content?PageSize=10".into()).await;
    let content = &list["contents"][0];
    assert_eq!(
        (&content["sid"], &content["variables"]),
        (&json!(CONTENT), &json!({ "1": "" }))
    );
    assert_eq!(
        content["types"]["twilio/quick-reply"]["actions"][0]["title"],
        "Continue"
    );
    assert_eq!(
        (&list["meta"]["key"], &list["meta"]["next_page_url"]),
        (&json!("contents"), &Value::Null)
    );
    assert_eq!(
        get(format!("Content/{CONTENT}")).await.1["friendly_name"],
        "continue_chat"
    );
    let (_, approval) = get(format!("Content/{CONTENT}/ApprovalRequests")).await;
    assert_eq!(
        (
            &approval["whatsapp"]["status"],
            &approval["whatsapp"]["category"]
        ),
        (&json!("approved"), &json!("UTILITY"))
    );
    world
        .control(
            "POST",
            &format!("/templates/{CONTENT}"),
            Some(json!({ "status": "PAUSED" })),
        )
        .await;
    let (_, list) = get("ContentAndApprovals".into()).await;
    assert_eq!(list["contents"][0]["approval_requests"]["status"], "paused");
    assert_eq!(get("Content/HX7".into()).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_of_a_phone_are_fetched_from_twilio_with_the_accounts_credentials() {
    let mut world = World::new().await;
    for (channel, to) in [("sms", SHOP), ("whatsapp", SENDER)] {
        let body =
            json!({ "to": to, "channel": channel, "text": "", "media": [{ "sample": "picture" }] });
        world
            .control("POST", &format!("/phones/{VERA}/messages"), Some(body))
            .await;
        let form = world.webhook().await.form;
        assert_eq!(
            (
                form["NumMedia"].as_str(),
                form["MediaContentType0"].as_str()
            ),
            ("1", "image/png")
        );
        let url = &form["MediaUrl0"];
        assert!(
            url.contains(&format!(
                "/Accounts/{ACCOUNT}/Messages/{}/Media/ME",
                form["MessageSid"]
            )),
            "{url}"
        );
        let refused = world.http.get(url).send().await.expect("an answer");
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let file = world
            .http
            .get(url)
            .basic_auth(ACCOUNT, Some(TOKEN))
            .send()
            .await
            .expect("an answer");
        assert_eq!(file.headers()["content-type"], "image/png");
        assert!(file.bytes().await.expect("bytes").starts_with(b"\x89PNG"));
        let (_, list) = world
            .get_api(&format!("/Messages/{}/Media.json", form["MessageSid"]))
            .await;
        assert_eq!(list["media_list"][0]["content_type"], "image/png");
    }
}

#[tokio::test]
async fn through_twilio_a_hidden_person_is_known_and_written_to_by_their_id() {
    let mut world = World::new().await;
    let user_id = world.person(VERA, json!({ "hidden": true })).await["user_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    world.whatsapp_to_sender(json!({ "text": "Hi" })).await;
    let form = world.webhook().await.form;
    assert_eq!(form["From"], format!("whatsapp:{user_id}"));
    assert!(!form.contains_key("WaId") && !form["ChannelMetadata"].contains("14155550100"));
    let to = format!("whatsapp:{user_id}");
    let from = format!("whatsapp:{SENDER}");
    let (status, _) = world
        .create(&[("To", &to), ("From", &from), ("Body", "Hello")])
        .await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(world.texts(VERA).await, ["Hi", "Hello"]);
}
