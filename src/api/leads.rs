//! Leads: what is known of visitors and of those who never were one, and reaching out to them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::{Anybody, Operator, Visitor};
use super::conversations::{LONGEST_SEARCH, given, number, standing};
use super::extract::{Body, Id, Params};
use super::problem::ProblemBody;
use super::view::{Conversation, LeadView};
use super::{Api, Problem};
use crate::config::Ask;
use crate::core::{ConversationId, Timestamp};
use crate::gateway::leads::{ConsentGiven, Field, LeadCard, LeadChange, NewLead};
use crate::gateway::{Caller, Deed, OperatorCaller, VisitorCaller};
use crate::phone;
use crate::store::leads::{About, Kind, LeadId, LeadState, Wanted};

/// Leads in a page, unless fewer are asked for; more cannot be.
const ROWS: u32 = 50;
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
}

/// A lead's id.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadLeft {
    lead: LeadRef,
}

/// A lead's id.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadRef {
    id: String,
}

/// Which leads to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedLeads {
    /// Only where the name, the company, the place, what they wrote or an address contains this.
    q: Option<String>,
    /// `new`, `contacted`, `won` or `closed`.
    state: Option<String>,
    /// As `next_cursor` said.
    cursor: Option<String>,
    /// At most so many, up to 50.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// A page of leads, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Leads {
    items: Vec<LeadView>,
    /// For the next page; none: this is the last.
    next_cursor: Option<String>,
}

/// Where to reach a lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReachLead {
    /// On which channel.
    channel: String,
}

/// Where to reach a visitor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// On which channel.
    channel: String,
    /// Where on it; none: where they were reached before, or what their lead says.
    address: Option<String>,
}

/// Writes a lead down.
#[utoipa::path(post, path = "/v1/leads", tag = "leads", request_body = NewLeadBody,
    security(("operator" = []), ("session" = [])), responses(
    (status = 201, body = LeadView),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Body(asked): Body<NewLeadBody>,
) -> Result<(StatusCode, Json<LeadView>), Problem> {
    let consent = consent(asked.consent, api.gateway.now())?;
    let lead = NewLead {
        about: About {
            name: line("name", asked.name)?,
            company: line("company", asked.company)?,
            place: line("place", asked.place)?,
            industry: line("industry", asked.industry)?,
            needs: words("needs", asked.needs)?,
            message: words("message", asked.message)?,
        },
        given: addresses(asked.phone, asked.email)?,
        consent,
    };
    if lead.about == About::default() && lead.given.is_empty() {
        let detail = "a lead needs something to know it by: a phone, an e-mail address, a name …";
        return Err(no_address(detail));
    }
    let id = api.gateway.make_lead(&operator, lead).await?;
    Ok((StatusCode::CREATED, shown(&api, &operator, id).await?))
}

/// Leads, the newest first.
#[utoipa::path(get, path = "/v1/leads", tag = "leads", params(WantedLeads),
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = Leads),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Params(asked): Params<WantedLeads>,
) -> Result<Json<Leads>, Problem> {
    let limit = match given(asked.limit.as_deref()) {
        Some(limit) => number(limit, "limit")?.clamp(1, u64::from(ROWS)),
        None => u64::from(ROWS),
    };
    let limit = usize::try_from(limit).unwrap_or(1);
    let wanted = wanted(&asked, limit)?;
    let mut cards = api.gateway.leads(&operator, &wanted).await?;
    let more = cards.len() > limit;
    cards.truncate(limit);
    let next_cursor = cards.last().filter(|_| more).map(cursor);
    Ok(Json(Leads {
        items: cards.iter().map(LeadView::of).collect(),
        next_cursor,
    }))
}

/// A lead with what is known of it.
#[utoipa::path(get, path = "/v1/leads/{id}", tag = "leads", params(("id" = String, Path)),
    security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = LeadView),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
) -> Result<Json<LeadView>, Problem> {
    shown(&api, &operator, id).await
}

/// Changes what is known of a lead.
#[utoipa::path(patch, path = "/v1/leads/{id}", tag = "leads", params(("id" = String, Path)),
    request_body = LeadChangeBody, security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = LeadView),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn change(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
    Body(asked): Body<LeadChangeBody>,
) -> Result<Json<LeadView>, Problem> {
    let change = asked.change(api.gateway.now())?;
    api.gateway.change_lead(&operator, id, change).await?;
    shown(&api, &operator, id).await
}

