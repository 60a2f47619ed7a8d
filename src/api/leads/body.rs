//! What is said of a lead, read and checked.

use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::api::Problem;
use crate::config::Ask;
use crate::core::Timestamp;
use crate::gateway::VisitorCaller;
use crate::gateway::leads::{ConsentGiven, Field, LeadChange, NewLead};
use crate::phone;
use crate::store::leads::{About, Kind, LeadState};

/// The longest name, company, place and industry, in characters.
const LONGEST_LINE: usize = 200;
/// The longest text of needs and message, in characters.
const LONGEST_WORDS: usize = 4_000;
/// The longest address of RFC 5321, in bytes.
const LONGEST_EMAIL: usize = 254;
/// The longest text that somebody agreed to, in characters.
const LONGEST_CONSENT: usize = 1_000;

/// A lead to be written down. Something of it must be given.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLeadBody {
    name: Option<String>,
    /// With its country code.
    phone: Option<String>,
    email: Option<String>,
    company: Option<String>,
    place: Option<String>,
    industry: Option<String>,
    needs: Option<String>,
    message: Option<String>,
    /// What shows that they may be written to.
    consent: Option<ConsentBody>,
}

/// What somebody agreed to, and when.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentBody {
    /// In the words that they were shown.
    text: String,
    /// RFC 3339; none: now.
    at: Option<String>,
}

/// What is to be different: a field that is not there stays as it is, null takes it away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    company: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    place: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    industry: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    needs: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    message: Option<Option<String>>,
    /// `new`, `contacted`, `won` or `closed`.
    state: Option<String>,
    /// For the addresses given here, or else for those that it has.
    consent: Option<ConsentBody>,
}

fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// What a visitor leaves when nobody is there. What is asked for and what is required is in `GET /v1/widgets/{widget_key}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitorLead {
    name: Option<String>,
    email: Option<String>,
    /// With its country code.
    phone: Option<String>,
    company: Option<String>,
    needs: Option<String>,
    message: Option<String>,
    /// They agree to what `consent_text` of the widget says.
    consent: bool,
    /// The language in which they read it, as the widget was asked for.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    locale: String,
}

impl NewLeadBody {
    pub(super) fn lead(self, now: Timestamp) -> Result<NewLead, Problem> {
        let consent = consent(self.consent, now)?;
        let lead = NewLead {
            about: About {
                name: line("name", self.name)?,
                company: line("company", self.company)?,
                place: line("place", self.place)?,
                industry: line("industry", self.industry)?,
                needs: words("needs", self.needs)?,
                message: words("message", self.message)?,
            },
            given: addresses(self.phone, self.email)?,
            consent,
        };
        if lead.about == About::default() && lead.given.is_empty() {
            let detail =
                "a lead needs something to know it by: a phone, an e-mail address, a name …";
            return Err(no_address(detail));
        }
        Ok(lead)
    }
}

impl LeadChangeBody {
    pub(super) fn change(self, now: Timestamp) -> Result<LeadChange, Problem> {
        let mut change = LeadChange {
            consent: consent(self.consent, now)?,
            ..LeadChange::default()
        };
        for (field, name, value) in [
            (Field::Name, "name", self.name),
            (Field::Company, "company", self.company),
            (Field::Place, "place", self.place),
            (Field::Industry, "industry", self.industry),
        ] {
            if let Some(value) = value {
                change.about.push((field, line(name, value)?));
            }
        }
        for (field, name, value) in [
            (Field::Needs, "needs", self.needs),
            (Field::Message, "message", self.message),
        ] {
            if let Some(value) = value {
                change.about.push((field, words(name, value)?));
            }
        }
        if let Some(value) = self.phone {
            change.given.push((Kind::Phone, phone(value)?));
        }
        if let Some(value) = self.email {
            change.given.push((Kind::Email, email(value)?));
        }
        if let Some(word) = &self.state {
            change.state = Some(state(word)?);
        }
        Ok(change)
    }
}

impl VisitorLead {
    pub(super) fn lead(self, visitor: &VisitorCaller) -> Result<NewLead, Problem> {
        let form = &visitor.organization.lead;
        let consent_text = form.consent_text(&self.locale);
        if !self.consent {
            let detail = "nothing is kept without consent: send consent true once they agreed";
            let problem =
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "consent_required", detail);
            return Err(problem
                .with("field", "consent")
                .with("consent_text", consent_text));
        }
        let lead = NewLead {
            about: About {
                name: line("name", self.name)?,
                company: line("company", self.company)?,
                needs: words("needs", self.needs)?,
                message: words("message", self.message)?,
                ..About::default()
            },
            given: addresses(self.phone, self.email)?,
            consent: Some(ConsentGiven {
                text: consent_text.to_owned(),
                at: None,
            }),
        };
        let missing = form.required.iter().find(|ask| !has(&lead, **ask));
        if let Some(missing) = missing {
            let field = missing.word();
            let problem = Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "missing_field",
                format!("the field {field} is missing"),
            );
            return Err(problem.with("field", field));
        }
        if lead.given.is_empty() {
            return Err(no_address(
                "give a phone or an e-mail address to be reached at",
            ));
        }
        Ok(lead)
    }
}

