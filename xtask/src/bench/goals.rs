//! What was to be reached.

use super::table::Table;

/// Prints each goal with what was measured of `policy`, whose contenders' names end
/// in `suffix`.
#[expect(clippy::print_stdout, reason = "it is what was asked for")]
pub(super) fn print(table: &Table, policy: &str, suffix: &str) {
    println!("| goal, {policy} | measured | |");
    println!("|---|---|---|");
    for (goal, measured, most) in at_most(table, suffix) {
        line(goal, measured, measured.map(|measured| measured <= most));
    }
    for (goal, measured, least) in at_least(table, suffix) {
        line(goal, measured, measured.map(|measured| measured >= least));
    }
}

/// One row of the table of goals.
#[expect(clippy::print_stdout, reason = "it is what was asked for")]
pub(super) fn line(goal: &str, measured: Option<f64>, met: Option<bool>) {
    let measured = measured.map_or_else(|| "–".into(), |measured| format!("{measured:.2}"));
    let word = match met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "not measured",
    };
    println!("| {goal} | {measured} | {word} |");
}

type Goal = (&'static str, Option<f64>, f64);

fn at_most(table: &Table, suffix: &str) -> Vec<Goal> {
    let named = |name: &str| named(name, suffix);
    let ratio = |one: &str, other: &str| Some(table.cpu(&named(one))? / table.cpu(&named(other))?);
    let replay = table.replays.get(named("checked-1").as_str()).copied();
    vec![
        (
            "one hook alone: × native, at most 1.5",
            ratio("hook", "native"),
            1.5,
        ),
        (
            "one hook, diff and checks: × native, at most 2",
            ratio("checked-1", "native"),
            2.0,
        ),
        (
            "chain of 3, diff and checks: × native, at most 4",
            ratio("checked-3", "native"),
            4.0,
        ),
        (
            "chain of 3, whole evaluation: × native, at most 4",
            ratio("whole-3", "native"),
            4.0,
        ),
        (
            "instantiate and drop: µs, at most 5",
            table.cpu("instance"),
            5.0,
        ),
        (
            "system calls a hook call, at most 1.05",
            table.system_calls,
            1.05,
        ),
        (
            "84 KB, one hook alone: × native, at most 1",
            ratio("hook-84k", "native-84k"),
            1.0,
        ),
        (
            "84 KB, one hook, diff and checks: × native, at most 1",
            ratio("checked-1-84k", "native-84k"),
            1.0,
        ),
        (
            "one hook alone: × Extism reused, at most 1",
            ratio("hook", "extism-reused"),
            1.0,
        ),
        (
            "100,000 evaluations: s of CPU, at most 4",
            replay.map(|(cpu, _)| cpu as f64 / 1e9),
            4.0,
        ),
        (
            "100,000 evaluations: MiB of the whole process, at most 64",
            replay.map(|(_, most)| most as f64 / f64::from(1 << 20)),
            64.0,
        ),
    ]
}

/// The contender `name` of the policy with this suffix: `hook-84k` becomes
/// `hook-dozen-84k`.
fn named(name: &str, suffix: &str) -> String {
    match name.strip_suffix("-84k") {
        Some(name) => format!("{name}{suffix}-84k"),
        None => format!("{name}{suffix}"),
    }
}

fn at_least(table: &Table, suffix: &str) -> Vec<Goal> {
    let named = |name: &str| named(name, suffix);
    let times = |slow: &str, fast: &str| Some(table.cpu(&named(slow))? / table.cpu(&named(fast))?);
    let speedup = |name: &str| Some(table.rate(&named(name), 2)? / table.rate(&named(name), 1)?);
    let against_native = |name: &str| Some(speedup(name)? / speedup("native")?);
    vec![
        (
            "one hook alone, 2 threads: × native's own speed-up, at least 0.9",
            against_native("hook"),
            0.9,
        ),
        (
            "one hook, diff and checks, 2 threads: × native's own speed-up, at least 0.9",
            against_native("checked-1"),
            0.9,
        ),
        (
            "Rego: × one hook alone, at least 20",
            times("rego", "hook"),
            20.0,
        ),
        (
            "CPython: × one hook alone, at least 2",
            times("cpython", "hook"),
            2.0,
        ),
        (
            "Extism, fresh: × one hook alone, at least 6",
            times("extism-fresh", "hook"),
            6.0,
        ),
        (
            "Rego: × with diff and checks, at least 20",
            times("rego", "checked-1"),
            20.0,
        ),
        (
            "CPython: × with diff and checks, at least 2",
            times("cpython", "checked-1"),
            2.0,
        ),
        (
            "Extism, fresh: × with diff and checks, at least 6",
            times("extism-fresh", "checked-1"),
            6.0,
        ),
    ]
}