/// Erases a lead and every address that is known of it; its conversations stay. For owners and admins.
#[utoipa::path(delete, path = "/v1/leads/{id}", tag = "leads", params(("id" = String, Path)),
    security(("operator" = []), ("session" = [])), responses(
    (status = 204, description = "erased"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn erase(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
) -> Result<StatusCode, Problem> {
    api.gateway.erase_lead(&operator, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reaches out to a lead on a channel. However often it is asked, by however many, one conversation and one message come of it.
#[utoipa::path(post, path = "/v1/leads/{id}/reconnect", tag = "leads", params(("id" = String, Path)),
    request_body = ReachLead, security(("operator" = []), ("session" = [])), responses(
    (status = 202, body = Conversation, description = "greeting; or settled where they are there already, or with the reason why not"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn reconnect(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Id(id): Id<LeadId>,
    Body(asked): Body<ReachLead>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let reached = api.gateway.reconnect_lead(&operator, id, &asked.channel);
    let reached = reached.await;
    let caller = Caller::Operator(operator);
    let done = match reached {
        Ok(done) => done,
        Err(fault) => return Err(api.problem(&caller, fault).await),
    };
    let conversation = standing(&api, &caller, &done.stored).await?;
    Ok((StatusCode::ACCEPTED, conversation))
}

/// Reaches the visitor of a conversation on a phone channel, whatever its status.
#[utoipa::path(post, path = "/v1/conversations/{id}/reconnect", tag = "leads", params(("id" = String, Path)),
    request_body = Reach, security(("operator" = []), ("session" = [])), responses(
    (status = 202, body = Conversation, description = "greeting; or settled where they are there already, or with the reason why not"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn reconnect_conversation(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<ConversationId>,
    Body(Reach { channel, address }): Body<Reach>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let done = api.act(&caller, id, Deed::Reconnect { channel, address });
    let done = done.await?;
    let conversation = standing(&api, &caller, &done.stored).await?;
    Ok((StatusCode::ACCEPTED, conversation))
}

/// Leaves word of oneself when nobody is there, or corrects it: a visitor has one lead. Its message stays with it and begins no conversation.
#[utoipa::path(post, path = "/v1/visitors/lead", tag = "visitors", request_body = VisitorLead,
    security(("visitor" = [])), responses(
    (status = 201, body = LeadLeft),
    (status = 200, body = LeadLeft, description = "there was one; it is corrected"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn leave(
    State(api): State<Arc<Api>>,
    Visitor(visitor): Visitor,
    Body(asked): Body<VisitorLead>,
) -> Result<(StatusCode, Json<LeadLeft>), Problem> {
    let lead = asked.lead(&visitor)?;
    let (id, new) = api.gateway.tell_lead(&visitor, lead).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let lead = LeadRef { id: id.to_string() };
    Ok((status, Json(LeadLeft { lead })))
}

async fn shown(
    api: &Api,
    operator: &OperatorCaller,
    id: LeadId,
) -> Result<Json<LeadView>, Problem> {
    let card = api.gateway.lead(operator, id).await?;
    Ok(Json(LeadView::of(&card)))
}

impl LeadChangeBody {
    fn change(self, now: Timestamp) -> Result<LeadChange, Problem> {
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
    fn lead(self, visitor: &VisitorCaller) -> Result<NewLead, Problem> {
        let form = &visitor.organization.lead;
        if !self.consent {
            let detail = "nothing is kept without consent: send consent true once they agreed";
            let problem =
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "consent_required", detail);
            return Err(problem
                .with("field", "consent")
                .with("consent_text", &form.consent_text));
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
                text: form.consent_text.clone(),
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
    let wrong = || Problem::field("consent.at", "a time that has been, as RFC 3339 says it");
    let read = |at: String| {
        let at = chrono::DateTime::parse_from_rfc3339(&at).map_err(|_| wrong())?;
        let at = Timestamp(at.timestamp_millis());
        if at <= now { Ok(at) } else { Err(wrong()) }
    };
    let at = given.at.map(read).transpose()?;
    Ok(Some(ConsentGiven { text, at }))
}

fn state(word: &str) -> Result<LeadState, Problem> {
    let wrong = || Problem::field("state", "the state is new, contacted, won or closed");
    LeadState::of(word).ok_or_else(wrong)
}

/// One row more than is shown, to know whether another page follows.
fn wanted(asked: &WantedLeads, limit: usize) -> Result<Wanted, Problem> {
    let words = given(asked.q.as_deref());
    if words.is_some_and(|words| words.chars().count() > LONGEST_SEARCH) {
        return Err(Problem::field("q", "search for fewer words").with("limit", LONGEST_SEARCH));
    }
    let wrong = || {
        let detail = "the cursor is not one of ours";
        Problem::new(StatusCode::BAD_REQUEST, "malformed", detail).with("field", "cursor")
    };
    let cursor = given(asked.cursor.as_deref()).map(|text| place(text).ok_or_else(wrong));
    Ok(Wanted {
        state: given(asked.state.as_deref()).map(state).transpose()?,
        words: words.map(str::to_owned),
        cursor: cursor.transpose()?,
        limit: u32::try_from(limit + 1).unwrap_or(ROWS),
    })
}

/// Where the next page begins: when the last lead was made, and its id.
fn cursor(last: &LeadCard) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", last.lead.created_at.0, last.lead.id))
}

fn place(cursor: &str) -> Option<(Timestamp, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (at, id) = text.split_once(':')?;
    let id: LeadId = id.parse().ok()?;
    Some((Timestamp(at.parse().ok()?), id.to_string()))
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
