//! What Twilio posts: the fields of an incoming message, and of a status callback.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::message::{Channel, Content, Direction, Message, Named, Status};
use crate::number;
use crate::people::Person;
use crate::twilio::resource::VERSION;

type Form = Vec<(String, String)>;

fn fields<const N: usize>(fields: [(&str, &str); N]) -> Form {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// An address as Twilio writes it.
pub(super) fn address(channel: Channel, bare: &str) -> String {
    match channel {
        Channel::Sms | Channel::Telegram => bare.to_owned(),
        Channel::WhatsApp => format!("whatsapp:{bare}"),
    }
}

/// How the account knows the phone of a message: by number, or by the id that a hidden person has for businesses.
fn phone_address(message: &Message, person: &Person) -> String {
    let hidden = person.hidden && message.direction == Direction::Inbound;
    if message.channel == Channel::WhatsApp && (hidden || message.named == Named::ByUserId) {
        return address(message.channel, &person.user_id);
    }
    address(message.channel, message.phone())
}

/// The fields of an incoming message, Twilio's "request to your incoming message webhook URL".
pub(crate) fn inbound_form(url: &str, person: &Person, message: &Message) -> Form {
    let media: Vec<_> = message.media.iter().enumerate().collect();
    let mut form = fields([
        ("SmsMessageSid", &message.sid),
        ("NumMedia", &media.len().to_string()),
        ("SmsSid", &message.sid),
        ("SmsStatus", Status::Received.as_str()),
        ("Body", &body(message)),
        ("To", &address(message.channel, &message.to)),
        ("NumSegments", &message.segments.to_string()),
        ("MessageSid", &message.sid),
        ("AccountSid", &message.account),
        ("From", &phone_address(message, person)),
        ("ApiVersion", VERSION),
    ]);
    if let Some(service) = &message.service {
        form.extend(fields([("MessagingServiceSid", service)]));
    }
    match message.channel {
        Channel::Sms | Channel::Telegram => form.extend(places(message)),
        Channel::WhatsApp => form.extend(whatsapp(message, person)),
    }
    for (n, media) in media {
        let link = match &media.file {
            Some(file) => format!(
                "{url}/simulator/twilio/{VERSION}/Accounts/{}/Messages/{}/Media/{}",
                message.account,
                message.sid,
                media_sid(file)
            ),
            None => media.url.clone(),
        };
        form.push((format!("MediaUrl{n}"), link));
        form.push((format!("MediaContentType{n}"), media.content_type.clone()));
    }
    form
}

/// `ME` and 32 hexadecimal digits, of which a file's own digits are the last.
pub(super) fn media_sid(file: &str) -> String {
    format!("ME{file:0>32}")
}

fn body(message: &Message) -> String {
    match &message.content {
        Content::Button { text, .. } => text.clone(),
        Content::Chosen { choice, .. } => choice.title.clone(),
        Content::Reaction { emoji, .. } => emoji.clone(),
        _ => message.text.clone(),
    }
}

fn places(message: &Message) -> Form {
    fields([
        ("ToCountry", number::country(&message.to)),
        ("ToState", ""),
        ("ToCity", ""),
        ("ToZip", ""),
        ("FromCountry", number::country(&message.from)),
        ("FromState", ""),
        ("FromCity", ""),
        ("FromZip", ""),
    ])
}

fn whatsapp(message: &Message, person: &Person) -> Form {
    let kind = match &message.content {
        Content::Location { .. } => "location",
        Content::Button { .. } => "button",
        Content::Chosen { .. } => "interactive",
        Content::Reaction { .. } => "reaction",
        Content::Contacts(_) => "contacts",
        _ => message.media.first().map_or("text", |media| media.kind()),
    };
    let mut form = fields([
        ("ProfileName", &person.name),
        ("MessageType", kind),
        ("ExternalUserId", &address(Channel::WhatsApp, &person.user_id)),
        ("ChannelMetadata", &json!({
            "type": "whatsapp",
            "data": { "context": { "ProfileName": person.name, "WaId": (!person.hidden).then(|| message.from.trim_start_matches('+')) } },
        }).to_string()),
    ]);
    if !person.hidden {
        form.extend(fields([("WaId", message.from.trim_start_matches('+'))]));
    }
    match &message.content {
        Content::Button { text, payload } => {
            form.extend(fields([("ButtonText", text), ("ButtonPayload", payload)]));
        }
        Content::Chosen {
            choice,
            from_list: false,
        } => {
            form.extend(fields([
                ("ButtonText", &choice.title),
                ("ButtonPayload", &choice.id),
            ]));
        }
        Content::Chosen {
            choice,
            from_list: true,
        } => {
            form.extend(fields([
                ("ListTitle", &choice.title),
                ("ListId", &choice.id),
            ]));
        }
        Content::Location {
            latitude,
            longitude,
            name,
            address,
        } => {
            form.extend(fields([
                ("Latitude", &latitude.to_string()),
                ("Longitude", &longitude.to_string()),
            ]));
            form.extend(name.iter().map(|name| ("Label".to_owned(), name.clone())));
            form.extend(address.iter().map(|at| ("Address".to_owned(), at.clone())));
        }
        _ => {}
    }
    if let Some(original) = &message.reply_to {
        form.extend(fields([
            ("OriginalRepliedMessageSid", original),
            (
                "OriginalRepliedMessageSender",
                &address(Channel::WhatsApp, &message.to),
            ),
        ]));
    }
    form
}

/// The fields of a status callback.
pub(crate) fn callback_form(message: &Message, person: &Person) -> Form {
    let status = message.status.as_str();
    let mut form = fields([
        ("MessageSid", &message.sid),
        ("SmsSid", &message.sid),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("AccountSid", &message.account),
        ("From", &address(message.channel, &message.from)),
        ("To", &phone_address(message, person)),
        ("ApiVersion", VERSION),
    ]);
    if let Some(service) = &message.service {
        form.extend(fields([("MessagingServiceSid", service)]));
    }
    if let Some(code) = message.error_code {
        form.extend(fields([("ErrorCode", &code.to_string())]));
    }
    match message.channel {
        Channel::WhatsApp => {
            form.extend(fields([("ChannelPrefix", "whatsapp")]));
            if message.error_code.is_some() {
                let why = super::resource::error_message(message.error_code.unwrap_or_default());
                form.extend(fields([("ChannelStatusMessage", why)]));
            }
            if message.status == Status::Read {
                form.extend(fields([("EventType", "READ")]));
            }
        }
        Channel::Sms if matches!(message.status, Status::Delivered | Status::Undelivered) => {
            let at = DateTime::<Utc>::from_timestamp_millis(message.updated).unwrap_or_default();
            let at = at.format("%y%m%d%H%M").to_string();
            form.extend(fields([("RawDlrDoneDate", &at)]));
        }
        Channel::Sms | Channel::Telegram => {}
    }
    form
}
