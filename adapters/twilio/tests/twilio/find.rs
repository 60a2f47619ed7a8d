//! Finding: does Twilio hold a message whose outcome we do not know?

use contract::testing::{Reply, StandIn, nobody};
use contract::{Accepted, Channel, Fate, Found, Millis, Reason, SendError, Wanted};
use serde_json::{Value, json};

use crate::cast::{ACCOUNT, ACME, VERA, acme, by_service, vera};

/// 2026-11-21 10:00:00 UTC.
const SINCE: Millis = 1_795_255_200_000;
const AT_ONCE: &str = "Sat, 21 Nov 2026 10:00:00 +0000";
const EARLIER: &str = "Sat, 21 Nov 2026 09:58:59 +0000";

fn wanted() -> Wanted {
    Wanted {
        to: vera(),
        text: Some("hello".into()),
        since: SINCE,
        known: vec!["SM-known".into()],
    }
}

fn message(sid: &str) -> Value {
    json!({
        "sid": sid, "status": "sent", "body": "hello", "to": VERA, "from": ACME, "direction": "outbound-api",
        "date_created": AT_ONCE, "date_sent": null, "error_code": null,
    })
}

fn changed(name: &str, value: Value) -> Value {
    let mut message = message("SM-1");
    message[name] = value;
    message
}

fn page(messages: &[Value]) -> Reply {
    Reply::json(200, &json!({ "messages": messages, "next_page_uri": null }))
}

fn page_before(messages: &[Value], next: &str) -> Reply {
    Reply::json(200, &json!({ "messages": messages, "next_page_uri": next }))
}

fn there(sid: &str, fate: Fate) -> Result<Found, SendError> {
    Ok(Found::There(Accepted {
        provider_id: sid.into(),
        fate,
        ..Accepted::default()
    }))
}

/// What is found in these pages, and the paths that were asked for.
async fn find(pages: impl IntoIterator<Item = Reply>) -> (Result<Found, SendError>, Vec<String>) {
    let twilio = StandIn::replying(pages);
    let found = acme(&twilio.base()).find(&wanted()).await;
    (
        found,
        twilio
            .requests()
            .into_iter()
            .map(|request| request.url)
            .collect(),
    )
}

#[tokio::test]
async fn the_one_message_that_fits_is_there() {
    let (found, asked) = find([page(&[message("SM-known"), message("SM-1")])]).await;
    assert_eq!(found, there("SM-1", Fate::Sent));
    let path = format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Messages.json?To=%2B14155550100&From=%2B15005550006&PageSize=100"
    );
    assert_eq!(asked, [path]);
}

#[tokio::test]
async fn a_service_may_have_sent_from_any_number() {
    let twilio = StandIn::replying([page(&[])]);
    assert_eq!(
        by_service(&twilio.base()).find(&wanted()).await,
        Ok(Found::Absent)
    );
    assert!(!twilio.requests()[0].url.contains("From="));
}

#[tokio::test]
async fn what_does_not_fit_is_not_it() {
    for (rule, other) in [
        ("known", message("SM-known")),
        ("another text", changed("body", json!("hello!"))),
        ("no text", changed("body", Value::Null)),
        ("another phone", changed("to", json!("+14155550199"))),
        ("from a person", changed("direction", json!("inbound"))),
        ("earlier", changed("date_created", json!(EARLIER))),
        ("no id", changed("sid", Value::Null)),
    ] {
        let (found, _) = find([page(&[other])]).await;
        assert_eq!(found, Ok(Found::Absent), "{rule}");
    }
}

#[tokio::test]
async fn what_may_fit_is_not_ruled_out() {
    for (rule, other) in [
        (
            "a clock that lags a minute",
            changed("date_created", json!("Sat, 21 Nov 2026 09:59:00 +0000")),
        ),
        (
            "a time that cannot be read",
            changed("date_created", json!("yesterday")),
        ),
        (
            "an account on trial",
            changed("body", json!("Sent from your Twilio trial account - hello")),
        ),
        ("sent by a service", changed("from", Value::Null)),
    ] {
        let (found, _) = find([page(&[other])]).await;
        assert_eq!(found, there("SM-1", Fate::Sent), "{rule}");
    }
}

