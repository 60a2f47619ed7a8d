//! A part of a file, as browsers ask for it (RFC 9110, 14): players jump about.

/// What of a file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// From a byte to a byte, both of them included.
    Part(u64, u64),
    /// Nothing that it has.
    Nothing,
}

/// Reads a `Range` header. What cannot be read, and more than one part, is all of it, as the RFC allows.
#[must_use]
pub fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let Some((first, last)) = header
        .and_then(|header| header.trim().strip_prefix("bytes="))
        .and_then(|parts| parts.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Some(0) => Wanted::Nothing,
            Some(_) if size == 0 => Wanted::Nothing,
            Some(length) => Wanted::Part(size.saturating_sub(length), size - 1),
            None => Wanted::Whole,
        },
        (first, last) => match (number(first), last) {
            (Some(first), "") if first < size => Wanted::Part(first, size - 1),
            (Some(first), last) => match number(last) {
                Some(last) if last < first => Wanted::Whole,
                Some(last) if first < size => Wanted::Part(first, last.min(size - 1)),
                None if !last.is_empty() => Wanted::Whole,
                _ => Wanted::Nothing,
            },
            (None, _) => Wanted::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_as_the_rfc_says() {
        for (header, size, is) in [
            (None, 10, Wanted::Whole),
            (Some("bytes=0-"), 10, Wanted::Part(0, 9)),
            (Some("bytes=0-0"), 10, Wanted::Part(0, 0)),
            (Some("bytes=2-4"), 10, Wanted::Part(2, 4)),
            (Some("bytes=2-400"), 10, Wanted::Part(2, 9)),
            (Some("bytes=-3"), 10, Wanted::Part(7, 9)),
            (Some("bytes=-30"), 10, Wanted::Part(0, 9)),
            (Some("bytes=10-"), 10, Wanted::Nothing),
            (Some("bytes=10-12"), 10, Wanted::Nothing),
            (Some("bytes=-0"), 10, Wanted::Nothing),
            (Some("bytes=-1"), 0, Wanted::Nothing),
            (Some("bytes=4-2"), 10, Wanted::Whole),
            (Some("bytes=0-1,3-4"), 10, Wanted::Whole),
            (Some("bytes=x-"), 10, Wanted::Whole),
            (Some("bytes=1-x"), 10, Wanted::Whole),
            (Some("bytes=99999999999999999999-"), 10, Wanted::Whole),
            (Some("lines=1-2"), 10, Wanted::Whole),
        ] {
            assert_eq!(wanted(header, size), is, "{header:?} of {size}");
        }
    }
}
