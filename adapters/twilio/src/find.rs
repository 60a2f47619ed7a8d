//! Asks Twilio whether it holds a message whose outcome we do not know: `GET …/Messages.json`.

use chrono::DateTime;
use contract::{Accepted, Found, Millis, SendError, Wanted};
use serde_json::Value;

use crate::config::Sender;
use crate::rest::{Rest, text};
use crate::send::accepted;

/// Messages asked for at once; Twilio allows 1,000.
const PAGE: &str = "100";

/// How many pages are read before we give up.
const MOST_PAGES: usize = 10;

/// How far Twilio's clock may lag behind ours. Its times have a grain of one second besides.
const CLOCK_SKEW: Millis = 60_000;

/// What Twilio puts before the text while an account is on trial.
const TRIAL: &str = "Sent from your Twilio trial account - ";

pub(crate) async fn find(
    rest: &Rest,
    sender: &Sender,
    wanted: &Wanted,
) -> Result<Found, SendError> {
    match search(rest, sender, wanted).await {
        // A question may be asked again at will: that its outcome is unknown only means that there is no answer.
        Err(SendError::OutcomeUnknown(_)) => Ok(Found::CannotTell),
        answer => answer,
    }
}

async fn search(rest: &Rest, sender: &Sender, wanted: &Wanted) -> Result<Found, SendError> {
    let mut fitting = Vec::new();
    let mut query = first_page(sender, wanted);
    for _ in 0..MOST_PAGES {
        let page = rest.list(&query).await?.json;
        let Some(messages) = page.get("messages").and_then(Value::as_array) else {
            return Ok(Found::CannotTell);
        };
        fitting.extend(
            messages
                .iter()
                .filter(|message| fits(message, wanted))
                .filter_map(accepted),
        );
        // The newest come first: what follows a page of older ones is older still.
        let older = messages
            .iter()
            .all(|message| created(message).is_some_and(|at| at < earliest(wanted)));
        match next_page(&page) {
            Some(next) if !older => query = next,
            _ => return Ok(verdict(fitting)),
        }
    }
    Ok(Found::CannotTell)
}

fn verdict(mut fitting: Vec<Accepted>) -> Found {
    match (fitting.pop(), fitting.is_empty()) {
        (None, _) => Found::Absent,
        (Some(message), true) => Found::There(message),
        (Some(_), false) => Found::CannotTell,
    }
}

/// Not narrowed by `DateSent`: a message that still waits in Twilio's queue need not have one, and would seem absent.
fn first_page(sender: &Sender, wanted: &Wanted) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("To", wanted.to.as_str());
    if let Sender::Number(number) = sender {
        query.append_pair("From", number);
    }
    query.append_pair("PageSize", PAGE);
    query.finish()
}

/// The query of the next page. Only the query is believed: our credentials go where the configuration says.
fn next_page(page: &Value) -> Option<String> {
    let uri = page.get("next_page_uri")?.as_str()?;
    uri.split_once('?').map(|(_, query)| query.to_owned())
}

fn fits(message: &Value, wanted: &Wanted) -> bool {
    let ours = text(message, "direction").is_none_or(|direction| direction.starts_with("outbound"));
    let unknown = text(message, "sid").is_some_and(|sid| !wanted.known.contains(&sid));
    // A message without a readable time is not ruled out: what is ruled out here is sent again.
    let in_time = created(message).is_none_or(|at| at >= earliest(wanted));
    ours && unknown && in_time && to(message, wanted) && body(message, wanted)
}

fn to(message: &Value, wanted: &Wanted) -> bool {
    text(message, "to").is_none_or(|to| to == wanted.to.as_str())
}

fn body(message: &Value, wanted: &Wanted) -> bool {
    text(message, "body")
        .is_some_and(|body| body == wanted.text || body.strip_prefix(TRIAL) == Some(&wanted.text))
}

fn earliest(wanted: &Wanted) -> Millis {
    wanted.since - CLOCK_SKEW
}

fn created(message: &Value) -> Option<Millis> {
    let date = message.get("date_created")?.as_str()?;
    DateTime::parse_from_rfc2822(date)
        .ok()
        .map(|at| at.timestamp_millis())
}
