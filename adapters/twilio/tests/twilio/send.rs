//! Sending: what we ask Twilio, and what its every answer means.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use contract::testing::{
    Outcome, Reply, Request, Sent, StandIn, by_others, caller, nobody, send_table,
};
use contract::{Channel, Failure, Fate, Reason, SendError};
use http::StatusCode;
use serde_json::json;
use switchboard_twilio::Twilio;

use crate::cast::{
    ACCOUNT, ACME, SERVICE, SMS, TOKEN, VERA, acme, by_service, config, fixtures, outbound,
};

#[tokio::test]
async fn every_answer_is_named_as_its_row_says() {
    send_table(acme, &outbound("hello"), rows()).await;
}

fn rows() -> Vec<Sent> {
    use Outcome::{Accepted, Rejected, Throttled, Unknown};
    let seven = Some(Duration::from_secs(7));
    let landline = Failure {
        reason: Reason::BadRecipient,
        code: Some("30006".into()),
        detail: "Landline or unreachable carrier".into(),
    };
    let created = |status: &str| json!({ "sid": SMS, "status": status });
    let error = |code: u32| json!({ "code": code, "message": "…" });
    vec![
        Sent::row(
            "a created message is accepted",
            file("created"),
            Accepted(SMS, Fate::Accepted),
        ),
        Sent::row(
            "a service accepts before it picks a number",
            file("created_by_service"),
            Accepted(SMS, Fate::Accepted),
        ),
        Sent::row(
            "what failed at once was accepted",
            file("created_and_failed"),
            Accepted(SMS, Fate::Failed(landline)),
        ),
        Sent::row(
            "a message may be sent at once",
            Reply::json(201, &created("sent")),
            Accepted(SMS, Fate::Sent),
        ),
        Sent::row(
            "a new status word is kept",
            Reply::json(201, &created("beamed")),
            Accepted(SMS, Fate::Unknown("beamed".into())),
        ),
        Sent::row(
            "a message without status is accepted",
            Reply::json(200, &json!({ "sid": SMS })),
            Accepted(SMS, Fate::Accepted),
        ),
        Sent::row(
            "no id: nobody knows",
            Reply::json(201, &json!({ "status": "queued" })),
            Unknown,
        ),
        Sent::row(
            "an empty id: nobody knows",
            Reply::json(201, &json!({ "sid": "" })),
            Unknown,
        ),
        Sent::row(
            "a success that is no JSON: nobody knows",
            Reply::text(201, "<html>"),
            Unknown,
        ),
        Sent::row(
            "an empty success: nobody knows",
            Reply::text(204, ""),
            Unknown,
        ),
        Sent::row(
            "a success that is cut off: nobody knows",
            Reply::CutOff(StatusCode::CREATED, Bytes::from_static(b"{")),
            Unknown,
        ),
        Sent::row(
            "a success without end: nobody knows",
            Reply::text(201, &"[".repeat(100_000)),
            Unknown,
        ),
        Sent::row("a closed connection: nobody knows", Reply::HangUp, Unknown),
        Sent::row(
            "a server error: nobody knows",
            Reply::text(500, ""),
            Unknown,
        ),
        Sent::row(
            "a gateway's time-out: nobody knows",
            Reply::text(504, "<html>"),
            Unknown,
        ),
        Sent::row(
            "a server error with a code: nobody knows",
            file("unavailable"),
            Unknown,
        ),
        Sent::row(
            "even one that names a refusal",
            Reply::json(502, &error(21610)),
            Unknown,
        ),
        Sent::row(
            "a request time-out: nobody knows",
            Reply::text(408, ""),
            Unknown,
        ),
        Sent::row(
            "too many requests, with a time",
            file("throttled"),
            Throttled(seven),
        ),
        Sent::row(
            "too many requests, without",
            Reply::text(429, ""),
            Throttled(None),
        ),
        Sent::row(
            "a date is no number of seconds",
            Reply::text(429, "").with("retry-after", "Sat, 21 Nov 2026 10:00:00 GMT"),
            Throttled(None),
        ),
        Sent::row(
            "nobody waits for ever",
            Reply::text(429, "").with("retry-after", "999999999"),
            Throttled(Some(Duration::from_secs(3600))),
        ),
        Sent::row("a full queue", file("queue_full"), Throttled(None)),
        Sent::row(
            "an opt-out",
            file("refused_opted_out"),
            Rejected(Reason::OptedOut, Some("21610")),
        ),
        Sent::row(
            "no mobile",
            file("refused_not_a_mobile"),
            Rejected(Reason::BadRecipient, Some("21614")),
        ),
        Sent::row(
            "1,601 characters",
            file("refused_too_long"),
            Rejected(Reason::BadContent, Some("21617")),
        ),
        Sent::row(
            "a closed window",
            Reply::json(400, &error(63016)),
            Rejected(Reason::WindowClosed, Some("63016")),
        ),
        Sent::row(
            "a filter",
            Reply::json(400, &error(30007)),
            Rejected(Reason::Filtered, Some("30007")),
        ),
        Sent::row(
            "a handset that is off",
            Reply::json(400, &error(30003)),
            Rejected(Reason::Unreachable, Some("30003")),
        ),
        Sent::row(
            "wrong credentials",
            file("refused_credentials"),
            Rejected(Reason::Misconfigured, Some("20003")),
        ),
        Sent::row(
            "wrong credentials, in silence",
            Reply::text(401, ""),
            Rejected(Reason::Misconfigured, None),
        ),
        Sent::row(
            "an account that is not there",
            Reply::text(404, ""),
            Rejected(Reason::Misconfigured, None),
        ),
        Sent::row(
            "a redirect",
            Reply::text(302, "").with("location", "/elsewhere"),
            Rejected(Reason::Misconfigured, None),
        ),
        Sent::row(
            "a new code",
            file("refused_new_code"),
            Rejected(Reason::Other, Some("29999")),
        ),
        Sent::row(
            "a refusal that is no JSON",
            Reply::text(400, "<html>"),
            Rejected(Reason::Other, None),
        ),
        Sent::row(
            "a refusal that is cut off",
            Reply::CutOff(StatusCode::BAD_REQUEST, Bytes::from_static(b"{")),
            Rejected(Reason::Other, None),
        ),
    ]
}

