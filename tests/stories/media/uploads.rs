//! Who brings a file, who may have it, and when it goes.

use reqwest::Method;
use serde_json::json;

use super::house::{House, PNG};
use crate::world::fresh;

const DAY: i64 = 24 * 3_600_000;

#[tokio::test]
async fn a_visitors_picture_goes_with_their_message_and_its_link_works_by_itself_for_a_time() {
    let house = House::new().await;
    let vera = house.visitor("wk_acme").await;
    let id = house.begins(&vera).await;
    let made = house
        .uploads(&vera, "my%20pump.png", "text/html", PNG)
        .await
        .is(201);
    assert_eq!(made["name"], "my pump.png");
    assert_eq!(
        (&made["content_type"], &made["size"]),
        (&"image/png".into(), &PNG.len().into())
    );
    let file = made["id"].as_str().expect("an id");
    let said = house.says(&vera, &id, "", &[file]).await.is(201);
    assert_eq!(said["attachments"][0]["state"], "here");

    let shown = house.file(&id).await;
    let url = shown["url"].as_str().expect("a link");
    let got = house.gets(url).await;
    assert_eq!(got.headers()["content-type"], "image/png");
    assert_eq!(got.headers()["accept-ranges"], "bytes");
    let disposition = got.headers()["content-disposition"].to_str().expect("text");
    assert!(disposition.starts_with("inline;"), "{disposition}");
    assert!(
        got.headers()["cache-control"]
            .to_str()
            .expect("text")
            .starts_with("private")
    );
    assert_eq!(got.bytes().await.expect("bytes"), PNG);

    let part = house.gets_with(url, "range", "bytes=1-3").await;
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"],
        format!("bytes 1-3/{}", PNG.len())
    );
    assert_eq!(part.bytes().await.expect("bytes"), "PNG");
    assert_eq!(
        house.gets_with(url, "range", "bytes=9999-").await.status(),
        416
    );

    let changed = format!("{}x", &url[..url.len() - 1]);
    assert_eq!(house.gets(&changed).await.status(), 404);
    assert_eq!(
        house.gets(&format!("{}/f/x", house.url)).await.status(),
        404
    );
    house.passes(2 * 3_600_000);
    assert_eq!(house.gets(url).await.status(), 404);
    let again = house.file(&id).await;
    assert_eq!(
        house
            .gets(again["url"].as_str().expect("a link"))
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_file_is_for_those_who_may_see_its_message_and_for_nobody_else() {
    let house = House::new().await;
    let (vera, walt, stranger) = (
        house.visitor("wk_acme").await,
        house.visitor("wk_acme").await,
        house.visitor("wk_other").await,
    );
    let olga = house.signs_in("olga@other.example").await;
    let (id, file) = (house.begins(&vera).await, house.brings(&vera).await);
    let path = format!("/v1/attachments/{file}");
    let status = async |token: &str| {
        house
            .ask(token, Method::GET, &path, None)
            .await
            .status
            .as_u16()
    };

    assert_eq!(status(&vera).await, 200, "who brought it");
    for other in [house.ada(), &walt, &stranger, &olga] {
        assert_eq!(status(other).await, 404, "it goes with no message yet");
    }
    let others = house.begins(&walt).await;
    let theirs = house.says(&walt, &others, "mine?", &[&file]).await;
    theirs.refused(422, "no_such_attachment");
    house.says(&vera, &id, "mine", &[&file]).await.is(201);
    assert_eq!((status(&vera).await, status(house.ada()).await), (200, 200));
    for other in [&walt, &stranger, &olga] {
        assert_eq!(status(other).await, 404);
    }
    assert_eq!(status("").await, 401);
}

#[tokio::test]
async fn a_file_goes_with_one_message_and_a_repeat_of_that_is_the_same_message() {
    let house = House::new().await;
    let vera = house.visitor("wk_acme").await;
    let (id, file) = (house.begins(&vera).await, house.brings(&vera).await);
    let twice = house.says(&vera, &id, "twice", &[&file, &file]).await;
    twice.refused(422, "no_such_attachment");
    let body = json!({ "client_id": fresh(), "attachments": [file] });
    let said = house.posts(&vera, &id, body.clone()).await.is(201);
    let again = house.posts(&vera, &id, body.clone()).await.is(200);
    assert_eq!(again["seq"], said["seq"]);
    assert_eq!(again["attachments"][0]["id"], *file);
    let mut other = body;
    other["attachments"] = json!([]);
    other["text"] = json!("x");
    house
        .posts(&vera, &id, other)
        .await
        .refused(409, "client_id_reused");
    let used = house.says(&vera, &id, "again", &[&file]).await;
    let refused = used.refused(422, "no_such_attachment");
    assert_eq!(refused["attachment"], *file);
}

#[tokio::test]
async fn a_message_has_words_or_files_and_not_too_many() {
    let house = House::new().await;
    let vera = house.visitor("wk_acme").await;
    let id = house.begins(&vera).await;
    house
        .posts(&vera, &id, json!({ "client_id": "a" }))
        .await
        .refused(422, "missing_field");
    house.says(&vera, &id, " ", &[]).await.refused(422, "empty");
    let refused = house.says(&vera, &id, "x", &["a"; 11]).await;
    assert_eq!(refused.refused(422, "too_many_attachments")["limit"], 10);
    house
        .uploads(&vera, "a", "image/png", b"")
        .await
        .refused(422, "empty");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_with_the_limit_and_leaves_nothing_behind() {
    let house = House::new().await;
    let vera = house.visitor("wk_acme").await;
    house
        .uploads(&vera, "a", "image/png", &[1; 2_000])
        .await
        .is(201);
    let refused = house.uploads(&vera, "a", "image/png", &[1; 2_001]).await;
    assert_eq!(refused.refused(413, "too_large")["limit"], 2_000);
    // One that does not say how long it is, too.
    let chunks = (0..5).map(|_| Ok::<_, std::io::Error>(vec![1; 500]));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = reqwest::Client::new()
        .post(format!("{}/v1/attachments", house.url))
        .bearer_auth(&vera)
        .body(body);
    assert_eq!(request.send().await.expect("an answer").status(), 413);
    assert_eq!(house.on_disk().len(), 1);
}

#[tokio::test]
async fn windows_and_operators_are_told_beforehand_what_may_be_uploaded() {
    let house = House::new().await;
    let told = json!({ "limit": 2_000, "at_once": 10 });
    for (token, path) in [("", "/v1/widgets/wk_acme"), (house.ada(), "/v1/session")] {
        let read = house.ask(token, Method::GET, path, None).await.is(200);
        assert_eq!(read["attachments"], told, "{path}");
    }
}

#[tokio::test]
async fn a_visitor_and_a_network_bring_only_so_many_files_in_an_hour() {
    let house = House::with(|plan| {
        plan.terms.per_visitor_hour = 2;
        plan.terms.per_network_hour = 3;
    })
    .await;
    let (vera, walt) = (
        house.visitor("wk_acme").await,
        house.visitor("wk_acme").await,
    );
    let brings = async |token: &str| house.uploads(token, "a", "image/png", PNG).await;
    brings(&vera).await.is(201);
    brings(&vera).await.is(201);
    brings(&vera).await.refused(429, "rate_limited");
    brings(&walt).await.is(201);
    brings(&walt).await.refused(429, "rate_limited");
    brings(house.ada()).await.is(201);
    house.passes(3_600_000);
    brings(&vera).await.is(201);
}

#[tokio::test]
async fn an_upload_that_no_message_used_goes_after_a_day_and_a_used_one_stays() {
    let house = House::new().await;
    let vera = house.visitor("wk_acme").await;
    let (id, used) = (house.begins(&vera).await, house.brings(&vera).await);
    house.says(&vera, &id, "", &[&used]).await.is(201);
    let unused = house.brings(&vera).await;
    house.passes(DAY - 60_000);
    house.gateway.tidy().await.expect("tidy");
    assert_eq!(house.on_disk().len(), 2);
    house.passes(120_000);
    house.gateway.tidy().await.expect("tidy");
    assert_eq!(house.on_disk().len(), 1);
    house
        .says(&vera, &id, "", &[&unused])
        .await
        .refused(422, "no_such_attachment");
    assert_eq!(house.file(&id).await["state"], "here");
}

#[tokio::test]
async fn files_are_kept_as_long_as_is_configured_and_the_log_says_so() {
    let house = House::with(|plan| plan.terms.keep = 10 * DAY).await;
    let vera = house.visitor("wk_acme").await;
    let (id, file) = (house.begins(&vera).await, house.brings(&vera).await);
    house.says(&vera, &id, "look", &[&file]).await.is(201);
    house.passes(11 * DAY);
    house.gateway.tidy().await.expect("tidy");
    assert!(house.on_disk().is_empty());
    let gone = house.file(&id).await;
    assert_eq!(
        (&gone["state"], &gone["name"]),
        (&"gone".into(), &"a.png".into())
    );
    let path = format!("/v1/attachments/{file}");
    let refused = house
        .ask(&vera, Method::GET, &path, None)
        .await
        .refused(409, "not_here");
    assert_eq!(refused["state"], "gone");
}

#[tokio::test]
async fn what_a_crash_leaves_between_file_and_row_is_taken_away_and_nothing_else() {
    let mut house = House::new().await;
    let vera = house.visitor("wk_acme").await;
    house.brings(&vera).await;
    let kept = house.on_disk();
    let drawer = house.folder.join("media/ab");
    std::fs::create_dir_all(&drawer).expect("a drawer");
    for left in ["ab0123", "ab4567.part"] {
        std::fs::write(drawer.join(left), b"left").expect("written");
    }
    house.restarts().await;
    for drawer in 0..=255 {
        house.gateway.tidy_drawer(drawer).await.expect("tidy");
    }
    assert_eq!(house.on_disk(), kept);
}
