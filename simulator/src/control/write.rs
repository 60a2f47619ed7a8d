//! What a person writes on a phone, read from the body of a request.

use axum::extract::rejection::BytesRejection;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::books::{Books, Write};
use crate::carrier::Carrier;
use crate::control::body;
use crate::control::problem::Problem;
use crate::files::File;
use crate::message::{Channel, Choice, Content, Media, Message, Provider};
use crate::samples;

const SHAPE: &str = "{to, text, channel: \"sms\", \"whatsapp\" or \"telegram\", media?: [{url, content_type} or {sample} or {file}], \
    reply_to?, location?: {latitude, longitude, name?, address?}, reaction?: {to, emoji}, choice?: {of, id}}";
const FIELDS: [&str; 8] = [
    "to", "text", "channel", "media", "reply_to", "location", "reaction", "choice",
];
const LONGEST_SMS: usize = 1_600;
/// On WhatsApp and on Telegram.
const LONGEST_CHAT: usize = 4_096;
/// Beside a file on Telegram.
const LONGEST_CAPTION: usize = 1_024;
const MOST_MEDIA: usize = 10;

type Fields = Map<String, Value>;

/// Reads it, and keeps the files that come along.
pub(super) fn read(
    carrier: &Carrier,
    phone: String,
    given: Result<Bytes, BytesRejection>,
) -> Result<Write, Problem> {
    let given = body::object(given, SHAPE)?;
    body::only(&given, &FIELDS)?;
    let to = body::text(&given, "to", SHAPE)?
        .ok_or(Problem::Malformed(SHAPE))?
        .trim_start_matches('@')
        .to_owned();
    let text = body::text(&given, "text", SHAPE)?
        .unwrap_or_default()
        .to_owned();
    let channel = channel(&given, SHAPE)?;
    let mut books = carrier.books();
    let content = match channel {
        Channel::Sms => no_extras(&given)?,
        Channel::WhatsApp => content(&books, &given)?,
        Channel::Telegram => {
            no_choices(&given)?;
            content(&books, &given)?
        }
    };
    let reply_to = match body::text(&given, "reply_to", SHAPE)? {
        None => chosen_from(&given),
        Some(id) => Some(known(&books, id, "reply_to")?.sid.clone()),
    };
    let media = media(&mut books, channel, &to, &given)?;
    if text.is_empty() && media.is_empty() && content == Content::Plain {
        return Err(Problem::Empty);
    }
    let longest = match channel {
        Channel::Sms => LONGEST_SMS,
        Channel::Telegram if !media.is_empty() => LONGEST_CAPTION,
        Channel::WhatsApp | Channel::Telegram => LONGEST_CHAT,
    };
    if text.chars().count() > longest {
        return Err(Problem::TooLong(longest));
    }
    Ok(Write {
        channel,
        phone,
        to,
        text,
        media,
        content,
        reply_to,
    })
}

/// The channel that is named; SMS where none is.
pub(super) fn channel(given: &Fields, shape: &'static str) -> Result<Channel, Problem> {
    match body::text(given, "channel", shape)? {
        None | Some("sms") => Ok(Channel::Sms),
        Some("whatsapp") => Ok(Channel::WhatsApp),
        Some("telegram") => Ok(Channel::Telegram),
        Some(other) => Err(Problem::UnknownChannel(other.to_owned())),
    }
}

fn no_extras(given: &Fields) -> Result<Content, Problem> {
    match given
        .keys()
        .find(|name| ["reply_to", "location", "reaction", "choice"].contains(&name.as_str()))
    {
        Some(_) => Err(Problem::BadValue {
            field: "channel",
            expected: "\"whatsapp\" for answers, places and reactions: an SMS is text and files"
                .to_owned(),
        }),
        None => Ok(Content::Plain),
    }
}

/// A bot hears of reactions only where it asks for them, and offers no choices here.
fn no_choices(given: &Fields) -> Result<(), Problem> {
    match given
        .keys()
        .find(|name| ["reaction", "choice"].contains(&name.as_str()))
    {
        Some(_) => Err(Problem::BadValue {
            field: "channel",
            expected: "\"whatsapp\" for choices and reactions".to_owned(),
        }),
        None => Ok(()),
    }
}

fn content(books: &Books, given: &Fields) -> Result<Content, Problem> {
    let part = |name| match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(part)) => Ok(Some(part)),
        Some(_) => Err(Problem::Malformed(SHAPE)),
    };
    if let Some(place) = part("location")? {
        let degrees = |name: &str| {
            place
                .get(name)
                .and_then(Value::as_f64)
                .ok_or(Problem::Malformed(SHAPE))
        };
        let word =
            |name: &str| Ok::<_, Problem>(body::text(place, name, SHAPE)?.map(str::to_owned));
        return Ok(Content::Location {
            latitude: degrees("latitude")?,
            longitude: degrees("longitude")?,
            name: word("name")?,
            address: word("address")?,
        });
    }
    if let Some(reaction) = part("reaction")? {
        let to = body::text(reaction, "to", SHAPE)?.ok_or(Problem::Malformed(SHAPE))?;
        let emoji = body::text(reaction, "emoji", SHAPE)?
            .unwrap_or_default()
            .to_owned();
        return Ok(Content::Reaction {
            to: known(books, to, "reaction")?.sid.clone(),
            emoji,
        });
    }
    if let Some(choice) = part("choice")? {
        let of = body::text(choice, "of", SHAPE)?.ok_or(Problem::Malformed(SHAPE))?;
        let id = body::text(choice, "id", SHAPE)?.ok_or(Problem::Malformed(SHAPE))?;
        return choose(known(books, of, "choice")?, id);
    }
    Ok(Content::Plain)
}

