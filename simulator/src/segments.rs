//! How many SMS segments a text takes (3GPP TS 23.038 and 23.040): 160 GSM-7 characters or 70 UTF-16 units alone, 153 or 67
//! in a part of several.

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Characters that take an escape and so count twice.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// The number of segments; an empty text takes one.
pub(crate) fn count(text: &str) -> usize {
    match text.chars().map(septets).collect::<Option<Vec<usize>>>() {
        Some(sizes) => parts(&sizes, 160, 153),
        None => parts(
            &text.chars().map(char::len_utf16).collect::<Vec<_>>(),
            70,
            67,
        ),
    }
}

fn septets(c: char) -> Option<usize> {
    match c {
        c if BASIC.contains(c) => Some(1),
        c if EXTENDED.contains(c) => Some(2),
        _ => None,
    }
}

/// A character of two units is never torn between two parts.
fn parts(sizes: &[usize], alone: usize, each: usize) -> usize {
    if sizes.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (count, _) = sizes.iter().fold((1, 0), |(count, used), size| {
        if used + size > each {
            (count + 1, *size)
        } else {
            (count, used + size)
        }
    });
    count
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
            ("👍".repeat(66), 2),
            ("👍".repeat(67), 3),
            (format!("{}€", "a".repeat(152)).repeat(2), 3),
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
