//! Telephone numbers: what a person typed becomes one stored form, and what the text alone shows of it is judged here.
//!
//! Everything that depends on a number's *history* (held, opted out, limits) is asked elsewhere, at dispatch. libphonenumber's
//! tables stand behind this module and nowhere else, so that they can be exchanged.

mod segments;

use std::borrow::Cow;

use rlibphonenumber::{
    ExtractNumberError, NotANumberError, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat,
    PhoneNumberType, Region, ValidationError,
};

pub use segments::{Encoding, Segments, segments};

/// The longest text that is looked at as a number. The longest E.164 number has 15 digits; the rest is room for brackets and spaces.
const LONGEST_TEXT: usize = 64;

/// The country of the networks that belong to none: satellites, mostly, at satellite prices.
const NO_COUNTRY: &str = "001";

/// Digits of the national number that count as its prefix: neighbours in one block of numbers share them.
const PREFIX_DIGITS: usize = 7;

/// A number that could exist, in the one form that is stored and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// `+` and at most 15 ASCII digits.
    pub e164: contract::Address,
    /// The ISO 3166 code of its country, upper case; `001` for the networks that belong to no country.
    pub country: String,
    /// What libphonenumber's tables say the number is for.
    pub kind: Kind,
}

/// What a number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A mobile.
    Mobile,
    /// A mobile or a fixed line: in some countries, the United States among them, the digits do not tell.
    MobileOrFixed,
    /// A fixed line for certain.
    Fixed,
    /// A range of telephony over the internet. Where the digits tell it apart, few of these take texts, and anybody can rent many.
    Voip,
    /// A "follow me" number, charged to whoever writes.
    Personal,
    /// Charged at a premium, or shared, to whoever calls.
    Premium,
    /// Free to call: a company's, never a visitor's.
    TollFree,
    /// A pager, a voice mailbox, or a company's access number.
    Service,
    /// Valid, but of no kind that the tables know.
    Unknown,
}

impl Kind {
    /// Whether a person is likely to read text messages there. What is charged to the sender is refused whatever it can receive.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Mobile | Self::MobileOrFixed)
    }
}

/// What the text alone shows to be wrong with a number. The sentence is for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PhoneError {
    /// Letters, an extension, or nothing that reads as a number.
    #[error("This is not a telephone number: write it in digits.")]
    NotANumber,
    /// No country code, and no country to take it from.
    #[error("Choose the country, or begin the number with + and the country code.")]
    NoCountryCode,
    /// Fewer digits than any number of its country.
    #[error("This number is too short.")]
    TooShort,
    /// More digits than any number of its country.
    #[error("This number is too long.")]
    TooLong,
    /// The right length, but no such range exists.
    #[error("There is no such number: check its digits.")]
    NotValid,
    /// A premium, shared-cost, toll-free, personal, service, internet or fixed number.
    #[error("Text messages cannot be sent to this kind of number: give a mobile number.")]
    KindNotAllowed,
    /// A country that is not on the list.
    #[error("Text messages cannot be sent to numbers of this country.")]
    CountryNotAllowed,
}

impl PhoneError {
    /// A word that a program can match.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::NoCountryCode => "no_country_code",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NotValid => "not_valid",
            Self::KindNotAllowed => "kind_not_allowed",
            Self::CountryNotAllowed => "country_not_allowed",
        }
    }
}

/// Reads what a person typed: digits of any script, spaces and brackets, in international form or as dialled in `default_country`.
///
/// # Errors
/// When the text is not a number, or no such number can exist.
pub fn normalize(text: &str, default_country: Option<&str>) -> Result<Number, PhoneError> {
    let text = cleaned(text)?;
    let number = PHONE_NUMBER_UTIL
        .parse(text.as_ref(), default_country.and_then(region))
        .map_err(|error| unread(&error, &text))?;
    if number.extension.is_some() {
        return Err(PhoneError::NotANumber);
    }
    PHONE_NUMBER_UTIL
        .is_possible_number_with_reason(&number)
        .map_err(impossible)?;
    if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return Err(PhoneError::NotValid);
    }
    Ok(Number {
        e164: contract::Address(
            PHONE_NUMBER_UTIL
                .format(&number, PhoneNumberFormat::E164)
                .into_owned(),
        ),
        country: PHONE_NUMBER_UTIL
            .get_region_for_number(&number)
            .unwrap_or(Region::World)
            .to_string(),
        kind: kind(PHONE_NUMBER_UTIL.get_number_type(&number)),
    })
}

