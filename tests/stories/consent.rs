//! Who says STOP is not written to again, by any path, until they say START.

use crate::world::{PHONE, World, until};

#[tokio::test]
async fn after_stop_the_conversation_is_on_the_web_again_and_nothing_more_goes_to_the_phone() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let id = visitor.begins("hello").await;
    visitor.goes_on_by_sms(&id, PHONE).await;

    world.text(PHONE, "STOP").await;

    let now = visitor
        .waits(&id, |now| now["active_leg"]["channel"] == "web")
        .await;
    assert_eq!(now["switch"]["outcome"], "lost");
    let before = world.received(PHONE).await.len();
    ada.says(&id, "are you there?").await.is(201);
    visitor.switches(&id, "sms", Some(PHONE)).await.is(202);
    let refused = visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(refused["switch"]["reason"], "not_possible");
    assert_eq!(ada.sees(&id).await["switch"]["reason"], "opted_out");
    assert_eq!(world.received(PHONE).await.len(), before);
    assert!(
        ada.said(&id).await.contains(&"visitor sms STOP".to_owned()),
        "it is logged like any text"
    );

    world.text(PHONE, "START").await;
    until("they may be written to again", || async {
        ada.said(&id)
            .await
            .contains(&"visitor sms START".to_owned())
    })
    .await;
    visitor.goes_on_by_sms(&id, PHONE).await;
}

#[tokio::test]
async fn stop_while_the_welcome_is_on_its_way_refuses_the_switch() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let id = visitor.begins("hello").await;
    visitor.is_greeted(&id, PHONE).await;

    world.text(PHONE, "stop").await;

    let now = visitor
        .waits(&id, |now| now["switch"]["phase"] == "settled")
        .await;
    assert_eq!(now["active_leg"]["channel"], "web");
    assert_eq!(now["switch"]["reason"], "not_possible");
}
