//! Templates: what providers have approved to be sent to people who have not written lately, as they list it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use contract::Template;

use super::connections::Connection;
use super::{Fault, Gateway};
use crate::bus::unpoisoned;
use crate::core::Timestamp;
use crate::core::event::Template as Used;

/// A list is asked for anew after this; approvals take minutes to days.
const FRESH: i64 = 5 * 60_000;

/// What each connection's provider listed last.
#[derive(Debug, Default)]
pub(super) struct Templates(Mutex<HashMap<Arc<str>, Listed>>);

#[derive(Clone, Debug)]
struct Listed {
    at: Timestamp,
    templates: Arc<Vec<Template>>,
}

/// A template that an operator chose, with its variables filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Whose it is.
    pub connection: Arc<str>,
    /// As it is sent.
    pub template: Used,
    /// What the person will read.
    pub text: String,
}

impl Gateway {
    /// What a connection's provider has approved, or not yet: a few minutes old at most, older where it does not answer.
    ///
    /// # Errors
    /// When it does not answer, and never did.
    pub async fn templates(&self, connection: &Connection) -> Result<Arc<Vec<Template>>, Fault> {
        if !connection.capabilities.lists_templates {
            return Ok(Arc::default());
        }
        let now = self.now();
        let last = unpoisoned(&self.templates.0).get(&connection.id).cloned();
        if let Some(last) = last.as_ref().filter(|last| now < last.at.plus(FRESH)) {
            return Ok(last.templates.clone());
        }
        match connection.channel.templates().await {
            Ok(templates) => {
                let templates = Arc::new(templates);
                let listed = Listed {
                    at: now,
                    templates: templates.clone(),
                };
                unpoisoned(&self.templates.0).insert(connection.id.clone(), listed);
                Ok(templates)
            }
            Err(error) => {
                tracing::warn!(connection = %connection.id, %error, "the provider's templates could not be listed");
                last.map(|last| last.templates)
                    .ok_or(Fault::ProviderUnavailable)
            }
        }
    }

    /// A template of a connection with its variables filled in.
    ///
    /// # Errors
    /// `BadTemplate` where there is none such, it is not approved, or a variable is missing.
    pub async fn choose(
        &self,
        connection: &Connection,
        id: &str,
        language: &str,
        variables: &[(String, String)],
    ) -> Result<Chosen, Fault> {
        let templates = self.templates(connection).await?;
        let named = |template: &&Template| template.id == id && template.language == language;
        let template = templates.iter().find(named).ok_or_else(|| {
            Fault::BadTemplate(format!(
                "there is no template {id} in the language {language} on this channel"
            ))
        })?;
        if !template.approved {
            let status = &template.status;
            return Err(Fault::BadTemplate(format!(
                "the provider has not approved this template: {status}"
            )));
        }
        let unknown = variables
            .iter()
            .find(|(name, _)| !template.variables.contains(name));
        if let Some((name, _)) = unknown {
            return Err(Fault::BadTemplate(format!(
                "this template has no variable {name}"
            )));
        }
        let text = template.preview(variables).ok_or_else(|| {
            Fault::BadTemplate(format!(
                "fill in every variable of this template: {}",
                template.variables.join(", ")
            ))
        })?;
        let filled = template.variables.iter().filter_map(|name| {
            let (name, value) = variables.iter().find(|(given, _)| given == name)?;
            Some((name.as_str().into(), value.as_str().into()))
        });
        Ok(Chosen {
            connection: connection.id.clone(),
            template: Used {
                id: id.into(),
                language: language.into(),
                variables: filled.collect(),
            },
            text,
        })
    }
}
