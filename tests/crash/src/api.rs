//! The server as its users know it: requests that are repeated until they are answered, whatever happens to the server meanwhile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::Failed;

/// How long somebody waits for one answer, and how long for the server to come back at all.
const ANSWER: Duration = Duration::from_secs(8);
const COME_BACK: Duration = Duration::from_secs(60);
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

/// Somebody with a token.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    address: SocketAddr,
    token: String,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// When it was first sent, and when it was answered.
    pub asked: Instant,
    pub answered: Instant,
}

impl Answer {
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// How a message is sent.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Rest,
    Socket,
}

impl Api {
    pub fn new(address: SocketAddr) -> Result<Self, Failed> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(ANSWER)
            .build()?;
        Ok(Self {
            http,
            address,
            token: String::new(),
        })
    }

    /// The same server, asked by somebody else.
    pub fn by(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    pub async fn get(&self, path: &str) -> Result<Answer, Failed> {
        self.until_answered(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failed> {
        self.until_answered(Method::POST, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<Answer, Failed> {
        self.until_answered(Method::DELETE, path, None).await
    }

    /// Repeats a request until the server says yes or no to it.
    async fn until_answered(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failed> {
        let asked = Instant::now();
        let mut last = String::from("no answer at all");
        while asked.elapsed() < COME_BACK {
            if let Some((status, body)) = self.once(&method, path, body).await {
                if status == 500 {
                    return Err(format!("{method} {path} answered 500: {body}").into());
                }
                last = format!("{status} {body}");
                if !comes_again(status, path) {
                    let answered = Instant::now();
                    return Ok(Answer {
                        status,
                        body,
                        asked,
                        answered,
                    });
                }
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        Err(format!("{method} {path} was not taken in {COME_BACK:?}; last: {last}").into())
    }

    /// Brings a file until that is answered. Its id.
    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<String, Failed> {
        let asked = Instant::now();
        while asked.elapsed() < COME_BACK {
            let request = self
                .http
                .post(format!(
                    "http://{}/v1/attachments?name={name}",
                    self.address
                ))
                .bearer_auth(&self.token)
                .header("content-type", "image/png")
                .body(bytes.clone());
            if let Ok(answer) = request.send().await {
                let status = answer.status().as_u16();
                let text = answer.text().await.unwrap_or_default();
                let body: Value = serde_json::from_str(&text).unwrap_or_default();
                match (status, body["id"].as_str()) {
                    (201, Some(id)) => return Ok(id.to_owned()),
                    (200..300 | 429 | 503, _) => {}
                    _ => return Err(format!("a file was answered {status}: {text}").into()),
                }
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        Err("a file was not taken".into())
    }

    /// A file's bytes, or the status in their place.
    pub async fn file(&self, id: &str) -> Result<Result<Vec<u8>, u16>, Failed> {
        let url = format!("http://{}/v1/attachments/{id}", self.address);
        let request = self.http.get(url).bearer_auth(&self.token);
        let answer = request.send().await?;
        if !answer.status().is_success() {
            return Ok(Err(answer.status().as_u16()));
        }
        Ok(Ok(answer.bytes().await?.to_vec()))
    }

    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let url = format!("http://{}{path}", self.address);
        let request = self
            .http
            .request(method.clone(), url)
            .bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        // An answer that breaks off is none: it is asked again.
        let text = answer.text().await.ok()?;
        Some((
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        ))
    }

    /// Sends a message, by either way, until it is answered. The client's id, which is in it, makes it one message.
    pub async fn say(&self, way: Way, conversation: &str, said: &Value) -> Result<Answer, Failed> {
        if let Way::Socket = way {
            let asked = Instant::now();
            if let Some((status, body)) = self.say_on_socket(conversation, said).await {
                let answered = Instant::now();
                return Ok(Answer {
                    status,
                    body,
                    asked,
                    answered,
                });
            }
        }
        self.post(&format!("/v1/conversations/{conversation}/messages"), said)
            .await
    }

    async fn say_on_socket(&self, conversation: &str, said: &Value) -> Option<(u16, Value)> {
        let mut socket = self.socket(Map::new()).await.ok()?;
        let mut post = said.clone();
        post["type"] = json!("post");
        post["id"] = json!("1");
        post["conversation"] = json!(conversation);
        socket.send(&post).await.ok()?;
        loop {
            let frame = tokio::time::timeout(ANSWER, socket.next())
                .await
                .ok()?
                .ok()?;
            if frame["type"] == "answer" {
                let status = u16::try_from(frame["status"].as_u64()?).ok()?;
                return (!matches!(status, 429 | 503)).then(|| (status, frame["body"].clone()));
            }
        }
    }

    /// Opens a socket that follows these conversations, each after the event that is known.
    pub async fn socket(&self, after: Map<String, Value>) -> Result<Socket, Failed> {
        let url = format!("ws://{}/v1/socket", self.address);
        let (stream, _) =
            tokio::time::timeout(ANSWER, tokio_tungstenite::connect_async(url)).await??;
        let mut socket = Socket(stream);
        let hello = json!({"type": "hello", "id": "hello", "token": self.token, "after": after});
        socket.send(&hello).await?;
        let welcome = tokio::time::timeout(ANSWER, socket.next()).await??;
        if welcome["type"] == "welcome" {
            return Ok(socket);
        }
        Err(format!("no welcome, but {welcome}").into())
    }
}

/// Whether an answer means that one should ask again soon. A conversation gets so many codes an hour: after that the answer is no.
fn comes_again(status: u16, path: &str) -> bool {
    status == 503 || (status == 429 && !path.ends_with("/links"))
}

/// An open socket that has been welcomed.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn send(&mut self, frame: &Value) -> Result<(), Failed> {
        Ok(self.0.send(Message::text(frame.to_string())).await?)
    }

    /// The next frame.
    pub async fn next(&mut self) -> Result<Value, Failed> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
                Some(Ok(Message::Close(_))) | None => return Err("the socket ended".into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
    }
}
