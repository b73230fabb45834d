//! One call of a hook: a fresh store, its limits, and what became of it.

mod outcome;
mod why;

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::SemaphorePermit;
use wasmtime::Store;
use wasmtime::component::{Instance, Resource};

use super::bindings::exports::valence::hooks::{mapping, review};
use super::bindings::valence::hooks::types::Enrollment as Raw;
use super::breach::Breach;
use super::carried::Carried;
use super::clock::OwnTime;
use super::load::{Description, Hook};
use super::output;
use super::session::Session;
use super::state::{RegistrationHandle, State};
use crate::enrollment::Enrollment;
use crate::text::tame;

pub use outcome::{CallError, Called, Judgement};
use why::why;

/// After so much fuel a hook lets others have a turn: about half a millisecond.
/// Most calls are over before, and so never wait for a turn of their own.
const YIELD_INTERVAL: u64 = 1_000_000;
/// The longest text of a hook that is passed on to a caller or a log.
pub(super) const LONGEST_TEXT: usize = 2000;

impl Hook {
    /// Has the hook map: `enrollment` in, what it makes of it out.
    pub async fn call_map(&self, session: &Session, enrollment: &Enrollment) -> Called<Enrollment> {
        let _turn = self.turn().await;
        let mut store = self.store(Some(session.clone()));
        let raw = output::to_guest(enrollment);
        let ended = self
            .run(&mut store, raw.bytes(), async |store, instance| {
                let exports = self.exports.mapping.as_ref().ok_or_else(no_phase)?;
                let guest = exports.load(&mut *store, &instance)?;
                let registration = lend(store)?;
                let answer = guest.call_map_node(&mut *store, registration, &raw).await?;
                charge(store, answer.as_ref().map_or(0, Carried::bytes))?;
                Ok(answer)
            })
            .await;
        let limits = self.spec.limits;
        let given = output::Given {
            raw: &raw,
            enrollment,
        };
        let called = called(store, limits.fuel, ended, |answer| match answer {
            Ok(raw) => Ok(output::from_guest(raw, &given, &limits)?),
            Err(mapping::Error::Denied(text)) => Err(CallError::Denied(tame(&text, LONGEST_TEXT))),
            Err(mapping::Error::Failed(text)) => Err(CallError::Failed(tame(&text, LONGEST_TEXT))),
            Err(mapping::Error::Deferred(after)) => Err(CallError::Deferred(after)),
        });
        if called.output.is_err() {
            self.tell("mapping", &called, "failed");
        }
        called
    }

    /// Has the hook judge `enrollment`.
    pub async fn call_review(
        &self,
        session: &Session,
        enrollment: &Enrollment,
    ) -> Called<Vec<Judgement>> {
        let _turn = self.turn().await;
        let mut store = self.store(Some(session.clone()));
        let raw: Raw = output::to_guest(enrollment);
        let ended = self
            .run(&mut store, raw.bytes(), async |store, instance| {
                let exports = self.exports.review.as_ref().ok_or_else(no_phase)?;
                let guest = exports.load(&mut *store, &instance)?;
                let registration = lend(store)?;
                let answer = guest
                    .call_review_node(&mut *store, registration, &raw)
                    .await?;
                charge(store, answer.as_ref().map_or(0, Carried::bytes))?;
                Ok(answer)
            })
            .await;
        let called = called(store, self.spec.limits.fuel, ended, |answer| match answer {
            Ok(findings) => Ok(output::findings(findings, &self.spec.limits)?),
            Err(review::Error::Failed(text)) => Err(CallError::Failed(tame(&text, LONGEST_TEXT))),
            Err(review::Error::Deferred(after)) => Err(CallError::Deferred(after)),
        });
        let denies = called.output.iter().flatten().any(|one| one.deny);
        let outcome = if denies { "denied" } else { "reviewed" };
        self.tell("review", &called, outcome);
        called
    }

    /// For the metrics: whether what a mapping came to could be taken.
    pub(crate) fn tell_mapped<T>(&self, called: &Called<T>, is_taken: bool) {
        let outcome = if is_taken { "mapped" } else { "refused" };
        self.calls
            .called("mapping", outcome, called.fuel, called.own_time);
    }

    /// For the metrics. `well`: what it came to if it came to something.
    fn tell<T>(&self, phase: &'static str, called: &Called<T>, well: &'static str) {
        let outcome = called.output.as_ref().err().map_or(well, CallError::name);
        let Called { fuel, own_time, .. } = called;
        self.calls.called(phase, outcome, *fuel, *own_time);
    }

    /// Starts an instance and looks its phases up with their types: a record that
    /// has another field than ours links, and would fail only when it is called.
    pub async fn call_types(&self) -> Result<(), CallError> {
        let _turn = self.turn().await;
        let mut store = self.store(None);
        let ended = self
            .run(&mut store, 0, async |store, instance| {
                if let Some(exports) = &self.exports.mapping {
                    exports.load(&mut *store, &instance)?;
                }
                if let Some(exports) = &self.exports.review {
                    exports.load(&mut *store, &instance)?;
                }
                Ok(())
            })
            .await;
        called(store, self.spec.limits.fuel, ended, Ok).output
    }

