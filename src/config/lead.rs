//! `[organization.lead]`: what visitors are asked for when nobody is there to answer.

use super::document::{Node, Value};
use super::error::{Invalid, Problem};
use super::place::Place;
use super::reader::{Reader, Scope};
use super::values::{Parsed, invalid, list, one_of, text};

/// The longest text of consent, in characters.
const LONGEST_CONSENT: usize = 500;

/// What visitors agree to unless the organization says it better, by language. The first is for all other languages.
const CONSENTS: [(&str, &str); 2] = [
    (
        "en",
        "{organization} may contact me about my request in the ways that I give here.",
    ),
    (
        "ar",
        "أوافق على أن تتواصل معي {organization} بشأن طلبي بالوسائل التي أذكرها هنا.",
    ),
];

/// What a visitor is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadForm {
    /// In this order. Empty: there is no form.
    pub asks: Vec<Ask>,
    /// What a lead is not taken without.
    pub required: Vec<Ask>,
    /// What the visitor agrees to, by language; the organization's own text is for all of them. `{organization}` stands for its
    /// name until it is filled in here.
    consents: Vec<(&'static str, String)>,
}

impl LeadForm {
    /// What the visitor agrees to, for a reader of this language (`ar`, `en-GB`).
    #[must_use]
    pub fn consent_text(&self, locale: &str) -> &str {
        let language = locale.split('-').next().unwrap_or_default();
        let known = self.consents.iter().find(|(of, _)| *of == language);
        known.or(self.consents.first()).map_or("", |(_, text)| text)
    }
}

impl Default for LeadForm {
    fn default() -> Self {
        Self {
            asks: vec![Ask::Name, Ask::Email, Ask::Phone, Ask::Message],
            required: Vec::new(),
            consents: CONSENTS.map(|(of, text)| (of, text.to_owned())).to_vec(),
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
    let mut consents = consent.map_or(form.consents, |text| vec![("", text)]);
    for (_, text) in &mut consents {
        *text = text.replace("{organization}", called);
    }
    Some(LeadForm {
        asks,
        required,
        consents,
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
