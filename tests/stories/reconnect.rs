//! An operator reaches who is away: of a closed or abandoned conversation, or a lead that never had one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, OTHER_PHONE, PHONE, Person, World, until};

/// Longer than a visitor counts as here.
const AWAY: u64 = 40_000;
/// Longer than the window of a switch and its grace.
const WINDOW: u64 = 12_000;

impl Person<'_> {
    /// Reconnects the visitor of a conversation.
    pub async fn reconnects(&self, id: &str, address: Option<&str>) -> Answer {
        self.reconnects_on("sms", id, address).await
    }

    /// Reconnects the visitor of a conversation on any channel.
    pub async fn reconnects_on(&self, channel: &str, id: &str, address: Option<&str>) -> Answer {
        let mut body = json!({ "channel": channel });
        if let Some(address) = address {
            body["address"] = json!(address);
        }
        let path = format!("/v1/conversations/{id}/reconnect");
        self.ask(Method::POST, &path, Some(body)).await
    }

    /// Reconnects a lead by SMS.
    pub async fn reaches(&self, lead: &str) -> Answer {
        let path = format!("/v1/leads/{lead}/reconnect");
        let body = json!({ "channel": "sms" });
        self.ask(Method::POST, &path, Some(body)).await
    }

    /// Writes a lead down. Answers its id.
    pub async fn notes(&self, lead: Value) -> String {
        let made = self.ask(Method::POST, "/v1/leads", Some(lead)).await;
        made.is(201)["id"].as_str().expect("an id").to_owned()
    }

    /// A lead as they see it.
    pub async fn lead(&self, id: &str) -> Value {
        let path = format!("/v1/leads/{id}");
        self.ask(Method::GET, &path, None).await.is(200)
    }
}

fn id_of(conversation: &Value) -> String {
    conversation["id"].as_str().expect("an id").to_owned()
}

fn is_reversible(now: &Value) -> bool {
    now["switch"]["phase"] == "reversible"
}

async fn lead_with_phone(ada: &Person<'_>) -> String {
    ada.notes(json!({ "name": "Maya", "phone": PHONE })).await
}

#[tokio::test]
async fn an_offline_lead_is_reached_by_sms_and_answers_in_a_conversation_of_its_own() {
    let world = World::new().await;
    let ada = world.ada().await;
    let lead = lead_with_phone(&ada).await;

    let asked = ada.reaches(&lead).await.is(202);

    assert_eq!(asked["status"], "resolved", "it opens when they have it");
    assert_eq!(asked["active_leg"], Value::Null);
    assert_eq!(asked["visitor"]["name"], "Maya");
    let id = id_of(&asked);
    let now = ada.waits(&id, is_reversible).await;
    assert_eq!(now["status"], "in_progress");
    assert_eq!(now["assignee"]["name"], "Ada");
    assert_eq!(now["active_leg"]["address"], PHONE);
    ada.says(&id, "you asked about pumps").await.is(201);
    world.text(PHONE, "I did").await;
    ada.hears(&id, "visitor sms I did").await;
    let known = ada.lead(&lead).await;
    assert_eq!(
        (&known["state"], &known["conversation"]),
        (&json!("contacted"), &json!(id))
    );
    assert_eq!(known["addresses"][0]["proof"], "replied");
    assert_eq!(known["addresses"][0]["channels"], json!(["sms"]));
    let visitor = &ada.sees(&id).await["visitor"];
    assert_eq!(visitor["lead"], json!(lead));
    assert_eq!(visitor["addresses"][0]["given_in"], "operator");
}