#[tokio::test]
async fn a_message_is_posted_as_a_form_that_twilio_knows() {
    let twilio = StandIn::replying([file("created")]);
    acme(&twilio.base())
        .send(&outbound("50% off & more: 😀 +1 مرحبا\n"))
        .await
        .expect("it is taken");
    let request = twilio.requests().remove(0);
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(
        request.url,
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    );
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        request.headers["authorization"],
        format!("Basic {}", BASE64.encode(format!("{ACCOUNT}:{TOKEN}")))
    );
    let expected = [
        ("To", VERA),
        ("From", ACME),
        ("Body", "50% off & more: 😀 +1 مرحبا\n"),
        (
            "StatusCallback",
            "https://gw.example/webhooks/acme-sms?delivery=d-1",
        ),
        ("ValidityPeriod", "3600"),
    ];
    assert_eq!(
        form(&request),
        expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    );
}

#[tokio::test]
async fn a_service_sends_in_its_own_name() {
    let twilio = StandIn::replying([file("created_by_service")]);
    by_service(&twilio.base())
        .send(&outbound("hello"))
        .await
        .expect("it is taken");
    let form = form(&twilio.requests()[0]);
    assert_eq!(
        form.get("MessagingServiceSid").map(String::as_str),
        Some(SERVICE)
    );
    assert_eq!(form.get("From"), None);
}

#[tokio::test]
async fn a_text_of_1600_characters_goes_out_whole() {
    let text = format!("{}😀", "ÿ".repeat(1599));
    let twilio = StandIn::replying([file("created")]);
    acme(&twilio.base())
        .send(&outbound(&text))
        .await
        .expect("it is taken");
    assert_eq!(form(&twilio.requests()[0])["Body"], text);
}

#[tokio::test]
async fn the_api_base_may_have_a_path_of_its_own() {
    for slash in ["", "/"] {
        let twilio = StandIn::replying([file("created")]);
        let base = format!("{}/simulator/twilio{slash}", twilio.base());
        acme(&base)
            .send(&outbound("hello"))
            .await
            .expect("it is taken");
        assert_eq!(
            twilio.requests()[0].url,
            format!("/simulator/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
        );
    }
}

#[tokio::test]
async fn no_answer_in_time_means_that_nobody_knows() {
    let twilio = StandIn::replying([Reply::Silence]);
    let patience = Duration::from_millis(200);
    let impatient = Twilio::new(config(&twilio.base()), caller(patience)).expect("right");
    let result = impatient.send(&outbound("hello")).await;
    assert!(
        matches!(&result, Err(SendError::OutcomeUnknown(words)) if words.contains("in time")),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_has_nothing() {
    let (_kept, nobody) = nobody();
    let result = acme(&nobody).send(&outbound("hello")).await;
    assert!(
        matches!(result, Err(SendError::Unavailable(_))),
        "{result:?}"
    );
}

#[test]
fn every_parameter_stands_in_the_published_description() {
    let Some(description) = by_others("specs/twilio_messages_strict.json") else {
        return;
    };
    let operations = &description["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"];
    let body = &operations["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        ["properties"];
    for name in [
        "To",
        "From",
        "MessagingServiceSid",
        "Body",
        "StatusCallback",
        "ValidityPeriod",
        "MediaUrl",
        "ContentSid",
        "ContentVariables",
    ] {
        assert!(body.get(name).is_some(), "{name}");
    }
    let queries = operations["get"]["parameters"].as_array().expect("a list");
    for name in ["To", "From", "PageSize", "DateSent>"] {
        assert!(queries.iter().any(|query| query["name"] == name), "{name}");
    }
}

pub fn file(name: &str) -> Reply {
    let file: PathBuf = fixtures("answers").join(format!("{name}.http"));
    Reply::read(&file)
}

pub fn form(request: &Request) -> BTreeMap<String, String> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}
