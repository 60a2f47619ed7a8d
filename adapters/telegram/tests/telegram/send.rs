//! Sending: what we ask Telegram, and what its every answer means.

use std::time::Duration;

use bytes::Bytes;
use contract::testing::{Outcome, Reply, Sent, StandIn, caller, json_of, nobody, send_table};
use contract::{Channel, Fate, Found, Reason, SendError, Wanted};
use http::StatusCode;
use serde_json::json;
use switchboard_telegram::Telegram;

use crate::cast::{OURS, TOKEN, VERA, acme, config, file, outbound, vera};

#[tokio::test]
async fn every_answer_is_named_as_its_row_says() {
    send_table(acme, &outbound("hello"), rows()).await;
}

fn rows() -> Vec<Sent> {
    use Outcome::{Accepted, Throttled, Unknown};
    let seconds = |seconds| Throttled(Some(Duration::from_secs(seconds)));
    let row = Sent::row;
    let mut rows = vec![
        row(
            "a taken message has left Telegram",
            file("sent"),
            Accepted(OURS, Fate::Sent),
        ),
        row(
            "no id: nobody knows",
            Reply::json(200, &json!({ "ok": true, "result": {} })),
            Unknown,
        ),
        row(
            "no result: nobody knows",
            Reply::json(200, &json!({ "ok": true })),
            Unknown,
        ),
        row(
            "a success that is no JSON: nobody knows",
            Reply::text(200, "<html>"),
            Unknown,
        ),
        row(
            "an empty success: nobody knows",
            Reply::text(204, ""),
            Unknown,
        ),
        row(
            "a success that is cut off: nobody knows",
            Reply::CutOff(StatusCode::OK, Bytes::from_static(b"{")),
            Unknown,
        ),
        row(
            "a success without end: nobody knows",
            Reply::text(200, &"[".repeat(500_000)),
            Unknown,
        ),
        row("a closed connection: nobody knows", Reply::HangUp, Unknown),
        row("a server error: nobody knows", file("stumbled"), Unknown),
        row(
            "a gateway's time-out: nobody knows",
            Reply::text(504, "<html>"),
            Unknown,
        ),
        row(
            "a server error with another code in it: nobody knows",
            Reply::json(502, &json!({ "ok": false, "error_code": 400 })),
            Unknown,
        ),
        row(
            "a request time-out: nobody knows",
            Reply::text(408, ""),
            Unknown,
        ),
        row("too many, with a time", file("busy"), seconds(7)),
        row(
            "too many, in silence",
            Reply::text(429, ""),
            Throttled(None),
        ),
        row(
            "too many, with a time in the header alone",
            Reply::text(429, "").with("retry-after", "3"),
            seconds(3),
        ),
        row(
            "nobody waits for ever",
            Reply::json(
                429,
                &json!({ "parameters": { "retry_after": 999_999_999 } }),
            ),
            seconds(3600),
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
    let silent =
        |rule, status, reason| Sent::row(rule, Reply::text(status, ""), Rejected(reason, None));
    vec![
        coded(
            "nobody there",
            "refused_chat_not_found",
            Reason::BadRecipient,
            "400",
        ),
        coded("a block", "refused_blocked", Reason::OptedOut, "403"),
        coded(
            "an account that is gone",
            "refused_deactivated",
            Reason::OptedOut,
            "403",
        ),
        coded(
            "who never wrote",
            "refused_who_never_wrote",
            Reason::BadRecipient,
            "403",
        ),
        coded(
            "another refusal",
            "refused_new_sentence",
            Reason::Other,
            "403",
        ),
        coded("4,097 characters", "refused_too_long", bad, "400"),
        coded("a picture that is none", "refused_picture", bad, "400"),
        coded("a wrong token", "refused_token", wrong, "401"),
        coded("a token that is none", "refused_path", wrong, "404"),
        coded(
            "a success that is none",
            "refused_in_a_success",
            Reason::BadRecipient,
            "400",
        ),
        silent("wrong credentials, in silence", 401, wrong),
        silent("a path that is not there", 404, wrong),
        silent("a body that is too large", 413, bad),
        silent("another chat's refusal, in silence", 403, Reason::Other),
        silent("a redirect", 302, wrong),
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
async fn a_text_is_posted_as_it_stands_without_markup_or_preview() {
    let text = "50% off & <b>more</b>: *😀* _+1_ مرحبا\n";
    let telegram = StandIn::replying([file("sent")]);
    let accepted = acme(&telegram.base()).send(&outbound(text)).await;
    assert_eq!(accepted.map(|accepted| accepted.also), Ok(Vec::new()));
    let request = telegram.requests().remove(0);
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(request.url, format!("/bot{TOKEN}/sendMessage"));
    assert_eq!(request.headers["content-type"], "application/json");
    let expected =
        json!({ "chat_id": VERA, "text": text, "link_preview_options": { "is_disabled": true } });
    assert_eq!(json_of(&request), expected);
}

#[tokio::test]
async fn a_text_of_4096_characters_goes_out_whole() {
    let text = format!("{}😀", "ÿ".repeat(4095));
    let telegram = StandIn::replying([file("sent")]);
    let sent = acme(&telegram.base()).send(&outbound(&text)).await;
    assert!(sent.is_ok(), "{sent:?}");
    assert_eq!(json_of(&telegram.requests()[0])["text"], text);
}

#[tokio::test]
async fn the_api_base_may_have_a_path_of_its_own() {
    for slash in ["", "/"] {
        let telegram = StandIn::replying([file("sent")]);
        let channel = acme(&format!("{}/simulator/telegram{slash}", telegram.base()));
        let sent = channel.send(&outbound("hello")).await;
        assert!(sent.is_ok(), "{sent:?}");
        let expected = format!("/simulator/telegram/bot{TOKEN}/sendMessage");
        assert_eq!(telegram.requests()[0].url, expected);
    }
}

#[tokio::test]
async fn silence_is_an_unknown_outcome_and_nobody_there_is_none() {
    let telegram = StandIn::replying([Reply::Silence]);
    let patience = caller(Duration::from_millis(200));
    let channel =
        Telegram::new(config(&telegram.base()), patience).expect("the settings are right");
    let sent = channel.send(&outbound("hello")).await;
    assert!(
        matches!(sent, Err(SendError::OutcomeUnknown(_))),
        "{sent:?}"
    );
    let (_kept, nobody) = nobody();
    let sent = acme(&nobody).send(&outbound("hello")).await;
    assert!(matches!(sent, Err(SendError::Unavailable(_))), "{sent:?}");
}

#[tokio::test]
async fn telegram_has_no_list_to_ask() {
    let (_kept, nobody) = nobody();
    let wanted = Wanted {
        to: vera(),
        text: Some("hello".into()),
        since: 0,
        known: Vec::new(),
    };
    assert_eq!(acme(&nobody).find(&wanted).await, Ok(Found::CannotTell));
}
