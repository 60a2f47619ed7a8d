//! Which web pages may speak to us: origins are read and compared as a whole, never by how they begin.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Api;
use super::asker;
use crate::config::Origin;
use crate::gateway::connections::{Directory, Organization};
use crate::gateway::token::Token;

/// The origins that are allowed, ours and each organization's.
#[derive(Debug)]
pub struct Origins {
    own: HashSet<Origin>,
    organizations: HashMap<Arc<str>, HashSet<Origin>>,
}

/// Put on a response whose request names its organization in no token.
#[derive(Clone, Debug)]
pub struct Of(pub Arc<str>);

impl Origins {
    /// Our own, and those of every organization.
    #[must_use]
    pub fn new(own: impl IntoIterator<Item = Origin>, directory: &Directory) -> Self {
        let of = |organization: &Arc<Organization>| {
            let origins = organization
                .allowed_origins
                .iter()
                .filter_map(|origin| Origin::parse(origin))
                .collect();
            (organization.id.clone(), origins)
        };
        Self {
            own: own.into_iter().collect(),
            organizations: directory.organizations().map(of).collect(),
        }
    }

    /// Whether it is a page of ours.
    #[must_use]
    pub fn is_own(&self, origin: &str) -> bool {
        Origin::parse(origin).is_some_and(|origin| self.own.contains(&origin))
    }

    /// Whether a page may read what is this organization's; with none named, whether it is anybody's page.
    #[must_use]
    pub fn allows(&self, origin: &str, organization: Option<&str>) -> bool {
        let Some(origin) = Origin::parse(origin) else {
            return false;
        };
        self.own.contains(&origin)
            || match organization {
                Some(id) => self
                    .organizations
                    .get(id)
                    .is_some_and(|origins| origins.contains(&origin)),
                None => self
                    .organizations
                    .values()
                    .any(|origins| origins.contains(&origin)),
            }
    }
}

/// Lets the pages of an organization's sites read what their token opens.
pub async fn cors(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/v1/") {
        return next.run(request).await;
    }
    let own_only = request.uri().path() == "/v1/session";
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .map(str::to_owned);
    let named = bearer_organization(request.headers());
    let asks = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let organization = response
        .extensions_mut()
        .remove::<Of>()
        .map(|Of(id)| id.to_string())
        .or(named);
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin
        && if own_only {
            api.origins.is_own(&origin)
        } else {
            api.origins.allows(&origin, organization.as_deref())
        }
        && let Ok(value) = HeaderValue::from_str(&origin)
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        for (name, value) in if asks { PREFLIGHT } else { ACTUAL } {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
    }
    response
}

const PREFLIGHT: &[(HeaderName, &str)] = &[
    (
        header::ACCESS_CONTROL_ALLOW_METHODS,
        "GET, POST, PUT, PATCH, DELETE",
    ),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "authorization, content-type",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
];
const ACTUAL: &[(HeaderName, &str)] = &[(
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    "retry-after, x-request-id",
)];

/// The organization that the bearer token names. Whether the token is good is asked elsewhere.
fn bearer_organization(headers: &HeaderMap) -> Option<String> {
    let token = Token::parse(asker::bearer(headers)?)?;
    Some(token.organization().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Origins {
        let mut directory = Directory::default();
        for (id, site) in [
            ("acme", "https://acme.example"),
            ("other", "https://other.example"),
        ] {
            directory.add(Organization {
                id: Arc::from(id),
                name: id.to_owned(),
                widget_key: format!("wk_{id}"),
                allowed_origins: vec![site.to_owned()],
                countries: Vec::new(),
                way_back: Default::default(),
                lead: crate::config::LeadForm::default(),
                connections: Vec::new(),
            });
        }
        Origins::new(Origin::parse("http://127.0.0.1:8080"), &directory)
    }

    #[test]
    fn a_page_reads_what_is_its_own_organizations() {
        let origins = origins();
        assert!(origins.allows("https://acme.example", Some("acme")));
        assert!(
            origins.allows("https://ACME.example:443", Some("acme")),
            "the same origin in another form"
        );
        assert!(!origins.allows("https://acme.example", Some("other")));
        assert!(
            origins.allows("http://127.0.0.1:8080", Some("other")),
            "our own pages are everybody's"
        );
    }

    #[test]
    fn what_only_looks_like_an_allowed_origin_is_not() {
        let origins = origins();
        for origin in [
            "https://acme.example.evil.example",
            "https://evil-acme.example",
            "http://acme.example",
            "https://acme.example:8443",
            "https://acme.example@evil.example",
            "null",
            "*",
            "",
        ] {
            assert!(
                !origins.allows(origin, Some("acme")) && !origins.allows(origin, None),
                "{origin}"
            );
        }
    }

    #[test]
    fn an_organizations_page_is_not_ours() {
        assert!(!origins().is_own("https://acme.example"));
        assert!(origins().is_own("http://127.0.0.1:8080"));
    }
}
