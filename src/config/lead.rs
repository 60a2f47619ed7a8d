//! `[organization.lead]`: what visitors are asked for when nobody is there to answer.

use super::document::{Node, Value};
use super::error::{Invalid, Problem};
use super::place::Place;
use super::reader::{Reader, Scope};
use super::values::{Parsed, invalid, list, one_of, text};

/// The longest text of consent, in characters.
const LONGEST_CONSENT: usize = 500;

/// What visitors agree to unless the organization says it better.
const CONSENT: &str =
    "{organization} may contact me about my request in the ways that I give here.";

/// What a visitor is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadForm {
    /// In this order. Empty: there is no form.
    pub asks: Vec<Ask>,
    /// What a lead is not taken without.
    pub required: Vec<Ask>,
    /// What the visitor agrees to; `{organization}` stands for its name until it is filled in here.
    pub consent_text: String,
}

impl Default for LeadForm {
    fn default() -> Self {
        Self {
            asks: vec![Ask::Name, Ask::Email, Ask::Phone, Ask::Message],
            required: Vec::new(),
            consent_text: CONSENT.to_owned(),
        }
    }
}

/// Something that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What they are called.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// Whom they work for.
    Company,
    /// What they look for.
    Needs,
    /// A few words.
    Message,
}

const ASKS: &[(&str, Ask)] = &[
    ("name", Ask::Name),
    ("email", Ask::Email),
    ("phone", Ask::Phone),
    ("company", Ask::Company),
    ("needs", Ask::Needs),
    ("message", Ask::Message),
];

impl Ask {
    /// Its word in the configuration and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        let found = ASKS.iter().find(|(_, ask)| *ask == self);
        found.map_or("", |(word, _)| word)
    }
}

/// The form of one organization, or `None` when something about it is wrong.
pub(super) fn read(
    reader: &mut Reader<'_>,
    organization: &Scope<'_>,
    called: &str,
) -> Option<LeadForm> {
    let nothing = Node {
        value: Value::Table(Default::default()),
        place: Place::Default,
    };
    let node = organization.table.get("lead").unwrap_or(&nothing);
    let Value::Table(table) = &node.value else {
        let expected = "a table: [organization.lead]".to_owned();
        let found = node.value.shown();
        reader.wrong(
            organization,
            "lead",
            Problem::Invalid(Invalid { expected, found }),
        );
        return None;
    };
    let scope = Scope {
        name: organization.key("lead"),
        table,
        place: &node.place,
    };
    reader.only(&scope, &["asks", "required", "consent_text"]);
    let form = LeadForm::default();
    let asks = reader.optional(&scope, "asks", once_each);
    let required = reader.optional(&scope, "required", once_each);
    let consent = reader.optional(&scope, "consent_text", consent_text);
    let asks = asks?.unwrap_or(form.asks);
    let (required, consent) = (required?.unwrap_or_default(), consent?);
    if let Some(missing) = required.iter().find(|ask| !asks.contains(ask)) {
        let expected = "a part of what `asks` has".to_owned();
        let found = format!("{:?}, which is not asked for", missing.word());
        reader.wrong(
            &scope,
            "required",
            Problem::Invalid(Invalid { expected, found }),
        );
        return None;
    }
    let consent_text = consent.unwrap_or(form.consent_text);
    Some(LeadForm {
        asks,
        required,
        consent_text: consent_text.replace("{organization}", called),
    })
}

fn once_each(value: &Value) -> Parsed<Vec<Ask>> {
    let asks = list(one_of(ASKS))(value)?;
    let twice = |(index, ask): (usize, &Ask)| asks[..index].contains(ask);
    if asks.iter().enumerate().any(twice) {
        return invalid("each word once", value);
    }
    Ok(asks)
}

fn consent_text(value: &Value) -> Parsed<String> {
    let written = text(value)?.trim();
    if (1..=LONGEST_CONSENT).contains(&written.chars().count()) {
        Ok(written.to_owned())
    } else {
        invalid(format!("1 to {LONGEST_CONSENT} characters"), value)
    }
}
