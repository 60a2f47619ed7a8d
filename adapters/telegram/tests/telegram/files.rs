//! Files: what goes out as what, and where what came in is.

use bytes::Bytes;
use contract::testing::{Request, StandIn, json_of, nobody};
use contract::{Channel, MediaLink, MediaSource, Outbound, OutboundMedia, Reason, SendError};
use serde_json::json;

use crate::cast::{API, TOKEN, VERA, acme, file, outbound};

const PICTURE: &str = "AgACAgIAAxkBAAIB-large";

#[tokio::test]
async fn a_file_goes_with_its_bytes_as_what_it_is_and_the_text_as_its_caption() {
    for (content_type, method, field) in [
        ("image/jpeg", "sendPhoto", "photo"),
        ("Image/PNG", "sendPhoto", "photo"),
        ("image/webp", "sendDocument", "document"),
        ("video/mp4", "sendVideo", "video"),
        ("video/webm", "sendDocument", "document"),
        ("audio/ogg; codecs=opus", "sendVoice", "voice"),
        ("audio/mpeg", "sendAudio", "audio"),
        ("application/pdf", "sendDocument", "document"),
    ] {
        let request = posted("this \"one\" 😀", &[content_type]).await;
        assert_eq!(request.url, format!("/bot{TOKEN}/{method}"));
        let body = String::from_utf8_lossy(&request.body);
        let kind = request.headers["content-type"].to_str().expect("text");
        let boundary = kind
            .strip_prefix("multipart/form-data; boundary=")
            .expect("a form");
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n{VERA}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nthis \"one\" 😀\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"file 1\"\r\n\
             Content-Type: {content_type}\r\n\r\nbytes 1\r\n--{boundary}--\r\n"
        );
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn a_picture_that_is_too_large_for_one_goes_as_a_document() {
    for (bytes, method) in [(10_000_000, "sendPhoto"), (10_000_001, "sendDocument")] {
        let message = Outbound {
            media: vec![OutboundMedia {
                bytes: Some(vec![0; bytes].into()),
                ..attached("image/png", 1)
            }],
            ..outbound("")
        };
        let request = sent(&message).await;
        assert_eq!(request.url, format!("/bot{TOKEN}/{method}"));
        let body = String::from_utf8_lossy(&request.body);
        assert!(!body.contains("caption"), "no words, no caption");
    }
}

#[tokio::test]
async fn nothing_is_lost_where_a_text_or_a_file_has_no_place() {
    let said = |request: &Request| json_of(request)["text"].clone();
    let long = "ÿ".repeat(1025);
    let request = posted(&long, &["image/png"]).await;
    assert_eq!(said(&request), format!("{long}\n{}", link(1)));
    let request = posted(&"ÿ".repeat(1024), &["image/png"]).await;
    assert_eq!(request.url, format!("/bot{TOKEN}/sendPhoto"));
    let request = posted("two", &["image/png", "image/png"]).await;
    let body = String::from_utf8_lossy(&request.body);
    assert!(
        body.contains(&format!("\r\n\r\ntwo\n{}\r\n", link(2))),
        "{body}"
    );
    let without_bytes = Outbound {
        media: vec![OutboundMedia {
            bytes: None,
            ..attached("image/png", 1)
        }],
        ..outbound("look")
    };
    let request = sent(&without_bytes).await;
    assert_eq!(said(&request), format!("look\n{}", link(1)));
}

#[test]
fn what_telegram_carries_is_said_with_its_limits() {
    let telegram = acme(API);
    let carries = |content_type, bytes| telegram.capabilities().carries(content_type, bytes);
    for content_type in [
        "image/jpeg",
        "image/svg+xml",
        "video/mp4",
        "audio/ogg; codecs=opus",
        "text/plain",
        "application/zip",
    ] {
        assert!(carries(content_type, 50_000_000), "{content_type}");
        assert!(!carries(content_type, 50_000_001), "{content_type}");
        let rule = telegram.capabilities().rule_for(content_type, 1);
        assert_eq!(rule.and_then(|rule| rule.caption), Some(1024));
    }
}

#[tokio::test]
async fn what_came_in_is_found_by_its_id() {
    let telegram = StandIn::replying([file("file")]);
    let base = telegram.base();
    let found = source(&telegram, PICTURE).await.expect("it is answered");
    let found = found.expect("it is there");
    assert_eq!(
        found.url,
        format!("{base}/file/bot{TOKEN}/photos/file_7.jpg")
    );
    assert_eq!(found.authorization, None);
    assert_eq!(&*found.hosts, ["api.telegram.org"]);
    let request = telegram.requests().remove(0);
    assert_eq!(request.url, format!("/bot{TOKEN}/getFile"));
    assert_eq!(json_of(&request), json!({ "file_id": PICTURE }));
}

#[tokio::test]
async fn what_is_gone_or_elsewhere_is_not_asked_for() {
    for answer in [
        "file_too_big",
        "file_wrong_id",
        "file_without_a_path",
        "file_at_a_path_that_leads_away",
        "marked",
    ] {
        let telegram = StandIn::replying([file(answer)]);
        assert_eq!(source(&telegram, PICTURE).await, Ok(None), "{answer}");
    }
    let (_kept, nobody) = nobody();
    let channel = acme(&nobody);
    for url in [
        "https://elsewhere.example/file/AgAC".to_owned(),
        format!("{nobody}/file/"),
        format!("{nobody}/file/../x"),
        format!("{nobody}/AgAC"),
        "nonsense".to_owned(),
    ] {
        assert_eq!(channel.media(&at(&url)).await, Ok(None), "{url}");
    }
}

#[tokio::test]
async fn a_question_that_is_refused_says_why() {
    let telegram = StandIn::replying([file("refused_token")]);
    let refused = source(&telegram, PICTURE).await;
    assert!(
        matches!(&refused, Err(SendError::Rejected(failure)) if failure.reason == Reason::Misconfigured),
        "{refused:?}"
    );
}

async fn source(telegram: &StandIn, id: &str) -> Result<Option<MediaSource>, SendError> {
    let base = telegram.base();
    acme(&base).media(&at(&format!("{base}/file/{id}"))).await
}

fn at(url: &str) -> MediaLink {
    MediaLink {
        url: url.to_owned(),
        ..MediaLink::default()
    }
}

async fn posted(text: &str, content_types: &[&str]) -> Request {
    let files = content_types.iter().zip(1..);
    sent(&Outbound {
        media: files
            .map(|(content_type, number)| attached(content_type, number))
            .collect(),
        ..outbound(text)
    })
    .await
}

async fn sent(message: &Outbound) -> Request {
    let telegram = StandIn::replying([file("sent")]);
    acme(&telegram.base())
        .send(message)
        .await
        .expect("it is taken");
    telegram.requests().remove(0)
}

fn attached(content_type: &str, number: i32) -> OutboundMedia {
    OutboundMedia {
        content_type: content_type.to_owned(),
        name: format!("file {number}"),
        link: link(number),
        bytes: Some(Bytes::from(format!("bytes {number}"))),
    }
}

fn link(number: i32) -> String {
    format!("https://gw.example/f/{number}")
}
