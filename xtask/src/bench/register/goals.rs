//! What was to be reached.

use serde_json::Value;

use super::super::goals::line;
use super::{median, most, number, runs};

#[expect(clippy::print_stdout, reason = "it is what was asked for")]
pub(super) fn print(figures: &Value) {
    println!("| goal | measured | |");
    println!("|---|---|---|");
    for (goal, measured, most) in at_most(figures) {
        line(goal, measured, measured.map(|measured| measured <= most));
    }
    let own = overall(runs(figures, "/real/runs", "valence, in bulk"));
    let plain = most(runs(figures, "/real/runs", "plain requests"), "rate");
    let measured = own.zip(plain).map(|(own, plain)| own / plain);
    line(
        "in bulk: × the best rate of the plain requests, at least 0.95",
        measured,
        measured.map(|measured| measured >= 0.95),
    );
}

/// Registrations a second in all of these runs together.
fn overall<'a>(runs: impl Iterator<Item = &'a Value>) -> Option<f64> {
    let each = runs.filter_map(|run| {
        let of = |key: &str| run.get(key)?.as_f64();
        let done = of("registrations")? - of("failed")?;
        Some((done, done / of("rate")?))
    });
    let (done, seconds) = each.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
    (seconds > 0.0).then_some(done / seconds)
}

fn at_most(figures: &Value) -> Vec<(&'static str, Option<f64>, f64)> {
    let at_once = |key: &str| most(runs(figures, "/stub", "valence"), key);
    let of_valence = || {
        let all = runs(figures, "/real/runs", "valence");
        all.chain(runs(figures, "/real/runs", "valence, in bulk"))
    };
    let alone = |place: &str, other: &str| {
        let own = median(figures, &format!("{place}/valence"))?;
        Some(own / median(figures, &format!("{place}/{other}"))?)
    };
    let share = of_valence().filter_map(|run| {
        let of = |key: &str| run.get(key)?.as_f64();
        Some(of("host_cpu")? / of("ironic_cpu")? * 100.0)
    });
    let lists = ["/stub", "/slow_stub/runs"];
    let on_stubs = lists.iter().flat_map(|list| runs(figures, list, "valence"));
    let failed = on_stubs
        .chain(of_valence())
        .filter_map(|run| run.get("failed")?.as_f64());
    let failed_alone = ["/slow_stub/alone/failed", "/real/alone/failed"];
    let failed_alone = failed_alone
        .iter()
        .filter_map(|place| number(figures, place));
    vec![
        (
            "CPU of the host a registration, stub, at any concurrency: ms, at most 1",
            at_once("host_cpu"),
            1.0,
        ),
        (
            "CPU of the host: % of Ironic's, at most 1",
            share.max_by(f64::total_cmp),
            1.0,
        ),
        (
            "one registration, slow stub: × the same requests, at most 0.65",
            alone("/slow_stub/alone", "plain"),
            0.65,
        ),
        (
            "one registration, Ironic: × the same requests, at most 0.65",
            alone("/real/alone", "plain"),
            0.65,
        ),
        (
            "one registration, Ironic: × openstacksdk without look-ups, at most 1",
            alone("/real/alone", "sdk"),
            1.0,
        ),
        (
            "failed registrations, at most 0",
            Some(failed.chain(failed_alone).sum()),
            0.0,
        ),
    ]
}
