//! What Meta has approved: `GET …/{business account id}/message_templates` (Meta's page "Templates").

use contract::{SendError, Template};
use serde_json::Value;

use crate::json::Fields as _;
use crate::rest::Rest;

/// Templates asked for at once.
const PAGE: &str = "100";

/// How many pages are read; an account may have 6,000 templates, of which people choose from the newest.
const MOST_PAGES: usize = 20;

/// Those that have everything that they need in the variables of their text.
pub(crate) async fn list(rest: &Rest, account: &str) -> Result<Vec<Template>, SendError> {
    let mut templates = Vec::new();
    let mut after = String::new();
    for _ in 0..MOST_PAGES {
        let mut query = vec![
            ("fields", "name,language,status,category,components"),
            ("limit", PAGE),
        ];
        if !after.is_empty() {
            query.push(("after", &after));
        }
        let path = [account, "message_templates"];
        let reply = rest.get(&path, &query).await.map_err(|no| no.error)?;
        templates.extend(reply.json.list("data").iter().filter_map(template));
        let paging = reply.json.field("paging");
        let next = paging
            .filter(|paging| paging.field("next").is_some())
            .and_then(|paging| paging.field("cursors")?.text("after"));
        match next {
            // Meta's own cursor and nothing else of its link: our token goes where the configuration says.
            Some(next) if next != after => after = next,
            _ => break,
        }
    }
    Ok(templates)
}

/// A template, if a text can be all that fills it: not one with a picture, a button that has a variable, or a code.
fn template(template: &Value) -> Option<Template> {
    let mut parts = Vec::new();
    let mut variables = Vec::new();
    for component in template.list("components") {
        let text = component.text("text").unwrap_or_default();
        match component.text("type")?.as_str() {
            "BODY" => {
                variables = Template::variables_of(&text);
                parts.push(text);
            }
            "HEADER" if component.text("format").as_deref() == Some("TEXT") => {
                if !Template::variables_of(&text).is_empty() {
                    return None;
                }
                parts.push(text);
            }
            "FOOTER" => parts.push(text),
            "BUTTONS" if component.list("buttons").iter().all(needs_nothing) => {}
            _ => return None,
        }
    }
    let status = template.text("status")?;
    let name = template.text("name")?;
    Some(Template {
        id: name.clone(),
        name,
        language: template.text("language")?,
        category: template.text("category")?.to_lowercase(),
        approved: status == "APPROVED",
        status,
        body: parts.join("\n\n"),
        variables,
    })
}

fn needs_nothing(button: &Value) -> bool {
    match button.text("type").as_deref() {
        Some("QUICK_REPLY" | "PHONE_NUMBER") => true,
        Some("URL") => !button.text("url").is_some_and(|url| url.contains("{{")),
        _ => false,
    }
}