#[tokio::test]
async fn many_clicks_by_several_operators_make_one_conversation_and_one_message() {
    let world = World::new().await;
    let (ada, ben) = (world.ada().await, world.ben().await);
    let lead = lead_with_phone(&ada).await;
    world.faults(json!({ "delay": "5s" })).await;

    let clicks = futures_util::future::join_all((0..20).map(|n| {
        if n % 2 == 0 {
            ada.reaches(&lead)
        } else {
            ben.reaches(&lead)
        }
    }));

    let conversations: Vec<Value> = clicks.await.into_iter().map(|one| one.is(202)).collect();
    let id = id_of(&conversations[0]);
    assert!(conversations.iter().all(|one| one["id"] == id.as_str()));
    world.faults(json!({})).await;
    world.pass(6_000);
    ada.waits(&id, is_reversible).await;
    assert_eq!(world.received(PHONE).await.len(), 1, "one welcome");
    let log = ada.log(&id).await;
    let welcomes = log
        .iter()
        .filter(|event| event["author"]["kind"] == "system");
    assert_eq!(welcomes.count(), 1);
    let all = ada
        .ask(Method::GET, "/v1/conversations", None)
        .await
        .is(200);
    assert_eq!(all["items"].as_array().expect("items").len(), 1);
    let holder = ada.sees(&id).await["assignee"]["name"].clone();
    let (first, second) = if holder == "Ada" {
        (&ada, &ben)
    } else {
        (&ben, &ada)
    };
    let refused = second.reaches(&lead).await.refused(409, "held");
    assert_eq!(refused["holder"]["name"], holder);
    assert_eq!(first.reaches(&lead).await.is(202)["id"], id.as_str());
    assert_eq!(world.received(PHONE).await.len(), 1, "still one");
}

#[tokio::test]
async fn a_second_reconnect_after_a_resolve_opens_the_same_conversation_and_sends_nothing_twice() {
    let world = World::new().await;
    let (ada, ben) = (world.ada().await, world.ben().await);
    let lead = lead_with_phone(&ada).await;
    let id = id_of(&ada.reaches(&lead).await.is(202));
    ada.waits(&id, is_reversible).await;
    world.text(PHONE, "yes?").await;
    ada.hears(&id, "visitor sms yes?").await;
    world.pass(WINDOW);
    ada.does(&id, "resolve").await.is(200);

    let again = ben.reaches(&lead).await.is(202);

    assert_eq!(again["id"], id.as_str());
    assert_eq!(
        (&again["status"], &again["assignee"]["name"]),
        (&json!("in_progress"), &json!("Ben"))
    );
    assert_eq!(
        world.received(PHONE).await.len(),
        1,
        "they are there already: no second welcome"
    );
}

#[tokio::test]
async fn a_resolved_chat_goes_on_by_sms_with_its_history_above_it_and_none_of_it_on_the_phone() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("my card number is 4711").await;
    ada.says(&id, "do not write it here").await.is(201);
    ada.does(&id, "resolve").await.is(200);
    world.pass(AWAY);
    ada.reconnects(&id, None).await.refused(422, "no_address");

    ada.reconnects(&id, Some(PHONE)).await.is(202);

    let now = ada.waits(&id, is_reversible).await;
    assert_eq!(now["status"], "in_progress");
    ada.says(&id, "shall we go on?").await.is(201);
    until("it is on the phone", || async {
        world.received(PHONE).await.len() == 2
    })
    .await;
    assert_eq!(
        ada.said(&id).await,
        [
            "visitor web my card number is 4711",
            "operator web do not write it here",
            "operator sms shall we go on?"
        ]
    );
    let texts = world.received(PHONE).await.join(" ");
    assert!(
        !texts.contains("4711") && !texts.contains("write it here"),
        "{texts}"
    );
}

#[tokio::test]
async fn who_is_at_the_window_needs_no_reconnect_and_who_left_an_open_chat_is_reached() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.reconnects(&id, Some(PHONE))
        .await
        .refused(409, "reachable");
    world.pass(AWAY);

    ada.reconnects(&id, Some(PHONE)).await.is(202);

    let now = ada.waits(&id, is_reversible).await;
    assert_eq!(
        (&now["status"], &now["active_leg"]["channel"]),
        (&json!("in_progress"), &json!("sms"))
    );
}

#[tokio::test]
async fn only_operators_reconnect_and_a_window_is_no_place_to_reach_who_is_away() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor
        .reconnects(&id, Some(PHONE))
        .await
        .refused(403, "forbidden");
    let lead = lead_with_phone(&ada).await;
    visitor.reaches(&lead).await.refused(403, "forbidden");
    world.pass(AWAY);
    let path = format!("/v1/conversations/{id}/reconnect");
    let to_web = || Some(json!({ "channel": "web" }));
    ada.ask(Method::POST, &path, to_web())
        .await
        .refused(409, "not_there");
    let path = format!("/v1/leads/{lead}/reconnect");
    ada.ask(Method::POST, &path, to_web())
        .await
        .refused(422, "no_address");
    let nowhere = Some(json!({ "channel": "pigeon" }));
    ada.ask(Method::POST, &path, nowhere)
        .await
        .refused(422, "no_such_channel");
    ada.reconnects(&id, Some("12"))
        .await
        .refused(422, "bad_address");
    assert_eq!(
        ada.lead(&lead).await["conversation"],
        Value::Null,
        "nothing was begun"
    );
}

