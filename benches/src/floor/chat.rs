//! The floor of a visitor's message: socket in, durable row, acknowledgement out, and the operator who follows told.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::routing::get;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::{durable, group, serve, upgrade};
use crate::Failed;

const SCHEMA: &str = "CREATE TABLE message (
    conversation TEXT NOT NULL, seq INTEGER NOT NULL, author TEXT NOT NULL, client_id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)) WITHOUT ROWID";

/// Frames that may wait for one operator.
const FRAMES: usize = 4_096;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Frame {
    Hello {
        token: String,
        after: HashMap<String, i64>,
    },
    Post {
        id: String,
        conversation: String,
        client_id: String,
        text: String,
    },
}

struct Post {
    conversation: String,
    client_id: String,
    text: String,
    stored: oneshot::Sender<i64>,
}

#[derive(Clone)]
struct Floor {
    posts: mpsc::Sender<Post>,
    followers: Followers,
}

/// Who follows which conversation.
type Followers = Arc<Mutex<HashMap<String, mpsc::Sender<String>>>>;

/// Serves until it is killed.
pub async fn run(store: &Path) -> Result<(), Failed> {
    let followers = Followers::default();
    let told = followers.clone();
    let mut seqs: HashMap<String, i64> = HashMap::new();
    let write = move |database: &Connection, post: &Post| {
        let seq = seqs.entry(post.conversation.clone()).or_default();
        *seq += 1;
        database
            .prepare_cached("INSERT INTO message VALUES (?1, ?2, 'visitor', ?3, ?4)")?
            .execute((&post.conversation, *seq, &post.client_id, &post.text))?;
        Ok(*seq)
    };
    let posts = group::start(durable(store, SCHEMA)?, write, move |post, seq| {
        tell(&told, &post, seq);
        // A visitor who has left needs no acknowledgement.
        let _ = post.stored.send(seq);
    });
    let floor = Floor { posts, followers };
    serve(
        Router::new()
            .route("/v1/socket", get(socket))
            .with_state(floor),
    )
    .await
}

fn tell(followers: &Followers, post: &Post, seq: i64) {
    let followers = followers.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(follower) = followers.get(&post.conversation) {
        let event = json!({
            "type": "event", "conversation": post.conversation, "seq": seq,
            "event": {"seq": seq, "kind": "message", "author": {"kind": "visitor"}, "client_id": post.client_id, "text": post.text},
        });
        follower
            .try_send(event.to_string())
            .expect("the generator's operators read what they are sent");
    }
}

async fn socket(State(floor): State<Floor>, asked: WebSocketUpgrade) -> axum::response::Response {
    upgrade(asked, |socket| async move {
        // A socket that breaks is the generator's to notice.
        let _ = talk(floor, socket).await;
    })
}

async fn talk(floor: Floor, mut socket: WebSocket) -> Result<(), Failed> {
    let Some(Frame::Hello { token, after }) = next(&mut socket).await? else {
        return Err("a socket begins with hello".into());
    };
    let welcome = json!({"type": "welcome", "you": {"id": token}}).to_string();
    let (sender, mut events) = mpsc::channel(FRAMES);
    {
        let mut followers = floor
            .followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        followers.extend(
            after
                .into_keys()
                .map(|conversation| (conversation, sender.clone())),
        );
    }
    // Whoever follows nothing is told nothing.
    drop(sender);
    socket.send(Message::text(welcome)).await?;
    loop {
        tokio::select! {
            Some(event) = events.recv() => socket.send(Message::text(event)).await?,
            frame = next(&mut socket) => match frame? {
                Some(Frame::Post { id, conversation, client_id, text }) => {
                    let (stored, answer) = oneshot::channel();
                    floor.posts.send(Post { conversation, client_id, text, stored }).await.map_err(|_| "the writer has ended")?;
                    let seq = answer.await?;
                    let answer = json!({"type": "answer", "id": id, "status": 201, "body": {"seq": seq}});
                    socket.send(Message::text(answer.to_string())).await?;
                }
                _ => return Ok(()),
            }
        }
    }
}

async fn next(socket: &mut WebSocket) -> Result<Option<Frame>, Failed> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => Ok(Some(serde_json::from_str(&text)?)),
        _ => Ok(None),
    }
}
