//! The window of WhatsApp: free text for a day after a person's message, templates at any time, and nothing that is known to be refused.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{PHONE, Person, SHOP_WHATSAPP, World, fresh, until};

const HOUR: u64 = 3_600_000;

/// A chat on WhatsApp in which the visitor has written.
async fn on_whatsapp<'w>(world: &'w World) -> (Person<'w>, Person<'w>, String) {
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
    visitor
        .waits(&id, |now| now["active_leg"]["channel"] == "whatsapp")
        .await;
    world.text_to(PHONE, SHOP_WHATSAPP, "here I am").await;
    ada.hears(&id, "visitor whatsapp here I am").await;
    (visitor, ada, id)
}

fn template(variables: &Value) -> Value {
    let template = json!({ "id": "pick_up_again", "language": "en", "variables": variables });
    json!({ "client_id": fresh(), "template": template })
}

async fn posts(person: &Person<'_>, id: &str, body: Value) -> crate::world::Answer {
    let path = format!("/v1/conversations/{id}/messages");
    person.ask(Method::POST, &path, Some(body)).await
}

/// What the phone knows of a message that was written on it.
async fn mark_of(world: &World, text: &str) -> Value {
    let messages = world.on_phone(PHONE).await;
    let written = messages.iter().find(|message| message["text"] == text);
    written.map_or(Value::Null, |message| message["status"].clone())
}

#[tokio::test]
async fn a_phone_shows_that_its_message_was_read_when_an_operator_has_read_all() {
    let world = World::new().await;
    let (_visitor, ada, id) = on_whatsapp(&world).await;
    assert_ne!(mark_of(&world, "here I am").await, "read");
    let path = format!("/v1/conversations/{id}/read");
    let seq = ada.log(&id).await.last().expect("entries")["seq"].clone();
    let body = json!({ "seq": seq });
    ada.ask(Method::POST, &path, Some(body)).await.is(204);
    until("the message is marked as read", async || {
        mark_of(&world, "here I am").await == "read"
    })
    .await;
}

#[tokio::test]
async fn a_phone_shows_that_an_operator_writes() {
    let world = World::new().await;
    let (_visitor, ada, id) = on_whatsapp(&world).await;
    let url = format!("{}/v1/simulator/stream", world.url);
    let mut stream = reqwest::get(url).await.expect("a stream");
    let path = format!("/v1/conversations/{id}/typing");
    let body = json!({ "typing": true });
    ada.ask(Method::POST, &path, Some(body)).await.is(204);
    let mut told = String::new();
    let heard = async {
        while !told.contains("event: typing") {
            let more = stream.chunk().await.expect("it is open").expect("an event");
            told.push_str(&String::from_utf8_lossy(&more));
        }
    };
    let in_time = tokio::time::timeout(crate::world::PATIENCE, heard).await;
    assert!(in_time.is_ok(), "{told}");
    assert!(told.contains(PHONE), "{told}");
}

#[tokio::test]
async fn a_day_after_their_last_message_only_a_template_can_be_sent() {
    let world = World::new().await;
    let (_visitor, ada, id) = on_whatsapp(&world).await;
    let window = |now: &Value| now["active_leg"]["window"].clone();
    let seen = ada.sees(&id).await;
    assert_eq!(window(&seen)["open"], true, "{seen:#}");
    assert_eq!(window(&seen)["price"], "service");
    ada.says(&id, "what can I do for you?").await.is(201);

    world.pass(25 * HOUR);
    let seen = ada.waits(&id, |now| window(now)["open"] == false).await;
    assert_eq!(window(&seen)["price"], "template");
    ada.says(&id, "still there?")
        .await
        .refused(409, "template_needed");

    let listed = ada
        .ask(Method::GET, "/v1/templates?channel=whatsapp", None)
        .await
        .is(200);
    let listed = listed["items"].as_array().expect("items").clone();
    let chosen = listed
        .iter()
        .find(|template| template["id"] == "pick_up_again");
    let chosen = chosen.unwrap_or_else(|| panic!("{listed:#?}"));
    assert_eq!(chosen["variables"], json!(["name", "company", "subject"]));
    let filled = json!({ "name": "Vera", "company": "Acme", "subject": "your pump" });
    let said = posts(&ada, &id, template(&filled)).await.is(201);
    assert_eq!(said["template"], "pick_up_again");
    let text = said["text"]
        .as_str()
        .expect("what they will read")
        .to_owned();
    assert!(
        text.contains("Vera") && text.contains("your pump"),
        "{text}"
    );
    until("the template is on the phone", || async {
        let received = world.received_from(PHONE, SHOP_WHATSAPP).await;
        received.contains(&text)
    })
    .await;
    world.text_to(PHONE, SHOP_WHATSAPP, "oh, yes").await;
    ada.hears(&id, "visitor whatsapp oh, yes").await;
    ada.says(&id, "so it goes on").await.is(201);
}

#[tokio::test]
async fn a_template_that_cannot_be_sent_so_is_refused_by_what_is_wrong() {
    let world = World::new().await;
    let (visitor, ada, id) = on_whatsapp(&world).await;
    for variables in [
        json!({}),
        json!({ "name": "Vera", "company": "Acme", "subject": " " }),
        json!({ "name": "Vera", "company": "Acme", "subject": "x", "more": "y" }),
    ] {
        posts(&ada, &id, template(&variables))
            .await
            .refused(422, "bad_template");
    }
    let unknown =
        json!({ "client_id": fresh(), "template": { "id": "nothing", "language": "en" } });
    posts(&ada, &id, unknown).await.refused(422, "bad_template");
    let both = json!({ "client_id": fresh(), "text": "x", "template": { "id": "pick_up_again", "language": "en" } });
    posts(&ada, &id, both).await.refused(422, "invalid_field");
    let theirs = template(&json!({}));
    posts(&visitor, &id, theirs).await.refused(403, "forbidden");
}

