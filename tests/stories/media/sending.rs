//! An operator's files go as what they are where the channel carries them, and else as links; always as one message.

use bytes::Bytes;
use reqwest::Method;
use serde_json::json;

use super::house::{House, PNG};

const WEEK: i64 = 7 * 24 * 3_600_000;

#[tokio::test]
async fn what_the_channel_carries_goes_with_the_words_and_the_rest_as_a_link_in_them() {
    let house = House::new().await;
    let id = house.hears("hello", &[]).await;
    let (first, second) = (
        house.brings(house.ada()).await,
        house.brings(house.ada()).await,
    );
    let said = house
        .says(house.ada(), &id, "see", &[&first, &second])
        .await
        .is(201);
    assert_eq!(said["text"], "see", "the log has the words alone");
    assert_eq!(said["attachments"].as_array().expect("a list").len(), 2);

    let sent = house.sent(1).await;
    let [message] = &sent[..] else {
        panic!("one message: {sent:?}")
    };
    let [media] = &message.media[..] else {
        panic!("one file: {message:?}")
    };
    assert_eq!((&*media.content_type, &*media.name), ("image/png", "a.png"));
    assert_eq!(media.bytes, None, "its provider fetches it");
    assert_eq!(
        house.gets(&media.link).await.bytes().await.expect("bytes"),
        PNG
    );
    let (words, link) = message.text.split_once('\n').expect("words and a link");
    assert_eq!(words, "see");
    assert_eq!(house.gets(link).await.bytes().await.expect("bytes"), PNG);

    house.passes(3_600_000);
    assert_eq!(
        house.gets(&media.link).await.status(),
        404,
        "providers have an hour"
    );
    house.passes(WEEK - 3_600_001);
    assert_eq!(house.gets(link).await.status(), 200, "people have a week");
    house.passes(1);
    assert_eq!(house.gets(link).await.status(), 404);
}

#[tokio::test]
async fn what_the_channel_does_not_carry_goes_as_a_link_alone() {
    let house = House::new().await;
    let id = house.hears("hello", &[]).await;
    let made = house
        .uploads(house.ada(), "a.pdf", "application/pdf", b"%PDF-1.7")
        .await
        .is(201);
    let file = made["id"].as_str().expect("an id");
    house.says(house.ada(), &id, "", &[file]).await.is(201);
    let sent = house.sent(1).await;
    assert!(sent[0].media.is_empty());
    let got = house.gets(&sent[0].text).await;
    assert_eq!(
        got.headers()["content-disposition"],
        "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"
    );
    assert_eq!(got.bytes().await.expect("bytes"), &b"%PDF-1.7"[..]);
}

#[tokio::test]
async fn words_and_links_together_are_no_longer_than_the_channel_takes() {
    let house = House::new().await;
    let id = house.hears("hello", &[]).await;
    let made = house
        .uploads(house.ada(), "a.pdf", "application/pdf", b"%PDF-1.7")
        .await
        .is(201);
    let file = made["id"].as_str().expect("an id");
    let words = "x".repeat(290);
    let refused = house
        .says(house.ada(), &id, &words, &[file])
        .await
        .refused(422, "too_long");
    assert_eq!(refused["limit"], 300);
    house.says(house.ada(), &id, "x", &[file]).await.is(201);
}

#[tokio::test]
async fn where_files_go_with_their_bytes_those_are_handed_over() {
    let house = House::with(|plan| plan.capabilities.uploads = true).await;
    let id = house.hears("hello", &[]).await;
    let file = house.brings(house.ada()).await;
    house.says(house.ada(), &id, "", &[&file]).await.is(201);
    let sent = house.sent(1).await;
    assert_eq!(sent[0].text, "");
    assert_eq!(sent[0].media[0].bytes, Some(Bytes::from_static(PNG)));
}

#[tokio::test]
async fn operators_are_told_beforehand_what_the_active_leg_carries() {
    let house = House::new().await;
    let leg = async |token: &str, id: &str| {
        let path = format!("/v1/conversations/{id}");
        let mut read = house.ask(token, Method::GET, &path, None).await.is(200);
        read["active_leg"].take()
    };
    let id = house.hears("hello", &[]).await;
    let told = leg(house.ada(), &id).await;
    assert_eq!(
        told["carries"],
        json!([{ "content_type": "image/*", "limit": 1_000 }])
    );
    assert_eq!(told["carries_at_once"], 1);

    let vera = house.visitor("wk_acme").await;
    let id = house.begins(&vera).await;
    for token in [house.ada(), &vera] {
        let told = leg(token, &id).await;
        assert!(
            told["carries"].is_null(),
            "a window shows every file: {told:#}"
        );
    }
}
