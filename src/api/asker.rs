//! Who asks: a visitor by their token, an operator by a token or the session cookie.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::{Api, Problem, cookie, network};
use crate::gateway::token::Token;
use crate::gateway::{Caller, OperatorCaller, VisitorCaller};

/// Anybody whom we know.
#[derive(Debug)]
pub struct Anybody(pub Caller);

/// A visitor.
#[derive(Debug)]
pub struct Visitor(pub VisitorCaller);

/// An operator.
#[derive(Debug)]
pub struct Operator(pub OperatorCaller);

/// The network that a request comes from, for those whom we do not know yet.
#[derive(Debug)]
pub struct Network(pub String);

impl FromRequestParts<Arc<Api>> for Network {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        api: &Arc<Api>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(network::of(parts, &api.trusted_proxies)))
    }
}

impl FromRequestParts<Arc<Api>> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let token = if parts.headers.contains_key(header::AUTHORIZATION) {
            bearer(&parts.headers).and_then(Token::parse)
        } else {
            let token = cookie::token(&parts.headers, api.secure());
            if token.is_some() && !may_use_the_cookie(parts, api) {
                return Err(Problem::new(
                    axum::http::StatusCode::FORBIDDEN,
                    "origin_not_allowed",
                    "with the session cookie, changes are taken from our own pages only; send the token as a bearer token instead",
                ));
            }
            token
        };
        let network = network::of(parts, &api.trusted_proxies);
        let caller = match token {
            Some(token) => api.gateway.authenticate(&token, &network).await?,
            None => None,
        };
        caller.map(Self).ok_or_else(Problem::unauthorized)
    }
}

impl FromRequestParts<Arc<Api>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        match Anybody::from_request_parts(parts, api).await?.0 {
            Caller::Visitor(visitor) => Ok(Self(visitor)),
            Caller::Operator(_) => Err(Problem::forbidden("only visitors can do this")),
        }
    }
}

impl FromRequestParts<Arc<Api>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        match Anybody::from_request_parts(parts, api).await?.0 {
            Caller::Operator(operator) => Ok(Self(operator)),
            Caller::Visitor(_) => Err(Problem::forbidden("only operators can do this")),
        }
    }
}

/// The bearer token, if there is one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A browser sends the cookie whoever wrote the page: only pages of ours may change something with it.
fn may_use_the_cookie(parts: &Parts, api: &Api) -> bool {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match text("origin") {
        Some(origin) => api.origins.is_own(origin),
        None => text("sec-fetch-site") == Some("same-origin"),
    }
}
