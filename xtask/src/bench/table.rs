//! What was measured.

use std::collections::BTreeMap;

use super::contestant::Took;

#[derive(Default)]
pub(super) struct Table {
    pub(super) iterations: BTreeMap<&'static str, u64>,
    /// Nanoseconds of processor time and of time of an evaluation in each round,
    /// by name and threads.
    rounds: BTreeMap<(&'static str, u32), Vec<(f64, f64)>>,
    pub(super) system_calls: Option<f64>,
    pub(super) instance_bytes: u64,
    /// Nanoseconds of processor time, and the most bytes that the process had.
    pub(super) replays: BTreeMap<&'static str, (u64, u64)>,
}

impl Table {
    pub(super) fn enter(&mut self, name: &'static str, threads: u32, iterations: u64, took: Took) {
        let all = (iterations * u64::from(threads)) as f64;
        let round = (took.cpu as f64 / all, took.wall as f64 / all);
        self.rounds.entry((name, threads)).or_default().push(round);
    }

    /// Microseconds of processor time of an evaluation, in the best round.
    pub(super) fn cpu(&self, name: &str) -> Option<f64> {
        self.sorted(name, 1, |(cpu, _)| cpu)?
            .first()
            .map(|ns| ns / 1000.0)
    }

    fn median(&self, name: &str) -> Option<f64> {
        let rounds = self.sorted(name, 1, |(cpu, _)| cpu)?;
        rounds.get(rounds.len() / 2).map(|ns| ns / 1000.0)
    }

    /// Evaluations a second, in the best round.
    pub(super) fn rate(&self, name: &str, threads: u32) -> Option<f64> {
        let walls = self.sorted(name, threads, |(_, wall)| wall)?;
        walls.first().map(|ns| 1e9 / ns)
    }

    /// By how much the processor time of an evaluation rises on a second thread:
    /// unlike the rate it does not depend on who else wants the processors.
    pub(super) fn cpu_on_two(&self, name: &str) -> Option<f64> {
        let two = self.sorted(name, 2, |(cpu, _)| cpu)?;
        Some(two.first()? / 1000.0 / self.cpu(name)?)
    }

    fn sorted(&self, name: &str, threads: u32, of: fn((f64, f64)) -> f64) -> Option<Vec<f64>> {
        let rounds = self
            .rounds
            .iter()
            .find(|((own, on), _)| *own == name && *on == threads);
        let mut values: Vec<_> = rounds?.1.iter().copied().map(of).collect();
        values.sort_by(f64::total_cmp);
        Some(values)
    }

    #[expect(clippy::print_stdout, reason = "it is what was asked for")]
    pub(super) fn print(&self, names: &[(&'static str, &str)], native: &str) {
        println!("| | µs | median | × native | /s, 1 thread | /s, 2 threads |");
        println!("|---|---|---|---|---|---|");
        let native = self.cpu(native).unwrap_or(f64::NAN);
        for (name, description) in names {
            let (Some(cpu), Some(median)) = (self.cpu(name), self.median(name)) else {
                continue;
            };
            let rate = |threads| match self.rate(name, threads) {
                Some(rate) => format!("{rate:.0}"),
                None => "–".into(),
            };
            println!(
                "| {description} | {cpu:.1} | {median:.1} | {:.2} | {} | {} |",
                cpu / native,
                rate(1),
                rate(2)
            );
        }
        println!();
    }

    /// What is no time of a contender's.
    #[expect(clippy::print_stdout, reason = "it is what was asked for")]
    pub(super) fn print_rest(&self, threaded: &[&str]) {
        println!(
            "An instance holds {} KiB after its work.",
            self.instance_bytes >> 10
        );
        for name in threaded {
            if let Some(rise) = self.cpu_on_two(name) {
                println!("Processor time of `{name}` on two threads: {rise:.2} × that on one.");
            }
        }
        println!();
    }
}
