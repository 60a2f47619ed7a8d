//! The route table, and the document that is made from it.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Api, ApiState, attachments, conversations, desk, docs, edge, health, invitation, leads, links,
    messages, operators, organization, origins, pages, session, simulator, socket, switch,
    templates, visitors, webhooks, widgets,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Switchboard",
        description = "An open omnichannel chat gateway: one conversation, any channel, and back. Errors are RFC 9457 problems with a \
                       stable code. Times are RFC 3339 in UTC; ids are opaque. A visitor sends their token as a bearer token; an \
                       operator a bearer token or the session cookie.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    modifiers(&Security),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |about: &str| {
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some(about))
                    .build(),
            )
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "visitor",
            bearer("the token that POST /v1/visitors answered"),
        );
        components.add_security_scheme(
            "operator",
            bearer("the token that POST /v1/session answered"),
        );
        let cookie = ApiKey::Cookie(ApiKeyValue::new("switchboard_session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// Every route that is in the document.
fn table() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(visitors::create))
        .routes(routes!(visitors::name))
        .routes(routes!(leads::leave))
        .routes(routes!(widgets::read))
        .routes(routes!(conversations::open, conversations::list))
        .routes(routes!(conversations::read))
        .routes(routes!(conversations::events))
        .routes(routes!(conversations::mark_read))
        .routes(routes!(conversations::typing))
        .routes(routes!(messages::post))
        .routes(routes!(attachments::upload))
        .routes(routes!(attachments::read))
        .routes(routes!(attachments::linked))
        .routes(routes!(switch::switch, switch::cancel))
        .routes(routes!(switch::revert))
        .routes(routes!(links::write_first))
        .routes(routes!(links::come_back))
        .routes(routes!(templates::list))
        .routes(routes!(switch::challenge))
        .routes(routes!(invitation::command))
        .routes(routes!(invitation::decline))
        .routes(routes!(desk::claim))
        .routes(routes!(desk::transfer))
        .routes(routes!(desk::resolve))
        .routes(routes!(desk::reopen))
        .routes(routes!(leads::reconnect_conversation))
        .routes(routes!(leads::create, leads::list))
        .routes(routes!(leads::read, leads::change, leads::erase))
        .routes(routes!(leads::reconnect))
        .routes(routes!(desk::opt_out))
        .routes(routes!(
            session::sign_in,
            session::read,
            session::set_presence,
            session::sign_out
        ))
        .routes(routes!(operators::list))
        .routes(routes!(organization::messaging))
        .routes(routes!(organization::alarms))
        .routes(routes!(socket::open))
        .routes(routes!(webhooks::take, webhooks::shake))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::numbers))
}

/// The whole of what is served. The peer's address must come with each request: serve it with
/// [`into_make_service_with_connect_info`](Router::into_make_service_with_connect_info).
pub fn router(mut state: ApiState) -> Router {
    let simulator = state.simulator.take();
    let api = Arc::new(Api::new(state));
    let (documented, _) = table().split_for_parts();
    let router = documented
        .route("/openapi.json", get(document))
        .route("/docs", get(docs::page))
        .route("/docs/docs.js", get(docs::script))
        .route("/docs/docs.css", get(docs::style))
        .merge(pages::routes(&api, simulator.is_some()))
        .method_not_allowed_fallback(edge::wrong_method)
        .fallback(edge::nowhere)
        .with_state(api.clone());
    let router = match simulator {
        Some(simulator) => router.merge(simulator::routes(&simulator, &api)),
        None => router,
    };
    router
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(middleware::from_fn_with_state(api.clone(), origins::cors))
        .layer(middleware::from_fn_with_state(api, edge::edge))
}

async fn document(_: Request) -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text: &'static str = TEXT.get_or_init(openapi_json);
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        text,
    )
        .into_response()
}

/// The API document.
#[must_use]
pub fn openapi_json() -> String {
    let (_, mut document) = table().split_for_parts();
    describe(&mut document);
    document
        .to_pretty_json()
        .expect("the document is made of text and numbers")
}

/// Says of each answer that says nothing of itself what its status means: a description must be there.
fn describe(document: &mut utoipa::openapi::OpenApi) {
    let operations = document.paths.paths.values_mut().flat_map(|item| {
        let all = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        all.into_iter().flatten()
    });
    for operation in operations {
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                let status = status.parse().ok().and_then(|code: u16| {
                    axum::http::StatusCode::from_u16(code)
                        .ok()?
                        .canonical_reason()
                });
                status
                    .unwrap_or("what went wrong, and what to do")
                    .clone_into(&mut response.description);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_document_says_what_it_does_and_how_it_fails() {
        let document: serde_json::Value = serde_json::from_str(&openapi_json()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() >= 20, "{}", paths.len());
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap() {
                assert!(
                    operation["summary"].is_string(),
                    "{method} {path} has no summary"
                );
                let answers = operation["responses"].as_object().unwrap();
                let fails = answers.contains_key("default")
                    || path.starts_with("/healthz")
                    || path.starts_with("/metrics");
                assert!(
                    fails || answers.contains_key("503"),
                    "{method} {path} does not say how it fails"
                );
            }
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_parameters_that_can_be_and_answers_that_say_what_they_are()
     {
        let document: serde_json::Value = serde_json::from_str(&openapi_json()).unwrap();
        let mut names = std::collections::HashSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let name = operation["operationId"].as_str().unwrap().to_owned();
                assert!(names.insert(name), "{method} {path} has another's name");
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    let described = answer["description"].as_str().unwrap_or_default();
                    assert!(!described.is_empty(), "{method} {path} {status}");
                }
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let name = parameter["name"].as_str().unwrap();
                    let in_path = parameter["in"] == "path";
                    assert_eq!(
                        in_path,
                        path.contains(&format!("{{{name}}}")),
                        "{method} {path} {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_only_operators_are_shown_is_not_required_of_a_visitors_conversation() {
        let document: serde_json::Value = serde_json::from_str(&openapi_json()).unwrap();
        let schemas = &document["components"]["schemas"];
        let all = schemas["Conversation"]["allOf"].as_array().unwrap();
        assert!(all.iter().all(|part| part.get("oneOf").is_none()));
        assert!(schemas["Desk"].get("required").is_none());
    }

    #[test]
    fn what_the_document_speaks_of_is_in_it() {
        let text = openapi_json();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
        assert!(schemas.contains_key("Conversation") && schemas.contains_key("ProblemBody"));
    }
}
