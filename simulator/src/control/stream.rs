//! `GET /stream`: server-sent events for whoever watches the phones.
//!
//! `message` brings `{phone, message}`, new or changed; `faults` the faults now in force; `clock` the time after it was moved;
//! `typing` says that a number is typing to a phone, and until when; `person` that something about a person has changed.
//! `reset` says that the reader was too slow and something is missing: it should read everything anew.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

use crate::carrier::{Carrier, Notice};
use crate::control::clock::Time;
use crate::control::phones::{OnPhone, time};
use crate::control::problem::Problem;
use crate::message::Message;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn stream(
    State(carrier): State<Arc<Carrier>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = carrier
        .streams
        .clone()
        .try_acquire_owned()
        .map_err(|_| Problem::TooManyStreams)?;
    let watch = Watch {
        notices: carrier.notices(),
        moved: carrier.clock.moved(),
        carrier,
        _place: place,
    };
    let events = unfold(watch, async |mut watch| {
        Some((Ok(watch.next().await?), watch))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// One reader.
struct Watch {
    carrier: Arc<Carrier>,
    notices: broadcast::Receiver<Notice>,
    moved: watch::Receiver<i64>,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// The next event; `None` when the host shuts down.
    async fn next(&mut self) -> Option<Event> {
        let event = tokio::select! {
            () = self.carrier.closed.cancelled() => return None,
            Ok(()) = self.moved.changed() => event("clock", &Time::of(&self.carrier.clock)),
            notice = self.notices.recv() => match notice {
                Ok(Notice::Message(message)) => event("message", &Arrival::of(&message)),
                Ok(Notice::Faults(faults)) => event("faults", &*faults),
                Ok(Notice::Typing { phone, from, until }) => {
                    event("typing", &json!({ "phone": phone, "from": from, "until": time(until) }))
                }
                Ok(Notice::Person { phone }) => event("person", &json!({ "phone": phone })),
                Err(RecvError::Lagged(_)) => event("reset", &json!({})),
                Err(RecvError::Closed) => return None,
            },
        };
        Some(event)
    }
}

#[derive(Serialize)]
struct Arrival<'a> {
    phone: &'a str,
    message: OnPhone<'a>,
}

impl<'a> Arrival<'a> {
    fn of(message: &'a Message) -> Self {
        Self {
            phone: message.phone(),
            message: OnPhone::of(message),
        }
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).expect("texts and numbers are always JSON");
    Event::default().event(name).data(data)
}
