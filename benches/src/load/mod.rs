//! The load: the same for floor and product, from a process that is neither.

pub mod chat;
pub mod http;
pub mod idle;
pub mod socket;
pub mod webhook;

use std::time::Duration;

/// One measurement of a rate.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Messages a second.
    pub per_second: f64,
    /// The server's processor time for each.
    pub cpu: Duration,
    /// From sending to the last effect.
    pub p50: Duration,
    pub p99: Duration,
    /// How much of a core somebody else used meanwhile.
    pub others: f64,
}

/// The value below which such a part of them lies.
pub fn quantile(sorted: &[u64], part: f64) -> u64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * part).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}
