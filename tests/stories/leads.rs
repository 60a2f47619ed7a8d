//! What is known of visitors, and of those who never were one.

use reqwest::Method;
use serde_json::{Value, json};
use switchboard::config::Ask;

use crate::world::{Answer, OTHER_PHONE, PHONE, Person, WIDGET, World};

/// Longer than the window of a switch and its grace.
const WINDOW: u64 = 12_000;

impl Person<'_> {
    async fn leaves(&self, lead: Value) -> Answer {
        self.ask(Method::POST, "/v1/visitors/lead", Some(lead))
            .await
    }

    async fn lists(&self, query: &str) -> Vec<Value> {
        let path = format!("/v1/leads{query}");
        let page = self.ask(Method::GET, &path, None).await.is(200);
        page["items"].as_array().expect("items").clone()
    }

    async fn changes(&self, lead: &str, change: Value) -> Answer {
        let path = format!("/v1/leads/{lead}");
        self.ask(Method::PATCH, &path, Some(change)).await
    }
}

fn names(leads: &[Value]) -> Vec<&str> {
    let name = |lead: &'_ Value| lead["name"].is_string();
    assert!(leads.iter().all(name));
    leads
        .iter()
        .filter_map(|lead| lead["name"].as_str())
        .collect()
}

/// A server with a second shop, whose Olga is its owner.
async fn two_shops() -> World {
    World::with(|config| {
        let mut globex = config.organizations[0].clone();
        globex.id = "globex".to_owned();
        globex.widget_key = "wk_globex".to_owned();
        globex.operators.truncate(1);
        globex.operators[0].email = "olga@globex.example".to_owned();
        globex.connections.clear();
        config.organizations.push(globex);
    })
    .await
}

#[tokio::test]
async fn an_operator_writes_a_lead_down_corrects_it_and_finds_it_again() {
    let world = World::new().await;
    let ada = world.ada().await;
    let body = json!({
        "name": "Maya", "phone": "+1 (202) 555-0143", "email": "Maya@Example.com", "company": "Wells",
        "place": "Boston", "industry": "Mining", "needs": "two pumps", "message": "call after five",
        "consent": { "text": "You may call me.", "at": "2020-01-01T10:00:00Z" },
    });
    let id = ada.notes(body).await;

    let lead = ada.lead(&id).await;

    assert_eq!(
        (&lead["phone"], &lead["email"]),
        (&json!(PHONE), &json!("Maya@example.com"))
    );
    assert_eq!(
        (&lead["state"], &lead["source"]),
        (&json!("new"), &json!("operator"))
    );
    let consent = &lead["addresses"][0]["consent"];
    assert_eq!(consent["text"], "You may call me.");
    assert_eq!(
        (&consent["at"], &consent["source"]),
        (&json!("2020-01-01T10:00:00.000Z"), &json!("operator"))
    );
    let changed = ada
        .changes(
            &id,
            json!({ "company": "Wells & Co", "email": null, "state": "won" }),
        )
        .await
        .is(200);
    assert_eq!(
        (&changed["company"], &changed["email"]),
        (&json!("Wells & Co"), &Value::Null)
    );
    assert_eq!(
        (&changed["name"], &changed["phone"]),
        (&json!("Maya"), &json!(PHONE)),
        "the rest stays"
    );
    ada.notes(json!({ "name": "Noor" })).await;
    assert_eq!(
        names(&ada.lists("").await),
        ["Noor", "Maya"],
        "the newest first"
    );
    assert_eq!(names(&ada.lists("?state=won").await), ["Maya"]);
    for q in ["wells%20%26", "0143", "after%20five", "BOSTON"] {
        assert_eq!(names(&ada.lists(&format!("?q={q}")).await), ["Maya"], "{q}");
    }
    assert!(
        ada.lists("?q=%25").await.is_empty(),
        "a search takes its words as they stand"
    );
}

