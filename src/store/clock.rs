//! The one clock that decides anything: it never runs back, whatever the machine's clock does.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::core::Timestamp;

/// The store's clock: the machine's, moved forward where that would run back, and by hand in a demonstration.
#[derive(Debug)]
pub struct Clock {
    last: AtomicI64,
    skew: AtomicI64,
    machine: fn() -> i64,
}

impl Clock {
    /// A clock that goes on from the last time that was stored.
    #[must_use]
    pub fn after(last: Timestamp) -> Self {
        Self::on(machine_time, last)
    }

    /// The same on another machine's clock.
    #[must_use]
    pub fn on(machine: fn() -> i64, last: Timestamp) -> Self {
        Self { last: AtomicI64::new(last.0), skew: AtomicI64::new(0), machine }
    }

    /// The time, never earlier than any time given out before. Where the machine's clock has jumped back, ours goes on from
    /// where it was.
    pub fn now(&self) -> Timestamp {
        let machine = (self.machine)();
        let last = self.last.load(Ordering::SeqCst);
        let mut now = machine + self.skew.load(Ordering::SeqCst);
        if now < last {
            self.skew.store(last - machine, Ordering::SeqCst);
            now = last;
        }
        Timestamp(self.last.fetch_max(now, Ordering::SeqCst).max(now))
    }

    /// Moves the clock forward by hand.
    pub fn advance(&self, millis: i64) {
        self.skew.fetch_add(millis.max(0), Ordering::SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "the only place that reads the machine's clock for a decision")]
fn machine_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! { static MACHINE: std::cell::Cell<i64> = const { std::cell::Cell::new(0) }; }

    fn machine() -> i64 {
        MACHINE.get()
    }

    #[test]
    fn it_never_runs_back_and_goes_on_from_where_it_was() {
        MACHINE.set(1_000);
        let clock = Clock::on(machine, Timestamp(0));
        assert_eq!(clock.now(), Timestamp(1_000));
        MACHINE.set(400);
        assert_eq!(clock.now(), Timestamp(1_000));
        MACHINE.set(500);
        assert_eq!(clock.now(), Timestamp(1_100));
    }

    #[test]
    fn after_a_restart_it_goes_on_from_the_last_time_stored() {
        MACHINE.set(1_000);
        let clock = Clock::on(machine, Timestamp(5_000));
        assert_eq!(clock.now(), Timestamp(5_000));
        MACHINE.set(1_200);
        assert_eq!(clock.now(), Timestamp(5_200));
    }
}
