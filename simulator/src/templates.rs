//! Templates of an account: their texts, their places for words, and whether they are approved.

use serde_json::{Value, json};

use crate::message::Choice;
use crate::{Category, Template};

/// Templates that one account may have.
pub(crate) const MOST: usize = 250;

/// A template in the network's books.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) category: Category,
    pub(crate) status: Approval,
    /// As Meta's API writes them.
    pub(crate) components: Vec<Value>,
    pub(crate) created: i64,
}

/// Whether a template may be sent, in Meta's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approval {
    Approved,
    Pending,
    Rejected,
    Paused,
    Disabled,
}

impl Approval {
    pub(crate) const ALL: [Self; 5] = [
        Self::Approved,
        Self::Pending,
        Self::Rejected,
        Self::Paused,
        Self::Disabled,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::Pending => "PENDING",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|approval| approval.as_str().eq_ignore_ascii_case(word))
    }
}

impl Kept {
    /// A template of the host's, approved.
    pub(crate) fn of(template: Template, id: String, now: i64) -> Self {
        let mut components = vec![json!({ "type": "BODY", "text": template.body })];
        if !template.buttons.is_empty() {
            let button = |text: &String| json!({ "type": "QUICK_REPLY", "text": text });
            let buttons: Vec<Value> = template.buttons.iter().map(button).collect();
            components.push(json!({ "type": "BUTTONS", "buttons": buttons }));
        }
        Self {
            id,
            name: template.name,
            language: template.language,
            category: template.category,
            status: Approval::Approved,
            components,
            created: now,
        }
    }

    pub(crate) fn body(&self) -> &str {
        self.text_of("BODY").unwrap_or_default()
    }

    pub(crate) fn text_of(&self, kind: &str) -> Option<&str> {
        self.component(kind)?["text"].as_str()
    }

    fn component(&self, kind: &str) -> Option<&Value> {
        self.components.iter().find(|component| {
            component["type"]
                .as_str()
                .is_some_and(|word| word.eq_ignore_ascii_case(kind))
        })
    }

    /// Its buttons; a quick answer's id is its text, as WhatsApp gives it back where the sender named no other.
    pub(crate) fn buttons(&self) -> Vec<Choice> {
        let buttons = self
            .component("BUTTONS")
            .and_then(|all| all["buttons"].as_array());
        let choice = |button: &Value| {
            let title = button["text"].as_str()?.to_owned();
            let url = button["url"].as_str().map(str::to_owned);
            Some(Choice {
                id: title.clone(),
                title,
                url,
            })
        };
        buttons.into_iter().flatten().filter_map(choice).collect()
    }
}

/// The names of the places in a text, `{{1}}` or `{{name}}`, each once, in the order of their first use.
pub(crate) fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        let name = name.trim();
        if !places.contains(&name) {
            places.push(name);
        }
        rest = after;
    }
    places
}

/// The text with its places filled; a place without a word stays as it is.
pub(crate) fn fill<'a>(text: &str, word: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        filled += before;
        match word(name.trim()) {
            Some(word) => filled += word,
            None => filled += &format!("{{{{{name}}}}}"),
        }
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_once_each_and_filled_wherever_they_stand() {
        let text = "Hi {{1}}, {{ 2 }} is ready. Bye {{1}} {{";
        assert_eq!(places(text), ["1", "2"]);
        let words = |name: &str| match name {
            "1" => Some("Vera"),
            _ => None,
        };
        assert_eq!(fill(text, words), "Hi Vera, {{ 2 }} is ready. Bye Vera {{");
    }
}