#[tokio::test]
async fn a_template_is_found_by_whom_it_went_to_and_when_for_its_words_are_twilios() {
    let template = Wanted {
        text: None,
        ..wanted()
    };
    let filled_in = changed("body", json!("Acme Pumps: hello Vera"));
    for (message, expected) in [
        (filled_in, there("SM-1", Fate::Sent)),
        (message("SM-known"), Ok(Found::Absent)),
        (changed("date_created", json!(EARLIER)), Ok(Found::Absent)),
    ] {
        let twilio = StandIn::replying([page(&[message])]);
        assert_eq!(acme(&twilio.base()).find(&template).await, expected);
    }
}

#[tokio::test]
async fn a_message_that_failed_at_twilio_is_there_and_failed() {
    let mut failed = message("SM-1");
    failed["status"] = json!("undelivered");
    failed["error_code"] = json!(30005);
    let (found, _) = find([page(&[failed])]).await;
    let Ok(Found::There(Accepted {
        fate: Fate::Failed(failure),
        ..
    })) = found
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (failure.reason, failure.code.as_deref()),
        (Reason::BadRecipient, Some("30005"))
    );
}

#[tokio::test]
async fn two_that_fit_cannot_be_told_apart() {
    let (found, _) = find([page(&[message("SM-1"), message("SM-2")])]).await;
    assert_eq!(found, Ok(Found::CannotTell));
}

#[tokio::test]
async fn all_pages_are_read_and_only_their_query_is_believed() {
    let elsewhere =
        "https://elsewhere.example/2010-04-01/Accounts/AC99/Messages.json?Page=1&PageToken=PA1";
    let (found, asked) = find([
        page_before(&[message("SM-known")], elsewhere),
        page(&[message("SM-1")]),
    ])
    .await;
    assert_eq!(found, there("SM-1", Fate::Sent));
    assert_eq!(
        asked[1],
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PA1")
    );
}

#[tokio::test]
async fn a_page_of_older_messages_ends_the_search() {
    let older = changed("date_created", json!(EARLIER));
    let (found, asked) = find([
        page_before(&[older], "/more?Page=1"),
        page(&[message("SM-1")]),
    ])
    .await;
    assert_eq!((found, asked.len()), (Ok(Found::Absent), 1));
}

#[tokio::test]
async fn a_list_without_end_cannot_tell() {
    let (found, asked) =
        find((0..11).map(|_| page_before(&[message("SM-known")], "/more?Page=1"))).await;
    assert_eq!((found, asked.len()), (Ok(Found::CannotTell), 10));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_cannot_tell() {
    for reply in [
        Reply::text(200, "<html>"),
        Reply::json(200, &json!({})),
        Reply::text(500, ""),
        Reply::HangUp,
    ] {
        let (found, _) = find([reply]).await;
        assert_eq!(found, Ok(Found::CannotTell));
    }
}

#[tokio::test]
async fn a_question_that_is_refused_says_why() {
    let (found, _) = find([Reply::text(401, "")]).await;
    assert!(
        matches!(&found, Err(SendError::Rejected(failure)) if failure.reason == Reason::Misconfigured),
        "{found:?}"
    );
    let (found, _) = find([Reply::text(429, "")]).await;
    assert_eq!(found, Err(SendError::Throttled { retry_after: None }));
}

#[tokio::test]
async fn no_error_shows_a_telephone_number() {
    let (_kept, nobody) = nobody();
    let error = acme(&nobody)
        .find(&wanted())
        .await
        .expect_err("nobody listens");
    assert!(matches!(error, SendError::Unavailable(_)), "{error:?}");
    assert!(!error.to_string().contains("4155550100"), "{error}");
}
