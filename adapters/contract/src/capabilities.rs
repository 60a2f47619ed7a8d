//! What a channel can do, as data.

use std::borrow::Cow;

use serde::Serialize;

use crate::{AddressKind, Millis};

/// What a channel offers. Differences between channels are these fields and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// The channel's word in configuration, API and log (`web`, `sms`, …).
    pub channel: Cow<'static, str>,
    /// We hold the visitor's live connections ourselves: a leg is always usable, needs no welcome, and is a view of the log.
    pub holds_connections: bool,
    /// What a visitor must give to be reached here, if anything.
    pub asks: Option<AddressKind>,
    /// The longest text of one message, in Unicode characters.
    pub text_limit: usize,
    /// The provider reports delivery to the device.
    pub reports_delivered: bool,
    /// The provider reports that a person opened the message.
    pub reports_read: bool,
    /// [`Channel::find`](crate::Channel::find) can settle an unknown outcome.
    pub finds: bool,
    /// Text is billed by segments (GSM-7 / UCS-2): the console shows the count.
    pub counts_segments: bool,
    /// For how long after a person's message free text may be sent to them; outside, only a template. None: at any time.
    pub window: Option<Millis>,
    /// What somebody who has not written may be sent first.
    pub opens_with: Opening,
    /// [`Channel::link`](crate::Channel::link) leads a person to write to us first.
    pub links: bool,
    /// [`Channel::templates`](crate::Channel::templates) lists what has been approved.
    pub lists_templates: bool,
    /// [`Channel::inbound_since`](crate::Channel::inbound_since) lists what people wrote, for what no webhook brought.
    pub lists_inbound: bool,
    /// [`Channel::mark`](crate::Channel::mark) tells a person that their message was read, or that somebody writes.
    pub marks: bool,
    /// The media that it carries; what it does not goes as a link.
    pub media: Cow<'static, [MediaRule]>,
    /// How many files go with one message; the others go as links in its text.
    pub media_at_once: usize,
    /// Media go with their bytes, and not by a link that the provider fetches.
    pub uploads: bool,
}

impl Capabilities {
    /// A channel of that name that takes text of that length, at any time, and nothing else: the rest is said with `..`.
    #[must_use]
    pub const fn plain(channel: &'static str, text_limit: usize) -> Self {
        Self {
            channel: Cow::Borrowed(channel),
            holds_connections: false,
            asks: None,
            text_limit,
            reports_delivered: false,
            reports_read: false,
            finds: false,
            counts_segments: false,
            window: None,
            opens_with: Opening::Text,
            links: false,
            lists_templates: false,
            lists_inbound: false,
            marks: false,
            media: Cow::Borrowed(&[]),
            media_at_once: 1,
            uploads: false,
        }
    }

    /// Whether it depends on what a person wrote, and when, what they may be sent.
    #[must_use]
    pub fn bounds_free_text(&self) -> bool {
        self.window.is_some() || self.opens_with != Opening::Text
    }

    /// Whether a file can go as what it is. Its type is compared without parameters, in any case.
    #[must_use]
    pub fn carries(&self, content_type: &str, bytes: u64) -> bool {
        self.rule_for(content_type, bytes).is_some()
    }

    /// The rule by which a file can go as what it is, if it can.
    #[must_use]
    pub fn rule_for(&self, content_type: &str, bytes: u64) -> Option<&MediaRule> {
        let bare = content_type.split(';').next().unwrap_or_default().trim();
        let family = bare.split('/').next().unwrap_or_default();
        self.media.iter().find(|rule| {
            bytes <= rule.limit
                && match rule.content_type.strip_suffix("/*") {
                    Some(of) => of.eq_ignore_ascii_case(family),
                    None => bare.eq_ignore_ascii_case(&rule.content_type),
                }
        })
    }
}

/// What somebody who has not written yet may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// Any text.
    Text,
    /// A template that the provider has approved.
    Template,
    /// Nothing: they must write first.
    Nothing,
}

/// A kind of file that a channel carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaRule {
    /// `image/png`, or `image/*` for all of a family.
    pub content_type: Cow<'static, str>,
    /// The largest, in bytes.
    pub limit: u64,
    /// The longest text that goes with it, in Unicode characters, where that is less than of any message; 0: it goes without words.
    pub caption: Option<usize>,
}

impl MediaRule {
    /// A rule of that type and limit.
    #[must_use]
    pub const fn new(content_type: &'static str, limit: u64) -> Self {
        Self {
            content_type: Cow::Borrowed(content_type),
            limit,
            caption: None,
        }
    }

    /// The same with no more than so much text beside it.
    #[must_use]
    pub const fn captioned(mut self, limit: usize) -> Self {
        self.caption = Some(limit);
        self
    }
}