#[tokio::test]
async fn a_list_of_leads_is_read_page_by_page() {
    let world = World::new().await;
    let ada = world.ada().await;
    for n in 0..5 {
        ada.notes(json!({ "name": format!("Lead {n}") })).await;
    }
    let (mut read, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/leads?limit=2&cursor={next}");
        let page = ada.ask(Method::GET, &path, None).await.is(200);
        read.extend(page["items"].as_array().expect("items").clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => cursor.clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!(
        names(&read),
        ["Lead 4", "Lead 3", "Lead 2", "Lead 1", "Lead 0"]
    );
    let path = "/v1/leads?cursor=x";
    ada.ask(Method::GET, path, None)
        .await
        .refused(400, "malformed");
}

#[tokio::test]
async fn what_is_wrong_with_a_lead_is_named() {
    let world = World::new().await;
    let ada = world.ada().await;
    for (body, code, field) in [
        (json!({}), "no_address", Value::Null),
        (json!({ "name": "  " }), "no_address", Value::Null),
        (json!({ "phone": "12" }), "bad_address", json!("phone")),
        (
            json!({ "phone": "2025550143" }),
            "bad_address",
            json!("phone"),
        ),
        (json!({ "email": "maya" }), "bad_address", json!("email")),
        (json!({ "colour": "red" }), "unknown_field", json!("colour")),
        (
            json!({ "name": "x".repeat(201) }),
            "too_long",
            json!("name"),
        ),
        (
            json!({ "message": "x".repeat(4_001) }),
            "too_long",
            json!("message"),
        ),
        (json!({ "name": "a\nb" }), "invalid_field", json!("name")),
        (
            json!({ "name": "a", "consent": { "text": " " } }),
            "invalid_field",
            json!("consent.text"),
        ),
        (
            json!({ "name": "a", "consent": { "text": "yes", "at": "2999-01-01T00:00:00Z" } }),
            "invalid_field",
            json!("consent.at"),
        ),
    ] {
        let made = ada.ask(Method::POST, "/v1/leads", Some(body)).await;
        assert_eq!(made.refused(422, code)["field"], field);
    }
    assert!(ada.lists("").await.is_empty());
    let id = ada.notes(json!({ "name": "Maya" })).await;
    ada.changes(&id, json!({ "state": "lost" }))
        .await
        .refused(422, "invalid_field");
    ada.changes(&id, json!({ "phone": "12" }))
        .await
        .refused(422, "bad_address");
    ada.ask(Method::GET, "/v1/leads?state=lost", None)
        .await
        .refused(422, "invalid_field");
}

#[tokio::test]
async fn only_owners_and_admins_erase_and_then_nothing_of_it_is_found() {
    let world = World::new().await;
    let (ada, ben) = (world.ada().await, world.ben().await);
    let id = ada.notes(json!({ "name": "Maya", "phone": PHONE })).await;
    let path = format!("/v1/leads/{id}");
    ben.ask(Method::DELETE, &path, None)
        .await
        .refused(403, "forbidden");

    ada.ask(Method::DELETE, &path, None).await.is(204);

    ada.ask(Method::GET, &path, None)
        .await
        .refused(404, "not_found");
    ada.ask(Method::DELETE, &path, None)
        .await
        .refused(404, "not_found");
    assert!(ada.lists("?q=0143").await.is_empty());
}

#[tokio::test]
async fn another_organization_cannot_see_change_or_reach_a_lead() {
    let world = two_shops().await;
    let (ada, olga) = (
        world.ada().await,
        world.operator("olga@globex.example").await,
    );
    let id = ada.notes(json!({ "name": "Maya", "phone": PHONE })).await;
    let path = format!("/v1/leads/{id}");

    assert!(olga.lists("").await.is_empty() && olga.lists("?q=Maya").await.is_empty());
    olga.ask(Method::GET, &path, None)
        .await
        .refused(404, "not_found");
    olga.changes(&id, json!({ "name": "Mine" }))
        .await
        .refused(404, "not_found");
    olga.ask(Method::DELETE, &path, None)
        .await
        .refused(404, "not_found");
    olga.reaches(&id).await.refused(404, "not_found");
    assert_eq!(ada.lead(&id).await["name"], "Maya");
    let nobodys = "00000000000000000000000000000000";
    let theirs = olga.reaches(&id).await.body["detail"].clone();
    assert_eq!(
        theirs,
        olga.reaches(nobodys).await.body["detail"],
        "nor tell it from nobody's"
    );
}

#[tokio::test]
async fn consent_is_kept_in_the_words_that_the_visitor_read() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let path = format!("/v1/widgets/{WIDGET}?locale=ar");
    let form = world.ask(None, Method::GET, &path, None).await.is(200);
    let read = form["lead"]["consent_text"].clone();
    assert!(
        read.as_str().is_some_and(|text| text.starts_with("أوافق")),
        "{read}"
    );

    let body = json!({ "email": "maya@example.com", "consent": true, "locale": "ar" });
    let left = visitor.leaves(body).await.is(201);
    let lead = ada.lead(left["lead"]["id"].as_str().expect("an id")).await;
    assert_eq!(lead["addresses"][0]["consent"]["text"], read);
}

#[tokio::test]
async fn a_visitor_leaves_word_with_consent_and_has_one_lead() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let form = world
        .ask(None, Method::GET, &format!("/v1/widgets/{WIDGET}"), None)
        .await
        .is(200);
    assert_eq!(
        form["lead"]["asks"],
        json!(["name", "email", "phone", "message"])
    );
    assert_eq!(form["lead"]["required"], json!([]));
    let agreed = form["lead"]["consent_text"].clone();
    assert!(
        agreed
            .as_str()
            .is_some_and(|text| text.starts_with("Acme Pumps may")),
        "{agreed}"
    );
    visitor
        .leaves(json!({ "email": "maya@example.com", "consent": false }))
        .await
        .refused(422, "consent_required");
    visitor
        .leaves(json!({ "name": "Maya", "consent": true }))
        .await
        .refused(422, "no_address");
    visitor
        .leaves(json!({ "name": "Maya" }))
        .await
        .refused(422, "missing_field");
    assert!(
        ada.lists("").await.is_empty(),
        "nothing is kept without consent"
    );

    let body = json!({ "name": "Maya", "email": "maya@example.com", "message": "two pumps", "consent": true });
    let left = visitor.leaves(body).await.is(201);
    let body = json!({ "phone": PHONE, "consent": true });
    let corrected = visitor.leaves(body).await.is(200);

    assert_eq!(left, corrected);
    let lead = ada.lead(left["lead"]["id"].as_str().expect("an id")).await;
    assert_eq!(
        (&lead["source"], &lead["message"]),
        (&json!("form"), &json!("two pumps"))
    );
    assert_eq!(
        (&lead["phone"], &lead["email"]),
        (&json!(PHONE), &json!("maya@example.com"))
    );
    for address in lead["addresses"].as_array().expect("addresses") {
        assert_eq!(address["consent"]["text"], agreed);
        assert_eq!(
            (&address["consent"]["source"], &address["proof"]),
            (&json!("form"), &json!("claimed"))
        );
    }
    let begun = ada
        .ask(Method::GET, "/v1/conversations", None)
        .await
        .is(200);
    assert_eq!(
        begun["items"],
        json!([]),
        "its message begins no conversation"
    );
}

