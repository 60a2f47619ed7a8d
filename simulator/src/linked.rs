//! A file that was given by its address alone: asked once what it is, as a network that fetches it would see.

use std::time::Duration;

use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderName};

use crate::message::Media;

/// No phone waits longer to know.
const PATIENCE: Duration = Duration::from_secs(10);

/// The file with its type and name, as its server tells them; `None` where it tells nothing. The bytes stay there.
pub(crate) async fn look(http: &reqwest::Client, media: &Media) -> Option<Media> {
    let answer = http.get(&media.url).timeout(PATIENCE).send().await.ok()?;
    let answer = answer.error_for_status().ok()?;
    Some(Media {
        content_type: text(answer.headers(), CONTENT_TYPE)?.to_owned(),
        name: text(answer.headers(), CONTENT_DISPOSITION).and_then(name),
        ..media.clone()
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The name in a `Content-Disposition`, by RFC 6266: the one in UTF-8 comes first.
fn name(disposition: &str) -> Option<String> {
    let field = |name: &str| {
        disposition
            .split(';')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let encoded = field("filename*").and_then(|value| value.rsplit_once("''"));
    let name = match encoded {
        Some((_, encoded)) => decoded(encoded),
        None => field("filename")?.trim_matches('"').to_owned(),
    };
    Some(name).filter(|name| !name.is_empty())
}

fn decoded(encoded: &str) -> String {
    // A form writes its spaces as `+`; a header does not.
    let value = format!("={}", encoded.replace('+', "%2B"));
    form_urlencoded::parse(value.as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_its_server_writes_it() {
        for (disposition, expected) in [
            ("inline; filename=\"pump.png\"", Some("pump.png")),
            (
                "attachment; filename=\"_bersicht.pdf\"; filename*=UTF-8''%C3%9Cbersicht%20+%202026%3B.pdf",
                Some("Übersicht + 2026;.pdf"),
            ),
            ("inline", None),
            ("inline; filename=\"\"", None),
        ] {
            assert_eq!(name(disposition).as_deref(), expected, "{disposition}");
        }
    }
}
