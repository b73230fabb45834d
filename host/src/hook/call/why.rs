//! Whose doing it was that a call ended before its time.

use rustix::io::Errno;
use wasmtime::{OutOfMemory, PoolConcurrencyLimitError, Trap};

use super::super::breach::{Breach, size};
use super::super::spec::Limits;
use super::super::state::State;
use super::CallError;
use crate::text::tame;

/// Whose doing it was that a call ended before its time.
pub(super) fn why(state: &mut State, limits: &Limits, error: &wasmtime::Error) -> CallError {
    if let Some(read) = state.read_error.take() {
        return CallError::Read(read);
    }
    if let Some(breach) = state.budget.breach() {
        return CallError::Limit(breach);
    }
    if let Some(breach) = Breach::counted(limits, error) {
        return CallError::Limit(breach);
    }
    if is_lacking(error) {
        return CallError::Machine(lacking(limits, error));
    }
    // Not as `Debug`: that would look up the lines of our own backtrace, which takes
    // seconds and hundreds of megabytes where backtraces are switched on.
    let details = tame(&format!("{error:#}"), 4000);
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => CallError::Limit(Breach::fuel(limits)),
        Some(Trap::StackOverflow) => CallError::Limit(Breach::stack(limits)),
        Some(trap) => {
            let text = trap.to_string();
            let text = text.strip_prefix("wasm trap: ").unwrap_or(&text);
            CallError::Trapped {
                reason: format!("it trapped: {}", tame(text, 200)),
                details,
            }
        }
        None => CallError::Trapped {
            reason: format!(
                "it broke the contract: {}",
                tame(&error.root_cause().to_string(), 200)
            ),
            details,
        },
    }
}

/// Whether it is the machine that had something not: memory, a place in a pool. A
/// guest is not told of errors of the operating system, and so cannot cause these.
fn is_lacking(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<std::io::Error>()
            || cause.is::<Errno>()
            || cause.is::<PoolConcurrencyLimitError>()
            || cause.is::<OutOfMemory>()
    })
}

fn lacking(limits: &Limits, error: &wasmtime::Error) -> String {
    let mut reason = tame(&error.root_cause().to_string(), 200);
    if limits.stack > Limits::DEFAULT.stack {
        let stack = size(limits.stack as u64);
        reason += &format!("; `limits.stack` of its `[[hook]]` asks for {stack}");
    }
    reason
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::super::super::state::Settings;
    use super::*;

    #[test]
    fn what_the_machine_lacks_is_not_put_on_the_hook() {
        let settings = Settings {
            text: String::new(),
            value: Value::Null,
        };
        let limits = Limits::default();
        let mut state = State::new("site".into(), Arc::new(settings), None, limits);
        let mut why = |error: wasmtime::Error| why(&mut state, &limits, &error);
        for error in [
            wasmtime::Error::from(std::io::Error::other("none")).context("cannot make a stack"),
            wasmtime::Error::from(Errno::NOMEM),
            wasmtime::Error::from(OutOfMemory::new(7)),
        ] {
            let why = why(error);
            assert!(matches!(why, CallError::Machine(_)), "{why}");
        }
        let why = why(wasmtime::Error::msg("expected a record"));
        assert_eq!(why.to_string(), "it broke the contract: expected a record");
    }
}
