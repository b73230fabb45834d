//! A hook's own running time: what it waits for does not count.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How long a call has been running, without the times at which it was
/// suspended.
pub(super) struct Clock {
    born: Instant,
    deadline: Duration,
    /// Nanoseconds of all runs that are over.
    spent: AtomicU64,
    /// When the present run began, in nanoseconds since birth.
    entered: AtomicU64,
}

/// The call ran on past its deadline.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Late;

impl Clock {
    pub(super) fn new(deadline: Duration) -> Arc<Self> {
        Arc::new(Self {
            born: Instant::now(),
            deadline,
            spent: AtomicU64::new(0),
            entered: AtomicU64::new(0),
        })
    }

    /// The running time of all runs that are over.
    pub(super) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }

    /// Whether the present run is past the deadline. Host functions ask this:
    /// a storm of calls of them never comes to where the guest is suspended.
    pub(super) fn is_late(&self) -> bool {
        let entered = self.entered.load(Ordering::Relaxed);
        let running = self.now().saturating_sub(entered);
        self.spent() + Duration::from_nanos(running) > self.deadline
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn enter(&self) {
        self.entered.store(self.now(), Ordering::Relaxed);
    }

    fn leave(&self) {
        let entered = self.entered.load(Ordering::Relaxed);
        let run = self.now().saturating_sub(entered);
        self.spent.fetch_add(run, Ordering::Relaxed);
    }
}

/// `call`, ended when its own running time is past the clock's deadline.
pub(super) struct OwnTime<'a, F> {
    call: Pin<&'a mut F>,
    clock: Arc<Clock>,
}

impl<'a, F> OwnTime<'a, F> {
    pub(super) fn new(call: Pin<&'a mut F>, clock: Arc<Clock>) -> Self {
        Self { call, clock }
    }
}

impl<F: Future> Future for OwnTime<'_, F> {
    type Output = Result<F::Output, Late>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.clock.enter();
        let polled = this.call.as_mut().poll(context);
        this.clock.leave();
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if this.clock.spent() > this.clock.deadline => Poll::Ready(Err(Late)),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    #[tokio::test]
    async fn waiting_does_not_count() {
        let clock = Clock::new(Duration::from_millis(20));
        let call = pin!(tokio::time::sleep(Duration::from_millis(60)));
        assert_eq!(OwnTime::new(call, Arc::clone(&clock)).await, Ok(()));
        assert!(clock.spent() < Duration::from_millis(20));
    }

    #[tokio::test]
    async fn what_never_waits_can_ask() {
        let clock = Clock::new(Duration::from_millis(5));
        let asked = Arc::clone(&clock);
        let call = pin!(async move {
            let before = asked.is_late();
            std::thread::sleep(Duration::from_millis(6));
            (before, asked.is_late())
        });
        assert_eq!(OwnTime::new(call, clock).await, Ok((false, true)));
    }

    #[tokio::test]
    async fn running_does() {
        let clock = Clock::new(Duration::from_millis(5));
        let call = pin!(async {
            loop {
                std::thread::sleep(Duration::from_millis(2));
                tokio::task::yield_now().await;
            }
        });
        let ended: Result<(), Late> = OwnTime::new(call, Arc::clone(&clock)).await;
        assert_eq!(ended, Err(Late));
    }
}