/// Whether a welcome may go to this number as far as its digits show. An empty list allows every country,
/// but no network that belongs to none.
///
/// # Errors
/// When its kind or its country is not allowed.
pub fn check(number: &Number, allowed_countries: &[String]) -> Result<(), PhoneError> {
    let allowed = number.country != NO_COUNTRY
        && (allowed_countries.is_empty() || allowed_countries.contains(&number.country));
    if !allowed {
        return Err(PhoneError::CountryNotAllowed);
    }
    if !number.kind.takes_text() {
        return Err(PhoneError::KindNotAllowed);
    }
    Ok(())
}

/// The country of an E.164 number, valid or not: that of its range, else the main country of its calling code, so that a
/// provider's test number such as `+15005550006` reads `US`. `None` when no country has this calling code.
#[must_use]
pub fn country_of(e164: &str) -> Option<String> {
    let ranged = PHONE_NUMBER_UTIL
        .parse(e164, None)
        .ok()
        .and_then(|number| PHONE_NUMBER_UTIL.get_region_for_number(&number));
    ranged
        .or_else(|| {
            PHONE_NUMBER_UTIL.get_region_for_country_code(calling_code(e164)?.parse().ok()?)
        })
        .map(|region| region.to_string())
}

/// The block of numbers that an E.164 number lies in: `+`, its country code and seven digits. Numbers of one block are
/// usually bought together, so a limit per prefix is what stops somebody who owns many.
#[must_use]
pub fn prefix(e164: &str) -> &str {
    let code = calling_code(e164).map_or(1, str::len);
    let end = (1 + code + PREFIX_DIGITS).min(e164.len());
    e164.get(..end).unwrap_or(e164)
}

/// Whether this is the two-letter ISO code, upper case, of a country that has telephone numbers.
#[must_use]
pub fn is_country(code: &str) -> bool {
    region(code).is_some()
}

/// Reads the tables in, so that the first visitor does not wait for it. It takes a few milliseconds; nothing depends on it.
pub fn warm_up() {
    let _ = normalize("+1 202 555 0101", None);
}

/// The text without what a phone or a right-to-left page copies along invisibly. Letters are refused, not dialled: "call us at
/// 1-800-FLOWERS" is no visitor's number.
fn cleaned(text: &str) -> Result<Cow<'_, str>, PhoneError> {
    let text = text.trim();
    if text.chars().nth(LONGEST_TEXT).is_some() {
        return Err(PhoneError::TooLong);
    }
    if text.chars().any(char::is_alphabetic) {
        return Err(PhoneError::NotANumber);
    }
    if !text.contains(is_invisible) {
        return Ok(Cow::Borrowed(text));
    }
    Ok(Cow::Owned(
        text.chars().filter(|c| !is_invisible(*c)).collect(),
    ))
}

/// Direction marks, joiners and the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

fn unread(error: &ParseError, text: &str) -> PhoneError {
    match error {
        ParseError::InvalidCountryCode if text.starts_with(['+', '＋']) => PhoneError::NotValid,
        ParseError::InvalidCountryCode => PhoneError::NoCountryCode,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneError::TooShort,
        ParseError::TooLongNsn => PhoneError::TooLong,
        // One or two digits do not match the library's least pattern, but they are digits.
        ParseError::NotANumber(
            NotANumberError::NotMatchedValidNumberPattern
            | NotANumberError::FailedToExtractNumber(ExtractNumberError::NotANumber),
        ) if text.chars().all(char::is_numeric) && !text.is_empty() => PhoneError::TooShort,
        ParseError::NotANumber(_) => PhoneError::NotANumber,
    }
}

fn impossible(error: ValidationError) -> PhoneError {
    match error {
        ValidationError::TooShort => PhoneError::TooShort,
        ValidationError::TooLong => PhoneError::TooLong,
        ValidationError::InvalidCountryCode | ValidationError::InvalidLength => {
            PhoneError::NotValid
        }
    }
}

fn kind(of: PhoneNumberType) -> Kind {
    match of {
        PhoneNumberType::Mobile => Kind::Mobile,
        PhoneNumberType::FixedLineOrMobile => Kind::MobileOrFixed,
        PhoneNumberType::FixedLine => Kind::Fixed,
        PhoneNumberType::VoIP => Kind::Voip,
        PhoneNumberType::PersonalNumber => Kind::Personal,
        PhoneNumberType::PremiumRate | PhoneNumberType::SharedCost => Kind::Premium,
        PhoneNumberType::TollFree => Kind::TollFree,
        PhoneNumberType::Pager | PhoneNumberType::UAN | PhoneNumberType::VoiceMail => Kind::Service,
        PhoneNumberType::Unknown => Kind::Unknown,
    }
}

fn region(code: &str) -> Option<Region> {
    let region = Region::from_code(code).ok()?;
    PHONE_NUMBER_UTIL
        .get_country_code_for_region(region)
        .filter(|_| region != Region::World && *region.as_region_str() == *code)?;
    Some(region)
}

