//! Crash points: places at which a test has the process die, as `kill -9` would.
//!
//! A build without debug assertions has none: there every function here is empty
//! and nothing reads `VALENCE_CRASH_AT`, so a release cannot be made to die.

#[cfg(debug_assertions)]
pub use debug::{arm, point, sending};
#[cfg(not(debug_assertions))]
pub use release::{point, sending};

#[cfg(debug_assertions)]
mod debug {
    use std::collections::HashMap;
    use std::future::Future;
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::time::Duration;

    /// How long after a request was handed over it has certainly left, and
    /// Ironic certainly has not answered it.
    const UNDER_WAY: Duration = Duration::from_millis(15);

    static ARMED: OnceLock<String> = OnceLock::new();
    static PASSED: OnceLock<Mutex<HashMap<String, usize>>> = OnceLock::new();

    /// Has the process die where `at` says: a point and which passing of it, as
    /// in `create-port/sent:2`. The first call holds.
    pub fn arm(at: String) {
        tracing::warn!(at, "armed: this process is going to crash");
        let _ = ARMED.set(at);
    }

    /// Dies here if this is the place: `what` is being done, at this `moment`.
    pub fn point(what: &str, moment: &str) {
        if is_it(what, moment) {
            die();
        }
    }

    /// Does `send`, and dies while it is under way if `what/sent` is the place.
    pub async fn sending<T>(what: &str, send: impl Future<Output = T>) -> T {
        if is_it(what, "sent") {
            let _ = tokio::time::timeout(UNDER_WAY, send).await;
            die();
        }
        send.await
    }

    fn is_it(what: &str, moment: &str) -> bool {
        let name = format!("{what}/{moment}");
        let mut passed = PASSED
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let times = passed.entry(name.clone()).or_default();
        *times += 1;
        let here = format!("{name}:{times}");
        tracing::trace!(here, "crash point");
        ARMED.get().is_some_and(|at| *at == here)
    }

    fn die() -> ! {
        // Runs no destructor and flushes nothing, as a crash.
        std::process::abort()
    }
}

#[cfg(not(debug_assertions))]
mod release {
    use std::future::Future;

    /// Nothing: there are no crash points in a release.
    #[inline(always)]
    pub fn point(_: &str, _: &str) {}

    /// `send` itself: there are no crash points in a release.
    #[inline(always)]
    pub fn sending<F: Future>(_: &str, send: F) -> F {
        send
    }
}
