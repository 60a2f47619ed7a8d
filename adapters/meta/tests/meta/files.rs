//! Files: what goes out as what, and where what came in is.

use contract::testing::{Reply, StandIn, json_of, nobody};
use contract::{Channel, MediaLink, MediaSource, Outbound, OutboundMedia, Reason, SendError};
use serde_json::{Value, json};

use crate::cast::{ACCESS_TOKEN, GRAPH, acme, fixtures, outbound};

const PICTURE: &str = "1003383421387256";
const LOOKASIDE: &str =
    "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1003383421387256&ext=1&hash=x";

#[tokio::test]
async fn a_file_goes_as_what_it_is_with_the_text_as_its_caption() {
    for (content_type, kind, content) in [
        (
            "image/jpeg",
            "image",
            json!({ "link": link(1), "caption": "this one" }),
        ),
        (
            "Video/MP4",
            "video",
            json!({ "link": link(1), "caption": "this one" }),
        ),
        (
            "application/pdf",
            "document",
            json!({ "link": link(1), "filename": "file 1", "caption": "this one" }),
        ),
        (
            "text/plain; charset=utf-8",
            "document",
            json!({ "link": link(1), "filename": "file 1", "caption": "this one" }),
        ),
    ] {
        let sent = posted("this one", &[content_type]).await;
        assert_eq!((&sent["type"], &sent[kind]), (&json!(kind), &content));
        assert_eq!(sent.get("text"), None);
    }
}

#[tokio::test]
async fn a_voice_is_shown_as_one_and_other_sound_is_not() {
    let sent = posted("", &["audio/ogg; codecs=opus"]).await;
    assert_eq!(sent["audio"], json!({ "link": link(1), "voice": true }));
    let sent = posted("", &["audio/mpeg"]).await;
    assert_eq!(sent["audio"], json!({ "link": link(1) }));
}

#[tokio::test]
async fn nothing_is_lost_where_a_text_or_a_second_file_has_no_place() {
    let sent = posted("listen", &["audio/mpeg"]).await;
    assert_eq!(sent["text"]["body"], format!("listen\n{}", link(1)));
    let sent = posted(&"x".repeat(1025), &["image/png"]).await;
    assert_eq!(
        sent["text"]["body"],
        format!("{}\n{}", "x".repeat(1025), link(1))
    );
    let sent = posted(&"x".repeat(1024), &["image/png"]).await;
    assert_eq!(sent["image"]["caption"], "x".repeat(1024));
    let sent = posted("two", &["image/png", "image/png"]).await;
    assert_eq!(sent["image"]["caption"], format!("two\n{}", link(2)));
}

#[test]
fn what_whatsapp_carries_is_said_with_its_limits() {
    let meta = acme(GRAPH);
    let carries = |content_type, bytes| meta.capabilities().carries(content_type, bytes);
    assert!(carries("image/jpeg", 5_000_000) && !carries("image/jpeg", 5_000_001));
    assert!(carries("audio/ogg; codecs=opus", 16_000_000));
    assert!(carries("application/pdf", 100_000_000));
    assert!(!carries("image/svg+xml", 1) && !carries("application/zip", 1));
    assert!(!meta.capabilities().uploads);
}

#[tokio::test]
async fn what_came_in_is_found_by_its_id_and_asked_for_with_our_token() {
    let meta = StandIn::replying([file("media")]);
    let source = source(&meta, PICTURE).await.expect("it is answered");
    let source = source.expect("it is there");
    assert_eq!(source.url, LOOKASIDE);
    assert_eq!(source.authorization, Some(format!("Bearer {ACCESS_TOKEN}")));
    assert_eq!(
        &*source.hosts,
        ["lookaside.fbsbx.com", ".fbcdn.net", ".whatsapp.net"]
    );
    let request = meta.requests().remove(0);
    assert_eq!(request.method, http::Method::GET);
    assert_eq!(request.url, format!("/v23.0/{PICTURE}"));
    assert_eq!(
        request.headers["authorization"],
        format!("Bearer {ACCESS_TOKEN}")
    );
}

#[tokio::test]
async fn what_is_gone_or_elsewhere_is_not_asked_for() {
    for answer in ["media_gone", "media_elsewhere", "marked"] {
        let meta = StandIn::replying([file(answer)]);
        assert_eq!(source(&meta, PICTURE).await, Ok(None), "{answer}");
    }
    let (_kept, nobody) = nobody();
    let channel = acme(&nobody);
    for url in [
        "https://elsewhere.example/x",
        "https://lookaside.fbsbx.com.elsewhere.example/x",
        "https://xfbcdn.net/x",
        "http://lookaside.fbsbx.com/x",
        "nonsense",
    ] {
        assert_eq!(channel.media(&at(url)).await, Ok(None), "{url}");
    }
    let direct = channel
        .media(&at(LOOKASIDE))
        .await
        .expect("nobody is asked");
    assert_eq!(direct.map(|source| source.url).as_deref(), Some(LOOKASIDE));
}

#[tokio::test]
async fn a_question_that_is_refused_says_why() {
    let meta = StandIn::replying([file("refused_token_expired")]);
    let refused = source(&meta, PICTURE).await;
    assert!(
        matches!(&refused, Err(SendError::Rejected(failure)) if failure.reason == Reason::Misconfigured),
        "{refused:?}"
    );
}

async fn source(meta: &StandIn, id: &str) -> Result<Option<MediaSource>, SendError> {
    let base = meta.base();
    acme(&base).media(&at(&format!("{base}/v23.0/{id}"))).await
}

fn at(url: &str) -> MediaLink {
    MediaLink {
        url: url.to_owned(),
        ..MediaLink::default()
    }
}

async fn posted(text: &str, content_types: &[&str]) -> Value {
    let files = content_types.iter().zip(1..);
    let message = Outbound {
        media: files
            .map(|(content_type, number)| OutboundMedia {
                content_type: (*content_type).to_owned(),
                name: format!("file {number}"),
                link: link(number),
                bytes: None,
            })
            .collect(),
        ..outbound(text)
    };
    let meta = StandIn::replying([file("sent")]);
    acme(&meta.base())
        .send(&message)
        .await
        .expect("it is taken");
    json_of(&meta.requests()[0])
}

fn link(number: i32) -> String {
    format!("https://gw.example/f/{number}")
}

fn file(name: &str) -> Reply {
    Reply::read(&fixtures("answers").join(format!("{name}.http")))
}
