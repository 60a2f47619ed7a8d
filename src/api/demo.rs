//! The start values of the demonstration's pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::{Api, Problem};
use crate::config::Config;

/// The phone that stands beside the shop: a number that is set aside for fiction.
const PHONE: &str = "+12025550147";

/// The demonstration: one organization, one operator.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Names the organization.
    pub widget_key: String,
    /// What it is called.
    pub organization: String,
    /// The operator's sign-in, which is no secret: the demonstration is this machine's alone.
    pub email: String,
    /// See `email`.
    pub password: String,
}

impl Demo {
    /// The demonstration of a configuration: its first organization and operator.
    #[must_use]
    pub fn of(config: &Config, password: &str) -> Self {
        let organization = config.organizations.first();
        let operator = organization.and_then(|organization| organization.operators.first());
        Self {
            widget_key: organization
                .map(|organization| organization.widget_key.clone())
                .unwrap_or_default(),
            organization: organization
                .map(|organization| organization.name.clone())
                .unwrap_or_default(),
            email: operator
                .map(|operator| operator.email.clone())
                .unwrap_or_default(),
            password: password.to_owned(),
        }
    }
}

/// What the demonstration's pages begin with.
#[derive(Debug, Serialize)]
pub struct Start {
    shop: &'static str,
    console: &'static str,
    phone: &'static str,
    docs: &'static str,
    widget_key: String,
    operator: SignIn,
    phone_number: &'static str,
    organization: String,
}

#[derive(Debug, Serialize)]
struct SignIn {
    email: String,
    password: String,
}

pub async fn config(State(api): State<Arc<Api>>) -> Result<Json<Start>, Problem> {
    let demo = api.demo.clone().ok_or_else(|| Problem::not_found("page"))?;
    // Paths, not addresses: the pages work by whatever name this machine is called.
    Ok(Json(Start {
        shop: "/shop",
        console: "/console?demo=1",
        phone: "/phone",
        docs: "/docs",
        widget_key: demo.widget_key,
        operator: SignIn {
            email: demo.email,
            password: demo.password,
        },
        phone_number: PHONE,
        organization: demo.organization,
    }))
}
