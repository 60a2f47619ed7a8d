//! What a chat window needs to know before anybody has written.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Id, Params};
use super::origins::Of;
use super::problem::ProblemBody;
use super::view::attachment::Uploads;
use super::view::conversation::{Offer, offers};
use super::{Api, Problem};
use crate::config::LeadForm;

/// What a chat window needs to know.
#[derive(Debug, Serialize, ToSchema)]
pub struct Widget {
    organization: WidgetOrganization,
    /// Where the chat can go on.
    channels: Vec<Offer>,
    /// ISO codes of the countries whose numbers are taken; empty: any.
    countries: Vec<String>,
    /// Where the visitor probably is.
    country: Option<String>,
    /// How long a switch can be put back, in milliseconds.
    revert_window_ms: i64,
    /// What to write on a phone for a link that opens the chat in a browser; null: there is no such word.
    return_word: Option<String>,
    /// An operator is there to answer.
    online: bool,
    /// What to ask for when none is.
    lead: LeadAsked,
    /// What may be uploaded.
    attachments: Uploads,
}

/// What visitors are asked for when nobody is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadAsked {
    /// Of `name`, `email`, `phone`, `company`, `needs` and `message`, in this order; empty: nothing.
    asks: Vec<&'static str>,
    /// What a lead is not taken without. A phone or an e-mail address is always needed.
    required: Vec<&'static str>,
    /// What they agree to: in the reader's language, where the organization has no words of its own.
    consent_text: String,
}

impl LeadAsked {
    fn of(form: &LeadForm, locale: &str) -> Self {
        Self {
            asks: form.asks.iter().map(|ask| ask.word()).collect(),
            required: form.required.iter().map(|ask| ask.word()).collect(),
            consent_text: form.consent_text(locale).to_owned(),
        }
    }
}

/// Whose window it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WidgetOrganization {
    name: String,
}

/// Who reads.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Reader {
    /// The language of the window, such as `ar`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    locale: String,
}

/// What a chat window needs to know.
#[utoipa::path(get, operation_id = "read_widget", path = "/v1/widgets/{widget_key}", tag = "visitors", params(("widget_key" = String, Path), Reader), responses(
    (status = 200, body = Widget),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Id(key): Id<String>,
    Params(reader): Params<Reader>,
    headers: HeaderMap,
) -> Result<(Extension<Of>, Json<Widget>), Problem> {
    let organization = api
        .gateway
        .directory
        .by_widget(&key)
        .ok_or_else(|| Problem::not_found("widget"))?;
    let languages = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let widget = Widget {
        organization: WidgetOrganization {
            name: organization.name.clone(),
        },
        channels: offers(organization),
        countries: organization.countries.clone(),
        country: country(languages, &organization.countries),
        revert_window_ms: api.gateway.rules.revert_window,
        return_word: organization.way_back.word().map(str::to_owned),
        online: api.gateway.presence.anybody_online(&organization.id),
        lead: LeadAsked::of(&organization.lead, &reader.locale),
        attachments: Uploads::of(&api.gateway.media),
    };
    Ok((Extension(Of(organization.id.clone())), Json(widget)))
}

/// The first country among the browser's languages whose numbers are taken, else the only one whose are.
fn country(languages: &str, allowed: &[String]) -> Option<String> {
    let regions = languages.split(',').filter_map(|language| {
        let tag = language.split(';').next()?.trim();
        let region = tag
            .split('-')
            .skip(1)
            .find(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))?;
        Some(region.to_ascii_uppercase())
    });
    let taken = |region: &String| allowed.is_empty() || allowed.contains(region);
    let only = || allowed.first().filter(|_| allowed.len() == 1).cloned();
    regions.into_iter().find(taken).or_else(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_is_guessed_from_the_languages_of_the_browser() {
        let allowed = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(country("en-US,en;q=0.9", &[]).as_deref(), Some("US"));
        assert_eq!(
            country("de-DE,en-gb;q=0.5", &allowed(&["GB", "US"])).as_deref(),
            Some("GB")
        );
        assert_eq!(country("zh-Hant-TW", &[]).as_deref(), Some("TW"));
        assert_eq!(country("de-DE", &allowed(&["US"])).as_deref(), Some("US"));
        assert_eq!(country("de", &allowed(&["GB", "US"])), None);
        assert_eq!(country("", &[]), None);
    }
}
