//! One socket of a visitor or an operator, with buffers as small as the servers'.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Map, Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::Failed;

/// Sockets from one address of ours; the system runs out of ports for more.
const FROM_ONE_ADDRESS: usize = 4_000;

/// Whose socket it is, and what it follows.
#[derive(Clone, Debug)]
pub struct Party {
    pub token: String,
    /// Conversations and the last event known of each.
    pub after: Map<String, Value>,
}

/// An open socket that has been welcomed.
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Connects as the `n`th client, says hello and waits for the welcome.
    pub async fn open(address: SocketAddr, n: usize, party: &Party) -> Result<Self, Failed> {
        let socket = TcpSocket::new_v4()?;
        let host = u8::try_from(1 + n / FROM_ONE_ADDRESS)?;
        socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into())?;
        socket.set_nodelay(true)?;
        let stream = socket.connect(address).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0);
        let url = format!("ws://{address}/v1/socket");
        let (stream, _) =
            tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await?;
        let mut socket = Self(stream);
        let hello =
            json!({"type": "hello", "id": "hello", "token": party.token, "after": party.after});
        socket.send(hello.to_string()).await?;
        while !is(&socket.next().await?, "welcome") {}
        Ok(socket)
    }

    pub async fn send(&mut self, frame: String) -> Result<(), Failed> {
        Ok(self.0.send(Message::text(frame)).await?)
    }

    /// The next text frame.
    pub async fn next(&mut self) -> Result<Utf8Bytes, Failed> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(reason))) => {
                    return Err(format!("the server closed a socket: {reason:?}").into());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err("a socket ended".into()),
            }
        }
    }
}

/// Whether a frame is of that type; reading it whole would be the generator's cost, not the server's.
pub fn is(frame: &str, kind: &str) -> bool {
    field(frame, "type") == Some(kind) || frame.contains(&format!(r#""type":"{kind}""#))
}

/// The first string of that name in a frame, where it has no escapes.
pub fn field<'f>(frame: &'f str, name: &str) -> Option<&'f str> {
    let (_, rest) = frame.split_once(&format!(r#""{name}":""#))?;
    rest.split_once('"').map(|(value, _)| value)
}
