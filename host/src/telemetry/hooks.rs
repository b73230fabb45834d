//! The calls of one hook. A call takes microseconds, so what counts it is looked
//! up once and not at each.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use super::Label;
use super::metrics::METRICS;

/// What counts and measures the calls of one hook.
pub struct HookCalls {
    /// None: they are counted nowhere.
    hook: Option<Label>,
    fuel: OnceLock<Histogram>,
    seconds: OnceLock<Histogram>,
    mapped: OnceLock<Counter>,
    reviewed: OnceLock<Counter>,
}

impl HookCalls {
    /// Those of `hook`. Nothing is shown of it before it is called.
    pub fn of(hook: &str) -> Self {
        Self {
            hook: Some(Label::from(hook.to_owned())),
            ..Self::nowhere()
        }
    }

    /// Those of a hook that only shows what would be: no metric tells of them.
    pub fn nowhere() -> Self {
        Self {
            hook: None,
            fuel: OnceLock::new(),
            seconds: OnceLock::new(),
            mapped: OnceLock::new(),
            reviewed: OnceLock::new(),
        }
    }

    /// It was called in `phase`, and it came to `outcome`.
    pub fn called(&self, phase: &'static str, outcome: &'static str, fuel: u64, took: Duration) {
        let Some(hook) = &self.hook else {
            return;
        };
        let counter = || {
            let labels = [
                ("hook", hook.clone()),
                ("phase", phase.into()),
                ("outcome", outcome.into()),
            ];
            METRICS.hook_calls.get_or_create_owned(&labels)
        };
        match (phase, outcome) {
            ("mapping", "mapped") => self.mapped.get_or_init(counter).inc(),
            ("review", "reviewed") => self.reviewed.get_or_init(counter).inc(),
            _ => counter().inc(),
        };
        let one = || [("hook", hook.clone())];
        self.fuel
            .get_or_init(|| METRICS.hook_fuel.get_or_create_owned(&one()))
            .observe(fuel as f64);
        self.seconds
            .get_or_init(|| METRICS.hook_seconds.get_or_create_owned(&one()))
            .observe(took.as_secs_f64());
    }
}
