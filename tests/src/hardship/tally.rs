//! What came of many blows.

use std::fmt;
use std::time::Duration;

use crate::inventory::Differences;

/// Counts, and a sentence for each that is not 0.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many blows.
    pub tried: usize,
    /// How many were not met: a retry that was not necessary this time.
    pub missed: usize,
    /// After how many something was lost.
    pub lost: usize,
    /// After how many something was there twice.
    pub duplicated: usize,
    /// After how many something was left that belongs to nobody.
    pub orphaned: usize,
    /// After how many a registration went neither forth nor back.
    pub stuck: usize,
    /// The longest from the restart, or from Ironic's return, to when all was settled.
    pub longest_recovery: Duration,
    /// What happened.
    pub told: Vec<String>,
}

impl Tally {
    /// One blow, and how Ironic and the store differed then.
    pub fn count(&mut self, what: &str, recovery: Duration, found: &Differences) {
        self.tried += 1;
        self.longest_recovery = self.longest_recovery.max(recovery);
        for (count, sentences) in [
            (&mut self.lost, &found.lost),
            (&mut self.duplicated, &found.duplicated),
            (&mut self.orphaned, &found.orphaned),
            (&mut self.stuck, &found.stuck),
        ] {
            *count += usize::from(!sentences.is_empty());
            self.told.extend(
                sentences
                    .iter()
                    .map(|sentence| format!("{what}: {sentence}")),
            );
        }
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.tried += other.tried;
        self.missed += other.missed;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.orphaned += other.orphaned;
        self.stuck += other.stuck;
        self.longest_recovery = self.longest_recovery.max(other.longest_recovery);
        self.told.extend(other.told);
    }

    /// Whether nothing was lost, twice, left over or stuck.
    pub fn is_clean(&self) -> bool {
        self.lost + self.duplicated + self.orphaned + self.stuck == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tried ({} not met), {} lost, {} duplicated, {} orphaned, {} stuck, longest recovery {:.1} s",
            self.tried,
            self.missed,
            self.lost,
            self.duplicated,
            self.orphaned,
            self.stuck,
            self.longest_recovery.as_secs_f64()
        )
    }
}
