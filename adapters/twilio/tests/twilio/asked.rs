//! What else Twilio is asked and told: templates, typing, what people wrote; and the link that leads to us.

use contract::testing::{StandIn, json_of, nobody};
use contract::{Channel, ConsentWord, Mark, Millis, SendError};
use serde_json::json;

use crate::cast::{ACCOUNT, ACME, SMS, VERA, acme, by_service, vera, whatsapp};
use crate::send::file;

/// 2026-11-21 10:00:00 UTC.
const SINCE: Millis = 1_795_255_200_000;

#[tokio::test]
async fn templates_are_listed_with_how_far_their_approval_is() {
    let twilio = StandIn::replying([file("contents_first_page"), file("contents_last_page")]);
    let templates = whatsapp(&twilio.base()).templates().await.expect("a list");
    let told: Vec<_> = templates
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.language.as_str(),
                one.category.as_str(),
                one.status.as_str(),
                one.approved,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("continue_chat", "en", "utility", "approved", true),
            ("order_ready", "pt_BR", "marketing", "pending", false),
            ("draft", "en", "", "unsubmitted", false),
        ]
    );
    assert_eq!(templates[0].id, "HX00000000000000000000000000000001");
    assert_eq!(templates[0].body, "Acme Pumps: go on here?");
    let mut variables = templates[1].variables.clone();
    variables.sort();
    assert_eq!(variables, ["1", "2", "3"]);
    let asked: Vec<String> = twilio.requests().into_iter().map(|one| one.url).collect();
    assert_eq!(
        asked,
        [
            "/v1/ContentAndApprovals?PageSize=100",
            "/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=DNHX1"
        ]
    );
    let (_kept, nobody) = nobody();
    assert_eq!(acme(&nobody).templates().await, Ok(Vec::new()));
    let error = whatsapp(&nobody).templates().await;
    assert!(matches!(error, Err(SendError::Unavailable(_))), "{error:?}");
}

#[tokio::test]
async fn typing_is_told_on_whatsapp_and_nothing_where_there_is_no_word_for_it() {
    let (provider_id, to) = (SMS.to_owned(), vera());
    let read = Mark::Read {
        provider_id: provider_id.clone(),
        to: to.clone(),
    };
    let typing = Mark::Typing { provider_id, to };
    let twilio = StandIn::replying([file("typing")]);
    assert_eq!(whatsapp(&twilio.base()).mark(&typing).await, Ok(()));
    let request = twilio.requests().remove(0);
    assert_eq!(request.url, "/v3/Indicators/Typing.json");
    assert_eq!(
        json_of(&request),
        json!({ "channel": "WHATSAPP", "messageId": SMS })
    );
    let (_kept, nobody) = nobody();
    assert_eq!(whatsapp(&nobody).mark(&read).await, Ok(()));
    assert_eq!(acme(&nobody).mark(&typing).await, Ok(()));
}

#[tokio::test]
async fn what_people_wrote_is_listed_the_oldest_first_as_its_webhook_would_have_told_it() {
    let twilio = StandIn::replying([
        file("inbound_first_page"),
        file("media_list"),
        file("inbound_last_page"),
    ]);
    let base = twilio.base();
    let messages = acme(&base).inbound_since(SINCE).await.expect("a list");
    let told: Vec<_> = messages
        .iter()
        .map(|one| (one.provider_id.as_str(), one.text.as_str(), one.at))
        .collect();
    assert_eq!(
        told,
        [
            ("SM1", "first", Some(SINCE + 60_000)),
            ("MM2", "", Some(SINCE + 120_000)),
            ("SM4", "stop", Some(SINCE + 180_000)),
        ]
    );
    assert_eq!(
        (messages[0].from.as_str(), messages[0].to.as_str()),
        (VERA, ACME)
    );
    assert_eq!(
        (messages[2].word, messages[2].word_answered),
        (Some(ConsentWord::OptOut), true)
    );
    let files: Vec<&str> = messages[1]
        .media
        .iter()
        .map(|one| one.url.as_str())
        .collect();
    let messages = format!("{base}/2010-04-01/Accounts/{ACCOUNT}/Messages");
    assert_eq!(
        files,
        [
            format!("{messages}/MM2/Media/ME1"),
            format!("{messages}/MM2/Media/ME2")
        ]
    );
    let asked: Vec<String> = twilio.requests().into_iter().map(|one| one.url).collect();
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages");
    assert_eq!(
        asked,
        [
            format!("{path}.json?To=%2B15005550006&DateSent%3E=2026-11-21&PageSize=200"),
            format!("{path}/MM2/Media.json"),
            format!("{path}.json?To=%2B15005550006&Page=1&PageToken=PASM1"),
        ]
    );
}

#[tokio::test]
async fn a_list_of_what_people_wrote_that_cannot_be_had_is_no_empty_list() {
    let twilio = StandIn::replying([contract::testing::Reply::text(200, "<html>")]);
    let list = acme(&twilio.base()).inbound_since(SINCE).await;
    assert!(
        matches!(list, Err(SendError::OutcomeUnknown(_))),
        "{list:?}"
    );
    let (_kept, nobody) = nobody();
    let list = acme(&nobody).inbound_since(SINCE).await;
    assert!(matches!(list, Err(SendError::Unavailable(_))), "{list:?}");
    let service = by_service(&nobody);
    assert!(!service.capabilities().lists_inbound);
    assert_eq!(service.inbound_since(SINCE).await, Ok(Vec::new()));
}

#[test]
fn a_link_opens_a_message_to_our_number_with_the_text_written() {
    let api = "https://api.twilio.com";
    assert_eq!(
        acme(api).link("Chat K7Q2").as_deref(),
        Some("sms:+15005550006?&body=Chat%20K7Q2")
    );
    assert_eq!(
        whatsapp(api).link("Chat K7Q2").as_deref(),
        Some("https://wa.me/15005550007?text=Chat%20K7Q2")
    );
    let service = by_service(api);
    assert_eq!(
        (service.capabilities().links, service.link("Chat")),
        (false, None)
    );
}
