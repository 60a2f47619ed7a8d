//! What holds on WhatsApp whoever carries it: its window, and what it calls people (Meta's page "Business-scoped user IDs").

use crate::{Address, Millis};

/// For so long after a person's message they may be sent free text.
pub const WINDOW: Millis = 24 * 3_600_000;

/// Up to 128 letters and digits behind the country.
const LONGEST_ID: usize = 128;

/// What WhatsApp calls a person, each once, the best first: its own id of them, which stays where a number may be hidden or given up;
/// then the number, which may come without `+`; then the id that several portfolios of one owner share.
pub fn called<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Address> {
    let mut all: Vec<Address> = Vec::new();
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        let digits = name.strip_prefix('+').unwrap_or(name);
        let address = if digits.bytes().all(|b| b.is_ascii_digit()) {
            Address(format!("+{digits}"))
        } else {
            Address(name.to_owned())
        };
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all.sort_by_key(rank);
    all
}

fn rank(address: &Address) -> u8 {
    match address.as_str() {
        shared if shared.contains(".ENT.") => 2,
        number if number.starts_with('+') => 1,
        _ => 0,
    }
}

/// `US.13491208655302741918`, or `US.ENT.11815799212886844830` for one of several portfolios of one owner.
#[must_use]
pub fn is_user_id(text: &str) -> bool {
    let Some((country, id)) = text.split_once('.') else {
        return false;
    };
    let id = id.strip_prefix("ENT.").unwrap_or(id);
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_goes_before_a_number_and_a_number_before_an_id_that_is_shared() {
        let is = |names: &[&str], expected: &[&str]| {
            let expected: Vec<Address> =
                expected.iter().map(|one| Address((*one).into())).collect();
            assert_eq!(called(names.iter().copied()), expected, "{names:?}");
        };
        let all = ["US.1349", "+14155550100", "US.ENT.1"];
        is(&["US.ENT.1", "14155550100", "", "US.1349"], &all);
        is(&["US.1349", "+14155550100", "14155550100"], &all[..2]);
        is(&["14155550100", ""], &all[1..2]);
        is(&["", ""], &[]);
    }
}
