//! Fuzzing on a stable compiler: inputs made by proptest for as long as
//! `VALENCE_FUZZ_SECONDS` says, two seconds by default; `cargo xtask test` takes
//! a minute each. Every run begins at a seed of its own, which it prints and
//! which `VALENCE_FUZZ_SEED` repeats. What failed once is kept beside the sources
//! in `proptest-regressions/` and tried first from then on.

use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestCaseResult, TestRng, TestRunner,
};

/// So many inputs between two looks at the clock.
const AT_ONCE: u32 = 200;

/// Has `check` judge what `inputs` makes. `file` is the caller's, `file!()`.
pub(crate) fn fuzz<S: Strategy>(
    file: &'static str,
    inputs: S,
    check: impl Fn(S::Value) -> TestCaseResult,
) {
    let time = Duration::from_secs(number("VALENCE_FUZZ_SECONDS").unwrap_or(2));
    let seed = number("VALENCE_FUZZ_SEED").unwrap_or_else(|| {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        u64::from_le_bytes(bytes)
    });
    println!("{file}: VALENCE_FUZZ_SEED={seed}, for {time:?}");
    let started = Instant::now();
    let mut rounds: u64 = 0;
    loop {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&rounds.to_le_bytes());
        let config = Config {
            cases: AT_ONCE,
            source_file: Some(file),
            failure_persistence: Some(Box::new(FileFailurePersistence::SourceParallel(
                "proptest-regressions",
            ))),
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let ran = TestRunner::new_with_rng(config, rng).run(&inputs, &check);
        if let Err(error) = ran {
            panic!("VALENCE_FUZZ_SEED={seed}, round {rounds}: {error}");
        }
        rounds += 1;
        if started.elapsed() >= time {
            break;
        }
    }
    println!("{file}: {} inputs", rounds * u64::from(AT_ONCE));
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says it")]
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("`{variable}` is no number: {text}")),
    )
}
