//! The known key that a mistyped one is most like.

use strsim::damerau_levenshtein;

/// What a wrong section adds to the distance at most: a right key in a wrong section is nearer than a wrong key in the right one.
const SECTION_WEIGHT: usize = 3;

/// The known key nearest to `wrong`; both dotted, as `section.key`. Empty if nothing is known.
pub(super) fn nearest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> &'k str {
    let wrong = wrong.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .min_by_key(|key| distance(&wrong, key))
        .unwrap_or_default()
}

fn distance(wrong: &str, known: &str) -> usize {
    let (wrong_section, wrong_key) = split(wrong);
    let (known_section, known_key) = split(known);
    2 * damerau_levenshtein(wrong_key, known_key)
        + damerau_levenshtein(wrong_section, known_section).min(SECTION_WEIGHT)
}

fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or(("", key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 8] = [
        "server.listen",
        "server.public_url",
        "store.url",
        "bus.url",
        "switch.revert_window",
        "guard.welcomes_per_number_day",
        "guard.welcomes_per_network_hour",
        "simulator.enabled",
    ];

    #[test]
    fn a_mistyped_key_finds_the_one_that_was_meant() {
        for (wrong, meant) in [
            ("switch.revert_windw", "switch.revert_window"),
            ("switch.revert-window", "switch.revert_window"),
            ("switch.revertWindow", "switch.revert_window"),
            ("swich.revert_window", "switch.revert_window"),
            ("server.revert_window", "switch.revert_window"),
            ("listen", "server.listen"),
            ("server.listn", "server.listen"),
            ("server.publicurl", "server.public_url"),
            ("store.uri", "store.url"),
            ("buss.url", "bus.url"),
            (
                "guard.welcome_per_number_day",
                "guard.welcomes_per_number_day",
            ),
            (
                "guard.welcomes_per_network_hr",
                "guard.welcomes_per_network_hour",
            ),
            ("simulator.enable", "simulator.enabled"),
            ("SIMULATOR.ENABLED", "simulator.enabled"),
        ] {
            assert_eq!(nearest(wrong, KNOWN), meant, "{wrong}");
        }
    }
}
