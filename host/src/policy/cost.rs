//! What hooks cost over the cases of their project, and what has become dearer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::Place;
use super::run::{Runner, Verdict};
use crate::failure::Failure;

/// What the hooks of all cases cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costs {
    /// The fuel of all cases together.
    pub fuel: u64,
    /// How often each case was timed.
    pub rounds: u32,
    /// In the order of their names.
    pub cases: Vec<Cost>,
}

/// What the hooks of one case cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The case.
    pub case: String,
    /// Their fuel: the same in each round, and on each machine.
    pub fuel: u64,
    /// Their running time, in microseconds: half of the rounds took no longer.
    pub median_us: u64,
    /// All but one in a hundred took no longer.
    pub p99_us: u64,
    /// The most memory that one of them had, in bytes.
    pub memory: usize,
    /// Each of them, by its name.
    pub hooks: BTreeMap<String, HookCost>,
}

/// What one hook of a case costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookCost {
    /// `sha256:` and the digest of its component.
    pub digest: String,
    /// Its fuel.
    pub fuel: u64,
}

/// Why a case says nothing of costs.
#[derive(Debug)]
pub enum Uncosted {
    /// Its recorded machine is not here.
    NotHere,
    /// It comes to no call of a hook: settings that are refused, for instance.
    NoCall,
    /// It comes out otherwise than it is to.
    Failed,
    /// It could not be evaluated again.
    Broken(Failure),
}

/// A case that has become dearer than it may.
#[derive(Clone, Debug, PartialEq)]
pub struct Rise {
    /// The case.
    pub case: String,
    /// By how much, in percent.
    pub percent: f64,
}

impl Runner {
    /// What the case at `place` costs, timed over so many rounds, one after the
    /// other.
    ///
    /// # Errors
    /// If it says nothing of that.
    pub async fn cost(&self, place: &Place, rounds: u32) -> Result<Cost, Uncosted> {
        let ran = self.run(place).await;
        match ran.verdict {
            Verdict::Passed => {}
            Verdict::NotHere => return Err(Uncosted::NotHere),
            Verdict::Failed { .. } => return Err(Uncosted::Failed),
        }
        let case = ran.case.as_ref().filter(|_| !ran.hooks.is_empty());
        let case = case.ok_or(Uncosted::NoCall)?;
        let prepared = self.prepare(place, case).await.map_err(Uncosted::Broken)?;
        let prepared = prepared.ok_or(Uncosted::NotHere)?;
        let mut times = Vec::new();
        for _ in 0..rounds {
            let hooks = prepared.run().await.hooks;
            times.push(hooks.iter().map(|run| run.duration_us).sum());
        }
        times.sort_unstable();
        let hooks = ran.hooks.iter().map(|run| {
            let cost = HookCost {
                digest: run.digest.clone(),
                fuel: run.fuel,
            };
            (run.name.clone(), cost)
        });
        Ok(Cost {
            case: place.name.clone(),
            fuel: ran.fuel(),
            median_us: percentile(&times, 50),
            p99_us: percentile(&times, 99),
            memory: ran.hooks.iter().map(|run| run.memory).max().unwrap_or(0),
            hooks: hooks.collect(),
        })
    }
}

/// The smallest of `sorted` that so many percent are not above; 0 of none.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    let found = sorted.get(rank.saturating_sub(1));
    found.copied().unwrap_or_default()
}

impl Costs {
    /// Those of `cases`.
    pub fn of(cases: Vec<Cost>, rounds: u32) -> Self {
        Self {
            fuel: cases.iter().map(|cost| cost.fuel).sum(),
            rounds,
            cases,
        }
    }

    /// The fuel of the case of this name, if there is one.
    pub fn fuel_of(&self, case: &str) -> Option<u64> {
        let cost = self.cases.iter().find(|cost| cost.case == case);
        cost.map(|cost| cost.fuel)
    }

    /// The cases whose fuel has risen since `before` by more than `threshold` percent.
    /// What was not there before, or cost nothing, has no percentage.
    pub fn rises(&self, before: &Self, threshold: f64) -> Vec<Rise> {
        let cases = self.cases.iter();
        let rises = cases.filter_map(|cost| {
            let percent = change(before.fuel_of(&cost.case)?, cost.fuel)?;
            (percent > threshold).then(|| Rise {
                case: cost.case.clone(),
                percent,
            })
        });
        rises.collect()
    }
}

/// By how many percent `after` is more than `before`; none if that was nothing.
#[allow(
    clippy::cast_precision_loss,
    reason = "a percentage of what has more than 15 digits may be off in the 15th"
)]
pub fn change(before: u64, after: u64) -> Option<f64> {
    let (before, after) = (before as f64, after as f64);
    (before > 0.0).then(|| (after - before) * 100.0 / before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(fuels: &[(&str, u64)]) -> Costs {
        let cost = |(case, fuel): &(&str, u64)| Cost {
            case: (*case).into(),
            fuel: *fuel,
            median_us: 1,
            p99_us: 2,
            memory: 0,
            hooks: BTreeMap::new(),
        };
        Costs::of(fuels.iter().map(cost).collect(), 1)
    }

    #[test]
    fn what_rose_by_more_than_it_may_is_told() {
        let before = costs(&[("a", 1000), ("b", 1000), ("gone", 5), ("free", 0)]);
        let after = costs(&[("a", 1050), ("b", 1051), ("new", 9999), ("free", 7)]);
        let cases = |threshold| {
            let rises = after.rises(&before, threshold);
            rises.into_iter().map(|rise| rise.case).collect::<Vec<_>>()
        };
        assert_eq!(cases(5.0), ["b"]);
        assert_eq!(cases(5.2), [""; 0]);
        assert_eq!(cases(0.0), ["a", "b"]);
        assert_eq!((before.fuel, after.fuel), (2005, 12107));
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(
            (percentile(&hundred, 50), percentile(&hundred, 99)),
            (50, 99)
        );
        assert_eq!((percentile(&[7], 50), percentile(&[7], 99)), (7, 7));
        assert_eq!(percentile(&[], 99), 0);
    }
}
