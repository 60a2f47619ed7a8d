//! Sending: what we ask Meta, and what its every answer means.

use std::time::Duration;

use bytes::Bytes;
use contract::testing::{
    Outcome, Reply, Request, Sent, StandIn, by_others, caller, json_of, nobody, properties,
    send_table,
};
use contract::{Address, Channel, Fate, Found, Outbound, Reason, SendError, TemplateUse, Wanted};
use http::StatusCode;
use serde_json::{Value, json};
use switchboard_meta::Meta;

use crate::cast::{
    ACCESS_TOKEN, NUMBER_ID, OURS, USER_ID, VERA, acme, config, fixtures, outbound, vera,
};

#[tokio::test]
async fn every_answer_is_named_as_its_row_says() {
    send_table(acme, &outbound("hello"), rows()).await;
}

fn rows() -> Vec<Sent> {
    use Outcome::{Accepted, Throttled, Unknown};
    let seconds = |seconds| Throttled(Some(Duration::from_secs(seconds)));
    let message = |message: Value| Reply::json(200, &json!({ "messages": [message] }));
    let mut rows = vec![
        Sent::row(
            "a taken message is accepted",
            file("sent"),
            Accepted(OURS, Fate::Accepted),
        ),
        Sent::row(
            "so is a template",
            file("sent_template"),
            Accepted(OURS, Fate::Accepted),
        ),
        Sent::row(
            "what is looked at first is accepted",
            file("held"),
            Accepted(OURS, Fate::Accepted),
        ),
        Sent::row(
            "a new word is kept",
            file("paused"),
            Accepted(OURS, Fate::Unknown("paused".into())),
        ),
        Sent::row("no id: nobody knows", message(json!({})), Unknown),
        Sent::row(
            "an empty id: nobody knows",
            message(json!({ "id": "" })),
            Unknown,
        ),
        Sent::row(
            "no message: nobody knows",
            Reply::json(200, &json!({ "messages": [] })),
            Unknown,
        ),
        Sent::row(
            "a success that is no JSON: nobody knows",
            Reply::text(200, "<html>"),
            Unknown,
        ),
        Sent::row(
            "an empty success: nobody knows",
            Reply::text(204, ""),
            Unknown,
        ),
        Sent::row(
            "a success that is cut off: nobody knows",
            Reply::CutOff(StatusCode::OK, Bytes::from_static(b"{")),
            Unknown,
        ),
        Sent::row(
            "a success without end: nobody knows",
            Reply::text(200, &"[".repeat(100_000)),
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
            "a request time-out: nobody knows",
            Reply::text(408, ""),
            Unknown,
        ),
        Sent::row(
            "a server error that says nothing more: nobody knows",
            file("stumbled"),
            Unknown,
        ),
        Sent::row(
            "a server error with a new code: nobody knows",
            Reply::json(500, &json!({ "error": { "code": 139_999 } })),
            Unknown,
        ),
        Sent::row(
            "the same where nothing was begun",
            file("stumbled_early"),
            Throttled(None),
        ),
        Sent::row("too many at once", file("busy"), Throttled(None)),
        Sent::row(
            "too many at once, with a time",
            file("busy_with_a_time"),
            seconds(7),
        ),
        Sent::row(
            "too many for one person: one in six seconds",
            file("busy_for_one_person"),
            seconds(6),
        ),
        Sent::row(
            "too many of any kind",
            file("busy_of_another_kind"),
            Throttled(None),
        ),
        Sent::row(
            "too many requests, in silence",
            Reply::text(429, ""),
            Throttled(None),
        ),
        Sent::row(
            "nobody waits for ever",
            Reply::text(429, "").with("retry-after", "999999999"),
            seconds(3600),
        ),
        Sent::row(
            "a service that is away",
            file("overloaded"),
            Throttled(None),
        ),
        Sent::row(
            "a failure that Meta says was none of its sending",
            file("failed_to_send"),
            Throttled(None),
        ),
    ];
    rows.extend(refusals());
    rows
}

