//! What people wrote to us, by Twilio's own list: for what no webhook brought.

use chrono::DateTime;
use contract::{Inbound, MediaLink, Millis, SendError};
use serde_json::Value;

use crate::config::Line;
use crate::rest::{Rest, next_query, text};
use crate::time::created;

/// Messages asked for at once; Twilio allows 1,000.
const PAGE: &str = "200";

/// How many pages are read. The newest come first: of more than these, the oldest are not told.
const MOST_PAGES: usize = 20;

/// Everything to our number since then, the oldest first.
pub(crate) async fn since(
    rest: &Rest,
    line: &Line,
    since: Millis,
) -> Result<Vec<Inbound>, SendError> {
    let Some(number) = line.sender.number() else {
        return Ok(Vec::new());
    };
    let mut messages = Vec::new();
    let mut query = first_page(&line.kind.told(number), since);
    for _ in 0..MOST_PAGES {
        let page = rest.list(&query).await?.json;
        let Some(listed) = page.get("messages").and_then(Value::as_array) else {
            return Err(SendError::OutcomeUnknown(
                "a list of messages that cannot be read".to_owned(),
            ));
        };
        for message in listed.iter().filter(|message| is_inbound(message, since)) {
            messages.extend(read(rest, line, message).await?);
        }
        match next_query(page.get("next_page_uri")) {
            Some(next) => query = next,
            None => break,
        }
    }
    // Times have a grain of a second: within one, the list's own order decides.
    messages.reverse();
    messages.sort_by_key(|message: &Inbound| message.at);
    Ok(messages)
}

/// By the day, which is the form that Twilio's page has; the hours of it are for us to leave out.
fn first_page(to: &str, since: Millis) -> String {
    let day = DateTime::from_timestamp_millis(since).unwrap_or_default();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("To", to);
    query.append_pair("DateSent>", &day.format("%Y-%m-%d").to_string());
    query.append_pair("PageSize", PAGE);
    query.finish()
}

fn is_inbound(message: &Value, since: Millis) -> bool {
    text(message, "direction").as_deref() == Some("inbound")
        && created(message).is_some_and(|at| at >= since)
}

/// A message as its webhook would have told it.
async fn read(rest: &Rest, line: &Line, message: &Value) -> Result<Option<Inbound>, SendError> {
    let (Some(provider_id), Some(from), Some(to)) = (
        text(message, "sid"),
        text(message, "from"),
        text(message, "to"),
    ) else {
        return Ok(None);
    };
    let Some(from) = line.kind.called([from.as_str()]).into_iter().next() else {
        return Ok(None);
    };
    let files = text(message, "num_media").is_some_and(|number| number != "0");
    let media = match files {
        true => media(rest, &provider_id).await?,
        false => Vec::new(),
    };
    let said = text(message, "body").unwrap_or_default();
    let (word, word_answered) = line.kind.meant(&said);
    Ok(Some(Inbound {
        provider_id,
        from,
        at: created(message),
        to: line.kind.bare(&to).to_owned(),
        text: said,
        media,
        word,
        word_answered,
        ..Inbound::default()
    }))
}

async fn media(rest: &Rest, message: &str) -> Result<Vec<MediaLink>, SendError> {
    let list = rest.media_of(message).await?.json;
    let files = list.get("media_list").and_then(Value::as_array);
    let link = |file: &Value| {
        Some(MediaLink {
            url: rest.media_url(message, &text(file, "sid")?),
            content_type: text(file, "content_type").unwrap_or_default(),
            name: None,
        })
    };
    Ok(files.into_iter().flatten().filter_map(link).collect())
}
