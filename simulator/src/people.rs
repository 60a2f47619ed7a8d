//! Who holds a phone: what WhatsApp and Telegram show of them, and to whom they let businesses write.

use sha2::{Digest, Sha256};

use crate::number;

/// Telegram's ids of people.
const FIRST_CHAT: u64 = 1 << 33;
const CHATS: u64 = 1 << 42;

/// A person, as WhatsApp and Telegram know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// The name of their profile.
    pub(crate) name: String,
    /// Businesses see no number, only an id of their own for this person.
    pub(crate) hidden: bool,
    /// Whatever businesses write stays unseen.
    pub(crate) blocks: bool,
    /// Whether they take offers.
    pub(crate) marketing: bool,
    /// The country code and digits by which businesses know them.
    pub(crate) user_id: String,
    /// The digits by which Telegram's bots know them, who never see a number. It stays theirs when they take another number.
    pub(crate) chat_id: String,
}

impl Person {
    pub(crate) fn new(address: &str) -> Self {
        let digits = address.len().saturating_sub(4);
        Self {
            name: format!("Guest {}", address.get(digits..).unwrap_or_default()),
            hidden: false,
            blocks: false,
            marketing: true,
            user_id: user_id(address),
            chat_id: chat_id(address, 0),
        }
    }
}

/// The id of whoever has a number: another number, another id.
pub(crate) fn user_id(address: &str) -> String {
    let country = match number::country(address) {
        "" => "ZZ",
        country => country,
    };
    format!("{country}.{:020}", mixed(address))
}

/// The id that Telegram gives whoever opens an account with a number: the one after `taken` others. It has more than 32 bits and fewer
/// than the 52 that Telegram allows itself.
pub(crate) fn chat_id(address: &str, taken: usize) -> String {
    let mixed = mixed(&format!("telegram {address} {taken}"));
    (FIRST_CHAT + mixed % CHATS).to_string()
}

fn mixed(text: &str) -> u64 {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(0_u64, |n, byte| n.wrapping_mul(257) ^ u64::from(*byte))
}

/// Whether the text may be such an id: two letters, a point, up to 128 letters and digits.
pub(crate) fn is_user_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(country, rest)| {
        country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=128).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_the_country_and_nothing_of_the_number() {
        let id = user_id("+14155550100");
        assert!(is_user_id(&id) && id.starts_with("US."), "{id}");
        assert!(!id.contains("4155550100"));
        assert_ne!(id, user_id("+14155550101"));
        let chat = chat_id("+14155550100", 0);
        assert!(chat.parse::<u64>().is_ok_and(|id| id < 1 << 52), "{chat}");
        assert_ne!(chat, chat_id("+14155550100", 1));
        for text in ["", "US", "us.1", "US.", "US.1-2", "+14155550100"] {
            assert!(!is_user_id(text), "{text}");
        }
    }
}