fn has(lead: &NewLead, ask: Ask) -> bool {
    let kind = |kind| lead.given.iter().any(|(of, _)| *of == kind);
    match ask {
        Ask::Name => lead.about.name.is_some(),
        Ask::Email => kind(Kind::Email),
        Ask::Phone => kind(Kind::Phone),
        Ask::Company => lead.about.company.is_some(),
        Ask::Needs => lead.about.needs.is_some(),
        Ask::Message => lead.about.message.is_some(),
    }
}

fn no_address(detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_address", detail)
}

fn line(field: &str, value: Option<String>) -> Result<Option<String>, Problem> {
    let value = kept(field, value, LONGEST_LINE)?;
    match value {
        Some(value) if value.contains(char::is_control) => {
            Err(Problem::field(field, format!("{field} has one line")))
        }
        value => Ok(value),
    }
}

fn words(field: &str, value: Option<String>) -> Result<Option<String>, Problem> {
    kept(field, value, LONGEST_WORDS)
}

/// A text without what surrounds it; an empty one is none.
fn kept(field: &str, value: Option<String>, limit: usize) -> Result<Option<String>, Problem> {
    let value = value.map(|value| value.trim().to_owned());
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let length = value.chars().count();
    if length <= limit {
        return Ok(Some(value));
    }
    let detail = format!("{field} has {length} characters; it may have {limit}");
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_long", detail);
    Err(problem
        .with("field", field)
        .with("limit", limit)
        .with("length", length))
}

fn addresses(
    given_phone: Option<String>,
    given_email: Option<String>,
) -> Result<Vec<(Kind, String)>, Problem> {
    let phone = phone(given_phone)?.map(|phone| (Kind::Phone, phone));
    let email = email(given_email)?.map(|email| (Kind::Email, email));
    Ok([phone, email].into_iter().flatten().collect())
}

/// A number in the form that is stored. That it could not be sent a message keeps nobody from noting it.
fn phone(value: Option<String>) -> Result<Option<String>, Problem> {
    let value = value.filter(|value| !value.trim().is_empty());
    let number = value
        .map(|value| phone::normalize(&value, None))
        .transpose();
    number
        .map(|number| number.map(|number| number.e164.0))
        .map_err(|error| bad_address("phone", error.to_string()))
}

/// Enough to tell an address from a slip; whether it is somebody's, only a letter could tell.
fn email(value: Option<String>) -> Result<Option<String>, Problem> {
    let value = value.map(|value| value.trim().to_owned());
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let parts = value.rsplit_once('@').filter(|(local, host)| {
        let labels = host.split('.').all(|label| !label.is_empty());
        !local.is_empty() && !local.contains('@') && host.contains('.') && labels
    });
    match parts {
        Some((local, host)) if value.len() <= LONGEST_EMAIL && !value.contains(odd) => {
            Ok(Some(format!("{local}@{}", host.to_lowercase())))
        }
        _ => Err(bad_address(
            "email",
            "This is not an e-mail address.".to_owned(),
        )),
    }
}

fn bad_address(field: &str, detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_address", detail).with("field", field)
}

fn consent(given: Option<ConsentBody>, now: Timestamp) -> Result<Option<ConsentGiven>, Problem> {
    let Some(given) = given else {
        return Ok(None);
    };
    let text = kept("consent.text", Some(given.text), LONGEST_CONSENT)?;
    let text = text.ok_or_else(|| {
        Problem::field(
            "consent.text",
            "say what they agreed to, in the words they were shown",
        )
    })?;
    let wrong = || {
        Problem::field(
            "consent.at",
            "give a time that is past, in the form of RFC 3339",
        )
    };
    let read = |at: String| {
        let at = chrono::DateTime::parse_from_rfc3339(&at).map_err(|_| wrong())?;
        let at = Timestamp(at.timestamp_millis());
        if at <= now { Ok(at) } else { Err(wrong()) }
    };
    let at = given.at.map(read).transpose()?;
    Ok(Some(ConsentGiven { text, at }))
}

pub(super) fn state(word: &str) -> Result<LeadState, Problem> {
    let wrong = || Problem::field("state", "the state is new, contacted, won or closed");
    LeadState::of(word).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_is_told_from_a_slip() {
        let read = |text: &str| email(Some(text.to_owned()));
        let kept = read(" Maya@Example.COM ").unwrap();
        assert_eq!(kept.as_deref(), Some("Maya@example.com"));
        assert_eq!(read("  ").unwrap(), None);
        for wrong in [
            "maya",
            "@example.com",
            "maya@",
            "maya@example",
            "a b@example.com",
            "a@b..c",
        ] {
            assert_eq!(read(wrong).unwrap_err().status(), 422, "{wrong}");
        }
    }

    #[test]
    fn what_is_not_there_stays_and_null_takes_away() {
        let body: LeadChangeBody =
            serde_json::from_str(r#"{"name": null, "company": " Pumps "}"#).unwrap();
        let change = body.change(Timestamp(0)).unwrap();
        let expected = [
            (Field::Name, None),
            (Field::Company, Some("Pumps".to_owned())),
        ];
        assert_eq!(change.about, expected);
        assert!(change.given.is_empty());
    }
}
