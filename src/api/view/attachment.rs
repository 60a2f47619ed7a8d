//! A file that goes with a message, as it is now.

use serde::Serialize;
use utoipa::ToSchema;

use crate::core::Timestamp;
use crate::core::event;
use crate::gateway::attachments::{AT_ONCE, Media};
use crate::media::link::Links;
use crate::store::attachments::{self, State};

/// A file that goes with a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attachment {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What it is called.
    name: String,
    /// What its bytes show it to be; while it is being fetched, what its provider says.
    content_type: String,
    /// How many bytes it has; none while that is not known.
    size: Option<u64>,
    /// `here`, `fetching` or `gone`.
    state: &'static str,
    /// Where its bytes can be had, without a token, for an hour at least: it is another with every look at the log. None while they are not here.
    url: Option<String>,
}

/// What may be uploaded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Uploads {
    /// The largest file, in bytes.
    limit: u64,
    /// How many go with one message.
    at_once: usize,
}

impl Uploads {
    /// What that server takes.
    #[must_use]
    pub fn of(media: &Media) -> Self {
        Self {
            limit: media.terms.max_bytes,
            at_once: AT_ONCE,
        }
    }
}

/// What is known of files just now, and where they can be had.
pub struct Files<'a> {
    /// Whose they are.
    pub organization: &'a str,
    /// Makes their links.
    pub links: &'a Links,
    /// The time.
    pub now: Timestamp,
    /// What is known; of what is not in here, the log says enough.
    pub known: &'a [attachments::Attachment],
}

impl Attachment {
    /// A file as the log has it: one that was brought to us was here then, one at a provider was not.
    #[must_use]
    pub fn of(said: &event::Attachment) -> Self {
        let state = match (&said.id, said.size) {
            (None, _) => "gone",
            (Some(_), Some(_)) => "here",
            (Some(_), None) => "fetching",
        };
        Self {
            id: said.id.as_deref().map(str::to_owned),
            name: said.name.as_deref().unwrap_or("file").to_owned(),
            content_type: said.content_type.to_string(),
            size: said.size,
            state,
            url: None,
        }
    }

    /// A file as it is known now.
    #[must_use]
    pub fn known(file: &attachments::Attachment, files: &Files<'_>) -> Self {
        let mut shown = Self {
            id: Some(file.id.clone()),
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            size: file.size,
            state: word(file.state),
            url: None,
        };
        shown.link(files);
        shown
    }

    /// The file as it is now.
    pub(super) fn stand(&mut self, files: &Files<'_>) {
        let known = self.id.as_deref().and_then(|id| {
            let mut known = files.known.iter();
            known.find(|file| file.id == id)
        });
        match known {
            Some(file) => *self = Self::known(file, files),
            None => self.link(files),
        }
    }

    fn link(&mut self, files: &Files<'_>) {
        if let (Some(id), "here") = (&self.id, self.state) {
            let link = files.links.for_reader(files.organization, id, files.now);
            self.url = Some(link);
        }
    }
}

/// The word of a state; that one was refused is for the log of the server.
fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "fetching",
        State::Here => "here",
        State::Gone | State::Refused => "gone",
    }
}