#[tokio::test]
async fn a_number_that_was_refused_for_nothing_of_its_own_is_offered_still() {
    let world = World::new().await;
    let ada = world.ada().await;
    let lead = lead_with_phone(&ada).await;
    let off = json!({ "enabled": false });
    let put = ada.ask(Method::PUT, "/v1/organization/messaging", Some(off));
    put.await.is(200);

    let id = id_of(&ada.reaches(&lead).await.is(202));

    let now = ada
        .waits(&id, |now| now["switch"]["outcome"] == "failed")
        .await;
    let offered = now["visitor"]["addresses"].as_array().expect("a list");
    assert!(
        offered
            .iter()
            .any(|one| one["channel"] == "sms" && one["address"] == PHONE),
        "{offered:#?}"
    );
}

#[tokio::test]
async fn a_lead_without_a_number_says_what_is_missing() {
    let world = World::new().await;
    let ada = world.ada().await;
    let lead = ada.notes(json!({ "email": "maya@example.com" })).await;
    let refused = ada.reaches(&lead).await.refused(422, "no_address");
    assert!(
        refused["detail"]
            .as_str()
            .is_some_and(|why| why.contains("give one"))
    );
}

#[tokio::test]
async fn a_welcome_that_is_refused_says_why_leaves_the_lead_closed_and_can_be_tried_again() {
    let world = World::new().await;
    let ada = world.ada().await;
    let lead = lead_with_phone(&ada).await;
    world.faults(json!({ "refuse": 21211 })).await;
    let id = id_of(&ada.reaches(&lead).await.is(202));

    let refused = ada
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;

    assert_eq!(refused["switch"]["reason"], "bad_recipient");
    assert_eq!(
        (&refused["status"], &refused["active_leg"]),
        (&json!("resolved"), &Value::Null)
    );
    assert_eq!(ada.lead(&lead).await["state"], "new");
    world.faults(json!({ "refuse": null })).await;
    assert_eq!(ada.reaches(&lead).await.is(202)["id"], id.as_str());
    ada.waits(&id, is_reversible).await;
}

#[tokio::test]
async fn who_opted_out_is_not_reached_and_the_operator_is_told_so() {
    let world = World::new().await;
    let ada = world.ada().await;
    world.text(PHONE, "STOP").await;
    let wrote = || async {
        let all = ada.ask(Method::GET, "/v1/conversations", None).await;
        let id = all.is(200)["items"][0]["id"].clone();
        id.as_str().map(str::to_owned)
    };
    until("it is logged", || async { wrote().await.is_some() }).await;
    let stopped = wrote().await.expect("their conversation");
    ada.does(&stopped, "resolve").await.is(200);
    let lead = lead_with_phone(&ada).await;
    let known = ada.lead(&lead).await;
    assert_eq!(known["addresses"][0]["opted_out"], json!(["sms"]));
    let before = world.received(PHONE).await;

    let id = id_of(&ada.reaches(&lead).await.is(202));

    let refused = ada
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(refused["switch"]["reason"], "opted_out");
    assert_eq!(world.received(PHONE).await, before);
}

#[tokio::test]
async fn a_number_that_another_conversation_holds_is_refused_with_the_way_there() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let holder = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&holder, PHONE).await;
    let lead = lead_with_phone(&ada).await;

    let id = id_of(&ada.reaches(&lead).await.is(202));

    let refused = ada
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(refused["switch"]["reason"], "held");
    assert_eq!(refused["switch"]["held_by"], holder.as_str());
    assert_eq!(
        world.received(PHONE).await.len(),
        1,
        "only the first one's welcome"
    );
}

#[tokio::test]
async fn another_open_conversation_of_the_visitor_is_named() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let first = visitor.begins("hello").await;
    ada.does(&first, "resolve").await.is(200);
    let second = visitor.begins("hello again").await;
    world.pass(AWAY);

    let refused = ada.reconnects(&first, Some(PHONE)).await;

    assert_eq!(
        refused.refused(409, "superseded")["conversation"],
        second.as_str()
    );
}

