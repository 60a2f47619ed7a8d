//! Connections: who takes too long or sends too much is hung up on, and nobody else is.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::world::{PATIENCE, World};

/// How long these servers wait for a head.
const HEAD: Duration = Duration::from_millis(200);
/// How often a client that dribbles sends one more letter: soon enough to seem alive.
const DRIP: Duration = Duration::from_millis(20);

async fn connected(world: &World) -> TcpStream {
    let address = world.url.strip_prefix("http://").expect("an address");
    TcpStream::connect(address).await.expect("it listens")
}

/// Everything that is answered until the server hangs up.
async fn answered(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer))
        .await
        .expect("the server hangs up")
        .expect("it does so in an orderly way");
    answer
}

/// Sends a head letter by letter. Answers how long the server bore it.
async fn dribbles(world: &World) -> Duration {
    let mut stream = connected(world).await;
    let began = Instant::now();
    let begin = stream.write_all(b"GET /healthz HTTP/1.1\r\nx-slow: ").await;
    begin.expect("a head begins");
    let mut answer = [0; 1];
    loop {
        match tokio::time::timeout(DRIP, stream.read(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => return began.elapsed(),
            Ok(Ok(_)) => panic!("there is nothing to answer"),
            Err(_) => {
                assert!(began.elapsed() < PATIENCE, "nobody hung up");
                // Whether it is still heard is seen by reading.
                let _ = stream.write_all(b"a").await;
            }
        }
    }
}

#[tokio::test]
async fn a_client_that_dribbles_a_head_is_hung_up_on() {
    let world = World::impatient(HEAD).await;
    assert!(dribbles(&world).await >= HEAD);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_hung_up_on() {
    let world = World::impatient(HEAD).await;
    assert_eq!(answered(connected(&world).await).await, "");
}

#[tokio::test]
async fn an_open_socket_and_a_request_that_was_begun_outlast_the_patience_for_heads() {
    let world = World::impatient(HEAD).await;
    let url = format!("{}/v1/socket", world.url.replacen("http", "ws", 1));
    let (mut socket, _) = tokio_tungstenite::connect_async(url)
        .await
        .expect("a socket");
    let mut begun = connected(&world).await;
    let head = "POST /v1/visitors HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                content-length: 25\r\nconnection: close\r\n\r\n";
    begun.write_all(head.as_bytes()).await.expect("a head");

    dribbles(&world).await;

    socket
        .send(Message::Ping("still?".into()))
        .await
        .expect("the socket is open");
    let next = tokio::time::timeout(PATIENCE, socket.next()).await;
    let next = next.expect("an answer").expect("it is open");
    assert_eq!(next.expect("a frame"), Message::Pong("still?".into()));
    let body = br#"{"widget_key": "wk_acme"}"#;
    begun.write_all(body).await.expect("a body");
    let answer = answered(begun).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let world = World::new().await;
    let mut stream = connected(&world).await;
    // No letter more than the server reads, or what it left unread would cut off its answer.
    let mut head = b"GET /healthz HTTP/1.1\r\nx-long: ".to_vec();
    head.resize(32 * 1024, b'a');

    stream.write_all(&head).await.expect("it is read");

    let answer = answered(stream).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let world = World::new().await;
    let mut stream = connected(&world).await;
    let keeps = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let closes = "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let both = format!("{keeps}{closes}");

    stream.write_all(both.as_bytes()).await.expect("two heads");

    let answers = answered(stream).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
}

#[tokio::test]
async fn connections_on_which_nothing_was_begun_do_not_hold_up_the_end() {
    let mut world = World::new().await;
    let silent = connected(&world).await;
    let mut idle = connected(&world).await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("a head");
    idle.readable().await.expect("an answer");
    let began = Instant::now();

    world.restart().await;

    assert!(
        began.elapsed() < Duration::from_secs(5),
        "it was not waited for them"
    );
    assert_eq!(answered(silent).await, "");
    assert!(answered(idle).await.starts_with("HTTP/1.1 200"));
}