#[tokio::test]
async fn what_a_lead_must_have_is_the_organizations_choice() {
    let world = World::with(|config| {
        config.organizations[0].lead.required = vec![Ask::Name, Ask::Phone];
    })
    .await;
    let visitor = world.visitor().await;
    for (body, missing) in [
        (json!({ "phone": PHONE, "consent": true }), "name"),
        (
            json!({ "name": "Maya", "email": "m@example.com", "consent": true }),
            "phone",
        ),
    ] {
        let refused = visitor.leaves(body).await.refused(422, "missing_field");
        assert_eq!(refused["field"], missing);
    }
    visitor
        .leaves(json!({ "name": "Maya", "phone": PHONE, "consent": true }))
        .await
        .is(201);
}

#[tokio::test]
async fn the_widget_is_told_whether_anybody_is_there() {
    let world = two_shops().await;
    let online = async || {
        let path = format!("/v1/widgets/{WIDGET}");
        world.ask(None, Method::GET, &path, None).await.is(200)["online"].clone()
    };
    assert_eq!(online().await, false);
    world.operator("olga@globex.example").await;
    assert_eq!(
        online().await,
        false,
        "others' operators do not answer here"
    );
    let ada = world.ada().await;
    assert_eq!(online().await, true);
    ada.ask(Method::DELETE, "/v1/session", None).await.is(204);
    assert_eq!(online().await, false);
}