#[tokio::test]
async fn the_leads_own_open_chat_is_where_it_is_reached() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let body = json!({ "name": "Maya", "phone": PHONE, "consent": true });
    let left = visitor
        .ask(Method::POST, "/v1/visitors/lead", Some(body))
        .await
        .is(201);
    let lead = left["lead"]["id"].as_str().expect("an id");
    let open = visitor.begins("hello").await;
    ada.reaches(lead).await.refused(409, "reachable");
    world.pass(AWAY);

    assert_eq!(ada.reaches(lead).await.is(202)["id"], open.as_str());

    ada.waits(&open, is_reversible).await;
}

#[tokio::test]
async fn a_reconnect_survives_a_restart_and_is_neither_lost_nor_sent_twice() {
    let mut world = World::new().await;
    let (lead, id) = {
        let ada = world.ada().await;
        let lead = lead_with_phone(&ada).await;
        world.faults(json!({ "status": 500 })).await;
        let id = id_of(&ada.reaches(&lead).await.is(202));
        (lead, id)
    };

    world.restart().await;

    let ada = world.ada().await;
    assert_eq!(ada.reaches(&lead).await.is(202)["id"], id.as_str());
    let began = |now: &Value| is_reversible(now) || now["switch"]["outcome"] == "failed";
    world
        .passes(500, "it is settled one way or the other", || async {
            began(&ada.sees(&id).await)
        })
        .await;
    let conversations = ada
        .ask(Method::GET, "/v1/conversations", None)
        .await
        .is(200);
    assert_eq!(conversations["items"].as_array().expect("items").len(), 1);
    assert!(world.received(PHONE).await.len() <= 1);
}

#[tokio::test]
async fn a_visitor_who_comes_back_to_the_window_after_a_reconnect_can_write_there() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let body = json!({ "phone": PHONE, "consent": true });
    let left = visitor
        .ask(Method::POST, "/v1/visitors/lead", Some(body))
        .await
        .is(201);
    let lead = left["lead"]["id"].as_str().expect("an id");
    let id = id_of(&ada.reaches(lead).await.is(202));
    ada.waits(&id, is_reversible).await;

    let body = json!({ "client_id": "c1", "text": "I am here too" });
    let opened = visitor
        .ask(Method::POST, "/v1/conversations", Some(body))
        .await
        .is(200);

    assert_eq!(opened["id"], id.as_str());
    ada.hears(&id, "visitor web I am here too").await;
    assert_eq!(
        ada.sees(&id).await["active_leg"]["channel"],
        "sms",
        "the answer goes to the phone"
    );
    visitor.reverts(&id).await.is(200);
    assert_eq!(ada.sees(&id).await["active_leg"]["channel"], "web");
}

#[tokio::test]
async fn a_number_of_an_earlier_conversation_is_offered_in_a_later_one() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let first = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&first, PHONE).await;
    ada.says(&first, "hello").await.is(201);
    world.pass(WINDOW);
    ada.does(&first, "resolve").await.is(200);
    let second = visitor.begins("one more thing").await;
    let seen = ada.sees(&second).await;
    assert_eq!(seen["visitor"]["addresses"][0]["address"], PHONE);
    world.pass(AWAY);

    let asked = ada.reconnects(&second, None).await.is(202);

    assert_eq!(asked["switch"]["address"], PHONE);
    ada.waits(&second, is_reversible).await;
}

#[tokio::test]
async fn a_number_that_was_taken_back_is_never_offered() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, OTHER_PHONE).await;
    assert_eq!(
        ada.sees(&id).await["visitor"]["addresses"],
        json!([]),
        "not in its window"
    );
    visitor.reverts(&id).await.is(200);
    world.pass(AWAY);

    assert_eq!(ada.sees(&id).await["visitor"]["addresses"], json!([]));
    ada.reconnects(&id, None).await.refused(422, "no_address");
    ada.does(&id, "resolve").await.is(200);
    let later = visitor.begins("again").await;
    world.pass(AWAY);
    ada.reconnects(&later, None)
        .await
        .refused(422, "no_address");
    let leads = ada.ask(Method::GET, "/v1/leads", None).await.is(200);
    assert_eq!(leads["items"], json!([]), "and it made nobody a lead");
}
