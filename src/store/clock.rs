//! The one clock that decides anything: it never runs back, whatever the machine's clock does.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::core::Timestamp;

/// Where a clock reads the time that it would like to be: milliseconds since the Unix epoch.
pub type Machine = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The store's clock: the machine's, moved forward where that would run back.
pub struct Clock {
    last: AtomicI64,
    skew: AtomicI64,
    machine: Machine,
}

impl Clock {
    /// A clock that follows a machine's, and goes on from the last time that was stored.
    #[must_use]
    pub fn new(machine: Machine, last: Timestamp) -> Self {
        Self {
            last: AtomicI64::new(last.0),
            skew: AtomicI64::new(0),
            machine,
        }
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
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock")
            .field("last", &self.last)
            .field("skew", &self.skew)
            .finish_non_exhaustive()
    }
}

/// This machine's clock.
#[must_use]
pub fn machine() -> Machine {
    Arc::new(machine_time)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only place that reads the machine's clock for a decision"
)]
fn machine_time() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock_after(last: i64) -> (Clock, Arc<AtomicI64>) {
        let time = Arc::new(AtomicI64::new(1_000));
        let hand = time.clone();
        (
            Clock::new(
                Arc::new(move || time.load(Ordering::SeqCst)),
                Timestamp(last),
            ),
            hand,
        )
    }

    #[test]
    fn it_never_runs_back_and_goes_on_from_where_it_was() {
        let (clock, machine) = clock_after(0);
        assert_eq!(clock.now(), Timestamp(1_000));
        machine.store(400, Ordering::SeqCst);
        assert_eq!(clock.now(), Timestamp(1_000));
        machine.store(500, Ordering::SeqCst);
        assert_eq!(clock.now(), Timestamp(1_100));
    }

    #[test]
    fn after_a_restart_it_goes_on_from_the_last_time_stored() {
        let (clock, machine) = clock_after(5_000);
        assert_eq!(clock.now(), Timestamp(5_000));
        machine.store(1_200, Ordering::SeqCst);
        assert_eq!(clock.now(), Timestamp(5_200));
    }
}
