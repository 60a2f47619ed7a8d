//! Media: what WhatsApp carries and as what, and where Meta keeps what people sent (Meta's page "Media").

use std::borrow::Cow;

use contract::{MediaLink, MediaRule, MediaSource, OutboundMedia, SendError};
use http::StatusCode;
use serde_json::{Value, json};

use crate::json::Fields as _;
use crate::rest::Rest;

/// Meta's page counts in MB; the smaller reading of it is what surely passes.
const MB: u64 = 1_000_000;

/// The longest caption, in characters.
const LONGEST_CAPTION: usize = 1024;

/// What WhatsApp carries, and with how long a text beside it; beside a sound there is no place for one.
pub(crate) const RULES: &[MediaRule] = &[
    MediaRule::new("image/jpeg", 5 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("image/png", 5 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("video/mp4", 16 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("video/3gpp", 16 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("audio/aac", 16 * MB).captioned(0),
    MediaRule::new("audio/amr", 16 * MB).captioned(0),
    MediaRule::new("audio/mpeg", 16 * MB).captioned(0),
    MediaRule::new("audio/mp4", 16 * MB).captioned(0),
    MediaRule::new("audio/ogg", 16 * MB).captioned(0),
    MediaRule::new("text/plain", 100 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("application/pdf", 100 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("application/msword", 100 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("application/vnd.ms-excel", 100 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new("application/vnd.ms-powerpoint", 100 * MB).captioned(LONGEST_CAPTION),
    MediaRule::new(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        100 * MB,
    )
    .captioned(LONGEST_CAPTION),
    MediaRule::new(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        100 * MB,
    )
    .captioned(LONGEST_CAPTION),
    MediaRule::new(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        100 * MB,
    )
    .captioned(LONGEST_CAPTION),
];

/// Where Meta serves media from.
const HOSTS: &[&str] = &["lookaside.fbsbx.com", ".fbcdn.net", ".whatsapp.net"];

/// The type and content of a message that is this file with this text. None where WhatsApp has no place for the text beside it.
///
/// It goes by its link: Meta fetches it at once, a send stays one call, and no file passes through the memory of this process.
pub(crate) fn outgoing(file: &OutboundMedia, text: &str) -> Option<(&'static str, Value)> {
    let bare = file.content_type.split(';').next().unwrap_or_default();
    let bare = bare.trim().to_ascii_lowercase();
    let kind = match bare.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "document",
    };
    let mut content = json!({ "link": file.link });
    if bare == "audio/ogg" {
        // What a recorder of voices makes; shown as a voice message.
        content["voice"] = json!(true);
    }
    if kind == "document" {
        content["filename"] = json!(file.name);
    }
    if !text.is_empty() {
        if kind == "audio" || text.chars().count() > LONGEST_CAPTION {
            return None;
        }
        content["caption"] = json!(text);
    }
    Some((kind, content))
}

/// Where the bytes are that a message brought: its link is Meta's id of them, which Meta turns into an address that lasts five minutes.
pub(crate) async fn source(
    rest: &Rest,
    media: &MediaLink,
) -> Result<Option<MediaSource>, SendError> {
    let url = match asked_for(rest, &media.url) {
        Some(id) => match rest.get(&[id], &[]).await {
            Ok(reply) => reply.json.text("url"),
            Err(refusal) if refusal.status == Some(StatusCode::NOT_FOUND) => None,
            Err(refusal) => return Err(refusal.error),
        },
        None => Some(media.url.clone()),
    };
    // Only Meta is told our token: a link of anybody else's is none of ours.
    let ours = |url: &String| rest.is_ours(url) || HOSTS.iter().any(|host| is_at(url, host));
    Ok(url.filter(ours).map(|url| MediaSource {
        url,
        authorization: Some(rest.bearer()),
        hosts: Cow::Borrowed(HOSTS),
    }))
}

/// The id, where the link is one of ours into Meta's API.
fn asked_for<'a>(rest: &Rest, url: &'a str) -> Option<&'a str> {
    let id = url.strip_prefix(rest.graph())?.strip_prefix('/')?;
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then_some(id)
}

fn is_at(url: &str, host: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| {
        let at = url.host_str().unwrap_or_default();
        url.scheme() == "https" && (at == host || host.starts_with('.') && at.ends_with(host))
    })
}
