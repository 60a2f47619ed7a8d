//! Lengths of time as people write them: `250ms`, `10s`, `90m`, `25h`, `2d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Units, longest first, with their length in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// A length of time in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(u64);

/// The text is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a length of time: a whole number and a unit, such as \"250ms\", \"10s\", \"90m\", \"25h\" or \"2d\""
)]
pub(crate) struct NotASpan;

impl Span {
    pub(crate) const fn millis(millis: u64) -> Self {
        Self(millis)
    }

    pub(crate) const fn as_millis(self) -> u64 {
        self.0
    }

    pub(crate) const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let length = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or(NotASpan)?
            .1;
        let number: u64 = number.parse().map_err(|_| NotASpan)?;
        number.checked_mul(length).map(Self).ok_or(NotASpan)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |length: &u64| self.0 >= *length && self.0.is_multiple_of(*length);
        let (unit, length) = UNITS
            .iter()
            .find(|(_, length)| whole(length))
            .unwrap_or(&("ms", 1));
        write!(f, "{}{unit}", self.0 / length)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, millis) in [
            ("250ms", 250),
            ("10s", 10_000),
            ("90m", 5_400_000),
            ("25h", 90_000_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(text.parse(), Ok(Span(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "1.5h",
            "10 s",
            "1w",
            "99999999999999999999s",
            "99999999999999999d",
        ] {
            assert_eq!(text.parse::<Span>(), Err(NotASpan), "{text}");
        }
    }

    #[test]
    fn a_length_is_written_in_the_longest_unit_that_fits() {
        for (millis, text) in [
            (0, "0ms"),
            (250, "250ms"),
            (2_000, "2s"),
            (5_400_000, "90m"),
            (90_000_000, "25h"),
        ] {
            assert_eq!(Span(millis).to_string(), text);
        }
    }
}