fn refusals() -> Vec<Sent> {
    use Outcome::Rejected;
    let (bad, wrong) = (Reason::BadContent, Reason::Misconfigured);
    let coded =
        |rule, name, reason, code| Sent::row(rule, file(name), Rejected(reason, Some(code)));
    vec![
        coded(
            "a closed window",
            "refused_window_closed",
            Reason::WindowClosed,
            "131047",
        ),
        coded(
            "nobody there",
            "refused_undeliverable",
            Reason::BadRecipient,
            "131026",
        ),
        coded(
            "a success that is none",
            "refused_in_a_success",
            Reason::BadRecipient,
            "131026",
        ),
        coded(
            "to ourselves",
            "refused_same_number",
            Reason::BadRecipient,
            "131021",
        ),
        coded(
            "an opt-out",
            "refused_opted_out",
            Reason::OptedOut,
            "131050",
        ),
        coded(
            "kept from them",
            "refused_kept_from_them",
            Reason::Filtered,
            "131049",
        ),
        coded("4,097 characters", "refused_parameter", bad, "100"),
        coded(
            "a number that is not ours",
            "refused_number_id",
            wrong,
            "100",
        ),
        coded("an expired token", "refused_token_expired", wrong, "190"),
        coded("a missing permission", "refused_permission", wrong, "200"),
        coded(
            "no such template",
            "refused_template_missing",
            Reason::Template,
            "132001",
        ),
        coded(
            "a template that wants parameters",
            "refused_template_parameters",
            Reason::Template,
            "132000",
        ),
        coded("an unpaid bill", "refused_payment", wrong, "131042"),
        coded("a policy", "refused_policy", wrong, "368"),
        coded("a new code", "refused_new_code", Reason::Other, "139999"),
        Sent::row(
            "wrong credentials, in silence",
            Reply::text(401, ""),
            Rejected(wrong, None),
        ),
        Sent::row(
            "a path that is not there",
            Reply::text(404, ""),
            Rejected(wrong, None),
        ),
        Sent::row(
            "a redirect",
            Reply::text(302, "").with("location", "/elsewhere"),
            Rejected(wrong, None),
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
async fn a_text_is_posted_as_json_with_our_id_and_the_numbers_plus() {
    let text = "50% off & more: 😀 +1 مرحبا\n";
    let request = posted(&outbound(text)).await;
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(request.url, format!("/v23.0/{NUMBER_ID}/messages"));
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(
        request.headers["authorization"],
        format!("Bearer {ACCESS_TOKEN}")
    );
    let expected = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": VERA, "type": "text",
        "text": { "body": text, "preview_url": false }, "biz_opaque_callback_data": "d-1",
    });
    assert_eq!(json_of(&request), expected);
}

#[tokio::test]
async fn a_template_goes_out_by_its_name_with_its_variables_in_order() {
    let template = |variables: &[(&str, &str)]| Outbound {
        template: Some(TemplateUse {
            id: "continue_chat".to_owned(),
            language: "en".to_owned(),
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }),
        ..outbound("Hello Vera")
    };
    let mut expected = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": VERA, "type": "template",
        "template": { "name": "continue_chat", "language": { "code": "en" } }, "biz_opaque_callback_data": "d-1",
    });
    assert_eq!(json_of(&posted(&template(&[])).await), expected);
    expected["template"]["components"] =
        json!([{ "type": "body", "parameters": [{ "type": "text", "text": "Vera" }] }]);
    assert_eq!(
        json_of(&posted(&template(&[("1", "Vera")])).await),
        expected
    );
    expected["template"]["components"][0]["parameters"][0]["parameter_name"] = json!("name");
    assert_eq!(
        json_of(&posted(&template(&[("name", "Vera")])).await),
        expected
    );
}

#[tokio::test]
async fn a_person_without_a_number_is_written_to_by_their_id() {
    let message = Outbound {
        to: Address(USER_ID.into()),
        ..outbound("hello")
    };
    let sent = json_of(&posted(&message).await);
    assert_eq!(
        (&sent["recipient"], sent.get("to")),
        (&json!(USER_ID), None)
    );
}

#[tokio::test]
async fn a_text_of_4096_characters_goes_out_whole() {
    let text = format!("{}😀", "ÿ".repeat(4095));
    assert_eq!(
        json_of(&posted(&outbound(&text)).await)["text"]["body"],
        text
    );
}

#[tokio::test]
async fn what_meta_calls_the_person_is_told_its_own_id_first() {
    let meta = StandIn::replying([file("sent_to_a_user_id"), file("sent")]);
    let acme = acme(&meta.base());
    for expected in [&[USER_ID, VERA][..], &[VERA]] {
        let accepted = acme.send(&outbound("hello")).await.expect("it is taken");
        let also: Vec<&str> = accepted.also.iter().map(Address::as_str).collect();
        assert_eq!(also, expected);
    }
}

#[tokio::test]
async fn the_api_base_may_have_a_path_of_its_own() {
    for slash in ["", "/"] {
        let meta = StandIn::replying([file("sent")]);
        let base = format!("{}/simulator/meta{slash}", meta.base());
        acme(&base)
            .send(&outbound("hello"))
            .await
            .expect("it is taken");
        assert_eq!(
            meta.requests()[0].url,
            format!("/simulator/meta/v23.0/{NUMBER_ID}/messages")
        );
    }
}

#[tokio::test]
async fn no_answer_in_time_means_that_nobody_knows() {
    let meta = StandIn::replying([Reply::Silence]);
    let patience = Duration::from_millis(200);
    let impatient = Meta::new(config(&meta.base()), caller(patience)).expect("right");
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

#[tokio::test]
async fn what_meta_holds_cannot_be_asked() {
    let (_kept, nobody) = nobody();
    let wanted = Wanted {
        to: vera(),
        text: Some("hello".into()),
        since: 0,
        known: Vec::new(),
    };
    assert_eq!(acme(&nobody).find(&wanted).await, Ok(Found::CannotTell));
}

#[tokio::test]
async fn every_field_stands_in_the_published_description() {
    let Some(description) = by_others("specs/meta_webhook_patched.json") else {
        return;
    };
    let described = |pointer: &str| {
        properties(
            &description,
            description.pointer(pointer).expect("it is there"),
        )
    };
    let message = described(
        "/paths/~1{Version}~1{Phone-Number-ID}~1messages/post/requestBody/content/application~1json/schema",
    );
    for text in ["hello", "so long"] {
        let sent = json_of(&posted(&outbound(text)).await);
        for name in sent.as_object().expect("an object").keys() {
            // Described where it comes back to us.
            let known = name == "biz_opaque_callback_data" || message.contains(name);
            assert!(known, "{name}");
        }
    }
    assert!(
        description
            .to_string()
            .contains("\"biz_opaque_callback_data\"")
    );
}

async fn posted(message: &Outbound) -> Request {
    let meta = StandIn::replying([file("sent")]);
    acme(&meta.base()).send(message).await.expect("it is taken");
    meta.requests().remove(0)
}

fn file(name: &str) -> Reply {
    Reply::read(&fixtures("answers").join(format!("{name}.http")))
}
