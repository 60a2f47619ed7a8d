//! Sockets: the way in, and who may have how many.

mod commands;
mod followed;
mod host;
mod mail;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use adapter_web::{Close, FRAME_LIMIT, Terms};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::asker::Network;
use super::problem::ProblemBody;
use super::{Api, Problem, cookie};
use crate::bus::unpoisoned;
use crate::config::Limits;

/// A socket that is idle keeps no more than this for reading.
const READ_BUFFER: usize = 1024;
/// Short frames that are said together leave in one piece of about this size: an idle socket keeps as much.
const TOGETHER: usize = 1024;
/// What one slow reader can make us hold.
const WRITE_BUFFER: usize = 1024 * 1024;
/// Whatever is configured, a window may send so many frames in ten seconds.
const FEWEST_FRAMES: u32 = 120;

/// Opens a socket: JSON text frames of at most 64 KiB both ways, each with a `type`.
///
/// In: `hello {id?, token?, after: {conversation: seq}}` first, then `post`, `switch`, `cancel`, `revert`, `decline`, `typing`,
/// `read {conversation, seq}` and `follow {conversation, after}`, each with an `id`, its `conversation` and the fields of the
/// request that does the same. Out: `welcome {now, you, conversation}`, one `answer {id, status, body}` for each frame with an
/// `id`, and of what is followed `event {conversation, seq, event}`, `delivery {conversation, seq, state, reason?}`, `typing`,
/// `presence`, `attachment {conversation, seq, id, state, …}` once a file came or is gone, and `conversation`; an operator is sent every `conversation` of the organization. The token may be left out where
/// the session cookie came with the upgrade from a page of ours. Close codes: 4400 bad frame, 4401 token, 4408 no hello,
/// 4413 too slow, 4429 too many frames or sockets, 1012 restart, with `{"reconnect_after_ms": n}` as reason.
#[utoipa::path(get, operation_id = "open_socket", path = "/v1/socket", tag = "socket", responses(
    (status = 101, description = "a WebSocket"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn open(
    State(api): State<Arc<Api>>,
    Network(network): Network,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        let status = rejection.status();
        let code = if status == StatusCode::METHOD_NOT_ALLOWED {
            "method_not_allowed"
        } else {
            "not_a_websocket"
        };
        Problem::new(
            status,
            code,
            format!("this address takes WebSockets: {}", rejection.body_text()),
        )
    })?;
    // A browser sends the cookie whoever wrote the page: it counts for pages of ours alone.
    let own = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .is_some_and(|origin| api.origins.is_own(origin));
    let session = if own {
        cookie::token(&headers, api.secure())
    } else {
        None
    };
    let seat = api.crowd.sit(&network);
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(TOGETHER)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_message_size(FRAME_LIMIT)
        .max_frame_size(FRAME_LIMIT);
    let tracked = api.sockets.token();
    Ok(upgrade.on_upgrade(move |socket| async move {
        serve(api, socket, seat, host::Visit::door(network, session)).await;
        drop(tracked);
    }))
}

async fn serve(api: Arc<Api>, socket: WebSocket, seat: Result<Seat, Close>, door: host::Door) {
    let _seat = match seat {
        Ok(seat) => seat,
        Err(close) => return turn_away(socket, close).await,
    };
    let (terms, stop) = (
        Terms {
            frames_per_10s: api.frames_per_10s.0,
        },
        api.stop.clone(),
    );
    let close = adapter_web::serve(socket, host::Visit::new(api, door), terms, stop).await;
    tracing::debug!(?close, "a socket was closed");
}

async fn turn_away(mut socket: WebSocket, close: Close) {
    let message = axum::extract::ws::Message::Close(close.frame());
    // Whether it is heard or not, the socket is dropped.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), socket.send(message)).await;
}

/// How many frames a socket may send in ten seconds; 0: any number.
#[derive(Clone, Copy, Debug)]
pub struct Frames(u32);

impl Frames {
    /// Room for what a visitor may post, and for saying that they write and read.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        match limits.posts_per_visitor_10s {
            0 => Self(0),
            posts => Self(FEWEST_FRAMES.max(posts.saturating_mul(2))),
        }
    }
}

/// Who has how many sockets open.
#[derive(Clone, Debug)]
pub struct Crowd {
    seats: Arc<Mutex<Seats>>,
    most: u32,
    most_per_network: u32,
}

#[derive(Debug, Default)]
struct Seats {
    taken: u32,
    by_network: HashMap<Arc<str>, u32>,
}

/// Held while a socket is open.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Mutex<Seats>>,
    network: Arc<str>,
}

impl Crowd {
    /// Nobody yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            seats: Arc::default(),
            most: limits.sockets,
            most_per_network: limits.sockets_per_network,
        }
    }

    fn sit(&self, network: &str) -> Result<Seat, Close> {
        let reached = |count: u32, most: u32| most != 0 && count >= most;
        let mut seats = unpoisoned(&self.seats);
        if reached(seats.taken, self.most) {
            return Err(Close::Rate("this server has as many sockets as it takes"));
        }
        let network = seats
            .by_network
            .get_key_value(network)
            .map_or_else(|| Arc::from(network), |(known, _)| known.clone());
        let count = seats.by_network.entry(network.clone()).or_default();
        if reached(*count, self.most_per_network) {
            return Err(Close::Rate("this network has as many sockets as it may"));
        }
        *count += 1;
        seats.taken += 1;
        Ok(Seat {
            seats: self.seats.clone(),
            network,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = unpoisoned(&self.seats);
        seats.taken -= 1;
        if let Some(count) = seats.by_network.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                seats.by_network.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(sockets: u32, sockets_per_network: u32) -> Crowd {
        Crowd::new(&Limits {
            sockets,
            sockets_per_network,
            visitors_per_network_hour: 0,
            posts_per_visitor_10s: 60,
        })
    }

    #[test]
    fn a_network_has_so_many_sockets_and_no_more() {
        let crowd = crowd(10, 2);
        let first = crowd.sit("a").unwrap();
        let _second = crowd.sit("a").unwrap();
        assert_eq!(crowd.sit("a").unwrap_err().code(), Some(4429));
        let _elsewhere = crowd.sit("b").unwrap();
        drop(first);
        assert!(crowd.sit("a").is_ok());
    }

    #[test]
    fn the_server_has_so_many_sockets_and_forgets_who_left() {
        let crowd = crowd(2, 0);
        let seats = [crowd.sit("a").unwrap(), crowd.sit("b").unwrap()];
        assert!(crowd.sit("c").is_err());
        drop(seats);
        assert!(unpoisoned(&crowd.seats).by_network.is_empty());
        assert!(crowd.sit("c").is_ok());
    }
}
