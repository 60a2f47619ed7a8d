//! Templates: what providers have approved to be sent to people who have not written lately.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::Operator;
use super::extract::Params;
use super::problem::ProblemBody;
use super::{Api, Problem};

/// Which templates.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Of this connection only.
    connection: Option<String>,
    /// Of this channel only.
    channel: Option<String>,
}

/// A template as its provider lists it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateView {
    /// The connection that it can be sent by.
    connection: String,
    channel: String,
    /// What it is called at the provider.
    id: String,
    name: String,
    language: String,
    /// What it is for, as the provider says.
    category: String,
    /// It may be sent now.
    approved: bool,
    /// The provider's own word for how far its approval is.
    status: String,
    /// Its text, each variable as `{{name}}`.
    body: String,
    /// The names of its variables, in order.
    variables: Vec<String>,
}

/// Templates of all connections that were asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateList {
    items: Vec<TemplateView>,
    /// Always none: they come at once.
    next_cursor: Option<String>,
    /// Connections whose provider did not answer.
    unanswered: Vec<String>,
}

/// Lists the templates that the organization's providers know.
#[utoipa::path(get, operation_id = "list_templates", path = "/v1/templates", tag = "messages", params(Wanted), security(("operator" = []), ("session" = [])), responses(
    (status = 200, body = TemplateList),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    Operator(operator): Operator,
    Params(wanted): Params<Wanted>,
) -> Result<Json<TemplateList>, Problem> {
    let is =
        |wanted: &Option<String>, word: &str| wanted.as_deref().is_none_or(|wanted| wanted == word);
    let mut list = TemplateList {
        items: Vec::new(),
        next_cursor: None,
        unanswered: Vec::new(),
    };
    for connection in &operator.organization.connections {
        let can = &connection.capabilities;
        if !can.lists_templates
            || !is(&wanted.connection, &connection.id)
            || !is(&wanted.channel, &can.channel)
        {
            continue;
        }
        let Ok(templates) = api.gateway.templates(connection).await else {
            list.unanswered.push(connection.id.to_string());
            continue;
        };
        list.items
            .extend(templates.iter().map(|template| TemplateView {
                connection: connection.id.to_string(),
                channel: can.channel.to_string(),
                id: template.id.clone(),
                name: template.name.clone(),
                language: template.language.clone(),
                category: template.category.clone(),
                approved: template.approved,
                status: template.status.clone(),
                body: template.body.clone(),
                variables: template.variables.clone(),
            }));
    }
    Ok(Json(list))
}
