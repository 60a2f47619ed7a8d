//! Addresses that open one file for a time, for whoever has them: pictures in a page, providers and phones cannot show a token.
//!
//! An address is `/f/{organization}.{attachment}.{until}.{signature}`: it says what it opens and until when, and is signed over both.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::core::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Readers get a fresh link with every look at the log. It holds for one hour to two: the same within an hour, so that a browser
/// need not fetch a picture again.
const READER: i64 = HOUR;
/// A provider fetches a file at once, or when it tries again.
const PROVIDER: i64 = HOUR;
/// A link in a text message is opened when somebody finds the time.
const PERSON: i64 = 7 * 24 * HOUR;
/// Of the signature so many bytes are shown: 128 bits.
const SIGNATURE: usize = 16;
/// Longer than any of ours.
const LONGEST: usize = 256;

/// The key that links are signed with.
pub type Key = [u8; 32];

/// Makes and reads links.
pub struct Links {
    base: String,
    key: Hmac<Sha256>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Links({})", self.base)
    }
}

/// What a good link opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opens {
    /// Whose it is.
    pub organization: String,
    /// Which attachment.
    pub id: String,
    /// For how many milliseconds more.
    pub left: i64,
}

impl Links {
    /// Links to the server that is reached there.
    #[must_use]
    pub fn new(public_url: &str, key: &Key) -> Self {
        Self {
            base: format!("{public_url}/f/"),
            key: Hmac::new_from_slice(key).expect("HMAC takes keys of any length"),
        }
    }

    /// For whoever looks at the log now.
    #[must_use]
    pub fn for_reader(&self, organization: &str, id: &str, now: Timestamp) -> String {
        self.until(organization, id, (now.0 / HOUR + 1) * HOUR + READER)
    }

    /// For a provider that is to fetch it.
    #[must_use]
    pub fn for_provider(&self, organization: &str, id: &str, now: Timestamp) -> String {
        self.until(organization, id, now.0 + PROVIDER)
    }

    /// For a person, in the text of a message.
    #[must_use]
    pub fn for_person(&self, organization: &str, id: &str, now: Timestamp) -> String {
        self.until(organization, id, now.0 + PERSON)
    }

    /// Whether a text has a link to that attachment in it.
    #[must_use]
    pub fn stand_in(&self, text: &str, organization: &str, id: &str) -> bool {
        text.contains(&format!("{}{organization}.{id}.", self.base))
    }

    fn until(&self, organization: &str, id: &str, until: i64) -> String {
        let said = format!("{organization}.{id}.{:x}", until / 1_000);
        let signature = self.signed(&said).finalize().into_bytes();
        let signature = URL_SAFE_NO_PAD.encode(&signature[..SIGNATURE]);
        format!("{}{said}.{signature}", self.base)
    }

    /// What a link's last part opens. None: it is not one of ours, or its time is over; nobody is told which.
    #[must_use]
    pub fn read(&self, token: &str, now: Timestamp) -> Option<Opens> {
        if token.len() > LONGEST {
            return None;
        }
        let (said, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if signature.len() != SIGNATURE {
            return None;
        }
        self.signed(said).verify_truncated_left(&signature).ok()?;
        let mut parts = said.split('.');
        let (organization, id, until) = (parts.next()?, parts.next()?, parts.next()?);
        let until = i64::from_str_radix(until, 16).ok()?.checked_mul(1_000)?;
        (now.0 < until).then(|| Opens {
            organization: organization.to_owned(),
            id: id.to_owned(),
            left: until - now.0,
        })
    }

    fn signed(&self, said: &str) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(b"file link\n");
        mac.update(said.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn links() -> Links {
        Links::new("https://chat.example", &[7; 32])
    }

    fn token(link: &str) -> &str {
        link.strip_prefix("https://chat.example/f/").unwrap()
    }

    #[test]
    fn a_link_opens_its_file_until_its_time_is_over() {
        let links = links();
        for (link, least, most) in [
            (links.for_reader("acme", "a1", NOW), HOUR, 2 * HOUR),
            (links.for_provider("acme", "a1", NOW), HOUR, HOUR),
            (
                links.for_person("acme", "a1", NOW),
                7 * 24 * HOUR,
                7 * 24 * HOUR,
            ),
        ] {
            let opens = links.read(token(&link), NOW).unwrap();
            assert_eq!((&*opens.organization, &*opens.id), ("acme", "a1"));
            assert!(opens.left >= least && opens.left <= most, "{}", opens.left);
            assert!(links.read(token(&link), NOW.plus(opens.left - 1)).is_some());
            assert!(links.read(token(&link), NOW.plus(opens.left)).is_none());
        }
    }

    #[test]
    fn a_link_that_was_changed_anywhere_opens_nothing() {
        let links = links();
        let link = links.for_person("acme", "a1", NOW);
        let good = token(&link);
        for at in 0..good.len() {
            for other in ['b', '.', '7', 'Z'] {
                let mut bad = good.to_owned();
                bad.replace_range(at..=at, &other.to_string());
                // The last sign of the signature has bits that count for nothing: the decoder refuses them.
                assert!(bad == good || links.read(&bad, NOW).is_none(), "{bad}");
            }
        }
        for bad in [
            "",
            ".",
            "...",
            "acme.a1.ffffffffff",
            &good[..good.len() - 2],
            &"x".repeat(9_999),
        ] {
            assert!(links.read(bad, NOW).is_none(), "{bad}");
        }
        let theirs = Links::new("https://chat.example", &[8; 32]);
        assert!(theirs.read(good, NOW).is_none());
    }

    #[test]
    fn a_reader_finds_the_same_link_for_a_while() {
        let links = links();
        let hour = Timestamp(NOW.0 / HOUR * HOUR);
        let first = links.for_reader("acme", "a1", hour);
        assert_eq!(first, links.for_reader("acme", "a1", hour.plus(HOUR - 1)));
        assert_ne!(first, links.for_reader("acme", "a1", hour.plus(HOUR)));
    }

    #[test]
    fn a_link_is_found_in_the_text_that_it_stands_in() {
        let links = links();
        let text = format!("look: {}", links.for_person("acme", "a1", NOW));
        assert!(links.stand_in(&text, "acme", "a1"));
        assert!(!links.stand_in(&text, "acme", "a"));
        assert!(!links.stand_in("look: a1", "acme", "a1"));
    }
}
