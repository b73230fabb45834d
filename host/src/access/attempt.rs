//! Logins that may fail, and what comes of too many of them.

use super::share::Shares;
use crate::failure::{Cause, Failure};

/// A login that may fail.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    failures: &'a Shares,
    from: &'a str,
}

impl<'a> Attempt<'a> {
    /// One of `from`, counted in `failures`.
    pub(super) fn new(failures: &'a Shares, from: &'a str) -> Self {
        Self { failures, from }
    }

    /// Counts it as one that has failed, before anybody is asked: of those that are made
    /// side by side all would get through else.
    pub(super) fn begin(self) -> Result<(), TooMany> {
        let what = "too many logins from this address have failed, or are being checked";
        let counted = self.failures.take(self.from);
        counted.map_err(|after| TooMany::new(what, after))
    }

    /// It has not failed after all, or for no fault of the caller's. One whose caller went
    /// away without waiting for the answer stays counted.
    pub(super) fn not_failed(self) {
        self.failures.give_back(self.from);
    }
}

/// Too much of something, and in how many seconds there is more.
#[derive(Clone, Copy)]
pub(super) struct TooMany {
    what: &'static str,
    after: u32,
}

impl TooMany {
    /// Passwords that wait to be hashed, of whomever.
    pub(super) const AT_ONCE: Self = Self::new("too many logins are being checked", 1);

    /// Too many of `what`.
    pub(super) const fn new(what: &'static str, after: u32) -> Self {
        Self { what, after }
    }
}

impl From<TooMany> for Failure {
    fn from(TooMany { what, after }: TooMany) -> Self {
        let detail = format!("{what}: try again in {after} s");
        let mut failure = Self::new(Cause::TooManyRequests, detail);
        failure.retry_after = Some(after);
        failure
    }
}