#[tokio::test]
async fn words_to_who_has_not_answered_wait_for_the_answer_and_leave_in_order() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.switches(&id, "whatsapp", Some(PHONE)).await.is(202);
    visitor
        .waits(&id, |now| now["active_leg"]["channel"] == "whatsapp")
        .await;
    for text in ["one", "two"] {
        let said = ada.says(&id, text).await.is(201);
        assert_eq!(said["delivery"]["state"], "held");
    }
    world.text_to(PHONE, SHOP_WHATSAPP, "yes?").await;
    until("both are on the phone, in order", || async {
        let received = world.received_from(PHONE, SHOP_WHATSAPP).await;
        received.ends_with(&["one".to_owned(), "two".to_owned()])
    })
    .await;
}

#[tokio::test]
async fn what_slips_through_needs_a_template_and_is_not_lost() {
    let world = World::new().await;
    let (_visitor, ada, id) = on_whatsapp(&world).await;
    world.faults(json!({ "undeliverable": 131_047 })).await;
    let said = ada.says(&id, "hello?").await.is(201);
    let seq = said["seq"].as_u64().expect("a place");
    until("it is said to need a template", || async {
        let log = ada.log(&id).await;
        log.iter()
            .any(|event| event["seq"] == seq && event["delivery"]["reason"] == "window_closed")
    })
    .await;
    world.faults(json!({})).await;
    ada.says(&id, "again?")
        .await
        .refused(409, "template_needed");
}

#[tokio::test]
async fn a_person_without_a_number_is_one_person_and_is_answered() {
    let world = World::new().await;
    let ada = world.ada().await;
    let person = format!("/v1/simulator/phones/{}/person", PHONE.replace('+', "%2B"));
    world
        .ask(
            None,
            Method::PUT,
            &person,
            Some(json!({ "hidden": true, "name": "Vera" })),
        )
        .await;
    world
        .text_to(PHONE, SHOP_WHATSAPP, "I show no number")
        .await;
    let found = async || {
        let listed = ada
            .ask(Method::GET, "/v1/conversations", None)
            .await
            .is(200);
        listed["items"].as_array().expect("items").clone()
    };
    until("their chat waits", async || found().await.len() == 1).await;
    let [chat] = &found().await[..] else {
        panic!("one chat")
    };
    let address = chat["active_leg"]["address"].as_str().expect("an address");
    assert!(!address.starts_with('+'), "{address}");
    assert_eq!(chat["visitor"]["name"], "Vera", "{chat:#}");
    let id = chat["id"].as_str().expect("an id");
    ada.says(id, "good day").await.is(201);
    until("they are answered", || async {
        let received = world.received_from(PHONE, SHOP_WHATSAPP).await;
        received == ["good day"]
    })
    .await;
    let path = format!("/v1/conversations?q={address}");
    let listed = ada.ask(Method::GET, &path, None).await.is(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{path}");
    let leads = ada.ask(Method::GET, "/v1/leads", None).await.is(200);
    let lead = &leads["items"][0];
    assert!(lead["phone"].is_null(), "{lead:#}");
    assert_eq!(lead["addresses"][0]["kind"], "whatsapp", "{lead:#}");
    assert_eq!(lead["addresses"][0]["address"], address);
    // Now they show it: the same person.
    world
        .ask(
            None,
            Method::PUT,
            &person,
            Some(json!({ "hidden": false, "name": "Vera" })),
        )
        .await;
    world.text_to(PHONE, SHOP_WHATSAPP, "now I do").await;
    ada.hears(id, "visitor whatsapp now I do").await;
    let now = ada.sees(id).await;
    for words in [PHONE, "+1 202 555 0143", "0143"] {
        let words = words.replace('+', "%2B").replace(' ', "%20");
        for path in ["/v1/conversations", "/v1/leads"] {
            let path = format!("{path}?q={words}");
            let found = ada.ask(Method::GET, &path, None).await.is(200);
            assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{path}");
        }
    }
    let known = &now["visitor"]["addresses"][0];
    assert_eq!(
        (&known["address"], &known["number"]),
        (&json!(address), &json!(PHONE))
    );
}

#[tokio::test]
async fn where_nobody_can_be_asked_an_unknown_outcome_holds_up_what_follows_for_a_minute() {
    let world = World::new().await;
    let (_visitor, ada, id) = on_whatsapp(&world).await;
    world
        .faults(json!({ "timeout": "before", "drop_callbacks": true }))
        .await;
    let first = ada.says(&id, "the first").await.is(201);
    ada.waits_for(&id, &first, "uncertain").await;
    world.faults(json!({})).await;
    ada.says(&id, "the second").await.is(201);
    let received = async || world.received_from(PHONE, SHOP_WHATSAPP).await;
    world.pass(50_000);
    assert!(!received().await.contains(&"the second".to_owned()));

    world.pass(12_000);

    until("what follows is on the phone", async || {
        received().await.contains(&"the second".to_owned())
    })
    .await;
    ada.waits_for(&id, &first, "uncertain").await;
    assert!(!received().await.contains(&"the first".to_owned()));
}
