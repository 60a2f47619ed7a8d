//! Secrets and ids: the one place that asks for chance.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::{NoContext, Uuid};

use crate::core::{ConversationId, OperatorId, Timestamp, VisitorId};
use crate::store::leads::LeadId;

/// A bearer secret: names its organization, so that every look-up starts with one, and carries 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    organization: String,
    kind: TokenKind,
}

/// Whose secret it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A visitor's.
    Visitor,
    /// An operator's session.
    Session,
    /// A link that opens a conversation once.
    Return,
}

impl TokenKind {
    fn letter(self) -> &'static str {
        match self {
            Self::Visitor => "v",
            Self::Session => "s",
            Self::Return => "r",
        }
    }
}

impl Token {
    /// A fresh one.
    #[must_use]
    pub fn new(organization: &str, kind: TokenKind) -> Self {
        let secret: [u8; 32] = random();
        let text = format!(
            "{}.{organization}.{}",
            kind.letter(),
            URL_SAFE_NO_PAD.encode(secret)
        );
        Self {
            text,
            organization: organization.to_owned(),
            kind,
        }
    }

    /// Reads one. None: it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 128 {
            return None;
        }
        let mut parts = text.split('.');
        let (letter, organization, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let kind = match letter {
            "v" => TokenKind::Visitor,
            "s" => TokenKind::Session,
            "r" => TokenKind::Return,
            _ => return None,
        };
        if parts.next().is_some() || organization.is_empty() || secret.len() != 43 {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            organization: organization.to_owned(),
            kind,
        })
    }

    /// The organization it names.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// Whose secret it is.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// What is stored in its place.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.text.as_bytes()))
    }

    /// The secret itself, for its owner alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.…", self.kind.letter(), self.organization)
    }
}

/// Letters and digits of a one-time code: 50 random bits.
pub const CODE_LENGTH: usize = 10;

/// A one-time code that people may have to type: none of its letters and digits is taken for another.
#[must_use]
pub fn code() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = [0_u8; CODE_LENGTH];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

/// A short print of a text, for comparing what was asked with one client id.
#[must_use]
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..12])
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Time-ordered ids: new rows stay together at the end of an index.
fn fresh(now: Timestamp) -> Uuid {
    let millis = now.0.cast_unsigned();
    let seconds = millis / 1_000;
    let nanos = u32::try_from(millis % 1_000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
}

/// A conversation's id.
#[must_use]
pub fn conversation_id(now: Timestamp) -> ConversationId {
    ConversationId(fresh(now))
}

/// A visitor's id.
#[must_use]
pub fn visitor_id(now: Timestamp) -> VisitorId {
    VisitorId(fresh(now))
}

/// An operator's id.
#[must_use]
pub fn operator_id(now: Timestamp) -> OperatorId {
    OperatorId(fresh(now))
}

/// A lead's id.
#[must_use]
pub fn lead_id(now: Timestamp) -> LeadId {
    LeadId(fresh(now))
}

/// An attachment's id: nobody can guess it.
#[must_use]
pub fn attachment_id() -> String {
    URL_SAFE_NO_PAD.encode(random::<16>())
}

/// What a file is kept under: nobody can guess it, and it says nothing of what is in it.
#[must_use]
pub fn file_key() -> String {
    hex(&random::<16>())
}

/// A fresh key to sign links with.
#[must_use]
pub fn link_key() -> [u8; 32] {
    random()
}

/// Random bytes.
#[must_use]
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A random number in `0..limit`: for jitter.
#[must_use]
pub fn below(limit: i64) -> i64 {
    let bytes = random();
    if limit <= 0 {
        0
    } else {
        (u64::from_le_bytes(bytes) % limit.cast_unsigned()).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_shows_no_secret() {
        let token = Token::new("acme", TokenKind::Visitor);
        let read = Token::parse(token.expose()).unwrap();
        assert_eq!(read, token);
        assert_eq!(read.organization(), "acme");
        assert!(!format!("{token:?}").contains(token.expose()));
        assert_ne!(token.hash(), Token::new("acme", TokenKind::Visitor).hash());
    }

    #[test]
    fn what_is_not_a_token_is_none() {
        for text in [
            "",
            "v.acme",
            "v.acme.short",
            "x.acme.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "v..AAAA",
            &"v".repeat(500),
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }
}
