//! The carrier's time: the host's clock plus whatever it was moved ahead by hand.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// As far as the clock can be moved in all, so that no date leaves the calendar: 20 years.
const FURTHEST: i64 = 20 * 366 * 24 * 3600 * 1000;

/// A clock that can be moved ahead, never back. Clones share the same hand.
///
/// The product reads [`offset`](Clock::offset) or [`now`](Clock::now) to move with it, and [`moved`](Clock::moved) to wake
/// what waits for a time.
#[derive(Clone)]
pub struct Clock {
    base: Arc<dyn Fn() -> i64 + Send + Sync>,
    offset: Arc<watch::Sender<i64>>,
}

/// The clock was asked to go further than it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock can be moved ahead by 20 years in all")]
pub struct TooFar;

impl Clock {
    /// A clock that starts on the system's time.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the carrier stands outside the product and has a clock of its own"
    )]
    pub fn system() -> Self {
        Self::new(|| {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }

    /// A clock that starts on a time of the caller's, in milliseconds since the Unix epoch.
    pub fn new(base: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self {
            base: Arc::new(base),
            offset: Arc::new(watch::Sender::new(0)),
        }
    }

    /// The time now, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.base)().saturating_add(self.offset())
    }

    /// How far the clock was moved ahead, in milliseconds.
    #[must_use]
    pub fn offset(&self) -> i64 {
        *self.offset.borrow()
    }

    /// Moves the clock ahead and answers the new time.
    ///
    /// # Errors
    /// When all moves together would exceed 20 years; the clock then stays.
    pub fn advance(&self, by: Duration) -> Result<i64, TooFar> {
        let by = i64::try_from(by.as_millis()).map_err(|_| TooFar)?;
        let moved = self
            .offset
            .send_if_modified(|offset| match offset.checked_add(by) {
                Some(sum) if sum <= FURTHEST => {
                    *offset = sum;
                    true
                }
                _ => false,
            });
        if moved { Ok(self.now()) } else { Err(TooFar) }
    }

    /// Changes whenever the clock is moved by hand; the value is the new offset.
    #[must_use]
    pub fn moved(&self) -> watch::Receiver<i64> {
        self.offset.subscribe()
    }

    /// Waits until this clock shows `at`: as time passes, or because somebody moves it.
    pub(crate) async fn reach(&self, at: i64) {
        let mut moved = self.moved();
        loop {
            let Ok(left) = u64::try_from(at.saturating_sub(self.now())) else {
                return;
            };
            if left == 0 {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(left)) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock")
            .field("now", &self.now())
            .field("offset", &self.offset())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_move_is_seen_by_every_clone_at_once() {
        let clock = Clock::new(|| 1_000);
        let other = clock.clone();
        assert_eq!(clock.advance(HOUR), Ok(3_601_000));
        assert_eq!(other.now(), 3_601_000);
    }

    #[test]
    fn a_move_beyond_the_limit_is_refused_and_changes_nothing() {
        let clock = Clock::new(|| 0);
        assert_eq!(clock.advance(Duration::MAX), Err(TooFar));
        assert_eq!(clock.advance(HOUR * 24 * 366 * 21), Err(TooFar));
        assert_eq!(clock.offset(), 0);
    }

    #[tokio::test]
    async fn who_waits_for_a_time_is_woken_when_the_clock_is_moved_past_it() {
        let clock = Clock::new(|| 0);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.reach(3_600_000).await }
        });
        clock.advance(HOUR).expect("an hour is within reach");
        waiting.await.expect("the wait ends");
    }
}
