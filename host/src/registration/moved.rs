//! Telling those who wait for a node to get somewhere that it has moved: them, and not
//! those who wait for others.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

/// Those who wait, by the registration of their node.
#[derive(Default)]
pub(super) struct Moved(Mutex<HashMap<Uuid, watch::Sender<()>>>);

/// One who waits.
pub(super) struct Waiter<'a> {
    moved: &'a Moved,
    registration: Uuid,
    /// Until it is dropped.
    told: Option<watch::Receiver<()>>,
}

impl Moved {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something of where the node of `registration` is to be taken has changed.
    pub(super) fn tell(&self, registration: Uuid) {
        if let Some(waiting) = self.all().get(&registration) {
            waiting.send_replace(());
        }
    }

    /// Hears of what changes from now on.
    pub(super) fn waiter(&self, registration: Uuid) -> Waiter<'_> {
        let told = self.all().entry(registration).or_default().subscribe();
        Waiter {
            moved: self,
            registration,
            told: Some(told),
        }
    }
}

impl Waiter<'_> {
    /// Waits until something has changed since this was called last.
    pub(super) async fn moved(&mut self) {
        if let Some(told) = &mut self.told {
            // Its sender stays as long as this does.
            let _ = told.changed().await;
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut all = self.moved.all();
        // While nobody else counts: of two that end at once, the later is to see none.
        drop(self.told.take());
        if all
            .get(&self.registration)
            .is_some_and(|waiting| waiting.receiver_count() == 0)
        {
            all.remove(&self.registration);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_told_of_that_only_and_nothing_is_left_of_those_who_do_not() {
        let moved = Moved::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut first = moved.waiter(one);
        let mut second = moved.waiter(one);
        let mut elsewhere = moved.waiter(other);
        moved.tell(one);
        assert!(first.moved().now_or_never().is_some());
        assert!(first.moved().now_or_never().is_none());
        assert!(elsewhere.moved().now_or_never().is_none());
        drop(first);
        assert!(second.moved().now_or_never().is_some());
        drop(second);
        drop(elsewhere);
        moved.tell(one);
        assert!(moved.all().is_empty());
    }

    #[test]
    fn nothing_is_left_of_two_who_end_at_once() {
        let moved = Moved::default();
        let together = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for n in 0..2000 {
                        let waiter = moved.waiter(Uuid::from_u128(n));
                        together.wait();
                        drop(waiter);
                    }
                });
            }
        });
        assert!(moved.all().is_empty());
    }
}
