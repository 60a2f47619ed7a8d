//! One socket's two directions, each with its patience.

use std::future::Future;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{Instant, timeout};

use crate::close::Close;

/// A frame that is not taken for so long has no reader.
const PATIENCE: Duration = Duration::from_secs(10);
/// Frames that are said together leave together; of more than this, in bytes, the first leave alone.
const TOGETHER: usize = 16 * 1024;
/// How long the other end is given to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

/// A socket.
#[derive(Debug)]
pub(crate) struct Line<W> {
    wire: W,
    /// Bytes that were said and have not been sent off.
    said: usize,
    /// When the other end last showed that it is there.
    pub heard: Instant,
}

impl<W, E> Line<W>
where
    W: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    pub(crate) fn new(wire: W) -> Self {
        Self {
            wire,
            said: 0,
            heard: Instant::now(),
        }
    }

    /// Says one frame; it leaves with the next [`send_off`](Self::send_off).
    pub(crate) async fn say(&mut self, frame: String) -> Result<(), Close> {
        self.said += frame.len();
        patiently(self.wire.feed(Message::Text(frame.into()))).await?;
        if self.said > TOGETHER {
            self.send_off().await?;
        }
        Ok(())
    }

    /// Sends off what was said.
    pub(crate) async fn send_off(&mut self) -> Result<(), Close> {
        if self.said > 0 {
            self.said = 0;
            patiently(self.wire.flush()).await?;
        }
        Ok(())
    }

    /// Asks whether the other end is there.
    pub(crate) async fn ping(&mut self) -> Result<(), Close> {
        patiently(self.wire.send(Message::Ping(Vec::new().into()))).await
    }

    /// Waits for something; none where it was no text. Dropping the future loses nothing.
    pub(crate) async fn hear(&mut self) -> Result<Option<Utf8Bytes>, Close> {
        let message = self.wire.next().await;
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => Ok(Some(text)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Binary(_))) => Err(Close::BadFrame("frames are text")),
            // Too long, not UTF-8, not the protocol; where the socket is gone the farewell fails, and that is all.
            Some(Err(_)) => Err(Close::BadFrame(
                "the frame cannot be read, or is longer than 64 KiB",
            )),
            Some(Ok(Message::Close(_))) | None => Err(Close::Gone),
        }
    }

    /// Says why, and lets the other end take note.
    pub(crate) async fn close(mut self, close: Close) {
        let farewell = async {
            if let Some(frame) = close.frame()
                && self.wire.send(Message::Close(Some(frame))).await.is_err()
            {
                return;
            }
            while let Some(Ok(_)) = self.wire.next().await {}
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}

async fn patiently<E>(sending: impl Future<Output = Result<(), E>>) -> Result<(), Close> {
    match timeout(PATIENCE, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Close::Gone),
        Err(_) => Err(Close::TooSlow),
    }
}
