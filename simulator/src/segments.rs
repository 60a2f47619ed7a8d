//! How many SMS segments a text takes (3GPP TS 23.038 and 23.040): 160 GSM-7 characters or 70 UTF-16 units alone, 153 or 67
//! in a part of several.

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Characters that take an escape and so count twice.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// The number of segments; an empty text takes one.
pub(crate) fn count(text: &str) -> usize {
    match septets(text) {
        Some(units) => parts(units, 160, 153),
        None => parts(text.encode_utf16().count(), 70, 67),
    }
}

fn septets(text: &str) -> Option<usize> {
    text.chars().try_fold(0, |sum, c| match c {
        c if BASIC.contains(c) => Some(sum + 1),
        c if EXTENDED.contains(c) => Some(sum + 2),
        _ => None,
    })
}

fn parts(units: usize, alone: usize, each: usize) -> usize {
    if units <= alone {
        1
    } else {
        units.div_ceil(each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_where_the_standard_says() {
        for (text, segments) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("م".repeat(70), 1),
            ("م".repeat(71), 2),
            ("👍".repeat(35), 1),
            ("👍".repeat(36), 2),
        ] {
            assert_eq!(
                count(&text),
                segments,
                "{} × {:?}",
                text.chars().count(),
                text.chars().next()
            );
        }
    }
}
