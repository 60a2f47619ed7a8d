//! `GET /stream`: server-sent events for whoever watches the phones.
//!
//! `message` brings `{phone, message}`, new or changed; `faults` the faults now in force; `reset` says that the reader was too
//! slow and something is missing: it should read everything anew.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use crate::carrier::{Carrier, Notice};
use crate::control::phones::OnPhone;
use crate::control::problem::Problem;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn stream(
    State(carrier): State<Arc<Carrier>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = carrier
        .streams
        .clone()
        .try_acquire_owned()
        .map_err(|_| Problem::TooManyStreams)?;
    let closed = carrier.closed.clone();
    let events = unfold(
        (carrier.notices(), closed, place),
        async |(mut notices, closed, place)| {
            let event = match closed.run_until_cancelled(notices.recv()).await? {
                Ok(notice) => event(&notice),
                Err(RecvError::Lagged(_)) => Event::default().event("reset").data("{}"),
                Err(RecvError::Closed) => return None,
            };
            Some((Ok(event), (notices, closed, place)))
        },
    );
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

#[derive(Serialize)]
struct Arrival<'a> {
    phone: &'a str,
    message: OnPhone<'a>,
}

fn event(notice: &Notice) -> Event {
    let (name, data) = match notice {
        Notice::Message(message) => (
            "message",
            serde_json::to_string(&Arrival {
                phone: message.phone(),
                message: OnPhone::of(message),
            }),
        ),
        Notice::Faults(faults) => ("faults", serde_json::to_string(&**faults)),
    };
    Event::default()
        .event(name)
        .data(data.expect("texts and numbers are always JSON"))
}
