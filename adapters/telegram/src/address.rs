//! Whom a message goes to or comes from, in the one form that is stored: the id of their chat with the bot, in digits.

use std::borrow::Cow;

use contract::{Address, AddressError};

/// Ids have at most 52 significant bits (Telegram's page "Bot API", *Chat*).
const LARGEST: u64 = (1 << 52) - 1;

/// An id as Telegram gave it. Groups and channels have negative ones; a name (`@vera`) leads to nobody whom a bot may write to.
pub(crate) fn parse(raw: &str) -> Result<Address, AddressError> {
    let raw = raw.trim();
    let plain = raw.bytes().all(|b| b.is_ascii_digit()) && !raw.starts_with('0');
    let known = plain && raw.parse().is_ok_and(|id: u64| id <= LARGEST);
    known
        .then(|| Address(raw.to_owned()))
        .ok_or(AddressError(Cow::Borrowed(
            "On Telegram people write first: open the link and press Start.",
        )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_chat_with_a_person_is_an_address() {
        for (raw, stored) in [
            ("1", "1"),
            (" 100000001\n", "100000001"),
            ("4503599627370495", "4503599627370495"),
        ] {
            assert_eq!(parse(raw), Ok(Address(stored.into())), "{raw:?}");
        }
    }

    #[test]
    fn what_a_bot_cannot_write_to_is_refused_with_a_reason() {
        for raw in [
            "",
            "0",
            "-1001234567890",
            "007",
            "@vera",
            "+14155550100",
            "4503599627370496",
            "99999999999999999999999",
        ] {
            assert!(
                parse(raw).is_err_and(|error| !error.to_string().is_empty()),
                "{raw:?}"
            );
        }
    }
}
