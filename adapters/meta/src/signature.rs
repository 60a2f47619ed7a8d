//! Is this request Meta's? `X-Hub-Signature-256` is `sha256=` and the hexadecimal HMAC-SHA256 of the body's raw bytes, keyed with
//! the app's secret (Meta's page "Webhooks from Meta", *Validate payloads*). Neither the URL nor a time is signed.

use contract::{Reject, WebhookRequest};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderValue;
use sha2::Sha256;

/// Where the signature stands. `X-Hub-Signature`, which is SHA-1, is not asked.
const HEADER: &str = "x-hub-signature-256";

/// What to look at where it is wrong.
const CHECK: &str = "its signature does not match this body; is app_secret the app's?";

type Key = Hmac<Sha256>;

/// Knows the app's secrets, as ready HMAC states.
pub(crate) struct Verifier {
    keys: Vec<Key>,
}

impl Verifier {
    pub(crate) fn new(secret: &str, other: Option<&str>) -> Self {
        let keys = std::iter::once(secret).chain(other).map(key).collect();
        Self { keys }
    }

    /// Whether one of the secrets signed the body, in constant time.
    pub(crate) fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), Reject> {
        let given = request.headers.get(HEADER).ok_or(Reject::Unsigned)?;
        let signature = signature(given).ok_or(Reject::BadSignature(CHECK))?;
        let signed = self.keys.iter().any(|key| {
            let mut mac = key.clone();
            mac.update(request.body);
            mac.verify_slice(&signature).is_ok()
        });
        if signed {
            Ok(())
        } else {
            Err(Reject::BadSignature(CHECK))
        }
    }
}

fn key(secret: &str) -> Key {
    Key::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length")
}

fn signature(given: &HeaderValue) -> Option<Vec<u8>> {
    let hex = given.as_bytes().strip_prefix(b"sha256=")?;
    let (pairs, rest) = hex.as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? * 16 + digit(*low)?);
    rest.is_empty()
        .then(|| pairs.iter().map(byte).collect())
        .flatten()
}

fn digit(hex: u8) -> Option<u8> {
    char::from(hex)
        .to_digit(16)
        .and_then(|digit| digit.try_into().ok())
}
