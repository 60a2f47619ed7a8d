//! What providers keep is fetched once its message is in the log, from nowhere but the provider, and over a restart.

use super::house::{House, Kept, PNG};
use crate::world::until;

#[tokio::test]
async fn words_never_wait_for_the_picture_that_came_with_them() {
    let house = House::new().await;
    let url = house.depot.keeps("a", Kept::file("image/png", PNG));
    house.depot.close();
    let id = house.hears("look", &[(&url, "image/png")]).await;
    let messages = house.messages(house.ada(), &id).await;
    assert_eq!(messages[0]["text"], "look");
    let file = &messages[0]["attachments"][0];
    assert_eq!(
        (&file["state"], &file["name"]),
        (&"fetching".into(), &"holiday.png".into())
    );
    assert!(file["url"].is_null() && file["size"].is_null(), "{file:#}");

    house.depot.open();
    let file = house.file_is(&id, "here").await;
    assert_eq!(file["size"], PNG.len());
    let got = house.gets(file["url"].as_str().expect("a link")).await;
    assert_eq!(got.status(), 200);
    assert_eq!(got.headers()["content-type"], "image/png");
    assert_eq!(got.bytes().await.expect("a body"), PNG);
    let asked = house.depot.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].1.is_some(), "its own host is shown the secret");
}

#[tokio::test]
async fn a_picture_that_its_provider_does_not_have_is_gone_and_the_words_stay() {
    let house = House::new().await;
    let url = format!("{}/nothing", house.depot.base);
    let id = house.hears("look", &[(&url, "image/png")]).await;
    let file = house.file_is(&id, "gone").await;
    assert!(file["url"].is_null());
    assert_eq!(house.messages(house.ada(), &id).await[0]["text"], "look");
    assert_eq!(house.depot.asked().len(), 1, "it is not asked again");
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_again_later_and_not_for_ever() {
    let house = House::new().await;
    let url = house.depot.keeps("a", Kept::status(503));
    let id = house.hears("look", &[(&url, "image/png")]).await;
    until("it was asked", || async { house.depot.asked().len() == 1 }).await;
    assert_eq!(house.file(&id).await["state"], "fetching");
    house.depot.keeps("a", Kept::file("image/png", PNG));
    until("it is asked again", || async {
        house.passes(10_000);
        house.depot.asked().len() == 2
    })
    .await;
    house.file_is(&id, "here").await;

    let url = house.depot.keeps("b", Kept::status(500));
    let id = house.hears("and this", &[(&url, "image/png")]).await;
    until("it is given up", || async {
        house.passes(60_000);
        house.file(&id).await["state"] == "gone"
    })
    .await;
    assert_eq!(house.depot.asked().len(), 12);
}

#[tokio::test]
async fn a_restart_forgets_no_picture_that_is_still_to_be_fetched() {
    let mut house = House::new().await;
    let url = house.depot.keeps("a", Kept::file("image/png", PNG));
    house.depot.close();
    let id = house.hears("look", &[(&url, "image/png")]).await;
    house.restarts().await;
    house.depot.open();
    house.file_is(&id, "here").await;
    assert_eq!(house.on_disk().len(), 1);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_taken_and_leaves_nothing_behind() {
    let house = House::new().await;
    for (name, unsized_) in [("said", false), ("unsaid", true)] {
        let kept = Kept {
            unsized_,
            ..Kept::file("image/png", &[b'x'; 2_001])
        };
        let url = house.depot.keeps(name, kept);
        let id = house.hears("look", &[(&url, "image/png")]).await;
        house.file_is(&id, "gone").await;
    }
    assert!(house.on_disk().is_empty());
}

#[tokio::test]
async fn what_could_run_in_a_browser_is_only_ever_handed_out_as_bytes() {
    let house = House::new().await;
    for bytes in [
        &b"<html><script>alert(1)</script>"[..],
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    ] {
        let url = house.depot.keeps("a", Kept::file("image/png", bytes));
        let id = house.hears("look", &[(&url, "image/png")]).await;
        let file = house.file_is(&id, "here").await;
        assert_eq!(file["content_type"], "application/octet-stream");
        let got = house.gets(file["url"].as_str().expect("a link")).await;
        let header = |name: &str| got.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "application/octet-stream");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(
            header("content-security-policy"),
            "sandbox; default-src 'none'"
        );
        assert!(header("content-disposition").starts_with("attachment;"));
    }
}

#[tokio::test]
async fn an_archive_is_never_opened() {
    let house = House::new().await;
    let bomb = [&b"PK\x03\x04"[..], &[0; 500]].concat();
    let url = house.depot.keeps("a", Kept::file("image/png", &bomb));
    let id = house.hears("look", &[(&url, "image/png")]).await;
    let file = house.file_is(&id, "here").await;
    assert_eq!(
        (&file["content_type"], &file["size"]),
        (&"application/zip".into(), &504.into())
    );
}

#[tokio::test]
async fn a_provider_cannot_send_us_anywhere_but_to_itself() {
    let house = House::new().await;
    let own = house.depot.keeps("own", Kept::file("image/png", PNG));
    let theirs = house.stranger.keeps("theirs", Kept::file("image/png", PNG));
    for (to, state) in [
        (own.as_str(), "here"),
        ("/own", "here"),
        (theirs.as_str(), "gone"),
        ("http://169.254.169.254/latest/meta-data", "gone"),
        ("https://127.0.0.1/", "gone"),
        ("https://evil.example/", "gone"),
        ("file:///etc/passwd", "gone"),
        ("/round", "gone"),
    ] {
        let url = house.depot.keeps("round", Kept::elsewhere(to));
        let id = house.hears(to, &[(&url, "image/png")]).await;
        house.file_is(&id, state).await;
    }
    assert!(house.stranger.asked().is_empty());
    let id = house.hears("and at once", &[(&theirs, "image/png")]).await;
    house.file_is(&id, "gone").await;
    assert!(house.stranger.asked().is_empty());
}