#[tokio::test]
async fn a_visitor_leaves_word_so_often_and_no_oftener() {
    let world = World::with(|config| config.limits.visitors_per_network_hour = 30).await;
    let (maya, noor) = (world.visitor().await, world.visitor().await);
    let lead = || json!({ "email": "maya@example.com", "consent": true });
    for _ in 0..20 {
        assert!(maya.leaves(lead()).await.status.is_success());
    }
    maya.leaves(lead()).await.refused(429, "rate_limited");
    for _ in 0..9 {
        assert!(noor.leaves(lead()).await.status.is_success());
    }
    let mut refused = false;
    for _ in 0..3 {
        refused |= noor.leaves(lead()).await.status == 429;
    }
    assert!(refused, "nor does its network");
}

#[tokio::test]
async fn only_visitors_leave_word_and_only_operators_read_it() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    ada.leaves(json!({ "email": "a@example.com", "consent": true }))
        .await
        .refused(403, "forbidden");
    for (method, path) in [
        (Method::GET, "/v1/leads"),
        (Method::GET, "/v1/leads/00000000000000000000000000000000"),
    ] {
        visitor
            .ask(method.clone(), path, None)
            .await
            .refused(403, "forbidden");
        world
            .ask(None, method, path, None)
            .await
            .refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_number_given_in_a_switch_is_the_leads_when_its_window_is_over_and_not_before() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;
    assert!(ada.lists("").await.is_empty());

    world.pass(WINDOW);

    let leads = ada.lists("").await;
    assert_eq!(leads.len(), 1);
    assert_eq!(
        (&leads[0]["source"], &leads[0]["phone"]),
        (&json!("conversation"), &json!(PHONE))
    );
    let address = &leads[0]["addresses"][0];
    assert_eq!(
        (&address["given_in"], &address["consent"]["source"]),
        (&json!("switch"), &json!("asked"))
    );
    world.text(PHONE, "it is me").await;
    ada.hears(&id, "visitor sms it is me").await;
    let address = &ada.lists("").await[0]["addresses"][0];
    assert_eq!(
        (&address["proof"], &address["consent"]["source"]),
        (&json!("replied"), &json!("answered"))
    );
}

#[tokio::test]
async fn a_number_that_was_heard_is_the_leads_at_once_and_one_of_an_invitation_says_so() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    ada.invites(&id).await;
    let invitation = visitor.sees(&id).await["invitation"]["id"].clone();
    let path = format!("/v1/conversations/{id}/switch");
    let body = json!({ "channel": "sms", "address": PHONE, "invitation": invitation });
    visitor.ask(Method::POST, &path, Some(body)).await.is(202);
    ada.waits(&id, |now| now["switch"]["phase"] == "reversible")
        .await;

    world.text(PHONE, "it is me").await;

    ada.hears(&id, "visitor sms it is me").await;
    let leads = ada.lists("").await;
    assert_eq!(leads[0]["phone"], PHONE);
    assert_eq!(leads[0]["addresses"][0]["given_in"], "form");
}

#[tokio::test]
async fn a_number_whose_welcome_was_refused_or_lost_is_nobodys_to_offer() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    world.faults(json!({ "refuse": 21211 })).await;
    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
    ada.waits(&id, |now| now["switch"]["outcome"] == "failed")
        .await;
    world
        .faults(json!({ "undeliverable": { "code": 30003, "after": "1s" } }))
        .await;
    visitor
        .switches(&id, "sms", Some(OTHER_PHONE))
        .await
        .is(202);
    ada.waits(&id, |now| {
        now["switch"]["outcome"] == "lost" || now["switch"]["outcome"] == "failed"
    })
    .await;

    world.pass(WINDOW);

    assert!(ada.lists("").await.is_empty());
    assert_eq!(ada.sees(&id).await["visitor"]["addresses"], json!([]));
}
