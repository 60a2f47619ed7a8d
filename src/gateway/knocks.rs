//! How often somebody knocked: counts that forget themselves, and take no more memory than a bound.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::bus::unpoisoned;

const MINUTE: i64 = 60_000;
/// A wrong password counts for so long from the first of its kind.
const TRIES_WINDOW: i64 = 10 * MINUTE;
/// Wrong passwords for one e-mail address from one network.
const TRIES_PER_PAIR: u32 = 20;
/// From one network, for whatever e-mail address.
const TRIES_PER_NETWORK: u32 = 100;
/// For one e-mail address, from wherever: guessing that is spread over networks ends here.
const TRIES_PER_EMAIL: u32 = 1_000;
/// At most so many keys of one kind are remembered.
const KEYS: usize = 50_000;

/// Counts by key; each begins anew when its time is over.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<HashMap<String, Count>>);

#[derive(Clone, Copy, Debug)]
struct Count {
    until: i64,
    times: u32,
}

impl Tally {
    /// How often it was counted, and until when that is remembered.
    fn of(&self, key: &str, now: i64) -> Option<(u32, i64)> {
        unpoisoned(&self.0)
            .get(key)
            .filter(|count| now < count.until)
            .map(|count| (count.times, count.until))
    }

    /// How long it stays over a limit, in milliseconds, if it is; 0 is no limit.
    pub(super) fn over(&self, key: &str, now: i64, limit: u32) -> Option<i64> {
        let (times, until) = self.of(key, now)?;
        (limit > 0 && times >= limit).then_some(until - now)
    }

    /// Counts once more, and says how often that makes.
    pub(super) fn count(&self, key: &str, now: i64, window: i64) -> u32 {
        self.add(key, now, window, 1)
    }

    /// Counts so many more, and says how many that makes.
    pub(super) fn add(&self, key: &str, now: i64, window: i64, times: u32) -> u32 {
        let mut counts = unpoisoned(&self.0);
        if counts.len() >= KEYS && !counts.contains_key(key) {
            make_room(&mut counts, now);
        }
        let count = counts.entry(key.to_owned()).or_insert(Count {
            until: now + window,
            times: 0,
        });
        if now >= count.until {
            *count = Count {
                until: now + window,
                times: 0,
            };
        }
        count.times = count.times.saturating_add(times);
        count.times
    }

    fn forget(&self, key: &str) {
        unpoisoned(&self.0).remove(key);
    }
}

/// What is over goes first, then the half that was counted least: a flood of new keys does not wash away those that reached a limit.
fn make_room(counts: &mut HashMap<String, Count>, now: i64) {
    counts.retain(|_, count| now < count.until);
    if counts.len() < KEYS {
        return;
    }
    let mut times: Vec<u32> = counts.values().map(|count| count.times).collect();
    let middle = times.len() / 2;
    let median = *times.select_nth_unstable(middle).1;
    counts.retain(|_, count| count.times > median);
}

/// Wrong passwords: by network and e-mail address, by network, and by e-mail address.
#[derive(Debug, Default)]
pub(super) struct Tries {
    pairs: Tally,
    networks: Tally,
    emails: Tally,
}

impl Tries {
    /// When to come back, in milliseconds, where too many passwords were wrong.
    pub(super) fn wait(&self, network: &str, email: &str, now: i64) -> Option<i64> {
        let limits = [
            (self.pairs.of(&pair(network, email), now), TRIES_PER_PAIR),
            (self.networks.of(network, now), TRIES_PER_NETWORK),
            (self.emails.of(email, now), TRIES_PER_EMAIL),
        ];
        let over = limits
            .into_iter()
            .filter_map(|(count, limit)| count.filter(|(times, _)| *times >= limit));
        over.map(|(_, until)| until - now).max()
    }

    /// A password was wrong.
    pub(super) fn failed(&self, network: &str, email: &str, now: i64) {
        self.pairs.count(&pair(network, email), now, TRIES_WINDOW);
        self.networks.count(network, now, TRIES_WINDOW);
        self.emails.count(email, now, TRIES_WINDOW);
    }

    /// A password was right: whoever sits there mistyped before.
    pub(super) fn succeeded(&self, network: &str, email: &str) {
        self.pairs.forget(&pair(network, email));
    }
}

/// A network has no space in its name.
fn pair(network: &str, email: &str) -> String {
    format!("{network} {email}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "192.0.2.0/24";
    const THERE: &str = "198.51.100.0/24";
    const ADA: &str = "ada@acme.example";

    fn failed(tries: &Tries, network: &str, email: &str, times: u32) {
        for _ in 0..times {
            tries.failed(network, email, 0);
        }
    }

    #[test]
    fn wrong_passwords_from_one_network_shut_out_nobody_elsewhere() {
        let tries = Tries::default();
        failed(&tries, HERE, ADA, TRIES_PER_PAIR);
        assert_eq!(tries.wait(HERE, ADA, 1), Some(TRIES_WINDOW - 1));
        assert_eq!(tries.wait(THERE, ADA, 1), None);
        assert_eq!(tries.wait(HERE, "ben@acme.example", 1), None);
        assert_eq!(tries.wait(HERE, ADA, TRIES_WINDOW), None);
    }

    #[test]
    fn one_network_cannot_go_through_everybody() {
        let tries = Tries::default();
        for n in 0..TRIES_PER_NETWORK {
            assert_eq!(tries.wait(HERE, "new@acme.example", 0), None);
            failed(&tries, HERE, &format!("{n}@acme.example"), 1);
        }
        assert!(tries.wait(HERE, "new@acme.example", 0).is_some());
        assert_eq!(tries.wait(THERE, "new@acme.example", 0), None);
    }

    #[test]
    fn guessing_that_is_spread_over_networks_ends_too() {
        let tries = Tries::default();
        for n in 0..TRIES_PER_EMAIL {
            assert_eq!(tries.wait(HERE, ADA, 0), None);
            failed(&tries, &format!("network {n}"), ADA, 1);
        }
        assert!(tries.wait(HERE, ADA, 0).is_some());
    }

    #[test]
    fn a_right_password_forgives_the_wrong_ones_before_it() {
        let tries = Tries::default();
        failed(&tries, HERE, ADA, TRIES_PER_PAIR - 1);
        tries.succeeded(HERE, ADA);
        failed(&tries, HERE, ADA, 1);
        assert_eq!(tries.wait(HERE, ADA, 0), None);
    }

    #[test]
    fn a_flood_of_keys_takes_no_more_room_and_washes_no_limit_away() {
        let tally = Tally::default();
        for _ in 0..30 {
            tally.count("reached", 0, 1_000);
        }
        for n in 0..2 * KEYS {
            tally.count(&n.to_string(), 0, 1_000);
        }
        assert!(unpoisoned(&tally.0).len() <= KEYS);
        assert_eq!(tally.of("reached", 0), Some((30, 1_000)));
    }
}
