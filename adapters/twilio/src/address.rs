//! What a person types as a telephone number, in the one form that is stored: `+` and 7 to 15 ASCII digits (E.164).
//!
//! Only what the text alone shows is judged here. Whether a country has such numbers is for the server to ask its tables.

use std::borrow::Cow;

use contract::{Address, AddressError};

/// E.164: at most 15 digits, country code included. No country has numbers of fewer than seven.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// More than any way of writing fifteen digits takes.
const LONGEST: usize = 64;

pub(crate) fn parse(raw: &str) -> Result<Address, AddressError> {
    if raw.chars().count() > LONGEST {
        return Err(error("This is too long for a phone number."));
    }
    let bare = raw
        .chars()
        .filter(|c| !is_separator(*c))
        .map(plain)
        .collect::<Result<String, _>>()?;
    let digits = bare
        .strip_prefix('+')
        .or_else(|| bare.strip_prefix("00"))
        .ok_or_else(|| {
            error("Start the number with + and the country code, like +1 415 555 0100.")
        })?;
    check(digits)?;
    Ok(Address(format!("+{digits}")))
}

fn check(digits: &str) -> Result<(), AddressError> {
    if digits.contains('+') {
        return Err(error("A phone number has one + only, at its start."));
    }
    if digits.starts_with('0') {
        return Err(error(
            "No country code starts with 0: write + and then the country code.",
        ));
    }
    if digits.len() < *DIGITS.start() {
        return Err(error(
            "This is too short for a phone number with its country code.",
        ));
    }
    if digits.len() > *DIGITS.end() {
        return Err(error(
            "This is too long for a phone number: 15 digits are the most.",
        ));
    }
    Ok(())
}

fn error(sentence: &'static str) -> AddressError {
    AddressError(Cow::Borrowed(sentence))
}

/// Spaces, punctuation between groups, and the invisible marks that come along when a number is pasted from a page.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '(' | ')' | '/' | '（' | '）' | '\u{2010}'
                ..='\u{2015}' | '\u{2212}' | '\u{FF0D}'
        )
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{061C}' | '\u{FEFF}')
}

/// A character of the number in ASCII.
fn plain(c: char) -> Result<char, AddressError> {
    match c {
        '0'..='9' | '+' => Ok(c),
        '＋' => Ok('+'),
        _ => digit(c).ok_or_else(|| match c.is_alphabetic() {
            true => error("A phone number has no letters."),
            false => error("A phone number has only digits, after a +."),
        }),
    }
}

/// The digit that a decimal digit of any script stands for. Unicode lays out each script's ten in a row.
fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    char::from_digit(code - zero, 10)
}

/// Where the decimal digits (general category Nd) of the scripts in present use start.
const ZEROS: &[u32] = &[
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x1E950,
];

#[cfg(test)]
mod tests {
    use super::parse;

    const PHONE: &str = "+14155550100";

    fn stored(raw: &str) -> Result<String, String> {
        parse(raw)
            .map(|address| address.0)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_stored_without_its_separators() {
        for raw in [
            "+14155550100",
            "+1 415 555 0100",
            " +1 (415) 555-0100\n",
            "+1.415.555.0100",
            "+1\u{a0}415\u{2011}555\u{2011}0100",
            "\u{202a}+14155550100\u{202c}",
            "0014155550100",
            "＋１４１５５５５０１００",
        ] {
            assert_eq!(stored(raw).as_deref(), Ok(PHONE), "{raw:?}");
        }
    }

    #[test]
    fn digits_of_any_script_are_digits() {
        for raw in [
            "+١٤١٥٥٥٥٠١٠٠",
            "+۱۴۱۵۵۵۵۰۱۰۰",
            "+१४१५५५५०१००",
            "٠٠١٤١٥٥٥٥٠١٠٠",
        ] {
            assert_eq!(stored(raw).as_deref(), Ok(PHONE), "{raw:?}");
        }
    }

    #[test]
    fn seven_to_fifteen_digits_are_a_number() {
        assert_eq!(stored("+1234567").as_deref(), Ok("+1234567"));
        assert_eq!(
            stored("+123456789012345").as_deref(),
            Ok("+123456789012345")
        );
        assert!(stored("+123456").is_err_and(|sentence| sentence.contains("too short")));
        assert!(stored("+1234567890123456").is_err_and(|sentence| sentence.contains("too long")));
    }

    #[test]
    fn what_is_not_a_number_is_refused_with_a_reason() {
        for (raw, reason) in [
            ("", "country code"),
            ("4155550100", "country code"),
            ("04155550100", "country code"),
            ("+1 415 FLOWERS", "letters"),
            ("whatsapp:+14155550100", "letters"),
            ("+1٤هاتف", "letters"),
            ("+1415555²100", "only digits"),
            ("+1415#5550100", "only digits"),
            ("+1415+5550100", "one +"),
            ("++14155550100", "one +"),
            ("+04155550100", "starts with 0"),
            (&"1".repeat(65), "too long"),
            (&"٠".repeat(65), "too long"),
        ] {
            let said = stored(raw).expect_err(raw);
            assert!(said.contains(reason), "{raw:?}: {said}");
        }
    }
}