/// The message whose button is tapped is the one that is answered.
fn chosen_from(given: &Fields) -> Option<String> {
    Some(given.get("choice")?.get("of")?.as_str()?.to_owned())
}

fn choose(of: &Message, id: &str) -> Result<Content, Problem> {
    let pick = |choices: &[Choice]| {
        choices
            .iter()
            .find(|choice| choice.id == id && choice.url.is_none())
            .cloned()
    };
    let chosen = match &of.content {
        Content::Template(sent) => pick(&sent.buttons).map(|choice| Content::Button {
            text: choice.title,
            payload: choice.id,
        }),
        Content::Choices(choices) => pick(choices).map(|choice| Content::Chosen {
            choice,
            from_list: choices.len() > 3,
        }),
        _ => None,
    };
    chosen.ok_or(Problem::BadValue {
        field: "choice",
        expected: "one of the answers that the message offers".to_owned(),
    })
}

fn known<'a>(books: &'a Books, id: &str, field: &'static str) -> Result<&'a Message, Problem> {
    books.any_message(id).ok_or_else(|| Problem::BadValue {
        field,
        expected: "the id of a message that the network knows".to_owned(),
    })
}

/// Each file is an address, or an object with one and a type, or names a sample or a file that the network has.
fn media(
    books: &mut Books,
    channel: Channel,
    to: &str,
    given: &Fields,
) -> Result<Vec<Media>, Problem> {
    let files = match given.get("media") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(files)) => files,
        Some(_) => return Err(Problem::Malformed(SHAPE)),
    };
    let files_only = books
        .accounts
        .line(channel, to)
        .is_some_and(|line| line.provider != Provider::Twilio);
    let most = if channel == Channel::Sms {
        MOST_MEDIA
    } else {
        1
    };
    if files.len() > most {
        return Err(Problem::TooManyMedia(most));
    }
    let mut all = Vec::new();
    for file in files {
        let media = one(books, file)?;
        if files_only && media.file.is_none() {
            return Err(Problem::BadValue {
                field: "media",
                expected: "a data: address, a sample or an uploaded file: this channel carries files, not links".to_owned(),
            });
        }
        all.push(media);
    }
    Ok(all)
}

fn one(books: &mut Books, file: &Value) -> Result<Media, Problem> {
    let fields = match file {
        Value::String(url) => return at(books, url, None),
        Value::Object(fields) => fields,
        _ => return Err(Problem::Malformed(SHAPE)),
    };
    body::only(fields, &["url", "content_type", "sample", "file", "voice"])?;
    if let Some(name) = body::text(fields, "sample", SHAPE)? {
        let sample = samples::of(name).ok_or_else(|| Problem::BadValue {
            field: "sample",
            expected: format!("one of {}", samples::NAMES.join(", ")),
        })?;
        let media = keep(books, sample.bytes, sample.content_type, sample.name);
        return Ok(Media {
            voice: name == "voice",
            ..media
        });
    }
    if let Some(id) = body::text(fields, "file", SHAPE)? {
        let file = books.files.get(id).ok_or_else(|| Problem::BadValue {
            field: "file",
            expected: "the id of a file that was uploaded here".to_owned(),
        })?;
        let voice = fields.get("voice") == Some(&Value::Bool(true));
        return Ok(Media { voice, ..of(file) });
    }
    let url = body::text(fields, "url", SHAPE)?.ok_or(Problem::Malformed(SHAPE))?;
    at(books, url, body::text(fields, "content_type", SHAPE)?)
}

/// A `data:` address is a file by itself; any other is only passed on.
fn at(books: &mut Books, url: &str, content_type: Option<&str>) -> Result<Media, Problem> {
    let Some(data) = url.strip_prefix("data:") else {
        let unknown = Media::at(url.to_owned());
        return Ok(Media {
            content_type: content_type.map_or(unknown.content_type, str::to_owned),
            ..Media::at(url.to_owned())
        });
    };
    let broken = || Problem::BadValue {
        field: "media",
        expected: "a data: address in base 64, such as data:image/png;base64,…".to_owned(),
    };
    let (head, encoded) = data.split_once(',').ok_or_else(broken)?;
    let named = head.strip_suffix(";base64").ok_or_else(broken)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| broken())?;
    Ok(keep(
        books,
        bytes.into(),
        content_type.unwrap_or(named),
        None,
    ))
}

fn keep(books: &mut Books, bytes: Bytes, content_type: &str, name: Option<&str>) -> Media {
    let run = books.run;
    let file = books.files.put(
        run,
        File {
            id: String::new(),
            account: None,
            content_type: content_type.to_owned(),
            name: name.map(str::to_owned),
            bytes,
            until: 0,
        },
    );
    of(&file)
}

fn of(file: &File) -> Media {
    Media {
        content_type: file.content_type.clone(),
        name: file.name.clone(),
        file: Some(file.id.clone()),
        ..Media::at(format!("/v1/simulator/files/{}", file.id))
    }
}
