//! What else Meta is asked and told: templates, marks; and the link that leads to us.

use contract::testing::{Reply, StandIn, json_of, nobody};
use contract::{Channel, Mark, Reason, SendError};
use serde_json::json;

use crate::cast::{
    ACCESS_TOKEN, ACCOUNT_ID, HERS, NUMBER_ID, acme, config, connect, fixtures, vera,
};

#[tokio::test]
async fn templates_are_listed_with_what_a_person_will_read_page_by_page() {
    let meta = StandIn::replying([file("templates_first_page"), file("templates_last_page")]);
    let templates = acme(&meta.base()).templates().await.expect("a list");
    let told: Vec<_> = templates
        .iter()
        .map(|one| {
            (
                one.id.as_str(),
                one.language.as_str(),
                one.category.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("continue_chat", "en", "utility"),
            ("order_ready", "pt_BR", "marketing"),
            ("hello_again", "en", "utility"),
        ]
    );
    assert_eq!(
        templates[0].body,
        "Acme Pumps\n\nSomebody asked to go on with a chat here.\n\nReply STOP to end this."
    );
    assert_eq!(templates[1].variables, ["1", "2"]);
    assert_eq!(templates[2].variables, ["first_name"]);
    assert_eq!(
        [templates[0].approved, templates[1].approved],
        [true, false]
    );
    let asked = meta.requests();
    assert_eq!(
        asked[0].headers["authorization"],
        format!("Bearer {ACCESS_TOKEN}")
    );
    let first = format!(
        "/v23.0/{ACCOUNT_ID}/message_templates?fields=name%2Clanguage%2Cstatus%2Ccategory%2Ccomponents&limit=100"
    );
    assert_eq!(asked[0].url, first);
    assert_eq!(asked[1].url, format!("{first}&after=MgZDZD"));
}

#[tokio::test]
async fn a_list_of_templates_without_end_ends() {
    let page = |number: usize| {
        let after = number.to_string();
        Reply::json(
            200,
            &json!({ "data": [], "paging": { "cursors": { "after": after }, "next": "https://x.example" } }),
        )
    };
    let meta = StandIn::replying((0..30).map(page));
    assert_eq!(acme(&meta.base()).templates().await, Ok(Vec::new()));
    assert_eq!(meta.requests().len(), 20);
    let meta = StandIn::replying([page(7), page(7), page(7)]);
    assert_eq!(acme(&meta.base()).templates().await, Ok(Vec::new()));
    assert_eq!(meta.requests().len(), 2);
}

#[tokio::test]
async fn templates_are_asked_for_only_where_their_account_is_known() {
    let (_kept, nobody) = nobody();
    let mut unknown = config(&nobody);
    assert!(acme(&nobody).capabilities().lists_templates);
    unknown.business_account_id = None;
    let unknown = connect(unknown);
    assert!(!unknown.capabilities().lists_templates);
    assert_eq!(unknown.templates().await, Ok(Vec::new()));
    let error = acme(&nobody).templates().await;
    assert!(matches!(error, Err(SendError::Unavailable(_))), "{error:?}");
}

#[tokio::test]
async fn reading_and_writing_are_told_by_their_message() {
    let (provider_id, to) = (HERS.to_owned(), vera());
    let read = Mark::Read {
        provider_id: provider_id.clone(),
        to: to.clone(),
    };
    let typing = Mark::Typing { provider_id, to };
    let meta = StandIn::replying([
        file("marked"),
        file("marked"),
        file("refused_token_expired"),
    ]);
    let acme = acme(&meta.base());
    for mark in [&read, &typing] {
        assert_eq!(acme.mark(mark).await, Ok(()));
    }
    let mut expected =
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": HERS });
    let asked = meta.requests();
    assert_eq!(asked[0].url, format!("/v23.0/{NUMBER_ID}/messages"));
    assert_eq!(json_of(&asked[0]), expected);
    expected["typing_indicator"] = json!({ "type": "text" });
    assert_eq!(json_of(&asked[1]), expected);
    let refused = acme.mark(&read).await;
    assert!(
        matches!(&refused, Err(SendError::Rejected(failure)) if failure.reason == Reason::Misconfigured),
        "{refused:?}"
    );
}

#[test]
fn a_link_opens_a_chat_with_our_number_and_the_text_written() {
    let meta = acme("https://graph.facebook.com");
    assert!(meta.capabilities().links);
    assert_eq!(
        meta.link("Chat K7Q2").as_deref(),
        Some("https://wa.me/15005550007?text=Chat%20K7Q2")
    );
}

fn file(name: &str) -> Reply {
    Reply::read(&fixtures("answers").join(format!("{name}.http")))
}
