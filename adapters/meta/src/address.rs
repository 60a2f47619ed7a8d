//! Whom a message goes to or comes from, in the one form that is stored: `+` and the digits of a telephone number (E.164), or
//! Meta's business-scoped id of a person who shows no number (`US.13491208655302741918`).

use std::borrow::Cow;
use std::ops::RangeInclusive;

use contract::whatsapp::is_user_id;
use contract::{Address, AddressError};

/// E.164: at most 15 digits, country code included. No country has numbers of fewer than seven.
const DIGITS: RangeInclusive<usize> = 7..=15;

/// What a person typed. Only what the text alone shows is judged here: the server knows the numbers of every country.
pub(crate) fn parse(raw: &str) -> Result<Address, AddressError> {
    let raw = raw.trim();
    if is_user_id(raw) {
        return Ok(Address(raw.to_owned()));
    }
    let bare: String = raw.chars().filter(|c| !is_separator(*c)).collect();
    let digits = bare
        .strip_prefix('+')
        .or_else(|| bare.strip_prefix("00"))
        .ok_or_else(|| {
            error("Start the number with + and the country code, like +1 415 555 0100.")
        })?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(error("A phone number has only digits, after a +."));
    }
    if digits.starts_with('0') {
        return Err(error(
            "No country code starts with 0: write + and then the country code.",
        ));
    }
    if !DIGITS.contains(&digits.len()) {
        return Err(error(
            "A phone number has 7 to 15 digits, with its country code.",
        ));
    }
    Ok(Address(format!("+{digits}")))
}

/// The ids in a sentence of Meta's, other than one.
pub(crate) fn ids_in<'a>(sentence: &'a str, other: &'a str) -> impl Iterator<Item = &'a str> {
    sentence
        .split_whitespace()
        .map(|word| word.trim_end_matches('.'))
        .filter(move |word| is_user_id(word) && *word != other)
}

/// Whether this is a number, and not an id.
pub(crate) fn is_number(address: &Address) -> bool {
    address.as_str().starts_with('+')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}')
}

fn error(sentence: &'static str) -> AddressError {
    AddressError(Cow::Borrowed(sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_stored_without_its_separators() {
        for raw in [
            "+14155550100",
            " +1 (415) 555-0100\n",
            "+1.415.555.0100",
            "0014155550100",
        ] {
            assert_eq!(parse(raw), Ok(Address("+14155550100".into())), "{raw:?}");
        }
    }

    #[test]
    fn a_business_scoped_id_is_an_address_as_it_stands() {
        for raw in [
            "US.13491208655302741918",
            "US.ENT.11815799212886844830",
            "BR.a1B2",
        ] {
            assert_eq!(parse(raw), Ok(Address(raw.into())), "{raw:?}");
        }
    }

    #[test]
    fn what_is_neither_is_refused_with_a_reason() {
        for raw in [
            "",
            "4155550100",
            "+1 415 FLOWERS",
            "+0415555010",
            "+123456",
            "+1234567890123456",
            "us.1349",
            "USA.1349",
            "US.",
            "US.13.49",
            "US.13/49",
        ] {
            assert!(
                parse(raw).is_err_and(|error| !error.to_string().is_empty()),
                "{raw:?}"
            );
        }
        assert!(parse(&format!("US.{}", "1".repeat(129))).is_err());
    }

    #[test]
    fn an_id_that_was_is_found_in_what_meta_says_of_it() {
        let said = "User Vera changed from US.1 to US.2.";
        assert_eq!(ids_in(said, "US.2").collect::<Vec<_>>(), ["US.1"]);
    }
}
