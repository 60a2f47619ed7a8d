//! Keeps in order what one phone writes and what is reported of one message: one job of a lane after the other, lanes side by
//! side.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Lanes by name. A lane exists while it has something to do. The caller bounds how many jobs are waiting.
#[derive(Clone, Default)]
pub(crate) struct Lanes {
    waiting: Arc<Mutex<HashMap<String, VecDeque<Job>>>>,
}

impl Lanes {
    /// Runs the job when all earlier jobs of its lane are done.
    pub(crate) fn run(&self, lane: &str, job: impl Future<Output = ()> + Send + 'static) {
        let mut lanes = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = lanes.get_mut(lane) {
            waiting.push_back(Box::pin(job));
            return;
        }
        lanes.insert(lane.to_owned(), VecDeque::new());
        drop(lanes);
        let (lanes, lane) = (self.clone(), lane.to_owned());
        tokio::spawn(async move {
            job.await;
            while let Some(job) = lanes.next(&lane) {
                job.await;
            }
        });
    }

    /// The lane's next job; with none left the lane is gone.
    fn next(&self, lane: &str) -> Option<Job> {
        let mut lanes = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let job = lanes.get_mut(lane)?.pop_front();
        if job.is_none() {
            lanes.remove(lane);
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    #[tokio::test]
    async fn a_lane_keeps_its_order_and_another_lane_does_not_wait_for_it() {
        let lanes = Lanes::default();
        let (done, mut seen) = mpsc::unbounded_channel();
        let (open, gate) = oneshot::channel::<()>();
        let note = |name: &'static str| {
            let done = done.clone();
            move || done.send(name).expect("the test listens")
        };
        let (first, second, other) = (note("first"), note("second"), note("other"));
        lanes.run("a", async move {
            gate.await.expect("the gate opens");
            first();
        });
        lanes.run("a", async move { second() });
        lanes.run("b", async move { other() });
        assert_eq!(seen.recv().await, Some("other"));
        open.send(()).expect("the first job waits");
        assert_eq!(seen.recv().await, Some("first"));
        assert_eq!(seen.recv().await, Some("second"));
    }
}
