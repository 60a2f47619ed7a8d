//! A template in a request to send: found by name and language, its places filled.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::message::{Choice, Sent};
use crate::meta::error::MetaError;
use crate::meta::messages::text;
use crate::templates::{self, Approval, Kept, places};

/// The text as the phone shows it, and what was sent.
pub(super) fn fill(known: &[Kept], part: &Map<String, Value>) -> Result<(String, Sent), MetaError> {
    let name = text(part, "name").ok_or_else(|| MetaError::missing("template.name"))?;
    let language = part
        .get("language")
        .and_then(|language| language["code"].as_str());
    let language = language.ok_or_else(|| MetaError::missing("template.language.code"))?;
    let kept = find(known, name, language)?;
    let components = match part.get("components") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(components)) => components.clone(),
        Some(_) => return Err(MetaError::invalid("template.components", "a list")),
    };
    let header = filled(kept, "HEADER", &components)?;
    let body = filled(kept, "BODY", &components)?;
    let footer = kept.text_of("FOOTER").map(str::to_owned);
    let paragraphs: Vec<String> = [header, body, footer].into_iter().flatten().collect();
    let sent = Sent {
        name: kept.name.clone(),
        language: kept.language.clone(),
        category: kept.category.as_str(),
        buttons: buttons(kept, &components),
    };
    Ok((paragraphs.join("\n\n"), sent))
}

fn find<'a>(known: &'a [Kept], name: &str, language: &str) -> Result<&'a Kept, MetaError> {
    let missing = || {
        MetaError::new(
            132_001,
            format!("template name ({name}) does not exist in {language}"),
        )
    };
    let kept = known
        .iter()
        .find(|kept| kept.name == name && kept.language == language)
        .ok_or_else(missing)?;
    match kept.status {
        Approval::Approved => Ok(kept),
        Approval::Pending | Approval::Rejected => Err(missing()),
        Approval::Paused => Err(MetaError::new(
            132_015,
            format!("template {name} is paused for low quality"),
        )),
        Approval::Disabled => Err(MetaError::new(
            132_016,
            format!("template {name} is disabled for good"),
        )),
    }
}

/// One component's text; none where the template has no such component.
fn filled(kept: &Kept, kind: &str, given: &[Value]) -> Result<Option<String>, MetaError> {
    let Some(text) = kept.text_of(kind) else {
        return Ok(None);
    };
    let parameters: Vec<&Value> = given
        .iter()
        .filter(|component| {
            component["type"]
                .as_str()
                .is_some_and(|word| word.eq_ignore_ascii_case(kind))
        })
        .filter_map(|component| component["parameters"].as_array())
        .flatten()
        .collect();
    let wanted = places(text);
    if parameters.len() != wanted.len() {
        return Err(MetaError::new(
            132_000,
            format!(
                "{}: number of localizable_params ({}) does not match the expected number of params ({})",
                kind.to_ascii_lowercase(),
                parameters.len(),
                wanted.len()
            ),
        ));
    }
    let mut words = BTreeMap::new();
    for (n, parameter) in parameters.iter().enumerate() {
        let position = (n + 1).to_string();
        let name = parameter["parameter_name"]
            .as_str()
            .map_or(position, str::to_owned);
        if !wanted.contains(&name.as_str()) {
            return Err(MetaError::new(
                100,
                format!("Parameter name is missing or empty: the template has no place {name:?}"),
            ));
        }
        let word = parameter["text"].as_str().filter(|word| !word.is_empty());
        let word = word.ok_or_else(|| {
            MetaError::new(131_008, "Parameter of type text is missing text value")
        })?;
        if word.contains(['\n', '\t']) || word.contains("     ") {
            return Err(MetaError::new(
                132_007,
                "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
            ));
        }
        words.insert(name, word);
    }
    Ok(Some(templates::fill(text, |name| words.get(name).copied())))
}

/// The template's buttons, with the payloads that the sender gave them.
fn buttons(kept: &Kept, given: &[Value]) -> Vec<Choice> {
    let payload = |n: usize| {
        let mine = given.iter().find(|component| {
            let index = &component["index"];
            let index = index.as_u64().or_else(|| index.as_str()?.parse().ok());
            component["type"] == "button" && index == u64::try_from(n).ok()
        })?;
        mine["parameters"][0]["payload"].as_str().map(str::to_owned)
    };
    let mut buttons = kept.buttons();
    for (n, button) in buttons.iter_mut().enumerate() {
        if let Some(payload) = payload(n) {
            button.id = payload;
        }
    }
    buttons
}
