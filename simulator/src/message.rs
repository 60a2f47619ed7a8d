//! One message in the network's books, as the account that sent or got it and the phone both see it.

use serde::Serialize;

/// A message's place in the order of the network, from 1. Its id is made of it.
pub(crate) type Serial = u64;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) serial: Serial,
    pub(crate) sid: String,
    /// The account that sent it or that it was written to.
    pub(crate) account: String,
    /// The messaging service it went through, if any.
    pub(crate) service: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
    pub(crate) segments: usize,
    pub(crate) direction: Direction,
    pub(crate) status: Status,
    pub(crate) error_code: Option<u32>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// When the network handed it on; nothing before.
    pub(crate) sent: Option<i64>,
    /// It is on the phone, or was.
    pub(crate) on_phone: bool,
    /// How far the webhook that tells the account of it has got.
    pub(crate) told: Told,
    /// The account has taken the text out of its log.
    pub(crate) redacted: bool,
    /// The account has deleted it from its log; the phone has it still.
    pub(crate) deleted: bool,
}

/// A file that a message carries, by its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Media {
    pub(crate) url: String,
    pub(crate) content_type: String,
}

impl Media {
    /// A file of which nothing but the address is known.
    pub(crate) fn at(url: String) -> Self {
        Self {
            url,
            content_type: "application/octet-stream".to_owned(),
        }
    }
}

/// Which way a message goes, in Twilio's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    Inbound,
    OutboundApi,
    /// The carrier's own answer to a consent word.
    OutboundReply,
}

/// How far a message has got, in Twilio's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Accepted,
    Queued,
    Sent,
    Delivered,
    Undelivered,
    Received,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Received => "received",
        }
    }
}

/// How far the webhook for a phone's message has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// On its way.
    Pending,
    /// The account's server has taken it.
    Yes,
    /// It has not, and will not be asked again.
    No,
}

impl Message {
    /// The handset's number.
    pub(crate) fn phone(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.from,
            Direction::OutboundApi | Direction::OutboundReply => &self.to,
        }
    }

    /// Whether no sender was chosen yet: a messaging service does so as it sends.
    pub(crate) fn sender_is_open(&self) -> bool {
        self.service.is_some() && matches!(self.status, Status::Accepted | Status::Queued)
    }
}
