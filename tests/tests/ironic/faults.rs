//! What goes wrong between us and Ironic: registered exactly once, or a clean
//! failure with nothing left.

use std::time::Duration;

use serde_json::json;
use valence::failure::Cause;
use valence::ironic::{self, Auth, Client, NoJournal, Removed, Settings, Undo};
use valence_tests::{Fault, Proxy, When};

use super::{Own, apply, assert_nothing_left, client, open, settings, small_plan};

const ALWAYS: usize = usize::MAX;

fn impatient(proxy: &Proxy, patience: Duration) -> Client {
    let settings = Settings {
        timeout: Duration::from_secs(10),
        ..settings(&proxy.endpoint(), Auth::None)
    };
    Client::new(settings)
        .expect("a client")
        .with_patience(patience)
}

#[tokio::test]
async fn a_request_that_failed_once_is_done_exactly_once() {
    let direct = client().await;
    let faults = [
        ("POST /v1/nodes ", Fault::Before(503)),
        ("POST /v1/nodes ", Fault::After(500)),
        ("POST /v1/nodes ", Fault::ResetBefore),
        ("POST /v1/nodes ", Fault::ResetAfter),
        ("POST /v1/nodes ", Fault::Truncated),
        ("POST /v1/nodes ", Fault::Garbage),
        ("POST /v1/ports ", Fault::Before(429)),
        ("POST /v1/ports ", Fault::After(500)),
        ("POST /v1/ports ", Fault::ResetAfter),
        ("PUT /v1/nodes/", Fault::Before(409)),
        ("PUT /v1/nodes/", Fault::After(500)),
        ("GET /v1/nodes/", Fault::Before(503)),
        ("GET /v1/ports?", Fault::ResetBefore),
    ];
    for (begins, fault) in faults {
        let proxy = Proxy::before(&open().endpoint(), When { begins, times: 1 }, fault).await;
        let client = impatient(&proxy, Duration::from_secs(60));
        let plan = small_plan(&Own::new());
        let created = apply(&client, &plan).await;
        created.unwrap_or_else(|error| panic!("{begins} {fault:?}: {error}"));
        let ports = direct.node_ports(plan.node_uuid).await.expect("ports");
        assert_eq!(ports.len(), 2, "{begins} {fault:?}");
        let traits = direct.node_traits(plan.node_uuid).await.expect("traits");
        assert_eq!(traits, ["CUSTOM_SMALL"], "{begins} {fault:?}");
        let removed = ironic::remove(&direct, &NoJournal, plan.registration, plan.node_uuid).await;
        assert_eq!(removed.expect("removed"), Removed::Deleted);
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_looked_up() {
    let _ = client().await;
    let when = When {
        begins: "POST /v1/nodes ",
        times: 1,
    };
    let proxy = Proxy::before(&open().endpoint(), when, Fault::Hang).await;
    let plan = small_plan(&Own::new());
    apply(&impatient(&proxy, Duration::from_secs(60)), &plan)
        .await
        .expect("created");
    let posts = proxy
        .requests()
        .iter()
        .filter(|line| line.starts_with(when.begins))
        .count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn what_was_cut_off_and_is_in_conflict_now_is_undone() {
    let client = client().await;
    let own = Own::new();
    let plan = small_plan(&own);
    let mut cut_off = plan.clone();
    cut_off.enrollment.ports.clear();
    apply(&client, &cut_off).await.expect("created");
    let other = super::plan(json!({
        "node": {"driver": "fake-hardware"},
        "ports": [{"address": own.mac(2)}],
    }));
    apply(&client, &other).await.expect("the other");
    let error = apply(&client, &plan).await.expect_err("a conflict");
    assert!(error.undone(), "{error}");
    assert_eq!(error.into_failure().cause, Cause::Conflict);
    assert_nothing_left(&client, &plan).await;
    assert!(
        client
            .node(other.node_uuid)
            .await
            .expect("an answer")
            .is_some()
    );
}

#[tokio::test]
async fn what_keeps_failing_is_undone() {
    let direct = client().await;
    let when = When {
        begins: "POST /v1/ports ",
        times: ALWAYS,
    };
    let proxy = Proxy::before(&open().endpoint(), when, Fault::Before(503)).await;
    let plan = small_plan(&Own::new());
    let error = apply(&impatient(&proxy, Duration::from_secs(2)), &plan)
        .await
        .expect_err("a failure");
    assert!(error.undone(), "{error}");
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::IronicUnavailable);
    assert!(failure.retry_after.is_some());
    assert_nothing_left(&direct, &plan).await;
}

#[tokio::test]
async fn what_is_finished_later_goes_on_from_where_it_was() {
    let direct = client().await;
    let when = When {
        begins: "POST /v1/ports ",
        times: ALWAYS,
    };
    let proxy = Proxy::before(&open().endpoint(), when, Fault::Before(503)).await;
    let plan = small_plan(&Own::new());
    let client = impatient(&proxy, Duration::from_secs(2));
    let error = ironic::finish(&client, &NoJournal, &plan, None)
        .await
        .expect_err("a failure");
    assert_eq!(error.undo, Undo::Pending);
    let node = direct.node(plan.node_uuid).await.expect("an answer");
    let made = node.expect("the node")["created_at"].clone();
    ironic::finish(&direct, &NoJournal, &plan, None)
        .await
        .expect("finished");
    let node = direct.node(plan.node_uuid).await.expect("an answer");
    assert_eq!(node.expect("the node")["created_at"], made);
}

#[tokio::test]
async fn what_cannot_be_undone_is_told() {
    let direct = client().await;
    let when = When {
        begins: "",
        times: ALWAYS,
    };
    let proxy = Proxy::before(&open().endpoint(), when, Fault::Before(503)).await;
    let error = apply(
        &impatient(&proxy, Duration::from_secs(1)),
        &small_plan(&Own::new()),
    )
    .await
    .expect_err("a failure");
    assert!(error.undone(), "nothing was written: {error}");

    // The node is made, then its ports fail, and so does taking it out again.
    let plan = small_plan(&Own::new());
    let when = When {
        begins: "DELETE ",
        times: ALWAYS,
    };
    let deletes = Proxy::before(&open().endpoint(), when, Fault::Before(503)).await;
    let when = When {
        begins: "POST /v1/ports ",
        times: ALWAYS,
    };
    let both = Proxy::before(&deletes.endpoint(), when, Fault::Before(503)).await;
    let error = apply(&impatient(&both, Duration::from_secs(2)), &plan)
        .await
        .expect_err("a failure");
    assert!(!error.undone(), "{error}");
    // Registering again, once Ironic is well, finishes it.
    apply(&direct, &plan).await.expect("finished");
}

#[tokio::test]
async fn removing_rides_out_a_lock_and_a_lost_answer() {
    let direct = client().await;
    for fault in [Fault::Before(409), Fault::ResetAfter, Fault::After(500)] {
        let plan = small_plan(&Own::new());
        apply(&direct, &plan).await.expect("created");
        let when = When {
            begins: "DELETE ",
            times: 2,
        };
        let proxy = Proxy::before(&open().endpoint(), when, fault).await;
        let client = impatient(&proxy, Duration::from_secs(60));
        let removed = ironic::remove(&client, &NoJournal, plan.registration, plan.node_uuid).await;
        assert_eq!(removed.expect("removed"), Removed::Deleted, "{fault:?}");
        assert_nothing_left(&direct, &plan).await;
    }
}