/// The digits of an E.164 number that are its country calling code. No code is the beginning of another.
fn calling_code(e164: &str) -> Option<&str> {
    let digits = e164.strip_prefix('+')?;
    (1..=3)
        .filter_map(|length| digits.get(..length))
        .find(|code| {
            code.parse().is_ok_and(|code| {
                PHONE_NUMBER_UTIL
                    .get_region_for_country_code(code)
                    .is_some()
            })
        })
}

/// The other way in which the same mobile number is written, in the countries where networks do not agree: Mexico's `1` and Argentina's
/// `9` after the country code, Brazil's `9` after the area code.
#[must_use]
pub fn variant(e164: &str) -> Option<String> {
    let digits = e164.strip_prefix('+')?;
    let other = match (digits.get(..2)?, digits.len()) {
        ("52", 12) => format!("521{}", &digits[2..]),
        ("52", 13) if digits[2..].starts_with('1') => format!("52{}", &digits[3..]),
        ("54", 12) => format!("549{}", &digits[2..]),
        ("54", 13) if digits[2..].starts_with('9') => format!("54{}", &digits[3..]),
        // Only mobiles, whose numbers began with 6 to 9 before the digit was put in front.
        ("55", 12) if matches!(digits.as_bytes()[4], b'6'..=b'9') => {
            format!("{}9{}", &digits[..4], &digits[4..])
        }
        ("55", 13) if digits.as_bytes()[4] == b'9' => format!("{}{}", &digits[..4], &digits[5..]),
        _ => return None,
    };
    Some(format!("+{other}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, String, Kind), PhoneError> {
        normalize(text, Some("US")).map(|number| (number.e164.0, number.country, number.kind))
    }

    #[test]
    fn a_number_that_networks_write_in_two_ways_is_known_by_both() {
        for (one, other) in [
            ("+525512345678", "+5215512345678"),
            ("+541123456789", "+5491123456789"),
            ("+551187654321", "+5511987654321"),
        ] {
            assert_eq!(variant(one).as_deref(), Some(other));
            assert_eq!(variant(other).as_deref(), Some(one));
        }
        for alone in [
            "+15005550006",
            "+551132654321",
            "+52551234567",
            "US.1349",
            "",
        ] {
            assert_eq!(variant(alone), None, "{alone}");
        }
    }

    #[test]
    fn one_number_typed_in_many_ways_is_stored_in_one_form() {
        for text in [
            "+12025550123",
            "+1 (202) 555-0123",
            "202-555-0123",
            "(202) 555 0123",
            "1 202.555.0123",
            "  2025550123 ",
            "٢٠٢٥٥٥٠١٢٣",
            "+١ ٢٠٢ ٥٥٥ ٠١٢٣",
            "۲۰۲۵۵۵۰۱۲۳",
            "＋１２０２５５５０１２３",
            "\u{202a}+1 202 555 0123\u{202c}",
            "011 1 202 555 0123",
        ] {
            assert_eq!(
                read(text),
                Ok(("+12025550123".into(), "US".into(), Kind::MobileOrFixed)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_number_as_dialled_at_home_takes_the_chosen_country() {
        for (text, country, e164) in [
            ("0171 1234567", "DE", "+491711234567"),
            ("07400 123456", "GB", "+447400123456"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("050 123 4567", "AE", "+971501234567"),
            ("07 12 34 56 78", "CI", "+2250712345678"),
        ] {
            let number = normalize(text, Some(country)).expect(text);
            assert_eq!(
                (number.e164.0.as_str(), number.country.as_str(), number.kind),
                (e164, country, Kind::Mobile)
            );
        }
    }

    #[test]
    fn the_numbers_of_films_and_tests_pass_so_that_a_demonstration_works() {
        for last in ["0100", "0123", "0199"] {
            let number = normalize(&format!("+1 415 555 {last}"), None).expect("a number");
            assert_eq!(check(&number, &["US".to_owned()]), Ok(()));
        }
    }

    #[test]
    fn what_the_text_alone_shows_to_be_wrong_is_named() {
        for (text, error) in [
            ("", PhoneError::NotANumber),
            ("   ", PhoneError::NotANumber),
            ("hello", PhoneError::NotANumber),
            ("1-800-FLOWERS", PhoneError::NotANumber),
            ("+1 202 555 0123 ext. 7", PhoneError::NotANumber),
            ("+1 202 555 0123 # 7", PhoneError::NotANumber),
            ("ada@acme.example", PhoneError::NotANumber),
            ("+", PhoneError::NotANumber),
            ("☎", PhoneError::NotANumber),
            ("5", PhoneError::TooShort),
            ("911", PhoneError::TooShort),
            ("+1 202 555", PhoneError::TooShort),
            ("+1 202 555 01234", PhoneError::TooLong),
            ("+1 202 555 0123 4567 8901 2345", PhoneError::TooLong),
            ("+999 1234567", PhoneError::NotValid),
            ("+1 000 000 0000", PhoneError::NotValid),
            ("+44 7700 900123", PhoneError::NotValid),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
        assert_eq!(read(&"1".repeat(65)), Err(PhoneError::TooLong));
        assert_eq!(
            normalize("202 555 0123", None),
            Err(PhoneError::NoCountryCode)
        );
        assert_eq!(
            normalize("202 555 0123", Some("XX")),
            Err(PhoneError::NoCountryCode)
        );
    }

    #[test]
    fn a_number_that_costs_the_caller_or_takes_no_text_is_refused() {
        for (text, kind) in [
            ("+1 900 555 0123", Kind::Premium),
            ("+44 909 879 0000", Kind::Premium),
            ("+44 843 000 0000", Kind::Premium),
            ("+1 800 555 0199", Kind::TollFree),
            ("+44 20 7946 0018", Kind::Fixed),
            ("+39 02 3661 8300", Kind::Fixed),
            ("+44 70 1234 5678", Kind::Personal),
            ("+1 500 555 0006", Kind::Personal),
            ("+44 76 4012 3456", Kind::Service),
            ("+49 700 12345678", Kind::Personal),
            ("+81 50 1234 5678", Kind::Voip),
            ("+44 56 1234 5678", Kind::Voip),
        ] {
            let number = normalize(text, None).expect(text);
            assert_eq!(number.kind, kind, "{text}");
            assert_eq!(
                check(&number, &[]),
                Err(PhoneError::KindNotAllowed),
                "{text}"
            );
        }
    }

    #[test]
    fn a_country_that_is_not_on_the_list_is_refused() {
        let french = normalize("+33612345678", None).expect("a number");
        assert_eq!(
            check(&french, &["US".to_owned(), "CA".to_owned()]),
            Err(PhoneError::CountryNotAllowed)
        );
        assert_eq!(check(&french, &["US".to_owned(), "FR".to_owned()]), Ok(()));
        assert_eq!(check(&french, &[]), Ok(()));
    }

    #[test]
    fn a_calling_code_that_countries_share_does_not_let_one_pass_for_the_other() {
        let canadian = normalize("+1 604 555 0123", None).expect("a number");
        assert_eq!(canadian.country, "CA");
        assert_eq!(
            check(&canadian, &["US".to_owned()]),
            Err(PhoneError::CountryNotAllowed)
        );
    }

    #[test]
    fn a_network_of_no_country_is_refused_even_where_every_country_is_allowed() {
        for text in ["+883 5100 0123 4567", "+882 16 3456 7890"] {
            let satellite = normalize(text, None).expect(text);
            assert_eq!(satellite.country, NO_COUNTRY);
            assert_eq!(check(&satellite, &[]), Err(PhoneError::CountryNotAllowed));
        }
    }

    #[test]
    fn our_own_number_has_a_country_even_when_it_is_a_test_number() {
        for (e164, country) in [
            ("+15005550006", Some("US")),
            ("+12025550123", Some("US")),
            ("+16045550123", Some("CA")),
            ("+447700900123", Some("GB")),
            ("+491711234567", Some("DE")),
            ("+9991234567", None),
            ("acme", None),
        ] {
            assert_eq!(country_of(e164).as_deref(), country, "{e164}");
        }
    }

    #[test]
    fn a_prefix_is_the_country_code_and_seven_digits() {
        for (e164, expected) in [
            ("+12025550123", "+12025550"),
            ("+15005550006", "+15005550"),
            ("+447911123456", "+447911123"),
            ("+971501234567", "+9715012345"),
            ("+290123", "+290123"),
            ("", ""),
        ] {
            assert_eq!(prefix(e164), expected, "{e164}");
        }
    }

    #[test]
    fn a_country_is_two_upper_case_letters_of_a_place_with_telephones() {
        for code in ["US", "DE", "AE", "CI", "XK"] {
            assert!(is_country(code), "{code}");
        }
        for code in ["", "us", "USA", "XX", "UK", "001", "world", "ÄÖ"] {
            assert!(!is_country(code), "{code}");
        }
    }

    #[test]
    fn a_number_is_masked_wherever_it_is_printed_for_us() {
        let printed = format!("{:?}", normalize("+12025550123", None).expect("a number"));
        assert!(!printed.contains("5550123"), "{printed}");
    }
}
