//! One message in the network's books, as the account that sent or got it and the phone both see it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::faults::Faults;

/// A message's place in the order of the network, from 1. Its id is made of it.
pub(crate) type Serial = u64;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) serial: Serial,
    /// Its id in the provider's words.
    pub(crate) sid: String,
    pub(crate) provider: Provider,
    pub(crate) channel: Channel,
    /// The account that sent it or that it was written to: an account of Twilio's, a WhatsApp business account, or a bot.
    pub(crate) account: String,
    /// The messaging service it went through, if any.
    pub(crate) service: Option<String>,
    /// Numbers in E.164 form on every channel, but a bot's name on Telegram. A recipient nobody knows stands as it was given.
    pub(crate) from: String,
    pub(crate) to: String,
    /// How the account named the recipient.
    pub(crate) named: Named,
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
    pub(crate) content: Content,
    /// The message that it answers.
    pub(crate) reply_to: Option<String>,
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
    /// The person has looked at it, though the account may not be told yet.
    pub(crate) seen: bool,
    pub(crate) fate: Fate,
    /// How far the webhook that tells the account of it has got.
    pub(crate) told: Told,
    /// The account has taken the text out of its log.
    pub(crate) redacted: bool,
    /// The account has deleted it from its log; the phone has it still.
    pub(crate) deleted: bool,
}

/// What carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    Sms,
    WhatsApp,
    Telegram,
}

/// Whose API a message went or came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Twilio,
    Meta,
    Telegram,
}

/// How an account names whom it writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    ByNumber,
    ByUserId,
}

/// What the faults and the state of its moment make of one accepted message.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    /// What its reports carry back: Twilio's callback URL, or Meta's opaque data.
    pub(crate) callback: Option<String>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) end: End,
}

/// How a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// On the phone.
    Delivered,
    /// Handed on, and reported with this code, this much later (`None`: as soon as a delivery would be).
    Undelivered { code: u32, after: Option<u64> },
    /// Never handed on.
    Failed { code: u32 },
    /// Handed on, and nothing more is ever heard of it: the person has blocked the number.
    Silent,
}

/// What a message is beside its text and files.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Plain,
    Template(Sent),
    /// A text with answers to choose from.
    Choices(Vec<Choice>),
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
    },
    /// An empty `emoji` takes the reaction back.
    Reaction {
        to: String,
        emoji: String,
    },
    /// A tap on a template's quick answer.
    Button {
        text: String,
        payload: String,
    },
    /// A tap on a button, or a row of a list, of an interactive message.
    Chosen {
        choice: Choice,
        from_list: bool,
    },
    /// Cards of people, as the API writes them.
    Contacts(Value),
    /// The person has another number, or is known by another id, from now on.
    System {
        body: String,
        wa_id: Option<String>,
        user_id: Option<String>,
        number: bool,
    },
}

/// A template as it was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) language: String,
    #[serde(skip)]
    pub(crate) category: &'static str,
    #[serde(skip)]
    pub(crate) buttons: Vec<Choice>,
}

/// An answer to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// A file that a message carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Media {
    /// Where the phone's page finds it.
    pub(crate) url: String,
    pub(crate) content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) voice: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) sticker: bool,
    /// Its place among the network's files, where it is one of them.
    #[serde(skip)]
    pub(crate) file: Option<String>,
}

/// The type of a file of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

impl Media {
    /// A file of which nothing but the address is known.
    pub(crate) fn at(url: String) -> Self {
        Self {
            url,
            content_type: UNKNOWN.to_owned(),
            name: None,
            voice: false,
            sticker: false,
            file: None,
        }
    }

    /// Whether only its server can tell what it is.
    pub(crate) fn is_unknown(&self) -> bool {
        self.file.is_none() && self.content_type == UNKNOWN
    }

    /// What WhatsApp calls such a file.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content_type.split('/').next() {
            _ if self.sticker => "sticker",
            Some("image") => "image",
            Some("audio") => "audio",
            Some("video") => "video",
            _ => "document",
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
    Failed,
    Read,
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
            Self::Failed => "failed",
            Self::Read => "read",
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
    /// The account has marked it as read.
    Read,
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

    /// Our number.
    pub(crate) fn line(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.to,
            Direction::OutboundApi | Direction::OutboundReply => &self.from,
        }
    }

    /// Whether no sender was chosen yet: a messaging service does so as it sends.
    pub(crate) fn sender_is_open(&self) -> bool {
        self.service.is_some() && matches!(self.status, Status::Accepted | Status::Queued)
    }
}
