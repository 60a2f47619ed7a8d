//! Media: what Telegram carries and as what, and where it keeps what people sent (Telegram's page "Bot API", *Sending files*, *getFile*).

use std::borrow::Cow;

use contract::{MediaLink, MediaRule, MediaSource, SendError};
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::json::Fields as _;
use crate::rest::Rest;

/// Telegram's page counts in MB; the smaller reading of it is what surely passes.
const MB: u64 = 1_000_000;

/// The largest picture that is shown as one; a larger goes as a file.
const LARGEST_PHOTO: u64 = 10 * MB;

/// The largest file that a bot may upload.
const LARGEST: u64 = 50 * MB;

/// The longest text beside a file, in characters.
pub(crate) const LONGEST_CAPTION: usize = 1024;

/// Telegram carries files of any kind.
pub(crate) const RULES: &[MediaRule] = &[
    MediaRule::new("image/*", LARGEST).captioned(LONGEST_CAPTION),
    MediaRule::new("video/*", LARGEST).captioned(LONGEST_CAPTION),
    MediaRule::new("audio/*", LARGEST).captioned(LONGEST_CAPTION),
    MediaRule::new("text/*", LARGEST).captioned(LONGEST_CAPTION),
    MediaRule::new("application/*", LARGEST).captioned(LONGEST_CAPTION),
];

/// Where Telegram serves files from.
const HOSTS: &[&str] = &["api.telegram.org"];

/// The method by which a file is sent, and the field it stands in: as what it is where Telegram shows it so, else as a document.
pub(crate) fn method(content_type: &str, bytes: usize) -> (&'static str, &'static str) {
    let bare = content_type.split(';').next().unwrap_or_default();
    let bare = bare.trim().to_ascii_lowercase();
    let is_photo = u64::try_from(bytes).is_ok_and(|bytes| bytes <= LARGEST_PHOTO);
    match bare.as_str() {
        "image/jpeg" | "image/png" if is_photo => ("sendPhoto", "photo"),
        "video/mp4" => ("sendVideo", "video"),
        "audio/ogg" => ("sendVoice", "voice"),
        "audio/mpeg" | "audio/mp4" => ("sendAudio", "audio"),
        _ => ("sendDocument", "document"),
    }
}

/// The fields in which files come, and what they are where Telegram does not say. A moving picture stands in `document` too.
const KINDS: &[(&str, &str)] = &[
    ("animation", "video/mp4"),
    ("document", "application/octet-stream"),
    ("voice", "audio/ogg"),
    ("audio", "audio/mpeg"),
    ("video", "video/mp4"),
    ("video_note", "video/mp4"),
];

/// The file that a message brings.
pub(crate) fn incoming(message: &Map<String, Value>, base: &str) -> Option<MediaLink> {
    if let Some(photo) = largest(message.list("photo")) {
        return link(photo, "image/jpeg", base);
    }
    if let Some(sticker) = message.field("sticker") {
        return link(sticker, sticker_type(sticker), base);
    }
    let (file, usual) = KINDS
        .iter()
        .find_map(|(kind, usual)| Some((message.field(kind)?, *usual)))?;
    link(file, usual, base)
}

/// A picture comes in several sizes.
fn largest(sizes: &[Value]) -> Option<&Value> {
    let area = |size: &&Value| {
        let side = |name| size.number(name).unwrap_or_default();
        side("width").saturating_mul(side("height"))
    };
    sizes.iter().max_by_key(area)
}

fn sticker_type(sticker: &Value) -> &'static str {
    let is = |name| sticker.field(name) == Some(&Value::Bool(true));
    if is("is_video") {
        "video/webm"
    } else if is("is_animated") {
        "application/x-tgsticker"
    } else {
        "image/webp"
    }
}

/// A file by Telegram's id of it: its address has the token in it, which is nobody's to keep.
fn link(file: &Value, usual: &str, base: &str) -> Option<MediaLink> {
    let id = file.text("file_id").filter(|id| is_id(id))?;
    Some(MediaLink {
        url: format!("{base}/file/{id}"),
        content_type: file.text("mime_type").unwrap_or_else(|| usual.to_owned()),
        name: file.text("file_name"),
    })
}

fn is_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    !text.is_empty() && text.bytes().all(plain)
}

/// Where the bytes are that a message brought: Telegram turns its id of them into a path that lasts an hour. Of files above 20 MB it says
/// that they are too big, for ever.
pub(crate) async fn source(
    rest: &Rest,
    media: &MediaLink,
) -> Result<Option<MediaSource>, SendError> {
    let id = media
        .url
        .strip_prefix(rest.base())
        .and_then(|rest| rest.strip_prefix("/file/"))
        .filter(|id| is_id(id));
    let Some(id) = id else {
        return Ok(None);
    };
    let file = match rest.call("getFile", &json!({ "file_id": id })).await {
        Ok(file) => file,
        Err(refusal) if refusal.code == Some(StatusCode::BAD_REQUEST) => return Ok(None),
        Err(refusal) => return Err(refusal.error),
    };
    let path = file.text("file_path").filter(|path| is_path(path));
    Ok(path.map(|path| MediaSource {
        url: rest.file_url(&path),
        authorization: None,
        hosts: Cow::Borrowed(HOSTS),
    }))
}

/// A path below the bot's files, which leads nowhere else.
fn is_path(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    path.split('/')
        .all(|part| !part.is_empty() && !part.bytes().all(|b| b == b'.') && part.bytes().all(plain))
}
