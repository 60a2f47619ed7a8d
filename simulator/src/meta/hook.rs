//! What proves to an account's server that it is Meta who calls: the signature of each body, and the handshake before all.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::MetaNumber;

const CHALLENGE: &str = "1158201444";
const LONGEST_ANSWER: usize = 1_024;

/// `X-Hub-Signature-256` of a body.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize()
        .into_bytes()
        .iter()
        .fold("sha256=".to_owned(), |text, byte| {
            text + &format!("{byte:02x}")
        })
}

/// A body as Meta writes it: no character beyond ASCII, and no bare slash.
pub(super) fn written(body: &Value) -> String {
    let json = body.to_string();
    let mut text = String::with_capacity(json.len() + 16);
    let mut units = [0; 2];
    for c in json.chars() {
        match c {
            '/' => text.push_str("\\/"),
            c if c.is_ascii() => text.push(c),
            c => {
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a text cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text
}

/// Why a server has not shaken hands.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotShaken {
    #[error("the webhook URL {0:?} is none")]
    NoUrl(String),
    #[error("the server could not be reached: {0}")]
    Unreachable(reqwest::Error),
    #[error("the server answered {0}")]
    Status(u16),
    #[error("the server answered {0:?} and not the challenge")]
    Answer(String),
}

/// Asks the number's server whether it is ready, as Meta does when a webhook is set up.
pub(crate) async fn handshake(
    http: &reqwest::Client,
    number: &MetaNumber,
) -> Result<(), NotShaken> {
    let no_url = || NotShaken::NoUrl(number.webhook_url.clone());
    let mut url = reqwest::Url::parse(&number.webhook_url).map_err(|_| no_url())?;
    url.query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", CHALLENGE)
        .append_pair("hub.verify_token", &number.verify_token);
    let request = http.get(url).timeout(super::post::PATIENCE);
    let mut answer = request.send().await.map_err(NotShaken::Unreachable)?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(NotShaken::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(NotShaken::Unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    if body == CHALLENGE.as_bytes() {
        Ok(())
    } else {
        Err(NotShaken::Answer(
            String::from_utf8_lossy(&body).into_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_written_in_ascii_with_small_hexadecimal_digits_and_escaped_slashes() {
        let body = json!({ "name": "Lucía 😀", "link": "https://host/\"x\"" });
        let text = written(&body);
        assert_eq!(
            text,
            r#"{"link":"https:\/\/host\/\"x\"","name":"Luc\u00eda \ud83d\ude00"}"#
        );
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), body);
    }

    #[test]
    fn the_signature_is_that_of_a_known_example() {
        assert_eq!(
            sign("secret", b"test"),
            "sha256=0329a06b62cd16b33eb6792be8c60b158d89a2ee3a876fce9a881ebb488c0914"
        );
    }

    #[test]
    fn every_published_vector_is_reproduced() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/vectors/meta_signature_vectors.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("not run: {} is not there", path.display());
            return;
        };
        let all: Value = serde_json::from_str(&text).expect("JSON");
        let all = all["vectors"].as_array().expect("a list");
        let valid = all.iter().filter(|vector| vector["expect_valid"] == true);
        let mut run = 0;
        for vector in valid {
            let (secret, body) = (&vector["app_secret"], &vector["raw_body"]);
            let (Some(secret), Some(body), Some(header)) =
                (secret.as_str(), body.as_str(), vector["header"].as_str())
            else {
                continue;
            };
            assert_eq!(sign(secret, body.as_bytes()), header, "{}", vector["id"]);
            run += 1;
        }
        assert!(run >= 3, "only {run} vectors apply");
    }
}
