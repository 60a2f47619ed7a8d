//! What people type into a search field, as a question to the store.

use sqlx::{QueryBuilder, Sqlite};

/// What the words are of an address, as addresses are stored, where they are enough to find one by: a number is written with spaces too, and
/// a provider's id is not.
pub(super) fn part_of_an_address(words: &str) -> Option<String> {
    const FEWEST_DIGITS: usize = 3;
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let number = words
        .chars()
        .all(|sign| sign.is_ascii_digit() || " +-()./".contains(sign));
    let part = if number {
        digits.clone()
    } else {
        words.to_owned()
    };
    (digits.len() >= FEWEST_DIGITS).then_some(part)
}

/// Asks of a row `p` with an organization and an address that the address, or anything else that the same person is called, has this in it.
pub(super) fn and_called(query: &mut QueryBuilder<Sqlite>, part: &str) {
    let like = containing(part);
    query
        .push(" AND (p.address LIKE ")
        .push_bind(like.clone())
        .push(
            " ESCAPE '\\' OR EXISTS (SELECT 1 FROM form f WHERE f.organization = p.organization AND f.address = p.address AND f.form LIKE ",
        )
        .push_bind(like)
        .push(" ESCAPE '\\'))");
}

/// A pattern for what contains these words, as they stand.
pub(super) fn containing(words: &str) -> String {
    let escaped = words
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}
