//! How many SMS a text is billed as, by the alphabets of 3GPP 23.038.

/// The basic alphabet of GSM 7-bit, where a character takes one unit.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
abcdefghijklmnopqrstuvwxyzäöñüà";

/// Its extension, where a character takes two: an escape and itself.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// What a text takes as SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The alphabet it needs.
    pub encoding: Encoding,
    /// Septets of GSM-7, or UTF-16 code units of UCS-2.
    pub units: usize,
    /// Messages that the provider bills. An empty text is one.
    pub count: usize,
}

/// The alphabet of one SMS: a single character outside of GSM-7 makes the whole text UCS-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 160 septets alone, 153 in a part of several.
    Gsm7,
    /// 70 units alone, 67 in a part of several.
    Ucs2,
}

impl Encoding {
    /// Units of a message alone, and of one part of several: the rest of a part is the header that joins them.
    fn room(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// Counts the segments of a text. A part never ends inside a character: an escape stays with what it escapes, a high
/// surrogate with its low one, and the space left over is billed.
#[must_use]
pub fn segments(text: &str) -> Segments {
    let encoding = if text.chars().all(|c| septets(c).is_some()) {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let widths = || {
        text.chars().map(|c| {
            septets(c)
                .filter(|_| encoding == Encoding::Gsm7)
                .unwrap_or(c.len_utf16())
        })
    };
    let units = widths().sum();
    let (alone, part) = encoding.room();
    let count = if units <= alone {
        1
    } else {
        parts(widths(), part)
    };
    Segments {
        encoding,
        units,
        count,
    }
}

/// Septets of a character in GSM-7; `None` where it has none.
fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

fn parts(widths: impl Iterator<Item = usize>, room: usize) -> usize {
    let (count, _) = widths.fold((1, 0), |(count, used), width| {
        if used + width > room {
            (count + 1, width)
        } else {
            (count, used + width)
        }
    });
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::{Gsm7, Ucs2};

    #[test]
    fn a_text_is_counted_as_the_provider_bills_it() {
        for (text, encoding, units, count) in [
            (String::new(), Gsm7, 0, 1),
            ("a".repeat(160), Gsm7, 160, 1),
            ("a".repeat(161), Gsm7, 161, 2),
            ("a".repeat(306), Gsm7, 306, 2),
            ("a".repeat(307), Gsm7, 307, 3),
            ("a".repeat(1_600), Gsm7, 1_600, 11),
            ("€".repeat(80), Gsm7, 160, 1),
            ("€".repeat(81), Gsm7, 162, 2),
            ("مرحبا".to_owned(), Ucs2, 5, 1),
            ("م".repeat(70), Ucs2, 70, 1),
            ("م".repeat(71), Ucs2, 71, 2),
            ("م".repeat(135), Ucs2, 135, 3),
            ("😀".repeat(35), Ucs2, 70, 1),
            ("😀".repeat(36), Ucs2, 72, 2),
        ] {
            assert_eq!(
                segments(&text),
                Segments {
                    encoding,
                    units,
                    count
                },
                "{} × {:?}",
                text.len(),
                text.chars().next()
            );
        }
    }

    #[test]
    fn one_character_outside_of_gsm_7_makes_the_whole_text_ucs_2() {
        assert_eq!(
            segments(&format!("{}’", "a".repeat(70))),
            Segments {
                encoding: Ucs2,
                units: 71,
                count: 2
            }
        );
        assert_eq!(segments("it’s").encoding, Ucs2);
        assert_eq!(segments("it's").encoding, Gsm7);
        assert_eq!(segments("ç").encoding, Ucs2, "GSM-7 has the capital alone");
        assert_eq!(segments("Ç").encoding, Gsm7);
    }

    #[test]
    fn a_part_never_ends_inside_a_character() {
        // 152 septets, then an escape that does not fit in the 153rd place alone.
        assert_eq!(
            segments(&format!("{}€{}", "a".repeat(152), "a".repeat(152))),
            Segments {
                encoding: Gsm7,
                units: 306,
                count: 3
            }
        );
        // 66 units, then a pair of surrogates.
        assert_eq!(
            segments(&format!("{}😀{}", "م".repeat(66), "م".repeat(66))),
            Segments {
                encoding: Ucs2,
                units: 134,
                count: 3
            }
        );
    }

    #[test]
    fn the_alphabets_have_the_sizes_of_the_standard() {
        // 128 places, of which one is the escape.
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
    }
}
