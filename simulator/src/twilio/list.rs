//! `GET …/Messages.json`: an account's log, newest first, filtered and in pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::carrier::Carrier;
use crate::message::Message;
use crate::twilio::error::TwilioError;
use crate::twilio::forms::address;
use crate::twilio::{auth, resource};

const PAGE_SIZE: usize = 50;
const LARGEST_PAGE: usize = 1_000;
const DAY: i64 = 24 * 3_600_000;

pub(super) async fn list(
    State(carrier): State<Arc<Carrier>>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, TwilioError> {
    let books = carrier.books();
    auth::check(&books, &headers, &account)?;
    let query = Query::read(query.as_deref().unwrap_or_default())?;
    let found: Vec<&Message> = books
        .log(&account)
        .filter(|message| query.matches(message))
        .collect();
    let first = query.first(&found);
    let last = found.len().min(first + query.size);
    let page = &found[first..last];
    let uri = |page, token| {
        format!(
            "/{}/Accounts/{account}/Messages.json?{}",
            resource::VERSION,
            query.write(page, token)
        )
    };
    let next = page.last().filter(|_| last < found.len());
    let before = page.first().filter(|_| first > 0);
    let start = query.page * query.size;
    Ok(Json(json!({
        "end": (start + page.len()).saturating_sub(1),
        "first_page_uri": uri(0, None),
        "next_page_uri": next.map(|message| uri(query.page + 1, Some(format!("PA{}", message.sid)))),
        "page": query.page,
        "page_size": query.size,
        "previous_page_uri": before.map(|message| uri(query.page.saturating_sub(1), Some(format!("PB{}", message.sid)))),
        "messages": page.iter().map(|message| resource::message(message)).collect::<Vec<_>>(),
        "start": start,
        "uri": uri(query.page, query.token.clone()),
    })))
}

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Query {
    filters: Vec<(String, String)>,
    to: Option<String>,
    from: Option<String>,
    /// Sent at this time or later, and before that one.
    since: Option<i64>,
    before: Option<i64>,
    page: usize,
    size: usize,
    token: Option<String>,
}

impl Query {
    fn read(raw: &str) -> Result<Self, TwilioError> {
        let mut query = Self {
            size: PAGE_SIZE,
            ..Self::default()
        };
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let value = value.into_owned();
            match &*name {
                "To" => query.to = Some(value.clone()),
                "From" => query.from = Some(value.clone()),
                "DateSent" => {
                    let (start, end) = moment(&value)?;
                    (query.since, query.before) = (Some(start), Some(end));
                }
                "DateSent>" => query.since = Some(moment(&value)?.0),
                "DateSent<" => query.before = Some(moment(&value)?.1),
                "PageSize" => query.size = count(&value, "PageSize")?.clamp(1, LARGEST_PAGE),
                "Page" => query.page = count(&value, "Page")?,
                "PageToken" => query.token = Some(value.clone()),
                _ => {}
            }
            if !matches!(&*name, "PageSize" | "Page" | "PageToken") {
                query.filters.push((name.into_owned(), value));
            }
        }
        Ok(query)
    }

    /// A message without a date of sending matches no filter by date.
    fn matches(&self, message: &Message) -> bool {
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        is(&self.to, &address(message.channel, &message.to))
            && is(&self.from, &address(message.channel, &message.from))
            && self
                .since
                .is_none_or(|since| message.sent.is_some_and(|sent| sent >= since))
            && self
                .before
                .is_none_or(|before| message.sent.is_some_and(|sent| sent < before))
    }

    /// Where the page begins. A token names the message that the page follows or precedes, so that new messages shift nothing.
    fn first(&self, found: &[&Message]) -> usize {
        let place = |sid: &str| found.iter().position(|message| message.sid == sid);
        let token = self.token.as_deref().unwrap_or_default();
        let first = match (token.strip_prefix("PA"), token.strip_prefix("PB")) {
            (Some(sid), _) => place(sid).map_or(found.len(), |at| at + 1),
            (_, Some(sid)) => place(sid).map_or(0, |at| at.saturating_sub(self.size)),
            _ => self.page.saturating_mul(self.size),
        };
        first.min(found.len())
    }

    fn write(&self, page: usize, token: Option<String>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.filters);
        query
            .append_pair("PageSize", &self.size.to_string())
            .append_pair("Page", &page.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", &token);
        }
        query.finish()
    }
}

fn count(value: &str, name: &'static str) -> Result<usize, TwilioError> {
    let count: u32 = value
        .parse()
        .map_err(|_| TwilioError::InvalidParameter(name))?;
    Ok(count as usize)
}

/// The first millisecond that the date or time covers, and the first after it: a day in GMT, or a second.
fn moment(value: &str) -> Result<(i64, i64), TwilioError> {
    if let Ok(day) = value.parse::<NaiveDate>() {
        let start = day
            .and_time(chrono::NaiveTime::MIN)
            .and_utc()
            .timestamp_millis();
        return Ok((start, start + DAY));
    }
    let at: DateTime<Utc> = value
        .parse()
        .map_err(|_| TwilioError::InvalidParameter("DateSent"))?;
    let start = at.timestamp() * 1_000;
    Ok((start, start + 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_covers_its_whole_day_and_a_time_its_second() {
        let day = 1_199_232_000_000;
        assert_eq!(moment("2008-01-02"), Ok((day, day + DAY)));
        assert_eq!(
            moment("2008-01-02T00:00:01Z"),
            Ok((day + 1_000, day + 2_000))
        );
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn a_page_keeps_its_filters_in_the_address_of_the_next() {
        let query = Query::read("To=%2B15005550006&DateSent%3E=2008-01-02&PageSize=2")
            .expect("a valid query");
        assert_eq!(
            query.write(1, Some("PAx".into())),
            "To=%2B15005550006&DateSent%3E=2008-01-02&PageSize=2&Page=1&PageToken=PAx"
        );
    }
}
