//! Asks Twilio whether it holds a message whose outcome we do not know: `GET …/Messages.json`.

use contract::{Accepted, Found, Millis, SendError, Wanted};
use serde_json::Value;

use crate::config::Line;
use crate::rest::{Rest, next_query, text};
use crate::send::accepted;
use crate::time::created;

/// Messages asked for at once; Twilio allows 1,000.
const PAGE: &str = "100";

/// How many pages are read before we give up.
const MOST_PAGES: usize = 10;

/// How far Twilio's clock may lag behind ours. Its times have a grain of one second besides.
const CLOCK_SKEW: Millis = 60_000;

/// What Twilio puts before the text while an account is on trial.
const TRIAL: &str = "Sent from your Twilio trial account - ";

pub(crate) async fn find(rest: &Rest, line: &Line, wanted: &Wanted) -> Result<Found, SendError> {
    match search(rest, line, wanted).await {
        // A question may be asked again at will: that its outcome is unknown only means that there is no answer.
        Err(SendError::OutcomeUnknown(_)) => Ok(Found::CannotTell),
        answer => answer,
    }
}

async fn search(rest: &Rest, line: &Line, wanted: &Wanted) -> Result<Found, SendError> {
    let mut fitting = Vec::new();
    let mut query = first_page(line, wanted);
    for _ in 0..MOST_PAGES {
        let page = rest.list(&query).await?.json;
        let Some(messages) = page.get("messages").and_then(Value::as_array) else {
            return Ok(Found::CannotTell);
        };
        fitting.extend(
            messages
                .iter()
                .filter(|message| fits(message, line, wanted))
                .filter_map(accepted),
        );
        // The newest come first: what follows a page of older ones is older still.
        let older = messages
            .iter()
            .all(|message| created(message).is_some_and(|at| at < earliest(wanted)));
        match next_query(page.get("next_page_uri")) {
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
fn first_page(line: &Line, wanted: &Wanted) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("To", &line.kind.told(wanted.to.as_str()));
    if let Some(number) = line.sender.number() {
        query.append_pair("From", &line.kind.told(number));
    }
    query.append_pair("PageSize", PAGE);
    query.finish()
}

fn fits(message: &Value, line: &Line, wanted: &Wanted) -> bool {
    let ours = text(message, "direction").is_none_or(|direction| direction.starts_with("outbound"));
    let unknown = text(message, "sid").is_some_and(|sid| !wanted.known.contains(&sid));
    // A message without a readable time is not ruled out: what is ruled out here is sent again.
    let in_time = created(message).is_none_or(|at| at >= earliest(wanted));
    ours && unknown && in_time && to(message, line, wanted) && body(message, wanted)
}

fn to(message: &Value, line: &Line, wanted: &Wanted) -> bool {
    text(message, "to").is_none_or(|to| line.kind.bare(&to) == wanted.to.as_str())
}

fn body(message: &Value, wanted: &Wanted) -> bool {
    let Some(wanted) = &wanted.text else {
        return true;
    };
    text(message, "body").is_some_and(|body| {
        let body = body.strip_prefix(TRIAL).unwrap_or(&body);
        body == wanted || has_links(body, wanted)
    })
}

/// Whether nothing but the links of files follows the text.
fn has_links(body: &str, wanted: &str) -> bool {
    let rest = body.strip_prefix(wanted).unwrap_or_default();
    let rest = rest
        .strip_prefix('\n')
        .or(wanted.is_empty().then_some(rest));
    rest.is_some_and(|rest| !rest.is_empty() && rest.lines().all(|line| line.starts_with("http")))
}

fn earliest(wanted: &Wanted) -> Millis {
    wanted.since - CLOCK_SKEW
}
