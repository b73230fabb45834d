//! The smoke subset of `cargo xtask crashtest`: processes that die and an Ironic
//! that fails, at the steps where most is at stake.

use std::time::{Duration, Instant};

use valence_tests::hardship::{Blow, Call, Case, Cell, Lasts, Rig, Tally, blow, cell};
use valence_tests::{Differences, Fault};

/// What a restarted host may take to finish or undo what it finds.
const RECOVERY: Duration = Duration::from_secs(60);

fn assert_clean(tally: &Tally, tried: usize) {
    assert!(tally.is_clean(), "{tally}: {:#?}", tally.told);
    assert_eq!(tally.tried, tried, "{:#?}", tally.told);
    assert!(tally.longest_recovery < RECOVERY, "{tally}");
}

/// Each compares the whole of its Ironic, and so has it for itself while it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn crashes_and_faults_lose_nothing_and_leave_nothing() {
    let mut rig = Rig::start(1001).await;
    a_process_that_dies_at_a_step_loses_nothing_and_leaves_nothing(&mut rig).await;
    a_call_that_fails_registers_once_or_not_at_all(&mut rig).await;
    what_an_outage_left_in_doubt_is_finished_when_ironic_is_back(&mut rig).await;
}

async fn a_process_that_dies_at_a_step_loses_nothing_and_leaves_nothing(rig: &mut Rig) {
    let mut tally = Tally::default();
    let points = [
        (Case::Register, "create-node/sent:1"),
        (Case::Register, "create-port/answered:2"),
        (Case::Register, "registration/applied:1"),
        (Case::Refused, "delete-node/journalled:1"),
        (Case::Deregister, "delete-node/sent:1"),
        (Case::Update, "amend-node/sent:1"),
        (Case::UpdateRefused, "create-port/done:2"),
        (Case::Adopt, "create-port/answered:1"),
        (Case::Transition, "inspect/sent:1"),
    ];
    for (case, point) in points {
        blow(rig, case, &Blow::Point(point.into()), &mut tally).await;
    }
    let kill = Blow::Kill(Duration::from_millis(400), Some(Duration::from_millis(150)));
    blow(rig, Case::RegisterRich, &kill, &mut tally).await;
    assert_clean(&tally, points.len() + 1);
}

async fn a_call_that_fails_registers_once_or_not_at_all(rig: &mut Rig) {
    let mut tally = Tally::default();
    let once = [
        (Call::Version, ("503", Fault::Before(503)), 200),
        (Call::FindMac, ("stranger", Fault::Stranger), 200),
        (Call::CreateNode, ("truncate", Fault::Truncated), 200),
        (Call::CreatePort, ("stranger", Fault::Stranger), 200),
        (Call::SetTraits, ("stranger", Fault::Stranger), 200),
        (Call::SetTraits, ("413", Fault::Before(413)), 422),
        (Call::FindToRemove, ("lost way", Fault::LostWay), 200),
        (Call::DeleteNode, ("stranger", Fault::Stranger), 200),
        (Call::DeleteNode, ("reset after", Fault::ResetAfter), 200),
    ];
    for (call, fault, expected) in once {
        let lasts = Lasts::Once;
        let status = cell(rig, Cell { call, fault, lasts }, &mut tally).await;
        assert_eq!(status, expected, "{call:?} {}", fault.0);
    }
    assert_clean(&tally, once.len());
}

async fn what_an_outage_left_in_doubt_is_finished_when_ironic_is_back(rig: &mut Rig) {
    let mut tally = Tally::default();
    let reset = ("reset after", Fault::ResetAfter);
    for call in [Call::CreateNode, Call::DeleteNode] {
        let lasts = Lasts::On;
        let struck = Cell {
            call,
            fault: reset,
            lasts,
        };
        assert_eq!(cell(rig, struck, &mut tally).await, 503);
    }
    assert_clean(&tally, 2);

    // Asked again while Ironic is away, it is still the same deregistration.
    assert_eq!(rig.register(rig.plain()).await.unwrap().status, 200);
    rig.proxy
        .strike_on(Fault::ResetBefore, |line| line.starts_with("DELETE "));
    for _ in 0..2 {
        let reply = rig.deregister().await.unwrap();
        assert!(matches!(reply.status, 409 | 503), "{:#}", reply.body);
    }
    rig.proxy.lift();
    rig.settle(Instant::now()).await;
    assert!(rig.differences().await.is_empty());
    assert!(!rig.is_registered().await);

    // A node that is given up half-way leaves nothing in Ironic either.
    rig.proxy.strike_on(Fault::ResetAfter, |line| {
        line.starts_with("POST /v1/nodes ")
    });
    assert_eq!(rig.register(rig.plain()).await.unwrap().status, 503);
    let given_up = rig.valence.delete("/v1/nodes/node?force=true").await;
    assert_eq!(given_up.status, 200, "{:#}", given_up.body);
    rig.proxy.lift();
    rig.settle(Instant::now()).await;
    assert_eq!(rig.differences().await, Differences::default());
}
