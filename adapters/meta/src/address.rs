//! Whom a message goes to or comes from, in the one form that is stored: `+` and the digits of a telephone number (E.164), or
//! Meta's business-scoped id of a person who shows no number (`US.13491208655302741918`).

use std::borrow::Cow;
use std::ops::RangeInclusive;

use contract::{Address, AddressError};

/// E.164: at most 15 digits, country code included. No country has numbers of fewer than seven.
const DIGITS: RangeInclusive<usize> = 7..=15;

/// Meta's page "Business-scoped user IDs": up to 128 letters and digits behind the country.
const LONGEST_ID: usize = 128;

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

/// What Meta calls a person: the first of these that is a number, which it writes without `+`; else the first there is.
///
/// The number goes before the id, because a number is what a switch is asked for with: the answer must come from the same address.
pub(crate) fn called<'a>(
    names: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
) -> Option<Address> {
    let mut names = names.into_iter().filter(|name| !name.is_empty());
    let number = names
        .clone()
        .map(|name| name.strip_prefix('+').unwrap_or(name))
        .find(|name| name.bytes().all(|b| b.is_ascii_digit()));
    let number = number.map(|digits| format!("+{digits}"));
    number
        .or_else(|| names.next().map(str::to_owned))
        .map(Address)
}

/// Whether this is a number, and not an id.
pub(crate) fn is_number(address: &Address) -> bool {
    address.as_str().starts_with('+')
}

/// `US.13491208655302741918`, or `US.ENT.11815799212886844830` for one of several portfolios of one owner.
fn is_user_id(text: &str) -> bool {
    let Some((country, id)) = text.split_once('.') else {
        return false;
    };
    let id = id.strip_prefix("ENT.").unwrap_or(id);
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
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
    fn a_number_goes_before_an_id() {
        let is = |names: [&str; 3], expected: Option<&str>| {
            let expected = expected.map(|name| Address(name.to_owned()));
            assert_eq!(called(names), expected, "{names:?}");
        };
        is(["14155550100", "", "US.1349"], Some("+14155550100"));
        is(["US.1349", "14155550100", ""], Some("+14155550100"));
        is(["+14155550100", "", ""], Some("+14155550100"));
        is(["", "", "US.1349"], Some("US.1349"));
        is(["", "", ""], None);
    }
}
