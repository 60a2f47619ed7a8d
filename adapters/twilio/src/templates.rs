//! What WhatsApp has approved: `GET /v1/ContentAndApprovals` (Twilio's page "Content API resources").

use contract::{SendError, Template};
use serde_json::Value;

use crate::rest::{Rest, next_query, text};

/// Templates asked for at once; Twilio allows 1,000.
const PAGE: &str = "PageSize=100";

/// How many pages are read: people choose from the first thousand.
const MOST_PAGES: usize = 10;

pub(crate) async fn list(rest: &Rest) -> Result<Vec<Template>, SendError> {
    let mut templates = Vec::new();
    let mut query = PAGE.to_owned();
    for _ in 0..MOST_PAGES {
        let page = rest.contents(&query).await?.json;
        let contents = page.get("contents").and_then(Value::as_array);
        templates.extend(contents.into_iter().flatten().filter_map(template));
        match next_query(page.get("meta").and_then(|meta| meta.get("next_page_url"))) {
            Some(next) if next != query => query = next,
            _ => break,
        }
    }
    Ok(templates)
}

/// A template, if it has words.
fn template(content: &Value) -> Option<Template> {
    let types = content.get("types")?.as_object()?;
    let (kind, body) = types
        .values()
        .find_map(|kind| Some((kind, text(kind, "body")?)))?;
    let id = text(content, "sid")?;
    let approval = content.get("approval_requests").map(|approval| {
        // Asked for one by one, it stands below its channel's name.
        approval.get("whatsapp").unwrap_or(approval)
    });
    let of = |name| approval.and_then(|approval| text(approval, name));
    let status = of("status").unwrap_or_else(|| "unsubmitted".to_owned());
    Some(Template {
        name: text(content, "friendly_name").unwrap_or_else(|| id.clone()),
        id,
        language: text(content, "language").unwrap_or_default(),
        category: of("category").unwrap_or_default().to_lowercase(),
        approved: status.eq_ignore_ascii_case("approved"),
        status,
        // A button's address may have a variable too: it is filled in by the same list.
        variables: Template::variables_of(&kind.to_string()),
        body,
    })
}
