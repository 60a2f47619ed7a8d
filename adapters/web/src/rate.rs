//! How fast frames may come: a bucket that fills again.

use std::time::Duration;

use tokio::time::Instant;

const SPAN: Duration = Duration::from_secs(10);

/// A bucket of so many frames that is full again after ten seconds. 0: no limit.
#[derive(Debug)]
pub(crate) struct Rate {
    most: u32,
    left: f32,
    since: Instant,
}

impl Rate {
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            left: most as f32,
            since: Instant::now(),
        }
    }

    /// Takes one out. False: it was empty.
    pub(crate) fn take(&mut self) -> bool {
        let now = Instant::now();
        let filled =
            now.duration_since(self.since).as_secs_f32() / SPAN.as_secs_f32() * self.most as f32;
        self.left = (self.left + filled).min(self.most as f32);
        self.since = now;
        if self.most != 0 && self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_let_through_and_then_as_much_as_fills_again() {
        let mut rate = Rate::new(20);
        assert_eq!((0..100).filter(|_| rate.take()).count(), 20);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!((0..100).filter(|_| rate.take()).count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_no_limit() {
        let mut rate = Rate::new(0);
        assert_eq!((0..1_000).filter(|_| rate.take()).count(), 1_000);
    }
}
