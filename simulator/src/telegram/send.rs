//! `send…`: messages to people who have written to the bot, and the sign that it writes.

use std::sync::Arc;

use serde_json::Value;

use crate::books::Entry;
use crate::carrier::Carrier;
use crate::message::{Channel, Content, End, Fate, Named, Provider};
use crate::telegram::draft;
use crate::telegram::error::TelegramError;
use crate::telegram::params::Params;
use crate::telegram::shown;
use crate::trouble;

/// How long a phone shows that a bot is doing something.
const ACTION: i64 = 5_000;

/// What a bot may be doing.
const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Photo,
    Document,
    Audio,
    Voice,
    Video,
    Animation,
    Sticker,
}

impl Kind {
    /// What a method sends, by its name in small letters.
    pub(super) fn of(method: &str) -> Option<Self> {
        Some(match method {
            "sendmessage" => Self::Text,
            "sendphoto" => Self::Photo,
            "senddocument" => Self::Document,
            "sendaudio" => Self::Audio,
            "sendvoice" => Self::Voice,
            "sendvideo" => Self::Video,
            "sendanimation" => Self::Animation,
            "sendsticker" => Self::Sticker,
            _ => return None,
        })
    }

    /// The parameter in which its file stands; none for a text.
    pub(super) const fn field(self) -> Option<&'static str> {
        match self {
            Self::Text => None,
            Self::Photo => Some("photo"),
            Self::Document => Some("document"),
            Self::Audio => Some("audio"),
            Self::Voice => Some("voice"),
            Self::Video => Some("video"),
            Self::Animation => Some("animation"),
            Self::Sticker => Some("sticker"),
        }
    }

    /// What its file is where nobody says.
    pub(super) const fn usual_type(self) -> &'static str {
        match self {
            Self::Photo => "image/jpeg",
            Self::Audio => "audio/mpeg",
            Self::Voice => "audio/ogg",
            Self::Video | Self::Animation => "video/mp4",
            Self::Sticker => "image/webp",
            Self::Text | Self::Document => "application/octet-stream",
        }
    }

    /// Whether people see how its file is called.
    pub(super) const fn has_name(self) -> bool {
        matches!(self, Self::Document | Self::Audio)
    }
}

pub(super) async fn send(
    carrier: &Arc<Carrier>,
    bot: String,
    kind: Kind,
    params: Params,
) -> Result<Value, TelegramError> {
    let _turn = carrier
        .requests
        .try_acquire()
        .map_err(|_| TelegramError::throttled())?;
    let network = carrier.clone();
    let sent = trouble::meet(carrier, move || accept(&network, &bot, kind, &params)).await;
    Ok(sent?)
}

fn accept(
    carrier: &Arc<Carrier>,
    bot: &str,
    kind: Kind,
    params: &Params,
) -> Result<Value, TelegramError> {
    let entry = {
        let mut books = carrier.books();
        let to = chat(&books, bot, params)?;
        let account = books.accounts.bot(bot).map(|bot| bot.id().to_owned());
        let account = account.ok_or_else(TelegramError::unauthorized)?;
        let draft = draft::read(&mut books, &account, kind, params)?;
        if let Some(code) = books.faults.refuse {
            return Err(TelegramError::told(code));
        }
        let reply_to = answered(params).and_then(|number| books.numbered(bot, &to, number));
        Entry {
            provider: Provider::Telegram,
            channel: Channel::Telegram,
            account,
            service: None,
            from: bot.to_owned(),
            reply_to: reply_to.map(|message| message.sid.clone()),
            to,
            named: Named::ByUserId,
            text: draft.text,
            media: draft.media,
            content: Content::Plain,
            fate: Fate {
                callback: None,
                faults: books.faults.clone(),
                end: End::Delivered,
            },
        }
    };
    let message = carrier
        .accept(entry)
        .map_err(|_| TelegramError::throttled())?;
    Ok(shown::message(&carrier.books(), &message))
}

/// The phone of the chat that is named.
fn chat(books: &crate::books::Books, bot: &str, params: &Params) -> Result<String, TelegramError> {
    let id = params
        .text("chat_id")
        .ok_or_else(|| TelegramError::bad("chat_id is empty"))?;
    Ok(books.chat(bot, &id)?.to_owned())
}

/// The number of the message that is answered.
fn answered(params: &Params) -> Option<u64> {
    let told = params.value("reply_parameters");
    let told = told.and_then(|reply| reply["message_id"].as_u64());
    told.or_else(|| params.number("reply_to_message_id"))
}

/// Shows on a phone that the bot is doing something.
pub(super) fn action(
    carrier: &Arc<Carrier>,
    bot: &str,
    params: &Params,
) -> Result<Value, TelegramError> {
    let phone = chat(&carrier.books(), bot, params)?;
    let action = params.text("action").unwrap_or_default();
    if !ACTIONS.contains(&action.as_ref()) {
        return Err(TelegramError::bad("wrong parameter action in request"));
    }
    if action == "typing" {
        carrier.tell_typing(&phone, bot, ACTION);
    }
    Ok(true.into())
}
