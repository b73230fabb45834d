//! The climb against an Ironic in numbers, and the gate against real tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::climb::{Climb, Completed};
use super::gate::Gate;
use super::simulation::{Chance, Simulated};
use super::{Ended, Pace};

/// As measured: best at 4, a third lost at 16, failures beyond some 6.
const SQLITE: Simulated = Simulated {
    best: 4,
    rate: 1.0,
    slope: 0.11,
    fails_above: 5,
    failing: 0.03,
};

#[test]
fn an_ironic_over_sqlite_is_used_as_well_as_can_be_from_the_first_hundred_nodes_on() {
    let best = SQLITE.best_rate(16);
    let runs: Vec<_> = (0..40)
        .map(|seed| {
            let (mut climb, mut clock, mut chance) = (Climb::new(16), 0.0, Chance(seed));
            SQLITE.run(&mut climb, 1200, &mut clock, &mut chance)
        })
        .collect();
    let mean = runs.iter().map(|run| run.rate).sum::<f64>() / runs.len() as f64;
    assert!(mean >= 0.96 * best, "{mean} of {best}");
    for run in runs {
        assert!(run.rate >= 0.92 * best, "{run:?} of {best}");
        assert!(run.failed <= 0.02, "{run:?}");
    }
}

#[test]
fn one_that_takes_more_is_given_more() {
    let cluster = Simulated {
        best: 48,
        rate: 12.0,
        slope: 0.5,
        fails_above: 1000,
        failing: 0.0,
    };
    let (mut climb, mut clock, mut chance) = (Climb::new(64), 0.0, Chance(1));
    cluster.run(&mut climb, 6000, &mut clock, &mut chance);
    assert!(climb.limit() >= 32, "{}", climb.limit());
}

#[test]
fn one_that_gets_slower_is_given_less_and_more_again_later() {
    let strong = Simulated {
        best: 16,
        rate: 4.0,
        slope: 0.3,
        fails_above: 1000,
        failing: 0.0,
    };
    let weak = Simulated {
        best: 2,
        rate: 0.5,
        slope: 0.2,
        ..strong
    };
    let (mut climb, mut clock, mut chance) = (Climb::new(32), 0.0, Chance(3));
    for (ironic, expected) in [(strong, 12..=24), (weak, 1..=4), (strong, 12..=24)] {
        ironic.run(&mut climb, 12_000, &mut clock, &mut chance);
        assert!(expected.contains(&climb.limit()), "{}", climb.limit());
    }
}

fn completed(at: Duration, ended: Ended, others_wait: bool) -> Completed<'static> {
    Completed {
        at,
        kind: "GET nodes",
        took: Duration::from_millis(20),
        ended,
        others_wait,
    }
}

#[test]
fn what_is_not_asked_for_tells_nothing() {
    let mut climb = Climb::new(16);
    let before = climb.limit();
    for n in 0..2000 {
        let at = Duration::from_millis(n * 37);
        climb.completed(&completed(at, Ended::Answered, false));
    }
    assert_eq!(climb.limit(), before);
}

#[test]
fn an_ironic_that_is_away_altogether_is_not_overloaded() {
    let mut climb = Climb::new(16);
    let before = climb.limit();
    for n in 0..2000 {
        climb.completed(&completed(
            Duration::from_millis(n),
            Ended::Overloaded,
            true,
        ));
    }
    assert_eq!(climb.limit(), before);
}

#[test]
fn failures_among_answers_send_it_down_at_once() {
    let mut climb = Climb::new(16);
    assert_eq!(climb.limit(), 4);
    for n in 0..12 {
        let ended = match n % 3 {
            0 => Ended::Answered,
            _ => Ended::Overloaded,
        };
        climb.completed(&completed(Duration::from_millis(n * 10), ended, true));
    }
    assert!(climb.limit() < 4, "{}", climb.limit());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the machine, it comes near the best that a bound can reach.
    #[test]
    fn any_ironic_is_used_nearly_as_well_as_can_be(
        best in 2_usize..40,
        slope in 0.02_f64..1.0,
        over in 2_usize..12,
        failing in 0.0_f64..0.1,
        most in 1_usize..64,
        seed in any::<u64>(),
    ) {
        let ironic = Simulated { best, rate: best as f64 / 4.0, slope, fails_above: best + over, failing };
        let (mut climb, mut clock, mut chance) = (Climb::new(most), 0.0, Chance(seed));
        ironic.run(&mut climb, 6_000, &mut clock, &mut chance);
        let through = ironic.run(&mut climb, 12_000, &mut clock, &mut chance);
        let reachable = ironic.best_rate(most);
        prop_assert!(through.rate >= 0.75 * reachable, "{through:?} of {reachable}");
    }

    /// Whatever it is told, it stays within its bounds.
    #[test]
    fn the_bound_is_between_one_and_the_most(
        most in 0_usize..200,
        told in prop::collection::vec((0_u64..100, 0_u64..500, any::<bool>(), any::<bool>()), 0..3000),
    ) {
        let mut climb = Climb::new(most);
        let mut at = Duration::ZERO;
        for (later, took, overloaded, others_wait) in told {
            at += Duration::from_millis(later);
            let ended = if overloaded { Ended::Overloaded } else { Ended::Answered };
            climb.completed(&Completed { at, kind: "GET nodes", took: Duration::from_millis(took), ended, others_wait });
            prop_assert!((1..=most.max(1)).contains(&climb.limit()));
        }
    }
}

#[tokio::test]
async fn a_gate_lets_as_many_in_as_it_is_wide_through_every_change() {
    let gate = Arc::new(Gate::new(2));
    let first = gate.enter().await;
    let second = gate.enter().await;
    gate.resize(1);
    let third = gate.enter();
    tokio::pin!(third);
    drop(first);
    assert!(futures::poll!(&mut third).is_pending(), "one is inside");
    drop(second);
    let third = third.await;
    gate.resize(3);
    let others = [gate.enter().await, gate.enter().await];
    assert!(futures::poll!(std::pin::pin!(gate.enter())).is_pending());
    assert_eq!(gate.inside(), 3);
    drop((third, others));
    assert_eq!(gate.inside(), 0);
    // Narrower and wider while somebody is inside.
    let inside = [gate.enter().await, gate.enter().await, gate.enter().await];
    gate.resize(1);
    gate.resize(4);
    let fourth = gate.enter().await;
    assert!(futures::poll!(std::pin::pin!(gate.enter())).is_pending());
    drop((inside, fourth));
}

#[tokio::test]
async fn no_more_requests_than_the_pace_allows_are_under_way() {
    let pace = Arc::new(Pace::new(6));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks = (0..300).map(|n| {
        let (pace, now, most) = (Arc::clone(&pace), Arc::clone(&now), Arc::clone(&most));
        tokio::spawn(async move {
            let turn = pace.turn().await;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            // One that was cut off tells nothing, and is in nobody's way.
            if n % 7 != 0 {
                turn.ended("GET /v1/nodes", None);
            }
        })
    });
    futures::future::join_all(tasks).await;
    let most = most.load(Ordering::SeqCst);
    assert!((4..=6).contains(&most), "{most}");
}
