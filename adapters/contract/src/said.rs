//! What we tell a provider: messages, marks and templates, and what came of it.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Address, Failure, Fate, Millis};

/// Something that a person is told which is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Their message was read, and those before it.
    Read {
        /// The provider's id of their message.
        provider_id: String,
        /// Who wrote it.
        to: Address,
    },
    /// Somebody writes to them.
    Typing {
        /// The provider's id of their last message.
        provider_id: String,
        /// Whom it goes to.
        to: Address,
    },
}

/// A message that the provider has approved beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// What it is called at the provider: a name, a `ContentSid`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its language, as the provider writes it.
    pub language: String,
    /// What it is for, as the provider says: `utility`, `marketing`, …
    pub category: String,
    /// It may be sent now.
    pub approved: bool,
    /// The provider's own word for how far its approval is.
    pub status: String,
    /// Its text, each variable as `{{name}}`.
    pub body: String,
    /// The names of its variables, in order, each once.
    pub variables: Vec<String>,
}

impl Template {
    /// The names of the variables of a text, in order, each once: what stands between `{{` and `}}`.
    #[must_use]
    pub fn variables_of(body: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in body.split("{{").skip(1) {
            let Some((name, _)) = part.split_once("}}") else {
                continue;
            };
            if !name.is_empty() && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// The text with its variables filled in: what the person will read. None where one is missing or left empty.
    #[must_use]
    pub fn preview(&self, variables: &[(String, String)]) -> Option<String> {
        let mut text = self.body.clone();
        for wanted in &self.variables {
            let (_, value) = variables
                .iter()
                .find(|(name, value)| name == wanted && !value.trim().is_empty())?;
            text = text.replace(&format!("{{{{{wanted}}}}}"), value);
        }
        Some(text)
    }
}

/// A template as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TemplateUse {
    /// What it is called at the provider.
    pub id: String,
    /// Its language.
    pub language: String,
    /// The names of its variables and what they stand for, in order.
    pub variables: Vec<(String, String)>,
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundMedia {
    /// What it is.
    pub content_type: String,
    /// What it is called.
    pub name: String,
    /// Where anybody can fetch it for a short time.
    pub link: String,
    /// Its bytes; only where [`Capabilities::uploads`](crate::Capabilities::uploads).
    pub bytes: Option<Bytes>,
}

/// One message to hand to the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbound {
    /// Our id of this delivery: the adapter makes the provider carry it back in callbacks.
    pub delivery: String,
    /// Whom it goes to.
    pub to: Address,
    /// The text, to be sent unchanged; of a template, what the person will read.
    pub text: String,
    /// The template that the text is of.
    pub template: Option<TemplateUse>,
    /// Files that go with it; each is one that the channel carries.
    pub media: Vec<OutboundMedia>,
    /// Where the provider should post what becomes of it: `public_url` + `/webhooks/{connection}`, without our id.
    pub callback_url: String,
}

/// The provider has taken the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's id of it.
    pub provider_id: String,
    /// How far it has got already.
    pub fate: Fate,
    /// What the provider calls the person it goes to, the first of which is the best.
    pub also: Vec<Address>,
}

/// What can go wrong with a call to the provider. The variant says whether trying again may help and is safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// A definite no: never tried again.
    #[error("refused: {}", .0.detail)]
    Rejected(Failure),
    /// Not processed, come back later: safe to try again.
    #[error("throttled")]
    Throttled {
        /// As the provider asked, if it did.
        retry_after: Option<Duration>,
    },
    /// The request never reached the provider: safe to try again.
    #[error("not reached: {0}")]
    Unavailable(String),
    /// The provider may or may not have it: never repeated blindly.
    #[error("outcome unknown: {0}")]
    OutcomeUnknown(String),
}

/// A message whose outcome we do not know, as the provider would list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whom it went to.
    pub to: Address,
    /// Its text; none where it was a template, whose words are the provider's.
    pub text: Option<String>,
    /// Not handed over before this time.
    pub since: Millis,
    /// Provider ids that are known to be other messages of ours.
    pub known: Vec<String>,
}

/// What the provider's list says of a wanted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has it.
    There(Accepted),
    /// It answered, and does not have it.
    Absent,
    /// It could not be asked, or two messages fit.
    CannotTell,
}
