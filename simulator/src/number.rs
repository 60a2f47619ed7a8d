//! Telephone numbers: what counts as one, and which country it looks like.

/// Calling codes and the country that webhooks name for them. A number of any other code is a phone all the same; its
/// webhooks leave the country empty, as Twilio does where it does not know.
const COUNTRIES: [(&str, &str); 40] = [
    ("1", "US"),
    ("20", "EG"),
    ("27", "ZA"),
    ("30", "GR"),
    ("31", "NL"),
    ("32", "BE"),
    ("33", "FR"),
    ("34", "ES"),
    ("351", "PT"),
    ("353", "IE"),
    ("358", "FI"),
    ("36", "HU"),
    ("39", "IT"),
    ("40", "RO"),
    ("41", "CH"),
    ("420", "CZ"),
    ("43", "AT"),
    ("44", "GB"),
    ("45", "DK"),
    ("46", "SE"),
    ("47", "NO"),
    ("48", "PL"),
    ("49", "DE"),
    ("52", "MX"),
    ("54", "AR"),
    ("55", "BR"),
    ("56", "CL"),
    ("57", "CO"),
    ("60", "MY"),
    ("61", "AU"),
    ("62", "ID"),
    ("63", "PH"),
    ("64", "NZ"),
    ("65", "SG"),
    ("81", "JP"),
    ("82", "KR"),
    ("90", "TR"),
    ("91", "IN"),
    ("966", "SA"),
    ("971", "AE"),
];

/// Whether the text is a number in E.164 form: `+`, then 7 to 15 digits that do not begin with 0.
pub(crate) fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
}

/// The ISO code of the number's country, or empty.
pub(crate) fn country(number: &str) -> &'static str {
    let digits = number.strip_prefix('+').unwrap_or(number);
    COUNTRIES
        .iter()
        .find(|(code, _)| digits.starts_with(code))
        .map_or("", |(_, country)| country)
}

/// The number with its middle hidden, for logs.
pub(crate) fn mask(number: &str) -> String {
    let head: String = number.chars().take(4).collect();
    let tail: String = number
        .chars()
        .skip(number.chars().count().saturating_sub(2).max(4))
        .collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_is_a_number() {
        for number in [
            "+15005550006",
            "+4915112345678",
            "+1234567",
            "+123456789012345",
        ] {
            assert!(is_e164(number), "{number}");
        }
        for text in [
            "",
            "15005550006",
            "+0123456789",
            "+123456",
            "+1234567890123456",
            "+1 500 555",
            "+1500555000a",
            "+٠١٢٣٤٥٦٧",
        ] {
            assert!(!is_e164(text), "{text}");
        }
    }

    #[test]
    fn a_log_never_shows_a_whole_number() {
        assert_eq!(mask("+15005550006"), "+150…06");
        assert_eq!(mask("+1"), "+1…");
    }

    #[test]
    fn the_country_follows_from_the_calling_code() {
        assert_eq!(country("+971501234567"), "AE");
        assert_eq!(country("+15005550006"), "US");
        assert_eq!(country("+99912345678"), "");
    }
}
