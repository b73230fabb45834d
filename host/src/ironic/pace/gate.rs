//! A semaphore whose size can change while it is in use.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

/// Lets so many through at a time, first come first served.
pub(super) struct Gate {
    permits: Semaphore,
    inside: AtomicUsize,
    size: Mutex<Size>,
}

struct Size {
    now: usize,
    /// How many of those inside are to leave before another may enter.
    too_many: usize,
}

/// One who is inside, until dropped.
pub(super) struct Passage(Arc<Gate>);

impl Gate {
    pub(super) fn new(size: usize) -> Self {
        Self {
            permits: Semaphore::new(size),
            inside: AtomicUsize::new(0),
            size: Mutex::new(Size {
                now: size,
                too_many: 0,
            }),
        }
    }

    pub(super) async fn enter(self: &Arc<Self>) -> Passage {
        if let Ok(permit) = self.permits.acquire().await {
            // Given back by the passage, or not at all where the gate has shrunk.
            permit.forget();
        }
        self.inside.fetch_add(1, Ordering::Relaxed);
        Passage(Arc::clone(self))
    }

    /// How many are inside.
    pub(super) fn inside(&self) -> usize {
        self.inside.load(Ordering::Relaxed)
    }

    /// Lets `size` through from now on. Those inside stay.
    pub(super) fn resize(&self, size: usize) {
        let mut is = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if size > is.now {
            let more = size - is.now;
            let kept = more.min(is.too_many);
            is.too_many -= kept;
            self.permits.add_permits(more - kept);
        } else {
            let fewer = is.now - size;
            is.too_many += fewer - self.permits.forget_permits(fewer);
        }
        is.now = size;
    }

    fn leave(&self) {
        self.inside.fetch_sub(1, Ordering::Relaxed);
        let mut is = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if is.too_many > 0 {
            is.too_many -= 1;
        } else {
            self.permits.add_permits(1);
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.0.leave();
    }
}