    /// Has the hook introduce itself; none if it does not.
    pub(super) async fn call_describe(&self) -> Result<Option<Description>, CallError> {
        let Some(exports) = &self.exports.about else {
            return Ok(None);
        };
        let _turn = self.turn().await;
        let mut store = self.store(None);
        let ended = self
            .run(&mut store, 0, async |store, instance| {
                let guest = exports.load(&mut *store, &instance)?;
                guest.call_describe(store).await
            })
            .await;
        let limits = self.spec.limits;
        called(store, limits.fuel, ended, |raw| {
            output::about(&raw, &limits)?;
            let settings_schema = match raw.settings_schema {
                None => None,
                Some(text) => {
                    Some(
                        serde_json::from_str(&text).map_err(|error| CallError::BadOutput {
                            pointer: None,
                            message: format!(
                                "the json schema of its settings is no json: {}",
                                tame(&error.to_string(), 200)
                            ),
                        })?,
                    )
                }
            };
            Ok(Some(Description {
                name: tame(&raw.name, 100),
                version: tame(&raw.version, 100),
                summary: tame(&raw.summary, 500),
                settings_schema,
            }))
        })
        .output
    }

    /// Has the hook check its settings, if it does: what it says is wrong.
    pub(super) async fn call_check_settings(&self) -> Result<Result<(), String>, CallError> {
        let Some(exports) = &self.exports.configuration else {
            return Ok(Ok(()));
        };
        let _turn = self.turn().await;
        let mut store = self.store(None);
        let ended = self
            .run(&mut store, 0, async |store, instance| {
                let guest = exports.load(&mut *store, &instance)?;
                guest.call_check_settings(store, &self.settings.text).await
            })
            .await;
        called(store, self.spec.limits.fuel, ended, Ok).output
    }

    /// Waits for a slot in the pool. To be held until the store is gone: only then
    /// is the slot free again.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match &self.place.permits {
            // Never closed; and a call too many would be told so by the pool.
            Some(permits) => permits.acquire().await.ok(),
            None => None,
        }
    }

    fn store(&self, session: Option<Session>) -> Store<State> {
        let limits = self.spec.limits;
        let state = State::new(
            Arc::clone(&self.name),
            Arc::clone(&self.settings),
            session,
            limits,
        );
        let mut store = Store::new(&self.place.engine, state);
        store.limiter(|state| &mut state.budget);
        store.set_max_component_handles(limits.handles);
        store
    }

    /// Starts an instance in `store` and does `call` with it, within the limits.
    /// The guest is handed so many bytes as its arguments.
    async fn run<T>(
        &self,
        store: &mut Store<State>,
        handed: usize,
        call: impl AsyncFnOnce(&mut Store<State>, Instance) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let limits = self.spec.limits;
        let clock = Arc::clone(&store.data().clock);
        let ended = {
            let whole = pin!(async {
                charge(store, handed)?;
                store.set_fuel(limits.fuel)?;
                store.fuel_async_yield_interval(Some(YIELD_INTERVAL))?;
                let instance = self.pre.instantiate_async(&mut *store).await?;
                call(store, instance).await
            });
            OwnTime::new(whole, clock).await
        };
        match ended {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(why(store.data_mut(), &limits, &error)),
            Err(_) => Err(CallError::Limit(Breach::deadline(&limits))),
        }
    }
}

fn lend(store: &mut Store<State>) -> wasmtime::Result<Resource<RegistrationHandle>> {
    let owned = store.data_mut().table.push(RegistrationHandle)?;
    Ok(Resource::new_borrow(owned.rep()))
}

/// Counts bytes of arguments or of results. What the guest hands over in one call
/// of the host may be as much as is left by then.
fn charge(store: &mut Store<State>, bytes: usize) -> wasmtime::Result<()> {
    let budget = &mut store.data_mut().budget;
    budget.host_bytes(bytes)?;
    let left = budget.host_bytes_left();
    store.set_hostcall_fuel(left);
    Ok(())
}

fn no_phase() -> wasmtime::Error {
    wasmtime::Error::msg("the hook does not take part in this phase")
}

fn called<A, T>(
    mut store: Store<State>,
    fuel: u64,
    ended: Result<A, CallError>,
    judge: impl FnOnce(A) -> Result<T, CallError>,
) -> Called<T> {
    let left = store.get_fuel().unwrap_or_default();
    let state = store.data_mut();
    let (reads, reads_left_out) = state.readings.take();
    Called {
        output: ended.and_then(judge),
        fuel: fuel.saturating_sub(left),
        own_time: state.clock.spent(),
        memory: state.budget.memory(),
        reads: reads.into(),
        reads_left_out,
        because: std::mem::take(&mut state.because),
    }
}
