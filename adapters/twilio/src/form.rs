//! A request's parameters: decoded once, in the order in which they are signed.

use std::borrow::Cow;

/// More than Twilio ever sent, and few enough to sort for a caller who has proven nothing yet.
const MOST_FIELDS: usize = 256;

/// Names and values, sorted by name and value, each pair once.
pub(crate) struct Form<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Form<'a> {
    /// Decodes `application/x-www-form-urlencoded` text; `None` when it has too many fields.
    pub(crate) fn parse(raw: &'a [u8]) -> Option<Self> {
        let mut pairs = Vec::with_capacity(32);
        pairs.extend(form_urlencoded::parse(raw).take(MOST_FIELDS + 1));
        if pairs.len() > MOST_FIELDS {
            return None;
        }
        pairs.sort_unstable();
        pairs.dedup();
        Some(Self { pairs })
    }

    /// The pairs, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The value of a field; of a repeated one, the first in order.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let at = self.pairs.partition_point(|(other, _)| **other < *name);
        self.pairs
            .get(at)
            .filter(|(found, _)| found == name)
            .map(|(_, value)| &**value)
    }

    /// The pairs themselves, in order.
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        self.pairs.into_iter()
    }
}
