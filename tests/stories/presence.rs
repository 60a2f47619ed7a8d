//! Who is at their window, as operators are told it.

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::world::{PHONE, World};

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

#[tokio::test]
async fn an_operator_is_told_that_the_visitor_left_when_they_did_not_come_back() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let mut console = open(&world, &ada.token, None).await;
    let id = visitor.begins("hello").await;

    // From page to page, and away.
    for _ in 0..2 {
        close(open(&world, &visitor.token, Some(&id)).await).await;
    }
    world.pass(20_000);
    close(open(&world, &visitor.token, Some(&id)).await).await;
    world.pass(20_000);
    assert_eq!(ada.sees(&id).await["visitor_here"], true);
    world.pass(11_000);

    assert_eq!(here(&mut console).await, true, "they came");
    assert_eq!(here(&mut console).await, false, "they left");
    assert_eq!(ada.sees(&id).await["visitor_here"], false);

    let _window = open(&world, &visitor.token, Some(&id)).await;
    assert_eq!(here(&mut console).await, true, "they came again");
    world.pass(60_000);
    assert_eq!(ada.sees(&id).await["visitor_here"], true);
}

#[tokio::test]
async fn operators_are_told_at_once_that_somebody_left_word() {
    let world = World::new().await;
    let (visitor, ada) = (world.visitor().await, world.ada().await);
    let mut console = open(&world, &ada.token, None).await;
    let word = json!({ "name": "Vera", "email": "vera@globex.example", "consent": true });
    let path = "/v1/visitors/lead";
    visitor.ask(Method::POST, path, Some(word)).await.is(201);
    while next(&mut console).await["type"] != "leads" {}
}

#[tokio::test]
async fn operators_are_told_at_once_that_a_colleague_has_reached_a_lead() {
    let world = World::new().await;
    let ada = world.ada().await;
    let lead = ada.notes(json!({ "name": "Vera", "phone": PHONE })).await;
    let mut console = open(&world, &ada.token, None).await;

    ada.reaches(&lead).await.is(202);

    while next(&mut console).await["type"] != "leads" {}
    assert_eq!(ada.lead(&lead).await["state"], "contacted");
}

/// A socket that has been welcomed and follows a conversation from its start.
async fn open(world: &World, token: &str, follows: Option<&str>) -> Socket {
    let url = format!("{}/v1/socket", world.url.replacen("http", "ws", 1));
    let (mut socket, _) = tokio_tungstenite::connect_async(url)
        .await
        .expect("a socket");
    let after: Map<String, Value> = follows
        .map(|id| (id.to_owned(), json!(0)))
        .into_iter()
        .collect();
    let hello = json!({ "type": "hello", "token": token, "after": after });
    socket
        .send(Message::text(hello.to_string()))
        .await
        .expect("it is sent");
    assert_eq!(next(&mut socket).await["type"], "welcome");
    socket
}

/// Closes a socket; the server knows when this is done.
async fn close(mut socket: Socket) {
    socket.close(None).await.expect("it can be closed");
    while socket.next().await.is_some() {}
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        let frame = socket.next().await.expect("it is open").expect("a frame");
        if let Message::Text(text) = frame {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

/// The next word on whether the visitor is here.
async fn here(socket: &mut Socket) -> Value {
    loop {
        let frame = next(socket).await;
        if frame["type"] == "presence" && !frame["visitor_here"].is_null() {
            return frame["visitor_here"].clone();
        }
    }
}
