//! Which organizations there are and how each can be reached: the wiring of the adapters, in the open.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use contract::{Capabilities, Channel};

use super::tickets::WayBack;
use crate::config::LeadForm;
use crate::core::Leg;
use crate::core::event::Template;

/// The web connection's name in every organization.
pub const WEB: &str = "web";

/// Everything that configuration says of organizations, looked up by what requests carry.
#[derive(Debug, Default)]
pub struct Directory {
    organizations: HashMap<Arc<str>, Arc<Organization>>,
    by_widget: HashMap<String, Arc<Organization>>,
    connections: HashMap<Arc<str>, Arc<Connection>>,
}

/// One organization and how it can be reached.
#[derive(Debug)]
pub struct Organization {
    /// Its id.
    pub id: Arc<str>,
    /// What visitors read.
    pub name: String,
    /// What names it in the embed snippet.
    pub widget_key: String,
    /// Web origins that may embed its window, besides our own.
    pub allowed_origins: Vec<String>,
    /// Countries whose numbers may be sent a welcome; empty: any.
    pub countries: Vec<String>,
    /// What it answers to who asks on a phone for the way back.
    pub way_back: WayBack,
    /// What its visitors are asked for when nobody is there.
    pub lead: LeadForm,
    /// How it can be reached, the web first.
    pub connections: Vec<Arc<Connection>>,
}

/// One configured account on a channel.
pub struct Connection {
    /// Its name, unique in the server (the web's apart).
    pub id: Arc<str>,
    /// Whose it is.
    pub organization: Arc<str>,
    /// Our own address on it, as the provider names it.
    pub own: Option<String>,
    /// Our own address on it, as people write to it.
    pub number: Option<String>,
    /// What the adapter says that it can do.
    pub capabilities: Capabilities,
    /// The adapter.
    pub channel: Arc<dyn Channel>,
    /// Switched on.
    pub enabled: bool,
    /// The first message of a new leg.
    pub welcome: Arc<str>,
    /// The template that the welcome goes out as.
    pub welcome_template: Option<Template>,
    /// The origin of its `api_base`: media may be fetched from there, wherever it is.
    pub own_origin: Option<url::Origin>,
    /// What one segment costs, in the connection's price units.
    pub price: f64,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("channel", &self.capabilities.channel)
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// Adds an organization.
    pub fn add(&mut self, organization: Organization) {
        let organization = Arc::new(organization);
        for connection in &organization.connections {
            if &*connection.id != WEB {
                self.connections
                    .insert(connection.id.clone(), connection.clone());
            }
        }
        self.by_widget
            .insert(organization.widget_key.clone(), organization.clone());
        self.organizations
            .insert(organization.id.clone(), organization);
    }

    /// The organization of that id.
    #[must_use]
    pub fn organization(&self, id: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(id)
    }

    /// The organization that a widget key names.
    #[must_use]
    pub fn by_widget(&self, key: &str) -> Option<&Arc<Organization>> {
        self.by_widget.get(key)
    }

    /// The connection that a webhook's path names.
    #[must_use]
    pub fn connection(&self, id: &str) -> Option<&Arc<Connection>> {
        self.connections.get(id)
    }

    /// Every organization.
    pub fn organizations(&self) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations.values()
    }

    /// Every connection that carries messages to a provider.
    pub fn carriers(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.connections.values()
    }
}

impl Organization {
    /// Its connection of that name.
    #[must_use]
    pub fn connection(&self, id: &str) -> Option<&Arc<Connection>> {
        self.connections
            .iter()
            .find(|connection| &*connection.id == id)
    }

    /// The word of a leg's channel; none where its connection is configured no more.
    #[must_use]
    pub fn channel_of(&self, leg: Option<&Leg>) -> Option<String> {
        let connection = self.connection(&leg?.connection)?;
        Some(connection.capabilities.channel.to_string())
    }

    /// Whether an address on a channel is its own, by whichever connection, switched on or not.
    #[must_use]
    pub fn owns(&self, channel: &str, address: &str) -> bool {
        self.connections.iter().any(|connection| {
            connection.capabilities.channel == channel
                && connection.number.as_deref() == Some(address)
        })
    }

    /// Its connections on a channel that are switched on, in the order of configuration.
    pub fn on<'a>(&'a self, channel: &'a str) -> impl Iterator<Item = &'a Arc<Connection>> {
        self.connections.iter().filter(move |connection| {
            connection.enabled && connection.capabilities.channel == channel
        })
    }
}

impl From<contract::TemplateUse> for Template {
    fn from(used: contract::TemplateUse) -> Self {
        Self {
            id: used.id.into(),
            language: used.language.into(),
            variables: used
                .variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }
}

impl From<&Template> for contract::TemplateUse {
    fn from(template: &Template) -> Self {
        Self {
            id: template.id.to_string(),
            language: template.language.to_string(),
            variables: template
                .variables
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        }
    }
}
